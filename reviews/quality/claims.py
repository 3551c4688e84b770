"""What checks find in one dimension: whether its evidence says anything, and says what label and score make of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable

from reviews.quality.phrases import figures_without, has_digit, is_placeholder, is_vague, weight_of
from reviews.quality.records import Claim, Record, Spot, shorten
from reviews.schema import is_claim_marked_ai

SHORTEST_EVIDENCE = 60  # characters


def in_each(find: Callable[[Claim], str | None]) -> Callable[[Record], list[Spot]]:
    """Return a search of every dimension; ``find`` returns the datum, ``""`` where there is none to show."""

    def find_all(record: Record) -> list[Spot]:
        return [Spot(claim.key, detail) for claim in record.claims if (detail := find(claim)) is not None]

    find_all.__doc__ = find.__doc__  # docs/checks.md shows it
    return find_all


def no_evidence(claim: Claim) -> str | None:
    """Evidence that is empty, or nothing but the mark "[AI-Generated]"."""
    return None if claim.evidence else ""


def placeholder_evidence(claim: Claim) -> str | None:
    """Evidence that only stands in for a statement."""
    return shorten(claim.evidence) if is_placeholder(claim.evidence) else None


def vague_evidence(claim: Claim) -> str | None:
    """A few words of evidence that leave something open, and are more than a placeholder."""
    return shorten(claim.evidence) if is_vague(claim.evidence) else None


def placeholder_label(claim: Claim) -> str | None:
    """A label that only stands in for one."""
    return shorten(claim.label) if is_placeholder(claim.label) else None


def short_evidence(claim: Claim) -> str | None:
    """Evidence under 60 characters that is neither a placeholder nor vague: that says it already."""
    if len(claim.evidence) >= SHORTEST_EVIDENCE or not claim.evidence:
        return None
    weight = weight_of(claim.evidence)
    is_found = (
        weight < SHORTEST_EVIDENCE and not is_placeholder(claim.evidence) and not is_vague(claim.evidence)
    )
    return str(weight) if is_found else None


def score_off_scale(claim: Claim) -> str | None:
    """A score outside 0 to 100, or none that is a number: "high", "101" in quotes."""
    if claim.unread_score is not None:
        raw = claim.unread_score
        return shorten(raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False))
    return f"{claim.score:g}" if claim.score is not None and not 0 <= claim.score <= 100 else None


def no_citation(claim: Claim) -> str | None:
    """A claim that does not say where it stands in the source."""
    return None if claim.citation else ""


def unsupported_figure(claim: Claim) -> str | None:
    """Figures of the label that neither the evidence nor the citation ("Article 21") has."""
    if not has_digit(claim.label):
        return None
    missing = figures_without(f"{claim.evidence}\n{claim.citation}", claim.label)
    return shorten(", ".join(missing)) if missing else None


def marked_ai(record: Record) -> list[Spot]:
    """Claims that say themselves that a model wrote them."""
    return [Spot(key) for key, item in record.values.dimensions.items() if is_claim_marked_ai(item)]


def repeated_evidence(record: Record) -> list[Spot]:
    """Evidence that stands word for word under several dimensions of a record; a placeholder is found as such."""
    texts = [claim.evidence for claim in record.claims]
    if len(set(texts)) == len(texts):
        return []
    times = Counter(texts)
    return [
        Spot(claim.key, str(times[claim.evidence]))
        for claim in record.claims
        if times[claim.evidence] > 1 and claim.evidence and not is_placeholder(claim.evidence)
    ]


def no_dimensions(record: Record) -> Iterable[Spot]:
    """A record that scores nothing."""
    return () if record.claims else (Spot(""),)
