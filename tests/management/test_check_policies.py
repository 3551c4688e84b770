"""`manage.py check_policies`: what it prints in each format, how it ends, and what it finds in the real files."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reviews.models import Finding, Policy
from reviews.models.door import Door, open_door
from reviews.quality import CHECKS, CHECKS_BY_ID
from reviews.selectors.findings import count_findings
from reviews.services.checking import check_all_policies
from reviews.services.importing import import_policies
from tests.factories import Folder, claim
from tests.quality.found import CORPUS, DAY, FOUND, RECORDS
from tests.quality.records import BODY, DESCRIPTION, MARKET, values

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> tuple[int, str]:
    """The exit code, and what was printed."""
    out = io.StringIO()
    try:
        call_command("check_policies", *arguments, stdout=out, no_color=True, **options)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def shelf(folder: Folder) -> Folder:
    """A record in which nothing is found, in two languages, and one with a finding of each severity."""
    clean = {**values(id=None), "evolution": None, "body": BODY}
    folder.policy("a", **clean)
    folder.policy("a", language="zh", **{**clean, "title": "法", "body": "海" * 120, "description": ""})
    doubtful = {"market": {**MARKET, "evidence": "TBD: 5 %\noff."}, "mrv": claim()}
    folder.policy("b", **{**clean, "analysis": doubtful, "title": "B", "description": DESCRIPTION})
    import_policies([folder.root], actor=None)
    return folder


TEXT = """\
blocking  evidence-placeholder: Placeholder instead of evidence (1, records: 1)
  b (en)  market: TBD: 5 % off.
warning   evidence-short: Evidence under 60 characters (1, records: 1)
  b (en)  mrv: 51
warning   evidence-marked-ai: Marked as AI-generated (1, records: 1)
  b (en)  mrv
notice    translation-missing: Translation missing (1, records: 1)
  b (en)  zh
Checked 3 records
  blocking       1
  warning        2
  notice         1
"""


def test_text_groups_what_was_found_by_check(shelf: Folder) -> None:
    assert run() == (1, TEXT)


@pytest.mark.parametrize(
    ("arguments", "code", "lines"),
    [
        (["--fail-on", "never"], 0, TEXT.splitlines()),
        (["a"], 0, ["Checked 3 records", "  blocking       0", "  warning        0", "  notice         0"]),
        (["a", "b", "--check", "evidence-short", "--check", "translation-missing"], 0, [
            *TEXT.splitlines()[2:4], *TEXT.splitlines()[6:9],
            "  blocking       0", "  warning        1", "  notice         1",
        ]),
        (["--check", "translation-missing", "--fail-on", "warning"], 0, [
            *TEXT.splitlines()[6:9], "  blocking       0", "  warning        0", "  notice         1",
        ]),
        (["--check", "translation-missing", "--fail-on", "notice"], 1, [
            *TEXT.splitlines()[6:9], "  blocking       0", "  warning        0", "  notice         1",
        ]),
    ],
)  # fmt: skip
def test_options_say_what_is_printed_and_what_fails(
    shelf: Folder, arguments: list[str], code: int, lines: list[str]
) -> None:
    assert run(*arguments) == (code, "\n".join(lines) + "\n")


def test_quiet_run_tells_by_its_exit_code_alone(shelf: Folder) -> None:
    assert run(verbosity=0) == (1, "")


def test_json_has_every_check_and_every_finding_with_its_line(shelf: Folder) -> None:
    code, out = run("--format", "json")
    answer = json.loads(out)

    assert code == 1
    assert list(answer) == ["checked", "counts", "checks", "findings"]
    assert (answer["checked"], answer["counts"]) == (3, {"blocking": 1, "warning": 2, "notice": 1})
    assert [row["id"] for row in answer["checks"]] == [check.id for check in CHECKS]
    assert answer["checks"][1] == {
        "id": "evidence-placeholder",
        "severity": "blocking",
        "message": "Placeholder instead of evidence",
        "hint": "Replace it with what the source says. Where the source says nothing, write what was read.",
        "findings": 1,
        "records": 1,
    }
    assert answer["findings"][1] == {
        "check": "evidence-short",
        "severity": "warning",
        "policy": "b",
        "language": "en",
        "dimension": "mrv",
        "detail": "51",
        "file": "policies/en/b.md",
        "line": 17,
    }
    assert [row["line"] for row in answer["findings"]] == [9, 17, 17, 25]
    text = shelf.read("policies/en/b.md").splitlines()
    assert [text[line - 1].split(":")[0].strip() for line in (9, 17, 25)] == [
        "'evidence'",
        "'evidence'",
        "'id'",
    ]


def test_github_annotates_the_lines_of_the_files(shelf: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf.root.parent)
    path = f"{shelf.root.name}/policies/en/b.md"

    code, out = run("--format", "github")

    annotations = (
        ("error", 9, "evidence-placeholder", "market: Placeholder instead of evidence (TBD: 5 %25 off.)"),
        ("warning", 17, "evidence-short", "mrv: Evidence under 60 characters (51)"),
        ("warning", 17, "evidence-marked-ai", "mrv: Marked as AI-generated"),
        ("notice", 25, "translation-missing", "Translation missing (zh)"),
    )  # fmt: skip
    assert code == 1
    assert out.splitlines() == [
        f"::{level} file={path},line={line},title={check_id}::b (en) {said}. {CHECKS_BY_ID[check_id].hint}"
        for level, line, check_id, said in annotations
    ]


def test_github_paths_escape_what_would_end_them(folder: Folder) -> None:
    folder.write("en/a,b:c%.md", folder.policy("a", reviewStatus="draft", url="").read_bytes())
    (folder.root / "policies/en/a.md").unlink()
    import_policies([folder.root], actor=None)

    _, out = run("--format", "github", "--check", "source-link-missing")

    assert out.startswith("::error file=en/a%2Cb%3Ac%25.md,line=")


def test_unknown_policy_is_an_error_and_nothing_is_checked(shelf: Folder) -> None:
    with pytest.raises(CommandError) as error:
        run("a", "zzz")

    assert str(error.value) == "There is no policy “zzz”: nothing was checked."


def test_run_stores_what_it_finds(shelf: Folder) -> None:
    before = set(Finding.objects.values_list("check_id", "dimension_key", "detail"))
    with open_door(Door.CONTENT):
        Finding.objects.all().delete()

    run()

    assert set(Finding.objects.values_list("check_id", "dimension_key", "detail")) == before


def test_real_files_have_these_findings(corpus: Path) -> None:
    import_policies([corpus / CORPUS], actor=None)
    as_imported = set(Finding.objects.exclude(check_id="audit-old").values_list())

    report = check_all_policies(today=DAY)

    assert (report.checked, Policy.objects.count()) == (RECORDS, RECORDS)
    assert {row.check.id: (row.findings, row.records) for row in count_findings()} == FOUND
    assert set(Finding.objects.values_list()) == as_imported
