"""What an import asks about files: gone, moved, with another id, there twice. None goes or doubles in silence."""

import re
import shutil
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from reviews.models import Answer, FileQuestion, Policy, Run, SourceFile
from reviews.services.answering import answer_question
from reviews.services.errors import RefusedError
from reviews.services.import_attempt import PORTION
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from tests.factories import Folder, flow_text, front_matter, get_policy, json_text
from tests.services.counts import count_rows

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"
NEW = "policies/en/renamed.md"
NAME = "no-storage-act (en)"


def run(folder: Folder, *paths: str, **options: Any) -> list[tuple[str, str, str]]:
    report = import_policies([folder.root / path for path in paths] or [folder.root], actor=None, **options)
    return [(item.path, item.outcome.value, item.reason) for item in report.files]


def questions() -> list[tuple[str, ...]]:
    """All that was asked: kind, path, the other path, id in the file, answer."""
    rows = FileQuestion.objects.values_list("kind", "path", "other_path", "policy_name", "answer")
    return [tuple(row) for row in rows]


def ignore(path: str) -> None:
    QuerySet(FileQuestion).filter(path=path).update(
        answer="ignore", answered_at="2026-01-01T00:00Z", answerer_name="Elena Ortiz"
    )


def test_file_that_is_gone_is_asked_about_and_the_record_stays(folder: Folder, imported: Policy) -> None:
    folder.policy("stays")
    import_policies([folder.root], actor=None)
    text = folder.read(PATH)
    (folder.root / PATH).unlink()
    before = (count_rows(), list(Policy.objects.values()), list(SourceFile.objects.values()))
    asked = (PATH, "asked", "its file is gone: say whether the record is retired, or the file written again.")
    stays = ("policies/en/stays.md", "unchanged", "")

    assert run(folder, is_dry_run=True) == [stays, asked]
    assert questions() == []
    assert run(folder) == [stays, asked]
    assert run(folder) == [stays, asked]

    question = FileQuestion.objects.get()
    assert (question.policy, question.kind, question.path, question.text) == (imported, "gone", PATH, "")
    assert (question.root, question.run.kind, question.is_open) == (str(folder.root), "import", True)
    assert (count_rows(), list(Policy.objects.values()), list(SourceFile.objects.values())) == before

    folder.write(PATH, text)
    assert run(folder) == [(PATH, "unchanged", ""), stays]
    assert questions() == [("gone", PATH, "", "no-storage-act", "settled")]


@pytest.mark.parametrize("named", [("policies/zh",), ("policies/en/stays.md",)])
def test_what_was_not_to_be_imported_is_not_gone(folder: Folder, imported: Policy, named: tuple[str]) -> None:
    folder.policy("stays")
    folder.policy("stays", language="zh")
    import_policies([folder.root], actor=None)
    (folder.root / PATH).unlink()

    assert {outcome for _path, outcome, _reason in run(folder, *named)} == {"unchanged"}
    assert questions() == []


def test_retired_record_is_not_asked_about_and_told_when_its_file_is_back(
    folder: Folder, imported: Policy
) -> None:
    text = folder.read(PATH)
    (folder.root / PATH).unlink()
    run(folder)
    QuerySet(Policy).filter(pk=imported.pk).update(review_status="retired")
    assert run(folder) == []
    assert questions() == [("gone", PATH, "", "no-storage-act", "settled")]

    told = (f"{NAME} is retired, and its file is there: bring it back, or remove the file.",)
    folder.write(PATH, text)
    assert import_policies([folder.root], actor=None).files[0].warnings == told
    folder.policy(year=2025)
    assert import_policies([folder.root], actor=None).files[0].warnings == told
    assert get_policy().state == "retired"


def test_file_that_moved_is_asked_about_once(folder: Folder, imported: Policy) -> None:
    (folder.root / PATH).rename(folder.root / NEW)
    before = count_rows()

    asked = f"line 25: id: {NAME} had its file at {PATH}, which is gone: say whether it moved here."
    assert run(folder) == run(folder) == [(NEW, "asked", asked)]

    question = FileQuestion.objects.get()
    assert (question.kind, question.path, question.other_path) == ("moved", NEW, PATH)
    assert (question.policy, question.text) == (imported, folder.read(NEW))
    assert (count_rows(), SourceFile.objects.get().path) == (before, PATH)

    (folder.root / NEW).rename(folder.root / PATH)
    assert run(folder) == [(PATH, "unchanged", "")]
    assert questions() == [("moved", NEW, PATH, "no-storage-act", "settled")]


def test_file_that_moved_and_is_left_out_stays_out_and_the_record_has_none(
    folder: Folder, imported: Policy
) -> None:
    (folder.root / PATH).rename(folder.root / NEW)
    run(folder)
    ignore(NEW)

    gone = "its file is gone: say whether the record is retired, or the file written again."
    assert run(folder) == [(NEW, "ignored", ""), (PATH, "asked", gone)]
    folder.write(NEW, folder.read(NEW).replace("Storage Act", "Sea Act"))
    assert run(folder) == [(NEW, "ignored", ""), (PATH, "asked", gone)]
    folder.write(NEW, folder.read(NEW).replace("'no-storage-act'", "'another'"))
    assert run(folder) == [(NEW, "created", ""), (PATH, "asked", gone)]


