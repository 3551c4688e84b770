"""A verdict: what a reviewer said of one dimension, bound to the content that was judged. Append-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.trail import TrailModel
from reviews.schema import LONGEST_KEY
from reviews.states import VERDICT_CHOICES, VerdictKind


class Verdict(TrailModel):
    """Kind, note, person, time and digest. It names its dimension by key, so it outlives the row.

    ``covered_by`` is set where a verdict on the very same content in another language was extended to
    this record, at the reviewer's wish.
    """

    trail_fields: ClassVar[tuple[str, ...]] = (
        "policy_id", "dimension_key", "kind", "note", "content_digest", "actor_id", "actor_name", "is_four_eyes_waived",
        "covered_by_id", "created_at",
    )  # fmt: skip

    policy = models.ForeignKey("reviews.Policy", models.PROTECT, related_name="verdicts")
    dimension_key = models.CharField("dimension", max_length=LONGEST_KEY)
    kind = models.CharField("verdict", max_length=20, choices=VERDICT_CHOICES)
    note = models.TextField(blank=True)
    content_digest = models.CharField(max_length=64)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    actor_name = models.TextField()
    is_four_eyes_waived = models.BooleanField(default=False)
    covered_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="covers")
    created_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        policy_id: int
        actor_id: int

    class Meta:
        default_permissions = ("view",)
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in VerdictKind]), name="verdict_known_kind"
            ),
            models.CheckConstraint(condition=~Q(content_digest=""), name="verdict_has_digest"),
            models.CheckConstraint(condition=~Q(actor_name=""), name="verdict_names_person"),
        )
        indexes = (
            models.Index(fields=("policy", "dimension_key", "content_digest")),
            models.Index(fields=("actor", "created_at")),  # who judged how much, and when
        )

    def __str__(self) -> str:
        return f"{self.dimension_key}: {VerdictKind(self.kind).label}"
