"""Is the audit trail as it was written? A walk through all of it names every entry that is not, the first one first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter

from django.db import DatabaseError, router
from django.db.models import F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from reviews.models import Decision, Policy, TrailHead, Verdict
from reviews.models.trail import START, chain
from reviews.models.triggers import missing_triggers
from reviews.schema import digest_dimension, digest_policy, digest_text
from reviews.signoffs import SignedFile
from reviews.states import TRANSITIONS, Standing, State

CHUNK = 200  # rows that are in memory at a time, with the texts that were signed
_MOVES = [row.name for row in TRANSITIONS if row.target]
_LAST_MOVE = Decision.objects.filter(policy=OuterRef("pk"), transition__in=_MOVES).order_by("-trail_number")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is not as it was written, and where: an entry of the trail, its head, a record, a line or a trigger."""

    kind: str  # verdict, decision, head, record, line, trigger
    what: str
    number: int | None = None
    record: str = ""
    person: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailReport:
    """How far the trail goes, what was held against it, and each fault: those of the trail first, in its order.

    ``signed`` are the records with a sign-off, ``stale`` those of them whose content changed since.
    """

    number: int
    hash: str
    signed: int
    stale: int
    lines: int
    faults: tuple[Fault, ...]


def check_trail(lines: Iterable[SignedFile] = ()) -> TrailReport:
    """Read the whole trail, and hold against it the records that it verified, the lines of a manifest and the triggers.

    Who appends meanwhile disturbs nothing: what came after the head was read is not looked at.
    """
    # Before the head: an entry and the head that covers it are committed together.
    end = max(model.objects.aggregate(end=Max("trail_number"))["end"] or 0 for model in (Verdict, Decision))
    heads = list(TrailHead.objects.order_by("pk"))
    head = heads[0] if len(heads) == 1 else TrailHead(number=end, hash="")
    faults = list(_walk(head, end))
    if len(heads) != 1:
        said = _("The head of the trail is gone: nobody can say whether entries are missing at its end.")
        faults.append(Fault("head", said if not heads else _("The trail has more than one head.")))
    signed = Policy.objects.filter(review_status=State.VERIFIED)
    stale = signed.filter(standing=Standing.STALE)
    faults += _check_states()
    faults += _check_verified(signed)
    entries = list(lines)
    for line, what in unbacked_lines(entries):
        name = f"{line.id} ({line.language})"
        faults.append(Fault("line", what % {"entry": line.decision}, line.decision, name, line.reviewer))
    faults += [
        Fault("trigger", _("The trigger “%(name)s” is not there, or was changed.") % {"name": name})
        for name in missing_triggers(router.db_for_read(Verdict))
    ]
    return TrailReport(head.number, head.hash, signed.count(), stale.count(), len(entries), tuple(faults))


def _walk(head: TrailHead, end: int) -> Iterator[Fault]:
    """Yield what is wrong with the entries, in their order, and with the end of the trail."""
    number, last, latest = 0, START, {Verdict: 0, Decision: 0}
    try:
        for row in merge(_entries(Verdict), _entries(Decision), key=attrgetter("trail_number")):
            if row.trail_number > max(head.number, end):
                break  # appended since
            if what := _fault_of(row, number, last, latest[type(row)], head):
                yield Fault(
                    row._meta.model_name or "",
                    what,
                    row.trail_number,
                    str(row.policy),
                    row.actor_name,
                    row.created_at,
                )
            # Each entry is held against the one before it as that stands: what else was changed shows by itself.
            number, last, latest[type(row)] = row.trail_number, row.trail_hash, row.pk
    except (DatabaseError, ValueError, TypeError, AttributeError) as error:
        said = _("What follows entry %(number)s cannot be read: %(why)s")
        yield Fault("head", said % {"number": number, "why": error}, number)
        return
    if number < head.number:
        said = _("The trail ends with entry %(number)s, and its head says %(end)s: what came last is gone.")
        yield Fault("head", said % {"number": number, "end": head.number}, head.number)
    elif number == head.number and head.pk and last != head.hash:
        yield Fault("head", _("The head of the trail has another hash than its last entry."), head.number)


def _entries(model: type[Verdict | Decision]) -> Iterator[Verdict | Decision]:
    names = ["trail_number", "trail_hash", *model.trail_fields, "policy__policy_id", "policy__language"]
    if model is Decision:
        names.append("signed_text")
    rows: QuerySet[Verdict | Decision] = model.objects.order_by("trail_number", "pk")
    return rows.select_related("policy").only(*names).iterator(chunk_size=CHUNK)


