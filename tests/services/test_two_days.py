"""Two real days of one repository, six months apart, with work in PolicyHub between them: nobody's is lost."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import frontmatter
import pytest
from django.contrib.auth.models import User

from reviews.documents import KeyPath
from reviews.models import Conflict, Decision, FileQuestion, Policy, Resolution
from reviews.schema import compare_values, flatten
from reviews.services.editing import edit_policy
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.services.reading import parse_text
from reviews.services.resolving import resolve_conflicts
from tests.factories import make_user, verify
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db

FIRST, SECOND = "2026-02-10-json", "2026-08-15-flow-yaml"
EDITED = {"description": "description", "legalWeight": "legal_weight", "status": "status"}  # key and field
REVIEW = {"file_status", "reviewer", "last_audit_date", "audit_note"}


@dataclass
class Work:
    """What a person did to a record: its file, and what stands there since, by place."""

    path: str
    policy: Policy
    values: dict[KeyPath, Any]


def values_of(day: Path, path: str) -> dict[KeyPath, str]:
    """Edited keys and notes of a file, by the record's places, as python-frontmatter reads them."""
    read: dict[str, Any] = dict(frontmatter.loads((day / path).read_text(encoding="utf-8")).metadata)
    values: dict[KeyPath, str] = {(name,): read.get(key) or "" for key, name in EDITED.items()}
    for key, claim in (read.get("analysis") or {}).items():
        values["analysis", key, "evidence"] = claim.get("evidence") or ""
        values["analysis", key, "audit_note"] = claim.get("auditNote") or ""
    return values


def choose(first: Path, second: Path) -> tuple[list[Policy], list[Policy]]:
    """Ten records to sign and ten to edit: of each five in which the second day changed what is to be touched, and five
    in which it changed something else.
    """
    notes: dict[bool, list[Policy]] = {True: [], False: []}
    texts: dict[bool, list[Policy]] = {True: [], False: []}
    for policy in Policy.objects.for_review().filter(state="in_review").exclude(url=""):
        path = policy.source_file.path
        if not (second / path).exists():
            continue
        before, after = values_of(first, path), values_of(second, path)
        touched = {at for at in before if before[at] != after.get(at)}
        if any(at[-1] == "audit_note" for at in touched) and len(notes[True]) < 5:
            notes[True].append(policy)
        elif len(touched & {(name,) for name in EDITED.values()}) > 1 and len(texts[True]) < 5:
            texts[True].append(policy)
        elif not touched and len(notes[False]) < 5:
            notes[False].append(policy)
        elif not touched and len(texts[False]) < 5:
            texts[False].append(policy)
    assert [len(rows) for rows in (*notes.values(), *texts.values())] == [5, 5, 5, 5]
    return notes[True] + notes[False], texts[True] + texts[False]


def write_evidence(policy: Policy, editor: User) -> dict[KeyPath, Any]:
    """Write evidence where a placeholder stands for it, which nobody could sign; return where, and what."""
    seen, wanted = policy.to_values(), policy.to_values()
    for finding in policy.findings.filter(check_id="evidence-placeholder"):
        wanted.dimensions[finding.dimension_key].fields["evidence"] = "Section 4 says so."
    changes = edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor).changes
    return {change.at: change.new for change in changes}


def edit(policy: Policy, editor: User) -> Work:
    """Rewrite three texts and the evidence of the first dimension."""
    seen, wanted = policy.to_values(), policy.to_values()
    for name in EDITED.values():
        wanted.fields[name] = f"{seen.fields[name]} (checked)"
    key = next(iter(wanted.dimensions))
    wanted.dimensions[key].fields["evidence"] = "Section 4 says so."
    changes = edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor).changes
    assert len(changes) == 4
    return Work(policy.source_file.path, policy, {change.at: change.new for change in changes})


def sign(policy: Policy, editor: User, reviewer: User) -> Work:
    written = write_evidence(policy, editor)
    verify(policy, reviewer)
    signed = flatten(Policy.objects.for_review().get(pk=policy.pk).to_values(), with_review=True)
    notes = {at: value for at, value in signed.items() if at[-1] == "audit_note"}
    return Work(policy.source_file.path, policy, {**written, **notes, ("reviewer",): "Rosa Lindqvist"})


def places(policy: Policy, day: Path, path: str) -> dict[KeyPath, Any]:
    """Where the record says something else than the file of that day, and what."""
    file = parse_text(path, policy.language, (day / path).read_bytes().decode())
    changes = compare_values(file.values, policy.to_values(), with_review=True)
    return {change.at: change.new for change in changes}


