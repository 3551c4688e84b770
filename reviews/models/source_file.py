"""A source file: path and exact text of a policy's file as last seen on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from reviews.models.door import GuardedModel


class SourceFile(GuardedModel):
    """The base of every comparison between a record and its file. ``path`` is relative to ``root``: a folder, or the
    git repository. An upload has no root: it stands nowhere yet. Nor does a file without a digest: it is gone, and
    somebody said that the next export writes it again.
    """

    policy = models.OneToOneField("reviews.Policy", models.CASCADE, related_name="source_file")
    root = models.TextField(blank=True)
    path = models.TextField()
    text = models.TextField()
    text_digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField()
    commit = models.CharField(max_length=64, blank=True)  # of a git repository, where it was read from one

    # The text itself is not kept twice: what was signed stands on its decision.
    history: ClassVar[Any] = HistoricalRecords(excluded_fields=["text"], cascade_delete_history=False)

    if TYPE_CHECKING:
        policy_id: int

    class Meta:
        default_permissions = ("view",)
        constraints = (models.UniqueConstraint(fields=("root", "path"), name="source_file_unique_path"),)

    def __str__(self) -> str:
        return self.path

    @property
    def location(self) -> Path:
        """The file on disk."""
        return Path(self.root, self.path)
