"""Import: what becomes of each file, and that disk and database never overwrite each other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.services.editing import add_policy, edit_policy
from reviews.services.errors import RefusedError
from reviews.services.exporting import ExportOutcome, export_policies
from reviews.services.import_plan import FilePlan, Outcome
from reviews.services.importing import ImportReport, import_policies
from tests.factories import BODY, TEXTS, Folder, claim, decide, front_matter, get_policy, json_text, judge_all
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"


def run(folder: Folder, *paths: str, actor: User | None = None, **options: Any) -> ImportReport:
    return import_policies([folder.root / path for path in paths] or [folder.root], actor=actor, **options)


def outcomes(report: ImportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that wrote something."""
    words = ("INSERT", "UPDATE", "DELETE")
    return [query["sql"] for query in queries if query["sql"].lstrip().upper().startswith(words)]


# -- new files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", TEXTS)
def test_new_file_becomes_a_record(folder: Folder, style: str) -> None:
    folder.policy(style=style)

    report = run(folder)

    assert report.files == (
        FilePlan(PATH, Outcome.CREATED, "no-storage-act (en)", is_claimed=True, warnings=(), reason=""),
    )
    policy = get_policy()
    assert (policy.state, policy.standing, policy.file_status) == ("in_review", "claimed", "verified")
    assert (policy.title, policy.year, policy.sectors, policy.body) == (
        "Storage Act",
        2024,
        ["storage", "transport"],
        BODY,
    )
    assert (policy.missing_notes, policy.is_marked_ai, policy.is_reviewer_person) == (2, True, False)
    assert (policy.edited_by, policy.version, policy.signoff) == (None, 1, None)
    assert [(item.key, item.position, item.score) for item in policy.dimensions.all()] == [
        ("market", 0, 70.0),
        ("mrv", 1, 62.5),
    ]
    source = policy.source_file
    assert (source.root, source.path, source.text) == (str(folder.root), PATH, folder.read(PATH))


@pytest.mark.parametrize(
    ("file_status", "state", "standing", "is_claimed"),
    [
        ("verified", "in_review", "claimed", True),
        ("draft", "draft", "open", False),
        ("in_review", "in_review", "open", False),
        ("changes_requested", "changes_requested", "open", False),
        ("", "draft", "open", False),
        (None, "draft", "open", False),
        ("published", "draft", "open", False),
    ],
)
def test_nothing_enters_verified(
    folder: Folder, file_status: str | None, state: str, standing: str, is_claimed: bool
) -> None:
    folder.policy(reviewStatus=file_status, provenance={"reviewer": "Rosa Lindqvist"})

    report = run(folder)

    policy = get_policy()
    assert (policy.state, policy.standing) == (state, standing)
    assert report.claimed == int(is_claimed)


def test_history_of_a_new_record_has_one_row_each(folder: Folder, editor: User) -> None:
    folder.policy()

    run(folder, actor=editor)

    assert count_rows() == {
        "Policy history": 1,
        "DimensionAnalysis history": 2,
        "SourceFile history": 1,
        "Verdict": 0,
        "Decision": 0,
    }
    rows = [model.history.latest() for model in (Policy, DimensionAnalysis, SourceFile)]
    assert {(row.history_type, row.history_user, row.history_change_reason) for row in rows} == {
        ("+", editor, f"Imported from {PATH}")
    }
    assert len({row.history_date for row in rows}) == 1


@pytest.mark.parametrize(
    ("path", "default", "language"),
    [
        ("policies/en/a.md", "zh", "en"),
        ("policies/zh/a.md", "en", "zh"),
        ("zh/policies/deep/a.md", "en", "zh"),
        ("zh/en/a.md", "zh", "en"),
        ("pt-BR/a.md", "en", "pt-BR"),
        ("policies/a.md", "en", "en"),
        ("policies/a.md", "zh", "zh"),
        ("a.md", "zh", "zh"),
        ("policies/english/a.md", "zh", "zh"),
    ],
)
def test_language_comes_from_the_path_else_from_the_setting(
    folder: Folder, settings: LazySettings, path: str, default: str, language: str
) -> None:
    settings.POLICYHUB_LANGUAGE = default
    folder.write(path, json_text(front_matter("a")))

    run(folder)

    assert Policy.objects.get().language == language


