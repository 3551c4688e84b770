"""Writes one revision of a record: its rows, digests and history rows, all with one time stamp.

Floor below the other services. Every revision raises ``Policy.version`` by one and leaves one history
row of the policy; dimensions have one each where they changed. So a version is a moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.timezone import localdate

from reviews.documents import REMOVED, Document, KeyPath
from reviews.models import Assignment, DimensionAnalysis, Hold, Policy, Skip, SourceFile, TrailHead, Verdict
from reviews.quality import title_key
from reviews.schema import (
    Change,
    PolicyValues,
    digest_dimension,
    digest_policy,
    digest_text,
    dotted,
    is_marked_ai,
    is_person,
    read_policy,
)
from reviews.services.checking import footprint_of, refresh_findings
from reviews.services.conflicts import settle_conflicts
from reviews.states import State

_DIMENSION_COLUMNS = [field.name for field in DimensionAnalysis._meta.concrete_fields if field.name != "id"]


def derive_columns(
    policy: Policy,
    dimensions: Sequence[DimensionAnalysis],
    values: PolicyValues,
    verdicts: Iterable[Verdict] = (),
) -> None:
    """Set what follows from the values and the verdicts given: digests, counts and marks that lists filter on."""
    for item in dimensions:
        item.content_digest = digest_dimension(item.key, values.dimensions[item.key])
        note = item.audit_note.strip()
        item.note_digest = digest_text(note) if note else ""
    claims = {item.key: item.content_digest for item in dimensions}
    authors = {*policy.authors.values(), *chain.from_iterable(item.authors.values() for item in dimensions)}
    policy.contributors = f",{','.join(map(str, sorted(authors)))}," if authors else ""
    policy.content_digest = digest_policy(policy.policy_id, policy.language, values, claims)
    policy.title_digest = digest_text(title_key(policy.title))
    policy.judged = count_judged(policy, dimensions, verdicts)
    policy.missing_notes = sum(not item.audit_note.strip() for item in dimensions)
    policy.is_marked_ai = is_marked_ai(values)
    policy.is_reviewer_person = is_person(policy.reviewer)


def derive_values(
    policy: Policy, dimensions: Sequence[DimensionAnalysis], verdicts: Iterable[Verdict] = ()
) -> tuple[PolicyValues, list[DimensionAnalysis]]:
    """Set what follows from the rows, and return their values, and the dimensions whose signed note stands again.

    Content that comes back to what was signed makes the record verified again: whatever note stood there
    meanwhile, nobody signed it.
    """
    was_signed = policy.content_digest == policy.signed_digest
    values = policy.to_values(list(dimensions))
    derive_columns(policy, dimensions, values, verdicts)
    is_signed = policy.review_status == State.VERIFIED and policy.content_digest == policy.signed_digest
    restored = _restore_notes(policy, dimensions) if is_signed and not was_signed else []
    if restored:
        values = policy.to_values(list(dimensions))
        derive_columns(policy, dimensions, values, verdicts)
    return values, restored


def _restore_notes(policy: Policy, dimensions: Sequence[DimensionAnalysis]) -> list[DimensionAnalysis]:
    """Set the notes that were signed with this content, and return the dimensions that had another."""
    document = Document.parse(policy.signoff.signed_text if policy.signoff else "")
    signed = read_policy(document.values, document.body).dimensions
    restored = []
    for item in dimensions:
        note = signed[item.key].fields["audit_note"]
        if item.audit_note != note or "auditNote" in item.misfits:
            item.audit_note = note
            item.misfits = {key: raw for key, raw in item.misfits.items() if key != "auditNote"}
            restored.append(item)
    return restored


def count_judged(policy: Policy, dimensions: Iterable[DimensionAnalysis], verdicts: Iterable[Verdict]) -> int:
    """Return how many of the dimensions some verdict judged as they stand there now.

    A signature uses its verdicts up, and a next review that is due all that were given before.
    """
    is_signed = policy.review_status == State.VERIFIED and policy.signed_digest == policy.content_digest
    since = policy.next_review_on if is_signed or policy.is_past_review else None
    given = {
        (verdict.dimension_key, verdict.content_digest)
        for verdict in verdicts
        if since is None or localdate(verdict.created_at) >= since
    }
    return sum((item.key, item.content_digest) in given for item in dimensions)


def credit_authors(
    policy: Policy, dimensions: Iterable[DimensionAnalysis], changes: Iterable[Change], *, author: User | None
) -> None:
    """Make the author answer for each changed value from now on, or nobody where it came from a file.

    ``dimensions`` are those that the record has then. That one came or went is a change of the record itself.
    """
    by_key = {item.key: item for item in dimensions}
    for change in changes:
        if change.dimension is None:
            _credit(policy, change.at, author)
            continue
        if change.dimension in by_key:
            _credit(by_key[change.dimension], change.at[2:], author)
        if len(change.at) == 3 and REMOVED in (change.old, change.new):  # every dimension has all fields
            _credit(policy, change.at[:2], author)


def _credit(row: Policy | DimensionAnalysis, place: KeyPath, author: User | None) -> None:
    row.edited_by = author
    if author is None:
        row.authors.pop(dotted(place), None)
    else:
        row.authors[dotted(place)] = author.pk


def stamp(row: Any, *, actor: User | None, reason: str, at: Any) -> None:
    """Tell the row's next history row who, why and when."""
    row._history_user = actor
    row._change_reason = reason
    row._history_date = at


