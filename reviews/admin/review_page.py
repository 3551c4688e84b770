"""What the review page shows: the record beside its translations, each claim, and what can be decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.admin.charts import ScorePicture, radar
from reviews.admin.differences import Difference, differ, plain
from reviews.admin.figures import mark_figures, without_mark
from reviews.admin.review_forms import JudgementForm
from reviews.models import DimensionAnalysis, Policy, Verdict
from reviews.permissions import Allowed, Denied, RecordFacts, has_role, may, may_correct, may_judge
from reviews.schema import CONTENT_FIELDS, is_claim_marked_ai, listed
from reviews.selectors.comments import Thread, threads_of
from reviews.selectors.findings import ShownFinding, findings_of, group_findings
from reviews.selectors.judged import judged_before
from reviews.selectors.notes import count_repeats
from reviews.selectors.signed import changed_since_signature
from reviews.selectors.versions import Version
from reviews.states import TRANSITIONS, State, Transition, VerdictKind

# Fields that stand in the strip of facts or among the texts; all others stand in "Further values".
_FACTS = ("source", "country", "category", "status", "legal_weight", "year", "pub_date")
_HEAD = {"title", "url", "description", "interpretation", *_FACTS}
# Where a move is of the past, or nobody would look for it.
_BEHIND = {
    "submit": {State.IN_REVIEW, State.VERIFIED, State.RETIRED},
    "verify": {State.VERIFIED, State.RETIRED},
    "retire": {State.RETIRED},
    "bring_back": frozenset(State) - {State.RETIRED},
}
_SAME_EVERYWHERE = {"legal_weight", "year", "pub_date", "url"}  # said in the same words in every language


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A value that somebody changed since the page was loaded."""

    difference: Difference
    version: Version


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a save did not go through, with all that was typed."""

    reasons: tuple[str, ...]
    forms: Mapping[str, JudgementForm]
    reason_typed: str
    meanwhile: tuple[Elsewhere, ...]  # what others changed since the page was loaded
    status: int  # of the answer
    is_saved: bool  # notes and verdicts went in, the decision did not

    @property
    def title(self) -> str:
        """What happened, in a line."""
        if self.is_saved:
            return _("Your notes and verdicts are saved; the decision was refused")
        return _("Nothing was saved; all that you typed is below")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the strip; ``is_different`` where the record's own and this translation's should be the same."""

    label: str
    text: str
    is_different: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """One language's row of the strip."""

    policy: Policy
    is_this: bool
    facts: tuple[Fact, ...]
    link: str
    is_link_different: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a dimension says, in one language, ready to be read."""

    language: str
    row: DimensionAnalysis
    evidence: SafeString
    is_marked_ai: bool
    score: str
    width: str  # of the score's picture, of 100; nothing where it is no score
    is_score_different: bool


@dataclass(frozen=True, slots=True)
class Since:
    """What stood there when the dimension was judged last, and what stands there now."""

    verdict: Verdict
    differences: tuple[Difference, ...]  # none where the very same text has to be judged again


@dataclass(frozen=True, slots=True)
class Claim:
    """One dimension as the page shows it."""

    row: DimensionAnalysis
    said: Said
    others: tuple[Said, ...]  # what the translations say
    further: tuple[tuple[str, str], ...]
    verdict: Verdict | None  # the current one
    since: Since | None
    earlier: tuple[Verdict, ...]  # newest first: of an earlier text, or replaced since
    twins: tuple[str, ...]  # languages in which the very same claim stands
    answer: Allowed | Denied  # whether this person may judge it
    is_corrected_by_me: bool
    form: JudgementForm | None
    is_typed: bool  # a refused save gave it back
    repeats: str  # that other records have the very same note
    is_refused: bool  # what a save was refused for
    meanwhile: tuple[Elsewhere, ...]
    threads: Sequence[Thread]  # of comments
    findings: Sequence[ShownFinding]  # of quality checks

    @property
    def is_open(self) -> bool:
        """Whether it waits for a verdict that this person may give."""
        return self.form is not None and self.verdict is None


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the workflow as a button; ``why_not`` is what this page cannot give."""

    row: Transition
    is_open: bool
    why_not: tuple[str, ...]


