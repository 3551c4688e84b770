"""Decisions and verdicts: the one door through which a record moves, and what it writes."""

import datetime as dt
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import Decision, Policy, Verdict
from reviews.services.editing import edit_policy, restore_version
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.rendering import render_policy
from reviews.services.workflow import Judgement, judge_dimensions, make_decision
from reviews.states import State, VerdictKind
from tests.factories import (
    Folder,
    claim,
    decide,
    front_matter,
    get_policy,
    judge_all,
    judgement,
    make_user,
    verify,
)
from tests.services.counts import count_rows, edit
from tests.workflow_table import CELLS, TARGETS, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(
    editor: User, reviewer: User, second_reviewer: User, publisher: User, nobody: User, superuser: User
) -> dict[str, User]:
    """Whoever stands in the table, by role."""
    groups = ("Editors", "Reviewers", "Publishers")
    inactive = make_user("inactive", "Ines", "Alt", *groups, is_active=False)
    people = {"inactive": inactive, "nobody": nobody, "editor": editor, "reviewer": reviewer}
    return {**people, "publisher": publisher, "superuser": superuser, "somebody else": second_reviewer}


def bring_to(state: State, folder: Folder, people: dict[str, User]) -> Policy:
    """A record that stands in this state, ready to be verified where it is in review."""
    policy = folder.import_policy(reviewStatus="draft" if state is State.DRAFT else "verified")
    if state is not State.DRAFT:
        judge_all(policy, people["somebody else"])
    if state is State.CHANGES_REQUESTED:
        decide(policy, "request_changes", people["somebody else"], "Add a source.")
    if state is State.VERIFIED:
        decide(policy, "verify", people["somebody else"])
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
        assert get_policy().state == TARGETS[transition]
        assert (decision.from_state, decision.to_state) == (state, TARGETS[transition])
        assert (decision.actor, decision.actor_name) == (people[role], people[role].get_full_name())
        assert count_rows() - before == {"Decision": 1, "Policy history": 1}
    else:
        with pytest.raises(RefusedError) as error:
            decide(policy, transition, people[role], "Because.")
        assert str(error.value) == refusal(state, transition, answer)
        assert type(error.value) is (ForbiddenError if answer == "role" else RefusedError)
        assert get_policy().state == state
        assert count_rows() == before


# -- decisions --------------------------------------------------------------------------------------------


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


# -- four eyes --------------------------------------------------------------------------------------------


@pytest.fixture
def both(db: None) -> User:
    """Editor and reviewer in one person."""
    return make_user("both", "Bo", "Thiessen", "Editors", "Reviewers")


EDITS: dict[str, dict[str, Any]] = {
    "a field": {"title": "Sea Act"},
    "a claim": {"analysis": {"market": claim(score=71), "mrv": front_matter()["analysis"]["mrv"]}},
    "a new dimension": {"analysis": {**front_matter()["analysis"], "strategic": claim()}},
    "a dimension less": {"analysis": {"market": claim()}},
    "an unknown key": {"tags": ["x"]},
}


@pytest.mark.parametrize("what", EDITS)
def test_nobody_verifies_what_they_changed(imported: Policy, reviewer: User, both: User, what: str) -> None:
    edit(both, **EDITS[what])
    judge_all(get_policy(), reviewer)

    with pytest.raises(RefusedError) as error:
        decide(imported, "verify", both)
    assert str(error.value) == "You last changed this content: someone else has to verify it (four eyes)."

    decide(imported, "verify", reviewer)
    assert get_policy().standing == "verified"


def test_nobody_judges_the_claim_that_they_changed(imported: Policy, both: User) -> None:
    edit(both, **EDITS["a claim"])
    policy = get_policy()

    with pytest.raises(RefusedError) as error:
        judge_dimensions(policy.pk, [judgement(policy, "market", "Good.")], actor=both)
    assert str(error.value) == "You last changed “market”: someone else has to judge it (four eyes)."

    judge_dimensions(policy.pk, [judgement(policy, "mrv", "Good.")], actor=both)
    assert set(get_policy().current_verdicts()) == {"mrv"}


def test_waiver_of_four_eyes_is_recorded(imported: Policy, both: User, settings: LazySettings) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    edit(both, **EDITS["a claim"])

    decision = verify(get_policy(), both)

    assert decision.is_four_eyes_waived is True
    assert {item.dimension_key: item.is_four_eyes_waived for item in Verdict.objects.all()} == {
        "market": True,
        "mrv": False,
    }


def test_waiver_that_nobody_needed_is_not_recorded(
    imported: Policy, reviewer: User, settings: LazySettings
) -> None:
    settings.POLICYHUB_FOUR_EYES = False

    assert verify(imported, reviewer).is_four_eyes_waived is False


# -- verdicts ---------------------------------------------------------------------------------------------


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


# -- two at once ------------------------------------------------------------------------------------------


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


# -- translations -----------------------------------------------------------------------------------------


