"""Files that somebody left out: each stays out until it is asked about again, and its record says so."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from reviews.models import Answer, FileQuestion, Policy
from reviews.selectors.export_status import ExportStatus, tell_export_status
from reviews.selectors.outgoing import outgoing
from reviews.services.answering import answer_question, ask_again
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.exporting import export_policies
from reviews.services.git_exporting import export_to_git
from reviews.services.importing import import_policies
from tests.factories import Folder, get_policy, verify
from tests.git.sites import Site

pytestmark = pytest.mark.django_db

PATH = "policies/en/no-storage-act.md"
COPY = "policies/en/second.md"


def run(folder: Folder) -> dict[str, str]:
    report = import_policies([folder.root], actor=None, root=folder.root)
    return {item.path: item.outcome.value for item in report.files}


def answer(path: str, said: str, actor: User) -> None:
    answer_question(FileQuestion.objects.get(path=path, answer="").pk, Answer(said), actor=actor)


def again(path: str, actor: User) -> FileQuestion:
    return ask_again(FileQuestion.objects.get(path=path, answer="ignore").pk, actor=actor)


def rows() -> list[tuple[Any, ...]]:
    return list(FileQuestion.objects.order_by("pk").values_list("kind", "path", "answer", "answerer_name"))


def test_file_that_was_left_out_is_asked_about_again_and_becomes_the_record_s(
    folder: Folder, imported: Policy, editor: User, superuser: User, reviewer: User
) -> None:
    folder.write(COPY, folder.read(PATH).replace("Norway", "Sweden"))
    run(folder)
    answer(COPY, "ignore", editor)
    with pytest.raises(
        ForbiddenError, match=r"Asking about a file again needs the permission “change_policy”"
    ):
        again(COPY, reviewer)
    left_out = FileQuestion.objects.get()

    asked = again(COPY, superuser)

    assert (asked.text, asked.other_path, asked.is_open) == (folder.read(COPY), PATH, True)
    name = superuser.get_full_name()
    assert rows() == [("doubled", COPY, "settled", name), ("doubled", COPY, "", "")]
    with pytest.raises(
        RefusedError, match=r"policies/en/second.md is not left out any more: nothing was changed."
    ):
        ask_again(left_out.pk, actor=editor)
    assert run(folder) == {PATH: "unchanged", COPY: "asked"}

    answer(COPY, "follow", editor)
    assert run(folder) == {PATH: "ignored", COPY: "unchanged"}
    assert get_policy().country == "Sweden"

    again(PATH, editor)  # the one that it had before is known as well
    answer(PATH, "follow", editor)
    assert run(folder) == {PATH: "unchanged", COPY: "ignored"}
    assert get_policy().country == "Norway"


def test_of_two_new_files_the_other_one_is_asked_about_again(folder: Folder, editor: User, db: None) -> None:
    folder.policy()
    folder.write(COPY, folder.read(PATH).replace("Norway", "Sweden"))
    run(folder)
    answer(COPY, "follow", editor)

    asked = again(PATH, editor)

    assert (asked.policy, asked.other_path) == (get_policy(), COPY)
    answer(PATH, "follow", editor)
    assert run(folder) == {PATH: "unchanged", COPY: "ignored"}


def test_record_whose_file_was_left_out_says_why_it_is_held_back(
    folder: Folder, imported: Policy, editor: User, reviewer: User
) -> None:
    text = folder.read(PATH)
    folder.write(PATH, text.replace("'no-storage-act',", "'no-sea-act',"))
    run(folder)
    answer(PATH, "ignore", editor)
    verify(imported, reviewer)
    told = tell_export_status(ExportStatus.LEFT_OUT)
    assert told == (
        "Its file says another id and was left out, so no export writes over it: give the file the record's id again "
        "and import it, or ask again under Conflicts, Files."
    )

    (held,) = export_policies(actor=None).files
    assert (next(outgoing()).status, held.outcome, held.reason) == (ExportStatus.LEFT_OUT, "held back", told)
    assert export_policies(folder.root.parent / "elsewhere", actor=None).files[0].outcome == "written"
    assert run(folder) == {PATH: "ignored"}

    folder.write(PATH, text)  # it says the record's id again
    assert run(folder) == {PATH: "unchanged"}
    assert rows() == [("renamed", PATH, "settled", "Elena Ortiz")]
    assert next(outgoing()).status is ExportStatus.READY
    assert export_policies(actor=None).files[0].outcome == "written"


def test_other_file_of_a_retired_record_is_passed_over_and_asked_about_once_it_is_back(
    folder: Folder, imported: Policy
) -> None:
    folder.write(COPY, folder.read(PATH))
    (folder.root / PATH).unlink()
    QuerySet(Policy).filter(pk=imported.pk).update(review_status="retired")

    report = import_policies([folder.root], actor=None, root=folder.root)

    told = "no-storage-act (en) is retired, and its file is there: bring it back, or remove the file."
    assert [(item.path, item.outcome, item.warnings) for item in report.files] == [(COPY, "ignored", (told,))]
    assert rows() == []

    QuerySet(Policy).filter(pk=imported.pk).update(review_status="in_review")
    assert run(folder) == {COPY: "asked"}


def test_export_to_git_says_why_too(site: Site, editor: User, reviewer: User) -> None:
    (site.root / PATH).write_text(
        (site.root / PATH).read_text().replace("'no-storage-act',", "'no-sea-act',")
    )
    site.commit("Rename it")
    site.import_all()
    answer(PATH, "ignore", editor)
    verify(get_policy(), reviewer)

    (held,) = export_to_git(site.root, actor=None).files

    assert (held.outcome, held.reason) == ("held back", tell_export_status(ExportStatus.LEFT_OUT))
