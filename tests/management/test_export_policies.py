"""`manage.py export_policies`: what it prints, and how it ends."""

import io
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from reviews.models import Policy
from tests.factories import Folder, verify
from tests.git.sites import Site, clone
from tests.services.programs import manage
from tests.services.test_manifest import make_key

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"
LINE = "SIGNOFFS.jsonl (1 new line)\n"
CLAIMED = "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing."


def run(*arguments: str, **options: int) -> tuple[int, str, str]:
    """The exit code, and what was printed on both channels."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("export_policies", *arguments, stdout=out, stderr=err, no_color=True, **options)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_key_that_came_later_signs_anew(
    folder: Folder, signed: Policy, settings: LazySettings, tmp_path: Path
) -> None:
    run()
    settings.POLICYHUB_SIGNING_KEY = str(make_key(tmp_path / "key.pem"))
    head = "SIGNOFFS.jsonl (signed anew)\n"

    assert run("--check") == (1, f"would write  {head}{summary('Would export', 0, 1, 0, 0)}", "")
    assert run() == (0, f"written  {head}{summary('Exported', 0, 1, 0, 0)}", "")
    assert run("--check")[0] == 0


def summary(verb: str, written: int, unchanged: int, held_back: int, not_signed: int) -> str:
    counts = (written, unchanged, held_back, not_signed, 0)
    names = ("written", "unchanged", "held back", "not signed", "failed")
    rows = [f"  {name:<10} {count:>6}\n" for name, count in zip(names, counts, strict=True)]
    return f"{verb} {written} of {sum(counts)} records\n{''.join(rows)}"


def test_export_names_what_it_wrote_and_why_others_stay(folder: Folder, signed: Policy) -> None:
    folder.import_policy("a-claimed")

    assert run() == (
        0,
        f"""\
not signed  policies/en/a-claimed.md: {CLAIMED}
written  {PATH}
written  SIGNOFFS.jsonl (1 new line)
Exported 1 of 2 records
  written         1
  unchanged       0
  held back       0
  not signed      1
  failed          0
Not exported, because:
  Claimed, not signed: 1
""",
        "",
    )
    assert folder.read(PATH) == signed.signoff.signed_text


def test_second_export_changes_nothing(folder: Folder, signed: Policy) -> None:
    run()

    assert run() == (0, summary("Exported", 0, 1, 0, 0), "")


def test_dry_run_prints_the_diff_and_writes_nothing(folder: Folder, signed: Policy) -> None:
    before = folder.content()

    code, out, err = run("--dry-run")

    assert (code, err, folder.content()) == (0, "", before)
    assert out == (
        f"""\