@pytest.mark.parametrize(
    ("name", "raw", "policy_id"),
    [
        ("stem.md", None, "stem"),
        ("stem.md", "", "stem"),
        ("stem.md", "other", "other"),
        ("stem.md", 45, "45"),
        ("a.b.md", None, "a.b"),
        ("碳.md", None, "碳"),
    ],
)
def test_id_is_the_files_stem_unless_it_names_one(
    folder: Folder, name: str, raw: Any, policy_id: str
) -> None:
    folder.write(f"en/{name}", json_text(front_matter("x", id=raw)))

    run(folder)

    assert Policy.objects.get().policy_id == policy_id


def test_values_that_do_not_fit_go_in_with_a_warning(folder: Folder) -> None:
    folder.policy(
        year="soon",
        pubDate="2024-13-45",
        reviewStatus="done",
        analysis={"market": claim(score="high"), "mrv": "good"},
    )
    text = folder.read(PATH)

    report = run(folder)

    kept = "the file keeps it as it is, the field stays empty."
    assert report.files[0].warnings == (
        f'year: "soon" is no whole number; {kept}',
        f'pubDate: "2024-13-45" is no day of the calendar; {kept}',
        f'analysis.mrv: "good" is no mapping of keys to values; {kept}',
        f'analysis.market.score: "high" is no number; {kept}',
        'reviewStatus: "done" is none of the known values; the file keeps it as it is.',
    )
    assert report.warnings == 5
    policy = get_policy()
    assert sorted(policy.warnings) == sorted(report.files[0].warnings)
    assert (policy.year, policy.pub_date, policy.state) == (None, None, "draft")
    assert (policy.source_file.text, folder.read(PATH)) == (text, text)


# -- the same files again ---------------------------------------------------------------------------------


def test_import_of_unchanged_files_writes_nothing(folder: Folder) -> None:
    for style in TEXTS:
        folder.policy(f"policy-{style}", style=style)
    run(folder)
    before = (count_rows(), list(Policy.objects.values()), list(SourceFile.objects.values()))

    with CaptureQueriesContext(connection) as queries:
        report = run(folder)

    assert {item.outcome for item in report.files} == {Outcome.UNCHANGED}
    assert (report.claimed, len(report.files)) == (4, 4)
    assert writes(queries) == []
    assert (count_rows(), list(Policy.objects.values()), list(SourceFile.objects.values())) == before


def test_unchanged_signed_record_is_claimed_no_more(folder: Folder, signed: Policy) -> None:
    report = run(folder)

    assert (outcomes(report), report.claimed) == ([(PATH, "unchanged")], 0)


def test_dry_run_says_the_same_and_writes_nothing(folder: Folder, imported: Policy) -> None:
    folder.policy("new")
    folder.policy(title="Sea Act")
    folder.write("policies/en/bad.md", "---\n")
    before = (count_rows(), list(Policy.objects.values()))

    with CaptureQueriesContext(connection) as queries:
        plan = run(folder, is_dry_run=True)

    assert writes(queries) == []
    assert (count_rows(), list(Policy.objects.values())) == before
    report = run(folder)
    assert (plan.is_dry_run, report.is_dry_run) == (True, False)
    assert plan.files == report.files
    assert outcomes(report) == [
        ("policies/en/bad.md", "refused"),
        ("policies/en/new.md", "created"),
        (PATH, "updated"),
    ]


# -- changed files ----------------------------------------------------------------------------------------


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


def test_content_from_disk_makes_a_signed_record_stale(folder: Folder, signed: Policy) -> None:
    export_policies(actor=None)
    text = folder.read(PATH)

    folder.write(PATH, text.replace("Open access", "Closed"))
    report = run(folder)

    policy = get_policy()
    assert outcomes(report) == [(PATH, "updated")]
    assert (policy.state, policy.standing, policy.signoff) == ("in_review", "stale", signed.signoff)
    assert set(policy.current_verdicts()) == {"mrv"}
    assert report.claimed == 0

    folder.write(PATH, text)
    run(folder)
    assert (get_policy().state, get_policy().standing) == ("verified", "verified")


