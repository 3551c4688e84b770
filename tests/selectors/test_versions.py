"""Versions: what a record and its dimensions said at each revision, however few of them are asked for."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from reviews.models import Policy
from reviews.schema import PolicyValues
from reviews.selectors.versions import Version, name_of, values_at, version_at, versions_of
from reviews.services.editing import restore_version
from tests.factories import Folder, claim, decide, get_policy
from tests.services.counts import edit


@pytest.fixture
def edited(imported: Policy, editor: User) -> Policy:
    """`imported` after four edits: a label, a dimension out, one in, the title."""
    edit(editor, analysis={"market": claim(label="Second"), "mrv": claim(label="Yearly")})
    edit(editor, analysis={"market": claim(label="Second")})
    edit(editor, analysis={"market": claim(label="Second"), "liability": claim(label="Fourth")})
    edit(
        editor, analysis={"market": claim(label="Second"), "liability": claim(label="Fourth")}, title="Fifth"
    )
    return get_policy()


def said(versions: list[Version]) -> list[tuple[Any, ...]]:
    """Each version's number, title, and labels by dimension."""
    return [
        (
            item.number,
            item.values.fields["title"],
            {key: row.fields["label"] for key, row in item.values.dimensions.items()},
        )
        for item in versions
    ]


SAID = [
    (1, "Storage Act", {"market": "Open access", "mrv": "Yearly"}),
    (2, "Storage Act", {"market": "Second", "mrv": "Yearly"}),
    (3, "Storage Act", {"market": "Second"}),
    (4, "Storage Act", {"market": "Second", "liability": "Fourth"}),
    (5, "Fifth", {"market": "Second", "liability": "Fourth"}),
]


def test_versions_tell_what_stood_at_each_revision(edited: Policy) -> None:
    assert said(versions_of(edited)) == SAID


@pytest.mark.parametrize("first", range(1, 7))
@pytest.mark.parametrize("last", [*range(1, 7), None])
def test_any_stretch_of_versions_says_the_same(first: int, last: int | None, edited: Policy) -> None:
    assert said(versions_of(edited, first=first, last=last)) == SAID[first - 1 : last]


def test_newest_version_says_what_the_record_says(edited: Policy) -> None:
    assert values_at(edited, 5) == edited.to_values()
    assert values_at(edited, 1) != edited.to_values()


def test_version_knows_who_when_and_why(imported: Policy, editor: User, reviewer: User) -> None:
    edit(editor, title="Act")
    decide(imported, "request_changes", reviewer, "Name the section.")
    policy = get_policy()
    versions = versions_of(policy)

    assert [(item.actor, item.reason, item.review_status) for item in versions] == [
        ("PolicyHub", "Imported from policies/en/no-storage-act.md", "in_review"),
        ("Elena Ortiz", "Edited", "in_review"),
        ("Rosa Lindqvist", "Request changes: Name the section.", "changes_requested"),
    ]
    assert versions[-1].at == policy.updated_at


def test_restored_dimension_is_there_again(edited: Policy, editor: User) -> None:
    restore_version(edited.pk, 2, actor=editor)

    assert said(versions_of(get_policy()))[-1] == (6, "Storage Act", {"market": "Second", "mrv": "Yearly"})


def test_versions_of_other_records_stay_out(edited: Policy, folder: Folder) -> None:
    other = folder.import_policy("other", analysis={"market": claim(label="Other")})

    assert said(versions_of(other)) == [(1, "Storage Act", {"market": "Other"})]
    assert said(versions_of(edited)) == SAID


def test_review_fields_are_part_of_a_version(signed: Policy) -> None:
    notes = [
        [row.fields["audit_note"] for row in item.values.dimensions.values()] for item in versions_of(signed)
    ]

    written = ["Read the source on market.", "Read the source on mrv."]
    assert notes == [["", ""], written, written]
    assert [item.values.fields["reviewer"] for item in versions_of(signed)] == [
        "Human Audit Pending",
        "Human Audit Pending",
        "Rosa Lindqvist",
    ]


@pytest.mark.parametrize("number", [0, -1, 6, 10**30])
def test_version_that_never_was_is_named(number: int, edited: Policy) -> None:
    with pytest.raises(LookupError, match=rf"^no-storage-act \(en\) has no version {number}\.$"):
        version_at(edited, number)


def test_versions_take_two_queries_at_one_and_at_five(
    edited: Policy, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for last in (1, 5):
        with django_assert_num_queries(2):
            assert len(versions_of(edited, last=last)) == last


def test_person_without_a_full_name_is_called_by_the_user_name() -> None:
    assert name_of(User(username="ann")) == "ann"
    assert name_of(User(username="ann", first_name="Ann", last_name="Lee")) == "Ann Lee"
    assert name_of(None) == "PolicyHub"


def test_version_is_not_changed_by_a_later_edit(imported: Policy, editor: User) -> None:
    before: PolicyValues = values_at(imported, 1)
    edit(editor, regulatory={"liability_period": "30 years"})

    assert values_at(get_policy(), 1) == before
    assert before == replace(
        before,
        fields=before.fields | {"regulatory": {"liability_period": "20 years", "pore_space_rights": ""}},
    )
