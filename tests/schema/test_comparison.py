"""Comparing two versions of a record, taking it apart by place, and putting it together again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.documents import REMOVED, KeyPath
from reviews.schema import (
    CLAIM_FIELDS,
    CONTENT_FIELDS,
    Change,
    PolicyValues,
    compare_values,
    flatten,
    label_of,
    read_policy,
    unflatten,
)
from tests.factories import BODY, claim, front_matter
from tests.schema.strategies import front_matters

BASE = front_matter()


def record(body: str = BODY, **changes: Any) -> PolicyValues:
    return read_policy(front_matter(**changes), body)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"title": "Sea Act"}, [Change(("title",), "Storage Act", "Sea Act")]),
        ({"year": None}, [Change(("year",), 2024, None)]),
        ({"sectors": ["storage"]}, [Change(("sectors",), ["storage", "transport"], ["storage"])]),
        (
            {"regulatory": {"liability_period": "30 years", "new": "x"}},
            [
                Change(("regulatory", "liability_period"), "20 years", "30 years"),
                Change(("regulatory", "pore_space_rights"), "", REMOVED),
                Change(("regulatory", "new"), REMOVED, "x"),
            ],
        ),
        ({"tags": ["a"]}, [Change(("extra", "tags"), REMOVED, ["a"])]),
        ({"year": 2024.0}, []),  # the field knows whole numbers only
        ({"year": "soon"}, [Change(("year",), 2024, None), Change(("misfits", "year"), REMOVED, "soon")]),
        (
            {"analysis": {"market": claim(score=71, weight=1), "mrv": BASE["analysis"]["mrv"]}},
            [
                Change(("analysis", "market", "score"), 70.0, 71.0),
                Change(("analysis", "market", "extra", "weight"), REMOVED, 1),
            ],
        ),
        (
            {"analysis": {"market": claim()}},
            [
                Change(("analysis", "mrv", "score"), 62.5, REMOVED),
                Change(("analysis", "mrv", "label"), "Yearly", REMOVED),
                Change(("analysis", "mrv", "evidence"), "Reports are due every year.", REMOVED),
                Change(("analysis", "mrv", "citation"), "Act 12 of 2024, section 4", REMOVED),
            ],
        ),
        ({"reviewStatus": "draft", "provenance": {"author": "Gemini Intelligence"}}, []),
        (
            {"analysis": {"market": claim(auditNote="Read."), "mrv": BASE["analysis"]["mrv"]}},
            [],
        ),
    ],
)
def test_versions_differ_in_these_values(changes: dict[str, Any], expected: list[Change]) -> None:
    assert list(compare_values(record(), record(**changes))) == expected


def test_review_fields_are_compared_where_they_are_asked_for() -> None:
    analysis = {"market": claim(auditNote="Read."), "mrv": BASE["analysis"]["mrv"]}
    new = record(reviewStatus="draft", provenance={"author": "Gemini Intelligence"}, analysis=analysis)

    assert [(change.at, change.new) for change in compare_values(record(), new, with_review=True)] == [
        (("file_status",), "draft"),
        (("reviewer",), ""),
        (("last_audit_date",), None),
        (("analysis", "market", "audit_note"), "Read."),
    ]


def test_body_is_compared() -> None:
    assert compare_values(record(), record(body="\nNew.\n")) == (Change(("body",), BODY, "\nNew.\n"),)


@pytest.mark.parametrize(
    ("at", "dimension"),
    [
        (("analysis", "market", "score"), "market"),
        (("analysis", "market", "extra", "weight"), "market"),
        (("title",), None),
        (("extra", "analysis"), None),
        (("body",), None),
    ],
)
def test_change_names_its_dimension(at: KeyPath, dimension: str | None) -> None:
    assert Change(at, 1, 2).dimension == dimension


@pytest.mark.parametrize(
    ("at", "label"),
    [
        (("title",), "title"),
        (("legal_weight",), "legal weight"),
        (("regulatory", "liability_period"), "regulatory · liability_period"),
        (("impact_analysis", "economic"), "impact analysis · economic"),
        (("analysis", "market", "evidence"), "market · evidence"),
        (("analysis", "my_key", "audit_note"), "my_key · audit note"),
        (("analysis", "market", "extra", "weight"), "market · weight"),
        (("extra", "tags"), "tags"),
        (("misfits", "year"), "unreadable · year"),
        (("body",), "body"),
    ],
)
def test_place_has_a_label(at: KeyPath, label: str) -> None:
    assert label_of(at) == label


def content_of(values: PolicyValues) -> PolicyValues:
    """The record with its review fields as they are when nothing stands there."""
    empty = read_policy({"analysis": {"x": {}}}, "")
    return replace(
        values,
        fields={**empty.fields, **{row.name: values.fields[row.name] for row in CONTENT_FIELDS}},
        dimensions={
            key: replace(
                item,
                fields={
                    **empty.dimensions["x"].fields,
                    **{row.name: item.fields[row.name] for row in CLAIM_FIELDS},
                },
            )
            for key, item in values.dimensions.items()
        },
    )


@given(front_matters(), st.text())
def test_record_taken_apart_and_put_together_is_the_same(values: dict[Any, Any], body: str) -> None:
    whole = read_policy(values, body)

    assert unflatten(flatten(whole)) == content_of(whole)
    assert unflatten(flatten(whole, with_review=True)) == whole


@pytest.mark.parametrize(("one", "other"), [(True, 1), (0, False), ([1], [True]), ({"a": 0}, {"a": False})])
def test_values_of_another_type_differ_as_their_digests_do(one: Any, other: Any) -> None:
    (change,) = compare_values(record(binding=one), record(binding=other))

    assert (change.at, repr(change.old), repr(change.new)) == (("extra", "binding"), repr(one), repr(other))


@given(front_matters(), front_matters())
def test_changes_laid_on_the_old_record_make_the_new_one(one: dict[Any, Any], two: dict[Any, Any]) -> None:
    old, new = read_policy(one, "a"), read_policy(two, "b")
    flat = flatten(old, with_review=True)
    for change in compare_values(old, new, with_review=True):
        assert flat.get(change.at, REMOVED) == change.old
        if change.new is REMOVED:
            del flat[change.at]
        else:
            flat[change.at] = change.new

    assert unflatten(flat) == new
