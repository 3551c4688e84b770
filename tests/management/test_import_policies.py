"""`manage.py import_policies`: what it prints, and how it ends."""

import io
import os
import pty
import subprocess
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from reviews.models import Conflict, Policy, Run
from tests.factories import Folder, claim, front_matter, json_text
from tests.services.counts import edit
from tests.services.programs import command, environment, manage

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: int) -> tuple[int, str, str]:
    """The exit code, and what was printed on both channels."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_policies", *arguments, stdout=out, stderr=err, no_color=True, **options)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_summary_of_new_files(folder: Folder) -> None:
    folder.policy("a")
    folder.policy("b", language="zh", reviewStatus="draft")

    assert run() == (
        0,
        f"""\
Imported 2 files from {folder.root}
  created        2
  updated        0
  unchanged      0
  asked          0
  ignored        0
  conflicts      0
  claimed        1
  warnings       0
  refused        0
""",
        "",
    )


def test_summary_with_something_of_everything_and_exit_code_1(folder: Folder) -> None:
    folder.policy("a-unchanged")
    folder.policy("b-updated")
    run()
    folder.policy("b-updated", title="Sea Act", year="soon")
    folder.policy("c-created", analysis={"market": claim(score="high")})
    folder.write("policies/en/d-refused.md", "---\ntitle: [\n---\n")

    code, out, err = run()

    assert (code, out) == (
        1,
        f"""\
warning    policies/en/b-updated.md: year: "soon" is no whole number; \
the file keeps it as it is, the field stays empty.
warning    policies/en/c-created.md: analysis.market.score: "high" is no number; \
the file keeps it as it is, the field stays empty.
Imported 4 files from {folder.root}
  created        1
  updated        1
  unchanged      1
  asked          0
  ignored        0
  conflicts      0
  claimed        3
  warnings       2
  refused        1
""",
    )
    assert err.startswith("refused  policies/en/d-refused.md: line 3, column 1: not YAML: ")
    assert err.count("\n") == 1
    assert Policy.objects.count() == 3


def test_dry_run_names_each_file_and_writes_nothing(folder: Folder) -> None:
    folder.policy("a")
    folder.policy("b", reviewStatus="draft")
    folder.write("policies/en/c.md", "")

    assert run("--dry-run") == (
        1,
        f"""\
created    policies/en/a.md  a (en), claimed
created    policies/en/b.md  b (en)
Planned 3 files from {folder.root}
  created        2
  updated        0
  unchanged      0
  asked          0
  ignored        0
  conflicts      0
  claimed        1
  warnings       0
  refused        1
""",
        "refused  policies/en/c.md: is empty: a policy needs front matter with a title.\n",
    )
    assert Policy.objects.count() == 0


def test_dry_run_says_of_each_value_whose_side_wins(folder: Folder, imported: Policy, editor: User) -> None:
    edit(
        editor,
        title="Sea Act",
        analysis={"market": claim(score=71), "mrv": front_matter()["analysis"]["mrv"]},
    )
    evidence = "[AI-Generated] Permits are open to all who can pay for monitoring, and to nobody else."
    folder.policy(
        title="Lake Act", year=None, analysis={"market": claim(evidence=evidence)}, sectors=["storage"]
    )
    plan = """\
