"""A reviewer's own round: what they skip comes back at its end, until they judge it or decide on it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from reviews.models import Policy, Skip
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.holding import release_policy
from reviews.states import REVIEW


def skip_policy(policy_pk: int, *, actor: User) -> None:
    """Put a record at the end of the actor's round, and let go of it. Raises ``RefusedError``."""
    if not has_role(actor, REVIEW):
        raise ForbiddenError(*lacks_role(REVIEW, _("Skipping")).reasons)
    if not Policy.objects.waiting().filter(pk=policy_pk).exists():
        raise RefusedError(_("The record does not wait for a reviewer, so there is nothing to skip."))
    with transaction.atomic(), open_door(Door.CONTENT):
        Skip.objects.bulk_create(
            [Skip(policy_id=policy_pk, person=actor, at=now())],
            update_conflicts=True,
            unique_fields=["person", "policy"],
            update_fields=["at"],
        )
        release_policy(policy_pk, actor=actor)


def forget_skips(policy: Policy, actor: User | None = None) -> None:
    """Let the record take its place again in the actor's round, or in everybody's. The caller holds the door."""
    skips = Skip.objects.filter(policy=policy)
    (skips.filter(person=actor) if actor else skips).delete()