def next_moment(policy: Policy) -> dt.datetime:
    """Return the time of the policy's next version: now, yet after its last one where the clock stepped back."""
    now = timezone.now()
    # Versions are told apart by their time.
    return now if policy._state.adding else max(now, policy.updated_at + dt.timedelta(microseconds=1))


def record_revision(
    policy: Policy,
    *,
    dimensions: Sequence[DimensionAnalysis],
    changed: Iterable[DimensionAnalysis] = (),
    removed: Sequence[DimensionAnalysis] = (),
    actor: User | None,
    reason: str,
    at: dt.datetime | None = None,
    verdicts: Sequence[Verdict] = (),
) -> None:
    """Save the policy and the changed dimensions as its next version. The caller holds the door and a transaction.

    ``dimensions`` are those the record has from now on, changed ones among them. ``at`` is a ``next_moment`` that
    another row bears already, ``verdicts`` those given just now.
    """
    now = at or next_moment(policy)
    before = footprint_of(policy, (*dimensions, *removed))
    given: list[Verdict] = []
    is_new = policy._state.adding
    if not is_new:
        policy.version += 1
        given = [*policy.verdicts.all(), *verdicts]
    values, restored = derive_values(policy, dimensions, given)
    settle_conflicts(policy, values, at=now)
    policy.updated_at = now
    stamp(policy, actor=actor, reason=reason, at=now)
    policy.save()
    for item in removed:
        stamp(item, actor=actor, reason=reason, at=now)
        item.delete()
    rows = list({item.key: item for item in (*changed, *restored)}.values())
    for item in rows:
        item.policy = policy
        stamp(item, actor=actor, reason=reason, at=now)
    save_dimensions(rows)
    refresh_findings(policy, dimensions, values, before=before)
    if not is_new and not policy.is_waiting:
        end_work(policy, actor=actor, reason=reason, at=now)


def end_work(
    policy: Policy, *, actor: User | None, reason: str, at: dt.datetime, is_own_only: bool = False
) -> None:
    """End the assignment, with history, and the hold: all that there is, or the actor's own only.

    ``policy`` comes from ``lock_policy``, which read both.
    """
    assignment: Assignment | None = getattr(policy, "assignment", None)
    if assignment and (not is_own_only or assignment.assignee == actor):
        stamp(assignment, actor=actor, reason=reason, at=at)
        assignment.delete()
    hold: Hold | None = getattr(policy, "hold", None)
    if hold and (not is_own_only or hold.person == actor):
        # Somebody may have taken it over since: theirs stays.
        mine = {"person": actor} if is_own_only else {}
        Hold.objects.filter(pk=hold.pk, **mine).delete()