def test_file_with_another_id_is_asked_about(folder: Folder, imported: Policy) -> None:
    text = folder.read(PATH)
    folder.policy(id="another")
    asked = (
        f"line 25: id: this file was {NAME} and now says another (en): say whether that is the record's id from now "
        "on, or the file is another policy."
    )

    assert run(folder) == [(PATH, "asked", asked)]
    folder.policy(id="a-third")
    assert run(folder) == [(PATH, "asked", asked.replace("another (en)", "a-third (en)"))]

    question = FileQuestion.objects.get()
    assert (question.kind, question.policy, question.policy_name) == ("renamed", imported, "a-third")
    assert question.text == folder.read(PATH)
    assert [policy.policy_id for policy in Policy.objects.all()] == ["no-storage-act"]

    ignore(PATH)
    assert run(folder) == [(PATH, "ignored", "")]
    folder.write(PATH, text)
    assert run(folder) == [(PATH, "unchanged", "")]


def test_copy_of_a_records_file_is_asked_about(folder: Folder, imported: Policy) -> None:
    folder.write("policies/en/copy.md", folder.read(PATH))
    asked = f"line 25: id: {NAME} has its file at {PATH}, and both are there: say which of them it is."

    assert run(folder) == [("policies/en/copy.md", "asked", asked), (PATH, "unchanged", "")]

    assert questions() == [("doubled", "policies/en/copy.md", PATH, "no-storage-act", "")]
    ignore("policies/en/copy.md")
    assert run(folder) == [("policies/en/copy.md", "ignored", ""), (PATH, "unchanged", "")]


@pytest.mark.parametrize("between", [0, PORTION + 7])
def test_two_files_that_are_one_record_are_both_asked_about(folder: Folder, between: int) -> None:
    folder.write("en/a.md", json_text(front_matter("same")))
    for number in range(between):
        folder.write(f"en/b{number:04}.md", json_text(front_matter("x", id=None, analysis={})))
    folder.write("en/c.md", flow_text(front_matter("same", title="Another")))
    folder.write("zh/a.md", json_text(front_matter("same")))

    report = import_policies([folder.root], actor=None)

    assert [(item.path, item.reason) for item in report.files if item.outcome is Outcome.ASKED] == [
        ("en/a.md", "line 27: id: same (en) is also in en/c.md: say which of them it is."),
        ("en/c.md", "line 25: id: same (en) is also in en/a.md: say which of them it is."),
    ]
    assert report.count(Outcome.CREATED) == between + 1
    assert list(Policy.objects.filter(policy_id="same").values_list("language", flat=True)) == ["zh"]
    assert questions() == [
        ("doubled", "en/a.md", "en/c.md", "same", ""),
        ("doubled", "en/c.md", "en/a.md", "same", ""),
    ]
    assert FileQuestion.objects.filter(policy=None, language="en").count() == 2

    ignore("en/a.md")
    again = import_policies([folder.root], actor=None)
    assert [(item.path, item.outcome.value) for item in again.files if item.policy == "same (en)"] == [
        ("en/a.md", "ignored"),
        ("en/c.md", "created"),
    ]
    assert questions()[1] == ("doubled", "en/c.md", "en/a.md", "same", "settled")


def test_three_files_that_are_one_record_are_all_asked_about(folder: Folder) -> None:
    for name in "abc":
        folder.write(f"en/{name}.md", json_text(front_matter("same")))

    assert run(folder) == [
        ("en/a.md", "asked", "line 27: id: same (en) is also in en/b.md, en/c.md: say which of them it is."),
        ("en/b.md", "asked", "line 27: id: same (en) is also in en/a.md, en/c.md: say which of them it is."),
        ("en/c.md", "asked", "line 27: id: same (en) is also in en/a.md, en/b.md: say which of them it is."),
    ]


def test_file_that_cannot_be_read_settles_nothing(folder: Folder, imported: Policy) -> None:
    folder.policy(id="another")
    run(folder)
    folder.write(PATH, "---\ntitle: [\n---\n")
    assert [outcome for _path, outcome, _reason in run(folder)] == ["refused"]
    assert [row[-1] for row in questions()] == [""]


def test_file_that_moved_is_asked_about_where_the_new_path_alone_is_imported(
    folder: Folder, imported: Policy
) -> None:
    folder.policy("another")
    (folder.root / PATH).rename(folder.root / NEW)
    asked = f"line 25: id: {NAME} had its file at {PATH}, which is gone: say whether it moved here."
    assert run(folder, NEW, root=folder.root) == [(NEW, "asked", asked)]
    assert questions() == [("moved", NEW, PATH, "no-storage-act", "")]

    folder.write(PATH, folder.read(NEW))
    both = f"line 25: id: {NAME} has its file at {PATH}, and both are there: say which of them it is."
    assert run(folder, NEW, root=folder.root) == [(NEW, "asked", both)]