def test_reviewer_of_a_signed_record_is_who_signed_it_whatever_the_file_says(
    folder: Folder, signed: Policy
) -> None:
    export_policies(actor=None)

    folder.write(PATH, folder.read(PATH).replace("Rosa Lindqvist", "Mallory Malone"))
    report = run(folder)

    policy = get_policy()
    assert outcomes(report) == [(PATH, "updated")]
    assert (policy.standing, policy.signoff.actor_name) == ("verified", "Rosa Lindqvist")
    (held,) = export_policies(actor=None).files
    assert held.outcome is ExportOutcome.HELD_BACK


# -- changed in the database ------------------------------------------------------------------------------


def test_record_that_changed_here_stays_as_it_is(folder: Folder, imported: Policy, editor: User) -> None:
    edit(editor, title="Sea Act")
    before = count_rows()

    report = run(folder)

    assert outcomes(report) == [(PATH, "unchanged")]
    assert (get_policy().title, count_rows()) == ("Sea Act", before)


def test_both_sides_changed_is_refused_and_nothing_is_overwritten(
    folder: Folder, imported: Policy, editor: User
) -> None:
    edit(
        editor, title="Sea Act", analysis={"market": claim(score=1), "mrv": front_matter()["analysis"]["mrv"]}
    )
    folder.policy(year=2025, regulatory={"liability_period": "30 years", "pore_space_rights": ""})
    folder.policy("other")
    text, before = folder.read(PATH), get_policy()

    report = run(folder)

    assert outcomes(report) == [(PATH, "refused"), ("policies/en/other.md", "created")]
    assert report.refused[0].reason == (
        "changed on disk (year, regulatory.liability_period) and in PolicyHub (title, analysis.market.score) since "
        "it was last read: nothing was overwritten. Put the disk's changes into the record by hand and restore the "
        "file, or export the record first."
    )
    after = get_policy()
    assert (after.title, after.year, after.version) == ("Sea Act", 2024, before.version)
    assert (after.source_file.text, folder.read(PATH)) == (before.source_file.text, text)


def test_both_sides_changed_the_body_is_refused(folder: Folder, imported: Policy, editor: User) -> None:
    seen = imported.to_values()
    edit_policy(imported.pk, seen=seen, wanted=replace(seen, body="\nMine.\n"), actor=editor)
    folder.policy(body="\nTheirs.\n")

    report = run(folder)

    assert report.refused[0].reason.startswith(
        "changed on disk (body) and in PolicyHub (body) since it was last read"
    )


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


# -- whose file is it -------------------------------------------------------------------------------------


def test_id_that_changed_in_a_file_is_refused(folder: Folder, imported: Policy) -> None:
    folder.policy(id="another")

    report = run(folder)

    assert report.refused[0].reason == (
        "id: this file was no-storage-act (en) and now says another (en): an id is for ever. "
        "Restore it, or give the new record a file of its own."
    )
    assert Policy.objects.get().policy_id == "no-storage-act"


def test_record_that_came_from_another_file_is_refused(folder: Folder, imported: Policy) -> None:
    folder.write("policies/en/copy.md", folder.read(PATH))

    report = run(folder)

    assert outcomes(report) == [("policies/en/copy.md", "refused"), (PATH, "unchanged")]
    assert report.refused[0].reason == (
        f"id: no-storage-act (en) came from {folder.root}/{PATH} before: if the file moved, move it back; "
        "if it is another policy, give it another id."
    )


def test_file_of_a_record_that_was_added_here_is_refused_unless_it_is_the_signed_text(
    folder: Folder, editor: User, imported: Policy
) -> None:
    add_policy("born-here", "en", imported.to_values(), actor=editor)
    folder.policy("born-here")

    report = run(folder)

    assert report.refused[0].reason == (
        "id: born-here (en) was added in PolicyHub and has no file yet, and this file says something else: "
        "give it another id, or export the record first."
    )


