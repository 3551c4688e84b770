"""Real files, and our own seeds: all go in, none changes unasked, and a sign-off changes the signed lines alone."""

import difflib
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from reviews.documents import Document
from reviews.models import Policy
from reviews.services.export_report import ExportOutcome
from reviews.services.exporting import export_policies
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.services.rendering import render_policy
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.conftest import PROJECT
from tests.factories import Folder, decide, judgement

pytestmark = pytest.mark.django_db

REVIEW_LINE = re.compile(r"""\s*['"]?(reviewStatus|reviewer|lastAuditDate|auditNote)['"]?\s*[:=]""")
ONE_LINE_MAPPING = re.compile(r"\s*(['\w]+: )?\{ .* \},?")
SEEDS = [path.relative_to(PROJECT / "seeds").as_posix() for path in sorted((PROJECT / "seeds").rglob("*.md"))]
CORPORA = ("2026-02-10-json", "2026-08-15-flow-yaml")


@pytest.fixture
def seeds(policy_folder: Path) -> Folder:
    """A copy of the project's seeds, imported."""
    shutil.copytree(PROJECT / "seeds", policy_folder, dirs_exist_ok=True)
    import_policies([policy_folder], actor=None)
    return Folder(policy_folder)


@pytest.fixture(params=CORPORA)
def real(request: pytest.FixtureRequest, corpus: Path, policy_folder: Path) -> Folder:
    """A copy of one snapshot of the real files, imported."""
    shutil.copytree(corpus / request.param, policy_folder, dirs_exist_ok=True)
    import_policies([policy_folder], actor=None)
    return Folder(policy_folder)


