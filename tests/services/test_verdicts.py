"""Verdicts and audit notes: what they are bound to, what reopens them, and two who write at once."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import Policy, Verdict
from reviews.services.editing import restore_version
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.workflow import Judgement, judge_dimensions
from reviews.states import VerdictKind
from tests.factories import (
    claim,
    decide,
    front_matter,
    get_policy,
    judge_all,
    judgement,
)
from tests.services.counts import EDITS, count_rows, edit

pytestmark = pytest.mark.django_db


def test_note_and_verdict_are_written_with_person_time_and_what_was_judged(
    imported: Policy, reviewer: User
) -> None:
    market = imported.dimensions.get(key="market")
    before, start = count_rows(), timezone.now()

    report = judge_dimensions(
        imported.pk,
        [judgement(imported, "market", "  Section 4 says so.\n", VerdictKind.CORRECTED)],
        actor=reviewer,
    )

    (verdict,) = report.verdicts
    assert (verdict.dimension_key, verdict.kind, verdict.note) == (
        "market",
        "corrected",
        "Section 4 says so.",
    )
    assert (verdict.actor, verdict.actor_name) == (reviewer, "Rosa Lindqvist")
    assert (verdict.content_digest, verdict.covered_by) == (market.content_digest, None)
    assert start <= verdict.created_at <= timezone.now()
    assert (report.noted, report.covered, report.not_covered) == (("market",), (), ())
    after = get_policy()
    assert after.dimensions.get(key="market").audit_note == "Section 4 says so."
    assert (after.missing_notes, after.version, after.content_digest) == (1, 2, imported.content_digest)
    assert count_rows() - before == {"Verdict": 1, "Policy history": 1, "DimensionAnalysis history": 1}
    for row in (after.history.latest(), after.dimensions.get(key="market").history.latest()):
        assert (row.history_user, row.history_change_reason) == (reviewer, "Audit note: market")


def test_verdict_alone_leaves_the_record_as_it_is(imported: Policy, reviewer: User) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "market", "Read.", None)], actor=reviewer)
    policy, before = get_policy(), count_rows()

    judge_dimensions(policy.pk, [judgement(policy, "market")], actor=reviewer)

    assert count_rows() - before == {"Verdict": 1}
    assert get_policy().version == policy.version


def test_saying_nothing_new_writes_nothing(imported: Policy, reviewer: User) -> None:
    judge_all(imported, reviewer)
    policy, before = get_policy(), count_rows()
    again = [judgement(policy, key) for key in ("market", "mrv")]
    silent = [judgement(policy, key, f"  Read the source on {key}.\r\n", None) for key in ("market", "mrv")]

    assert judge_dimensions(policy.pk, again, actor=reviewer).is_empty
    assert judge_dimensions(policy.pk, silent, actor=reviewer).is_empty

    assert count_rows() == before
    assert get_policy().updated_at == policy.updated_at


@pytest.mark.parametrize("what", ["another reviewer", "another verdict", "another note"])
def test_saying_something_new_writes_a_verdict(
    imported: Policy, reviewer: User, second_reviewer: User, what: str
) -> None:
    judge_all(imported, reviewer)
    policy = get_policy()
    kind = VerdictKind.CORRECTED if what == "another verdict" else VerdictKind.ACCEPTED
    note = "Read it again." if what == "another note" else None

    report = judge_dimensions(
        policy.pk,
        [judgement(policy, "market", note, kind)],
        actor=second_reviewer if what == "another reviewer" else reviewer,
    )

    assert len(report.verdicts) == 1
    assert get_policy().current_verdicts()["market"] == report.verdicts[0]


def test_note_can_be_taken_back_and_verifying_asks_for_it(imported: Policy, reviewer: User) -> None:
    judge_all(imported, reviewer)

    judge_dimensions(imported.pk, [judgement(get_policy(), "market", "", None)], actor=reviewer)

    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", reviewer)
    assert str(error.value) == "“market” needs an audit note."


@pytest.mark.parametrize(
    ("kind", "label"),
    [(VerdictKind.REJECTED, "rejected"), (VerdictKind.CANNOT_VERIFY, "cannot verify")],
)
def test_verdict_that_does_not_support_needs_a_note(
    imported: Policy, reviewer: User, kind: VerdictKind, label: str
) -> None:
    before = count_rows()

    with pytest.raises(RefusedError) as error:
        judge_dimensions(
            imported.pk,
            [judgement(imported, "mrv", "Good."), judgement(imported, "market", " ", kind)],
            actor=reviewer,
        )

    assert str(error.value) == f"“market”: {label} needs a note that says why."
    assert count_rows() == before  # all or none


@pytest.mark.parametrize("role", ["inactive", "nobody", "editor", "publisher"])
def test_judging_needs_the_role(imported: Policy, people: dict[str, User], role: str) -> None:
    before = count_rows()

    with pytest.raises(ForbiddenError) as error:
        judge_dimensions(imported.pk, [judgement(imported, "market", "Good.")], actor=people[role])

    assert str(error.value) == (
        "Giving a verdict needs the permission “review_policy”: ask an administrator for the role."
    )
    assert count_rows() == before


def test_dimension_that_is_gone_cannot_be_judged(imported: Policy, reviewer: User, editor: User) -> None:
    edit(editor, **EDITS["a dimension less"])

    with pytest.raises(RefusedError) as error:
        judge_dimensions(
            imported.pk, [Judgement("mrv", "Good.", VerdictKind.ACCEPTED, "x", "")], actor=reviewer
        )

    assert str(error.value) == "no-storage-act (en) has no dimension “mrv” any more: reload the page."


def test_edit_reopens_that_dimension_alone(signed: Policy, editor: User) -> None:
    edit(editor, **EDITS["a claim"])

    policy = get_policy()
    assert (policy.state, policy.standing, policy.review_status) == ("in_review", "stale", "verified")
    assert set(policy.current_verdicts()) == {"mrv"}


def test_edit_of_a_field_leaves_all_verdicts(signed: Policy, editor: User) -> None:
    edit(editor, title="Sea Act")

    policy = get_policy()
    assert (policy.state, policy.standing) == ("in_review", "stale")
    assert set(policy.current_verdicts()) == {"market", "mrv"}


@pytest.mark.parametrize("what", EDITS)
def test_restored_content_is_verified_again(signed: Policy, editor: User, what: str) -> None:
    edit(editor, **EDITS[what])
    assert get_policy().standing == "stale"

    restore_version(signed.pk, signed.version, actor=editor)

    policy = get_policy()
    assert (policy.state, policy.standing, policy.signoff) == ("verified", "verified", signed.signoff)
    assert set(policy.current_verdicts()) == {"market", "mrv"}
    assert policy.dimensions.get(key="mrv").audit_note == "Read the source on mrv."


def test_stale_record_is_signed_anew(signed: Policy, editor: User, reviewer: User) -> None:
    edit(editor, **EDITS["a claim"])
    policy = get_policy()
    judge_dimensions(policy.pk, [judgement(policy, "market", "Read the new figure.")], actor=reviewer)

    decision = decide(policy, "verify", reviewer)

    policy = get_policy()
    assert (policy.standing, policy.signoff) == ("verified", decision)
    assert decision.from_state == "in_review"


def test_note_that_somebody_else_changed_is_shown_and_nothing_is_written(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    mine = [judgement(imported, "market", "My reading.")]
    judge_dimensions(imported.pk, [judgement(imported, "market", "Their reading.")], actor=second_reviewer)
    before = count_rows()

    with pytest.raises(MeanwhileChangedError) as error:
        judge_dimensions(imported.pk, mine, actor=reviewer)

    assert str(error.value) == (
        "Somebody changed market while you were writing. Nothing you typed is lost: "
        "compare the two below and save again."
    )
    (change,) = error.value.changes
    assert (change.at, change.old, change.new) == (("analysis", "market", "audit_note"), "", "Their reading.")
    assert count_rows() == before


def test_claim_that_somebody_changed_is_not_judged_unseen(
    imported: Policy, reviewer: User, editor: User
) -> None:
    mine = [judgement(imported, "market", "My reading.")]
    edit(editor, analysis={"market": claim(evidence="New."), "mrv": front_matter()["analysis"]["mrv"]})

    with pytest.raises(MeanwhileChangedError) as error:
        judge_dimensions(imported.pk, mine, actor=reviewer)

    (change,) = error.value.changes
    assert (change.at, change.new) == (("analysis", "market", "evidence"), "New.")
    assert Verdict.objects.count() == 0


def test_two_reviewers_of_two_dimensions_do_not_meet(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    one, two = judgement(imported, "market", "Mine."), judgement(imported, "mrv", "Theirs.")

    judge_dimensions(imported.pk, [one], actor=reviewer)
    judge_dimensions(imported.pk, [two], actor=second_reviewer)

    assert {item.key: item.audit_note for item in get_policy().dimensions.all()} == {
        "market": "Mine.",
        "mrv": "Theirs.",
    }


def test_same_note_twice_is_no_clash(imported: Policy, reviewer: User, second_reviewer: User) -> None:
    one = judgement(imported, "market", "Read.")
    judge_dimensions(imported.pk, [one], actor=reviewer)

    report = judge_dimensions(imported.pk, [one], actor=second_reviewer)

    assert (len(report.verdicts), report.noted) == (1, ())
