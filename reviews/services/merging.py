"""A changed file and the record that it belongs to: what each side changed since the file was last seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User

from reviews.documents import Document, KeyPath, is_same
from reviews.models import DimensionAnalysis, Policy, Run, SourceFile
from reviews.schema import (
    DIMENSION_FIELDS,
    POLICY_FIELDS,
    DimensionValues,
    PolicyValues,
    changed_values,
    compare_values,
    dotted,
    flatten,
    read_policy,
    with_unix_newlines,
)
from reviews.services.import_plan import FilePlan, Outcome
from reviews.services.reading import ReadFile, shown
from reviews.services.recording import credit_authors, last_note, record_revision, remember_file
from reviews.services.workflow import receive_file_status
from reviews.states import Standing, State

if TYPE_CHECKING:
    from reviews.services.sources import Origin

_REVIEW = {row.name: row.dotted for row in POLICY_FIELDS + DIMENSION_FIELDS if row.is_review}


def merge_file(
    policy: Policy,
    item: ReadFile,
    origin: Origin,
    *,
    actor: User | None,
    run: Run | None = None,
    is_dry_run: bool = False,
) -> FilePlan:
    """Take a changed file into the record it belongs to, and return what became of each value.

    ``policy`` comes from ``lock_policy``; the caller holds the door. Running an import makes nobody an author.
    """
    source = getattr(policy, "source_file", None)
    if source is not None and source.text_digest == item.digest:
        return _take_file(
            policy, item, origin, actor, is_dry_run, reason=f"Moved with its folder to {origin.root}"
        )
    if _is_our_export(policy, source, item):
        return _take_file(policy, item, origin, actor, is_dry_run, reason=f"Found as signed: {item.path}")
    if source is None:
        return item.refuse_id(
            f"{item.name} was added in PolicyHub and has no file yet, and this file says something else: give it "
            "another id, or export the record first."
        )
    base = Document.parse(source.text)
    mine = changed_places(base, policy.to_values(), is_signed=policy.signoff_id is not None)
    if not mine:
        return _take_values(policy, item, origin, actor, is_dry_run, base)
    if not compare_values(policy.to_values(), item.values, with_review=True):
        return _take_file(policy, item, origin, actor, is_dry_run, reason=f"Found as it is here: {item.path}")
    theirs = changed_places(base, item.values)
    return item.plan(
        Outcome.REFUSED,
        reason=f"changed on disk ({', '.join(theirs) or 'spelling'}) and in PolicyHub ({', '.join(mine)}) since it was "
        "last read: nothing was overwritten. Put the disk's changes into the record by hand and restore the file, or "
        "export the record first.",
    )


def _is_our_export(policy: Policy, source: SourceFile | None, item: ReadFile) -> bool:
    """Whether the disk went from the text that was signed on to the signed one, and nowhere in between."""
    signoff, base = policy.signoff, source.text_digest if source else ""
    return signoff is not None and (signoff.base_digest, signoff.signed_text_digest) == (base, item.digest)


def _take_file(
    policy: Policy, item: ReadFile, origin: Origin, actor: User | None, is_dry_run: bool, *, reason: str
) -> FilePlan:
    """Remember the file's new text; the record says the same already."""
    if not is_dry_run:
        _remember(policy, item, origin, actor, reason)
    return item.plan(Outcome.UPDATED, standing=policy.standing)


