"""What checks look at, one record and what it must know of others, and what they find there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.utils.translation import gettext_lazy as _

from reviews.quality.phrases import without_mark
from reviews.schema import PolicyValues

K = TypeVar("K")
V = TypeVar("V")

AUDIT_LASTS = dt.timedelta(days=365)
NOTE_REPEATS = 5  # records on which a note may stand word for word before it says nothing of any of them
LONGEST_DETAIL = 200  # characters of a value that a finding repeats: every id whole
MOST_PARTNERS = 50  # ids of a supersession that are looked up; real records name one or two


class Severity(StrEnum):
    """How much a finding weighs, the heaviest first."""

    BLOCKING = "blocking"  # nobody can sign it
    WARNING = "warning"  # read it twice
    NOTICE = "notice"  # worth knowing

    @property
    def label(self) -> str:
        return str(SEVERITY_LABELS[self])

    @property
    def rank(self) -> int:
        """Its place in a list, from 0 for the heaviest."""
        return list(Severity).index(self)


SEVERITY_LABELS = {
    Severity.BLOCKING: _("Blocking"),
    Severity.WARNING: _("Warning"),
    Severity.NOTICE: _("Notice"),
}


class Spot(NamedTuple):
    """Where a check found something: a dimension, or ``""`` for the record; ``detail`` is the datum that shows it."""

    dimension_key: str
    detail: str = ""


class Finding(NamedTuple):
    """One thing that a check found: the row that is stored."""

    check_id: str
    dimension_key: str
    detail: str


class Claim(NamedTuple):
    """One dimension as checks read it: texts without the space around them."""

    key: str
    evidence: str  # without the mark "[AI-Generated]"
    label: str
    citation: str
    score: float | None
    unread_score: Any  # what stands there instead of a number, None where nothing does


@dataclass(frozen=True)
class Record:
    """One record with all its values. ``is_claimed``: it says verified, and no decision backs it."""

    language: str
    values: PolicyValues
    is_claimed: bool
    today: dt.date

    @cached_property
    def claims(self) -> list[Claim]:
        """The dimensions, read once for all checks."""
        return [
            Claim(
                key,
                without_mark(item.fields["evidence"]),
                item.fields["label"].strip(),
                item.fields["citation"].strip(),
                item.fields["score"],
                item.misfits.get("score"),
            )
            for key, item in self.values.dimensions.items()
        ]


class Outline(NamedTuple):
    """One record as far as checks across records care; ``scores`` and ``notes`` by dimension, notes as digests."""

    policy_id: str
    language: str
    title: str
    status: str
    source: str
    url: str
    supersedes: Sequence[str]
    superseded_by: str
    scores: dict[str, float | None]
    notes: dict[str, str]


@dataclass(frozen=True)
class Surroundings:
    """What a record's checks need to know of the others: as much of the hub as was read, itself included.

    ``notes`` counts by a note's digest the records on which it stands; ``languages`` are those in which every
    policy should stand.
    """

    outlines: tuple[Outline, ...]
    notes: Mapping[str, int]
    languages: tuple[str, ...]

    @cached_property
    def by_id(self) -> dict[str, list[Outline]]:
        """The records by id: those of one id are translations of each other."""
        return _grouped((item.policy_id, item) for item in self.outlines)

    @cached_property
    def ids_by_title(self) -> dict[tuple[str, str], list[str]]:
        """The ids of a language's records with one title, sorted."""
        return _grouped(
            sorted(((item.language, title_key(item.title)), item.policy_id) for item in self.outlines)
        )

    def translations_of(self, record: Outline) -> list[Outline]:
        """Return the same policy in other languages."""
        return [item for item in self.by_id.get(record.policy_id, ()) if item.language != record.language]

    def partner_of(self, record: Outline, policy_id: str) -> Outline | None:
        """Return the record of that id, in the same language where there is one."""
        found = self.by_id.get(policy_id, [])
        return next((item for item in found if item.language == record.language), next(iter(found), None))


def title_key(title: str) -> str:
    """Return a title as two that are the same have it: without case and further spaces."""
    return " ".join(title.casefold().split())


def shorten(text: str) -> str:
    """Return a value as a finding repeats it, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_DETAIL else f"{text[: LONGEST_DETAIL - 1]}…"


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
