"""What is open between files and records: values that both changed, and questions about files."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Max, Prefetch, Q, QuerySet, Value

from reviews.models import Conflict, Policy
from reviews.models.policy import PolicyQuerySet
from reviews.schema import dotted
from reviews.selectors.questions import open_questions
from reviews.states import State

ENDED_SHOWN = 20  # conflicts of the past that a record's page tells


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A conflict that waits for a person, and who changed the value here, if anybody is known to have."""

    row: Conflict
    author: User | None


def count_open() -> int:
    """Return how many conflicts and questions wait for a person, in one query."""
    values = _open_values().order_by().values_list(Value(1))
    files = open_questions().order_by().values_list(Value(1))
    return values.union(files, all=True).count()


def count_values() -> int:
    """Return how many values wait for a person to resolve them."""
    return _open_values().count()


def _open_values() -> QuerySet[Conflict]:
    """What is in conflict in a retired record waits for nobody until it is brought back."""
    return Conflict.objects.filter(resolution="").exclude(policy__state=State.RETIRED)


def records_in_conflict() -> PolicyQuerySet:
    """Return the records with open conflicts, and these, the newest first; ``found_at`` is when."""
    rows = (
        Policy.objects.kept()
        .filter(open_conflicts__gt=0)
        .only("policy_id", "language", "title", "state", "standing")
    )
    newest = Max("conflicts__found_at", filter=Q(conflicts__resolution=""))
    places = Conflict.objects.filter(resolution="").only("policy", "place")
    return (
        rows.annotate(found_at=newest)
        .order_by("-found_at", "pk")
        .prefetch_related(Prefetch("conflicts", places))
    )


def open_conflicts_of(policy: Policy) -> list[OpenConflict]:
    """Return the open conflicts of a record that ``for_review`` read, in two queries at most."""
    rows = list(policy.conflicts.filter(resolution=""))
    dimensions = {item.key: item for item in policy.dimensions.all()}
    authors: dict[int, int] = {}
    for row in rows:
        item = dimensions.get(str(row.at[1])) if len(row.at) > 2 else None
        place = row.at[2:] if item else row.at
        if author := (item or policy).authors.get(dotted(place)):
            authors[row.pk] = author
    people = User.objects.in_bulk(set(authors.values())) if authors else {}
    return [OpenConflict(row, people.get(authors.get(row.pk, 0))) for row in rows]


def ended_conflicts_of(policy: Policy) -> list[Conflict]:
    """Return the newest conflicts of a record that ended, newest first."""
    rows = policy.conflicts.exclude(resolution="").order_by("-resolved_at", "-pk")
    return list(rows[:ENDED_SHOWN])