updated    policies/en/no-storage-act.md  no-storage-act (en), claimed
  conflict title: the file says “Lake Act”, here stands “Sea Act”, before both “Storage Act”
  year: taken out of the file (here still “2024”)
  sectors: the file's “storage” (here still “storage, transport”)
  analysis.market.score: “71” stays (the file says “70”)
  analysis.market.evidence: the file's “…n pay for monitoring, and to nobody else.” \
(here still “…n pay for monitoring.”)
  analysis.mrv: taken out of the file (here still “{"auditNote": "", "citation": "Act 12 of 2024, section 4", …”)
"""

    code, out, err = run("--dry-run")

    assert (code, err) == (0, "")
    assert out.partition("Planned ")[0] == plan
    assert Conflict.objects.count() == 0


def test_run_says_what_waits_for_a_person_and_where(
    folder: Folder, imported: Policy, editor: User, settings: LazySettings
) -> None:
    settings.POLICYHUB_URL = "https://hub.example"
    folder.policy("gone")
    run()
    edit(editor, title="Sea Act")
    folder.policy(title="Lake Act")
    (folder.root / "policies/en/gone.md").unlink()
    open_in_all = """\
Conflicts open in all: 1, at https://hub.example/admin/reviews/policy/conflicts/
Questions open in all: 1, at https://hub.example/admin/reviews/policy/conflicts/files/
"""

    assert run() == (
        0,
        f"""\
  policies/en/no-storage-act.md: conflict title: the file says “Lake Act”, here stands “Sea Act”, \
before both “Storage Act”
asked      policies/en/gone.md: its file is gone: say whether the record is retired, or the file written again.
Imported 2 files from {folder.root}
  created        0
  updated        1
  unchanged      0
  asked          1
  ignored        0
  conflicts      1
  claimed        1
  warnings       0
  refused        0
{open_in_all}""",
        "",
    )
    folder.write("README.md", "# About\n")
    assert run() == (
        0,
        f"""\
ignored    README.md: has no front matter, so it is no policy: one begins with a line “---” or “+++”.
asked      policies/en/gone.md: its file is gone: say whether the record is retired, or the file written again.
Imported 3 files from {folder.root}
  created        0
  updated        0
  unchanged      1
  asked          1
  ignored        1
  conflicts      0
  claimed        1
  warnings       0
  refused        0
{open_in_all}""",
        "",
    )


def test_files_come_from_a_commit_of_a_repository(tmp_path: Path, db: None) -> None:
    folder = Folder(tmp_path / "site")
    folder.policy("a")
    folder.policy("a", language="zh")
    git = ("git", "-C", str(folder.root), "-c", "user.name=A", "-c", "user.email=a@b.example")
    for words in (("init", "-qb", "main"), ("add", "."), ("commit", "-qm", "First"), ("tag", "first")):
        subprocess.run([*git, *words], check=True)
    folder.policy("a", title="Sea Act")
    subprocess.run([*git, "commit", "-qam", "Second"], check=True)
    commit = subprocess.check_output([*git, "rev-parse", "first"], text=True).strip()

    code, out, err = run("--git", str(folder.root), "--ref", "first", str(folder.root / "policies/en"))

    assert (code, out.splitlines()[0], err) == (
        0,
        f"Imported 1 files from git {folder.root} at first ({commit[:7]})",
        "",
    )
    source = Policy.objects.get().source_file
    assert (source.root, source.path, source.commit) == (str(folder.root), "policies/en/a.md", commit)
    assert run("--git", str(folder.root))[1].splitlines()[1:4] == [
        "  created        1",
        "  updated        1",
        "  unchanged      0",
    ]


def test_verbose_run_names_each_file(folder: Folder) -> None:
    folder.policy("a")

    assert run(verbosity=2)[1].splitlines()[0] == "created    policies/en/a.md  a (en), claimed"


def test_quiet_run_prints_refusals_alone(folder: Folder) -> None:
    folder.policy("a", year="soon")
    folder.write("b.md", "")

    assert run(verbosity=0) == (
        1,
        "",
        "refused  b.md: is empty: a policy needs front matter with a title.\n",
    )


def test_paths_and_root_may_be_named(folder: Folder, tmp_path: Path) -> None:
    elsewhere = Folder(tmp_path / "repo")
    elsewhere.write("content/policies/en/a.md", json_text(front_matter("a")))
    elsewhere.write("content/policies/zh/a.md", json_text(front_matter("a")))

    code, out, _ = run(str(elsewhere.root / "content/policies/en"), "--root", str(elsewhere.root))

    assert (code, out.splitlines()[0]) == (0, f"Imported 1 files from {elsewhere.root}")
    assert Policy.objects.get().source_file.path == "content/policies/en/a.md"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{tmp}/nowhere"], "{tmp}/nowhere does not exist."),
        (
            ["{tmp}/policies", "--root", "{tmp}/var"],
            "{tmp}/policies is outside {tmp}/var: import it on its own, or name its --root.",
        ),
        (["--git", "{tmp}", "--root", "{tmp}"], "--git and --root name two roots: name one."),
        (["--ref", "main"], "--ref says what to read of a repository: name it with --git."),
    ],
)
def test_path_that_cannot_be_used_is_an_error(
    folder: Folder, tmp_path: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError) as error:
        run(*(argument.format(tmp=tmp_path) for argument in arguments))

    assert str(error.value) == message.format(tmp=tmp_path)


def test_import_that_does_not_begin_is_recorded_but_for_a_dry_run(folder: Folder, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    for arguments in ([nowhere], ["--git", nowhere], [nowhere, "--dry-run"], ["--git", nowhere, "--dry-run"]):
        with pytest.raises(CommandError):
            run(*arguments)

    rows = list(Run.objects.order_by("pk").values_list("kind", "status", "source", "error"))
    assert [row[:3] for row in rows] == [
        ("import", "failed", nowhere),
        ("import", "failed", f"git {nowhere}"),
    ]
    assert rows[0][3] == f"{nowhere} does not exist."
    assert rows[1][3].startswith(f"{nowhere} is no git repository: name the top of its work tree")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_command_line_ends_with_1_where_a_file_was_refused(folder: Folder) -> None:
    folder.policy("a")
    folder.write("b.md", "")

    result = manage(folder.root, "import_policies")

    assert (result.returncode, result.stderr) == (
        1,
        "refused  b.md: is empty: a policy needs front matter with a title.\n",
    )
    assert result.stdout.splitlines()[0] == f"Imported 2 files from {folder.root}"

    (folder.root / "b.md").unlink()
    result = manage(folder.root, "import_policies")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[3] == "  unchanged      1"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_progress_shows_on_a_terminal_and_is_wiped_away(folder: Folder) -> None:
    folder.policy("a")
    screen, terminal = pty.openpty()
    with subprocess.Popen(
        command("import_policies"), env=environment(folder.root), stdout=subprocess.DEVNULL, stderr=terminal
    ) as process:
        assert process.wait(60) == 0
        os.close(terminal)
        shown = os.read(screen, 4096).decode()
    os.close(screen)

    assert shown == f"\r[{'#' * 32}] 1/1\r{' ' * 52}\r"


# -- in whose name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", [None, "reviewer"])
def test_history_names_the_account_whose_run_it_is(
    username: str | None, folder: Folder, reviewer: User
) -> None:
    folder.policy()
    run(*(["--user", username] if username else []))

    policy = Policy.objects.get()
    actor = policy.history.get().history_user
    assert (actor and actor.username) == username
    assert policy.edited_by is None  # running an import makes nobody an author


@pytest.mark.parametrize("is_there", [False, True])
def test_account_that_is_not_there_or_not_active_imports_nothing(
    is_there: bool, folder: Folder, reviewer: User
) -> None:
    folder.policy()
    User.objects.update(username="gone" if is_there else "other", is_active=False)

    with pytest.raises(CommandError) as error:
        run("--user", "gone")

    assert str(error.value) == "There is no active account “gone”: nothing was done. Name another, or none."
    assert Policy.objects.count() == 0
