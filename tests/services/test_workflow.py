"""Decisions: the one door through which a record moves, and what it writes."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import Decision, Policy
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.rendering import render_policy
from reviews.services.workflow import judge_dimensions, make_decision
from reviews.states import State, VerdictKind
from tests.factories import (
    Folder,
    decide,
    get_policy,
    judge_all,
    judgement,
    make_user,
    verify,
)
from tests.services.counts import count_rows, edit
from tests.workflow_table import CELLS, TARGETS, refusal

pytestmark = pytest.mark.django_db


def bring_to(state: State, folder: Folder, people: dict[str, User]) -> Policy:
    """A record that stands in this state, ready to be verified where it is in review."""
    policy = folder.import_policy(reviewStatus="draft" if state is State.DRAFT else "verified")
    if state is not State.DRAFT:
        judge_all(policy, people["somebody else"])
    if state is State.CHANGES_REQUESTED:
        decide(policy, "request_changes", people["somebody else"], "Add a source.")
    if state is State.VERIFIED:
        decide(policy, "verify", people["somebody else"])
    if state is State.RETIRED:
        decide(policy, "retire", people["superuser"], "Repealed.")
    policy = get_policy()
    assert policy.state == state
    return policy


@pytest.mark.parametrize(("state", "transition", "role", "answer"), CELLS)
def test_move_is_made_or_refused(
    folder: Folder, people: dict[str, User], state: State, transition: str, role: str, answer: str
) -> None:
    policy, before = bring_to(state, folder, people), count_rows()

    if answer == "yes":
        decision = decide(policy, transition, people[role], "Because.")
        assert get_policy().state == (TARGETS[transition] or state)
        assert (decision.from_state, decision.to_state) == (state, TARGETS[transition] or state)
        assert (decision.actor, decision.actor_name) == (people[role], people[role].get_full_name())
        moved = {"Policy history": 1} if TARGETS[transition] else {}
        assert count_rows() - before == {"Decision": 1, **moved}
    else:
        with pytest.raises(RefusedError) as error:
            decide(policy, transition, people[role], "Because.")
        assert str(error.value) == refusal(state, transition, answer)
        assert type(error.value) is (ForbiddenError if answer == "role" else RefusedError)
        assert get_policy().state == state
        assert count_rows() == before


def test_verifying_signs_the_record(imported: Policy, reviewer: User) -> None:
    judge_all(imported, reviewer)
    start = timezone.now()

    decision = decide(imported, "verify", reviewer, "  Read twice. ")

    policy = get_policy()
    assert (policy.state, policy.standing, policy.signoff) == ("verified", "verified", decision)
    assert (policy.reviewer, policy.last_audit_date) == ("Rosa Lindqvist", timezone.localdate())
    assert (policy.missing_notes, policy.is_reviewer_person) == (0, True)
    assert policy.signed_digest == policy.content_digest == decision.content_digest == imported.content_digest
    assert start <= decision.created_at <= timezone.now()
    assert (decision.reason, decision.is_four_eyes_waived) == ("Read twice.", False)
    assert decision.base_digest == policy.source_file.text_digest
    latest = policy.history.latest()
    assert (latest.history_user, latest.history_change_reason) == (reviewer, "Verify: Read twice.")
    assert latest.version == policy.version == 3  # imported, notes, verified


def test_signed_text_differs_from_the_file_in_the_signed_lines(
    imported: Policy, folder: Folder, reviewer: User
) -> None:
    decision = verify(imported, reviewer)

    before = folder.read("policies/en/no-storage-act.md").splitlines()
    after = decision.signed_text.splitlines()
    assert [line for line in after if line not in before] == [
        "          'auditNote': 'Read the source on market.',",
        "          'auditNote': 'Read the source on mrv.',",
        f"      'lastAuditDate': '{timezone.localdate()}',",
        "      'reviewer': 'Rosa Lindqvist',",
    ]
    assert [line for line in before if line not in after] == [
        "          'auditNote': '',",
        "      'lastAuditDate': '2026-02-08',",
        "      'reviewer': 'Human Audit Pending',",
    ]


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Kiritimati", dt.date(2026, 11, 23)), ("UTC", dt.date(2026, 11, 22))]
)
def test_day_of_a_verification_is_that_of_the_time_zone(
    imported: Policy, reviewer: User, monkeypatch: pytest.MonkeyPatch, zone: str, day: dt.date
) -> None:
    judge_all(imported, reviewer)
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC))

    with timezone.override(zone):
        decide(imported, "verify", reviewer)

    assert get_policy().last_audit_date == day


@pytest.mark.parametrize("transition", ["request_changes", "reopen"])
@pytest.mark.parametrize("reason", ["", " \n\t "])
def test_going_back_needs_a_reason(signed: Policy, reviewer: User, transition: str, reason: str) -> None:
    before = count_rows()

    with pytest.raises(RefusedError) as error:
        decide(signed, transition, reviewer, reason)

    label = {"request_changes": "Request changes", "reopen": "Reopen review"}[transition]
    assert str(error.value) == f"{label} needs a reason: say what has to change, or why."
    assert (get_policy().state, count_rows()) == ("verified", before)


def test_reopened_record_is_signed_no_more_and_its_verdicts_count_on(signed: Policy, reviewer: User) -> None:
    decide(signed, "reopen", reviewer, "A new decree.")

    policy = get_policy()
    assert (policy.state, policy.standing, policy.signoff, policy.signed_digest) == (
        "in_review",
        "claimed",  # the file said verified when it was imported, and again nothing backs it
        None,
        "",
    )
    assert set(policy.current_verdicts()) == {"market", "mrv"}
    decide(policy, "verify", reviewer)
    assert get_policy().standing == "verified"


def test_deciding_on_content_that_changed_behind_the_page_is_refused(
    imported: Policy, reviewer: User, editor: User
) -> None:
    judge_all(imported, reviewer)
    edit(editor, title="Sea Act")

    with pytest.raises(RefusedError) as error:
        make_decision(imported.pk, "verify", actor=reviewer, seen_digest=imported.content_digest)

    assert str(error.value) == (
        "no-storage-act (en) was changed while you were looking at it: read what changed, then decide again."
    )
    assert Decision.objects.count() == 0


def test_verifying_needs_everything_and_says_all_that_is_missing(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_dimensions(
        imported.pk, [judgement(imported, "market", "No.", VerdictKind.REJECTED)], actor=reviewer
    )

    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", second_reviewer)

    assert error.value.reasons == (
        "“market” was rejected: request changes, or judge it again.",
        "“mrv” needs a verdict and an audit note.",
    )
    assert get_policy().state == "in_review"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (VerdictKind.REJECTED, "“market” was rejected: request changes, or judge it again."),
        (VerdictKind.CANNOT_VERIFY, "“market” could not be verified: request changes, or judge it again."),
    ],
)
def test_verdict_that_does_not_support_blocks_until_a_newer_one_does(
    imported: Policy, reviewer: User, kind: VerdictKind, reason: str
) -> None:
    judge_all(imported, reviewer)
    judge_dimensions(imported.pk, [judgement(imported, "market", kind=kind)], actor=reviewer)
    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", reviewer)
    assert str(error.value) == reason

    judge_dimensions(imported.pk, [judgement(imported, "market", kind=VerdictKind.CORRECTED)], actor=reviewer)

    decide(imported, "verify", reviewer)
    assert get_policy().standing == "verified"


def test_verifying_needs_a_named_person(imported: Policy, reviewer: User) -> None:
    judge_all(imported, reviewer)
    no_name = make_user("bot", "", "", "Reviewers")

    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", no_name)

    assert str(error.value) == (
        "Your account names no person: ask an administrator to fill in your first and last name, "
        "because it becomes the record's reviewer."
    )


def test_record_without_dimensions_is_verified_on_its_facts(folder: Folder, reviewer: User) -> None:
    policy = folder.import_policy(analysis={})

    decide(policy, "verify", reviewer)

    assert get_policy().standing == "verified"


def test_text_that_no_import_would_take_back_is_not_signed(
    imported: Policy, reviewer: User, settings: LazySettings
) -> None:
    judge_all(imported, reviewer)
    size = (
        len(render_policy(get_policy(), is_signed=True).encode())
        - len("Human Audit Pending")
        + len("Rosa Lindqvist")
    )
    settings.POLICYHUB_MAX_FILE_BYTES = 1_500

    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", reviewer)

    assert str(error.value) == (
        f"policies/en/no-storage-act.md would have {size:,} bytes, more than the 1,500 allowed "
        "(POLICYHUB_MAX_FILE_BYTES): shorten it."
    )
    assert get_policy().state == "in_review"


def test_verify_refuses_to_sign_a_note_that_changed_unseen(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, reviewer)
    seen = [judgement(get_policy(), key, kind=None) for key in ("market", "mrv")]
    judge_dimensions(
        imported.pk, [judgement(imported, "market", "Not what it seems.")], actor=second_reviewer
    )
    with pytest.raises(RefusedError) as refused:
        make_decision(imported.pk, "verify", actor=reviewer, seen_digest=imported.content_digest, seen=seen)
    assert str(refused.value) == (
        "Somebody changed the audit note on market while you were reading: your signature would cover it, "
        "so read it, then verify again."
    )
    assert get_policy().state == "in_review"
