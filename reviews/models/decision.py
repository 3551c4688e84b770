"""A decision: one move of a whole record through the workflow, and what it was based on. Append-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.trail import TrailModel
from reviews.states import STATE_CHOICES, TRANSITION_CHOICES, TRANSITIONS, TRANSITIONS_BY_NAME


class Decision(TrailModel):
    """Person, time, reason, digest; for *verify* also the exact text that was signed.

    ``base_digest`` is the SHA-256 of the file's text on which the signed text was made: an export
    replaces that text and no other. It is empty where there was no file.
    """

    # The signed text is there by its digest.
    trail_fields: ClassVar[tuple[str, ...]] = (
        "policy_id", "transition", "from_state", "to_state", "actor_id", "actor_name", "reason", "content_digest",
        "is_four_eyes_waived", "signed_text_digest", "base_digest", "created_at",
    )  # fmt: skip

    policy = models.ForeignKey("reviews.Policy", models.PROTECT, related_name="decisions")
    transition = models.CharField(max_length=20, choices=TRANSITION_CHOICES)
    from_state = models.CharField(max_length=20, choices=STATE_CHOICES)
    to_state = models.CharField(max_length=20, choices=STATE_CHOICES)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    actor_name = models.TextField()
    reason = models.TextField(blank=True)
    content_digest = models.CharField(max_length=64)
    is_four_eyes_waived = models.BooleanField(default=False)
    signed_text = models.TextField(blank=True)
    signed_text_digest = models.CharField(max_length=64, blank=True)
    base_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        policy_id: int
        actor_id: int

    class Meta:
        default_permissions = ("view",)
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(transition__in=list(TRANSITIONS_BY_NAME)), name="decision_known_transition"
            ),
            models.CheckConstraint(
                condition=~Q(transition="verify") | (~Q(signed_text="") & ~Q(signed_text_digest="")),
                name="decision_verify_has_text",
            ),
            models.CheckConstraint(
                condition=~Q(transition__in=[row.name for row in TRANSITIONS if row.is_reason_required])
                | ~Q(reason=""),
                name="decision_has_reason",
            ),
            models.CheckConstraint(condition=~Q(actor_name=""), name="decision_names_person"),
        )
        indexes = (
            models.Index(fields=("transition", "actor", "created_at")),
            models.Index(fields=("transition", "created_at")),
        )

    def __str__(self) -> str:
        return f"{TRANSITIONS_BY_NAME[self.transition].label}, {self.actor_name}"
