"""`manage.py verify_audit_trail`: what it prints, for people and for programs, and its exit code."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from reviews.models import Decision, Policy, TrailHead
from reviews.services.exporting import export_policies
from tests.factories import Folder, decide
from tests.services.counts import edit
from tests.trail import behind_the_back


def run(*arguments: str) -> tuple[int, str]:
    """The exit code, and what it prints."""
    out = StringIO()
    try:
        call_command("verify_audit_trail", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def forge() -> Decision:
    """Have somebody else sign, past the application; return the decision as it was written."""
    written = Decision.objects.get(transition="verify")
    with behind_the_back(), connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_decision SET actor_name = 'Rosa Lindquist' WHERE trail_number = 3")
    return written


def counted(*, stale: int = 0, lines: int = 0, faults: int = 0) -> str:
    return (
        f"Audit trail of 3 entries, up to {TrailHead.objects.get().hash}\n"
        f"  signed records   {1:>6}\n"
        f"  of them stale    {stale:>6}\n"
        f"  sign-off lines   {lines:>6}\n"
        f"  faults           {faults:>6}\n"
    )


def test_whole_trail_is_counted_and_its_end_named(signed: Policy, editor: User) -> None:
    assert run() == (0, counted())
    assert run("-v0") == (0, "")
    edit(editor, title="Sea Act")
    assert run() == (0, counted(stale=1))


def test_fault_is_named_with_entry_record_person_and_time(signed: Policy) -> None:
    at = forge().created_at.isoformat(timespec="seconds")

    fault = (
        f"decision 3, no-storage-act (en), Rosa Lindquist, {at}: It is not what was written, or does not stand where "
        "it was written: its hash does not fit.\n"
    )
    assert run() == (1, fault + counted(faults=1))


def test_json_is_for_programs(signed: Policy) -> None:
    written = forge()

    code, printed = run("--format", "json")

    assert (code, json.loads(printed)) == (
        1,
        {
            "number": 3, "hash": TrailHead.objects.get().hash, "signed": 1, "stale": 0, "lines": 0,
            "faults": [
                {
                    "kind": "decision", "number": 3, "record": "no-storage-act (en)",
                    "person": "Rosa Lindquist", "at": str(written.created_at),
                    "what": "It is not what was written, or does not stand where it was written: "
                    "its hash does not fit.",
                }
            ],
        },
    )  # fmt: skip


def test_lines_beside_the_files_are_held_against_the_trail(signed: Policy, folder: Folder) -> None:
    export_policies(actor=None)
    decide(signed, "reopen", signed.signoff.actor, "Again.")  # a line tells what was signed then
    code, printed = run("--signoffs", str(folder.root))
    assert (code, printed.splitlines()[3]) == (0, "  sign-off lines        1")

    # The trail forged from end to end, hashes and all, still differs from what the files' repository remembers.
    with behind_the_back(), connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_decision SET trail_hash = 'x' WHERE trail_number = 3")
    code, printed = run("--signoffs", str(folder.root))

    assert code == 1
    assert [line for line in printed.splitlines() if line.startswith("line")] == [
        "line 3, no-storage-act (en), Rosa Lindqvist: The line says something else than entry 3, which it names."
    ]


def test_broken_manifest_is_a_fault_and_none_at_all_is_wrong_use(
    signed: Policy, folder: Folder, tmp_path: Path
) -> None:
    export_policies(actor=None)
    place = folder.root / "SIGNOFFS.jsonl"
    place.write_text(place.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    code, printed = run("--signoffs", str(folder.root))
    assert (code, printed.splitlines()[0]) == (
        1,
        "line: SIGNOFFS.jsonl, line 2: it is no line that PolicyHub writes",
    )

    with pytest.raises(CommandError) as caught:
        run("--signoffs", str(tmp_path))
    missing = tmp_path / "SIGNOFFS.jsonl"
    assert str(caught.value) == (
        f"{missing} cannot be read: [Errno 2] No such file or directory: '{missing}'. Name the folder of an export."
    )
