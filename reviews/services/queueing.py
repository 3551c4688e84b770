"""A reviewer's own round: the next record is theirs when it comes, and what they skip comes back at the end."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from reviews.models import Policy, Skip
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.selectors.queue import next_to_review
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.holding import hold_policy, release_policy
from reviews.states import REVIEW


def take_next(*, actor: User, except_pk: int | None = None) -> Policy | None:
    """Return the next record of the actor's queue, held for them, or nothing; of two who ask, each gets another.

    ``except_pk`` passes over the record that is being left.
    """
    while policy := next_to_review(actor, except_pk=except_pk):
        if hold_policy(policy, actor=actor):
            return policy
    return None


def skip_policy(policy_pk: int, *, actor: User) -> None:
    """Put a record at the end of the actor's round, and let go of it. Raises ``RefusedError``."""
    if not has_role(actor, REVIEW):
        raise ForbiddenError(*lacks_role(REVIEW, _("Skipping")).reasons)
    with transaction.atomic(), open_door(Door.CONTENT):
        # Its lock comes before skips and holds, as it does where somebody decides.
        if not Policy.objects.waiting().select_for_update(no_key=True).filter(pk=policy_pk).values("pk"):
            raise RefusedError(_("The record does not wait for a reviewer, so there is nothing to skip."))
        Skip.objects.bulk_create(
            [Skip(policy_id=policy_pk, person=actor, at=now())],
            update_conflicts=True,
            unique_fields=["person", "policy"],
            update_fields=["at"],
        )
        release_policy(policy_pk, actor=actor)


def forget_skips(policy: Policy, actor: User | None = None) -> None:
    """Let the record take its place again in the actor's round, or in everybody's.

    ``policy`` comes from ``lock_policy``, which saw whether anybody skipped it; the caller holds the door.
    """
    if policy.is_skipped:  # type: ignore[attr-defined]  # annotated there
        skips = Skip.objects.filter(policy=policy)
        (skips.filter(person=actor) if actor else skips).delete()
