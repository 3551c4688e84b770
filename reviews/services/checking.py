"""Keeps the stored findings true: of a record that was saved and of its neighbours, after an import, and of all.

Floor below ``recording``: whoever saves a record refreshes its findings in the same transaction, and only rows that
differ are written. What time alone changes (an audit that grows old, verdicts that a next review makes void) only
``check_policies`` sees: run it daily.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField, Window
from django.db.models.functions import Cast, DenseRank
from django.utils.timezone import localdate

from reviews.models import DimensionAnalysis, Policy
from reviews.models import Finding as FindingRow
from reviews.models.door import Door, open_door
from reviews.quality import (
    MOST_PARTNERS,
    NEIGHBOUR_CHECKS,
    NOTE_REPEATED,
    NOTE_REPEATS,
    RECORD_CHECKS,
    SUPERSESSION_CHECKS,
    TITLE_TWICE,
    TRANSLATION_CHECKS,
    Check,
    Finding,
    Outline,
    Record,
    Surroundings,
    check_neighbours,
    check_record,
    title_key,
)
from reviews.schema import PolicyValues
from reviews.selectors.progress import IS_JUDGED_COUNT_TRUE
from reviews.services.bulk_rows import insert_values
from reviews.states import Standing, State

PORTION = 500  # records whose texts are in memory at a time
_OUTLINE = ("policy_id", "language", "title", "status", "source", "url", "supersedes", "superseded_by")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a run over all records did: how many it checked, and how many stored findings came and went."""

    checked: int
    found: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the checks of other records can see of one: to tell whether a save changed it."""

    content_digest: str
    notes: frozenset[str]


def footprint_of(policy: Policy, dimensions: Iterable[DimensionAnalysis]) -> Footprint:
    """Return the footprint of a record as it stands; of one that is new or retired it is empty."""
    if policy.is_retired:
        return Footprint("", frozenset())
    return Footprint(policy.content_digest, frozenset(item.note_digest for item in dimensions) - {""})


def refresh_findings(
    policy: Policy, dimensions: Sequence[DimensionAnalysis], values: PolicyValues, *, before: Footprint
) -> None:
    """Bring the findings of a record that was just saved up to date, and those of others that the save changed.

    Where the content stayed what it was, as in a review, that takes two to four queries. The caller holds the door.
    """
    update = _Update()
    after = footprint_of(policy, dimensions)
    sharers = _sharers_of(before.notes | after.notes)
    counts = {note: len(records) for note, records in sharers.items()}
    is_changed = after.content_digest != before.content_digest
    others, twins = _neighbours_of(policy) if is_changed else ({}, set())
    outline = outline_of(policy, dimensions)
    mine = () if policy.is_retired else (outline,)
    around = Surroundings(
        (*mine, *(item for pk, item in others.items() if pk != policy.pk)), counts, _languages()
    )
    own = NEIGHBOUR_CHECKS if is_changed else (NOTE_REPEATED,)
    found: list[Finding] = []
    if not policy.is_retired:
        found = [*_check(policy, values, localdate()), *check_neighbours(outline, around, own)]
    update.put(policy.pk, (*RECORD_CHECKS, *own), found)
    for pk, other in others.items():
        if pk == policy.pk:
            continue
        if other.policy_id == policy.policy_id:
            update.put(pk, TRANSLATION_CHECKS, check_neighbours(other, around, TRANSLATION_CHECKS))
            continue
        if other.language == policy.language and title_key(other.title) in twins:
            update.put(pk, (TITLE_TWICE,), check_neighbours(other, around, (TITLE_TWICE,)))
        # What it says of other partners was not read.
        said = check_neighbours(other, around, SUPERSESSION_CHECKS)
        of_this = [item for item in said if item.detail == policy.policy_id]
        update.put(pk, SUPERSESSION_CHECKS, of_this, detail=policy.policy_id)
    _put_sharers(update, policy, before.notes ^ after.notes, sharers)
    update.write()


def refresh_own_findings(records: Iterable[tuple[Policy, PolicyValues]]) -> None:
    """Bring up to date what is found in records that were just saved, each looked at alone: ``refresh_neighbours``
    does the rest, where an outline is another one than before.
    """
    update, today = _Update(), localdate()
    for policy, values in records:
        update.put(policy.pk, RECORD_CHECKS, [] if policy.is_retired else _check(policy, values, today))
    update.write()


def insert_findings(
    records: Iterable[tuple[Policy, Sequence[DimensionAnalysis], PolicyValues]],
) -> dict[int, Outline]:
    """Store what is found in new records, each looked at alone, and return their outlines by primary key.

    ``refresh_neighbours`` does the rest, once all are in.
    """
    today = localdate()
    found: list[tuple[int, str, str, str]] = []
    outlines = {}
    for policy, dimensions, values in records:
        pk, is_claimed = policy.pk, values.fields["file_status"] == State.VERIFIED
        record = Record(policy.language, values, is_claimed, today)
        found += [(pk, *item) for item in check_record(record)]
        outlines[pk] = outline_of(policy, dimensions)
    _insert(found)
    return outlines


def refresh_neighbours(new: dict[int, Outline]) -> None:
    """Bring up to date in all records what is found by comparing them, now that ``new`` ones are there: in three
    queries, besides the rows that differ.
    """
    update = _Update(everywhere=NEIGHBOUR_CHECKS)
    _put_neighbours(update, new)
    update.write()


def refresh_changed(changed: Sequence[tuple[Outline, Outline]]) -> None:
    """Bring up to date what is found by comparing records, now that these changed: each as it was, and as it is.

    Where only translations look at what changed, which is most of the time, only they are read.
    """
    ids = {after.policy_id for _before, after in changed}
    if len(ids) > PORTION or not all(_is_for_translations(before, after) for before, after in changed):
        refresh_neighbours({})
        return
    policies = Policy.objects.kept().filter(policy_id__in=ids)
    dimensions = DimensionAnalysis.objects.filter(policy__policy_id__in=ids)
    outlines = _read_outlines(policies.order_by("pk"), dimensions.order_by())
    update, around = _Update(), Surroundings(tuple(outlines.values()), {}, _languages())
    for pk, outline in outlines.items():
        update.put(pk, TRANSLATION_CHECKS, check_neighbours(outline, around, TRANSLATION_CHECKS))
    update.write()


def _is_for_translations(before: Outline, after: Outline) -> bool:
    seen = {name: getattr(after, name) for name in ("status", "source", "url", "scores")}
    return before._replace(**seen) == after


def check_all_policies(*, today: dt.date | None = None) -> CheckReport:
    """Check every record anew, as of ``today``, and store what is found. Nobody's act: it leaves no history.

    In those that are retired nothing is looked for.
    Where the day of a next review came without a write, no verdict counts as given any more.
    """
    update = _Update(everywhere=(*RECORD_CHECKS, *NEIGHBOUR_CHECKS))
    with transaction.atomic(), open_door(Door.CONTENT):
        # Locked, and in the order in which others lock several: who saves meanwhile waits, and refreshes then.
        kept = Policy.objects.kept().order_by("pk")
        pks = list(kept.select_for_update(no_key=True).values_list("pk", flat=True))
        policies = kept.prefetch_related("dimensions")
        for policy in policies.iterator(chunk_size=PORTION):
            update.wanted[policy.pk].update(_check(policy, policy.to_values(), today or localdate()))
        _put_neighbours(update, {})
        added, removed = update.write()
        Policy.objects.exclude(IS_JUDGED_COUNT_TRUE).update(judged=0)
    return CheckReport(len(pks), sum(map(len, update.wanted.values())), added, removed)


# -- what is written --------------------------------------------------------------------------------------


class _Scope(NamedTuple):
    """Which stored findings of a record were looked for anew."""

    checks: frozenset[str]
    dimension_key: str | None
    detail: str | None

    def covers(self, item: Finding) -> bool:
        return (
            item.check_id in self.checks
            and self.dimension_key in (None, item.dimension_key)
            and self.detail in (None, item.detail)
        )


@dataclass(frozen=True, slots=True)
class _Update:
    """What is found by record, and what was looked for: in each of them, or ``everywhere``."""

    everywhere: Sequence[Check] = ()
    wanted: defaultdict[int, set[Finding]] = field(default_factory=lambda: defaultdict(set))
    scopes: defaultdict[int, list[_Scope]] = field(default_factory=lambda: defaultdict(list))

    def put(
        self,
        pk: int,
        checks: Iterable[Check],
        found: Iterable[Finding],
        *,
        dimension_key: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Say what was looked for in a record, and what was found."""
        self.scopes[pk].append(_Scope(frozenset(check.id for check in checks), dimension_key, detail))
        self.wanted[pk].update(found)

    def write(self) -> tuple[int, int]:
        """Delete and insert the rows that differ, and return how many came and went."""
        rows = FindingRow.objects.all()
        rows = (
            rows.filter(check_id__in=[check.id for check in self.everywhere])
            if self.everywhere
            else rows.filter(policy__in=self.scopes)
        )
        stored: set[tuple[int, Finding]] = set()
        gone = []
        for pk, policy_pk, *what in rows.values_list(
            "pk", "policy_id", "check_id", "dimension_key", "detail"
        ):
            item = Finding(*what)
            if not self.everywhere and not any(scope.covers(item) for scope in self.scopes[policy_pk]):
                continue
            if item not in self.wanted.get(policy_pk, ()) or (policy_pk, item) in stored:
                gone.append(pk)
            else:
                stored.add((policy_pk, item))
        for start in range(0, len(gone), PORTION):
            FindingRow.objects.filter(pk__in=gone[start : start + PORTION]).delete()
        new = [
            (pk, *item)
            for pk, found in self.wanted.items()
            for item in sorted(found)
            if (pk, item) not in stored
        ]
        _insert(new)
        return len(new), len(gone)


