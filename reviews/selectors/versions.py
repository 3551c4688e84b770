"""Versions of a record: what a policy and its dimensions said at each of its revisions."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from reviews.models import DimensionAnalysis, Policy
from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS, DimensionValues, PolicyValues

HistoryRow = Any  # simple-history makes these classes at run time


@dataclass(frozen=True, slots=True)
class Version:
    """One revision: its number, who made it, when and why, the values, and where the record stood."""

    number: int
    at: dt.datetime
    actor: str
    reason: str
    values: PolicyValues
    review_status: str


def versions_of(policy: Policy, *, first: int = 1, last: int | None = None) -> list[Version]:
    """Return the revisions of a record, oldest first, in two queries however many there are.

    ``first`` and ``last`` say which, both included; no other is loaded.
    """
    revisions = policy.history.filter(history_type__in="+~", version__gte=first)
    if last is not None:
        revisions = revisions.filter(version__lte=last)
    revisions = list(revisions.select_related("history_user").order_by("version"))
    if not revisions:
        return []
    pending = deque(
        _dimension_rows(policy, since=revisions[0].history_date, until=revisions[-1].history_date)
    )
    dimensions: dict[int, HistoryRow] = {}
    versions = []
    for revision in revisions:
        while pending and pending[0].history_date <= revision.history_date:
            row = pending.popleft()
            if row.history_type == "-":
                dimensions.pop(row.id, None)
            else:
                dimensions[row.id] = row
        ordered = sorted(dimensions.values(), key=lambda row: (row.position, row.key))
        versions.append(
            Version(
                revision.version,
                revision.history_date,
                name_of(revision.history_user),
                revision.history_change_reason or "",
                _values(revision, ordered),
                revision.review_status,
            )
        )
    return versions


def version_at(policy: Policy, number: int) -> Version:
    """Return one revision. Raises ``LookupError`` where the record never had it."""
    for version in versions_of(policy, first=number, last=number):
        return version
    raise LookupError(_("%(policy)s has no version %(number)s.") % {"policy": policy, "number": number})


def values_at(policy: Policy, version: int) -> PolicyValues:
    """Return what the record said at that version. Raises ``LookupError`` where it never had it."""
    return version_at(policy, version).values


def name_of(user: Any) -> str:
    """Return how the history calls a person; an import run from the command line has none."""
    return (user.get_full_name() or user.get_username()) if user else "PolicyHub"


def _dimension_rows(policy: Policy, *, since: dt.datetime, until: dt.datetime) -> Any:
    """Return each dimension's row as of ``since``, and every row between then and ``until``, in order."""
    rows = DimensionAnalysis.history.filter(policy_id=policy.pk)
    newest = rows.filter(history_date__lte=since).values("id").annotate(row=Max("history_id")).values("row")
    between = Q(history_date__gt=since, history_date__lte=until)
    return rows.filter(Q(history_id__in=newest) | between).order_by("history_date", "history_id")


def _values(row: HistoryRow, dimensions: list[HistoryRow]) -> PolicyValues:
    return PolicyValues(
        {field.name: getattr(row, field.name) for field in POLICY_FIELDS},
        {
            item.key: DimensionValues(
                {field.name: getattr(item, field.name) for field in DIMENSION_FIELDS},
                item.extra,
                item.misfits,
            )
            for item in dimensions
        },
        row.extra,
        row.misfits,
        row.body,
    )