def test_path_of_two_records_is_asked_about_for_one_after_the_other(
    folder: Folder, imported: Policy, editor: User
) -> None:
    """A record was made of another one's file, and then the file went: no import fails over it."""
    folder.policy(id="another")
    run(folder)
    answer_question(FileQuestion.objects.get().pk, Answer.NEW_RECORD, actor=editor)
    (folder.root / PATH).unlink()
    folder.policy("stays")

    first = f"its file is gone: say first what becomes of {NAME}, which had it before."
    assert run(folder) == [("policies/en/stays.md", "created", ""), (PATH, "asked", first)]

    waiting = FileQuestion.objects.get(answer="")
    assert waiting.policy == imported
    answer_question(waiting.pk, Answer.RETIRE, actor=editor, reason="It is the other one.")
    gone = "its file is gone: say whether the record is retired, or the file written again."
    assert run(folder)[-1] == (PATH, "asked", gone)
    assert FileQuestion.objects.get(answer="").policy_name == "another"


def test_rule_that_an_import_breaks_is_named(folder: Folder, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_title ON reviews_policy (title)")
    folder.policy()
    folder.policy("same-title")

    with pytest.raises(RefusedError) as refused:
        run(folder)

    start, broken, end = re.split(r"[()]", str(refused.value).replace("(title)", ""), maxsplit=2)
    assert start == "The database refused what the import was to write, so nothing was imported "
    assert "one_title" in broken or "reviews_policy.title" in broken  # as PostgreSQL says it, and SQLite
    assert end == (
        ". Run it again; if that is refused as well, it is a fault of PolicyHub: report it with this message."
    )
    failed = Run.objects.get()
    assert (failed.status, failed.error) == ("failed", str(refused.value))


# -- another root -----------------------------------------------------------------------------------------


def test_files_of_another_folder_are_taken_over_on_demand(folder: Folder, imported: Policy) -> None:
    copy = Folder(shutil.copytree(folder.root, folder.root.with_name("copy")))
    ((_path, outcome, reason),) = run(copy)
    assert outcome == "refused"
    assert reason == (
        f"line 25: id: {NAME} came from {folder.root}/{PATH} before: if these files are the records' from now on, "
        "import them with --adopt; if this is another policy, give it another id."
    )
    copy.policy(title="Sea Act")

    assert run(copy, adopts=True) == [(PATH, "updated", "")]

    source = SourceFile.objects.get()
    assert (source.root, source.path, source.text) == (str(copy.root), PATH, copy.read(PATH))
    assert (get_policy().title, run(copy)) == ("Sea Act", [(PATH, "unchanged", "")])


def test_folder_that_moved_leaves_what_is_gone_and_settles_what_was_asked(
    folder: Folder, imported: Policy
) -> None:
    for name in ("gone", "lost"):
        folder.policy(name)
    run(folder)
    (folder.root / "policies/en/gone.md").unlink()
    run(folder)
    moved = Folder(folder.root.rename(folder.root.with_name("elsewhere")))
    (moved.root / "policies/en/lost.md").rename(moved.root / "policies/en/found.md")

    assert [(path, outcome) for path, outcome, _reason in run(moved)] == [
        ("policies/en/found.md", "asked"),
        (PATH, "updated"),
        ("policies/en/gone.md", "asked"),
    ]
    assert questions() == [
        ("gone", "policies/en/gone.md", "", "gone", "settled"),
        ("moved", "policies/en/found.md", "policies/en/lost.md", "lost", ""),
        ("gone", "policies/en/gone.md", "", "gone", ""),
    ]


@pytest.mark.parametrize("adopts", [False, True])
@pytest.mark.parametrize("name", ["a-copy", "z-copy"])
def test_copy_in_a_folder_that_moved_is_asked_about(
    folder: Folder, imported: Policy, name: str, adopts: bool
) -> None:
    moved = Folder(folder.root.rename(folder.root.with_name("elsewhere")))
    text, copy = moved.read(PATH), f"policies/en/{name}.md"
    moved.write(PATH, text.replace("Norway", "Sweden"))
    moved.write(copy, text.replace("Storage Act", "Sea Act"))
    asked = f"line 25: id: {NAME} has its file at {PATH}, and both are there: say which of them it is."

    first = run(moved, adopts=adopts, root=moved.root)

    assert sorted(first) == sorted([(PATH, "updated", ""), (copy, "asked", asked)])
    assert (get_policy().country, get_policy().title) == ("Sweden", "Storage Act")
    assert questions() == [("doubled", copy, PATH, "no-storage-act", "")]
    assert sorted(run(moved, adopts=adopts)) == sorted([(PATH, "unchanged", ""), (copy, "asked", asked)])
