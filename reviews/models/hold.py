"""A hold: a reviewer has a record open, so that nobody else does the same work meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from reviews.models.door import GuardedModel


class Hold(GuardedModel):
    """Who, since when, and until when unless they work on. It says who works; it stops nobody."""

    policy = models.OneToOneField("reviews.Policy", models.CASCADE, related_name="hold")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="holds")
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)

    if TYPE_CHECKING:
        policy_id: int
        person_id: int

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.policy}: {self.person}"

    @property
    def is_live(self) -> bool:
        """Whether it has not run out."""
        return self.until > now()

    @property
    def renewed_after(self) -> int:
        """After how many seconds a page at which somebody works holds the record longer: long before it runs out."""
        return min(180, settings.POLICYHUB_HOLD_MINUTES * 60 // 3)
