"""Every check with a record that passes, by a hair where there is one, and a record that fails."""

import math
import time
from typing import Any

import pytest

from reviews.quality import CHECKS, Finding, Outline, Severity, check_neighbours, check_record
from tests.quality.records import MARKET, MRV, NOTE, hub, outline, record

HALF = "Third parties have access at tariffs the ministry publishes"  # 59 characters

# Check, a record that passes, one that fails, and where: dimension and datum.
OF_ONE_RECORD: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    ("evidence-missing", {}, {"market": {"evidence": " "}}, [("market", "")]),
    (
        "evidence-placeholder",
        {"market": {"evidence": "The Act holds no direct incentive; what developers found is in section 4."}},
        {"market": {"evidence": "No direct incentive found."}},
        [("market", "No direct incentive found.")],
    ),
    ("score-off-scale", {"market": {"score": 100}}, {"market": {"score": 100.5}}, [("market", "100.5")]),
    ("score-off-scale", {"market": {"score": 0}}, {"market": {"score": -1}}, [("market", "-1")]),
    ("score-off-scale", {"market": {"score": None}}, {"market": {"score": "101"}}, [("market", "101")]),
    ("score-off-scale", {"market": {"score": ""}}, {"market": {"score": math.inf}}, [("market", "inf")]),
    ("score-off-scale", {}, {"market": {"score": True}}, [("market", "true")]),
    ("score-off-scale", {}, {"market": {"score": ["high"]}}, [("market", '["high"]')]),
    ("source-link-missing", {"url": "http://example.org/a"}, {"url": "example.org/a"}, [("", "example.org/a")]),
    ("source-link-missing", {"url": "HTTPS://example.org/a"}, {"url": ""}, [("", "")]),
    ("source-link-missing", {}, {"url": "javascript://example.org/a"}, [("", "javascript://example.org/a")]),
    (
        "evidence-vague",
        {"market": {"evidence": "Operators must submit a baseline assessment before they inject anything at all."}},
        {"market": {"evidence": "Tariffs are to be confirmed."}},
        [("market", "Tariffs are to be confirmed.")],
    ),
    ("evidence-short", {"market": {"evidence": f"{HALF}."}}, {"market": {"evidence": HALF}}, [("market", "59")]),
    (
        "evidence-short",
        {"market": {"evidence": "第三方可按主管部门核准并公布的费率使用封存场地，运营者不得歧视。"}},
        {"market": {"evidence": "第三方可使用封存场地"}},
        [("market", "20")],
    ),
    (
        "evidence-repeated",
        {},
        {"market": {"evidence": MRV["evidence"]}},
        [("market", "2"), ("mrv", "2")],
    ),
    (
        "evidence-marked-ai",
        {"market": {"evidence": f"{MARKET['evidence']} An AI reads the meters."}},
        {"market": {"evidence": f"[AI-Generated] {MARKET['evidence']}"}},
        [("market", "")],
    ),
    (
        "label-placeholder",
        {"market": {"label": "Standard tariffs"}},
        {"market": {"label": "Initial Assessment"}},
        [("market", "Initial Assessment")],
    ),
    (
        "label-figure",
        {"market": {"label": "$1,500 after 15 years", "evidence": f"{MARKET['evidence']} $1500, fifteen years."}},
        {"market": {"label": "$1,500 after 15 years", "evidence": f"{MARKET['evidence']} $150, 5 years."}},
        [("market", "1500, 15")],
    ),
    (
        "label-figure",
        {"market": {"label": "Article 21 and CO2", "citation": "Act 12, article 21"}},
        {"market": {"label": "Article 21 and CO2"}},
        [("market", "21")],
    ),
    ("citation-missing", {}, {"market": {"citation": " "}}, [("market", "")]),
    ("dimensions-missing", {}, {"analysis": {}}, [("", "")]),
    ("claim-unbacked", {"reviewStatus": "verified"}, {"is_claimed": True}, [("", "")]),
    (
        "reviewer-nobody",
        {"provenance": {"reviewer": ""}},
        {"provenance": {"reviewer": ""}, "reviewStatus": "verified"},
        [("", "")],
    ),
    (
        "reviewer-nobody",
        {"provenance": {"reviewer": "王伟"}, "reviewStatus": "verified"},
        {"provenance": {"reviewer": "Human Audit Pending"}},
        [("", "Human Audit Pending")],
    ),
    (
        "source-link-front-page",
        {"url": "https://example.org/en/act"},
        {"url": "https://example.org/en/"},
        [("", "https://example.org/en/")],
    ),
    ("source-link-front-page", {"url": "https://example.org/?act=4"}, {"url": "https://example.org"},
     [("", "https://example.org")]),
    ("year-mismatch", {"year": None}, {"year": 2023}, [("", "2023 ≠ 2024-05-01")]),
    ("description-unlike-body", {"description": "The Act opens the seabed for storage, at whose cost?"},
     {"description": "Tax credits for direct air capture plants in Wyoming."}, [("", "")]),
    ("body-short", {"body": "y" * 220, "description": ""}, {"body": "y" * 219, "description": ""}, [("", "219")]),
    (
        "body-short",
        {"language": "zh", "body": "海" * 120, "description": ""},
        {"language": "zh", "body": "海" * 119, "description": ""},
        [("", "119")],
    ),
    (
        "audit-old",
        {"provenance": {"reviewer": "Mei Tanaka", "lastAuditDate": "2025-08-15"}},
        {"provenance": {"reviewer": "Mei Tanaka", "lastAuditDate": "2025-08-14"}},
        [("", "2025-08-14")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("check_id", "passing", "failing", "spots"), OF_ONE_RECORD)
def test_check_of_one_record(
    check_id: str, passing: dict[str, Any], failing: dict[str, Any], spots: list[tuple[str, str]]
) -> None:
    assert check_record(record(**passing)) == []
    assert check_record(record(**failing)) == [Finding(check_id, *spot) for spot in spots]


ZH = outline(language="zh", title="法", status="现行", source="能源部")
OLD = outline("old", superseded_by="act")
OLD_ZH = outline("old", "zh", superseded_by="act")

# Check, the record and the others where it passes, the same where it fails, and where.
OF_NEIGHBOURS: list[tuple[str, list[Outline], list[Outline], list[tuple[str, str]]]] = [
    (
        "note-repeated",
        [outline(notes={"mrv": NOTE}), ZH, *(outline(f"p{n}", notes={"mrv": NOTE}) for n in range(3))],
        [outline(notes={"mrv": NOTE}), ZH, *(outline(f"p{n}", notes={"market": NOTE}) for n in range(4))],
        [("mrv", "")],
    ),
    (
        "title-twice",
        [outline(title="Storage Act"), ZH, outline("b", "zh", title="Storage Act")],
        [outline(title="Storage Act"), ZH, outline("c", title=" storage  act"), outline("b", title="Storage Act")],
        [("", "b")],
    ),
    (
        "supersession-unknown",
        [outline(supersedes=["old"]), ZH, OLD],
        [outline(supersedes=["older", " "], superseded_by="new"), ZH],
        [("", "new"), ("", "older")],
    ),
    (
        "supersession-one-sided",
        [outline(supersedes=["old"]), ZH, OLD_ZH, OLD],
        [outline(supersedes=["old"]), ZH, OLD_ZH, outline("old")],
        [("", "old")],
    ),
    (
        "supersession-one-sided",
        [outline(superseded_by="new"), ZH, outline("new", "zh", supersedes=["act"])],
        [outline(superseded_by="new"), ZH, outline("new", supersedes=["other"])],
        [("", "new")],
    ),
    (
        "translation-score",
        [outline(), ZH],
        [outline(), ZH._replace(scores={"market": 62.5, "mrv": 5.0})],
        [("market", "70 ≠ 62.5 (zh)")],
    ),
    (
        "translation-score",
        [outline(scores={"market": None}), ZH._replace(scores={"market": None})],
        [outline(), ZH._replace(scores={})],
        [("market", "70 ≠ – (zh)")],
    ),
    (
        "translation-status",
        [outline(status="active "), ZH._replace(status="生效")],
        [outline(status="Active"), ZH._replace(status="计划中")],
        [("", "Active ≠ 计划中 (zh)")],
    ),
    (
        "translation-status",
        [outline(status="Under consultation"), ZH._replace(status="公开征求意见")],
        [outline(status="Under consultation"), ZH._replace(status="In force")],
        [("", "Under consultation ≠ In force (zh)")],
    ),
    (
        "translation-source",
        [outline(), ZH._replace(url="https://example.org/act ")],
        [outline(), ZH._replace(url="https://example.org/other")],
        [("", "https://example.org/act ≠ https://example.org/other (zh)")],
    ),
    (
        "translation-source",
        [outline(), ZH._replace(source="ministry of energy")],
        [outline(), ZH._replace(source="")],
        [("", "Ministry of Energy ≠ – (zh)")],
    ),
    ("translation-missing", [outline(), ZH, outline(language="fr")], [outline()], [("", "zh")]),
]  # fmt: skip


@pytest.mark.parametrize(("check_id", "passing", "failing", "spots"), OF_NEIGHBOURS)
def test_check_between_records(
    check_id: str, passing: list[Outline], failing: list[Outline], spots: list[tuple[str, str]]
) -> None:
    assert check_neighbours(passing[0], hub(*passing)) == []
    assert check_neighbours(failing[0], hub(*failing)) == [Finding(check_id, *spot) for spot in spots]


def test_every_check_is_in_these_tables() -> None:
    tested = {row[0] for row in OF_ONE_RECORD} | {row[0] for row in OF_NEIGHBOURS}
    assert tested == {check.id for check in CHECKS}
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_registry_is_in_the_order_of_severity() -> None:
    assert [check.severity for check in CHECKS] == sorted(
        (check.severity for check in CHECKS), key=lambda severity: severity.rank
    )
    assert [severity.label for severity in Severity] == ["Blocking", "Warning", "Notice"]


def test_supersession_is_looked_up_for_a_few_ids_however_many_a_file_names() -> None:
    many = outline(supersedes=[f"p{n}" for n in range(10_000)])

    assert len(check_neighbours(many, hub(many, ZH))) == 50


@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"http://{'a' * 30_000} b"},
        {"url": f"http://{'a' * 30_000}/b/"},
        {"market": {"label": "1.2," * 10_000, "evidence": "3 000 " * 10_000}},
        {"market": {"label": "No " * 10_000, "evidence": "not " * 10_000}},
        {"market": {"evidence": f"[AI-Generated{'-' * 30_000}"}},
        {"description": "[" * 30_000, "body": "[a](" * 10_000},
        {"analysis": {f"d{n}": {"evidence": "TBD"} for n in range(500)}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_check_of_a_hostile_record_takes_no_longer_than_reading_it(changes: dict[str, Any]) -> None:
    hostile = record(**changes)
    start = time.process_time()

    found = check_record(hostile)

    assert time.process_time() - start < 0.5
    assert all(len(item.detail) <= 200 for item in found)
