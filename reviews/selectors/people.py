"""Who does how much: what each reviewer was asked to do, has open, and did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate, now

from reviews.models import Assignment, Decision, Hold, Verdict
from reviews.selectors.periods import last_month, this_week
from reviews.states import REVIEW

SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Workload:
    """One person's numbers: ``overdue`` and ``soon`` are among ``assigned``; months have thirty days."""

    pk: int
    name: str
    assigned: int = 0
    overdue: int = 0
    soon: int = 0
    held: int = 0
    judged: int = 0
    judged_this_week: int = 0
    judged_this_month: int = 0
    signed: int = 0
    signed_this_week: int = 0
    signed_this_month: int = 0


def is_overdue() -> Q:
    """Return what holds of the assignments whose day is past."""
    return Q(due_on__lt=localdate())


def is_due_soon() -> Q:
    """Return what holds of the assignments whose day is within a week, today included."""
    today = localdate()
    return Q(due_on__gte=today, due_on__lte=today + dt.timedelta(days=SOON_DAYS))


def workloads() -> list[Workload]:
    """Return the numbers of everybody who may review or has any, the busiest first; in five queries."""
    numbers: dict[int, dict[str, int]] = {}
    for rows in (
        Assignment.objects.values("assignee").annotate(
            assigned=Count("pk"), overdue=Count("pk", is_overdue()), soon=Count("pk", is_due_soon())
        ),
        Hold.objects.filter(until__gt=now()).values("person").annotate(held=Count("pk")),
        _done(Verdict.objects.all(), "judged"),
        _done(Decision.objects.filter(transition="verify"), "signed"),
    ):
        for row in rows.order_by():
            pk = row.pop("actor", None) or row.pop("assignee", None) or row.pop("person")
            numbers.setdefault(pk, {}).update(row)
    reviewers = User.objects.with_perm(
        f"reviews.{REVIEW}", is_active=True, include_superusers=False, backend=_BACKEND
    )
    people = User.objects.filter(Q(pk__in=reviewers.values("pk")) | Q(pk__in=numbers))
    loads = [
        Workload(pk, f"{first} {last}".strip() or username, **numbers.get(pk, {}))
        for pk, first, last, username in people.values_list("pk", "first_name", "last_name", "username")
    ]
    return sorted(loads, key=lambda load: (-load.assigned, -load.judged_this_month, load.name))


_BACKEND = "django.contrib.auth.backends.ModelBackend"


def _done(rows: QuerySet[Any], name: str) -> QuerySet[Any, dict[str, Any]]:
    """Return by person how many rows they made: in all, this week, and in the last thirty days."""
    week, month = (Q(created_at__gte=period.start) for period in (this_week(), last_month()))
    counts = {
        name: Count("pk"),
        f"{name}_this_week": Count("pk", week),
        f"{name}_this_month": Count("pk", month),
    }
    done: QuerySet[Any, dict[str, Any]] = rows.values("actor").annotate(**counts)
    return done
