"""A skip: a reviewer put a record at the end of their own round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from reviews.models.door import GuardedModel


class Skip(GuardedModel):
    """Who skipped which record, and when last. It is gone once that person judges the record."""

    policy = models.ForeignKey("reviews.Policy", models.CASCADE, related_name="skips")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    if TYPE_CHECKING:
        policy_id: int
        person_id: int

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("person", "policy"), name="skip_once"),)

    def __str__(self) -> str:
        return f"{self.policy}: {self.person}"
