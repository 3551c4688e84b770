"""The progress bar of an import: on a terminal only, and gone when it is done."""

import os
import pty
import subprocess

import pytest

from tests.factories import Folder
from tests.services.programs import command, environment, manage


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_terminal_shows_how_far_the_import_is(folder: Folder) -> None:
    for number in range(300):
        folder.policy(f"policy-{number:03}")
    ours, theirs = pty.openpty()

    done = subprocess.run(
        command("import_policies"),
        env=environment(folder.root),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=False,
        timeout=120,
    )

    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert (done.returncode, shown) == (
        0,
        f"\r[{'#' * 26}{'.' * 6}] 250/300\r[{'#' * 32}] 300/300\r{' ' * 52}\r",
    )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_bar_where_there_is_no_terminal(folder: Folder) -> None:
    folder.policy()
    assert manage(folder.root, "import_policies").stderr == ""
