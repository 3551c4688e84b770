"""A dimension: one scored claim of a policy, with its evidence, citation and audit note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from reviews.models.door import GuardedModel
from reviews.schema import DIMENSION_FIELDS, LONGEST_KEY, DimensionValues

AUTHORS_HELP = "Place of a value to primary key of who changed it last, until another person verifies it."


class DimensionAnalysis(GuardedModel):
    """``analysis.<key>`` of one policy. ``content_digest`` is what a verdict binds to."""

    policy = models.ForeignKey("reviews.Policy", models.CASCADE, related_name="dimensions")
    key = models.CharField("dimension", max_length=LONGEST_KEY)
    position = models.PositiveSmallIntegerField(default=0)
    score = models.FloatField(null=True, blank=True)
    label = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    citation = models.TextField(blank=True)
    audit_note = models.TextField(blank=True)
    extra = models.JSONField("further keys", default=dict, blank=True)
    misfits = models.JSONField(default=dict, blank=True)
    content_digest = models.CharField(max_length=64)
    note_digest = models.CharField(max_length=64, blank=True, db_index=True)  # finds the same note elsewhere
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="last author",
    )
    authors = models.JSONField(default=dict, blank=True, help_text=AUTHORS_HELP)

    history: ClassVar[Any] = HistoricalRecords(excluded_fields=["note_digest"], cascade_delete_history=False)

    if TYPE_CHECKING:
        policy_id: int
        edited_by_id: int | None

    class Meta:
        verbose_name_plural = "dimension analyses"
        default_permissions = ("view",)
        ordering = ("position", "key")
        constraints = (
            models.UniqueConstraint(fields=("policy", "key"), name="dimension_unique_key"),
            models.CheckConstraint(condition=~Q(key=""), name="dimension_has_key"),
        )

    def __str__(self) -> str:
        return self.key

    def to_values(self) -> DimensionValues:
        """Return the dimension as the schema knows it."""
        return DimensionValues(
            {row.name: getattr(self, row.name) for row in DIMENSION_FIELDS}, self.extra, self.misfits
        )