def test_no_edit_of_either_side_is_lost(
    corpus: Path, policy_folder: Path, reviewer: User, editor: User
) -> None:
    first, second = corpus / FIRST, corpus / SECOND
    shutil.copytree(first, policy_folder, dirs_exist_ok=True)
    import_policies([policy_folder], actor=None)
    to_sign, to_edit = choose(first, second)
    work = [sign(policy, editor, reviewer) for policy in to_sign] + [
        edit(policy, editor) for policy in to_edit
    ]
    shutil.rmtree(policy_folder)
    shutil.copytree(second, policy_folder)

    planned = import_policies([policy_folder], actor=None, is_dry_run=True)
    report = import_policies([policy_folder], actor=None)

    assert planned.files == report.files
    # What the second day took away is asked about, what it brought is new, and all else changed.
    paths = [{path.relative_to(day).as_posix() for path in day.rglob("*.md")} for day in (first, second)]
    assert {item.path for item in report.files if item.outcome is Outcome.ASKED} == paths[0] - paths[1]
    assert {item.path for item in report.files if item.outcome is Outcome.CREATED} == paths[1] - paths[0]
    assert {item.path for item in report.files if item.outcome is Outcome.UPDATED} == paths[1] & paths[0]
    assert set(FileQuestion.objects.values_list("kind", "answer")) == {("gone", "")}
    # The conflicts are the values that both changed, and no others.
    both = {
        (item.policy.pk, at)
        for item in work
        for at, value in item.values.items()
        if at != ("reviewer",)
        and values_of(first, item.path)[at] != values_of(second, item.path)[at] != value
    }
    assert {(row.policy_id, row.at) for row in Conflict.objects.all()} == both
    assert (len(both) >= 20, report.conflicts) == (True, len(both))
    # Here stands what was written here, and everywhere else what the second day says.
    mine = {item.policy.pk: item for item in work}
    for policy in Policy.objects.for_review().filter(source_file__path__in=paths[1]):
        said = places(policy, second, policy.source_file.path)
        item = mine.get(policy.pk)
        assert set(said) <= ({*item.values, ("last_audit_date",)} if item else set())
        assert {at: said.get(at, value) for at, value in (item.values if item else {}).items()} == (
            item.values if item else {}
        )
        assert policy.source_file.text == (second / policy.source_file.path).read_bytes().decode()
    assert {Policy.objects.get(pk=policy.pk).standing for policy in to_sign} == {"stale"}

    assert_unchanged(policy_folder)
    settle(work, editor, reviewer)
    export_signed_changes_alone(policy_folder, second, work)


def assert_unchanged(folder: Path) -> None:
    before = (count_rows(), list(Policy.objects.values()), list(Conflict.objects.values()))
    again = import_policies([folder], actor=None)
    assert {item.outcome for item in again.files} == {Outcome.UNCHANGED, Outcome.ASKED}
    assert (count_rows(), list(Policy.objects.values()), list(Conflict.objects.values())) == before
    assert FileQuestion.objects.filter(answer="").count() == again.count(Outcome.ASKED) == 6


def settle(work: list[Work], editor: User, reviewer: User) -> None:
    """Decide every conflict, for the file and for PolicyHub by turns, and sign all twenty records."""
    both = make_user("both", "Bea", "Roth", "Editors", "Reviewers")
    for item in work:
        rows = Conflict.objects.filter(policy=item.policy, resolution="")
        turns = (Resolution.THEIRS, Resolution.OURS)
        if sides := {row.pk: (turns[number % 2], None) for number, row in enumerate(rows)}:
            resolve_conflicts(item.policy.pk, sides, actor=both)
    for item in work:
        policy = Policy.objects.for_review().get(pk=item.policy.pk)
        item.values |= write_evidence(policy, editor)
        verify(Policy.objects.for_review().get(pk=policy.pk), reviewer)
    assert Policy.objects.filter(standing="verified").count() == len(work)


def export_signed_changes_alone(folder: Path, second: Path, work: list[Work]) -> None:
    assert export_policies(actor=None).count(ExportOutcome.WRITTEN) == len(work)
    now, then = (
        {path.relative_to(day).as_posix(): path.read_bytes() for path in day.rglob("*") if path.is_file()}
        for day in (folder, second)
    )
    changed = {path for path, data in now.items() if data != then.get(path)}
    assert changed == {*(item.path for item in work), "SIGNOFFS.jsonl"}
    for item in work:
        text, language = now[item.path].decode(), item.policy.language
        assert text == Decision.objects.filter(policy=item.policy).latest("pk").signed_text
        file, was = (
            parse_text(item.path, language, data.decode()) for data in (now[item.path], then[item.path])
        )
        assert {change.at for change in compare_values(was.values, file.values)} <= set(item.values)
