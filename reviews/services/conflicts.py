"""Conflicts as rows: a merge opens them, and ends those that are none any more. A person ends the rest: see
``resolving``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils import timezone

from reviews.documents import KeyPath, is_same
from reviews.merge import MergedValue, Pending, Side, load_value, places_of, store_value, value_in
from reviews.models import Conflict, Policy, Resolution, Run
from reviews.models.conflict import place_of
from reviews.schema import PolicyValues

Merged = tuple[Policy, Sequence[MergedValue]]


def pending_values(policies: Iterable[Policy]) -> dict[int, dict[KeyPath, Pending]]:
    """Return the open conflicts by primary key of the record and by place: ``pending`` of ``merge_values``.

    One query for all, and none where there is no conflict.
    """
    pending: dict[int, dict[KeyPath, Pending]] = {}
    for row in _open_rows(policies):
        values = Pending(load_value(row.at, row.base), load_value(row.at, row.theirs))
        pending.setdefault(row.policy_id, {})[row.at] = values
    return pending


def record_conflicts(merged: Iterable[Merged], *, run: Run | None) -> None:
    """Keep the conflicts that merges left, and set ``open_conflicts`` of the records, also in the database.

    A row that is there already stays where the file still says the same; it is replaced where the file says something
    else by now, and settled where the merge found no conflict. A handful of statements for all records, and
    none where no conflict is and was. The caller holds the door and a transaction, and has locked the records.
    """
    merged = list(merged)
    policies = {policy.pk: policy for policy, _ in merged}
    found = {
        policy.pk: {item.at: item for item in values if item.side is Side.CONFLICT}
        for policy, values in merged
    }
    now = timezone.now()
    counts = {pk: len(conflicts) for pk, conflicts in found.items()}
    ended: dict[Resolution, list[int]] = {}
    for row in _open_rows(policies.values()):
        conflicts = found[row.policy_id]
        same = conflicts.get(row.at)
        if same and is_same(store_value(same.theirs), row.theirs):
            del conflicts[row.at]
        else:
            is_replaced = any(at[: len(row.at)] == row.at[: len(at)] for at in conflicts)
            ended.setdefault(Resolution.REPLACED if is_replaced else Resolution.SETTLED, []).append(row.pk)
    for resolution, pks in ended.items():
        Conflict.objects.filter(pk__in=pks).update(resolution=resolution, resolved_at=now)
    Conflict.objects.bulk_create(
        Conflict(
            policy=policies[pk],
            place=place_of(item.at),
            base=store_value(item.base),
            theirs=store_value(item.theirs),
            ours=store_value(item.ours),
            run=run,
            found_at=now,
        )
        for pk, conflicts in found.items()
        for item in conflicts.values()
    )
    by_count: dict[int, list[int]] = {}
    for pk, count in counts.items():
        if policies[pk].open_conflicts != count:
            policies[pk].open_conflicts = count
            by_count.setdefault(count, []).append(pk)
    for count, pks in by_count.items():
        Policy.objects.filter(pk__in=pks).update(open_conflicts=count)


def settle_conflicts(policy: Policy, values: PolicyValues, *, at: dt.datetime) -> None:
    """End the conflicts of a record that came to say what the file says, and set ``open_conflicts``, which the caller
    saves. Costs nothing where no conflict is open.
    """
    rows = _open_rows([policy])
    places = places_of(values) if rows else {}
    ended = [row.pk for row in rows if is_same(value_in(places, row.at), load_value(row.at, row.theirs))]
    if ended:
        Conflict.objects.filter(pk__in=ended).update(resolution=Resolution.SETTLED, resolved_at=at)
        policy.open_conflicts -= len(ended)


def _open_rows(policies: Iterable[Policy]) -> list[Conflict]:
    pks = [policy.pk for policy in policies if policy.open_conflicts]
    return list(Conflict.objects.filter(policy__in=pks, resolution="")) if pks else []
