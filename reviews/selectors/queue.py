"""The queue: what waits for reviewers, in the order in which each person is offered it.

Assigned to that person first; then stale, claimed, open, due; in each of them what has the fewest current
verdicts, then the oldest. What the person skipped comes at the end of their round, in the order of skipping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import (
    Case,
    Count,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from django.utils.translation import gettext as _

from reviews.models import Assignment, Decision, DimensionAnalysis, Hold, Policy, Skip
from reviews.models.policy import PolicyQuerySet
from reviews.permissions import Denied, RecordFacts, may
from reviews.selectors.progress import IS_JUDGED_COUNT_TRUE
from reviews.states import REVIEW, Standing, State

# The due ones are verified, so they come last.
_RANKS = (Standing.STALE, Standing.CLAIMED, Standing.OPEN)
_RANK = Case(
    *(When(standing=standing.value, then=Value(rank)) for rank, standing in enumerate(_RANKS)),
    default=Value(len(_RANKS)),
    output_field=IntegerField(),
)
_IN_TURN = ("judged", "updated_at", "pk")
_BACKEND = "django.contrib.auth.backends.ModelBackend"
_BLANK = RecordFacts("", State.IN_REVIEW, True, frozenset(), (), is_four_eyes=True)


class Part(StrEnum):
    """A part of the queue as one person sees it; the parts overlap."""

    MINE = "mine"  # assigned to that person
    STALE = "stale"
    CLAIMED = "claimed"
    OPEN = "open"
    DUE = "due"
    SKIPPED = "skipped"  # by that person
    TAKEN = "taken"  # others have it open, or it is assigned to them

    def condition(self, actor: User) -> Q:
        """Return what holds of the records of this part, in ``queue(actor)``."""
        match self:
            case Part.MINE:
                return Q(assignment__assignee=actor.pk)
            case Part.DUE:
                return Q(standing=Standing.VERIFIED)
            case Part.SKIPPED:
                return Q(skip__isnull=False)
            case Part.TAKEN:
                return _is_held_by_others(actor) | _is_assigned_to_others(actor)
            case _:
                return Q(standing=self.value)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record of the queue as one person sees it; ``why_not_mine`` says what keeps it from them, if anything."""

    policy: Policy
    judged: int  # dimensions with a current verdict
    total: int
    hold: Hold | None  # who has it open now, that person included
    assignment: Assignment | None
    is_skipped: bool
    why_not_mine: tuple[str, ...]

    @property
    def is_judged(self) -> bool:
        """Whether nothing but the decision is missing."""
        return self.judged >= self.total and not self.policy.missing_notes


def queue(actor: User) -> PolicyQuerySet:
    """Return all that waits, in the order of that person: also what is not for them, or with others just now."""
    is_anyones = Case(When(Part.MINE.condition(actor), then=Value(0)), default=Value(1))
    return (
        Policy.objects.waiting()
        .annotate(skip=FilteredRelation("skips", condition=Q(skips__person=actor.pk)))
        .order_by(F("skip__at").asc(nulls_first=True), is_anyones, _RANK, *_IN_TURN)
    )


def in_turn(policies: QuerySet[Policy]) -> QuerySet[Policy]:
    """Return policies in the order of the queue as far as it is the same for everybody."""
    return policies.order_by(_RANK, *_IN_TURN)


def reviewers() -> QuerySet[User]:
    """Return who can sign records at all: active, of the role, and with a first and a last name."""
    able: QuerySet[User] = User.objects.with_perm(f"reviews.{REVIEW}", backend=_BACKEND)
    return able.exclude(first_name="").exclude(last_name="")


def count_parts(actor: User) -> dict[str, int]:
    """Return how many records wait, as ``all``, and how many in each part; in one query."""
    parts = {part.value: Count("pk", part.condition(actor)) for part in Part}
    return queue(actor).order_by().aggregate(all=Count("pk"), **parts)


def next_to_review(actor: User, *, except_pk: int | None = None) -> Policy | None:
    """Return the first record of the queue that the actor may work on and sign, or nothing; in one query.

    Never their own work (four eyes), nor what they abstained from, nor what somebody else has open or was
    assigned. Who may sign nothing at all is offered nothing. ``except_pk`` passes over the record that is being left.
    """
    if not may(actor, "verify", _BLANK):
        return None
    offered = Policy.objects.filter(_is_offered(actor))
    if except_pk is not None:
        offered = offered.exclude(pk=except_pk)
    # One after the other until there is one: each walks an index, and sorts nothing.
    found = [Subquery(rows.values("pk")[:1]) for rows in _stages(offered, actor)]
    rows = Policy.objects.select_related("hold").only(
        "policy_id", "language", "title", "state", "standing", "next_review_on", "hold"
    )
    return rows.filter(pk=Coalesce(*found)).first()


