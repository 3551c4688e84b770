"""Resolving conflicts: whose value stands then, who answers for it, and who may."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.merge import Misfit
from reviews.models import Conflict, DimensionAnalysis, Policy, Resolution
from reviews.schema import Change
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.importing import import_policies
from reviews.services.resolving import Choice, resolve_conflicts
from tests.conflicts import BASE, MRV, OURS, PLACES, THEIRS, disagree, open_at
from tests.factories import Folder, claim, decide, get_policy, judge_all, make_user, verify
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db
TAKE, KEEP, WRITE = Resolution.THEIRS, Resolution.OURS, Resolution.OTHER
THEIR_NOTE = {"market": claim(), "mrv": {**MRV, "auditNote": "Pasted by a script."}}


def choose(policy: Policy, resolution: Resolution) -> dict[int, Choice]:
    return {row.pk: (resolution, None) for row in policy.conflicts.filter(resolution="")}


def rows() -> list[tuple[str, str, Any, str]]:
    return [
        (row.place, row.resolution, row.result, row.resolver_name) for row in Conflict.objects.order_by("pk")
    ]


def test_taking_all_of_the_file_makes_the_record_say_what_it_says(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)
    resolver = make_user("other", "Olga", "Berg", "Editors")
    before = count_rows()

    report = resolve_conflicts(policy.pk, choose(policy, TAKE), actor=resolver, reason="The gazette.")

    policy = get_policy()
    assert (policy.year, policy.source, policy.description, policy.sectors) == (
        2020,
        THEIRS["source"],
        THEIRS["description"],
        THEIRS["sectors"],
    )
    assert {item.key: item.evidence for item in policy.dimensions.all()} == {
        "market": "Permits, says the file.",
        "mrv": "Reports are due every year.",
    }
    assert report.is_all
    assert policy.open_conflicts == 0
    assert [(place, how, who) for place, how, _result, who in rows()] == [
        (place, "theirs", "Olga Berg") for place in PLACES
    ]
    # who resolves answers for the values, dimension and all
    assert {policy.authors[key] for key in ("year", "source", "description", "analysis.liability")} == {
        resolver.pk
    }
    assert policy.dimensions.get(key="market").authors["evidence"] == resolver.pk
    assert count_rows() - before == {"Policy history": 1, "DimensionAnalysis history": 2}
    revision = policy.history.latest()
    assert (revision.history_user, revision.history_change_reason) == (
        resolver,
        "Resolved 6 conflicts with its file: The gazette.",
    )


def test_keeping_ours_writes_no_version_and_lasts(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)
    before, values = count_rows(), policy.to_values()

    resolve_conflicts(policy.pk, choose(policy, KEEP), actor=editor)

    assert count_rows() == before
    assert (get_policy().to_values(), get_policy().open_conflicts) == (values, 0)
    assert {how for _place, how, _result, _who in rows()} == {"ours"}
    folder.policy(**{**THEIRS, "title": "Sea Act"})
    import_policies([folder.root], actor=None)
    assert (get_policy().title, get_policy().year, get_policy().open_conflicts) == ("Sea Act", 2021, 0)


@pytest.mark.parametrize(
    ("place", "value", "how", "result"),
    [
        ('["year"]', 2022, "other", {"value": 2022}),
        ('["year"]', 2020, "theirs", {"value": 2020}),
        ('["year"]', 2021, "ours", {"value": 2021}),
        ('["sectors"]', ["steel"], "other", {"value": ["steel"]}),
        ('["analysis", "market", "evidence"]', "Both.", "other", {"value": "Both."}),
    ],
)
def test_third_value_is_written(
    place: str, value: Any, how: str, result: Any, folder: Folder, editor: User
) -> None:
    policy = disagree(folder, editor)
    row = open_at(policy, place)

    report = resolve_conflicts(policy.pk, {row.pk: (WRITE, value)}, actor=editor)

    row.refresh_from_db()
    assert (row.resolution, row.result, row.resolved_by) == (how, result, editor)
    assert [change.new for change in report.changes] == ([] if how == "ours" else [value])
    assert (report.is_all, get_policy().open_conflicts) == (False, 5)


def test_dimension_that_was_taken_out_here_comes_back_with_the_file_s_note(
    folder: Folder, editor: User
) -> None:
    noted = claim(auditNote="Checked by the script.", score=9)
    policy = disagree(
        folder,
        editor,
        theirs={"analysis": {"market": noted, "mrv": OURS["analysis"]["mrv"]}},
        ours={"analysis": {"mrv": OURS["analysis"]["mrv"]}},
        base={},
    )
    assert [item.key for item in policy.dimensions.all()] == ["mrv"]

    resolve_conflicts(policy.pk, choose(policy, TAKE), actor=editor)

    item = get_policy().dimensions.get(key="market")
    assert (item.score, item.audit_note) == (9, "Checked by the script.")


@pytest.mark.parametrize("is_signed", [False, True])
def test_note_of_a_dimension_that_comes_back_is_that_which_stood_here_last(
    is_signed: bool, folder: Folder, editor: User, reviewer: User
) -> None:
    policy = folder.import_policy()
    (verify if is_signed else judge_all)(policy, reviewer)
    edit(editor, analysis={"market": claim()})
    import_policies([folder.policy(analysis=THEIR_NOTE)], actor=None, root=folder.root)

    report = resolve_conflicts(policy.pk, choose(policy, TAKE), actor=editor)

    policy = get_policy()
    assert policy.dimensions.get(key="mrv").audit_note == "Read the source on mrv."
    assert policy.standing == ("verified" if is_signed else "claimed")
    assert (report.resolved[0].result or {})["value"]["auditNote"] == "Read the source on mrv."
    # what the file says of it is for a reviewer to decide
    assert (report.is_all, policy.open_conflicts) == (False, 1)
    row = open_at(policy, '["analysis", "mrv", "audit_note"]')
    assert [row.base, row.theirs, row.ours] == [
        {"value": ""},
        {"value": "Pasted by a script."},
        {"value": "Read the source on mrv."},
    ]
    import_policies([folder.policy(title="Sea Act", analysis=THEIR_NOTE)], actor=None, root=folder.root)
    assert open_at(get_policy(), '["analysis", "mrv", "audit_note"]') == row


def test_value_that_does_not_fit_can_be_taken(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor, base={}, theirs={"year": "soon"}, ours={"year": 2021})

    report = resolve_conflicts(policy.pk, choose(policy, TAKE), actor=editor)

    policy = get_policy()
    assert (policy.year, policy.misfits) == (None, {"year": "soon"})
    assert report.resolved[0].result == {"misfit": "soon"}
    assert Misfit("soon") == Misfit("soon") != Misfit("later")


@pytest.mark.parametrize(
    ("place", "label"),
    [('["analysis", "liability"]', "liability"), ('["extra", "tags"]', "tags")],
)
def test_whole_dimension_and_unknown_list_have_no_third_value(
    place: str, label: str, folder: Folder, editor: User
) -> None:
    policy = disagree(
        folder,
        editor,
        base={**BASE, "tags": ["a"]},
        theirs={**THEIRS, "tags": "b"},
        ours={**OURS, "tags": ["c"]},
    )
    values = policy.to_values()

    with pytest.raises(RefusedError) as refusal:
        resolve_conflicts(policy.pk, {open_at(policy, place).pk: (WRITE, None)}, actor=editor)

    assert str(refusal.value) == (
        f"No other value can be written for {label}: take the file’s, or keep PolicyHub’s."
    )
    assert (get_policy().to_values(), get_policy().open_conflicts) == (values, 7)


def test_resolving_writes_all_rows_at_once(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)

    with CaptureQueriesContext(connection) as queries:
        resolve_conflicts(policy.pk, choose(policy, TAKE), actor=editor)

    written = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "reviews_conflict"')]
    assert len(written) == 1


@pytest.mark.parametrize("value", ["", "  "])
def test_record_keeps_what_it_needs(value: str, folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor, base={}, theirs={"title": "Theirs"}, ours={"title": "Ours"})

    with pytest.raises(RefusedError, match=r"A policy needs a title\."):
        resolve_conflicts(policy.pk, {open_at(policy, '["title"]').pk: (WRITE, value)}, actor=editor)

    assert (get_policy().title, get_policy().open_conflicts) == ("Ours", 1)


# -- who, and when ----------------------------------------------------------------------------------------


def test_who_took_a_value_of_the_file_does_not_verify_it(
    folder: Folder, editor: User, reviewer: User
) -> None:
    both = make_user("both", "Bea", "Lund", "Editors", "Reviewers")
    policy = disagree(folder, editor, base={}, theirs={"year": 2020}, ours={"year": 2021})

    resolve_conflicts(policy.pk, choose(policy, TAKE), actor=both)

    judge_all(policy, reviewer)
    with pytest.raises(RefusedError, match="You last changed this content: someone else has to verify it"):
        decide(policy, "verify", both)
    decide(policy, "verify", reviewer)
    assert get_policy().standing == "verified"


def test_roles_are_editors_for_values_and_reviewers_for_notes(
    folder: Folder, editor: User, reviewer: User, publisher: User
) -> None:
    policy = folder.import_policy()
    judge_all(policy, reviewer)
    edit(editor, year=2021)
    folder.policy(year=2020, analysis={"market": claim(auditNote="Fine."), "mrv": OURS["analysis"]["mrv"]})
    import_policies([folder.root], actor=None)
    year, note = (open_at(policy, place) for place in ('["year"]', '["analysis", "market", "audit_note"]'))

    for actor, row, permission in (
        (reviewer, year, "change_policy"),
        (editor, note, "review_policy"),
        (publisher, year, "change_policy"),
        (publisher, note, "review_policy"),
    ):
        with pytest.raises(ForbiddenError) as refusal:
            resolve_conflicts(policy.pk, {row.pk: (KEEP, None)}, actor=actor)
        assert str(refusal.value) == (
            f"Resolving a conflict needs the permission “{permission}”: ask an administrator for the role."
        )
    assert get_policy().open_conflicts == 2

    resolve_conflicts(policy.pk, {note.pk: (WRITE, "Read, and fine.")}, actor=reviewer)
    item = get_policy().dimensions.get(key="market")
    assert (item.audit_note, item.authors) == ("Read, and fine.", {})  # a note is no claim
    resolve_conflicts(policy.pk, {year.pk: (KEEP, None)}, actor=editor)
    assert get_policy().open_conflicts == 0


def test_note_of_a_verified_record_waits_until_its_review_is_reopened(
    folder: Folder, signed: Policy, reviewer: User
) -> None:
    folder.policy(analysis={"market": claim(auditNote="Fine."), "mrv": OURS["analysis"]["mrv"]})
    import_policies([folder.root], actor=None)
    choices = choose(signed, TAKE)
    assert get_policy().standing == "verified"

    with pytest.raises(RefusedError) as refusal:
        resolve_conflicts(signed.pk, choices, actor=reviewer)
    assert str(refusal.value) == (
        "The audit note on market is part of what Rosa Lindqvist signed: reopen the review first."
    )
    decide(signed, "reopen", reviewer, "The file has another note.")
    resolve_conflicts(signed.pk, choices, actor=reviewer)

    assert get_policy().dimensions.get(key="market").audit_note == "Fine."


def test_note_that_was_taken_while_stale_goes_when_the_signed_content_comes_back(
    folder: Folder, signed: Policy, editor: User, reviewer: User
) -> None:
    folder.policy(analysis={"market": claim(auditNote="Fine."), "mrv": MRV})
    import_policies([folder.root], actor=None)
    edit(editor, title="Sea Act", analysis={"market": claim(auditNote="Fine."), "mrv": MRV})
    resolve_conflicts(signed.pk, choose(signed, TAKE), actor=reviewer)
    assert (get_policy().standing, get_policy().dimensions.get(key="market").audit_note) == ("stale", "Fine.")

    edit(editor, title="Storage Act")

    policy = get_policy()
    assert (policy.standing, policy.dimensions.get(key="market").audit_note) == (
        "verified",
        "Read the source on market.",
    )
    notes = DimensionAnalysis.history.filter(key="market").order_by("-history_id")
    assert [row.audit_note for row in notes[:2]] == ["Read the source on market.", "Fine."]


def test_record_that_was_verified_is_stale_with_another_value(
    folder: Folder, editor: User, reviewer: User
) -> None:
    policy = folder.import_policy()
    edit(editor, year=2021)
    verify(policy, reviewer)
    folder.policy(year=2020)
    import_policies([folder.root], actor=None)
    assert (get_policy().standing, get_policy().open_conflicts) == ("verified", 1)

    resolve_conflicts(policy.pk, choose(policy, TAKE), actor=editor)

    assert (get_policy().standing, get_policy().year) == ("stale", 2020)


def test_value_that_changed_behind_the_page_is_not_replaced(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)
    seen = policy.to_values()
    edit(editor, **{**OURS, "year": 2030, "title": "Sea Act"})
    year, source = open_at(policy, '["year"]'), open_at(policy, '["source"]')

    with pytest.raises(MeanwhileChangedError) as refusal:
        resolve_conflicts(
            policy.pk, {year.pk: (TAKE, None), source.pk: (TAKE, None)}, actor=editor, seen=seen
        )

    assert str(refusal.value) == (
        "Somebody changed year of no-storage-act (en) while you were choosing, so nothing was written: "
        "look at what stands there now, and choose again."
    )
    assert refusal.value.changes == (Change(("year",), 2021, 2030),)
    assert (get_policy().year, get_policy().source, get_policy().open_conflicts) == (2030, "Our ministry", 6)
    resolve_conflicts(policy.pk, {year.pk: (KEEP, None), source.pk: (TAKE, None)}, actor=editor, seen=seen)
    assert (get_policy().year, get_policy().source) == (2030, "The file's ministry")


def test_conflict_that_ended_meanwhile_is_not_resolved_again(folder: Folder, editor: User) -> None:
    policy = disagree(folder, editor)
    choices = choose(policy, KEEP)
    resolve_conflicts(policy.pk, dict([next(iter(choices.items()))]), actor=editor)

    for refused in (choices, {}):
        with pytest.raises(RefusedError) as refusal:
            resolve_conflicts(policy.pk, refused, actor=editor)
        assert str(refusal.value) == (
            "Somebody resolved conflicts of no-storage-act (en) meanwhile, or its file changed again, so nothing "
            "was written: look at what is open now, and choose again."
        )
    assert get_policy().open_conflicts == 5
