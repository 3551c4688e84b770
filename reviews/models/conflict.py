"""A conflict: a value that changed both in its file and in PolicyHub. Neither is overwritten; a person decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.door import GuardedModel

if TYPE_CHECKING:
    from reviews.documents import KeyPath


class Resolution(models.TextChoices):
    """How a conflict ended."""

    THEIRS = "theirs", _("The file's value")
    OURS = "ours", _("PolicyHub's value")
    OTHER = "other", _("Another value")
    SETTLED = (
        "settled",
        _("Settled by itself"),
    )  # both sides came to say the same, or one took its change back
    REPLACED = "replaced", _("Replaced by a newer one")  # a side changed again, and a new row asks


def place_of(at: KeyPath) -> str:
    """Return a key path as a conflict keeps it."""
    return json.dumps(at, ensure_ascii=False)


class Conflict(GuardedModel):
    """``place`` is the key path of ``reviews.schema.flatten`` as JSON; a dimension that one side took out is
    ``["analysis", key]``. ``base``, ``theirs`` and ``ours`` are values as ``reviews.merge`` stores them: ``{}`` where
    the side has none.

    ``base`` is the file as last seen, ``theirs`` what came in, ``ours`` what stood here then.
    """

    policy = models.ForeignKey("reviews.Policy", models.CASCADE, related_name="conflicts")
    place = models.TextField()
    base = models.JSONField()
    theirs = models.JSONField()
    ours = models.JSONField()
    run = models.ForeignKey("reviews.Run", models.SET_NULL, null=True, blank=True, related_name="conflicts")
    found_at = models.DateTimeField()
    resolution = models.CharField(max_length=20, choices=Resolution, blank=True)
    result = models.JSONField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolver_name = models.TextField(blank=True)

    if TYPE_CHECKING:
        policy_id: int
        run_id: int | None

    class Meta:
        default_permissions = ("view",)
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("policy", "place"),
                condition=Q(resolution=""),
                name="conflict_one_open_for_each_place",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at=None)
                | (~Q(resolution="") & Q(resolved_at__isnull=False)),
                name="conflict_resolved_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(resolution__in=["theirs", "ours", "other"]) | ~Q(resolver_name=""),
                name="conflict_resolved_by_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy}: {self.place}"

    @property
    def at(self) -> KeyPath:
        """The place as a key path."""
        return tuple(json.loads(self.place))

    @property
    def is_open(self) -> bool:
        """Whether a person still has to decide."""
        return not self.resolution