def _insert(rows: Iterable[tuple[int, str, str, str]]) -> None:
    insert_values(FindingRow, ("policy_id", "check_id", "dimension_key", "detail"), rows)


# -- what is read -----------------------------------------------------------------------------------------


def _check(policy: Policy, values: PolicyValues, today: dt.date) -> list[Finding]:
    return check_record(Record(policy.language, values, policy.standing == Standing.CLAIMED, today))


def outline_of(policy: Policy, dimensions: Iterable[DimensionAnalysis]) -> Outline:
    """Return what the checks of other records see of a record."""
    rows = list(dimensions)
    scores = {item.key: item.score for item in rows}
    notes = {item.key: item.note_digest for item in rows if item.note_digest}
    return Outline._make([*(getattr(policy, name) for name in _OUTLINE), scores, notes])


def _read_outlines(policies: QuerySet[Policy], dimensions: QuerySet[DimensionAnalysis]) -> dict[int, Outline]:
    """Return the outlines of records by primary key, in two queries."""
    rows = policies.values_list("pk", *_OUTLINE)
    outlines = {pk: Outline._make([*columns, {}, {}]) for pk, *columns in rows.iterator()}
    columns = dimensions.values_list("policy_id", "key", "score", "note_digest")
    for pk, key, score, note in columns.iterator():
        if (outline := outlines.get(pk)) is not None:
            outline.scores[key] = score
            if note:
                outline.notes[key] = note
    return outlines


