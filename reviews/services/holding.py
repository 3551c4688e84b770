"""Holds: a reviewer has a record open for a while, so that no other does the same work. They bar nobody from saving."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.timezone import now
from django.utils.translation import gettext as _

from reviews.models import Hold, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.states import REVIEW

# One statement, so of two who open a record in the same moment one gets it. What ran out is anybody's.
_TAKE = """
    INSERT INTO reviews_hold AS held (policy_id, person_id, since, until) VALUES (%s, %s, %s, %s)
    ON CONFLICT (policy_id) DO UPDATE SET person_id = excluded.person_id, until = excluded.until, since = CASE
        WHEN held.person_id = excluded.person_id AND held.until > excluded.since THEN held.since
        ELSE excluded.since END
    {condition} RETURNING *
"""
_TAKE_OVER = _TAKE.format(condition="")
_TAKE_FREE = _TAKE.format(
    condition="WHERE held.person_id = excluded.person_id OR held.until <= excluded.since"
)


def hold_policy(policy: Policy, *, actor: User) -> Hold | None:
    """Take a record that waits, or hold it longer, and return the hold; nothing where somebody else has it.

    ``policy.hold`` is whoever has it then. One statement at most. Raises ``ForbiddenError`` for who may not review,
    ``RefusedError`` where the record does not wait.
    """
    _require(actor)
    if not policy.is_waiting:
        raise RefusedError(_("%(policy)s does not wait for a reviewer.") % {"policy": policy})
    known: Hold | None = getattr(policy, "hold", None)
    if known and known.is_live and known.person_id != actor.pk:
        return None
    hold = _take(policy, actor, _TAKE_FREE)
    # Somebody may have been faster by a moment.
    policy.hold = hold or Hold.objects.select_related("person").filter(policy=policy).first()
    return hold


def take_over_policy(policy_pk: int, *, actor: User) -> Hold:
    """Take a record that somebody else holds, knowingly. They keep all that they typed, and may still save.

    Raises as ``hold_policy`` does.
    """
    _require(actor)
    policy = Policy.objects.waiting().only("policy_id", "language").filter(pk=policy_pk).first()
    hold = _take(policy, actor, _TAKE_OVER) if policy else None
    if hold is None:
        raise RefusedError(
            _("The record does not wait for a reviewer any more: there is nothing to take over.")
        )
    return hold


def release_policy(policy_pk: int, *, actor: User) -> None:
    """Let go of a record, where the actor holds it."""
    with open_door(Door.CONTENT):
        Hold.objects.filter(policy=policy_pk, person=actor).delete()


def renew_hold(policy: Policy, actor: User) -> None:
    """Hold a record longer that the actor holds, at a save. The caller holds the door and read the hold."""
    hold: Hold | None = getattr(policy, "hold", None)
    if hold and hold.person_id == actor.pk:
        Hold.objects.filter(pk=hold.pk, person=actor).update(until=_end(now()))


def _require(actor: User) -> None:
    if not has_role(actor, REVIEW):
        raise ForbiddenError(*lacks_role(REVIEW, _("Reviewing")).reasons)


def _end(since: dt.datetime) -> dt.datetime:
    return since + dt.timedelta(minutes=settings.POLICYHUB_HOLD_MINUTES)


def _take(policy: Policy, actor: User, statement: str) -> Hold | None:
    since = now()
    rows = list(Hold.objects.raw(statement, [policy.pk, actor.pk, since, _end(since)]))
    for hold in rows:
        hold.policy, hold.person = policy, actor
    return rows[0] if rows else None