def describe_page(
    policy: Policy, translations: Sequence[Policy], *, actor: User, refusal: Refusal | None = None
) -> dict[str, Any]:
    """Return what the page's template shows of the record to this person."""
    facts = policy.facts()
    threads, findings = threads_of(policy), group_findings(findings_of(policy))
    claims = _claims(policy, facts, actor, translations, refusal, threads, findings)
    judging = {claim.row.key for claim in claims if claim.form}
    moves = _moves(facts, actor, judging)
    keys = {claim.row.key for claim in claims}
    since_signed = [differ(change) for change in changed_since_signature(policy)]
    return {
        "claims": claims,
        "focus": _focus(claims),
        "judged": sum(claim.verdict is not None for claim in claims),
        "is_judging": bool(judging),
        "may_correct": bool(may_correct(actor, facts)) and bool(judging),
        "moves": moves,
        "closed_move": _closed_move(moves),
        "moves_with_reason": [
            move
            for name in ("request_changes", "abstain", "reopen", "retire")
            for move in moves
            if move.row.name == name and move.is_open
        ],
        "record_threads": threads[""],
        "record_findings": findings.get("", ()),
        "since_signed": since_signed,
        "since_signed_places": listed(item.label for item in since_signed),
        "radar": _radar(policy, translations),
        "strip": _strip(policy, translations),
        "further": _further(policy),
        "source_link": _link(policy.url),
        "refusal": refusal,
        "record_meanwhile": [
            item
            for item in (refusal.meanwhile if refusal else ())
            if item.difference.at[0] != "analysis" or item.difference.at[1] not in keys
        ],
        "orphans": [form for key, form in (refusal.forms if refusal else {}).items() if key not in keys],
    }


def tell_repeats(records: int) -> str:
    """Return on how many other records the same note stands, as a sentence."""
    return ngettext(
        "This note stands word for word on %(count)d other record.",
        "This note stands word for word on %(count)d other records.",
        records,
    ) % {"count": records}


def _focus(claims: Sequence[Claim]) -> int:
    """Return the number of the claim to begin with: what was refused, else the first open one, else the first."""
    ranks = [
        (not (claim.is_refused or claim.meanwhile), not claim.is_open, claim.is_typed, number)
        for number, claim in enumerate(claims, start=1)
    ]
    return min(ranks)[-1] if ranks else 1


# -- claims -----------------------------------------------------------------------------------------------


def _claims(
    policy: Policy,
    facts: RecordFacts,
    actor: User,
    translations: Iterable[Policy],
    refusal: Refusal | None,
    threads: Mapping[str, Sequence[Thread]],
    findings: Mapping[str, Sequence[ShownFinding]],
) -> list[Claim]:
    current = policy.current_verdicts()
    before = judged_before(policy, current)
    given = sorted(policy.verdicts.all(), key=lambda item: -item.pk)
    theirs = [(other.language, {item.key: item for item in other.dimensions.all()}) for other in translations]
    rows = list(policy.dimensions.all())
    repeats = count_repeats([row.audit_note for row in rows], except_pk=policy.pk)
    claims = []
    for index, (row, fact) in enumerate(zip(rows, facts.dimensions, strict=True)):
        answer = may_judge(actor, fact, facts)
        typed = refusal.forms.get(row.key) if refusal else None
        verdict = current.get(row.key)
        same = [(language, items[row.key]) for language, items in theirs if row.key in items]
        is_mine = row.authors.get("evidence") == actor.pk and not answer
        claims.append(
            Claim(
                row,
                _said(policy.language, row),
                tuple(_said(language, item, beside=row) for language, item in same),
                _named(row.extra.items()),
                verdict,
                Since(before[row.key].verdict, tuple(differ(change) for change in before[row.key].changes))
                if row.key in before
                else None,
                tuple(item for item in given if item.dimension_key == row.key and item != verdict),
                tuple(language for language, item in same if item.content_digest == row.content_digest),
                answer,
                is_mine,
                _form(row, index, verdict, typed) if answer or typed else None,
                typed is not None and bool(typed.typed("kind")),
                tell_repeats(repeats[row.audit_note]) if row.audit_note in repeats else "",
                refusal is not None and any(f"“{row.key}”" in reason for reason in refusal.reasons),
                tuple(item for item in refusal.meanwhile if item.difference.at[:2] == ("analysis", row.key))
                if refusal
                else (),
                threads[row.key],
                findings.get(row.key, ()),
            )
        )
    return claims


def _said(language: str, row: DimensionAnalysis, *, beside: DimensionAnalysis | None = None) -> Said:
    is_drawn = row.score is not None and 0 <= row.score <= 100
    return Said(
        language,
        row,
        mark_figures(without_mark(row.evidence)),
        is_claim_marked_ai(row.to_values()),
        plain(row.score),
        plain(row.score) if is_drawn else "",
        beside is not None and row.score != beside.score,
    )


