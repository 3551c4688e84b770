"""Assignments: reviewers ask each other, or themselves, to review a record, perhaps by a day.

Who may review may assign. Who is asked has to be able to sign the record: an active reviewer with a name, who wrote
nothing of it and did not abstain. An assignment ends by itself once the record waits no more.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Count
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from reviews.models import Assignment, Decision, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.schema import digest_text, told
from reviews.selectors.queue import in_turn, reviewers
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.mailing import tell_assigned
from reviews.services.recording import stamp
from reviews.states import REVIEW


@dataclass(frozen=True, slots=True)
class AssignRow:
    """What becomes of one record: who is asked, or why nobody is; and who was before."""

    policy: Policy
    assignee: User | None
    before: Assignment | None
    why_not: str


@dataclass(frozen=True)
class AssignPlan:
    """Who is asked to review what, before it is done; ``loads`` is what each person has besides this selection."""

    rows: tuple[AssignRow, ...]
    loads: Mapping[int, int]

    @cached_property
    def digest(self) -> str:
        """What tells this plan from another: who is asked for what, and who was asked before, when, until when."""
        return digest_text(
            repr([(row.policy.pk, row.assignee and row.assignee.pk, _told(row.before)) for row in self.rows])
        )

    @cached_property
    def shares(self) -> Counter[int]:
        """How many records each person gets, by primary key."""
        return Counter(row.assignee.pk for row in self.rows if row.assignee)


@dataclass(frozen=True, slots=True)
class AssignReport:
    """What was done: assignments made or changed, how many stood already, and the records that nobody got."""

    assignments: tuple[Assignment, ...]
    unchanged: int
    refused: tuple[AssignRow, ...]


def plan_assignments(pks: Collection[int], people: Sequence[User]) -> AssignPlan:
    """Return who of the people would be asked for which record: evenly, counting what each has to do already.

    Records that few may sign are given first, then in the order of the queue; each to who has least, the first by
    name where several do. So the same question has the same answer.
    """
    policies = list(
        in_turn(Policy.objects.filter(pk__in=pks)).only(*_COLUMNS).select_related("assignment__assignee")
    )
    abstained = set(
        Decision.objects.filter(transition="abstain", policy__in=pks).values_list("policy_id", "actor_id")
    )
    people = sorted(people, key=lambda person: (person.get_full_name(), person.pk))
    loads = _loads(people, besides=pks)
    able = {
        policy.pk: [person for person in people if not _hindrance(policy, person, abstained)]
        for policy in policies
    }
    given: dict[int, User] = {}
    total = Counter(loads)
    for policy in sorted(policies, key=lambda item: len(able[item.pk])):  # stable: the queue's order stays
        if candidates := able[policy.pk]:
            given[policy.pk] = least = min(candidates, key=lambda person: total[person.pk])
            total[least.pk] += 1
    return AssignPlan(
        tuple(
            AssignRow(
                policy,
                given.get(policy.pk),
                getattr(policy, "assignment", None),
                "" if policy.pk in given else _why_nobody(policy, people, abstained),
            )
            for policy in policies
        ),
        loads,
    )


def assign_policies(
    pks: Collection[int], *, assignee: User, due_on: dt.date | None = None, actor: User, seen: str = ""
) -> AssignReport:
    """Ask one person to review records, and tell them by mail. Who was asked before is relieved.

    ``seen`` is the digest of the plan that the actor saw: raises ``MeanwhileChangedError`` where it is another by
    now. Raises ``RefusedError`` where the person cannot sign at all, or the day is past.
    """
    return _assign(pks, [assignee], due_on, actor=actor, seen=seen)


def assign_evenly(
    pks: Collection[int], *, group: Group, due_on: dt.date | None = None, actor: User, seen: str = ""
) -> AssignReport:
    """Ask those of a group who review, each as many as the others; as ``assign_policies`` otherwise."""
    return _assign(pks, members_of(group), due_on, actor=actor, seen=seen)


def unassign_policies(pks: Collection[int], *, actor: User) -> int:
    """Take records back from whom they were assigned to, with history; return how many there were."""
    _require(actor)
    with transaction.atomic(), open_door(Door.CONTENT):
        _lock(pks)
        rows = list(Assignment.objects.filter(policy__in=pks).order_by("policy_id"))
        for row in rows:
            stamp(row, actor=actor, reason="Taken back", at=now())
            row.delete()
    return len(rows)


def members_of(group: Group) -> list[User]:
    """Return those of a group who can be asked to review."""
    return list(reviewers().filter(groups=group))


_COLUMNS = (
    "policy_id", "language", "title", "state", "standing", "contributors", "next_review_on", "judged", "updated_at",
    "assignment",
)  # fmt: skip


def _require(actor: User) -> None:
    if not has_role(actor, REVIEW):
        raise ForbiddenError(*lacks_role(REVIEW, _("Assigning")).reasons)


def _told(before: Assignment | None) -> object:
    return before and (before.pk, before.assigned_at.isoformat(), before.assignee_id, before.due_on)


def _lock(pks: Collection[int]) -> None:
    """Lock the records, in the order in which all who lock several do."""
    list(Policy.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk").values_list("pk"))


def _loads(people: Sequence[User], *, besides: Collection[int]) -> dict[int, int]:
    """Return how many waiting records each person was asked for, without those of the selection."""
    open_rows = Assignment.objects.filter(
        assignee__in=people, policy__in=Policy.objects.waiting().values("pk")
    )
    counted = open_rows.exclude(policy__in=besides).values_list("assignee").annotate(Count("pk"))
    return {person.pk: 0 for person in people} | dict(counted.order_by())


def _hindrance(policy: Policy, person: User, abstained: Collection[tuple[int, int]]) -> str:
    """Say why this person cannot be asked for this record, or nothing."""
    named = {"person": person.get_full_name()}
    if not policy.is_waiting:
        return _("It does not wait for a reviewer.")
    if settings.POLICYHUB_FOUR_EYES and f",{person.pk}," in policy.contributors:
        return _("%(person)s last changed it, so somebody else has to sign it (four eyes).") % named
    if (policy.pk, person.pk) in abstained:
        return _("%(person)s abstained from it.") % named
    return ""


def _why_nobody(policy: Policy, people: Sequence[User], abstained: Collection[tuple[int, int]]) -> str:
    return told(dict.fromkeys(_hindrance(policy, person, abstained) for person in people))


def _assign(
    pks: Collection[int], people: Sequence[User], due_on: dt.date | None, *, actor: User, seen: str
) -> AssignReport:
    _require(actor)
    known = set(reviewers().filter(pk__in=[person.pk for person in people]))
    if strangers := [person for person in people if person not in known]:
        said = _(
            "%(person)s cannot sign records: that takes an active account with the role and a full name."
        )
        raise RefusedError(said % {"person": strangers[0].get_full_name() or strangers[0].get_username()})
    if not people:
        raise RefusedError(_("Nobody in this group can sign records: choose another, or a person."))
    if due_on is not None and due_on < localdate():
        raise RefusedError(_("The due day is past: choose today or a later one, or none."))
    with transaction.atomic(), open_door(Door.CONTENT):
        _lock(pks)
        plan = plan_assignments(pks, people)
        if seen and seen != plan.digest:
            raise MeanwhileChangedError(
                _(
                    "Somebody changed these records or assignments meanwhile: look at the new plan, then assign again."
                ),
                (),
            )
        changed = list(_changed(plan, due_on, actor))
        _save(changed)
        tell_assigned(changed, actor=actor)
    refused = tuple(row for row in plan.rows if row.assignee is None)
    return AssignReport(tuple(changed), len(plan.rows) - len(changed) - len(refused), refused)


def _changed(plan: AssignPlan, due_on: dt.date | None, actor: User) -> Iterator[Assignment]:
    at = now()
    for row in plan.rows:
        before, assignee = row.before, row.assignee
        if assignee is None or (before and (before.assignee, before.due_on) == (assignee, due_on)):
            continue
        item = before or Assignment(policy=row.policy)
        item.assignee, item.due_on, item.assigned_by, item.assigned_at = assignee, due_on, actor, at
        until = f", due {due_on.isoformat()}" if due_on else ""
        stamp(item, actor=actor, reason=f"Assigned to {assignee.get_full_name()}{until}", at=at)
        yield item


def _save(rows: Sequence[Assignment]) -> None:
    """Save rows and their history, in four statements however many there are."""
    new = [row for row in rows if row._state.adding]
    old = [row for row in rows if not row._state.adding]
    if new:
        Assignment.objects.bulk_create(new)
        Assignment.history.bulk_history_create(new)
    if old:
        Assignment.objects.bulk_update(old, ["assignee", "due_on", "assigned_by", "assigned_at"])
        Assignment.history.bulk_history_create(old, update=True)
