"""`manage.py prune_runs`: the details of old runs go, the runs stay."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from reviews.models import Run, RunFile, RunKind, RunStatus
from reviews.models.door import Door, open_door
from reviews.services.runs import RunOutcome, begin_run, finish_run
from tests.admin.html import read_text

pytestmark = pytest.mark.django_db


def begin(days: int, status: RunStatus = RunStatus.RUNNING, upload: bytes | None = None) -> Run:
    """A run that began so many days ago."""
    run = begin_run(RunKind.IMPORT, actor=None, source="folder /x", status=status, upload=upload)
    run.created_at = timezone.now() - dt.timedelta(days=days)
    with open_door(Door.CONTENT):
        run.save()
    return run


def test_details_of_old_runs_go_and_the_runs_stay(
    editor: User, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    for days in (31, 29):
        finish_run(
            begin(days), [RunOutcome("a.md", outcome="created"), RunOutcome("b.md", outcome="refused")]
        )
        begin(days, RunStatus.PLANNED, b"a ZIP")

    call_command("prune_runs", "--days", "30")

    assert capsys.readouterr().out == "Forgot 2 outcomes of files and 1 uploads\n"
    found = Run.objects.order_by("pk")
    assert [(run.status, run.counts, run.upload is None, run.files.count()) for run in found] == [
        ("done", {"created": 1, "refused": 1}, True, 0),
        ("cancelled", {}, True, 0),
        ("done", {"created": 1, "refused": 1}, True, 2),
        ("planned", {}, False, 0),
    ]
    client.force_login(editor)
    page = client.get(f"/admin/reviews/run/{found[0].pk}/")
    assert read_text(page, "run-group") == [
        "Refused 1 What became of each file is not kept any more.",
        "Added 1 What became of each file is not kept any more.",
    ]

    call_command("prune_runs", "--verbosity", "0")
    assert (capsys.readouterr().out, RunFile.objects.count()) == ("", 2)


@pytest.mark.parametrize("days", ["0", "-1", "x", ""])
def test_number_of_days_that_is_none_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match=f"“{days}” is no number of days from 1 up"):
        call_command("prune_runs", f"--days={days}")
