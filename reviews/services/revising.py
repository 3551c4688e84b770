"""Writes the next versions of many records at once, and remembers their files: what ``recording`` does for one.

A handful of statements for all, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.quality import Outline
from reviews.schema import PolicyValues
from reviews.services.bulk_rows import update_rows
from reviews.services.checking import outline_of, refresh_own_findings
from reviews.services.recording import derive_values, end_work, next_moment, save_dimensions, stamp


@dataclass(frozen=True, slots=True)
class Revision:
    """The next version of a record: its rows as they are to be, and which of them are others than before.

    ``policy`` is locked, and read as ``lock_policy`` does. ``before`` is what the checks of others saw of it until now.
    """

    policy: Policy
    dimensions: Sequence[DimensionAnalysis]
    before: Outline
    reason: str
    changed: Sequence[DimensionAnalysis] = ()
    removed: Sequence[DimensionAnalysis] = ()


def record_revisions(revisions: Sequence[Revision], *, actor: User | None) -> list[tuple[Outline, Outline]]:
    """Save all of them as versions of one moment, and return those that the checks of others see otherwise now: as each
    was, and as it is. ``refresh_changed`` wants them in the end. The caller holds the door and a transaction.
    """
    if not revisions:
        return []
    now = max(next_moment(item.policy) for item in revisions)
    values: list[PolicyValues] = []
    changed: list[DimensionAnalysis] = []
    for item in revisions:
        item.policy.version += 1
        own, restored = derive_values(item.policy, item.dimensions, item.policy.verdicts.all())
        rows = {row.key: row for row in (*item.changed, *restored)}.values()
        values.append(own)
        changed += rows
        item.policy.updated_at = now
        for row in (item.policy, *rows, *item.removed):
            stamp(row, actor=actor, reason=item.reason, at=now)
    policies = [item.policy for item in revisions]
    update_rows(policies)
    for policy in policies:
        policy.take_as_saved()
    Policy.history.bulk_history_create(policies, update=True)
    for item in revisions:
        for row in item.removed:
            row.delete()
    save_dimensions(changed)
    refresh_own_findings(zip(policies, values, strict=True))
    for item in revisions:
        if not item.policy.is_waiting:
            end_work(item.policy, actor=actor, reason=item.reason, at=now)
    return [
        (item.before, after)
        for item in revisions
        if not item.policy.is_retired and (after := outline_of(item.policy, item.dimensions)) != item.before
    ]


def remember_files(sources: Sequence[SourceFile]) -> None:
    """Save source files as they are to be, and their history; each is stamped with its reason."""
    new = [row for row in sources if row._state.adding]
    old = [row for row in sources if not row._state.adding]
    if new:
        SourceFile.objects.bulk_create(new)
        SourceFile.history.bulk_history_create(new)
    if old:
        update_rows(old)
        SourceFile.history.bulk_history_create(old, update=True)