def _put_neighbours(update: _Update, new: dict[int, Outline]) -> None:
    """Compare all records; of those that an import just added the outlines are known."""
    policies, dimensions = Policy.objects.kept().order_by("pk"), DimensionAnalysis.objects.order_by()
    if new:  # primary keys only grow
        policies, dimensions = policies.filter(pk__lt=min(new)), dimensions.filter(policy__lt=min(new))
    outlines = {**_read_outlines(policies, dimensions), **new}
    counts = Counter(note for outline in outlines.values() for note in set(outline.notes.values()))
    around = Surroundings(tuple(outlines.values()), counts, _languages())
    for pk, outline in outlines.items():
        update.wanted[pk].update(check_neighbours(outline, around))


def _neighbours_of(policy: Policy) -> tuple[dict[int, Outline], set[str]]:
    """Return the records whose findings a change of this one can touch, and the titles that it has and had.

    They are its translations, those that it names or that name it, and all that have one of the titles.
    """
    stored = FindingRow.objects.filter(policy=policy, check_id=TITLE_TWICE.id)
    namesakes = list(stored.values_list("detail", flat=True))
    had = Policy.objects.filter(policy_id__in=namesakes, language=policy.language).values("title_digest")
    titled = Q(title_digest=policy.title_digest) | Q(title_digest__in=had)
    # A list of ids is stored as JSON, with other letters than ASCII's escaped or not, as the database likes.
    spelled = {json.dumps(policy.policy_id), json.dumps(policy.policy_id, ensure_ascii=False)}
    names = Q(superseded_by=policy.policy_id) | reduce(or_, (Q(named__contains=item) for item in spelled))
    rows = (
        Policy.objects.kept()
        .annotate(named=Cast("supersedes", TextField()))
        .filter(
            Q(policy_id__in=[policy.policy_id, policy.superseded_by, *policy.supersedes[:MOST_PARTNERS]])
            | names
            | (titled & Q(language=policy.language))
        )
    )
    dimensions = DimensionAnalysis.objects.filter(policy__policy_id=policy.policy_id)
    outlines = _read_outlines(rows.order_by("pk"), dimensions.order_by())
    titles = {title_key(item.title) for item in outlines.values() if item.policy_id in namesakes}
    return outlines, {title_key(policy.title), *titles}


def _languages() -> tuple[str, ...]:
    return tuple(settings.POLICYHUB_LANGUAGES)


def _sharers_of(notes: Iterable[str]) -> dict[str, dict[int, list[str]]]:
    """Return for each note the records on which it stands, with the dimensions, in one query.

    One more than make a note one of many: that there are still more changes nothing.
    """
    sharers: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    if not (digests := set(notes)):
        return sharers
    rank = Window(DenseRank(), partition_by=F("note_digest"), order_by="policy_id")
    kept = DimensionAnalysis.objects.exclude(policy__state=State.RETIRED)
    rows = kept.filter(note_digest__in=digests).order_by().annotate(rank=rank)
    few = rows.filter(rank__lte=NOTE_REPEATS + 1)
    for note, pk, key in few.values_list("note_digest", "policy_id", "key"):
        sharers[note][pk].append(key)
    return sharers


def _put_sharers(
    update: _Update, policy: Policy, changed: Iterable[str], sharers: dict[str, dict[int, list[str]]]
) -> None:
    """Look again at other records with a note that came or went here, and so is now one of many, or no longer."""
    for note in changed:
        records = sharers.get(note, {})
        if len(records) not in (NOTE_REPEATS - 1, NOTE_REPEATS):
            continue
        for pk, keys in records.items():
            for key in keys if pk != policy.pk else ():
                found = [Finding(NOTE_REPEATED.id, key, "")] if len(records) >= NOTE_REPEATS else []
                update.put(pk, (NOTE_REPEATED,), found, dimension_key=key)