def _fault_of(row: Verdict | Decision, number: int, last: str, latest: int, head: TrailHead) -> str:
    """Return what is wrong with an entry, or nothing; ``latest`` is the key of the one of its kind before it."""
    if row.trail_number == number:
        return _("The entry before it has the same number.")
    if row.trail_number > number + 1:
        said = _("The entry before it is number %(number)s: what stood between them is gone.")
        return said % {"number": number}
    if row.trail_hash != chain(last, row.trail_content):
        return _("It is not what was written, or does not stand where it was written: its hash does not fit.")
    if isinstance(row, Decision) and row.signed_text_digest != (
        row.signed_text and digest_text(row.signed_text)
    ):
        return _("The text that was signed is another one now.")
    if row.pk <= latest:
        return _("Its key, or that of the one of its kind before it, was changed: they are in another order.")
    if row.trail_number > head.number:
        return _("It stands behind the head of the trail, which says that number %(end)s is the last.") % {
            "end": head.number
        }
    return ""


def _check_states() -> Iterator[Fault]:
    """Yield the records that do not stand where the last decision that moved them put them."""
    rows = Policy.objects.annotate(
        entry=_LAST_MOVE.values("trail_number")[:1], moved_to=_LAST_MOVE.values("to_state")[:1]
    ).exclude(review_status=F("moved_to"))
    # A draft whose file claims verified waits for a reviewer without anybody's decision.
    claimed = Q(moved_to=State.DRAFT, review_status=State.IN_REVIEW)
    for policy in (
        rows.filter(moved_to__isnull=False).exclude(claimed).only("policy_id", "language", "review_status")
    ):
        said = _("It is “%(now)s”, and entry %(entry)s made it “%(then)s”.")
        found = policy.__dict__  # with what was annotated
        words = {"now": policy.review_status, "entry": found["entry"], "then": found["moved_to"]}
        yield Fault("record", said % words, found["entry"], str(policy))


def _check_verified(policies: QuerySet[Policy]) -> Iterator[Fault]:
    """Yield the verified records whose sign-off is not theirs, or whose values are not those that they stand for."""
    rows = policies.order_by("pk").select_related("signoff").defer("signoff__signed_text")
    rows = rows.annotate(entry=_LAST_MOVE.values("trail_number")[:1])
    for policy in rows.prefetch_related("dimensions").iterator(chunk_size=CHUNK):
        signoff, values, last = policy.signoff, policy.to_values(), policy.__dict__["entry"]
        claims = {key: digest_dimension(key, item) for key, item in values.dimensions.items()}
        if signoff is None or signoff.policy_id != policy.pk or signoff.transition != "verify":
            what = _("Its sign-off is no signature of this record.")
        elif signoff.trail_number != last:
            what = _("Its sign-off is entry %(entry)s, and entry %(last)s moved it last.")
        elif policy.signed_digest != signoff.content_digest:
            what = _("The content that it says was signed is not what entry %(entry)s signed.")
        elif policy.content_digest != digest_policy(policy.policy_id, policy.language, values, claims):
            what = _("Its values were changed past PolicyHub: they are not those of its content digest.")
        else:
            continue
        entry = signoff.trail_number if signoff else None
        person = signoff.actor_name if signoff else ""
        words = {"entry": entry, "last": last}
        yield Fault("record", what % words, entry, str(policy), person, policy.updated_at)


def unbacked_lines(lines: Sequence[SignedFile]) -> Iterator[tuple[SignedFile, str]]:
    """Yield the lines of a manifest that no signature of this trail backs, and why; the trail knows no paths."""
    signatures = Decision.objects.filter(transition="verify").select_related("policy")
    columns = ("trail_number", "trail_hash", "signed_text_digest", "actor_name", "created_at")
    rows = signatures.only(*columns, "policy__policy_id", "policy__language")
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        by_number = {
            row.trail_number: row for row in rows.filter(trail_number__in=[line.decision for line in chunk])
        }
        for line in chunk:
            row = by_number.get(line.decision)
            if row is None:
                yield line, _("The line names entry %(entry)s, which is no signature in this trail.")
            elif not _is_of(line, row):
                yield line, _("The line says something else than entry %(entry)s, which it names.")


def _is_of(line: SignedFile, row: Decision) -> bool:
    """Whether a line says what the decision does; the day is the decision's somewhere: whose counts is a setting."""
    at = row.created_at.astimezone(dt.UTC)
    days = {str((at + dt.timedelta(hours=hours)).date()) for hours in (-12, 0, 14)}
    said = (row.policy.policy_id, row.policy.language, row.actor_name, row.signed_text_digest, row.trail_hash)
    return said == (line.id, line.language, line.reviewer, line.digest, line.trail) and line.date in days
