"""The next review: its day is set at sign-off, by category and legal weight; what is past it comes back, as due."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import Decision, Policy
from reviews.selectors.progress import IS_BEGUN, IS_JUDGED
from reviews.selectors.queue import describe_waiting, next_to_review, queue
from reviews.services import schedule
from reviews.services.checking import check_all_policies
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.schedule import next_review
from reviews.services.workflow import judge_dimensions
from tests.factories import Folder, decide, get_policy, judge_all, judgement, let_fall_due, verify
from tests.services.counts import edit

TABLE = (("Incentive", "*", 6), ("*", "Primary Legislation", 24), ("Market", "Guidance", 3), ("*", "*", 12))


@pytest.mark.parametrize(
    ("category", "legal_weight", "day"),
    [
        ("Incentive", "Primary Legislation", "2026-05-30"),  # the first row that fits counts
        ("Regulatory", "Primary Legislation", "2027-11-30"),
        ("Market", "Guidance", "2026-02-28"),  # a month that is shorter ends it
        ("Market", "", "2026-11-30"),
        ("", "", "2026-11-30"),
        ("incentive", "guidance", "2026-11-30"),  # words are words
    ],
)
def test_day_of_the_next_review_follows_the_table(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, category: str, legal_weight: str, day: str
) -> None:
    settings.POLICYHUB_NEXT_REVIEW = TABLE
    monkeypatch.setattr(schedule, "localdate", lambda: dt.date(2025, 11, 30))

    assert next_review(Policy(category=category, legal_weight=legal_weight)).isoformat() == day


@pytest.mark.parametrize(
    ("signed_on", "months", "day"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-11-15", 25, "2028-12-15"),
        ("2026-06-30", 120, "2036-06-30"),
    ],
)
def test_next_review_is_on_the_same_day_of_a_later_month_or_its_last(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, signed_on: str, months: int, day: str
) -> None:
    settings.POLICYHUB_NEXT_REVIEW = (("*", "*", months),)
    monkeypatch.setattr(schedule, "localdate", lambda: dt.date.fromisoformat(signed_on))

    assert next_review(Policy()).isoformat() == day


@pytest.fixture
def due(signed: Policy) -> Policy:
    """The record of `signed`, a year later."""
    let_fall_due(signed)
    return get_policy()


def test_sign_off_sets_the_day_and_what_undoes_it_before_clears_it(
    signed: Policy, reviewer: User, settings: LazySettings
) -> None:
    today = timezone.localdate()
    assert signed.next_review_on == next_review(signed)
    assert (signed.is_due, list(Policy.objects.due()), list(queue(reviewer))) == (False, [], [])
    assert signed.next_review_on.year - today.year == 2  # the record is primary legislation

    decide(signed, "reopen", reviewer, "A new decree.")
    assert get_policy().next_review_on is None
    decide(signed, "verify", reviewer)
    assert get_policy().next_review_on == next_review(signed)
    decide(signed, "request_changes", reviewer, "Cite the decree.")
    assert get_policy().next_review_on is None


def test_record_is_due_from_that_day_on_and_waits_last_in_the_queue(
    folder: Folder, signed: Policy, second_reviewer: User
) -> None:
    folder.import_policy("open", reviewStatus="in_review")
    for days, is_due in ((-1, False), (0, True), (1, True)):
        let_fall_due(signed, days=days)
        policy = get_policy()
        assert (policy.is_due, policy.is_waiting, policy.standing) == (is_due, is_due, "verified")

    assert [item.policy_id for item in queue(second_reviewer)] == ["open", "no-storage-act"]


def test_due_record_wants_new_verdicts_and_gets_a_new_day(
    due: Policy, reviewer: User, second_reviewer: User
) -> None:
    assert (due.current_verdicts(), due.judged) == ({}, 0)
    with pytest.raises(RefusedError) as error:
        decide(due, "verify", second_reviewer)
    assert error.value.reasons == ("“market” needs a verdict.", "“mrv” needs a verdict.")

    judge_dimensions(due.pk, [judgement(due, "market")], actor=second_reviewer)
    assert (list(get_policy().current_verdicts()), get_policy().judged) == (["market"], 1)
    judge_all(due, second_reviewer)
    decision = decide(due, "verify", second_reviewer)

    policy = get_policy()
    assert (decision.from_state, decision.to_state) == ("verified", "verified")
    assert (policy.signoff, policy.reviewer, policy.last_audit_date) == (
        decision,
        "伟 张",
        timezone.localdate(),
    )
    assert (policy.next_review_on, policy.is_due, policy.judged) == (next_review(policy), False, 0)
    assert list(queue(reviewer)) == []


def test_who_signed_last_may_sign_again(due: Policy, reviewer: User) -> None:
    assert next_to_review(reviewer) == due

    verify(due, reviewer)

    assert (get_policy().is_due, Decision.objects.filter(transition="verify").count()) == (False, 2)


def test_abstaining_on_a_due_record_leaves_it_signed_and_due_for_others(
    due: Policy, reviewer: User, second_reviewer: User
) -> None:
    decision = decide(due, "abstain", second_reviewer, "I advised the ministry.")

    assert (decision.from_state, decision.to_state, decision.reason) == (
        "verified", "verified", "I advised the ministry.",
    )  # fmt: skip
    assert (get_policy().standing, get_policy().is_due, get_policy().version) == (
        "verified",
        True,
        due.version,
    )
    assert next_to_review(second_reviewer) is None
    assert next_to_review(reviewer) == due


@pytest.mark.parametrize("days", [-1, 1])
def test_export_gives_the_signed_text_whether_due_or_not(
    folder: Folder, signed: Policy, publisher: User, days: int
) -> None:
    let_fall_due(signed, days=days)

    report = export_policies(actor=publisher)

    assert [item.outcome for item in report.files] == [ExportOutcome.WRITTEN]
    assert folder.read("policies/en/no-storage-act.md") == signed.signoff.signed_text


def test_edit_of_a_due_record_makes_its_review_no_shorter(
    due: Policy, editor: User, second_reviewer: User
) -> None:
    edit(editor, country="Sweden")

    policy = get_policy()
    assert (policy.standing, policy.is_due, policy.judged, policy.current_verdicts()) == (
        "stale",
        False,
        0,
        {},
    )
    verify(policy, second_reviewer)
    assert get_policy().next_review_on == next_review(policy)


def test_edit_before_its_next_review_leaves_all_verdicts_of_a_signed_record(
    signed: Policy, editor: User
) -> None:
    assert signed.judged == 0  # used up by the signature

    edit(editor, country="Sweden")

    assert (get_policy().judged, set(get_policy().current_verdicts())) == (2, {"market", "mrv"})


@pytest.mark.parametrize("act", ["reopen", "request_changes"])
def test_no_way_around_a_next_review_counts_the_verdicts_before_it(
    due: Policy, editor: User, second_reviewer: User, act: str
) -> None:
    day = due.next_review_on
    decide(due, act, second_reviewer, "The act was repealed.")
    if act == "request_changes":
        edit(editor, country="Sweden")
        decide(get_policy(), "submit", editor)

    policy = get_policy()
    assert (policy.next_review_on, policy.state, policy.is_due, list(Policy.objects.due())) == (
        day, "in_review", False, [],
    )  # fmt: skip
    assert (policy.judged, policy.current_verdicts()) == (0, {})
    with pytest.raises(RefusedError) as error:
        decide(policy, "verify", second_reviewer)
    assert error.value.reasons == ("“market” needs a verdict.", "“mrv” needs a verdict.")

    verify(policy, second_reviewer)
    assert get_policy().next_review_on == next_review(policy)


def test_day_that_comes_without_a_write_leaves_nothing_judged(
    signed: Policy, editor: User, reviewer: User, second_reviewer: User
) -> None:
    edit(editor, country="Sweden")
    let_fall_due(signed)

    def counted() -> tuple[int, ...]:
        row = describe_waiting(queue(reviewer), reviewer)[0]
        lists = (Policy.objects.filter(condition).count() for condition in (IS_BEGUN, IS_JUDGED))
        return (get_policy().judged, row.judged, row.is_judged, *lists)

    assert counted() == (2, 0, False, 0, 0)
    check_all_policies()
    assert counted() == (0, 0, False, 0, 0)

    judge_dimensions(signed.pk, [judgement(signed, "market")], actor=second_reviewer)
    assert counted() == (1, 1, False, 1, 0)
    judge_all(get_policy(), second_reviewer)
    assert counted() == (2, 2, True, 1, 1)
    check_all_policies()
    assert counted() == (2, 2, True, 1, 1)
