"""Conflicts as rows: a merge opens them, and ends those that are none any more. A person ends the rest: see
``resolving``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone

from reviews.documents import Document, KeyPath, is_same
from reviews.merge import (
    MergedValue,
    MergePlan,
    Pending,
    Side,
    has_dimension,
    load_value,
    places_of,
    set_value,
    store_value,
    value_in,
)
from reviews.models import Conflict, Policy, Resolution, Run, SourceFile
from reviews.models.conflict import place_of
from reviews.schema import PolicyValues, read_policy

Merged = tuple[Policy, Sequence[MergedValue]]


def read_source(source: SourceFile | None) -> PolicyValues:
    """Return the values of a file as last seen; of a record that has none, empty ones."""
    if source is None:
        return read_policy({}, "")
    document = Document.parse(source.text)
    return read_policy(document.values, document.body)


def pending_values(policies: Iterable[Policy]) -> dict[int, dict[KeyPath, Pending]]:
    """Return the open conflicts by primary key of the record and by place: ``pending`` of ``merge_values``.

    One query for all, and none where there is no conflict.
    """
    pending: dict[int, dict[KeyPath, Pending]] = {}
    for row in _open_rows(policies):
        values = Pending(load_value(row.at, row.base), load_value(row.at, row.theirs))
        pending.setdefault(row.policy_id, {})[row.at] = values
    return pending


def kept_values(policies: Iterable[Policy]) -> dict[int, list[Conflict]]:
    """Return, by record, the conflicts in which a person said no to the file's value. One query for all."""
    kept: dict[int, list[Conflict]] = {}
    rows = Conflict.objects.filter(policy__in=policies, resolution__in=[Resolution.OURS, Resolution.OTHER])
    for row in rows.only("policy", "place", "base", "theirs", "result"):
        kept.setdefault(row.policy_id, []).append(row)
    return kept


def keep_values(plan: MergePlan, kept: Sequence[Conflict], pending: Mapping[KeyPath, Pending]) -> MergePlan:
    """Return the plan without the conflicts that a person ended before with the very value that stands here now, as
    the same file comes once more; those that are open stay so.
    """
    if not (kept and plan.conflicts):
        return plan

    def is_kept(item: MergedValue) -> bool:
        sides = [store_value(value) for value in (item.base, item.theirs, item.ours)]
        return any(row.at == item.at and is_same([row.base, row.theirs, row.result], sides) for row in kept)

    values = [
        replace(item, side=Side.OURS)
        if item.side is Side.CONFLICT and item.at not in pending and is_kept(item)
        else item
        for item in plan.values
    ]
    return replace(plan, values=tuple(values))


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
        new_conflict(policies[pk], item.at, (item.base, item.theirs, item.ours), run=run, found_at=now)
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
    saves. Values of a dimension that is gone are replaced by one conflict on it as a whole. Costs nothing where no
    conflict is open.
    """
    rows = _open_rows([policy])
    places = places_of(values) if rows else {}
    gone = [
        row
        for row in rows
        if len(row.at) > 2 and row.at[0] == "analysis" and not has_dimension(places, row.at[:2])
    ]
    settled = [
        row
        for row in rows
        if row not in gone and is_same(value_in(places, row.at), load_value(row.at, row.theirs))
    ]
    for ended, resolution in ((settled, Resolution.SETTLED), (gone, Resolution.REPLACED)):
        if ended:
            pks = [row.pk for row in ended]
            Conflict.objects.filter(pk__in=pks).update(resolution=resolution, resolved_at=at)
    new = _widen(policy, gone, places, found_at=at) if gone else []
    Conflict.objects.bulk_create(new)
    policy.open_conflicts += len(new) - len(settled) - len(gone)


def _widen(
    policy: Policy, gone: Sequence[Conflict], places: dict[KeyPath, Any], *, found_at: dt.datetime
) -> list[Conflict]:
    """Return a conflict for each dimension in which these are: between none, and the one that the file has."""
    file = places_of(read_source(getattr(policy, "source_file", None)))
    by_dimension: dict[KeyPath, list[Conflict]] = {}
    for row in gone:
        by_dimension.setdefault(row.at[:2], []).append(row)
    new = []
    for at, rows in by_dimension.items():
        base, theirs = dict(file), dict(file)
        for row in rows:
            set_value(base, row.at, load_value(row.at, row.base))
            set_value(theirs, row.at, load_value(row.at, row.theirs))
        sides = value_in(base, at), value_in(theirs, at), value_in(places, at)
        new.append(new_conflict(policy, at, sides, run=rows[0].run, found_at=found_at))
    return new


def new_conflict(
    policy: Policy, at: KeyPath, sides: tuple[Any, Any, Any], *, run: Run | None, found_at: dt.datetime
) -> Conflict:
    """Return an open conflict between base, theirs and ours, to be saved."""
    base, theirs, ours = map(store_value, sides)
    return Conflict(
        policy=policy, place=place_of(at), base=base, theirs=theirs, ours=ours, run=run, found_at=found_at
    )


def _open_rows(policies: Iterable[Policy]) -> list[Conflict]:
    pks = [policy.pk for policy in policies if policy.open_conflicts]
    return list(Conflict.objects.filter(policy__in=pks, resolution="")) if pks else []
