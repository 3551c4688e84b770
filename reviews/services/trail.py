"""Appends verdicts and decisions to the audit trail: the one place where they get number and hash."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError

from reviews.models import Decision, TrailHead, Verdict
from reviews.models.trail import chain


def append_to_trail(rows: Sequence[Verdict | Decision]) -> None:
    """Number and chain new verdicts and decisions, and save them. The caller holds the door and a transaction.

    Who appends waits for who did so before, until that transaction ends: the trail has one order.
    """
    if not rows:
        return
    # Where ``lock_policy`` saw the end of the trail. Whoever appended since moved it on: then it is asked for.
    head = rows[0].policy.trail_head or TrailHead()
    if not _extend(head, rows):
        now = TrailHead.objects.select_for_update().get()
        head.number, head.hash = now.number, now.hash
        if not _extend(head, rows):
            raise IntegrityError("The head of the audit trail moved while it was held.")
    Verdict.objects.bulk_create([row for row in rows if isinstance(row, Verdict)])
    for row in rows:
        if isinstance(row, Decision):
            row.save()


def _extend(head: TrailHead, rows: Sequence[Verdict | Decision]) -> bool:
    """Move the head on over the rows, if it still stands where it was seen; return whether it did."""
    number, last = head.number, head.hash
    for number, row in enumerate(rows, start=head.number + 1):
        row.trail_number = number
        row.trail_hash = last = chain(last, row.trail_content)
    seen = TrailHead.objects.filter(number=head.number, hash=head.hash)
    if not seen.update(number=number, hash=last):
        return False
    head.number, head.hash = number, last
    return True
