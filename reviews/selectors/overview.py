"""The front page's figures: how many policies stand where, and the latest decisions."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from reviews.models import Decision, Policy
from reviews.states import Standing, State

LATEST = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of policies, ``stale`` and ``claimed`` among those that wait, and the newest decisions."""

    policies: int
    waiting: int
    stale: int
    claimed: int
    signed: int
    drafts: int
    changes_requested: int
    missing_notes: int
    decisions: int
    latest: tuple[Decision, ...]


def overview() -> Overview:
    """Return the figures in three queries."""
    counts = Policy.objects.aggregate(
        policies=Count("pk"),
        waiting=Count("pk", Q(state=State.IN_REVIEW)),
        stale=Count("pk", Q(state=State.IN_REVIEW, standing=Standing.STALE)),
        claimed=Count("pk", Q(state=State.IN_REVIEW, standing=Standing.CLAIMED)),
        signed=Count("pk", Q(standing=Standing.VERIFIED)),
        drafts=Count("pk", Q(state=State.DRAFT)),
        changes_requested=Count("pk", Q(state=State.CHANGES_REQUESTED)),
        missing_notes=Count("pk", Q(missing_notes__gt=0)),
    )
    latest = Decision.objects.select_related("policy").defer("signed_text", "policy__body").order_by("-pk")
    return Overview(**counts, decisions=Decision.objects.count(), latest=tuple(latest[:LATEST]))
