"""What becomes of each value that a file, PolicyHub or both changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reviews.documents import REMOVED, KeyPath
from reviews.merge import MergePlan, Misfit, Pending, Side, merge_values
from reviews.schema import PolicyValues, read_policy
from tests.factories import claim, front_matter

BODY = "\n# Act\n\nOne.\n\nTwo.\n"
THEIRS, OURS, BOTH, CONFLICT = Side.THEIRS, Side.OURS, Side.BOTH, Side.CONFLICT


def record(body: str = BODY, **changes: Any) -> PolicyValues:
    return read_policy(front_matter(**changes), body)


def outcomes(plan: MergePlan) -> list[tuple[Any, ...]]:
    return [(".".join(map(str, item.at)), item.side, item.result) for item in plan.values]


def in_analysis(**claims: Any) -> dict[str, Any]:
    return {"analysis": {"market": claim(), "mrv": claim(evidence="Yearly."), **claims}}


# A change of the base, of the file and of the record; and what becomes of it: place, side, value.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[tuple[Any, ...]]]] = {
    "theirs alone": ({}, {"title": "New"}, {}, [("title", THEIRS, "New")]),
    "ours alone": ({}, {}, {"year": 2020}, [("year", OURS, 2020)]),
    "both the same": ({}, {"year": 2020}, {"year": 2020}, [("year", BOTH, 2020)]),
    "both another": ({}, {"year": 2020}, {"year": 2021}, [("year", CONFLICT, 2021)]),
    "different values": (
        {},
        {"title": "New", "country": "Sweden"},
        {"year": 2021},
        [("title", THEIRS, "New"), ("country", THEIRS, "Sweden"), ("year", OURS, 2021)],
    ),
    "emptied here, changed there": ({}, {"source": "A"}, {"source": ""}, [("source", CONFLICT, "")]),
    "a long text": (
        {"description": "One.\nTwo.\nThree."},
        {"description": "One!\nTwo.\nThree."},
        {"description": "One.\nTwo.\nThree?"},
        [("description", BOTH, "One!\nTwo.\nThree?")],
    ),
    "a long text that both emptied for its half": (
        {"description": "a\n\nb"},
        {"description": "\nb"},
        {"description": "a\n"},
        [("description", CONFLICT, "a\n")],
    ),
    "a list": (
        {"sectors": ["a", "b"]},
        {"sectors": ["a", "b", "c"]},
        {"sectors": ["b"]},
        [("sectors", BOTH, ["b", "c"])],
    ),
    "a key of a mapping": (
        {"regulatory": {"a": "1", "b": "2"}},
        {"regulatory": {"a": "x"}},
        {"regulatory": {"a": "1", "b": "2", "c": "3"}},
        [("regulatory.a", THEIRS, "x"), ("regulatory.b", THEIRS, REMOVED), ("regulatory.c", OURS, "3")],
    ),
    "a mapping inside": (
        {"tags": {"one": "1", "two": ["a"]}},
        {"tags": {"one": "x", "two": ["a", "b"]}},
        {"tags": {"one": "1", "two": ["c", "a"], "three": "3"}},
        [("extra.tags", BOTH, {"one": "x", "two": ["c", "a", "b"], "three": "3"})],
    ),
    "a mapping inside that clashes": (
        {"tags": {"one": "1", "two": "2"}},
        {"tags": {"one": "x", "two": "2"}},
        {"tags": {"one": "y", "two": "3"}},
        [("extra.tags", CONFLICT, {"one": "y", "two": "3"})],
    ),
    "a key that both added": ({}, {"tags": "a"}, {"tags": "b"}, [("extra.tags", CONFLICT, "b")]),
    "what does not fit": ({}, {"year": "soon"}, {}, [("year", THEIRS, Misfit("soon"))]),
    "what does not fit, and an edit": ({}, {"year": "soon"}, {"year": 2021}, [("year", CONFLICT, 2021)]),
    "a mapping that is none": (
        {"regulatory": {"a": "1"}},
        {"regulatory": "none"},
        {"regulatory": {"a": "2"}},
        [("regulatory", CONFLICT, {"a": "2"})],
    ),
    "a misfit made readable": ({"year": "soon"}, {"year": "soon"}, {"year": 2021}, [("year", OURS, 2021)]),
    "the file's status": (
        {"reviewStatus": "verified"},
        {"reviewStatus": "draft"},
        {"reviewStatus": "in_review"},
        [("file_status", THEIRS, "draft")],
    ),
    "reviewer and day": (
        {"provenance": {"author": "A", "reviewer": "B", "lastAuditDate": "2026-01-01"}},
        {"provenance": {"author": "A", "reviewer": "C", "lastAuditDate": "2026-02-02"}},
        {"provenance": {"author": "A", "reviewer": "D", "lastAuditDate": "2026-01-01"}},
        [("reviewer", OURS, "D"), ("last_audit_date", THEIRS, dt.date(2026, 2, 2))],
    ),
    "a claim": (
        in_analysis(),
        in_analysis(market=claim(score=1)),
        in_analysis(market=claim(label="L", score=2)),
        [("analysis.market.score", CONFLICT, 2.0), ("analysis.market.label", OURS, "L")],
    ),
    "a note on both sides": (
        in_analysis(),
        in_analysis(market=claim(auditNote="Theirs.")),
        in_analysis(market=claim(auditNote="Ours.")),
        [("analysis.market.audit_note", CONFLICT, "Ours.")],
    ),
    "a dimension that one added": (
        in_analysis(),
        in_analysis(liability={"score": 1}),
        in_analysis(),
        [
            (
                "analysis.liability",
                THEIRS,
                {"auditNote": "", "citation": "", "evidence": "", "label": "", "score": 1},
            )
        ],
    ),
    "a dimension that both added": (
        in_analysis(),
        in_analysis(liability={"score": 1, "label": "A"}),
        in_analysis(liability={"score": 1, "label": "B", "evidence": "E"}),
        [
            ("analysis.liability.score", BOTH, 1.0),
            ("analysis.liability.label", CONFLICT, "B"),
            ("analysis.liability.evidence", OURS, "E"),
        ],
    ),
    "a dimension taken out there": (
        in_analysis(liability={"score": 1}),
        in_analysis(),
        in_analysis(liability={"score": 1}),
        [("analysis.liability", THEIRS, REMOVED)],
    ),
    "a dimension taken out there, changed here": (
        in_analysis(liability={"score": 1}),
        in_analysis(),
        in_analysis(liability={"score": 2}),
        [
            (
                "analysis.liability",
                CONFLICT,
                {"auditNote": "", "citation": "", "evidence": "", "label": "", "score": 2},
            )
        ],
    ),
    "a dimension taken out here, changed there": (
        in_analysis(liability={"score": 1}),
        in_analysis(liability={"score": 2}),
        in_analysis(),
        [("analysis.liability", CONFLICT, REMOVED)],
    ),
    "a dimension that is none any more": (
        in_analysis(),
        {"analysis": {"market": 5, "mrv": claim(evidence="Yearly.")}},
        in_analysis(),
        [("analysis.market", THEIRS, Misfit(5))],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_is_merged(name: str) -> None:
    base, theirs, ours, wanted = CASES[name]

    assert outcomes(merge_values(record(**base), record(**theirs), record(**ours))) == wanted


def test_body_is_merged_by_lines() -> None:
    plan = merge_values(record(), record(BODY.replace("One.", "1.")), record(BODY.replace("Two.", "2.")))

    assert outcomes(plan) == [("body", BOTH, "\n# Act\n\n1.\n\n2.\n")]
    assert plan.record.body == "\n# Act\n\n1.\n\n2.\n"


def test_merged_record_holds_each_result_and_the_order_of_both() -> None:
    base = record(**in_analysis())
    theirs = record(
        title="New", analysis={"new": {}, "mrv": claim(evidence="Yearly."), "market": claim(score=1)}
    )
    ours = record(year=2021, **in_analysis(own={"score": 3}))

    plan = merge_values(base, theirs, ours)

    assert list(plan.record.dimensions) == ["new", "mrv", "own", "market"]
    fields, market = plan.record.fields, plan.record.dimensions["market"].fields
    assert (fields["title"], fields["year"], market["score"]) == ("New", 2021, 1.0)


# Where somebody signed ours: place, side.
@pytest.mark.parametrize(
    ("theirs", "ours", "wanted"),
    [
        ({"provenance": {"reviewer": "Script"}}, {}, [("reviewer", OURS, "Rosa Lindqvist")]),
        (
            in_analysis(market=claim(auditNote="Fine.")),
            in_analysis(market=claim(auditNote="Read.")),
            [("analysis.market.audit_note", CONFLICT, "Read.")],
        ),
        (
            in_analysis(market=claim(auditNote="Read.")),
            in_analysis(market=claim(auditNote="Read.")),
            [("analysis.market.audit_note", BOTH, "Read.")],
        ),
        # nobody's word is replaced where none stood
        (in_analysis(market=claim(auditNote="Fine.")), {}, [("analysis.market.audit_note", THEIRS, "Fine.")]),
    ],
)
def test_what_was_signed_is_never_replaced_in_silence(
    theirs: dict[str, Any], ours: dict[str, Any], wanted: list[tuple[Any, ...]]
) -> None:
    signed = {"provenance": {"reviewer": "Rosa Lindqvist"}, **in_analysis()}
    plan = merge_values(
        record(**signed), record(**{**signed, **theirs}), record(**{**signed, **ours}), is_signed=True
    )

    assert outcomes(plan) == wanted


def test_signed_note_that_only_the_file_changed_is_a_conflict() -> None:
    signed = in_analysis(market=claim(auditNote="Read."))
    changed = in_analysis(market=claim(auditNote="Fine."))

    plan = merge_values(record(**signed), record(**changed), record(**signed), is_signed=True)

    assert outcomes(plan) == [("analysis.market.audit_note", CONFLICT, "Read.")]


ON_THE_YEAR: dict[KeyPath, Pending] = {("year",): Pending(2024, 2020)}


# A conflict on the year is open: 2024 before, 2020 in the file, 2021 here. Then the file, or somebody here, moves on.
@pytest.mark.parametrize(
    ("theirs", "ours", "wanted"),
    [
        (2020, 2021, [("year", CONFLICT, 2021)]),
        (2019, 2021, [("year", CONFLICT, 2021)]),
        (2024, 2021, [("year", OURS, 2021)]),  # the file took its change back
        (2020, 2024, [("year", THEIRS, 2020)]),  # and so did somebody here
        (2020, 2020, [("year", BOTH, 2020)]),
        (2024, 2024, []),
    ],
)
def test_open_conflict_keeps_its_base(theirs: int, ours: int, wanted: list[tuple[Any, ...]]) -> None:
    plan = merge_values(record(year=2020), record(year=theirs), record(year=ours), pending=ON_THE_YEAR)

    assert outcomes(plan) == wanted


def test_what_an_upload_brought_waits_until_its_file_changes_there() -> None:
    base, ours = record(year=2024), record(year=2021)

    elsewhere = merge_values(base, record(title="New"), ours, pending=ON_THE_YEAR)
    there = merge_values(base, record(year=2019), ours, pending=ON_THE_YEAR)

    assert outcomes(elsewhere) == [("title", THEIRS, "New"), ("year", CONFLICT, 2021)]
    assert [item.theirs for item in (*elsewhere.conflicts, *there.conflicts)] == [2020, 2019]
