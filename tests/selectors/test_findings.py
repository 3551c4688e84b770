"""Findings as pages show them: of a record by severity, by dimension, and counted by check."""

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from reviews.models import Finding, Policy
from reviews.models.door import Door, open_door
from reviews.selectors.findings import count_findings, findings_of, group_findings
from tests.factories import Folder, claim

pytestmark = pytest.mark.django_db


def test_findings_of_a_record_come_most_severe_first_in_one_query(
    folder: Folder, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    policy = folder.import_policy(
        analysis={"mrv": claim(evidence="TBD", citation=""), "market": claim(citation="", score=900)}
    )
    with open_door(Door.CONTENT):
        Finding.objects.create(policy=policy, check_id="dropped-by-a-release")

    with django_assert_num_queries(1):
        found = findings_of(policy)

    assert [(item.check.id, item.dimension_key, item.detail) for item in found] == [
        ("evidence-placeholder", "mrv", "TBD"),
        ("score-off-scale", "market", "900"),
        ("evidence-short", "market", "51"),
        ("evidence-marked-ai", "market", ""),
        ("citation-missing", "market", ""),
        ("citation-missing", "mrv", ""),
        ("claim-unbacked", "", ""),
        ("reviewer-nobody", "", "Human Audit Pending"),
        ("supersession-unknown", "", "no-storage-act-1985"),
        ("translation-missing", "", "zh"),
        ("body-short", "", "51"),
    ]
    grouped = group_findings(found)
    assert {key: [item.check.id for item in items] for key, items in grouped.items()} == {
        "": [
            "claim-unbacked",
            "reviewer-nobody",
            "supersession-unknown",
            "translation-missing",
            "body-short",
        ],
        "market": ["score-off-scale", "evidence-short", "evidence-marked-ai", "citation-missing"],
        "mrv": ["evidence-placeholder", "citation-missing"],
    }


def test_checks_are_counted_by_severity_then_records_in_one_query(
    folder: Folder, imported: Policy, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    folder.import_policy("b", title="B", analysis={"mrv": claim(evidence="TBD")}, url="")

    with django_assert_num_queries(1):
        counts = count_findings()

    assert [(row.check.id, row.findings, row.records) for row in counts] == [
        ("evidence-placeholder", 1, 1),
        ("source-link-missing", 1, 1),
        ("claim-unbacked", 2, 2),
        ("reviewer-nobody", 2, 2),
        ("supersession-unknown", 2, 2),
        ("evidence-short", 2, 1),
        ("evidence-marked-ai", 1, 1),
        ("translation-missing", 2, 2),
        ("body-short", 2, 2),
    ]


def test_messages_follow_the_language_of_the_reader(imported: Policy) -> None:
    first = findings_of(imported)[0]

    with translation.override("en"):
        english = str(first.check.message), str(first.check.hint), first.check.severity.label
    with translation.override("zh-hans"):
        chinese = str(first.check.message), str(first.check.hint), first.check.severity.label

    assert not any(one.isascii() for one in chinese), chinese
    assert english[0] == "Evidence under 60 characters"
