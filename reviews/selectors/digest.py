"""What is due for one person: what the daily mail tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.timezone import localdate

from reviews.models import Assignment, Policy
from reviews.permissions import has_role
from reviews.selectors.comments import open_mentions
from reviews.selectors.queue import is_signable
from reviews.states import REVIEW, Standing

SHOWN = 10  # of each part


@dataclass(frozen=True, slots=True)
class Part:
    """How many there are, and the first of them."""

    total: int
    shown: tuple[Any, ...]

    @property
    def further(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


@dataclass(frozen=True, slots=True)
class Digest:
    """Assignments, records and comments that wait for one person."""

    assigned: Part  # to them, due today or before
    due: Part  # for their next review, and in this person's queue
    stale: Part  # signed by them, changed since
    mentions: Part  # of them, in threads that are open

    @property
    def total(self) -> int:
        """How many things wait."""
        return self.assigned.total + self.due.total + self.stale.total + self.mentions.total


def digest_of(person: User) -> Digest:
    """Return what waits for a person; of records only what their role may do something about."""
    assigned = Assignment.objects.filter(assignee=person, due_on__lte=localdate()).order_by("due_on", "pk")
    records = Policy.objects.only("policy_id", "language", "title", "next_review_on")
    mine = records.filter(standing=Standing.STALE, signoff__actor=person).order_by("updated_at", "pk")
    is_reviewer = has_role(person, REVIEW)
    return Digest(
        _part(assigned.select_related("policy").defer("policy__body")),
        _part(records.due().filter(is_signable(person)).order_by("next_review_on", "pk")),
        _part(mine) if is_reviewer else Part(0, ()),
        _part(open_mentions(person)) if has_role(person, "view_policy") else Part(0, ()),
    )


def _part(rows: QuerySet[Any] | Sequence[Any]) -> Part:
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    return Part(total, tuple(rows[:SHOWN]) if total else ())
