"""Import and export, really killed at several points: nothing is lost or half done, and the next run completes."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection

from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.import_attempt import PORTION
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.signoffs.checking import verify_folder
from tests.conftest import PROJECT
from tests.factories import Folder, claim, get_policy, verify
from tests.services.programs import command, environment, manage

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

FILES = 3 * PORTION
SIGNED = 12


def kill_when(process: subprocess.Popen[bytes], is_time: Callable[[], bool]) -> None:
    """SIGKILL the process as soon as `is_time`; fails where it ended before."""
    end = time.monotonic() + 60
    while not is_time():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end, "it never came so far"
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def write_files(folder: Folder) -> None:
    for number in range(FILES):
        folder.policy(f"policy-{number:04}", style="json", analysis={"market": claim()})


@pytest.mark.parametrize("done", [PORTION, 2 * PORTION])
def test_import_that_is_killed_leaves_nothing_and_the_next_completes(folder: Folder, done: int) -> None:
    write_files(folder)
    screen, terminal = pty.openpty()  # the progress bar shows on a terminal alone
    process = subprocess.Popen(
        command("import_policies"),
        env=environment(folder.root),
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    shown = b""

    def is_done() -> bool:
        nonlocal shown
        if select.select([screen], [], [], 0.01)[0]:
            shown += os.read(screen, 4096)
        return f"{done}/{FILES}".encode() in shown

    try:
        kill_when(process, is_done)
    finally:
        process.kill()
        os.close(terminal)
        os.close(screen)

    tables = (Policy, DimensionAnalysis, SourceFile)
    assert [model.objects.count() for model in tables] == [0, 0, 0]
    assert [model.history.count() for model in tables] == [0, 0, 0]

    result = manage(folder.root, "import_policies")

    assert (result.returncode, result.stderr) == (0, "")
    assert [model.objects.count() for model in tables] == [FILES, FILES, FILES]
    assert [model.history.count() for model in tables] == [FILES, FILES, FILES]


@pytest.mark.parametrize("done", [1, SIGNED // 2, SIGNED - 1])
def test_export_that_is_killed_leaves_whole_files_and_the_next_completes(
    folder: Folder, reviewer: User, done: int
) -> None:
    for number in range(SIGNED):
        verify(folder.import_policy(f"policy-{number:02}"), reviewer)
    old = folder.content()
    new = {
        policy.source_file.path: policy.signoff.signed_text.encode()
        for policy in Policy.objects.select_related("signoff", "source_file")
    }
    inodes = {path: (folder.root / path).stat().st_ino for path in old}
    process = subprocess.Popen(
        command("export_policies"), env=environment(folder.root), stdout=subprocess.DEVNULL
    )

    def is_done() -> bool:
        written = sum((folder.root / path).stat().st_ino != inode for path, inode in inodes.items())
        return written >= done

    try:
        kill_when(process, is_done)
    finally:
        process.kill()

    files = {path: data for path, data in folder.content().items() if path.endswith(".md")}
    assert all(data in (old[path], new[path]) for path, data in files.items())
    assert done <= sum(files[path] == new[path] for path in new) <= SIGNED

    result = manage(folder.root, "export_policies")

    assert (result.returncode, result.stderr) == (0, "")
    left = {path: data for path, data in folder.content().items() if path.endswith(".md")}
    assert left == new
    checked = verify_folder(folder.root)
    assert (checked.signed, checked.lines, checked.problems) == (SIGNED, SIGNED, ())
    for policy in Policy.objects.for_review():
        assert policy.source_file.text.encode() == new[policy.source_file.path]
        assert policy.standing == "verified"
    assert {item.outcome for item in export_policies(actor=None).files} == {ExportOutcome.UNCHANGED}
    assert {item.outcome for item in import_policies([folder.root], actor=None).files} == {Outcome.UNCHANGED}


def test_import_after_a_killed_export_takes_what_was_written(folder: Folder, reviewer: User) -> None:
    """The file was replaced, and the process was gone before the database heard of it."""
    verify(folder.import_policy(), reviewer)
    policy = get_policy()
    Path(policy.source_file.location).write_bytes(policy.signoff.signed_text.encode())

    (item,) = import_policies([folder.root], actor=None).files

    assert (item.outcome, item.is_claimed) == (Outcome.UPDATED, False)
    assert get_policy().source_file.text == policy.signoff.signed_text
    assert get_policy().standing == "verified"


def test_merge_that_is_killed_leaves_all_as_it_was_and_the_next_completes(tmp_path: Path) -> None:
    """At 26 moments drawn by lot; SQLite, whose file is the database."""
    folder = tmp_path / "policies"
    folder.mkdir()
    program = [sys.executable, "-m", "tests.services.killing", str(folder), "26", str(time.time())]
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/policyhub.sqlite3"}
    if connection.vendor == "sqlite":  # migrated already
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [f"{tmp_path}/policyhub.sqlite3"])
    done = subprocess.run(
        program, env=environment(folder) | database, cwd=PROJECT, check=True, capture_output=True, text=True
    )
    said = json.loads(done.stdout)
    before, after = said["before"], said["after"]

    assert before[:2] == after[:2] == ["ok", []]
    assert (after[3]["Conflict"], after[3]["FileQuestion"], len(after[2])) == (15, 2, 35)
    killed = [first for first, _second in said["seen"]]
    assert [item for item in killed if item not in (before, after)] == []
    assert killed.count(before) > 5
    # Where one came to its end all the same, the next finds every file unchanged.
    assert [item[:3] for _first, item in said["seen"]] == [after[:3]] * 26
