"""A comment: what somebody has to say of a record or of one dimension, in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.models.door import GuardedModel
from reviews.schema import LONGEST_KEY


class Comment(GuardedModel):
    """``thread`` is the comment that it answers, none for one that opens a thread; only those are resolved.

    Names are kept beside the people, so that a comment outlives the account that wrote it.
    """

    policy = models.ForeignKey("reviews.Policy", models.PROTECT, related_name="comments")
    dimension_key = models.CharField("dimension", max_length=LONGEST_KEY, blank=True)
    thread = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    author_name = models.TextField()
    text = models.TextField()
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    resolved_by_name = models.TextField(blank=True)

    if TYPE_CHECKING:
        policy_id: int
        thread_id: int | None
        author_id: int | None

    class Meta:
        default_permissions = ("view",)
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=~Q(author_name="") & ~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | (Q(thread__isnull=True) & ~Q(resolved_by_name="")),
                name="comment_resolves_thread",
            ),
        )

    def __str__(self) -> str:
        return f"{self.author_name}: {self.text[:60]}"
