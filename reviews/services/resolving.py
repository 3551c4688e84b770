"""Resolving conflicts: a person says what stands from now on where a file and PolicyHub both changed a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.merge import (
    has_dimension,
    is_dimension,
    load_value,
    places_of,
    record_of,
    set_value,
    store_value,
    value_in,
)
from reviews.models import Conflict, DimensionAnalysis, Policy, Resolution
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.schema import MAPPING, POLICY_FIELDS, Change, PolicyValues, compare_values, label_of, listed
from reviews.services.conflicts import new_conflict
from reviews.services.editing import apply_changes, require_fitting
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.recording import last_note, lock_policy, record_revision
from reviews.states import REVIEW, Standing

Choice = tuple[Resolution, Any]  # the value counts for ``OTHER`` alone
_WRITABLE = {row.name for row in POLICY_FIELDS if row.kind is not MAPPING} | {"body"}
_ENDED = ("resolution", "result", "resolved_at", "resolved_by", "resolver_name")


@dataclass(frozen=True, slots=True)
class ResolveReport:
    """What came of it: the conflicts that ended, what changed in the record, and how many are still open."""

    policy: Policy
    resolved: tuple[Conflict, ...]
    changes: tuple[Change, ...]

    @property
    def is_all(self) -> bool:
        """Whether none is open any more."""
        return not self.policy.open_conflicts


def resolve_conflicts(
    policy_pk: int,
    choices: Mapping[int, Choice],
    *,
    actor: User,
    reason: str = "",
    seen: PolicyValues | None = None,
) -> ResolveReport:
    """End conflicts of a record, by primary key, all or none: with the file's value, with what stands here now, or
    with another one.

    Who changes the record so becomes the author of these values, as by any edit; an audit note takes a reviewer, and
    is no claim. A dimension of the file brings no note where one stands here, or stood here last: where the file's is
    another, a conflict on the note alone is open then.

    ``seen`` is the record that the actor saw: raises ``MeanwhileChangedError`` where a value that is to be replaced
    is another by now, ``RefusedError`` where the actor may not, a conflict ended meanwhile, or the record would not
    hold what is wanted.
    """
    with transaction.atomic(), open_door(Door.CONTENT):
        policy = lock_policy(policy_pk)
        rows = list(policy.conflicts.filter(pk__in=choices, resolution=""))
        if len(rows) < len(choices) or not rows:
            said = _(
                "Somebody resolved conflicts of %(policy)s meanwhile, or its file changed again, so nothing was "
                "written: look at what is open now, and choose again."
            )
            raise RefusedError(said % {"policy": policy})
        _require_roles(policy, rows, actor)
        current = policy.to_values()
        places = places_of(current)
        opened = [
            note for row in rows for note in _resolve(policy, row, places, choices[row.pk], actor=actor)
        ]
        wanted = record_of(places)
        require_fitting(wanted)
        changes = compare_values(current, wanted, with_review=True)
        if seen is not None:
            _require_unchanged(policy, rows, seen=seen, current=current)
        Conflict.objects.bulk_update(rows, _ENDED)
        Conflict.objects.bulk_create(opened)
        policy.open_conflicts += len(opened) - len(rows)
        if changes:
            _write(policy, current, wanted, actor=actor, reason=_said(rows, reason))
        else:
            Policy.objects.filter(pk=policy.pk).update(open_conflicts=policy.open_conflicts)
        return ResolveReport(policy, tuple(rows), changes)


def is_note(at: KeyPath) -> bool:
    """Whether a place is an audit note: reviewers resolve those, and editors all else."""
    return len(at) == 3 and at[0] == "analysis" and at[2] == "audit_note"


def is_writable(at: KeyPath, theirs: Any, ours: Any) -> bool:
    """Whether a third value can be written at a place: no mapping, no whole dimension, no list of an unknown key."""
    is_field = (at[0] in _WRITABLE and len(at) == 1) or (len(at) == 3 and at[0] == "analysis")
    return is_field or all(isinstance(side, str) for side in (theirs, ours))


def _require_roles(policy: Policy, rows: list[Conflict], actor: User) -> None:
    notes = [row.at for row in rows if is_note(row.at)]
    what = _("Resolving a conflict")
    for permission, is_needed in (("change_policy", len(notes) < len(rows)), (REVIEW, bool(notes))):
        if is_needed and not has_role(actor, permission):
            raise ForbiddenError(*lacks_role(permission, what).reasons)
    if notes and policy.standing == Standing.VERIFIED:
        said = _("The audit note on %(keys)s is part of what %(person)s signed: reopen the review first.")
        person = policy.signoff.actor_name if policy.signoff else ""
        raise RefusedError(said % {"keys": listed(str(at[1]) for at in notes), "person": person})


def _resolve(
    policy: Policy, row: Conflict, places: dict[KeyPath, Any], choice: Choice, *, actor: User
) -> list[Conflict]:
    """Set what was chosen in the record's places, and on the row what became of it; return what is open then."""
    chosen, other = choice
    theirs, ours = load_value(row.at, row.theirs), value_in(places, row.at)
    if chosen is Resolution.OTHER and not is_writable(row.at, theirs, ours):
        said = _("No other value can be written for %(place)s: take the file’s, or keep PolicyHub’s.")
        raise RefusedError(said % {"place": label_of(row.at)})
    value = {Resolution.THEIRS: theirs, Resolution.OURS: ours}.get(chosen, other)
    opened = []
    if not is_same(value, ours):
        note = _note_of(policy, row.at, places)
        set_value(places, row.at, value)
        chosen = Resolution.THEIRS if is_same(value, theirs) else chosen
        opened = _keep_note(policy, row, places, note)
    elif chosen is Resolution.OTHER:
        chosen = Resolution.OURS
    row.resolution, row.result = chosen, store_value(value_in(places, row.at))
    row.resolved_at, row.resolved_by = timezone.now(), actor
    row.resolver_name = actor.get_full_name() or actor.get_username()
    return opened