def _take_values(
    policy: Policy, item: ReadFile, origin: Origin, actor: User | None, is_dry_run: bool, base: Document
) -> FilePlan:
    """Let the file's values replace the record's, whose content nobody touched since the file was last seen."""
    is_claimed_now = item.values.fields["file_status"] == State.VERIFIED and not policy.signoff_id
    plan = item.plan(Outcome.UPDATED, standing=Standing.CLAIMED if is_claimed_now else Standing.OPEN)
    if policy.signoff:
        item, warnings = keep_signed(policy, item, base, signed_by=policy.signoff.actor_name)
        plan = replace(plan, warnings=(*plan.warnings, *warnings))
    changes = compare_values(policy.to_values(), item.values, with_review=True)
    if is_dry_run:
        return plan
    reason = f"Imported from {item.path}"
    if changes:
        before = {row.key: row for row in policy.dimensions.all()}
        content = compare_values(policy.to_values(), item.values)
        _set_values(policy, item)
        touched = {change.dimension for change in changes}
        after = []
        for position, (key, entry) in enumerate(item.values.dimensions.items()):
            row = before.get(key) or DimensionAnalysis(policy=policy, key=key)
            if row.position != position:
                touched.add(key)
            row.position, row.extra, row.misfits = position, entry.extra, entry.misfits
            for name, value in entry.fields.items():
                setattr(row, name, value)
            after.append(row)
        credit_authors(policy, after, content, author=None)  # running an import makes nobody an author
        record_revision(
            policy,
            dimensions=after,
            changed=[row for row in after if row.key in touched],
            removed=[row for key, row in before.items() if key not in item.values.dimensions],
            actor=actor,
            reason=reason,
        )
    _remember(policy, item, origin, actor, reason)
    return plan


def _set_values(policy: Policy, item: ReadFile) -> None:
    for name, value in item.values.fields.items():
        if name != "file_status":
            setattr(policy, name, value)
    policy.body, policy.extra, policy.misfits = item.values.body, item.values.extra, item.values.misfits
    receive_file_status(policy, item.values.fields["file_status"])


def _remember(policy: Policy, item: ReadFile, origin: Origin, actor: User | None, reason: str) -> None:
    remember_file(
        policy,
        origin.root,
        item.path,
        item.text,
        file_status=item.file_status,
        actor=actor,
        reason=reason,
        commit=origin.commit,
    )


# -- a file and the record that it belongs to --------------------------------------------------------------


def changed_places(base: Document, record: PolicyValues, *, is_signed: bool = False) -> list[str]:
    """Return the keys at which a record differs from a file; of a signed one, without what the sign-off filled in."""
    keys = changed_values(base.values, record, base_body=base.body)
    places = [dotted(key) for key in keys if not (is_signed and _is_review_key(key))]
    return places if record.body == with_unix_newlines(base.body) else [*places, "body"]


def _is_review_key(key: KeyPath) -> bool:
    return dotted(key[2:] if key[0] == "analysis" else key) in _REVIEW.values()


def keep_signed(
    policy: Policy, item: ReadFile, base: Document, *, signed_by: str
) -> tuple[ReadFile, list[str]]:
    """Return the file as it may go into a record that somebody signed, and a sentence on each value that may not.

    Reviewer, date and notes stay what they are, until a reviewer writes them anew: content may come back to what
    was signed, and then the record is verified again. A dimension that comes back has the note that it had last.
    """
    rows = {row.key: row for row in policy.dimensions.all()}
    dimensions = {}
    for key, read in item.values.dimensions.items():
        note = rows[key].audit_note if key in rows else last_note(policy, key) or read.fields["audit_note"]
        misfits = _with_review_of(rows[key].misfits if key in rows else {}, read.misfits)
        dimensions[key] = DimensionValues({**read.fields, "audit_note": note}, read.extra, misfits)
    values = replace(
        item.values,
        fields={
            **item.values.fields,
            "reviewer": policy.reviewer,
            "last_audit_date": policy.last_audit_date,
        },
        dimensions=dimensions,
        misfits=_with_review_of(policy.misfits, item.values.misfits),
    )
    before = flatten(read_policy(base.values, base.body), with_review=True)
    warnings = [
        f"{_review_key(change.at)}: the file says “{shown(change.old)}”, but {signed_by} signed the record: "
        f"“{shown(change.new)}” stays."
        for change in compare_values(item.values, values, with_review=True)
        if change.at[-1] in _REVIEW and not is_same(before.get(change.at), change.old)
    ]
    return replace(item, values=values), warnings


def _with_review_of(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return their misfits, but ours of review fields."""
    return {
        **{key: raw for key, raw in theirs.items() if key not in _REVIEW.values()},
        **{key: raw for key, raw in ours.items() if key in _REVIEW.values()},
    }


def _review_key(at: KeyPath) -> str:
    return dotted((*at[:-1], _REVIEW[str(at[-1])]))
