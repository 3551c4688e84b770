"""Import of what changed: on disk, in the database or on both sides, which never overwrite each other."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from reviews.models import Policy, SourceFile
from reviews.services.exporting import export_policies
from reviews.services.import_plan import ImportReport
from reviews.services.importing import import_policies
from tests.factories import Folder, claim, decide, front_matter, get_policy, judge_all
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db


PATH = "policies/en/no-storage-act.md"


def run(folder: Folder, *paths: str, actor: User | None = None, **options: Any) -> ImportReport:
    return import_policies([folder.root / path for path in paths] or [folder.root], actor=actor, **options)


def outcomes(report: ImportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def test_file_that_changed_on_disk_changes_the_record(folder: Folder, imported: Policy, editor: User) -> None:
    folder.policy(
        title="Sea Act",
        analysis={"mrv": front_matter()["analysis"]["mrv"], "strategic": claim()},
        tags=["new"],
        body="\nOther.\n",
    )
    before = count_rows()

    report = run(folder, actor=editor)

    assert outcomes(report) == [(PATH, "updated")]
    policy = get_policy()
    assert (policy.title, policy.extra, policy.body) == ("Sea Act", {"tags": ["new"]}, "\nOther.\n")
    assert [item.key for item in policy.dimensions.all()] == ["mrv", "strategic"]
    assert (policy.version, policy.source_file.text) == (2, folder.read(PATH))
    # market went, strategic came, mrv moved up
    assert count_rows() - before == {
        "Policy history": 1,
        "DimensionAnalysis history": 3,
        "SourceFile history": 1,
    }
    latest = policy.history.latest()
    assert (latest.history_user, latest.history_change_reason) == (editor, f"Imported from {PATH}")


def test_importing_makes_nobody_an_author(folder: Folder, imported: Policy, superuser: User) -> None:
    edit(superuser, title="Sea Act", analysis={"market": claim(score=1), "mrv": claim()})
    folder.policy(title="Sea Act", analysis={"market": claim(score=1), "mrv": claim()})
    run(folder)  # both sides say the same now, and the superuser is still the author
    assert (get_policy().edited_by, get_policy().dimensions.get(key="market").edited_by) == (
        superuser,
        superuser,
    )

    folder.policy(title="Lake Act", analysis={"market": claim(score=2), "mrv": claim()})
    run(folder, actor=superuser)

    policy = get_policy()
    assert (policy.edited_by, policy.dimensions.get(key="market").edited_by) == (None, None)
    assert policy.dimensions.get(key="mrv").edited_by == superuser
    assert count_rows()["Decision"] == 0


def test_review_fields_from_disk_leave_the_author_of_the_content(
    folder: Folder, imported: Policy, superuser: User
) -> None:
    edit(superuser, title="Sea Act", analysis={"market": claim(score=1), "mrv": claim(auditNote=None)})
    same: dict[str, Any] = {
        "title": "Sea Act",
        "analysis": {"market": claim(score=1), "mrv": claim(auditNote=None)},
    }
    folder.policy(**same)
    run(folder)

    noted = {"market": claim(score=1, auditNote="Read."), "mrv": claim(auditNote=None)}
    folder.policy(
        **same | {"analysis": noted, "provenance": {"author": "Gemini Intelligence", "reviewer": "X Y"}}
    )
    report = run(folder)

    policy = get_policy()
    assert (outcomes(report), policy.reviewer) == ([(PATH, "updated")], "X Y")
    assert policy.dimensions.get(key="market").audit_note == "Read."
    assert (policy.edited_by, policy.dimensions.get(key="market").edited_by) == (superuser, superuser)


def test_spelling_that_changed_on_disk_touches_the_file_alone(folder: Folder, imported: Policy) -> None:
    folder.policy(style="json")
    before = count_rows()

    report = run(folder)

    assert outcomes(report) == [(PATH, "updated")]
    assert count_rows() - before == {"SourceFile history": 1}
    assert (get_policy().version, get_policy().source_file.text) == (1, folder.read(PATH))


@pytest.mark.parametrize(
    ("was", "says", "state", "standing"),
    [
        ("draft", "verified", "in_review", "claimed"),
        ("draft", "in_review", "draft", "open"),
        ("draft", "changes_requested", "draft", "open"),
        ("in_review", "verified", "in_review", "claimed"),
        ("in_review", "draft", "in_review", "open"),
        ("verified", "draft", "in_review", "open"),
        ("changes_requested", "verified", "changes_requested", "claimed"),
    ],
)
def test_later_word_of_a_file_moves_a_draft_into_the_queue_and_nothing_else(
    folder: Folder, was: str, says: str, state: str, standing: str
) -> None:
    folder.import_policy(reviewStatus=was)

    folder.policy(reviewStatus=says)
    report = run(folder)

    assert outcomes(report) == [(PATH, "updated")]
    assert (get_policy().state, get_policy().standing, get_policy().file_status) == (state, standing, says)
    assert report.claimed == int(standing == "claimed")


def test_record_that_changed_here_stays_as_it_is(folder: Folder, imported: Policy, editor: User) -> None:
    edit(editor, title="Sea Act")
    before = count_rows()

    report = run(folder)

    assert outcomes(report) == [(PATH, "unchanged")]
    assert (get_policy().title, count_rows()) == ("Sea Act", before)


def test_both_sides_changed_alike_is_taken(folder: Folder, imported: Policy, editor: User) -> None:
    edit(editor, title="Sea Act")
    folder.policy(title="Sea Act")
    before = count_rows()

    report = run(folder)

    assert outcomes(report) == [(PATH, "updated")]
    assert count_rows() - before == {"SourceFile history": 1}
    assert get_policy().source_file.history.latest().history_change_reason == f"Found as it is here: {PATH}"
    assert outcomes(run(folder)) == [(PATH, "unchanged")]


def test_signed_text_that_came_to_disk_another_way_is_taken(
    folder: Folder, reviewer: User, editor: User
) -> None:
    """Exported elsewhere and merged, or a run that was killed after it wrote the file."""
    policy = folder.import_policy(reviewStatus="draft")
    decide(policy, "submit", editor)
    judge_all(policy, reviewer)
    decision = decide(policy, "verify", reviewer)
    folder.write(PATH, decision.signed_text)

    report = run(folder)

    assert (outcomes(report), report.claimed) == ([(PATH, "updated")], 0)
    policy = get_policy()
    assert (policy.standing, policy.file_status) == ("verified", "verified")
    # and from there on the disk may change again
    folder.write(PATH, decision.signed_text.replace("Storage Act", "Sea Act"))
    assert outcomes(run(folder)) == [(PATH, "updated")]
    assert (get_policy().title, get_policy().standing) == ("Sea Act", "stale")


def test_edited_record_exported_and_imported_is_unchanged(
    folder: Folder, imported: Policy, editor: User, reviewer: User
) -> None:
    edit(editor, title="Sea Act", tags=["x"], analysis={"market": claim(score=1), "strategic": claim()})
    judge_all(get_policy(), reviewer)
    decide(imported, "verify", reviewer)
    export_policies(actor=None)
    before = get_policy().to_values()

    report = run(folder)

    assert outcomes(report) == [(PATH, "unchanged")]
    SourceFile.objects.get()
    fresh = Folder(folder.root.parent / "fresh")
    fresh.write("zh/no-storage-act.md", folder.read(PATH))
    import_policies([fresh.root], actor=None)
    assert get_policy(language="zh").to_values() == before
