"""Changed files and the records that they belong to, merged value by value: base, theirs, ours.

The base is the file's text as last seen, theirs is what it says now, ours what stands in the record. What both sides
changed is a conflict: the record keeps ours, and a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.documents import KeyPath, is_same
from reviews.merge import MergedValue, MergePlan, Pending, Side, merge_values
from reviews.models import Conflict, Decision, DimensionAnalysis, Policy, Run, SourceFile
from reviews.quality import Outline
from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS, Change, PolicyValues, compare_values
from reviews.services.checking import outline_of, refresh_changed
from reviews.services.conflicts import (
    keep_values,
    kept_values,
    pending_values,
    read_source,
    record_conflicts,
)
from reviews.services.import_plan import FilePlan, Outcome
from reviews.services.reading import ReadFile, retired_warning
from reviews.services.recording import credit_authors, last_note, stamp
from reviews.services.revising import Revision, record_revisions, remember_files
from reviews.services.telling import key_of, shown
from reviews.services.workflow import receive_file_status
from reviews.states import State

if TYPE_CHECKING:
    from reviews.services.sources import Origin

_REVIEW = {row.name for row in POLICY_FIELDS + DIMENSION_FIELDS if row.is_review}


def merge_file(
    policy: Policy,
    item: ReadFile,
    origin: Origin,
    *,
    actor: User | None,
    run: Run | None = None,
    is_dry_run: bool = False,
) -> FilePlan:
    """Merge one file into its record; see ``merge_files``. It is the record's file from now on, wherever it stands."""
    plans, changed = merge_files([(policy, item)], origin, actor=actor, run=run, is_dry_run=is_dry_run)
    if changed:
        refresh_changed(changed)
    return plans[0]


def merge_files(
    pairs: Sequence[tuple[Policy, ReadFile]],
    origin: Origin,
    *,
    actor: User | None,
    run: Run | None = None,
    is_dry_run: bool = False,
) -> tuple[list[FilePlan], list[tuple[Outline, Outline]]]:
    """Merge files into the records they belong to, and return what became of each file and of its values, and the
    records that the checks of others see otherwise now: ``refresh_changed`` is for the caller.

    An upload brings values, and leaves the files that records have where they are. The policies are locked, and read as
    ``lock_policy`` does; the caller holds the door. Running an import makes nobody an author, but who uploads brings
    the values, and answers for those that come in as for an edit.
    """
    policies = [policy for policy, _item in pairs]
    known = _Known(pending_values(policies), kept_values(policies), _texts_of_ours(pairs, origin))
    merged = [_merge(policy, item, origin, known, actor=actor) for policy, item in pairs]
    plans = [item.plan for item in merged]
    if is_dry_run:
        return plans, []
    record_conflicts([(item.policy, item.plan.values) for item in merged if item.is_merged], run=run)
    changed = record_revisions([item.revision for item in merged if item.revision], actor=actor)
    now = timezone.now()
    sources = [item.source for item in merged if item.source]
    for source, reason in sources:
        source.seen_at = now
        stamp(source, actor=actor, reason=reason, at=now)
    remember_files([source for source, _reason in sources])
    return plans, changed


@dataclass(frozen=True, slots=True)
class _Known:
    """What was decided here before, by the record's primary key."""

    pending: dict[int, dict[KeyPath, Pending]]
    kept: dict[int, list[Conflict]]
    texts: set[tuple[int, str, str]]  # with the digests of a file that was signed, and of the signed text


@dataclass(frozen=True, slots=True)
class _Merged:
    """What became of a file, and the rows that are to be written for it."""

    policy: Policy
    plan: FilePlan
    revision: Revision | None = None
    source: tuple[SourceFile, str] | None = None  # with the reason for its history
    is_merged: bool = False


def _merge(
    policy: Policy,
    item: ReadFile,
    origin: Origin,
    known: _Known,
    *,
    actor: User | None,
) -> _Merged:
    source: SourceFile | None = getattr(policy, "source_file", None)
    if source and source.text_digest == item.digest:
        if origin.is_upload:
            return _Merged(policy, _plan(policy, item, Outcome.UNCHANGED))
        is_beside = source.path == item.path
        reason = f"Moved with its folder to {origin.root}" if is_beside else f"Moved to {item.path}"
        return _take_file(policy, item, origin, reason=reason)
    if (policy.pk, source.text_digest if source else "", item.digest) in known.texts:
        return _take_file(policy, item, origin, reason=f"Found as signed: {item.path}")
    is_remembered = not origin.is_upload or (source is not None and not source.root)
    base, pending = read_source(source), known.pending.get(policy.pk, {})
    theirs, ours = item.values, policy.to_values()
    if not is_remembered:  # what the file on disk says of itself did not change
        theirs = replace(theirs, fields={**theirs.fields, "file_status": policy.file_status})
    plan = merge_values(base, theirs, ours, pending=pending, is_signed=policy.signoff_id is not None)
    plan = keep_values(plan, known.kept.get(policy.pk, ()), pending)
    record, warnings = _keep_signed(policy, plan, ours)
    changes = compare_values(ours, record, with_review=True)
    is_said_here = not changes and plan.values and all(value.side is Side.BOTH for value in plan.values)
    reason = f"{'Found as it is here:' if is_said_here else 'Imported from'} {item.path}"
    author = actor if origin.is_upload else None
    revision = _revise(policy, record, changes, plan, reason, author=author) if changes else None
    is_idle = not (changes or plan.conflicts or is_remembered)
    return _Merged(
        policy,
        _plan(policy, item, Outcome.UNCHANGED if is_idle else Outcome.UPDATED, plan.values, warnings),
        revision,
        (_set_source(policy, item, origin), reason) if is_remembered else None,
        is_merged=True,
    )