def changed_lines(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came, by difflib."""
    diff = list(difflib.ndiff(old.split("\n"), new.split("\n")))
    return [line[2:] for line in diff if line[0] == "-"], [line[2:] for line in diff if line[0] == "+"]


def other_lines(gone: list[str], came: list[str]) -> list[str]:
    """The changed lines that hold no review field.

    A mapping on one line is one line to change, and Prettier breaks one that grew past 80 columns: the
    parts of it that come back word for word are not counted.
    """
    mappings = [line for line in gone if ONE_LINE_MAPPING.fullmatch(line)]
    return [
        line
        for line in gone + came
        if not REVIEW_LINE.match(line)
        and not ONE_LINE_MAPPING.fullmatch(line)
        and not any(line.strip().rstrip(",") in mapping for mapping in mappings)
    ]


def sign(policy: Policy, reviewer: User) -> None:
    """Verify a record, with a note where there is none; one that enters as a draft is submitted first."""
    if policy.state == "draft":
        reviewer.is_superuser = True
        reviewer.save()
        decide(policy, "submit", User.objects.get(pk=reviewer.pk))
    judgements = [
        judgement(policy, item.key, item.audit_note or f"Read the source on {item.key}: it's § 4.")
        for item in policy.dimensions.all()
    ]
    judge_dimensions(policy.pk, judgements, actor=User.objects.get(pk=reviewer.pk))
    decide(policy, "verify", User.objects.get(pk=reviewer.pk))


# -- all of them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "files", "claimed", "warnings"),
    [("2026-02-10-json", 172, 152, 0), ("2026-08-15-flow-yaml", 260, 236, 0)],
)
def test_real_files_go_in_as_claimed_and_none_as_verified(
    corpus: Path, name: str, files: int, claimed: int, warnings: int
) -> None:
    report = import_policies([corpus / name], actor=None)

    assert (report.count(Outcome.CREATED), len(report.refused)) == (files, 0)
    assert (report.claimed, report.warnings) == (claimed, warnings)
    assert Policy.objects.filter(standing="claimed").count() == claimed
    assert Policy.objects.filter(standing="verified").count() == 0
    assert Policy.objects.filter(state="verified").count() == 0


def test_real_files_are_left_as_they_are_when_nothing_changed(real: Folder) -> None:
    before = real.content()

    report = export_policies(actor=None)

    assert {item.outcome for item in report.files} == {ExportOutcome.NOT_SIGNED}
    assert real.content() == before
    for policy in Policy.objects.for_review():
        assert render_policy(policy).encode() == before[policy.source_file.path]
    assert {item.outcome for item in import_policies([real.root], actor=None).files} == {Outcome.UNCHANGED}


def test_seeds_go_in_and_are_left_as_they_are(seeds: Folder) -> None:
    before = seeds.content()

    assert Policy.objects.count() == len(before) == 17
    export_policies(actor=None)
    assert seeds.content() == before
    for policy in Policy.objects.for_review():
        assert render_policy(policy).encode() == before[policy.source_file.path]
        assert policy.warnings == []
    assert Policy.objects.filter(standing="claimed").count() == 11


def test_second_snapshot_changes_the_records_of_the_first(
    corpus: Path, policy_folder: Path, settings: LazySettings
) -> None:
    """Six months of edits, and another form of front matter, over the same paths."""
    shutil.copytree(corpus / CORPORA[0], policy_folder, dirs_exist_ok=True)
    import_policies([policy_folder], actor=None)
    paths = set(Folder(policy_folder).content())
    shutil.copytree(corpus / CORPORA[1], policy_folder, dirs_exist_ok=True)

    report = import_policies([policy_folder], actor=None)

    assert report.refused == ()
    updated = {item.path for item in report.files if item.outcome is Outcome.UPDATED}
    assert updated == {path for path in Folder(corpus / CORPORA[1]).content() if path in paths}
    for policy in Policy.objects.for_review().filter(source_file__path__in=updated):
        assert render_policy(policy) == Folder(policy_folder).read(policy.source_file.path)
    again = import_policies([policy_folder], actor=None)
    assert {item.outcome for item in again.files} == {Outcome.UNCHANGED}


# -- one note, one sign-off -------------------------------------------------------------------------------


def check_notes(policy: Policy, reviewer: User) -> int:
    """One note at a time changes one line, or adds one; returns how many were set."""
    text = policy.source_file.text
    for item in policy.dimensions.all():
        if "\n" in item.audit_note:
            continue  # a note of several lines has several to change
        raw = Document.parse(text).values["analysis"][item.key]
        note = "Checked against the gazette: it says “five years”."
        judge_dimensions(policy.pk, [judgement(policy, item.key, note, None)], actor=reviewer)
        gone, came = changed_lines(text, render_policy(Policy.objects.for_review().get(pk=policy.pk)))
        is_there = "auditNote" in raw or any(ONE_LINE_MAPPING.fullmatch(line) for line in gone)
        assert (len(gone), len(came)) == (int(is_there), 1), (policy, item.key)
        assert other_lines(gone, came) == [], (policy, item.key)
        back = Policy.objects.for_review().get(pk=policy.pk)
        judge_dimensions(policy.pk, [judgement(back, item.key, item.audit_note, None)], actor=reviewer)
    return policy.dimensions.count()


def content_of(values: dict[str, Any]) -> dict[str, Any]:
    """The values without the review fields."""
    review = ("reviewStatus", "reviewer", "lastAuditDate", "auditNote")
    return {
        key: content_of(item) if isinstance(item, dict) else item
        for key, item in values.items()
        if key not in review
    }


def check_signature(policy: Policy, folder: Folder, reviewer: User) -> None:
    """A sign-off, exported, changes the lines of status, reviewer, date and notes, and no other value."""
    path = policy.source_file.path
    before = folder.read(path)
    sign(policy, reviewer)

    (item,) = export_policies(actor=None, policies=Policy.objects.filter(pk=policy.pk)).files

    assert item.outcome is ExportOutcome.WRITTEN
    after = folder.read(path)
    gone, came = changed_lines(before, after)
    assert other_lines(gone, came) == [], path
    values = Document.parse(after).values
    assert content_of(values) == content_of(Document.parse(before).values)
    assert values["reviewStatus"] == "verified"
    assert values["provenance"]["reviewer"] == "Rosa Lindqvist"
    assert str(values["provenance"]["lastAuditDate"]) == str(timezone.localdate())
    assert all(item["auditNote"].strip() for item in values.get("analysis", {}).values())


@pytest.mark.parametrize("path", SEEDS)
def test_signed_seed_differs_in_the_signed_lines(seeds: Folder, reviewer: User, path: str) -> None:
    policy = Policy.objects.for_review().get(source_file__path=path)

    check_signature(policy, seeds, reviewer)


@pytest.mark.parametrize("path", [path for path in SEEDS if "/zh/" not in path])
def test_note_on_a_seed_changes_one_line(seeds: Folder, reviewer: User, path: str) -> None:
    policy = Policy.objects.for_review().get(source_file__path=path)
    if policy.state == "draft":
        reviewer.is_superuser = True
        reviewer.save()
        decide(policy, "submit", User.objects.get(pk=reviewer.pk))

    assert check_notes(policy, User.objects.get(pk=reviewer.pk)) >= 5


def test_signed_real_files_differ_in_the_signed_lines(real: Folder, reviewer: User) -> None:
    policies = Policy.objects.for_review().order_by("policy_id", "language")
    signable = [policy for policy in policies if not policy.facts().blockers]

    for policy in (few := signable[:: len(signable) // 15]):
        check_signature(policy, real, reviewer)

    assert len(few) >= 15
    outcomes = {item.outcome for item in import_policies([real.root], actor=None).files}
    assert outcomes == {Outcome.UNCHANGED}


def test_note_on_a_real_file_changes_one_line(real: Folder, reviewer: User) -> None:
    policies = list(Policy.objects.for_review().filter(state="in_review").order_by("policy_id"))[::16]

    counts = [check_notes(policy, reviewer) for policy in policies]

    assert sum(counts) >= 30


def test_rejected_seed_goes_nowhere(seeds: Folder, reviewer: User) -> None:
    policy = Policy.objects.for_review().get(policy_id="cn-ccer")
    before = seeds.content()
    judgements = [
        judgement(policy, item.key, "The source says otherwise.", VerdictKind.REJECTED)
        for item in policy.dimensions.all()
    ]
    judge_dimensions(policy.pk, judgements, actor=reviewer)

    export_policies(actor=None)

    assert seeds.content() == before
