"""Appends verdicts and decisions to the audit trail: the one place where they get number and hash."""

from __future__ import annotations

from collections.abc import Sequence

from reviews.models import Decision, TrailHead, TrailModel, Verdict
from reviews.models.trail import chain


def append_to_trail(rows: Sequence[TrailModel]) -> None:
    """Number and chain new verdicts and decisions, and save them. The caller holds the door and a transaction.

    Who appends waits for who did so before, until that transaction ends: the trail has one order.
    """
    if not rows:
        return
    head = TrailHead.objects.select_for_update().get()
    for row in rows:
        head.number += 1
        row.trail_number = head.number
        row.trail_hash = head.hash = chain(head.hash, row.trail_content)
    head.save()
    Verdict.objects.bulk_create([row for row in rows if isinstance(row, Verdict)])
    for row in rows:
        if isinstance(row, Decision):
            row.save()
