"""Uploads: files that a person brings in through the page; planned first, then confirmed and imported, or cancelled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.models import Run, RunKind, RunStatus
from reviews.models.door import Door, open_door
from reviews.permissions import has_role
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.folders import is_language
from reviews.services.import_plan import ImportReport
from reviews.services.importing import import_policies
from reviews.services.runs import (
    begin_run,
    is_interrupted,
    noting_failure,
    run_language,
    start_run,
)
from reviews.services.upload_source import UploadSource, pack_files
from reviews.states import IMPORT

UploadedFiles = Sequence[tuple[str, bytes]]  # names as the browser gave them, and contents


def begin_upload(files: UploadedFiles, *, language: str, actor: User) -> Run:
    """Keep what was uploaded, one ZIP or Markdown files, and return the run whose plan waits for its uploader.

    ``language`` is that of files whose folders name none. Raises ``RefusedError`` where there is nothing to import.
    """
    _require_import(actor)
    if not is_language(language):
        said = _("“%(language)s” is no language: say for example en, zh or pt-BR.")
        raise RefusedError(said % {"language": language})
    name, data = _pack(files)
    source = UploadSource(name, data, language=language)
    source.find()  # which refuses what is no ZIP of policies
    options = {"name": name, "files_language": language}
    return begin_run(
        RunKind.IMPORT,
        actor=actor,
        source=source.title,
        options=options,
        upload=data,
        status=RunStatus.PLANNED,
    )


def _pack(files: UploadedFiles) -> tuple[str, bytes]:
    """Return the upload's name and its ZIP."""
    if not files:
        raise RefusedError(_("No file was chosen: choose a ZIP, or Markdown files."))
    names = [name for name, _data in files]
    if len(files) == 1 and names[0].lower().endswith(".zip"):
        return files[0]
    for name in names:
        if name.lower().endswith(".zip"):
            said = _(
                "%(name)s is a ZIP, and a ZIP goes alone: upload it by itself, or the other files without it."
            )
            raise RefusedError(said % {"name": name})
        if not name.endswith(".md"):
            said = _("%(name)s is neither: upload one ZIP, or Markdown files whose names end in .md.")
            raise RefusedError(said % {"name": name})
        if names.count(name) > 1:
            said = _("%(name)s was chosen twice: files of one name come in as a ZIP, with their folders.")
            raise RefusedError(said % {"name": name})
    return (", ".join(names) if len(names) <= 3 else f"{names[0]} +{len(names) - 1}"), pack_files(files)


def plan_upload(run: Run) -> ImportReport:
    """Return what an import of the upload would do now. Writes nothing. Raises ``RefusedError``."""
    return import_policies(_source_of(run), actor=run.actor, is_dry_run=True)


def digest_plan(report: ImportReport) -> str:
    """Return what tells one plan from another in any language: of every file what becomes of it, and every value."""
    digest = hashlib.sha256()
    for item in report.files:
        told = (item.path, item.outcome, item.policy, item.values)
        digest.update(repr(told).encode(errors="backslashreplace"))
    return digest.hexdigest()


def confirm_upload(run_pk: int, *, seen: str, actor: User) -> None:
    """Let the upload be imported as the plan says that its uploader saw; ``seen`` is that plan's digest.

    The task is the caller's to enqueue. Raises ``RefusedError`` where the run is somebody else's, or no plan any more.
    """
    with _deciding(run_pk, actor, RunStatus.PLANNED) as run:
        _move(run, RunStatus.WAITING, options={**run.options, "seen": seen, "is_replanned": False})


def cancel_upload(run_pk: int, *, actor: User) -> None:
    """Throw the upload away; the run says so. Raises ``RefusedError`` as ``confirm_upload`` does."""
    with _deciding(run_pk, actor, RunStatus.PLANNED, RunStatus.WAITING) as run:
        _move(run, RunStatus.CANCELLED, finished_at=timezone.now(), upload=None)


def plan_again(run_pk: int, *, actor: User) -> None:
    """Make a plan again of a run that failed, was interrupted, or that no worker has taken up; one that comes for it
    later finds nothing to do. Raises ``RefusedError`` as ``confirm_upload`` does.
    """
    with _deciding(run_pk, actor, RunStatus.FAILED, RunStatus.RUNNING, RunStatus.WAITING) as run:
        _move(run, RunStatus.PLANNED, error="", started_at=None, finished_at=None)


@contextmanager
def _deciding(run_pk: int, actor: User, *before: RunStatus) -> Iterator[Run]:
    """Lock an upload's run, so that its uploader can decide on it."""
    _require_import(actor)
    with transaction.atomic(), open_door(Door.CONTENT):
        run = Run.objects.defer("upload").select_for_update().get(pk=run_pk)
        if run.actor_id != actor.pk:
            said = _("Only %(person)s, who uploaded the files, decides on them.")
            raise ForbiddenError(said % {"person": run.actor_name})
        is_alive = run.status == RunStatus.RUNNING and not is_interrupted(run)
        if "name" not in run.options or run.status not in before or is_alive:
            said = _("The run is “%(status)s” by now: there is nothing to decide.")
            raise RefusedError(said % {"status": run.get_status_display()})
        yield run


def _move(run: Run, status: RunStatus, **fields: Any) -> None:
    Run.objects.filter(pk=run.pk).update(status=status, **fields)


class _PlanChangedError(Exception):
    """Rolls an import back that would do something else than what its uploader saw."""


def import_upload(run_pk: int) -> None:
    """Import a confirmed upload; where that would do something else than the plan said, nothing, and plan again."""
    run = Run.objects.get(pk=run_pk)
    with run_language(run), noting_failure(run):
        if run.actor is None or not start_run(run):
            return
        try:
            _require_import(run.actor)
            with transaction.atomic():
                report = import_policies(_source_of(run), actor=run.actor, run=run)
                if digest_plan(report) != run.options["seen"]:
                    raise _PlanChangedError
        except _PlanChangedError:
            with open_door(Door.CONTENT):
                _move(run, RunStatus.PLANNED, options={**run.options, "is_replanned": True}, started_at=None)


def _source_of(run: Run) -> UploadSource:
    if run.upload is None:
        raise RefusedError(_("The files of this upload are not kept any more: upload them again."))
    return UploadSource(run.options["name"], bytes(run.upload), language=run.options["files_language"])


def _require_import(actor: User) -> None:
    if not has_role(actor, IMPORT):
        said = _(
            "Importing needs the permission “%(permission)s”: ask an administrator for the role Editors."
        )
        raise ForbiddenError(said % {"permission": IMPORT})
