"""The front page's figures: how far the records are, sign-offs by week, what is overdue, what was decided last."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Case, Count, Q, Value, When

from reviews.models import Assignment, Decision, Policy
from reviews.models.policy import PolicyQuerySet
from reviews.selectors.people import is_overdue
from reviews.selectors.periods import Period, last_weeks
from reviews.selectors.progress import IS_BEGUN, IS_CALLED_VERIFIED, IS_JUDGED, IS_SIGNED, IS_WRITTEN, is_by
from reviews.selectors.queue import Part, is_signable
from reviews.states import State

LATEST = 6
WEEKS = 26


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers of records. ``begun`` to ``written`` are each among the one before; ``my_`` ones hold a person's work."""

    policies: int
    called_verified: int
    begun: int
    judged: int
    signed: int
    written: int
    drafts: int
    changes_requested: int
    my_drafts: int
    my_changes_requested: int

    @property
    def unwritten(self) -> int:
        """How many are signed while their file does not say so yet."""
        return self.signed - self.written


def progress(person: User) -> Progress:
    """Return how far the records are that are not retired, in one query."""
    is_draft, is_sent_back = Q(state=State.DRAFT.value), Q(state=State.CHANGES_REQUESTED.value)
    counts = Policy.objects.kept().aggregate(
        policies=Count("pk"),
        called_verified=Count("pk", IS_CALLED_VERIFIED),
        begun=Count("pk", IS_BEGUN),
        judged=Count("pk", IS_JUDGED),
        signed=Count("pk", IS_SIGNED),
        written=Count("pk", IS_WRITTEN),
        drafts=Count("pk", is_draft),
        changes_requested=Count("pk", is_sent_back),
        my_drafts=Count("pk", is_draft & is_by(person)),
        my_changes_requested=Count("pk", is_sent_back & is_by(person)),
    )
    return Progress(**counts)


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """Numbers of records that wait; ``signable`` is what a person may sign, the others are for whomever."""

    waiting: int
    claimed: int
    stale: int
    due: int
    signable: int


def count_waiting(person: User) -> WaitingCounts:
    """Return how many records wait, in one query."""
    counts = Policy.objects.waiting().aggregate(
        waiting=Count("pk"),
        claimed=Count("pk", Part.CLAIMED.condition(person)),
        stale=Count("pk", Part.STALE.condition(person)),
        due=Count("pk", Part.DUE.condition(person)),
        signable=Count("pk", is_signable(person)),
    )
    return WaitingCounts(**counts)


def signoffs_by_week() -> list[tuple[Period, int]]:
    """Return how many records were signed in each week of the last half year, the oldest first; in one query."""
    weeks = last_weeks(WEEKS)
    place = Case(*(When(created_at__lt=week.end, then=Value(at)) for at, week in enumerate(weeks)))
    signed = Decision.objects.filter(
        transition="verify", created_at__gte=weeks[0].start, created_at__lt=weeks[-1].end
    )
    counts = dict(signed.order_by().annotate(week=place).values_list("week").annotate(count=Count("pk")))
    return [(week, counts.get(at, 0)) for at, week in enumerate(weeks)]


def overdue_assignments() -> list[Assignment]:
    """Return the assignments that are longest past their day, with record and person; in one query."""
    rows = (
        Assignment.objects.filter(is_overdue()).select_related("policy", "assignee").order_by("due_on", "pk")
    )
    return list(
        rows.only(
            "due_on", "policy__policy_id", "policy__language", "policy__title",
            "assignee__first_name", "assignee__last_name", "assignee__username",
        )[:LATEST]
    )  # fmt: skip


def due_policies() -> PolicyQuerySet:
    """Return the verified records that are longest past the day of their next review."""
    rows = Policy.objects.due().order_by("next_review_on", "pk")
    return rows.only("policy_id", "language", "title", "next_review_on")[:LATEST]


def latest_decisions() -> list[Decision]:
    """Return the newest decisions with their records, in one query that reads no long text."""
    rows = Decision.objects.select_related("policy").order_by("-pk")
    return list(
        rows.only(
            "transition", "to_state", "actor_name", "created_at",
            "policy__policy_id", "policy__language", "policy__title",
        )[:LATEST]
    )  # fmt: skip
