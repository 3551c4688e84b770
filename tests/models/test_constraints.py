"""Rules that the database itself keeps, whatever code writes to it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from reviews.models import Policy
from reviews.models.door import Door, open_door
from reviews.models.policy import LANGUAGE, POLICY_ID
from reviews.states import State
from tests.trail import behind_the_back

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("policy", "review_status = 'done'", "policy_known_state"),
        ("policy", "review_status = 'verified'", "policy_verified_needs_signoff"),
        ("policy", "title = ''", "policy_has_title"),
        ("policy", "policy_id = ''", "policy_id_is_no_path"),
        ("policy", "policy_id = '../x'", "policy_id_is_no_path"),
        ("policy", "policy_id = 'a/b'", "policy_id_is_no_path"),
        ("policy", "policy_id = '.x'", "policy_id_is_no_path"),
        ("dimensionanalysis", "\"key\" = ''", "dimension_has_key"),
        ("verdict", "kind = 'maybe'", "verdict_known_kind"),
        ("verdict", "content_digest = ''", "verdict_has_digest"),
        ("verdict", "actor_name = ''", "verdict_names_person"),
        ("decision", "transition = 'leap'", "decision_known_transition"),
        ("decision", "signed_text = ''", "decision_verify_has_text"),
        ("decision", "signed_text_digest = ''", "decision_verify_has_text"),
        ("decision", "actor_name = ''", "decision_names_person"),
        ("decision", "transition = 'reopen'", "decision_has_reason"),
    ],
)
def test_row_that_breaks_a_rule_is_refused(signed: Policy, table: str, change: str, constraint: str) -> None:
    unsign = (
        ", signoff_id = NULL, signed_digest = ''" if constraint == "policy_verified_needs_signoff" else ""
    )

    with (
        behind_the_back(),
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE reviews_{table} SET {change}{unsign}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reviews_policy SET policy_id = 'no-storage-act', language = 'en'",
        "UPDATE reviews_dimensionanalysis SET \"key\" = 'market'",
        "UPDATE reviews_sourcefile SET path = 'x', root = 'y'",
    ],
)
def test_two_rows_cannot_be_the_same_thing(folder: Any, imported: Policy, statement: str) -> None:
    folder.import_policy("other")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("value", "is_id"),
    [
        ("no-storage-act", True),
        ("eu.dir_2009-31", True),
        ("45q", True),
        ("碳封存法", True),
        ("a", True),
        ("", False),
        ("..", False),
        (".hidden", False),
        ("-x", False),
        ("_x", False),
        ("a..b", False),
        ("../../etc/passwd", False),
        ("a/b", False),
        ("a\\b", False),
        ("a b", False),
        ("a\n", False),
        ("a\x00", False),
        ("C:a", False),
        ("a\u202eb", False),
    ],
)
def test_id_is_a_file_name_everywhere(value: str, is_id: bool) -> None:
    if is_id:
        POLICY_ID(value)
    else:
        with pytest.raises(ValidationError) as error:
            POLICY_ID(value)
        assert error.value.messages == [
            "An id starts with a letter or digit and holds letters, digits, “-”, “_” and single dots only."
        ]


@pytest.mark.parametrize(
    ("value", "is_language"),
    [
        ("en", True),
        ("zh", True),
        ("pt-BR", True),
        ("zh-Hant", True),
        ("yue", True),
        ("", False),
        ("EN", False),
        ("e", False),
        ("english", False),
        ("en_US", False),
        ("../en", False),
        ("en\n", False),
    ],
)
def test_language_is_a_tag(value: str, is_language: bool) -> None:
    if is_language:
        LANGUAGE(value)
    else:
        with pytest.raises(ValidationError) as error:
            LANGUAGE(value)
        assert error.value.messages == ["A language is a tag like “en”, “zh” or “pt-BR”."]


def test_saved_record_has_the_state_and_the_standing_that_the_database_computes(signed: Policy) -> None:
    """For a save says them itself, instead of asking."""
    told = set()
    with open_door(Door.STATE):
        for review_status in State:
            for digest in ("0" * 64, signed.content_digest):
                for file_status in ("", "draft", "verified"):
                    signed.review_status, signed.signed_digest = review_status.value, digest
                    signed.file_status = file_status
                    signed.save()
                    told.add((signed.state, signed.standing))
                    assert Policy.objects.filter(state=signed.state, standing=signed.standing).exists()

    assert told == {
        ("draft", "open"), ("draft", "claimed"), ("in_review", "open"), ("in_review", "claimed"),
        ("in_review", "stale"), ("changes_requested", "open"), ("changes_requested", "claimed"),
        ("verified", "verified"), ("retired", "open"),
    }  # fmt: skip
