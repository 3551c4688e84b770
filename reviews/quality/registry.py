"""The registry on one screen: every check with its id, how much it weighs, what it says and what to do about it.

The review page, the list's filter, the dashboard, ``check_policies`` and docs/checks.md derive from ``CHECKS``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from reviews.documents import KeyPath
from reviews.quality import claims, facts, neighbours
from reviews.quality.claims import in_each
from reviews.quality.records import Finding, Outline, Record, Severity, Spot, Surroundings
from reviews.schema import PolicyValues, listed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BLOCKING, WARNING, NOTICE = Severity


@dataclass(frozen=True, slots=True)
class Check:
    """One row: ``message`` names what was found, a finding's ``detail`` shows it, ``hint`` says what to do.

    ``at`` is the key of the value that it is about, in the dimension where the finding names one; none is the body.
    """

    id: str
    at: KeyPath
    severity: Severity
    message: StrOrPromise
    hint: StrOrPromise


@dataclass(frozen=True, slots=True)
class RecordCheck(Check):
    """A check that needs to know one record alone."""

    find: Callable[[Record], Iterable[Spot]]


@dataclass(frozen=True, slots=True)
class NeighbourCheck(Check):
    """A check that compares a record with others."""

    find: Callable[[Outline, Surroundings], Iterable[Spot]]


NOTE_REPEATED = NeighbourCheck(
    "note-repeated",
    ("auditNote",),
    WARNING,
    _("Audit note that stands on five or more records"),
    _(
        "Word for word the same, it can hardly say what was checked here: write what you found in this source."
    ),
    neighbours.repeated_note,
)
TITLE_TWICE = NeighbourCheck(
    "title-twice",
    ("title",),
    WARNING,
    _("Same title as another policy"),
    _("Tell the two apart in their titles, or merge them if they are one."),
    neighbours.same_title,
)

# In the order in which they are listed; the blocking ones are what makes a signature mean nothing.
CHECKS: tuple[RecordCheck | NeighbourCheck, ...] = (
    RecordCheck(
        "evidence-missing",
        ("evidence",),
        BLOCKING,
        _("No evidence"),
        _("Write what the source says that supports the score: without it there is nothing to sign."),
        in_each(claims.no_evidence),
    ),
    RecordCheck(
        "evidence-placeholder",
        ("evidence",),
        BLOCKING,
        _("Placeholder instead of evidence"),
        _("Replace it with what the source says. Where the source says nothing, write what was read."),
        in_each(claims.placeholder_evidence),
    ),
    RecordCheck(
        "score-off-scale",
        ("score",),
        BLOCKING,
        _("Score outside 0 to 100"),
        _("Correct the score."),
        in_each(claims.score_off_scale),
    ),
    RecordCheck(
        "source-link-missing",
        ("url",),
        BLOCKING,
        _("No source link that opens"),
        _("Give the address of the source, one that begins with http:// or https://."),
        facts.no_source_link,
    ),
    RecordCheck(
        "evidence-vague",
        ("evidence",),
        WARNING,
        _("Evidence that leaves something open"),
        _("Say what the source says. Where the source itself leaves it open, all is well."),
        in_each(claims.vague_evidence),
    ),
    RecordCheck(
        "evidence-short",
        ("evidence",),
        WARNING,
        _("Evidence under 60 characters"),
        _("Say what the source provides, for whom and since when. A Chinese character counts as two."),
        in_each(claims.short_evidence),
    ),
    RecordCheck(
        "evidence-repeated",
        ("evidence",),
        WARNING,
        _("The same evidence under several dimensions"),
        _("One sentence can hardly support them all: give each dimension its own evidence."),
        claims.repeated_evidence,
    ),
    RecordCheck(
        "evidence-marked-ai",
        ("evidence",),
        WARNING,
        _("Marked as AI-generated"),
        _("Read it against the source; when it is right, take the mark away."),
        claims.marked_ai,
    ),
    RecordCheck(
        "label-placeholder",
        ("label",),
        WARNING,
        _("Placeholder instead of a label"),
        _("Name what the evidence shows, in a few words."),
        in_each(claims.placeholder_label),
    ),
    RecordCheck(
        "label-figure",
        ("label",),
        WARNING,
        _("Figure in the label that the evidence does not contain"),
        _("Add the figure to the evidence with what it stands for, or correct the label."),
        in_each(claims.unsupported_figure),
    ),
    RecordCheck(
        "citation-missing",
        ("citation",),
        WARNING,
        _("No citation"),
        _("Name the article, section or page of the source."),
        in_each(claims.no_citation),
    ),
    NOTE_REPEATED,
    RecordCheck(
        "dimensions-missing",
        ("analysis",),
        WARNING,
        _("No dimension"),
        _("Nothing is scored here: add the dimensions that the policy bears on."),
        claims.no_dimensions,
    ),
    RecordCheck(
        "claim-unbacked",
        ("reviewStatus",),
        WARNING,
        _("Verified without a decision"),
        _("The file says so, and nobody signed it: review it, then verify or request changes."),
        facts.claimed,
    ),
    RecordCheck(
        "reviewer-nobody",
        ("provenance", "reviewer"),
        WARNING,
        _("Reviewer who is no person"),
        _("Review the record: who verifies it becomes its reviewer."),
        facts.reviewer_is_nobody,
    ),
    RecordCheck(
        "source-link-front-page",
        ("url",),
        WARNING,
        _("Source link to a front page"),
        _("Link the document itself, so that others can check what it says."),
        facts.front_page_link,
    ),
    RecordCheck(
        "year-mismatch",
        ("year",),
        WARNING,
        _("Year unlike the publication date’s"),
        _("Correct the one that is wrong."),
        facts.other_year,
    ),
    TITLE_TWICE,
    NeighbourCheck(
        "supersession-unknown",
        ("evolution",),
        WARNING,
        _("Supersession of or by an unknown id"),
        _("Correct the id, or add that policy."),
        neighbours.unknown_partner,
    ),
    NeighbourCheck(
        "supersession-one-sided",
        ("evolution",),
        WARNING,
        _("Supersession that the other record does not confirm"),
        _("Name this record in the other one, or take the other one’s id away here."),
        neighbours.silent_partner,
    ),
    NeighbourCheck(
        "translation-score",
        ("score",),
        WARNING,
        _("Translation with another score"),
        _("A score does not depend on the language: correct the one that is wrong."),
        neighbours.other_score,
    ),
    NeighbourCheck(
        "translation-status",
        ("status",),
        WARNING,
        _("Translation with another legal status"),
        _("Look the status up in the source, and correct the one that is out of date."),
        neighbours.other_status,
    ),
    NeighbourCheck(
        "translation-source",
        ("source",),
        WARNING,
        _("Translation with another source"),
        _("Both should rest on the same document: give them the same source and link."),
        neighbours.other_source,
    ),
    NeighbourCheck(
        "translation-missing",
        ("id",),
        NOTICE,
        _("Translation missing"),
        _("Add the policy in this language, under the same id."),
        neighbours.no_translation,
    ),
    RecordCheck(
        "description-unlike-body",
        ("description",),
        NOTICE,
        _("Description unlike the beginning of the body"),
        _("Readers meet both: let them say the same."),
        facts.other_description,
    ),
    RecordCheck(
        "body-short",
        (),
        NOTICE,
        _("Body under 220 characters, or 120 in Chinese"),
        _("Say what the policy does, whom it binds and what came of it."),
        facts.short_body,
    ),
    RecordCheck(
        "audit-old",
        ("provenance", "lastAuditDate"),
        NOTICE,
        _("Last audit more than a year ago"),
        _("Look whether the source changed since, then verify again."),
        facts.old_audit,
    ),
)
CHECKS_BY_ID = {check.id: check for check in CHECKS}
RECORD_CHECKS = tuple(check for check in CHECKS if isinstance(check, RecordCheck))
NEIGHBOUR_CHECKS = tuple(check for check in CHECKS if isinstance(check, NeighbourCheck))
TRANSLATION_CHECKS = tuple(check for check in NEIGHBOUR_CHECKS if check.id.startswith("translation-"))
SUPERSESSION_CHECKS = tuple(check for check in NEIGHBOUR_CHECKS if check.id.startswith("supersession-"))
_BLOCKING_CHECKS = tuple(check for check in RECORD_CHECKS if check.severity is BLOCKING)


def check_record(record: Record, checks: Iterable[RecordCheck] = RECORD_CHECKS) -> list[Finding]:
    """Return what the checks find that need to know this record alone."""
    return [Finding(check.id, *spot) for check in checks for spot in check.find(record)]


def check_neighbours(
    outline: Outline, around: Surroundings, checks: Iterable[NeighbourCheck] = NEIGHBOUR_CHECKS
) -> list[Finding]:
    """Return what the checks find that compare this record with others."""
    return [Finding(check.id, *spot) for check in checks for spot in check.find(outline, around)]


def blocking_reasons(values: PolicyValues) -> tuple[str, ...]:
    """Return a sentence on each check for whose findings nobody may verify the record, in the reader's language."""
    record = Record("", values, is_claimed=False, today=dt.date.min)  # no blocking check asks for these
    found = check_record(record, _BLOCKING_CHECKS)
    return tuple(
        _sentence(CHECKS_BY_ID[check_id], list(items))
        for check_id, items in groupby(found, key=attrgetter("check_id"))
    )


def _sentence(check: Check, found: list[Finding]) -> str:
    """Return findings of one check in words: what it is, where, and what to do."""
    where = listed(_in_quotes(item.dimension_key or item.detail) for item in found)
    parts = {"message": check.message, "where": where, "hint": check.hint}
    if not (found[0].dimension_key or found[0].detail):
        return say("%(message)s. %(hint)s") % parts
    return say("%(message)s: %(where)s. %(hint)s") % parts


def _in_quotes(text: str) -> str:
    return say("“%(text)s”") % {"text": text}
