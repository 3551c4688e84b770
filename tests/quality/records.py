"""Records in which no check finds anything, to be spoiled one value at a time; no database."""

import datetime as dt
from collections import Counter
from typing import Any

from reviews.quality import Outline, Record, Surroundings
from reviews.schema import digest_text, read_policy
from tests.factories import claim, front_matter

TODAY = dt.date(2026, 8, 15)
DESCRIPTION = "The act opens the seabed to storage and says who pays for what goes wrong."
BODY = f"""
**{DESCRIPTION}** Permits are given for twenty years. The operator monitors the store, reports every spring, and hands
it over to the state once nothing moves any more; until then all liability is the operator's own.
"""
MARKET = claim(
    evidence="Third parties have access to the store at tariffs that the ministry approves and publishes.",
    label="Access at published tariffs",
    auditNote="Section 4 says so.",
)
MRV = claim(
    evidence="The operator reports every spring what was injected, and where the plume was seen.",
    label="Reports every spring",
    auditNote="Section 9 says so.",
)


def values(**changes: Any) -> dict[str, Any]:
    """The front matter of a draft in which nothing is doubtful, with these changes."""
    clean = {
        "analysis": {"market": MARKET, "mrv": MRV},
        "description": DESCRIPTION,
        "evolution": None,
        "provenance": {"lastAuditDate": "2026-02-08", "reviewer": "Mei Tanaka"},
        "reviewStatus": "draft",
    }
    return front_matter(**(clean | changes))


def record(
    *, language: str = "en", body: str = BODY, is_claimed: bool = False, market: Any = None, **changes: Any
) -> Record:
    """That record as checks see it; ``market`` changes that dimension alone."""
    if market is not None:
        changes["analysis"] = {"market": {**MARKET, **market}, "mrv": MRV}
    return Record(language, read_policy(values(**changes), body), is_claimed, TODAY)


def outline(policy_id: str = "act", language: str = "en", **changes: Any) -> Outline:
    """A record as others see it."""
    given: dict[str, Any] = {
        "title": f"Title of {policy_id}",
        "status": "Active",
        "source": "Ministry of Energy",
        "url": "https://example.org/act",
        "supersedes": (),
        "superseded_by": "",
        "scores": {"market": 70.0},
        "notes": {},
    }
    return Outline(policy_id=policy_id, language=language, **(given | changes))


def hub(*outlines: Outline) -> Surroundings:
    """A hub that holds these records alone, and wants each in English and Chinese."""
    notes = Counter(note for item in outlines for note in set(item.notes.values()))
    return Surroundings(outlines, notes, ("en", "zh"))


NOTE = digest_text("FSRTM 5.0 Audit")