def _texts_of_ours(pairs: Sequence[tuple[Policy, ReadFile]], origin: Origin) -> set[tuple[int, str, str]]:
    """Return which files on disk went from a text that somebody signed here on to the signed one, and nowhere in
    between: nobody changed those, be it the latest signature or an older one. Who takes a change back has changed it.
    """
    digests = {} if origin.is_upload else {policy.pk: item.digest for policy, item in pairs}
    if not digests:
        return set()
    signed = Decision.objects.filter(policy__in=digests, signed_text_digest__in=digests.values())
    return set(signed.values_list("policy_id", "base_digest", "signed_text_digest"))


def _take_file(policy: Policy, item: ReadFile, origin: Origin, *, reason: str) -> _Merged:
    """Remember the file's text and place; the record says the same already, but for the status in the file."""
    revision = None
    if policy.file_status != item.file_status:
        dimensions = list(policy.dimensions.all())
        policy.file_status = item.file_status
        revision = Revision(policy, dimensions, outline_of(policy, dimensions), reason)
    plan = _plan(policy, item, Outcome.UPDATED)
    return _Merged(policy, plan, revision, (_set_source(policy, item, origin), reason))


def _plan(
    policy: Policy,
    item: ReadFile,
    outcome: Outcome,
    values: tuple[MergedValue, ...] = (),
    warnings: Sequence[str] = (),
) -> FilePlan:
    is_claimed = policy.file_status == State.VERIFIED and policy.review_status not in (
        State.VERIFIED,
        State.RETIRED,
    )
    conflicts = sum(value.side is Side.CONFLICT for value in values)
    retired = [retired_warning(item.name)] if policy.review_status == State.RETIRED else []
    said = (*item.warnings, *warnings, *retired)
    return FilePlan(
        item.path,
        outcome,
        item.name,
        is_claimed,
        said,
        values=values,
        conflicts=conflicts,
        policy_pk=policy.pk,
    )


def _keep_signed(policy: Policy, plan: MergePlan, ours: PolicyValues) -> tuple[PolicyValues, list[str]]:
    """Return the record as it may be where somebody signed it, and a sentence on what the file says in vain.

    A dimension that comes back has the note that it had last: restored content is verified again.
    """
    if policy.signoff is None:
        return plan.record, []
    kept: list[tuple[KeyPath, Any, Any]] = [
        (value.at, value.theirs, value.result)
        for value in plan.values
        if value.at in (("reviewer",), ("last_audit_date",))
        and not is_same(value.theirs, value.base)
        and not is_same(value.theirs, value.result)
    ]
    dimensions = dict(plan.record.dimensions)
    for key in dimensions.keys() - ours.dimensions.keys():
        said = dimensions[key].fields["audit_note"]
        if (note := last_note(policy, key)) and note != said:
            dimensions[key] = replace(dimensions[key], fields={**dimensions[key].fields, "audit_note": note})
            kept.append((("analysis", key, "audit_note"), said, note))
    told = _("%(key)s: the file says “%(theirs)s”, but %(person)s signed the record: “%(ours)s” stays.")
    person = policy.signoff.actor_name
    warnings = [
        told % {"key": key_of(at), "theirs": shown(theirs), "person": person, "ours": shown(result)}
        for at, theirs, result in kept
    ]
    return replace(plan.record, dimensions=dimensions), warnings


def _revise(
    policy: Policy,
    record: PolicyValues,
    changes: Sequence[Change],
    plan: MergePlan,
    reason: str,
    *,
    author: User | None,
) -> Revision:
    """Set the merged values on the rows of a record, and return what is to be written."""
    before = {row.key: row for row in policy.dimensions.all()}
    outline = outline_of(policy, before.values())
    for name, value in record.fields.items():
        if name != "file_status":
            setattr(policy, name, value)
    policy.body, policy.extra, policy.misfits = record.body, record.extra, record.misfits
    receive_file_status(policy, record.fields["file_status"])
    touched = {change.dimension for change in changes}
    after = []
    for position, (key, entry) in enumerate(record.dimensions.items()):
        row = before.get(key) or DimensionAnalysis(policy=policy, key=key)
        if row.position != position:
            touched.add(key)
        row.position, row.extra, row.misfits = position, entry.extra, entry.misfits
        for name, value in entry.fields.items():
            setattr(row, name, value)
        after.append(row)
    # Who wrote here what was merged with a file that nobody answers for is still an author of it.
    mixed = {
        value.at
        for value in plan.values
        if author is None and value.side is Side.BOTH and not is_same(value.result, value.theirs)
    }
    content = [change for change in changes if not _is_review(change.at) and change.at not in mixed]
    credit_authors(policy, after, content, author=author)
    changed = [row for row in after if row.key in touched]
    removed = [row for key, row in before.items() if key not in record.dimensions]
    return Revision(policy, after, outline, reason, changed, removed)


def _is_review(at: KeyPath) -> bool:
    return len(at) in (1, 3) and at[-1] in _REVIEW  # a further key of that name stands elsewhere


def _set_source(policy: Policy, item: ReadFile, origin: Origin) -> SourceFile:
    source: SourceFile = getattr(policy, "source_file", None) or SourceFile(policy=policy)
    if not origin.is_upload:
        source.root, source.path = origin.root, item.path
    source.text, source.text_digest, source.commit = item.text, item.digest, origin.commit
    return source
