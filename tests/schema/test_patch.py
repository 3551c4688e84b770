"""What must change in a file so that it reads as a record, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.documents import REMOVED, Document, KeyPath
from reviews.documents.changes import apply_changes
from reviews.schema import PolicyValues, changed_values, compose_values, read_policy
from tests.factories import BODY, TEXTS, claim, front_matter
from tests.schema.strategies import front_matters

EVOLUTION = {"clusters": ["a"], "supersedes": ["b"]}
MILESTONES = {**EVOLUTION, "milestones": [2020]}


def changes(base: dict[Any, Any], wanted: dict[Any, Any]) -> dict[KeyPath, Any]:
    return changed_values(base, read_policy(wanted, ""), base_body="")


@pytest.mark.parametrize(
    ("base", "wanted", "expected"),
    [
        # fields
        ({"title": "a"}, {"title": "b"}, {("title",): "b"}),
        ({}, {"title": "b"}, {("title",): "b"}),
        ({"title": "a"}, {}, {("title",): ""}),
        ({"year": "2024"}, {"year": 2024}, {}),
        ({"year": "2024"}, {"year": 2025}, {("year",): 2025}),
        ({"pubDate": ""}, {"pubDate": "2024-01-22"}, {("pubDate",): "2024-01-22"}),
        ({"pubDate": "2024-01-22"}, {"pubDate": None}, {("pubDate",): ""}),
        ({"sectors": ["a"]}, {"sectors": ["a", "b"]}, {("sectors",): ["a", "b"]}),
        ({"title": "a\r\nb"}, {"title": "a\nb"}, {}),
        ({}, {"evolution": {"supersedes": ["x"]}}, {("evolution", "supersedes"): ["x"]}),
        ({}, {"provenance": {"reviewer": "R"}}, {("provenance", "reviewer"): "R"}),
        # mappings: key by key
        (
            {"regulatory": {"a": 1, "b": 2}},
            {"regulatory": {"a": 1, "b": 3, "c": 4}},
            {("regulatory", "b"): 3, ("regulatory", "c"): 4},
        ),
        ({"regulatory": {"a": 1}}, {"regulatory": {}}, {("regulatory", "a"): REMOVED}),
        ({"regulatory": {2024: 1}}, {"regulatory": {"2024": 2}}, {("regulatory", 2024): 2}),
        ({"regulatory": ""}, {"regulatory": {"a": 1}}, {("regulatory",): {"a": 1}}),
        ({}, {"regulatory": {"a": 1}}, {("regulatory",): {"a": 1}}),
        (
            {"regulatory": {"a": {"x": 1, "y": 2}}},
            {"regulatory": {"a": {"x": 1, "y": 3}}},
            {("regulatory", "a", "y"): 3},
        ),
        ({"regulatory": {"a": {"x": 1}}}, {"regulatory": {"a": "text"}}, {("regulatory", "a"): "text"}),
        # unknown keys
        ({"tags": [1]}, {"tags": [1, 2]}, {("tags",): [1, 2]}),
        ({"tags": [1]}, {}, {("tags",): REMOVED}),
        ({}, {"tags": [1]}, {("tags",): [1]}),
        ({"evolution": EVOLUTION}, {"evolution": MILESTONES}, {("evolution", "milestones"): [2020]}),
        ({"evolution": MILESTONES}, {"evolution": EVOLUTION}, {("evolution", "milestones"): REMOVED}),
        (
            {"evolution": MILESTONES},
            {"evolution": {**EVOLUTION, "milestones": [2021]}},
            {("evolution", "milestones"): [2021]},
        ),
        ({}, {"evolution": {"milestones": [1]}}, {("evolution", "milestones"): [1]}),
        # dimensions
        (
            {"analysis": {"market": {"score": 1}}},
            {"analysis": {"market": {"score": 2, "weight": 3}}},
            {("analysis", "market", "score"): 2, ("analysis", "market", "weight"): 3},
        ),
        (
            {"analysis": {"market": {"score": 1}}},
            {"analysis": {"market": {"score": 1, "auditNote": "Read."}}},
            {("analysis", "market", "auditNote"): "Read."},
        ),
        ({"analysis": {"market": {"score": 1.0}}}, {"analysis": {"market": {"score": 1}}}, {}),
        (
            {"analysis": {"market": {}, "mrv": {}}},
            {"analysis": {"mrv": {}}},
            {("analysis", "market"): REMOVED},
        ),
        ({"analysis": {5: {"score": 1}}}, {"analysis": {"5": {"score": 2}}}, {("analysis", 5, "score"): 2}),
        (
            {},
            {"analysis": {"mrv": {"score": 7, "label": "x", "weight": 1}}},
            {
                ("analysis", "mrv"): {
                    "auditNote": "",
                    "citation": "",
                    "evidence": "",
                    "label": "x",
                    "score": 7,
                    "weight": 1,
                }
            },
        ),
        # what could not be read stays, until somebody sets it
        ({"year": "soon"}, {"year": "soon"}, {}),
        ({"year": "soon"}, {}, {}),
        ({"year": "soon"}, {"year": 2024}, {("year",): 2024}),
        ({"analysis": {"market": {"score": "high"}}}, {"analysis": {"market": {}}}, {}),
        ({"analysis": {"market": "good"}}, {}, {}),
    ],
)
def test_changes_are_these(
    base: dict[Any, Any], wanted: dict[Any, Any], expected: dict[KeyPath, Any]
) -> None:
    assert changes(base, wanted) == expected


@given(front_matters(), st.text())
def test_unchanged_record_changes_nothing(values: dict[Any, Any], body: str) -> None:
    assert changed_values(values, read_policy(values, body), base_body=body) == {}


@given(front_matters(is_fitting=True), front_matters(is_fitting=True))
def test_changed_values_read_as_the_record(base: dict[Any, Any], wanted: dict[Any, Any]) -> None:
    record = read_policy(wanted, "")

    assert read_policy(apply_changes(base, changed_values(base, record, base_body="")), "") == record


@settings(max_examples=40)
@given(front_matters(is_fitting=True), front_matters(is_fitting=True))
def test_changed_document_reads_as_the_record(base: dict[Any, Any], wanted: dict[Any, Any]) -> None:
    document = Document.parse(f"---\n{json.dumps(base, indent=2, default=str)}\n---\nBody.\n")
    record = read_policy(json.loads(json.dumps(wanted, default=str)), "Other.\n")

    changed = changed_values(document.values, record, base_body=document.body)
    after = Document.parse(document.replacing(changed, body="Other.\n").text)

    assert read_policy(after.values, after.body) == record


@pytest.mark.parametrize("style", TEXTS)
def test_one_change_of_each_sort_reads_back_in_each_style(style: str) -> None:
    document = Document.parse(TEXTS[style](front_matter(evolution=MILESTONES)))
    analysis = {"market": claim(auditNote="Read."), "strategic": claim(label="New", score=1.5)}
    wanted = front_matter(
        title="Sea Act", year=2025, sectors=["storage"], evolution=EVOLUTION, tags=["x"], analysis=analysis
    )
    record = read_policy(wanted, BODY)

    after = document.replacing(changed_values(document.values, record, base_body=document.body))

    assert read_policy(after.values, after.body) == record
    assert Document.parse(after.text).values == after.values


def test_new_file_holds_every_key_sorted_as_the_seed_does() -> None:
    values = front_matter(tags=["x"], evolution={"supersedes": ["a"], "milestones": [1]})
    record = read_policy(values, BODY)

    assert json.dumps(compose_values("no-storage-act", record)) == json.dumps(
        {
            **values,
            "analysis": {
                "market": claim(),
                "mrv": claim(
                    auditNote="", evidence="Reports are due every year.", label="Yearly", score=62.5
                ),
            },
            "evolution": {"clusters": [], "milestones": [1], "supersededBy": "", "supersedes": ["a"]},
        },
        sort_keys=True,
    )


def test_composed_values_leave_the_record_alone() -> None:
    record = read_policy(front_matter(evolution={"milestones": [1]}), BODY)
    copy = replace(record, extra=json.loads(json.dumps(record.extra)))

    compose_values("x", record)

    assert record == copy


@given(front_matters(is_fitting=True))
def test_composed_values_read_as_the_record(values: dict[Any, Any]) -> None:
    record: PolicyValues = read_policy(values, "")
    composed = compose_values("no-storage-act", record)

    assert composed["id"] == "no-storage-act"
    assert read_policy(composed, "") == record