# -- where it looks ---------------------------------------------------------------------------------------


def test_hidden_files_and_files_that_are_no_markdown_are_passed_over(folder: Folder) -> None:
    text = json_text(front_matter("a", id=None))
    for path in (".git/en/a.md", "en/.a.md", "en/a.txt", "en/README", "en/b.MD", "en/a.md"):
        folder.write(path, text)

    assert outcomes(run(folder)) == [("en/a.md", "created")]


def test_files_are_taken_once_and_in_order(folder: Folder) -> None:
    for path in ("zh/b.md", "en/b.md", "en/a/c.md", "en/a.md"):
        folder.write(path, json_text(front_matter("x", id=None)))

    report = run(folder, "en/b.md", "en", "zh/b.md", "zh")

    assert [item.path for item in report.files] == ["en/b.md", "en/a/c.md", "en/a.md", "zh/b.md"]


@pytest.mark.parametrize(
    ("named", "expected_root", "paths"),
    [
        (["policies"], ".", ["policies/en/a.md", "policies/zh/a.md"]),
        (["policies/en"], ".", ["policies/en/a.md"]),
        (["policies/en/a.md"], ".", ["policies/en/a.md"]),
        (["policies/en/a.md", "policies/zh"], ".", ["policies/en/a.md", "policies/zh/a.md"]),
    ],
)
def test_paths_are_relative_to_the_projects_folder(
    folder: Folder, named: list[str], expected_root: str, paths: list[str]
) -> None:
    for path in ("policies/en/a.md", "policies/zh/a.md"):
        folder.write(path, json_text(front_matter("a")))

    report = run(folder, *named)

    assert report.root == folder.root / expected_root
    assert [item.path for item in report.files] == paths


@pytest.mark.parametrize(
    ("named", "expected_root"),
    [
        (["repo"], "repo"),
        (["repo/policies"], "repo/policies"),
        (["repo/policies/en"], "repo/policies"),
        (["repo/policies/en/a.md"], "repo/policies"),
        (["repo/policies/en", "repo/policies/zh"], "repo/policies"),
        (["repo/policies/en/a.md", "repo/policies/zh/a.md"], "repo/policies"),
    ],
)
def test_root_of_a_folder_elsewhere_is_found_above_its_language(
    folder: Folder, tmp_path: Path, named: list[str], expected_root: str
) -> None:
    elsewhere = Folder(tmp_path)
    for path in ("repo/policies/en/a.md", "repo/policies/zh/a.md"):
        elsewhere.write(path, json_text(front_matter("a")))

    report = import_policies([tmp_path / path for path in named], actor=None)

    assert report.root == tmp_path / expected_root


def test_root_that_files_came_from_before_is_found_again(folder: Folder, tmp_path: Path) -> None:
    elsewhere = Folder(tmp_path / "repo")
    elsewhere.policy("a")
    import_policies([elsewhere.root], actor=None)

    report = import_policies([elsewhere.root / "policies" / "en"], actor=None)

    assert (report.root, outcomes(report)) == (elsewhere.root, [("policies/en/a.md", "unchanged")])


def test_path_outside_its_root_is_refused(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as error:
        import_policies([tmp_path], actor=None, root=folder.root)

    assert str(error.value) == (
        f"{tmp_path} is outside {folder.root}: import it on its own, or name its --root."
    )


def test_path_that_is_not_there_is_refused(folder: Folder) -> None:
    with pytest.raises(RefusedError) as error:
        run(folder, "policies", "nowhere")

    assert str(error.value) == f"{folder.root / 'policies'} does not exist."


def test_progress_is_told(folder: Folder) -> None:
    for number in range(3):
        folder.policy(f"policy-{number}")
    steps: list[tuple[int, int]] = []

    run(folder, progress=lambda done, total: steps.append((done, total)))

    assert steps == [(3, 3)]
