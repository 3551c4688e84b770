"""Reading a file's values into what the models store: every row of the table, unknown keys, misfits."""

import datetime as dt
from typing import Any

import pytest

from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS, dotted, read_policy, reason_of_misfit
from reviews.schema.values import read_dimension
from tests.factories import BODY, front_matter

EMPTY_POLICY: dict[str, Any] = {
    "title": "",
    "country": "",
    "category": "",
    "status": "",
    "legal_weight": "",
    "year": None,
    "pub_date": None,
    "source": "",
    "url": "",
    "description": "",
    "interpretation": "",
    "sectors": [],
    "supersedes": [],
    "superseded_by": "",
    "clusters": [],
    "regulatory": {},
    "impact_analysis": {},
    "related_facilities": [],
    "author": "",
    "file_status": "",
    "reviewer": "",
    "last_audit_date": None,
}
EMPTY_DIMENSION = {"score": None, "label": "", "evidence": "", "citation": "", "audit_note": ""}


def test_table_is_this() -> None:
    rows = [(row.dotted, row.name, row.kind.blank, row.is_review) for row in POLICY_FIELDS + DIMENSION_FIELDS]

    assert rows == [
        ("title", "title", "text", False),
        ("country", "country", "text", False),
        ("category", "category", "text", False),
        ("status", "status", "text", False),
        ("legalWeight", "legal_weight", "text", False),
        ("year", "year", "whole number", False),
        ("pubDate", "pub_date", "date", False),
        ("source", "source", "text", False),
        ("url", "url", "text", False),
        ("description", "description", "text", False),
        ("interpretation", "interpretation", "text", False),
        ("sectors", "sectors", "list", False),
        ("evolution.supersedes", "supersedes", "list", False),
        ("evolution.supersededBy", "superseded_by", "text", False),
        ("evolution.clusters", "clusters", "list", False),
        ("regulatory", "regulatory", "mapping", False),
        ("impactAnalysis", "impact_analysis", "mapping", False),
        ("relatedFacilities", "related_facilities", "list", False),
        ("provenance.author", "author", "text", False),
        ("reviewStatus", "file_status", "text", True),
        ("provenance.reviewer", "reviewer", "text", True),
        ("provenance.lastAuditDate", "last_audit_date", "date", True),
        ("score", "score", "number", False),
        ("label", "label", "text", False),
        ("evidence", "evidence", "text", False),
        ("citation", "citation", "text", False),
        ("auditNote", "audit_note", "text", True),
    ]


def test_file_is_read_whole() -> None:
    record = read_policy(front_matter(), BODY)

    assert record.fields == {
        "title": "Storage Act",
        "country": "Norway",
        "category": "Regulatory",
        "status": "Active",
        "legal_weight": "Primary Legislation",
        "year": 2024,
        "pub_date": dt.date(2024, 5, 1),
        "source": "Ministry of Energy",
        "url": "https://example.org/act",
        "description": "Rules for storage below the seabed, and who pays for what goes wrong afterwards.",
        "interpretation": "",
        "sectors": ["storage", "transport"],
        "supersedes": ["no-storage-act-1985"],
        "superseded_by": "",
        "clusters": [],
        "regulatory": {"liability_period": "20 years", "pore_space_rights": ""},
        "impact_analysis": {"economic": "Costs fall.", "environmental": "", "technical": ""},
        "related_facilities": [],
        "author": "Gemini Intelligence",
        "file_status": "verified",
        "reviewer": "Human Audit Pending",
        "last_audit_date": dt.date(2026, 2, 8),
    }
    assert {key: item.fields for key, item in record.dimensions.items()} == {
        "market": {
            "score": 70.0,
            "label": "Open access",
            "evidence": "[AI-Generated] Permits are open to all who can pay for monitoring.",
            "citation": "Act 12 of 2024, section 4",
            "audit_note": "",
        },
        "mrv": {
            "score": 62.5,
            "label": "Yearly",
            "evidence": "Reports are due every year.",
            "citation": "Act 12 of 2024, section 4",
            "audit_note": "",
        },
    }
    assert (record.extra, record.misfits, record.body) == ({}, {}, BODY)


def test_nothing_reads_as_empty_fields() -> None:
    record = read_policy({}, "")

    assert (record.fields, record.dimensions, record.extra, record.misfits, record.body) == (
        EMPTY_POLICY,
        {},
        {},
        {},
        "",
    )


