"""What stops *Verify*: findings that leave a signature nothing to stand on, and none that a review cures."""

from typing import Any

import pytest
from django.utils import translation

from reviews.quality import CHECKS, RecordCheck, Severity, blocking_reasons
from tests.factories import claim
from tests.quality.records import record

REPLACE = "Replace it with what the source says. Where the source says nothing, write what was read."
WRITE = "Write what the source says that supports the score: without it there is nothing to sign."
ADDRESS = "Give the address of the source, one that begins with http:// or https://."


def test_blocking_checks_are_these_and_know_one_record_alone() -> None:
    blocking = [check for check in CHECKS if check.severity is Severity.BLOCKING]

    assert [check.id for check in blocking] == [
        "evidence-missing", "evidence-placeholder", "score-off-scale", "source-link-missing",
    ]  # fmt: skip
    assert all(isinstance(check, RecordCheck) for check in blocking)


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ()),
        (
            {
                "market": {"evidence": "[AI-Generated] Reports every year.", "citation": "", "label": "Undefined"},
                "provenance": {"reviewer": "Human Audit Pending", "lastAuditDate": "2001-02-03"},
                "reviewStatus": "verified",
            },
            (),
        ),
        (
            {"market": {"evidence": "待补充", "score": 400}, "url": ""},
            (
                f"Placeholder instead of evidence: “market”. {REPLACE}",
                "Score outside 0 to 100: “market”. Correct the score.",
                f"No source link that opens. {ADDRESS}",
            ),
        ),
        (
            {"analysis": {"market": claim(evidence=""), "mrv": claim(evidence=None)}, "url": "ftp://example.org"},
            (
                f"No evidence: “market”, “mrv”. {WRITE}",
                f"No source link that opens: “ftp://example.org”. {ADDRESS}",
            ),
        ),
    ],
)  # fmt: skip
def test_reasons_name_place_datum_and_what_to_do(changes: dict[str, Any], reasons: tuple[str, ...]) -> None:
    with translation.override("en"):
        assert blocking_reasons(record(**changes).values) == reasons