def _note_of(policy: Policy, at: KeyPath, places: dict[KeyPath, Any]) -> Any:
    """Return the audit note that a whole dimension has here, or had last."""
    if not is_dimension(at):
        return ""
    here = value_in(places, (*at, "audit_note"))
    return last_note(policy, str(at[1])) if here is REMOVED else here


def _keep_note(policy: Policy, row: Conflict, places: dict[KeyPath, Any], note: Any) -> list[Conflict]:
    """Let the note of a dimension stand as it was; return a conflict where the file changed it to another one."""
    at = (*row.at, "audit_note")
    if not (note and is_dimension(row.at) and has_dimension(places, row.at)):
        return []
    theirs = value_in(places, at)
    set_value(places, at, note)
    before: dict[KeyPath, Any] = {}
    set_value(before, row.at, load_value(row.at, row.base))
    base = value_in(before, at)
    if is_same(theirs, note) or is_same(theirs, "" if base is REMOVED else base):
        return []
    return [new_conflict(policy, at, (base, theirs, note), run=row.run, found_at=timezone.now())]


def _require_unchanged(
    policy: Policy, rows: list[Conflict], *, seen: PolicyValues, current: PolicyValues
) -> None:
    before, now = places_of(seen), places_of(current)
    changed = tuple(
        Change(row.at, value_in(before, row.at), value_in(now, row.at))
        for row in rows
        if row.resolution != Resolution.OURS and not is_same(value_in(before, row.at), value_in(now, row.at))
    )
    if changed:
        said = _(
            "Somebody changed %(places)s of %(policy)s while you were choosing, so nothing was written: "
            "look at what stands there now, and choose again."
        )
        places = listed(label_of(change.at) for change in changed)
        raise MeanwhileChangedError(said % {"places": places, "policy": policy}, changed)


def _write(policy: Policy, current: PolicyValues, wanted: PolicyValues, *, actor: User, reason: str) -> None:
    before = list(policy.dimensions.all())
    changes = compare_values(current, wanted)
    after = apply_changes(policy, before, changes, actor=actor)
    touched = {change.dimension for change in changes} | _set_notes(after, wanted)
    record_revision(
        policy,
        dimensions=after,
        changed=[item for item in after if item.key in touched],
        removed=[item for item in before if item.key not in wanted.dimensions],
        actor=actor,
        reason=reason,
    )


def _set_notes(dimensions: list[DimensionAnalysis], wanted: PolicyValues) -> set[str]:
    """Set the audit notes that are wanted; return the keys of the dimensions that had another."""
    touched = set()
    for item in dimensions:
        note = wanted.dimensions[item.key].fields["audit_note"]
        if item.audit_note != note:
            item.audit_note = note
            touched.add(item.key)
    return touched


def _said(rows: list[Conflict], reason: str) -> str:
    said = f"Resolved {len(rows)} {'conflict' if len(rows) == 1 else 'conflicts'} with its file"
    return f"{said}: {reason.strip()}" if reason.strip() else said
