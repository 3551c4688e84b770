"""Editors' changes: what is written, what two at once do to each other, and restoring an old version."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User

from reviews.documents import REMOVED
from reviews.models import Policy
from reviews.schema import Change, PolicyValues, read_policy
from reviews.selectors.versions import values_at
from reviews.services.editing import add_policy, edit_policy, empty_values, restore_version
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.workflow import judge_dimensions
from tests.factories import BODY, Folder, claim, front_matter, get_policy, judgement, make_user, verify
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db

ANALYSIS = front_matter()["analysis"]


def wanted(body: str = BODY, **changes: Any) -> PolicyValues:
    return read_policy(front_matter(**changes), body)


# -- adding -----------------------------------------------------------------------------------------------


def test_added_policy_is_a_draft_by_its_author(editor: User) -> None:
    policy = add_policy("born-here", "en", wanted(reviewStatus="verified"), actor=editor)

    policy = get_policy("born-here")
    assert (policy.state, policy.standing, policy.file_status, policy.reviewer) == ("draft", "open", "", "")
    assert (policy.edited_by, policy.version, policy.missing_notes) == (editor, 1, 2)
    assert {item.key: item.edited_by for item in policy.dimensions.all()} == {"market": editor, "mrv": editor}
    assert policy.title == "Storage Act"
    assert count_rows() == {
        "Policy history": 1,
        "DimensionAnalysis history": 2,
        "SourceFile history": 0,
        "Verdict": 0,
        "Decision": 0,
    }
    row = policy.history.latest()
    assert (row.history_type, row.history_user, row.history_change_reason) == ("+", editor, "Added")


@pytest.mark.parametrize(
    ("policy_id", "language", "changes", "reasons"),
    [
        (
            "no-storage-act",
            "en",
            {},
            ["no-storage-act (en) is there already: edit that record, or choose another id."],
        ),
        ("x", "en", {"title": None}, ["A policy needs a title."]),
        ("x", "en", {"title": " \n"}, ["A policy needs a title."]),
        (
            "../x",
            "en",
            {},
            ["An id starts with a letter or digit and holds letters, digits, “-”, “_” and single dots only."],
        ),
        ("", "en", {}, ["This field cannot be blank."]),
        ("x" * 201, "en", {}, ["Ensure this value has at most 200 characters (it has 201)."]),
        ("x", "English", {}, ["A language is a tag like “en”, “zh” or “pt-BR”."]),
        ("x", "en", {"analysis": {"": claim()}}, ["The name of a dimension has 1 to 200 characters."]),
        ("x", "en", {"analysis": {"x" * 201: claim()}}, ["The name of a dimension has 1 to 200 characters."]),
        (
            "x",
            "en",
            {"analysis": {f"d{n}": {} for n in range(501)}},
            ["A policy has at most 500 dimensions."],
        ),
    ],
)
def test_policy_that_cannot_be_is_not_added(
    imported: Policy, editor: User, policy_id: str, language: str, changes: Any, reasons: list[str]
) -> None:
    before = count_rows()

    with pytest.raises(RefusedError) as error:
        add_policy(policy_id, language, wanted(**changes), actor=editor)

    assert (list(error.value.reasons), count_rows()) == (reasons, before)


def test_values_that_no_field_holds_are_refused_all_at_once(imported: Policy, editor: User) -> None:
    seen = imported.to_values()
    fields = {**seen.fields, "title": "", "country": "x" * 201, "year": 2**40}

    with pytest.raises(RefusedError) as error:
        edit_policy(imported.pk, seen=seen, wanted=replace(seen, fields=fields), actor=editor)

    assert error.value.reasons == (
        "A policy needs a title.",
        "country is longer than 200 characters.",
        "year is too large a number.",
    )


# -- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["inactive", "nobody", "reviewer", "publisher"])
def test_editing_is_for_editors(imported: Policy, request: pytest.FixtureRequest, role: str) -> None:
    inactive = make_user("inactive", "Ines", "Alt", "Editors", is_active=False)
    actor = inactive if role == "inactive" else request.getfixturevalue(role)
    seen, before = imported.to_values(), count_rows()

    for act, permission in (
        (lambda: add_policy("x", "en", wanted(), actor=actor), "add_policy"),
        (lambda: edit_policy(imported.pk, seen=seen, wanted=wanted(title="x"), actor=actor), "change_policy"),
        (lambda: restore_version(imported.pk, 1, actor=actor), "change_policy"),
    ):
        with pytest.raises(ForbiddenError) as error:
            act()
        assert str(error.value) == (
            f"Editing needs the permission “{permission}”: ask an administrator for the role Editors."
        )
    assert count_rows() == before


# -- one edit ---------------------------------------------------------------------------------------------


def test_edit_writes_what_changed_with_one_history_row_each(imported: Policy, editor: User) -> None:
    before = count_rows()

    report = edit(editor, title="Sea Act", analysis={**ANALYSIS, "market": claim(score=71)}, tags=["x"])

    assert report.changes == (
        Change(("title",), "Storage Act", "Sea Act"),
        Change(("analysis", "market", "score"), 70.0, 71.0),
        Change(("extra", "tags"), REMOVED, ["x"]),
    )
    assert count_rows() - before == {"Policy history": 1, "DimensionAnalysis history": 1}
    policy = get_policy()
    assert (policy.title, policy.extra, policy.version, policy.edited_by) == (
        "Sea Act",
        {"tags": ["x"]},
        2,
        editor,
    )
    assert {item.key: (item.score, item.edited_by) for item in policy.dimensions.all()} == {
        "market": (71.0, editor),
        "mrv": (62.5, None),
    }
    rows = [policy.history.latest(), policy.dimensions.get(key="market").history.latest()]
    assert {(row.history_user, row.history_change_reason, row.history_type) for row in rows} == {
        (editor, "Edited", "~")
    }
    assert rows[0].history_date == rows[1].history_date


def test_edit_of_a_claim_makes_an_author_of_that_claim_alone(imported: Policy, editor: User) -> None:
    edit(editor, analysis={**ANALYSIS, "market": claim(score=71)})

    policy = get_policy()
    assert (policy.edited_by, policy.dimensions.get(key="market").edited_by) == (None, editor)


def test_edit_carries_its_reason(imported: Policy, editor: User) -> None:
    seen = imported.to_values()

    edit_policy(imported.pk, seen=seen, wanted=wanted(title="Sea Act"), actor=editor, reason="Official name")

    assert get_policy().history.latest().history_change_reason == "Official name"


@pytest.mark.parametrize("times", [1, 2])
def test_edit_that_changes_nothing_writes_nothing(imported: Policy, editor: User, times: int) -> None:
    if times == 2:
        edit(editor, title="Sea Act")
    before, row = count_rows(), Policy.objects.values().get()

    report = edit(editor)

    assert (report.changes, count_rows(), Policy.objects.values().get()) == ((), before, row)


def test_edit_leaves_review_fields_and_notes_alone(signed: Policy, editor: User) -> None:
    edit(
        editor, title="Sea Act", reviewStatus="draft", provenance={"author": "X", "reviewer": "Somebody Else"}
    )

    policy = get_policy()
    assert (policy.author, policy.reviewer, policy.review_status) == ("X", "Rosa Lindqvist", "verified")
    assert [item.audit_note for item in policy.dimensions.all()] == [
        "Read the source on market.",
        "Read the source on mrv.",
    ]


def test_value_that_could_not_be_read_is_forgotten_once_it_is_set(folder: Folder, editor: User) -> None:
    policy = folder.import_policy(year="soon", analysis={"market": claim(score="high")})
    assert len(policy.warnings) == 2

    edit(editor, year=2024, analysis={"market": claim(score=70)})

    assert (get_policy().warnings, get_policy().year) == ([], 2024)


def test_dimension_that_went_comes_back_with_its_note(signed: Policy, editor: User) -> None:
    edit(editor, analysis={"market": claim()})
    assert [item.key for item in get_policy().dimensions.all()] == ["market"]

    report = restore_version(signed.pk, signed.version, actor=editor, reason=" A mistake. ")

    policy = get_policy()
    assert {item.key: item.audit_note for item in policy.dimensions.all()} == {
        "market": "Read the source on market.",
        "mrv": "Read the source on mrv.",
    }
    assert len(report.changes) == 4
    row = policy.history.latest()
    assert row.history_change_reason == f"Restored version {signed.version}: A mistake."
    assert (row.history_user, policy.version) == (editor, signed.version + 2)


@pytest.mark.parametrize("way", ["restored", "typed in again"])
def test_dimension_that_comes_back_has_its_last_note(
    imported: Policy, editor: User, reviewer: User, way: str
) -> None:
    judge_dimensions(imported.pk, [judgement(imported, "mrv", "Asked the ministry.")], actor=reviewer)
    edit(editor, analysis={"market": claim()})

    if way == "restored":
        restore_version(imported.pk, 1, actor=editor)  # where it had no note yet
    else:
        edit(editor)

    assert get_policy().dimensions.get(key="mrv").audit_note == "Asked the ministry."
    assert set(get_policy().current_verdicts()) == {"mrv"}


def test_restored_version_says_what_it_said(folder: Folder, imported: Policy, editor: User) -> None:
    edit(editor, title="Sea Act", regulatory={"new": "x"}, tags=["x"], evolution={"milestones": [1]})
    edit(editor, title="Lake Act", analysis={"strategic": claim()}, year=1999)
    old = values_at(get_policy(), 1)

    restore_version(imported.pk, 1, actor=editor)

    assert get_policy().to_values() == old == imported.to_values()
    assert get_policy().content_digest == imported.content_digest


def test_restoring_the_version_that_stands_writes_nothing(imported: Policy, editor: User) -> None:
    before = count_rows()

    assert restore_version(imported.pk, 1, actor=editor).changes == ()
    assert count_rows() == before


def test_version_that_never_was_cannot_be_restored(imported: Policy, editor: User) -> None:
    with pytest.raises(LookupError, match=r"no-storage-act \(en\) has no version 7\."):
        restore_version(imported.pk, 7, actor=editor)


# -- two at once ------------------------------------------------------------------------------------------


def test_two_who_change_different_values_both_keep_theirs(
    imported: Policy, editor: User, superuser: User
) -> None:
    seen = imported.to_values()

    edit_policy(imported.pk, seen=seen, wanted=wanted(title="Sea Act"), actor=editor)
    edit_policy(
        imported.pk,
        seen=seen,
        wanted=wanted(year=2025, analysis={**ANALYSIS, "market": claim(score=71)}),
        actor=superuser,
    )

    policy = get_policy()
    assert (policy.title, policy.year, policy.dimensions.get(key="market").score) == ("Sea Act", 2025, 71.0)


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        ({"title": "Mine"}, {"title": "Theirs"}, [Change(("title",), "Storage Act", "Theirs")]),
        (
            {"title": "Mine", "year": 1},
            {"title": "Theirs", "country": "Chile"},
            [Change(("title",), "Storage Act", "Theirs")],
        ),
        (
            {"analysis": {**ANALYSIS, "market": claim(score=1)}},
            {"analysis": {**ANALYSIS, "market": claim(score=2)}},
            [Change(("analysis", "market", "score"), 70.0, 2.0)],
        ),
        (
            {"analysis": {**ANALYSIS, "market": claim(score=1)}},
            {"analysis": {"mrv": ANALYSIS["mrv"]}},
            [Change(("analysis", "market", "score"), 70.0, REMOVED)],
        ),
        (
            {"analysis": {"mrv": ANALYSIS["mrv"]}},
            {"analysis": {**ANALYSIS, "market": claim(score=2)}},
            [Change(("analysis", "market", "score"), 70.0, 2.0)],
        ),
        ({"tags": ["mine"]}, {"tags": ["theirs"]}, [Change(("extra", "tags"), REMOVED, ["theirs"])]),
        ({"title": "Same"}, {"title": "Same"}, []),
    ],
)
def test_second_sees_what_changed_and_nothing_is_written(
    imported: Policy, editor: User, superuser: User, mine: Any, theirs: Any, clash: list[Change]
) -> None:
    seen = imported.to_values()
    edit_policy(imported.pk, seen=seen, wanted=wanted(**theirs), actor=superuser)
    before, row = count_rows(), Policy.objects.values().get()

    if clash:
        with pytest.raises(MeanwhileChangedError) as error:
            edit_policy(imported.pk, seen=seen, wanted=wanted(**mine), actor=editor)
        assert list(error.value.changes) == clash
        assert str(error.value) == (
            "Somebody changed no-storage-act (en) while you were writing, in the same places. "
            "Nothing you typed is lost: compare, keep what is right, and save again."
        )
    else:
        assert edit_policy(imported.pk, seen=seen, wanted=wanted(**mine), actor=editor).changes == ()
    assert (count_rows(), Policy.objects.values().get()) == (before, row)


def test_edit_of_what_was_verified_meanwhile_is_refused(
    imported: Policy, editor: User, reviewer: User
) -> None:
    seen, seen_at = imported.to_values(), imported.updated_at
    verify(imported, reviewer)
    before = count_rows()

    with pytest.raises(MeanwhileChangedError) as error:
        edit_policy(imported.pk, seen=seen, wanted=wanted(title="Sea Act"), actor=editor, seen_at=seen_at)
    assert str(error.value) == (
        "Rosa Lindqvist verified no-storage-act (en) while you were writing, and an edit reopens its review. "
        "Nothing you typed is lost: save again if it has to change all the same."
    )
    assert (error.value.changes, count_rows()) == ((), before)

    unchanged = edit_policy(imported.pk, seen=seen, wanted=seen, actor=editor, seen_at=seen_at)
    assert unchanged.changes == ()
    seen_at = get_policy().updated_at
    edit_policy(imported.pk, seen=seen, wanted=wanted(title="Sea Act"), actor=editor, seen_at=seen_at)
    assert get_policy().standing == "stale"


def test_edit_after_an_outlived_signature_is_taken(imported: Policy, editor: User, reviewer: User) -> None:
    seen, seen_at = imported.to_values(), imported.updated_at
    verify(imported, reviewer)
    edit(editor, year=2025)

    edit_policy(imported.pk, seen=seen, wanted=wanted(title="Sea Act"), actor=editor, seen_at=seen_at)

    assert (get_policy().title, get_policy().year) == ("Sea Act", 2025)


def test_value_of_another_type_is_another_value(folder: Folder, editor: User) -> None:
    folder.import_policy(binding=True)

    report = edit(editor, binding=1)

    assert report.changes == (Change(("extra", "binding"), True, 1),)
    assert get_policy().extra == {"binding": 1}


def test_dimension_that_two_add_at_once_is_one(imported: Policy, editor: User, superuser: User) -> None:
    seen = imported.to_values()
    added = wanted(analysis={**ANALYSIS, "strategic": claim(label="Theirs")})
    edit_policy(imported.pk, seen=seen, wanted=added, actor=superuser)

    with pytest.raises(MeanwhileChangedError):
        edit_policy(
            imported.pk,
            seen=seen,
            wanted=wanted(analysis={**ANALYSIS, "strategic": claim(label="Mine")}),
            actor=editor,
        )

    assert get_policy().dimensions.get(key="strategic").label == "Theirs"


def test_empty_values_are_where_an_addition_starts() -> None:
    assert (empty_values().fields["title"], empty_values().dimensions) == ("", {})


def test_every_version_of_a_long_life_can_be_read_back(
    folder: Folder, imported: Policy, editor: User, reviewer: User
) -> None:
    said = [get_policy().to_values()]
    for changes in (
        {"title": "Sea Act"},
        {"analysis": {"market": claim(score=1)}},
        {"analysis": ANALYSIS, "tags": ["x"]},
        {"analysis": {**ANALYSIS, "strategic": claim()}},
    ):
        edit(editor, **changes)
        said.append(get_policy().to_values())
    verify(get_policy(), reviewer)

    policy = get_policy()
    assert [values_at(policy, number + 1) for number in range(5)] == said
    assert values_at(policy, policy.version) == policy.to_values()