@pytest.mark.parametrize(
    ("values", "extra"),
    [
        ({"tags": ["a", 1]}, {"tags": ["a", 1]}),
        ({"reviewed": dt.date(2024, 1, 2)}, {"reviewed": "2024-01-02"}),
        ({2024: {True: None}}, {"2024": {"True": None}}),
        ({"evolution": {"milestones": [{"year": 2020}]}}, {"evolution": {"milestones": [{"year": 2020}]}}),
        ({"evolution": {"clusters": ["a"]}}, {}),
        ({"evolution": None, "provenance": None}, {}),
        ({"provenance": "Rosa"}, {"provenance": "Rosa"}),
        ({"regulatory": {"anything": 1}, "id": "x"}, {}),
    ],
)
def test_keys_that_no_row_covers_are_kept_in_their_place(values: Any, extra: Any) -> None:
    assert read_policy(values, "").extra == extra


def test_unknown_keys_of_a_dimension_are_kept() -> None:
    dimension = read_dimension({"score": 3, "weight": 0.5, 7: ["x"]})

    assert dimension.fields == {**EMPTY_DIMENSION, "score": 3.0}
    assert dimension.extra == {"weight": 0.5, "7": ["x"]}


@pytest.mark.parametrize(
    ("values", "misfits"),
    [
        ({"year": "soon"}, {"year": "soon"}),
        ({"pubDate": dt.time(1, 2)}, {"pubDate": "01:02:00"}),
        ({"title": ["a", dt.date(2024, 1, 2)]}, {"title": ["a", "2024-01-02"]}),
        ({"provenance": {"lastAuditDate": "soon"}}, {"provenance.lastAuditDate": "soon"}),
        ({"evolution": {"supersedes": "old"}}, {"evolution.supersedes": "old"}),
        ({"regulatory": "none"}, {"regulatory": "none"}),
        ({"analysis": ["market"]}, {"analysis": ["market"]}),
        ({"analysis": {"market": "good", 5: None}}, {"analysis.market": "good", "analysis.5": None}),
        ({"analysis": ""}, {}),
        ({"analysis": None}, {}),
    ],
)
def test_value_that_does_not_fit_is_kept_aside_and_its_field_is_empty(values: Any, misfits: Any) -> None:
    record = read_policy(values, "")

    assert (record.misfits, record.fields, record.dimensions) == (misfits, EMPTY_POLICY, {})


def test_misfit_of_a_dimension_is_kept_in_it() -> None:
    record = read_policy({"analysis": {"market": {"score": "high", "label": ["a"], "citation": "§ 1"}}}, "")

    assert record.dimensions["market"].misfits == {"score": "high", "label": ["a"]}
    assert record.dimensions["market"].fields == {**EMPTY_DIMENSION, "citation": "§ 1"}
    assert record.misfits == {}


@pytest.mark.parametrize(
    ("key", "raw", "sentence"),
    [
        (
            "year",
            "soon",
            'year: "soon" is no whole number; the file keeps it as it is, the field stays empty.',
        ),
        (
            "year",
            2**31,
            "year: 2147483648 is too large a number; the file keeps it as it is, the field stays empty.",
        ),
        (
            "pubDate",
            "2024-13-45",
            'pubDate: "2024-13-45" is no day of the calendar; the file keeps it as it is, the field stays empty.',
        ),
        (
            "provenance.lastAuditDate",
            "最近",
            (
                'provenance.lastAuditDate: "最近" is no date of the form YYYY-MM-DD; '
                "the file keeps it as it is, the field stays empty."
            ),
        ),
        ("score", "high", 'score: "high" is no number; the file keeps it as it is, the field stays empty.'),
        (
            "sectors",
            "storage",
            'sectors: "storage" is no list of texts; the file keeps it as it is, the field stays empty.',
        ),
        ("title", ["a"], 'title: ["a"] is not text; the file keeps it as it is, the field stays empty.'),
        (
            "analysis.market",
            "good",
            (
                'analysis.market: "good" is no mapping of keys to values; '
                "the file keeps it as it is, the field stays empty."
            ),
        ),
        (
            "regulatory",
            "x" * 200,
            (
                f'regulatory: "{"x" * 78}… is no mapping of keys to values; '
                "the file keeps it as it is, the field stays empty."
            ),
        ),
        (
            "reviewStatus",
            "done",
            'reviewStatus: "done" is none of the known values; the file keeps it as it is.',
        ),
    ],
)
def test_misfit_is_told_in_one_sentence(key: str, raw: Any, sentence: str) -> None:
    assert reason_of_misfit(key, raw) == sentence


def test_body_and_texts_have_unix_line_ends() -> None:
    record = read_policy({"description": "a\r\nb"}, "one\r\ntwo\r\n")

    assert (record.fields["description"], record.body) == ("a\nb", "one\ntwo\n")


def test_key_path_is_shown_with_dots() -> None:
    assert dotted(("analysis", "market", "score")) == "analysis.market.score"
