"""Answers to questions about files: each is done at once, is remembered, and the next import agrees with it."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from reviews.models import Answer, FileQuestion, Finding, Policy, QuestionKind
from reviews.selectors.outgoing import outgoing
from reviews.services.answering import ANSWERS, AnswerReport, answer_question, place_to_write
from reviews.services.checking import check_all_policies
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.exporting import export_policies
from reviews.services.git_exporting import export_to_git
from reviews.services.importing import import_policies
from tests.factories import Folder, get_policy, verify
from tests.git.sites import Site
from tests.services.counts import count_rows, edit

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"
MOVED = "archive/en/storage.md"
NAME = "no-storage-act (en)"


def run(folder: Folder) -> list[tuple[str, str]]:
    """What an import of the whole folder made of each file."""
    report = import_policies([folder.root], actor=None, root=folder.root)
    return [(item.path, item.outcome.value) for item in report.files]


def answer(path: str, said: str, actor: User, **options: Any) -> AnswerReport:
    """Answer the one open question about a file."""
    question = FileQuestion.objects.get(path=path, answer="")
    return answer_question(question.pk, Answer(said), actor=actor, **options)


def asked() -> list[tuple[str, str, str, str]]:
    """Every question: kind, path, answer, and who gave it."""
    rows = FileQuestion.objects.order_by("pk")
    return list(rows.values_list("kind", "path", "answer", "answerer_name"))


def move(folder: Folder, new: str, old: str = PATH) -> None:
    """Move a file, as git would."""
    folder.write(new, folder.read(old))
    (folder.root / old).unlink()


def assert_findings_are_true() -> None:
    """Checking everything anew changes nothing."""
    report = check_all_policies()
    assert (report.added, report.removed, report.found) == (0, 0, Finding.objects.count())


def test_each_kind_has_these_answers() -> None:
    assert {kind.value: [item.value for item in ANSWERS[kind]] for kind in QuestionKind} == {
        "gone": ["retire", "write_again"],
        "moved": ["follow", "ignore"],
        "renamed": ["rename", "new_record", "ignore"],
        "doubled": ["follow", "ignore"],
    }


# -- gone -------------------------------------------------------------------------------------------------


def test_record_whose_file_is_gone_is_retired(folder: Folder, imported: Policy, editor: User) -> None:
    (folder.root / PATH).unlink()
    assert run(folder) == [(PATH, "asked")]

    report = answer(PATH, "retire", editor, reason="Repealed with its file.")

    policy = get_policy()
    assert (report.policy, policy.state, policy.decisions.get().reason) == (
        imported,
        "retired",
        "Repealed with its file.",
    )
    assert asked() == [("gone", PATH, "retire", "Elena Ortiz")]
    assert run(folder) == []
    assert_findings_are_true()


def test_file_that_is_gone_is_written_again_to_the_same_place(
    folder: Folder, imported: Policy, editor: User, reviewer: User
) -> None:
    move(folder, MOVED)
    run(folder)
    answer(MOVED, "follow", editor)
    (folder.root / MOVED).unlink()
    run(folder)
    decision = verify(imported, reviewer)
    assert next(outgoing()).why_not == "Its file is gone; an editor has to say what becomes of the record."

    answer(MOVED, "write_again", editor)

    assert run(folder) == []  # nobody misses it until it is there again
    assert [(item.path, item.outcome) for item in export_policies(actor=None).files] == [(MOVED, "written")]
    assert folder.read(MOVED) == decision.signed_text
    assert run(folder)[-1] == (MOVED, "unchanged")
    assert export_policies(actor=None).is_clean


# -- moved ------------------------------------------------------------------------------------------------


def test_record_follows_its_file(folder: Folder, imported: Policy, editor: User, superuser: User) -> None:
    edit(superuser, country="Sweden")
    move(folder, MOVED)
    folder.write(MOVED, folder.read(MOVED).replace("Storage Act", "Sea Act").replace("Norway", "Denmark"))
    assert run(folder) == [(MOVED, "asked")]

    report = answer(MOVED, "follow", editor)

    policy = get_policy()
    assert (policy.title, policy.country, policy.open_conflicts, report.conflicts) == (
        "Sea Act",
        "Sweden",
        1,
        1,
    )
    assert (policy.source_file.path, policy.source_file.text) == (MOVED, folder.read(MOVED))
    assert policy.source_file.history.first().history_user == editor
    assert asked() == [("moved", MOVED, "follow", "Elena Ortiz")]
    assert run(folder) == [(MOVED, "unchanged")]
    assert_findings_are_true()


def test_file_that_is_left_out_stays_out_and_the_old_one_is_gone(
    folder: Folder, imported: Policy, editor: User
) -> None:
    move(folder, MOVED)
    run(folder)
    before = count_rows()

    answer(MOVED, "ignore", editor)

    assert count_rows() == before
    assert sorted(run(folder)) == [(MOVED, "ignored"), (PATH, "asked")]
    assert asked() == [("moved", MOVED, "ignore", "Elena Ortiz"), ("gone", PATH, "", "")]


# -- with another id --------------------------------------------------------------------------------------


def rename(folder: Folder, **changes: Any) -> None:
    """Give the file another id, and import it."""
    text = folder.read(PATH).replace("'no-storage-act',", "'no-sea-act',")
    for old, new in changes.items():
        text = text.replace(old, new)
    folder.write(PATH, text)
    assert (PATH, "asked") in run(folder)


def test_record_takes_the_id_of_its_file(folder: Folder, signed: Policy, editor: User) -> None:
    folder.import_policy(language="zh", title="封存法")
    rename(folder, Norway="Sweden")

    report = answer(PATH, "rename", editor)

    policy = get_policy("no-sea-act")
    assert (report.policy, policy.pk, policy.country) == (policy, signed.pk, "Sweden")
    assert (policy.standing, policy.source_file.path) == ("stale", PATH)
    reasons = policy.history.order_by("version").values_list("history_change_reason", flat=True)
    assert list(reasons)[-2:] == [
        f"Renamed from {NAME} to no-sea-act (en), as {PATH} says",
        f"Imported from {PATH}",
    ]
    assert policy.history.latest().history_user == editor
    assert set(Finding.objects.filter(check_id="translation-missing").values_list("policy_id", "detail")) == {
        (policy.pk, "zh"),
        (get_policy("no-storage-act", "zh").pk, "en"),
    }
    assert_findings_are_true()
    assert dict(run(folder))[PATH] == "unchanged"


def test_file_with_another_id_becomes_a_record_of_its_own(
    folder: Folder, imported: Policy, editor: User
) -> None:
    rename(folder, Norway="Sweden")

    report = answer(PATH, "new_record", editor)

    made = get_policy("no-sea-act")
    assert (report.policy, made.country, made.source_file.path) == (made, "Sweden", PATH)
    assert (get_policy().country, hasattr(get_policy(), "source_file")) == ("Norway", False)
    assert asked() == [("renamed", PATH, "new_record", "Elena Ortiz"), ("gone", PATH, "", "")]
    assert run(folder) == [(PATH, "unchanged")]
    assert asked()[-1] == ("gone", PATH, "", "")  # it does not settle by itself
    answer(PATH, "retire", editor, reason="It is the other one now.")
    assert get_policy().state == "retired"
    assert_findings_are_true()


def test_id_of_another_record_is_taken_by_nobody(folder: Folder, imported: Policy, editor: User) -> None:
    rename(folder)
    folder.import_policy("no-sea-act")
    before = count_rows()

    for said in ("rename", "new_record"):
        refused = r"There is a record no-sea-act \(en\) already: give the file another id, or leave it out."
        with pytest.raises(RefusedError, match=refused):
            answer(PATH, said, editor)

    assert count_rows() == before
    answer(PATH, "ignore", editor)
    assert dict(run(folder))[PATH] == "ignored"


def test_files_that_swapped_their_ids_are_told_apart_one_after_the_other(
    folder: Folder, imported: Policy, editor: User
) -> None:
    folder.import_policy("no-sea-act", country="Sweden")
    other = "policies/en/no-sea-act.md"
    first, second = folder.read(PATH), folder.read(other)
    folder.write(PATH, second)
    folder.write(other, first)
    assert run(folder) == [(other, "asked"), (PATH, "asked")]
    refused = (
        f"no-sea-act (en) is a record already, and its own file, {other}, says no-storage-act now: answer that "
        "question first. If two files only have each other's ids, give each its own back and import them again. If the "
        "records are to have each other's ids, give one file an id that no record has, and rename one after the other."
    )
    for said in ("rename", "new_record"):
        with pytest.raises(RefusedError) as error:
            answer(PATH, said, editor)
        assert str(error.value) == refused

    folder.write(PATH, second.replace("'no-sea-act',", "'a-third',"))
    run(folder)
    answer(PATH, "rename", editor)
    answer(other, "rename", editor)
    folder.write(PATH, second)
    run(folder)
    answer(PATH, "rename", editor)

    assert run(folder) == [(other, "unchanged"), (PATH, "unchanged")]
    assert get_policy("no-sea-act").pk == imported.pk
    assert_findings_are_true()


def test_record_that_follows_a_copy_leaves_its_old_file_to_another_one(
    folder: Folder, imported: Policy, editor: User
) -> None:
    folder.write(MOVED, folder.read(PATH))
    rename(folder)
    stale = FileQuestion.objects.get(kind="renamed")

    answer(MOVED, "follow", editor)

    assert asked() == [
        ("doubled", MOVED, "follow", "Elena Ortiz"),
        ("renamed", PATH, "settled", ""),
        ("doubled", PATH, "ignore", "Elena Ortiz"),
    ]
    assert dict(run(folder)) == {MOVED: "unchanged", PATH: "created"}
    QuerySet(FileQuestion).filter(pk=stale.pk).update(answer="", answered_at=None)
    for said in ("rename", "new_record"):
        refused = rf"{PATH} is not the file of no-storage-act \(en\) any more: import the files again"
        with pytest.raises(RefusedError, match=refused):
            answer(PATH, said, editor)


# -- there twice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "path", "country", "left_out"),
    [("follow", MOVED, "Sweden", PATH), ("ignore", PATH, "Norway", MOVED)],
)
def test_record_of_two_files_has_one_of_them(
    folder: Folder, imported: Policy, editor: User, said: str, path: str, country: str, left_out: str
) -> None:
    folder.write(MOVED, folder.read(PATH).replace("Norway", "Sweden"))
    assert sorted(run(folder)) == [(MOVED, "asked"), (PATH, "unchanged")]

    answer(MOVED, said, editor)

    assert (get_policy().source_file.path, get_policy().country) == (path, country)
    assert dict(run(folder)) == {path: "unchanged", left_out: "ignored"}
    assert not FileQuestion.objects.filter(answer="").exists()
    assert set(FileQuestion.objects.values_list("answerer_name", flat=True)) == {"Elena Ortiz"}


@pytest.mark.parametrize("said", ["follow", "ignore"])
def test_of_two_new_files_one_becomes_the_record(folder: Folder, editor: User, db: None, said: str) -> None:
    folder.policy()
    folder.write(MOVED, folder.read(PATH).replace("Norway", "Sweden"))
    assert dict(run(folder)) == {MOVED: "asked", PATH: "asked"}

    answer(MOVED if said == "follow" else PATH, said, editor)

    result = dict(run(folder))
    assert get_policy().country == "Sweden"
    assert result == {MOVED: "unchanged" if said == "follow" else "created", PATH: "ignored"}
    assert not FileQuestion.objects.filter(answer="").exists()
    assert_findings_are_true()


# -- who, and once ----------------------------------------------------------------------------------------


def test_answers_take_an_editor_the_right_kind_and_an_open_question(
    folder: Folder, imported: Policy, editor: User, reviewer: User
) -> None:
    (folder.root / PATH).unlink()
    run(folder)
    before = count_rows()

    with pytest.raises(ForbiddenError, match=r"Answering a question about a file needs the permission"):
        answer(PATH, "retire", reviewer, reason="Repealed.")
    with pytest.raises(RefusedError, match=r"“Give the record this id” is no answer to “Its file is gone”"):
        answer(PATH, "rename", editor)
    with pytest.raises(RefusedError, match=r"Retire needs a reason: say what has to change, or why."):
        answer(PATH, "retire", editor)
    assert (count_rows(), asked()) == (before, [("gone", PATH, "", "")])

    answer(PATH, "write_again", editor)
    question = FileQuestion.objects.get()
    meanwhile = r"Elena Ortiz answered this question meanwhile: “Write the file again with the next export”."
    with pytest.raises(RefusedError, match=meanwhile):
        answer_question(question.pk, Answer.RETIRE, actor=editor, reason="Repealed.")
    folder.policy()
    run(folder)
    (folder.root / PATH).unlink()
    run(folder)
    again = FileQuestion.objects.get(answer="")
    folder.policy()
    run(folder)
    with pytest.raises(RefusedError, match=r"An import found the files as they were"):
        answer_question(again.pk, Answer.RETIRE, actor=editor, reason="Repealed.")


def test_file_that_is_gone_from_the_branch_is_committed_again(
    site: Site, editor: User, reviewer: User
) -> None:
    (site.root / PATH).unlink()
    site.commit("Remove it")
    site.import_all()
    answer(PATH, "write_again", editor)
    site.import_all()
    assert not FileQuestion.objects.filter(answer="").exists()
    decision = verify(get_policy(), reviewer)

    report = export_to_git(site.root, actor=None)

    assert [(item.path, item.outcome) for item in report.files] == [(PATH, "written")]
    assert site.show(PATH) == decision.signed_text


def test_file_that_was_exported_before_is_committed_alone_when_it_is_written_again(
    signed_site: Site, editor: User
) -> None:
    """The manifest has its line already. Written to the work tree first, it is committed from there, and not missed."""
    site = signed_site
    export_to_git(site.root, actor=None)
    text = site.show(PATH)
    for is_written_first in (False, True):
        site.git("rm", "--quiet", PATH)
        site.commit("Remove it")
        site.import_all()
        answer(PATH, "write_again", editor)
        if is_written_first:
            assert [item.outcome for item in export_policies(actor=None).files] == ["written"]
            site.import_all()
            assert not FileQuestion.objects.filter(answer="").exists()

        report = export_to_git(site.root, actor=None)

        assert [(item.path, item.outcome, item.reason) for item in report.files] == [(PATH, "written", "")]
        assert site.git("diff", "--name-only", "HEAD~1", "HEAD") == PATH
        assert (site.show(PATH), get_policy().source_file.commit) == (text, report.commit)
        assert (site.is_sound(), export_to_git(site.root, actor=None).is_clean) == (True, True)
        site.import_all()
        assert not FileQuestion.objects.filter(answer="").exists()


@pytest.mark.parametrize("to", ["git", "disk"])
def test_record_whose_place_was_taken_is_written_beside_it(
    tmp_path: Path, git_home: Path, editor: User, reviewer: User, to: str
) -> None:
    """Not below the project's own folder, nor below the top, but in the folder where the root has such files."""
    site = Site.create(tmp_path / "site")
    (site.root / "docs" / "en").mkdir(parents=True)
    site.files.policy()
    taken, beside = "docs/en/no-storage-act.md", "docs/en/no-storage-act-2.md"
    move(site.files, taken)
    site.commit()
    site.import_all()
    decision = verify(get_policy(), reviewer)
    site.files.write(taken, site.files.read(taken).replace("'no-storage-act'", "'no-sea-act'"))
    site.commit()
    site.import_all()
    answer(taken, "new_record", editor)
    question = FileQuestion.objects.get(answer="")
    assert place_to_write(question) == beside

    answer(taken, "write_again", editor)
    site.import_all()
    assert not FileQuestion.objects.filter(answer="").exists()
    only = Policy.objects.filter(policy_id="no-storage-act")
    report = (
        export_to_git(site.root, actor=None, policies=only)
        if to == "git"
        else export_policies(actor=None, policies=only)
    )

    assert [(item.path, item.outcome, item.reason) for item in report.files] == [(beside, "written", "")]
    assert site.files.read(beside) == decision.signed_text
    source = get_policy().source_file
    assert (source.root, source.path) == (str(site.root), beside)
