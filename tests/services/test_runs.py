"""Every import and export is recorded: who, when, from where, counts, and what became of each file."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.utils import timezone, translation

from reviews.models import Policy, Run, RunKind, RunStatus
from reviews.models.door import Door, open_door
from reviews.services import exporting, runs
from reviews.services.errors import ForbiddenError
from reviews.services.exporting import export_policies
from reviews.services.runs import (
    RunOutcome,
    begin_run,
    fail_run,
    finish_run,
    is_interrupted,
    read_progress,
    report_progress,
)
from reviews.services.zipping import zip_policies
from tests.factories import Folder, get_policy, verify

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"


def begin(status: RunStatus = RunStatus.RUNNING) -> Run:
    return begin_run(RunKind.IMPORT, actor=None, source="folder /x", status=status)


def rows(run: Run) -> list[tuple]:
    return list(run.files.values_list("path", "policy", "name", "outcome", "reason", "details"))


def test_run_is_recorded_with_an_outcome_for_each_file(imported: Policy, editor: User) -> None:
    with translation.override("zh-hans"):
        run = begin_run(RunKind.IMPORT, actor=editor, source="folder /x", options={"adopts": True})
    values = [{"at": "title", "side": "theirs", "theirs": "B", "ours": "A"}]

    finish_run(
        run,
        [
            RunOutcome("a.md", imported.pk, "no-storage-act (en)", "updated", details={"values": values}),
            RunOutcome("b\0\ud800.md", None, "", "refused", "line 1: \0 is no name."),
            RunOutcome("c.md", None, "c (en)", "refused", "is empty."),
        ],
        counts={"conflicts": 2},
        commit="1a2b3c4",
    )

    assert rows(run) == [
        ("a.md", imported.pk, "no-storage-act (en)", "updated", "", {"values": values}),
        ("b\\0\\ud800.md", None, "", "refused", "line 1: \\0 is no name.", {}),
        ("c.md", None, "c (en)", "refused", "is empty.", {}),
    ]
    run.refresh_from_db()
    assert (run.actor, run.actor_name, run.source, run.status) == (
        editor,
        "Elena Ortiz",
        "folder /x",
        "done",
    )
    assert (run.counts, run.commit) == ({"updated": 1, "refused": 2, "conflicts": 2}, "1a2b3c4")
    assert run.options == {"language": "zh-hans", "adopts": True}
    assert run.started_at == run.created_at
    assert run.finished_at is not None
    assert dt.timedelta(0) < run.finished_at - run.created_at < dt.timedelta(minutes=1)


def test_rows_of_a_run_go_in_with_the_import_or_not_at_all() -> None:
    run = begin()

    with transaction.atomic():
        finish_run(run, [RunOutcome("a.md", outcome="created")])
        transaction.set_rollback(True)
    fail_run(run, "The disk is full.\0")

    run.refresh_from_db()
    assert (run.status, run.error, run.counts, rows(run)) == ("failed", "The disk is full.\\0", {}, [])


# -- how far it is ----------------------------------------------------------------------------------------


def test_progress_is_told_at_most_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 100.1, 100.49, 100.5, 100.9, 101.0))
    monkeypatch.setattr("reviews.services.runs.time.monotonic", lambda: next(clock))
    run, told = begin(), []
    for done in range(1, 6):
        report_progress(run, done, 2000)
        told.append(read_progress(run))

    assert told == [None, None, (3, 2000), (3, 2000), (5, 2000)]


def test_note_that_the_cache_does_not_take_is_lost_and_the_run_goes_on(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runs, "_PAUSE", 0)
    (tmp_path / "cache").write_text("no folder")
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path / "cache")}}
    run = begin()

    report_progress(run, 1, 2)

    assert caplog.messages == [f"How far run {run.pk} is could not be noted."]


def test_silent_run_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    run, waiting, ended = begin(), begin(RunStatus.WAITING), begin()
    finish_run(ended, [])
    ago = timezone.now() - runs.SILENCE - dt.timedelta(seconds=1)
    assert [is_interrupted(item) for item in (run, waiting, ended)] == [False, False, False]

    with open_door(Door.CONTENT):
        Run.objects.update(created_at=ago, started_at=ago)
    assert [is_interrupted(item) for item in Run.objects.order_by("pk")] == [True, False, False]

    monkeypatch.setattr(runs, "_PAUSE", 0)
    run.refresh_from_db()
    report_progress(run, 1, 2)
    assert not is_interrupted(Run.objects.get(pk=run.pk))
    finish_run(run, [])  # it was alive all the time
    assert Run.objects.get(pk=run.pk).status == "done"


# -- exports ----------------------------------------------------------------------------------------------


def test_export_is_recorded(folder: Folder, signed: Policy, publisher: User) -> None:
    other = folder.import_policy("no-licence-act")
    with open_door(Door.CONTENT):
        Run.objects.all().delete()

    export_policies(actor=publisher, is_dry_run=True)
    assert not Run.objects.exists()

    report = export_policies(actor=publisher)
    data, _ = zip_policies(Policy.objects.all(), actor=publisher)
    (folder.root / PATH).write_text("Somebody's own.\n")
    verify(get_policy("no-licence-act"), User.objects.get(username="reviewer"))
    export_policies(folder.root.parent / "elsewhere", actor=None)

    waits = (
        "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing."
    )
    assert report.files[0].reason == waits
    found = Run.objects.order_by("pk")
    assert [(run.kind, run.status, run.actor_name, run.source, run.options["to"]) for run in found] == [
        ("export", "done", "Paul Nakamura", "", "files"),
        ("export", "done", "Paul Nakamura", "", "zip"),
        ("export", "done", "", str(folder.root.parent / "elsewhere"), "folder"),
    ]
    assert [run.counts for run in found] == [{"not signed": 1, "written": 1}] * 2 + [{"written": 2}]
    licence = ("policies/en/no-licence-act.md", other.pk, "no-licence-act (en)")
    storage = (PATH, signed.pk, "no-storage-act (en)")
    assert rows(found[0]) == [
        (*licence, "not signed", waits, {"why": "claimed"}),
        (*storage, "written", "", {}),
    ]
    assert rows(found[2]) == [(*licence, "written", "", {}), (*storage, "written", "", {})]
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == [PATH, "SIGNOFFS.jsonl"]


def test_export_that_breaks_off_is_recorded_as_failed(
    signed: Policy, publisher: User, nobody: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Run.objects.count()
    with pytest.raises(ForbiddenError):
        export_policies(actor=nobody)
    assert Run.objects.count() == before  # nothing began

    def fail(*args: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(exporting, "_look", fail)
    with pytest.raises(DatabaseError):
        export_policies(actor=publisher)

    run = Run.objects.get(kind="export")
    said = "The database refused: database is locked. Once it answers again, the next run completes the rest."
    assert (run.status, run.error, run.actor_name) == ("failed", said, "Paul Nakamura")
