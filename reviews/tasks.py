"""Long runs as tasks: done before the page answers, or by ``manage.py db_worker`` meanwhile (POLICYHUB_WORKER)."""

from __future__ import annotations

from contextlib import suppress

from django_tasks import task

from reviews.services.errors import RefusedError
from reviews.services.export_runs import write_selection
from reviews.services.uploading import import_upload


@task()
def run_import(run_pk: int) -> None:
    """Import a confirmed upload; the run says what became of it, also where it was refused."""
    with suppress(RefusedError):
        import_upload(run_pk)


@task()
def run_export(run_pk: int) -> None:
    """Write signed records to their files; the run says what became of it, also where it was refused."""
    with suppress(RefusedError):
        write_selection(run_pk)
