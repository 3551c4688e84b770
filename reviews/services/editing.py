"""Editors' changes: add a policy, edit one, restore an old version. Content only, never a state.

An edit is a difference between what the editor saw and what the editor wants. It is laid on what stands
there now, so two people who change different values both keep theirs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.models import DimensionAnalysis, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import has_role
from reviews.schema import (
    CLAIM_FIELDS,
    CONTENT_FIELDS,
    LONGEST_KEY,
    MOST_DIMENSIONS,
    Change,
    MisfitError,
    PolicyValues,
    compare_values,
    flatten,
    read_policy,
    unflatten,
)
from reviews.selectors.versions import values_at
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.recording import credit_authors, last_note, lock_policy, record_revision
from reviews.states import Standing, State

_FIELDS = {row.name: row for row in CONTENT_FIELDS}


@dataclass(frozen=True, slots=True)
class EditReport:
    """What an edit did; no change means that nothing was written."""

    policy: Policy
    changes: tuple[Change, ...]


def empty_values() -> PolicyValues:
    """Return the values of a record in which nothing stands yet."""
    return read_policy({}, "")


def add_policy(
    policy_id: str, language: str, wanted: PolicyValues, *, actor: User, reason: str = ""
) -> Policy:
    """Create a policy as a draft and return it. Raises ``RefusedError``; nothing is written then."""
    _require(actor, "add_policy")
    require_fitting(wanted)
    if wanted.body and not wanted.body.startswith("\n"):
        wanted = replace(
            wanted, body=f"\n{wanted.body}"
        )  # an empty line after the front matter, as the seeds have
    policy = Policy(policy_id=policy_id, language=language, review_status=State.DRAFT.value)
    try:
        policy.clean_fields(
            exclude=[
                name.name for name in policy._meta.get_fields() if name.name not in ("policy_id", "language")
            ]
        )
    except ValidationError as error:
        raise RefusedError(*error.messages) from error
    with transaction.atomic(), open_door(Door.CONTENT):
        if Policy.objects.filter(policy_id=policy_id, language=language).exists():
            said = _("%(policy)s is there already: edit that record, or choose another id.")
            raise RefusedError(said % {"policy": policy})
        dimensions = apply_changes(policy, [], compare_values(empty_values(), wanted), actor=actor)
        try:
            record_revision(
                policy, dimensions=dimensions, changed=dimensions, actor=actor, reason=reason or "Added"
            )
        except IntegrityError as error:
            said = _("%(policy)s cannot be added: somebody may just have added it. Look it up.")
            raise RefusedError(said % {"policy": policy}) from error
    return policy


def edit_policy(
    policy_pk: int,
    *,
    seen: PolicyValues,
    wanted: PolicyValues,
    actor: User,
    reason: str = "",
    seen_at: dt.datetime | None = None,
) -> EditReport:
    """Change the content of a policy from what the editor saw to what the editor wants.

    Values that somebody else changed meanwhile stay as they are, unless this edit changes them too: then
    ``MeanwhileChangedError`` tells those, and nothing is written; so it does where somebody verified the record
    after ``seen_at``, the time of the version that the editor saw. No change writes nothing.
    """
    _require(actor, "change_policy")
    require_fitting(wanted)
    with transaction.atomic(), open_door(Door.CONTENT):
        policy = lock_policy(policy_pk)
        current = policy.to_values()
        mine = compare_values(seen, wanted)
        if mine and seen_at is not None:
            require_no_signature_since(policy, seen_at)
        _require_unchanged(policy, mine, seen=seen, current=current)
        now = flatten(current)
        changes = tuple(
            Change(change.at, now.get(change.at, REMOVED), change.new)
            for change in mine
            if not is_same(now.get(change.at, REMOVED), change.new)
        )
        if not changes:
            return EditReport(policy, ())
        before = list(policy.dimensions.all())
        after = apply_changes(policy, before, changes, actor=actor)
        touched = {change.dimension for change in changes}
        removed = [item for item in before if item.key not in {kept.key for kept in after}]
        record_revision(
            policy,
            dimensions=after,
            changed=[item for item in after if item.key in touched],
            removed=removed,
            actor=actor,
            reason=reason or "Edited",
        )
        return EditReport(policy, changes)


def restore_version(policy_pk: int, version: int, *, actor: User, reason: str = "") -> EditReport:
    """Bring the content of an old version back, dimensions included, as a new edit by the actor.

    Notes, verdicts and decisions stay what they are; a dimension that comes back has the note that it had last.
    """
    policy = Policy.objects.for_review().get(pk=policy_pk)
    return edit_policy(
        policy_pk,
        seen=policy.to_values(),
        wanted=values_at(policy, version),
        actor=actor,
        reason=f"Restored version {version}" + (f": {reason.strip()}" if reason.strip() else ""),
    )


def _require(actor: User, permission: str) -> None:
    if not has_role(actor, permission):
        said = _("Editing needs the permission “%(permission)s”: ask an administrator for the role Editors.")
        raise ForbiddenError(said % {"permission": permission})


def require_fitting(wanted: PolicyValues) -> None:
    """Refuse what an import would refuse or keep aside, with every reason at once."""
    reasons = [] if str(wanted.fields["title"]).strip() else [_("A policy needs a title.")]
    for label, row, value in (
        *((row.dotted, row, wanted.fields[row.name]) for row in CONTENT_FIELDS),
        *(
            (f"{key} · {row.dotted}", row, item.fields[row.name])
            for key, item in wanted.dimensions.items()
            for row in CLAIM_FIELDS
        ),
    ):
        try:
            row.kind.read(value)
        except MisfitError as error:
            reasons.append(_("%(field)s %(problem)s.") % {"field": label, "problem": error})
    if len(wanted.dimensions) > MOST_DIMENSIONS:
        reasons.append(_("A policy has at most %(count)s dimensions.") % {"count": MOST_DIMENSIONS})
    if any(not 0 < len(key) <= LONGEST_KEY for key in wanted.dimensions):
        reasons.append(_("The name of a dimension has 1 to %(count)s characters.") % {"count": LONGEST_KEY})
    if reasons:
        raise RefusedError(*reasons)


def require_no_signature_since(policy: Policy, seen_at: dt.datetime) -> None:
    """Raise ``MeanwhileChangedError`` where somebody verified the record after the version that the actor saw."""
    if policy.signoff and policy.standing == Standing.VERIFIED and policy.signoff.created_at > seen_at:
        said = _(
            "%(person)s verified %(policy)s while you were writing, and an edit reopens its review. "
            "Nothing you typed is lost: save again if it has to change all the same."
        )
        raise MeanwhileChangedError(said % {"person": policy.signoff.actor_name, "policy": policy}, ())


def _require_unchanged(
    policy: Policy, mine: tuple[Change, ...], *, seen: PolicyValues, current: PolicyValues
) -> None:
    theirs = {change.at: change for change in compare_values(seen, current)}
    clashing = tuple(
        theirs[change.at]
        for change in mine
        if change.at in theirs and not is_same(theirs[change.at].new, change.new)
    )
    if clashing:
        said = _(
            "Somebody changed %(policy)s while you were writing, in the same places. Nothing you typed is lost: "
            "compare, keep what is right, and save again."
        )
        raise MeanwhileChangedError(said % {"policy": policy}, clashing)


def apply_changes(
    policy: Policy,
    dimensions: list[DimensionAnalysis],
    changes: tuple[Change, ...],
    *,
    actor: User,
) -> list[DimensionAnalysis]:
    """Set the changed values on the rows, by whom, and return the dimensions that the record has then.

    For services: the caller saves them, see ``recording.record_revision``.
    """
    flat = flatten(policy.to_values(dimensions))
    for change in changes:
        if change.new is REMOVED:
            flat.pop(change.at, None)
        else:
            flat[change.at] = change.new
            _drop_misfit(flat, change)
    record = unflatten(flat)
    for name in _FIELDS:
        setattr(policy, name, record.fields[name])
    policy.body, policy.extra, policy.misfits = record.body, record.extra, record.misfits
    rows = {item.key: item for item in dimensions}
    for key, values in record.dimensions.items():
        if key not in rows:
            note = "" if policy._state.adding else last_note(policy, key)
            rows[key] = DimensionAnalysis(policy=policy, key=key, position=len(rows), audit_note=note)
        item = rows[key]
        if any(change.dimension == key for change in changes):
            for row in CLAIM_FIELDS:
                setattr(item, row.name, values.fields[row.name])
            item.extra, item.misfits = values.extra, values.misfits
    after = [item for key, item in rows.items() if key in record.dimensions]
    credit_authors(policy, after, changes, author=actor)
    return after


def _drop_misfit(flat: dict[KeyPath, Any], change: Change) -> None:
    """Forget the file's unreadable value once its field holds a readable one."""
    if change.new in (None, "", [], {}):
        return
    if change.dimension is None:
        if row := _FIELDS.get(str(change.at[0])):
            flat.pop(("misfits", row.dotted), None)
    elif len(change.at) == 3:
        flat.pop((*change.at[:2], "misfits", str(change.at[2])), None)
