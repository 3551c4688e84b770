"""Import: what becomes of new files and of the same files again, and where it looks for them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.services.errors import RefusedError
from reviews.services.import_plan import FilePlan, ImportReport, Outcome
from reviews.services.importing import import_policies
from tests.factories import BODY, TEXTS, Folder, claim, front_matter, get_policy, json_text
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db


PATH = "policies/en/no-storage-act.md"


def run(folder: Folder, *paths: str, actor: User | None = None, **options: Any) -> ImportReport:
    return import_policies([folder.root / path for path in paths] or [folder.root], actor=actor, **options)


def outcomes(report: ImportReport) -> list[tuple[str, str]]:
    return [(item.path, item.outcome.value) for item in report.files]


def writes(queries: CaptureQueriesContext) -> list[str]:
    """The statements that wrote something."""
    words = re.compile(r"\s*(\d+ times: )?(INSERT|UPDATE|DELETE)", re.IGNORECASE)
    return [query["sql"] for query in queries if words.match(query["sql"])]


def tables(statements: list[str]) -> list[str]:
    """The tables that they wrote to."""
    return [re.findall(r'"(reviews_\w+)"', sql)[0] for sql in statements]


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
        'reviewStatus: "done" is none of the known values; the file keeps it as it is.',
        f'analysis.market.score: "high" is no number; {kept}',
    )
    assert report.warnings == 5
    policy = get_policy()
    assert policy.warnings == list(report.files[0].warnings)
    assert (policy.year, policy.pub_date, policy.state) == (None, None, "draft")
    assert (policy.source_file.text, folder.read(PATH)) == (text, text)


def test_import_of_unchanged_files_writes_nothing_of_them(folder: Folder) -> None:
    for style in TEXTS:
        folder.policy(f"policy-{style}", style=style)
    run(folder)
    before = (count_rows(), list(Policy.objects.values()), list(SourceFile.objects.values()))

    with CaptureQueriesContext(connection) as queries:
        report = run(folder)

    assert {item.outcome for item in report.files} == {Outcome.UNCHANGED}
    assert (report.claimed, len(report.files)) == (4, 4)
    # The run itself is recorded.
    assert tables(writes(queries)) == ["reviews_run", "reviews_runfile", "reviews_run"]
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