@pytest.fixture
def chinese(imported: Policy, folder: Folder) -> Policy:
    """The translation of `imported`: `mrv` says the very same, `market` something else."""
    analysis = {"market": claim(evidence="许可证对所有人开放。"), "mrv": front_matter()["analysis"]["mrv"]}
    return folder.import_policy(language="zh", title="封存法", analysis=analysis)


def test_verdict_covers_the_same_claim_in_another_language(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    before = count_rows()

    report = judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=reviewer
    )

    assert report.covered == ("no-storage-act (zh): “mrv” is covered by the same verdict.",)
    assert report.not_covered == ()
    other = get_policy(language="zh")
    verdict = other.current_verdicts()["mrv"]
    assert (verdict.covered_by, verdict.actor, verdict.kind) == (report.verdicts[0], reviewer, "accepted")
    assert other.dimensions.get(key="mrv").audit_note == "Read."
    assert count_rows() - before == {"Verdict": 2, "Policy history": 2, "DimensionAnalysis history": 2}
    assert other.history.latest().history_change_reason == (
        "Audit note: mrv, covered by the verdict on no-storage-act (en)"
    )


def test_translation_is_left_alone_where_the_reviewer_does_not_want_it(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "mrv", "Read.")], actor=reviewer)

    assert get_policy(language="zh").current_verdicts() == {}
    assert get_policy(language="zh").version == 1


def test_translation_that_says_something_else_is_not_covered(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    report = judge_dimensions(
        imported.pk, [judgement(imported, "market", "Read.", is_covering_translations=True)], actor=reviewer
    )

    assert (report.covered, report.not_covered) == (
        (),
        ("no-storage-act (zh): “market” says something else, so it needs its own verdict.",),
    )
    assert get_policy(language="zh").current_verdicts() == {}


def test_translation_that_is_not_in_review_is_not_covered(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    decide(chinese, "request_changes", reviewer, "Translate the title.")

    report = judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=reviewer
    )

    (reason,) = report.not_covered
    assert reason == (
        "no-storage-act (zh): "
        "The record is “Changes requested”, not in review: an editor submits it again first."
    )


def test_four_eyes_hold_for_the_translation_too(imported: Policy, chinese: Policy, both: User) -> None:
    edit(both, language="zh", analysis={"mrv": claim()})  # both write this claim in Chinese,
    edit(both, language="zh", analysis=front_matter()["analysis"])  # and as it stands in English

    report = judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=both
    )

    assert len(report.verdicts) == 1
    assert report.not_covered == (
        "no-storage-act (zh): You last changed “mrv”: someone else has to judge it (four eyes).",
    )


def test_covered_translation_can_be_verified(imported: Policy, chinese: Policy, reviewer: User) -> None:
    judge_dimensions(
        imported.pk, [judgement(imported, "mrv", "Read.", is_covering_translations=True)], actor=reviewer
    )
    judge_dimensions(chinese.pk, [judgement(chinese, "market", "读过。")], actor=reviewer)

    decide(get_policy(language="zh"), "verify", reviewer)

    assert get_policy(language="zh").standing == "verified"


def test_each_edit_of_a_claim_is_seen_by_those_who_write_after_it(
    imported: Policy, editor: User, reviewer: User
) -> None:
    """An editor who changed nothing between writes nothing, so that a page seen before it still holds."""
    seen = get_policy().to_values()
    before = count_rows()

    report = edit_policy(imported.pk, seen=seen, wanted=seen, actor=editor)

    assert (report.changes, count_rows()) == ((), before)


def test_covering_again_writes_nothing_where_all_is_covered(
    imported: Policy, chinese: Policy, reviewer: User
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "mrv", "Read.")], actor=reviewer)
    policy = get_policy()
    again = [judgement(policy, "mrv", is_covering_translations=True)]

    first = judge_dimensions(policy.pk, again, actor=reviewer)
    before = count_rows()
    second = judge_dimensions(policy.pk, again, actor=reviewer)

    assert first.covered == ("no-storage-act (zh): “mrv” is covered by the same verdict.",)
    assert (first.verdicts, first.is_empty) == ((), False)
    assert (second.is_empty, second.not_covered) == (True, ())
    assert count_rows() == before


def test_verify_refuses_to_sign_a_note_that_changed_unseen(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, reviewer)
    seen = {item.key: item.audit_note for item in get_policy().dimensions.all()}
    judge_dimensions(imported.pk, [judgement(imported, "market", "Not what it seems.")], actor=second_reviewer)
    with pytest.raises(RefusedError) as refused:
        make_decision(
            imported.pk, "verify", actor=reviewer, seen_digest=imported.content_digest, seen_notes=seen
        )
    assert refused.value.reasons == (
        "Somebody changed the audit note on market while you were reading: your signature would cover it, "
        "so read it, then verify again.",
    )
    assert get_policy().state == "in_review"
