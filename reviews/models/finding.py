"""A finding: what a quality check found in a record. Derived: services write it anew with what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from reviews.models.door import GuardedModel
from reviews.schema import LONGEST_KEY


class Finding(GuardedModel):
    """``check_id`` names a row of ``reviews.quality.CHECKS``, ``detail`` the datum that its message shows."""

    policy = models.ForeignKey("reviews.Policy", models.CASCADE, related_name="findings")
    check_id = models.CharField(max_length=60)
    dimension_key = models.CharField("dimension", max_length=LONGEST_KEY, blank=True)
    detail = models.TextField(blank=True)

    if TYPE_CHECKING:
        policy_id: int

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=("check_id", "policy")),)

    def __str__(self) -> str:
        return f"{self.check_id} {self.dimension_key}".strip()