def _form(
    row: DimensionAnalysis, index: int, verdict: Verdict | None, typed: JudgementForm | None
) -> JudgementForm:
    """Return the form with what was typed, and with what stands there now as what was seen."""
    is_corrected = typed is not None and typed.is_correcting
    return JudgementForm(
        prefix=str(index),
        initial={
            "key": row.key,
            "seen_digest": row.content_digest,
            "seen_note": row.audit_note,
            "seen_verdict": verdict.pk if verdict else 0,
            "seen_evidence": row.evidence,
            "note": typed.typed("note") if typed else row.audit_note,
            "kind": typed.typed("kind") if typed else None,
            "covers": bool(typed and typed.typed("covers")),
            "evidence": typed.typed("evidence") if typed and is_corrected else row.evidence,
        },
    )


# -- what can be decided ----------------------------------------------------------------------------------


def _moves(facts: RecordFacts, actor: User, judging: set[str]) -> list[Move]:
    """Return the rows of the workflow that are for this person's role; one that this form can clear is open."""
    hopeful = replace(
        facts,
        dimensions=tuple(
            replace(item, verdict=VerdictKind.ACCEPTED, has_note=True) if item.key in judging else item
            for item in facts.dimensions
        ),
    )
    moves = []
    for row in TRANSITIONS:
        if not has_role(actor, row.permission):
            continue
        answer = may(actor, row.name, hopeful)
        if not answer and facts.state in _BEHIND.get(row.name, ()):
            continue
        moves.append(Move(row, bool(answer), answer.reasons if isinstance(answer, Denied) else ()))
    return sorted(moves, key=lambda move: not move.is_open)  # what can be done comes first


def _closed_move(moves: Sequence[Move]) -> Move | None:
    """Return the move that this person would make next, where something is in its way."""
    wanted = {move.row.name: move for move in moves if move.row.name in ("verify", "submit")}
    move = wanted.get("verify") or wanted.get("submit")
    return move if move and not move.is_open else None


# -- the record -------------------------------------------------------------------------------------------


def _strip(policy: Policy, translations: Iterable[Policy]) -> tuple[Facts, ...]:
    """Return the record's facts and those of its translations; with ours alone none is different."""
    return tuple(
        Facts(
            item,
            item == policy,
            tuple(
                Fact(
                    capfirst(str(Policy._meta.get_field(name).verbose_name)),  # type: ignore[union-attr]  # columns only
                    _fact(item, name),
                    name in _SAME_EVERYWHERE and getattr(item, name) != getattr(policy, name),
                )
                for name in _FACTS
            ),
            _link(item.url),
            item.url.strip() != policy.url.strip(),
        )
        for item in (policy, *translations)
    )


def _radar(policy: Policy, translations: Sequence[Policy]) -> ScorePicture:
    """Return the picture of the scores, beside those of the first translation that says others."""
    mine, *theirs = (
        {item.key: item.score for item in row.dimensions.all()} for row in (policy, *translations)
    )
    for other, scores in zip(translations, theirs, strict=True):
        if any(scores.get(key, score) != score for key, score in mine.items()):
            return radar(mine, name=policy.language, other=scores, other_name=other.language)
    return radar(mine, name=policy.language)


def _fact(policy: Policy, name: str) -> str:
    value = getattr(policy, name)
    return date_format(value, "DATE_FORMAT") if name == "pub_date" and value else plain(value)


def _further(policy: Policy) -> tuple[tuple[str, str], ...]:
    """Return all other values that a signature covers, with the names that people call them."""
    values = [
        (str(Policy._meta.get_field(row.name).verbose_name), getattr(policy, row.name))  # type: ignore[union-attr]  # the table names columns only
        for row in CONTENT_FIELDS
        if row.name not in _HEAD
    ]
    return _named([*values, *policy.extra.items()])


def _named(values: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return what is not empty, as text."""
    shown = ((label, plain(_filled(value))) for label, value in values)
    return tuple((label, text) for label, text in shown if text)


def _filled(value: Any) -> Any:
    """Return a mapping without the keys that say nothing, and a list of texts as one line."""
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items() if item}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " · ".join(value)
    return value


def _link(url: str) -> str:
    """Return an address that is safe to follow, else nothing: files may hold ``javascript:``."""
    return url.strip() if url.strip().lower().startswith(("http://", "https://")) else ""