--- a/{PATH}
+++ b/{PATH}
@@ -4,7 +4,7 @@
     {{
       'market':
         {{
-          'auditNote': '',
+          'auditNote': 'Read the source on market.',
           'citation': 'Act 12 of 2024, section 4',
           'evidence': '[AI-Generated] Permits are open to all who can pay for monitoring.',
           'label': 'Open access',
@@ -12,6 +12,7 @@
         }},
       'mrv':
         {{
+          'auditNote': 'Read the source on mrv.',
           'citation': 'Act 12 of 2024, section 4',
           'evidence': 'Reports are due every year.',
           'label': 'Yearly',
@@ -30,8 +31,8 @@
   'provenance':
     {{
       'author': 'Gemini Intelligence',
-      'lastAuditDate': '2026-02-08',
-      'reviewer': 'Human Audit Pending',
+      'lastAuditDate': '{timezone.localdate()}',
+      'reviewer': 'Rosa Lindqvist',
     }},
   'pubDate': '2024-05-01',
   'regulatory': {{ 'liability_period': '20 years', 'pore_space_rights': '' }},
"""
        f"would write  {LINE}" + summary("Would export", 1, 0, 0, 0)
    )


def test_check_fails_while_an_export_would_change_something(folder: Folder, signed: Policy) -> None:
    before = folder.content()

    assert run("--check") == (
        1,
        f"would write  {PATH}\nwould write  {LINE}{summary('Would export', 1, 0, 0, 0)}",
        "",
    )
    assert folder.content() == before

    run()
    assert run("--check") == (0, summary("Would export", 0, 1, 0, 0), "")


def test_check_passes_where_nothing_is_signed(imported: Policy) -> None:
    assert run("--check") == (
        0,
        (
            f"not signed  {PATH}: {CLAIMED}\n{summary('Would export', 0, 0, 0, 1)}"
            "Not exported, because:\n  Claimed, not signed: 1\n"
        ),
        "",
    )


@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--check"]])
def test_file_that_is_held_back_ends_it_with_1(folder: Folder, signed: Policy, arguments: list[str]) -> None:
    folder.write(PATH, "Somebody's own.\n")

    code, out, err = run(*arguments)

    assert (code, out) == (1, summary("Would export" if arguments else "Exported", 0, 0, 1, 0))
    assert err == (
        f"held back  {PATH}: The file changed on disk since Rosa Lindqvist signed it, so it was left as it is: "
        "import it, review what changed, and sign it again.\n"
    )
    assert folder.read(PATH) == "Somebody's own.\n"


def test_quiet_run_prints_nothing(folder: Folder, signed: Policy) -> None:
    assert run(verbosity=0) == (0, "", "")
    assert folder.read(PATH) == signed.signoff.signed_text


def test_export_to_another_folder(folder: Folder, signed: Policy, tmp_path: Path) -> None:
    before = folder.content()

    code, out, err = run("--to", str(tmp_path / "site"))

    assert (code, out, err) == (0, f"written  {PATH}\nwritten  {LINE}{summary('Exported', 1, 0, 0, 0)}", "")
    assert Folder(tmp_path / "site").policy_files() == {PATH: signed.signoff.signed_text.encode()}
    assert folder.content() == before


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_command_line_tells_by_its_exit_code(folder: Folder, signed: Policy) -> None:
    check = manage(folder.root, "export_policies", "--check")
    export = manage(folder.root, "export_policies")
    again = manage(folder.root, "export_policies", "--check")

    assert [(result.returncode, result.stderr) for result in (check, export, again)] == [
        (1, ""),
        (0, ""),
        (0, ""),
    ]
    assert folder.read(PATH) == signed.signoff.signed_text


# -- in whose name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", [None, "publisher"])
def test_history_names_the_account_whose_run_it_is(
    username: str | None, folder: Folder, signed: Policy, publisher: User
) -> None:
    code, _, _ = run(*(["--user", username] if username else []))

    newest = signed.source_file.history.latest("pk")
    assert (code, newest.history_change_reason) == (0, f"Exported to {PATH}")
    assert (newest.history_user and newest.history_user.username) == username


@pytest.mark.parametrize(
    ("username", "message"),
    [
        ("gone", "There is no active account “gone”: nothing was done. Name another, or none."),
        (
            "editor",
            "Exporting needs the permission “export_policy”: ask an administrator for the role Publishers.",
        ),
    ],
)
def test_account_that_may_not_export_writes_nothing(
    username: str, message: str, folder: Folder, signed: Policy, editor: User
) -> None:
    before = folder.content()

    with pytest.raises(CommandError) as error:
        run("--user", username)

    assert (str(error.value), folder.content()) == (message, before)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("name", ["", " "])
def test_empty_name_of_a_folder_is_refused(folder: Folder, signed: Policy, name: str, tmp_path: Path) -> None:
    """A shell variable that is not set must not stand for the folder that one happens to be in."""
    here = tmp_path / "here"
    here.mkdir()

    result = manage(folder.root, "export_policies", "--to", name, cwd=here)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].endswith(
        "error: argument --to: it is empty: name the folder to write below"
    )
    assert list(here.iterdir()) == []


# -- to git -----------------------------------------------------------------------------------------------


def test_commits_go_to_a_repository(tmp_path: Path, git_home: Path, reviewer: User) -> None:
    """With a check before and after, and the push to a remote in the end."""
    site = Site.create(tmp_path / "site")
    verify(site.import_policy(), reviewer)
    clone(site, tmp_path)
    arguments = ("--git", str(site.root))

    assert run(*arguments, "--check") == (
        1,
        f"would write  {PATH}\n{summary('Would export', 1, 0, 0, 0)}",
        "",
    )
    code, out, err = run(*arguments, "--branch", "main", "--push", "--remote", "origin")
    tip = site.git("rev-parse", "main")
    at = f"The branch is at {tip[:12]}.\n"
    assert (code, out, err) == (0, f"written  {PATH}\n{summary('Exported', 1, 0, 0, 0)}{at}", "")
    assert site.git("ls-remote", "origin", "refs/heads/main").split()[0] == tip
    assert run(*arguments) == (0, f"{summary('Exported', 0, 1, 0, 0)}{at}", "")
    assert run(*arguments, "--check") == (0, summary("Would export", 0, 1, 0, 0), "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--git", "a", "--to", "b"], "--git and --to name two places: name one."),
        (["--push"], "--branch, --push and --remote say how to commit: name the repository with --git."),
        (
            ["--branch", "main"],
            "--branch, --push and --remote say how to commit: name the repository with --git.",
        ),
        (
            ["--git", "/nowhere"],
            "/nowhere is no git repository: name the top of its work tree, or a bare repository. /nowhere is not there",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as error:
        run(*arguments)

    assert str(error.value) == message
