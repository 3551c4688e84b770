"""An export that a page starts: begun at once, done by a task, perhaps in a worker."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User

from reviews.models import Policy, Run, RunKind, RunStatus
from reviews.services.export_report import require_export
from reviews.services.exporting import export_policies
from reviews.services.runs import begin_run, noting_failure, run_language, start_run


def begin_export(policies: Sequence[int] | None, *, actor: User) -> Run:
    """Return the run that will write these records (primary keys; ``None`` for all) to where they came from.

    The task is the caller's to enqueue. Raises ``ForbiddenError``.
    """
    require_export(actor)
    options = {"to": "files", "policies": None if policies is None else list(policies)}
    return begin_run(RunKind.EXPORT, actor=actor, source="", options=options, status=RunStatus.WAITING)


def write_selection(run_pk: int) -> None:
    """Do what ``begin_export`` began; nothing where that was done. What fails is in the run, and raised."""
    run = Run.objects.get(pk=run_pk)
    if run.actor is None or not start_run(run):
        return
    keys = run.options["policies"]
    policies = None if keys is None else Policy.objects.filter(pk__in=keys)
    with run_language(run), noting_failure(run):
        export_policies(None, actor=run.actor, policies=policies, run=run)