def is_signable(actor: User) -> Q:
    """Return what holds of the waiting records that are offered to the actor sooner or later, skipped ones too."""
    return _is_offered(actor) if may(actor, "verify", _BLANK) else Q(pk__in=())


def why_not_signing(actor: User) -> tuple[str, ...]:
    """Say why a person can sign no record at all: role, or name; nothing where they can."""
    answer = may(actor, "verify", _BLANK)
    return answer.reasons if isinstance(answer, Denied) else ()


def describe_waiting(policies: QuerySet[Policy], actor: User) -> list[Waiting]:
    """Return how far each record of ``queue(actor)`` is and who has it, in one query."""
    totals = DimensionAnalysis.objects.filter(policy=OuterRef("pk")).order_by().values("policy")
    abstained = Decision.objects.filter(policy=OuterRef("pk"), actor=actor, transition="abstain").order_by()
    rows = (
        policies.select_related("hold__person", "assignment__assignee")
        .only(
            "policy_id", "language", "title", "country", "state", "standing", "judged", "missing_notes", "contributors",
            "open_conflicts", "updated_at", "next_review_on", "hold", "assignment",
        )
        .annotate(
            total=Coalesce(Subquery(totals.annotate(count=Count("pk")).values("count")), 0),
            abstained_at=Subquery(abstained.values("created_at")[:1]),
            skipped_at=F("skip__at"),
            judged_now=Case(When(IS_JUDGED_COUNT_TRUE, then=F("judged")), default=Value(0)),
        )
    )  # fmt: skip
    return [_describe(policy, actor) for policy in rows]


def _describe(policy: Policy, actor: User) -> Waiting:
    hold = getattr(policy, "hold", None)
    facts = RecordFacts(
        str(policy),
        State(policy.state),
        True,
        frozenset(int(pk) for pk in policy.contributors.split(",") if pk),
        (),
        is_four_eyes=settings.POLICYHUB_FOUR_EYES,
        is_due=policy.is_due,
        open_conflicts=policy.open_conflicts,
    )
    return Waiting(
        policy,
        policy.judged_now,  # type: ignore[attr-defined]  # annotated by describe_waiting
        policy.total,  # type: ignore[attr-defined]  # annotated by describe_waiting
        hold if hold and hold.is_live else None,
        getattr(policy, "assignment", None),
        policy.skipped_at is not None,  # type: ignore[attr-defined]  # annotated too
        tuple(_hindrances(facts, actor, is_abstained=policy.abstained_at is not None)),  # type: ignore[attr-defined]
    )


def _hindrances(facts: RecordFacts, actor: User, *, is_abstained: bool) -> Iterator[str]:
    answer = may(actor, "verify", facts)
    if isinstance(answer, Denied):
        general = why_not_signing(actor)  # holds of all records, so the page says it once
        yield from (reason for reason in answer.reasons if reason not in general)
    if is_abstained:
        yield _("You abstained from it: somebody else takes it.")


def _is_offered(actor: User) -> Q:
    """Return what holds of the records that the actor may work on and sign, waiting or not."""
    free = Q(hold=None) | Q(hold__until__lte=now()) | Q(hold__person=actor.pk)
    abstained = Decision.objects.filter(actor=actor.pk, transition="abstain").order_by().values("policy")
    foreign = ~Q(contributors__contains=f",{actor.pk},") if settings.POLICYHUB_FOUR_EYES else Q()
    whole = Q(open_conflicts=0)  # no signature before somebody said which value stands
    return free & whole & ~_is_assigned_to_others(actor) & foreign & ~Q(pk__in=abstained)


def _stages(offered: PolicyQuerySet, actor: User) -> Iterator[PolicyQuerySet]:
    """Yield the offered records in parts, each of which comes after all of the one before."""
    skips = Skip.objects.filter(person=actor)
    fresh = offered.exclude(pk__in=skips.values("policy"))
    yield fresh.waiting().filter(assignment__assignee=actor).order_by(_RANK, *_IN_TURN)
    for standing in _RANKS:
        yield fresh.filter(state=State.IN_REVIEW, standing=standing).order_by(*_IN_TURN)
    yield fresh.due().order_by(*_IN_TURN)
    yield offered.waiting().filter(skips__person=actor).order_by("skips__at", "pk")


def _is_held_by_others(actor: User) -> Q:
    return Q(hold__until__gt=now()) & ~Q(hold__person=actor.pk)


def _is_assigned_to_others(actor: User) -> Q:
    """Return what holds of the records that somebody else was asked for who can still sign."""
    return Q(assignment__assignee__in=reviewers().exclude(pk=actor.pk).values("pk"))
