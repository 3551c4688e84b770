"""The audit trail: verdicts and decisions in one chain of hashes, each bound to all that came before it.

A row that is changed, taken out or put elsewhere behind the application's back breaks the chain from there on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any, ClassVar

from django.db import models

from reviews.models.door import GuardedModel, GuardedQuerySet

START = "0" * 64  # what the first entry is bound to


def chain(previous: str, content: str) -> str:
    """Return the hash of an entry: of the one before it, and of its own content."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


class TrailModel(GuardedModel):
    """An append-only row of the audit trail; ``services/trail.py`` gives it its number and its hash."""

    is_append_only: ClassVar[bool] = True
    trail_fields: ClassVar[
        tuple[str, ...]
    ]  # what the hash covers: for ever, so fields are added to the end only

    trail_number = models.PositiveBigIntegerField("number in the audit trail", unique=True)
    trail_hash = models.CharField("hash in the audit trail", max_length=64, unique=True)

    objects = GuardedQuerySet.as_manager()  # type: ignore[misc]  # named again, or the type checker loses the model

    class Meta:
        abstract = True

    @property
    def trail_content(self) -> str:
        """What the hash covers, in one spelling whatever the database."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.trail_fields}
        values["created_at"] = values["created_at"].astimezone(dt.UTC).isoformat()
        row = [self._meta.model_name, self.trail_number, values]
        return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class TrailHead(GuardedModel):
    """The end of the trail, one row: who appends holds it, and a trail that lost its last entries shows."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=START)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.number}: {self.hash}"
