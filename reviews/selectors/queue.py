"""The queue: what waits for reviewers, in the order in which it is best taken up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Case, IntegerField, Prefetch, QuerySet, Value, When

from reviews.models import DimensionAnalysis, Policy, Verdict
from reviews.models.policy import PolicyQuerySet
from reviews.permissions import Denied, RecordFacts, may
from reviews.states import Standing, VerdictKind

_RANKS = (Standing.STALE, Standing.CLAIMED)  # the others come last
_BROKEN_PROMISES_FIRST = Case(
    *(When(standing=standing.value, then=Value(rank)) for rank, standing in enumerate(_RANKS)),
    default=Value(len(_RANKS)),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record of the queue: how far it is, and why the person who looks may not sign it (or nothing)."""

    policy: Policy
    judged: int
    total: int
    is_ready: bool  # all that is missing is the decision
    why_not_mine: tuple[str, ...]


def queue() -> PolicyQuerySet:
    """Return what waits for reviewers: stale, then claimed, then the rest; fewest missing notes, then oldest."""
    return Policy.objects.waiting().order_by(_BROKEN_PROMISES_FIRST, "missing_notes", "updated_at", "pk")


def next_to_review(actor: User, *, except_pk: int | None = None) -> Policy | None:
    """Return the first record of the queue that is not the actor's own work, or nothing.

    ``except_pk`` passes over the record that is being left.
    """
    rows = queue() if except_pk is None else queue().exclude(pk=except_pk)
    rows = rows.only("policy_id", "language", "title", "authors")
    if not settings.POLICYHUB_FOUR_EYES:
        return rows.first()
    claims: QuerySet[DimensionAnalysis] = DimensionAnalysis.objects.only("policy", "authors")
    # Nearly always it is the very first, so a few at a time.
    few = rows.prefetch_related(Prefetch("dimensions", claims)).iterator(chunk_size=20)
    return next((policy for policy in few if actor.pk not in policy.all_authors()), None)


def describe_waiting(policies: QuerySet[Policy], actor: User) -> list[Waiting]:
    """Return how far each record is, in three queries however many there are."""
    claims: QuerySet[DimensionAnalysis] = DimensionAnalysis.objects.only(
        "policy", "key", "position", "audit_note", "content_digest", "authors"
    )
    verdicts: QuerySet[Verdict] = Verdict.objects.only("policy", "dimension_key", "kind", "content_digest")
    rows = policies.only(
        "policy_id", "language", "title", "country", "state", "standing", "missing_notes", "authors",
        "updated_at", "content_digest", "next_review_on",
    ).prefetch_related(
        Prefetch("dimensions", claims),
        Prefetch("verdicts", verdicts),
    )  # fmt: skip
    return [_describe(policy, actor) for policy in rows]


def _describe(policy: Policy, actor: User) -> Waiting:
    facts = policy.facts()
    kinds = [item.verdict for item in facts.dimensions if item.verdict is not None]
    total = len(facts.dimensions)
    is_ready = sum(kind.is_supporting for kind in kinds) == total and not policy.missing_notes
    return Waiting(policy, len(kinds), total, is_ready, _why_not(actor, facts))


def _why_not(actor: User, facts: RecordFacts) -> tuple[str, ...]:
    """Say what would still stand in the actor's way if every dimension were judged and noted."""
    done = tuple(replace(item, verdict=VerdictKind.ACCEPTED, has_note=True) for item in facts.dimensions)
    answer = may(actor, "verify", replace(facts, dimensions=done))
    return answer.reasons if isinstance(answer, Denied) else ()
