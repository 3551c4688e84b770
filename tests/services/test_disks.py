"""Folders that may not be read or written, and disks that fill up half-way: said clearly, and nothing is lost."""

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from reviews.models import Policy
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.importing import import_policies
from tests.factories import Folder, verify
from tests.services.programs import manage

NOBODY = 65534
PATH = "policies/en/no-storage-act.md"
DENIED = "Permission denied: nothing was written, the file stands as it was. Free the way and repeat."


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without root's right to read and write everything; others have none to lose."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_folder() -> Iterator[Folder]:
    """An empty folder that every user of the machine may reach (pytest's own may not)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name, "open").resolve())
        folder.root.mkdir()
        Path(name).chmod(0o755)
        yield folder
        for place in [folder.root, *folder.root.rglob("*")]:
            place.chmod(0o755)


@pytest.mark.django_db
def test_read_only_target_is_told_and_left_alone(signed: Policy, open_folder: Folder) -> None:
    open_folder.root.chmod(0o555)

    with unprivileged():
        (item,) = export_policies(open_folder.root, actor=None).files

    assert (item.outcome, item.reason) == (ExportOutcome.FAILED, DENIED)
    assert list(open_folder.root.iterdir()) == []


@pytest.mark.django_db
def test_read_only_folder_fails_for_its_files_and_the_others_go_out(
    folder: Folder, signed: Policy, reviewer: User, open_folder: Folder
) -> None:
    verify(folder.import_policy(language="zh"), reviewer)
    open_folder.write(PATH, signed.source_file.text)
    (open_folder.root / "policies").chmod(0o777)
    (open_folder.root / "policies/en").chmod(0o555)

    with unprivileged():
        report = export_policies(open_folder.root, actor=None)

    assert [(item.policy, item.outcome.value, item.reason) for item in report.files] == [
        ("no-storage-act (en)", "failed", DENIED),
        ("no-storage-act (zh)", "written", ""),
    ]
    assert open_folder.read(PATH) == signed.source_file.text
    assert [path for path in open_folder.content() if "tmp" in path] == []


@pytest.mark.django_db
def test_command_that_could_not_write_exits_with_1(
    signed: Policy, open_folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    open_folder.root.chmod(0o555)

    with unprivileged(), pytest.raises(SystemExit) as error:
        call_command("export_policies", "--to", str(open_folder.root))

    assert error.value.code == 1
    assert capsys.readouterr().err == f"failed  {PATH}: {DENIED}\n"


@pytest.mark.django_db
def test_what_may_not_be_read_is_refused_and_the_others_go_in(open_folder: Folder) -> None:
    open_folder.policy("a")
    open_folder.policy("b").chmod(0o000)
    open_folder.policy("c", language="zh")
    (open_folder.root / "policies/zh").chmod(0o000)

    with unprivileged():
        report = import_policies([open_folder.root], actor=None)

    assert [(item.path, item.outcome.value, item.reason) for item in report.files] == [
        ("policies/en/a.md", "created", ""),
        ("policies/en/b.md", "refused", "cannot be read: Permission denied."),
        ("policies/zh", "refused", "cannot be read: Permission denied."),
    ]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_export_to_a_disk_that_fills_up_leaves_every_file_whole(
    folder: Folder, reviewer: User, tmp_path: Path
) -> None:
    """The kernel cuts the second file's write off at 100,000 bytes, as a full disk would."""
    for policy_id, size in (("a-small", 100), ("b-large", 200_000), ("c-small", 100)):
        verify(folder.import_policy(policy_id, body="x" * size), reviewer)
    target = Folder(tmp_path / "target")
    target.write("policies/en/b-large.md", folder.read("policies/en/b-large.md"))
    before = target.content()
    connection.close()  # the last one to leave clears SQLite's journal, which would be cut off too

    result = manage(
        folder.root,
        "export_policies",
        "--to",
        str(target.root),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )

    assert result.returncode == 1
    assert result.stderr == (
        "failed  policies/en/b-large.md: "
        "File too large: nothing was written, the file stands as it was. Free the way and repeat.\n"
    )
    after = target.policy_files()
    assert sorted(after) == [f"policies/en/{name}.md" for name in ("a-small", "b-large", "c-small")]
    assert after["policies/en/b-large.md"] == before["policies/en/b-large.md"]

    assert manage(folder.root, "export_policies", "--to", str(target.root)).returncode == 0
    assert target.policy_files() == {
        policy.source_file.path: policy.signoff.signed_text.encode()
        for policy in Policy.objects.select_related("signoff", "source_file")
    }


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_import_into_a_disk_that_fills_up_takes_nothing_in(folder: Folder) -> None:
    """SQLite's own files are cut off; PostgreSQL's belong to another process and go on."""
    for number in range(40):
        folder.policy(f"policy-{number:02}", body="x" * 100_000)
    limit = 2_000_000

    result = manage(
        folder.root,
        "import_policies",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )

    if connection.vendor == "sqlite":
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("CommandError: The database refused: ")
        assert result.stderr.endswith("Nothing was imported.\n")
        assert result.stderr.count("\n") == 1
        assert Policy.objects.count() == 0
    assert manage(folder.root, "import_policies").returncode == 0
    assert Policy.objects.count() == 40


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_export_whose_database_fills_up_leaves_whole_files_and_the_next_run_completes(
    folder: Folder, reviewer: User
) -> None:
    """SQLite's journal is cut off at 60,000 bytes, so some files are written and the database hears of few."""
    for number in range(8):
        verify(folder.import_policy(f"policy-{number}"), reviewer)
    old = folder.content()
    new = {
        policy.source_file.path: policy.signoff.signed_text.encode()
        for policy in Policy.objects.select_related("signoff", "source_file")
    }
    connection.close()  # the last one to leave clears SQLite's journal

    result = manage(
        folder.root,
        "export_policies",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )

    if connection.vendor == "sqlite":
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("CommandError: The database refused: ")
        assert result.stderr.endswith(
            "Each file is as it was or as it was signed; the next run completes the rest.\n"
        )
    assert all(data in (old[path], new[path]) for path, data in folder.policy_files().items())
    assert manage(folder.root, "export_policies").returncode == 0
    assert folder.policy_files() == new
    assert {item.outcome.value for item in export_policies(actor=None).files} == {"unchanged"}
