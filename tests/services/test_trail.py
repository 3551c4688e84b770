"""The audit trail as it is written: one order, one chain, the same hash on every database and in every time zone."""

import datetime as dt
import hashlib
import json
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reviews.models import Decision, Policy, TrailHead, Verdict
from reviews.models.door import Door, open_door
from reviews.services.recording import lock_policy
from reviews.services.trail import append_to_trail
from tests.factories import Folder, decide, verify


def told() -> list[tuple[int, str]]:
    """The trail as it stands: its numbers, and what they belong to."""
    rows = [*Verdict.objects.all(), *Decision.objects.all()]
    return sorted((row.trail_number, str(row)) for row in rows)


def test_trail_has_verdicts_before_the_decision_that_rests_on_them(imported: Policy, reviewer: User) -> None:
    verify(imported, reviewer)
    decide(imported, "reopen", reviewer, "Read it again.")

    assert told() == [
        (1, "market: Accepted as is"),
        (2, "mrv: Accepted as is"),
        (3, "Verify, Rosa Lindqvist"),
        (4, "Reopen review, Rosa Lindqvist"),
    ]
    last = Decision.objects.get(trail_number=4)
    head = TrailHead.objects.get()
    assert (head.number, head.hash) == (4, last.trail_hash)


def test_hash_is_that_of_the_one_before_and_of_what_the_row_says(imported: Policy, reviewer: User) -> None:
    """Spelled out here once more: who checks a trail without this code does it so."""
    decide(imported, "request_changes", reviewer, "太模糊 – “too vague”\r\n\t1/2")
    row = Decision.objects.get()
    at = row.created_at.astimezone(dt.UTC).isoformat()
    said = {
        "actor_id": reviewer.pk, "actor_name": "Rosa Lindqvist", "base_digest": "",
        "content_digest": imported.content_digest, "created_at": at, "from_state": "in_review",
        "is_four_eyes_waived": False, "policy_id": imported.pk, "reason": "太模糊 – “too vague”\r\n\t1/2",
        "signed_text_digest": "", "to_state": "changes_requested", "transition": "request_changes",
    }  # fmt: skip
    text = json.dumps(["decision", 1, said], separators=(",", ":"), ensure_ascii=False)

    assert row.trail_hash == hashlib.sha256(f"{'0' * 64}\n{text}".encode()).hexdigest()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/St_Johns"])
@pytest.mark.parametrize("microsecond", [0, 1, 120_000])
def test_content_is_the_same_in_every_time_zone_and_read_back(
    imported: Policy, reviewer: User, zone: str, microsecond: int
) -> None:
    at = dt.datetime(2026, 3, 29, 1, 30, 0, microsecond, dt.UTC).astimezone(ZoneInfo(zone))
    verdict = Verdict(
        policy=imported, dimension_key="market", kind="accepted", note="Read.", content_digest="a" * 64,
        actor=reviewer, actor_name="Rosa Lindqvist", created_at=at,
    )  # fmt: skip
    with transaction.atomic(), open_door(Door.STATE):
        append_to_trail([verdict])

    written = verdict.trail_content
    with timezone.override(ZoneInfo("Asia/Kolkata")):
        assert Verdict.objects.get().trail_content == written
    assert ('"created_at":"2026-03-29T01:30:00+00:00"' in written) is (microsecond == 0)


def test_append_asks_for_the_end_where_somebody_appended_since_the_record_was_locked(
    folder: Folder, reviewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, two = folder.import_policy("one"), folder.import_policy("two")

    def requested(policy: Policy) -> Decision:
        return Decision(
            policy=policy, transition="abstain", from_state="in_review", to_state="in_review", actor=reviewer,
            actor_name="Rosa Lindqvist", reason="I know the author.", content_digest=policy.content_digest,
        )  # fmt: skip

    with transaction.atomic(), open_door(Door.STATE):
        first, second = lock_policy(one.pk), lock_policy(two.pk)
        with django_assert_num_queries(2):  # the head's, and the row's
            append_to_trail([requested(first)])
        with django_assert_num_queries(4):
            append_to_trail([requested(second)])
        with django_assert_num_queries(2):
            append_to_trail([requested(second)])
        append_to_trail([])

    assert [number for number, _ in told()] == [1, 2, 3]
    rows = list(Decision.objects.order_by("trail_number"))
    assert TrailHead.objects.get().hash == rows[-1].trail_hash
