"""A run: one import or export, who ran it, when, from where, and what became of each file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reviews.models.door import GuardedModel


class RunKind(models.TextChoices):
    """Which way the files went."""

    IMPORT = "import", _("Import")
    EXPORT = "export", _("Export")


class RunStatus(models.TextChoices):
    """How far a run is."""

    PLANNED = "planned", _("Planned")  # an upload whose plan waits for a person to confirm it
    WAITING = "waiting", _("Waiting")  # for a worker
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Run(GuardedModel):
    """``source`` says for people where the files came from or went to; ``counts`` how many had each outcome.

    ``upload`` holds the files of an upload as a ZIP until they went in or were thrown away, ``error`` why a run failed
    as a whole.
    """

    kind = models.CharField(max_length=10, choices=RunKind)
    status = models.CharField(max_length=10, choices=RunStatus)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.TextField(blank=True)  # empty where a command was run without --user
    source = models.TextField()
    commit = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    upload = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        files: models.Manager[RunFile]
        actor_id: int | None

    class Meta:
        default_permissions = ("view",)
        ordering = ("-pk",)
        indexes = (models.Index(fields=("kind", "status", "created_at")),)

    def __str__(self) -> str:
        return f"{RunKind(self.kind).label} {self.pk}"


class RunFile(GuardedModel):
    """What became of one file. ``details`` are sentences that go with it, and the values of a merge."""

    run = models.ForeignKey(
        Run, models.CASCADE, related_name="files", db_index=False
    )  # the index below begins with it
    policy = models.ForeignKey(
        "reviews.Policy", models.SET_NULL, null=True, blank=True, related_name="run_files"
    )
    name = models.TextField(blank=True)  # the record as people call it
    path = models.TextField()
    outcome = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)

    if TYPE_CHECKING:
        policy_id: int | None
        run_id: int

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        indexes = (models.Index(fields=("run", "outcome")),)

    def __str__(self) -> str:
        return f"{self.path}: {self.outcome}"