def save_dimensions(rows: Iterable[DimensionAnalysis]) -> None:
    """Save rows that are stamped, and their history, in four statements however many there are."""
    rows = list(rows)
    new = [row for row in rows if row._state.adding]
    old = [row for row in rows if not row._state.adding]
    if new:
        DimensionAnalysis.objects.bulk_create(new)
        DimensionAnalysis.history.bulk_history_create(new)
    if old:
        # One statement that names each value once; ``bulk_update`` takes a branch for each row and column.
        DimensionAnalysis.objects.bulk_create(
            old, update_conflicts=True, unique_fields=["id"], update_fields=_DIMENSION_COLUMNS
        )
        DimensionAnalysis.history.bulk_history_create(old, update=True)


def remember_file(
    policy: Policy,
    root: Path | str,
    path: str,
    text: str,
    *,
    file_status: str,
    actor: User | None,
    reason: str,
    commit: str = "",
) -> None:
    """Keep the text that stands on disk now, and the status it states, as the base of the next comparison.

    ``commit`` is that of a git repository where the text is known to stand in it.
    """
    if policy.file_status != file_status:
        policy.file_status = file_status
        record_revision(policy, dimensions=list(policy.dimensions.all()), actor=actor, reason=reason)
    source = getattr(policy, "source_file", None) or SourceFile(policy=policy)
    source.root, source.path, source.text, source.text_digest = str(root), path, text, digest_text(text)
    source.seen_at, source.commit = timezone.now(), commit
    stamp(source, actor=actor, reason=reason, at=source.seen_at)
    source.save()


def last_note(policy: Policy, key: str) -> str:
    """Return the audit note that a dimension had when it was taken out of the record, or nothing."""
    rows = DimensionAnalysis.history.filter(policy_id=policy.pk, key=key)
    notes = rows.order_by("-history_date", "-history_id").values_list("audit_note", flat=True)
    return notes.first() or ""


def lock_policy(policy_pk: int) -> Policy:
    """Return the policy with all that decisions need, its row locked until the transaction ends.

    Raises ``Policy.DoesNotExist``.
    """
    return _lock(policy_pk, Policy.objects.filter(pk=policy_pk))[0]


def lock_with_translations(policy_pk: int) -> tuple[Policy, list[Policy]]:
    """Return the policy and its translations, each as ``lock_policy`` does; in as many queries as one takes."""
    same = Policy.objects.filter(pk=policy_pk).values("policy_id")
    return _lock(policy_pk, Policy.objects.filter(policy_id__in=same))


def _lock(policy_pk: int, policies: QuerySet[Policy]) -> tuple[Policy, list[Policy]]:
    """Lock in one order, so that no two people wait for each other, and return that policy and the others.

    Locked first and read then: PostgreSQL gives who waited for a lock that row as it is now, and the rows
    joined to it as they were before.
    """
    # Not the key: who stores a finding of a record, for a change of another one, refers to that and need not wait.
    pks = list(policies.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    skips = Skip.objects.filter(policy=OuterRef("pk"))
    end = {name: TrailHead.objects.values(name)[:1] for name in ("number", "hash")}
    found = Policy.objects.for_review().annotate(is_skipped=Exists(skips), **end).filter(pk__in=pks)
    rows = {row.pk: row for row in found.order_by("pk")}
    if policy_pk not in rows:
        raise Policy.DoesNotExist(policy_pk)
    head = TrailHead(**{name: rows[policy_pk].__dict__[name] for name in end})
    for row in rows.values():
        row.trail_head = head  # one for all: who appends moves it on
    return rows.pop(policy_pk), list(rows.values())
