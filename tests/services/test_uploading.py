"""Uploads: what was seen is what goes in, or nothing; and only whoever uploaded decides."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.utils.translation import override

from reviews.models import Conflict, Policy, Run, RunStatus, SourceFile
from reviews.models.door import Door, open_door
from reviews.services import runs, uploading
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.upload_source import pack_files
from reviews.services.uploading import (
    begin_upload,
    cancel_upload,
    confirm_upload,
    digest_plan,
    plan_again,
    plan_upload,
)
from reviews.services.workflow import judge_dimensions
from reviews.tasks import run_import
from tests.factories import (
    Folder,
    decide,
    flow_text,
    front_matter,
    get_policy,
    judge_all,
    judgement,
    make_user,
)
from tests.services.counts import edit

pytestmark = pytest.mark.django_db


def text(policy_id: str = "no-storage-act", **changes: object) -> bytes:
    return flow_text(front_matter(policy_id, **changes)).encode()


def begin(actor: User, *files: tuple[str, bytes]) -> Run:
    return begin_upload(files, language="en", actor=actor)


def confirm(run: Run, actor: User) -> Run:
    """Say yes to the plan as it is, and let the task do it."""
    confirm_upload(run.pk, seen=digest_plan(plan_upload(run)), actor=actor)
    return work_off(run)


def work_off(run: Run) -> Run:
    run_import.enqueue(run.pk)
    return Run.objects.get(pk=run.pk)


def test_upload_adds_new_records_and_merges_into_those_that_are_here(folder: Folder, editor: User) -> None:
    here = folder.import_policy()
    before = folder.content()
    run = begin(
        editor, ("no-storage-act.md", text(title="Act")), ("new.md", text("new")), ("bad.md", b"---\n")
    )
    assert (run.status, run.source, run.options["name"]) == (
        "planned",
        "upload no-storage-act.md, new.md, bad.md",
        "no-storage-act.md, new.md, bad.md",
    )
    assert {item.path: str(item.outcome) for item in plan_upload(run).files} == {
        "en/bad.md": "refused",
        "en/new.md": "created",
        "en/no-storage-act.md": "updated",
    }
    assert Policy.objects.count() == 1

    run = confirm(run, editor)

    new = get_policy("new")
    assert (run.status, run.upload, run.counts) == (
        "done",
        None,
        {"refused": 1, "created": 1, "updated": 1, "conflicts": 0, "claimed": 2, "warnings": 0},
    )
    assert [(file.path, file.policy_id, file.outcome) for file in run.files.all()] == [
        ("en/bad.md", None, "refused"),
        ("en/new.md", new.pk, "created"),
        ("en/no-storage-act.md", here.pk, "updated"),
    ]
    (value,) = run.files.get(outcome="updated").details["values"]
    assert value == {
        "at": "title",
        "side": "theirs",
        "base": "Storage Act",
        "theirs": "Act",
        "ours": "Storage Act",
        "result": "Act",
    }
    assert (get_policy().title, folder.content()) == ("Act", before)
    assert SourceFile.objects.get(policy=here).root == str(folder.root)  # its file is where it was


def test_plan_that_changed_meanwhile_is_not_done_but_shown_again(imported: Policy, editor: User) -> None:
    run = begin(editor, ("no-storage-act.md", text(title="Act")), ("new.md", text("new")))
    seen = digest_plan(plan_upload(run))
    assert digest_plan(plan_upload(run)) == seen  # the same plan twice
    confirm_upload(run.pk, seen=seen, actor=editor)
    edit(editor, title="Law")

    run = work_off(run)

    assert (run.status, run.options["is_replanned"], run.started_at) == ("planned", True, None)
    assert (get_policy().title, Policy.objects.count(), run.files.count()) == ("Law", 1, 0)

    run = confirm(run, editor)

    assert (run.status, run.counts["conflicts"]) == ("done", 1)
    assert (get_policy().title, Conflict.objects.get().theirs) == ("Law", {"value": "Act"})


@pytest.mark.parametrize(
    ("files", "language", "reason"),
    [
        ([], "en", "No file was chosen: choose a ZIP, or Markdown files."),
        ([("a.md", b"")], "xx", "“xx” is no language: say for example en, zh or pt-BR."),
        (
            [("a.zip", b""), ("b.md", b"")],
            "en",
            "a.zip is a ZIP, and a ZIP goes alone: upload it by itself, or the other files without it.",
        ),
        (
            [("a.pdf", b"")],
            "en",
            "a.pdf is neither: upload one ZIP, or Markdown files whose names end in .md.",
        ),
        (
            [("a.md", b""), ("a.md", b"")],
            "en",
            "a.md was chosen twice: files of one name come in as a ZIP, with their folders.",
        ),
        (
            [("a.zip", b"PK")],
            "en",
            "The file is no ZIP that can be read: make it anew.",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused_at_once(
    files: list[tuple[str, bytes]], language: str, reason: str, editor: User
) -> None:
    with pytest.raises(RefusedError) as refused:
        begin_upload(files, language=language, actor=editor)

    assert (str(refused.value), Run.objects.count()) == (reason, 0)


def test_plan_that_was_seen_in_another_language_is_the_same(editor: User) -> None:
    with override("zh-hans"):
        run = begin(editor, ("a.md", text("a", year="soon")), ("bad.md", b"---\n"))
    confirm_upload(run.pk, seen=digest_plan(plan_upload(run)), actor=editor)

    run = work_off(run)

    assert (run.status, run.counts["warnings"]) == ("done", 1)
    assert run.files.get(outcome="refused").reason.startswith("第 1 行")


def test_files_of_no_language_folder_get_the_chosen_one(editor: User) -> None:
    archive = pack_files([("a.md", text("a")), ("policies/en/b.md", text("b"))])
    confirm(begin_upload([("Files.ZIP", archive)], language="zh", actor=editor), editor)

    assert list(Policy.objects.order_by("pk").values_list("policy_id", "language")) == [
        ("b", "en"),
        ("a", "zh"),
    ]


def test_new_record_where_another_one_has_its_file_is_refused_in_the_plan(
    folder: Folder, editor: User
) -> None:
    folder.import_policy("here")
    confirm(begin(editor, ("a.md", text("a"))), editor)
    files = [(path, text(policy_id)) for path, policy_id in (("en/a.md", "b"), ("policies/en/here.md", "c"))]
    run = begin(editor, ("more.zip", pack_files([*files, ("en/d.md", text("d"))])))
    where = "is where the file of %s (en) stands: give this file another name, or that record's id where it is meant."
    told = [
        ("en/a.md", "refused", where % "a"),
        ("en/d.md", "created", ""),
        ("policies/en/here.md", "refused", where % "here"),
    ]
    assert [(item.path, str(item.outcome), item.reason) for item in plan_upload(run).files] == told

    run = confirm(run, editor)

    assert [(file.path, file.outcome, file.reason) for file in run.files.all()] == told
    assert list(SourceFile.objects.order_by("pk").values_list("policy__policy_id", "path")) == [
        ("here", "policies/en/here.md"),
        ("a", "en/a.md"),
        ("d", "en/d.md"),
    ]


def test_uploader_answers_for_what_comes_in_and_for_nothing_else(
    folder: Folder, editor: User, both: User, reviewer: User
) -> None:
    folder.import_policy(description="One.\n\nTwo.\n\nThree.")
    edit(editor, description="First.\n\nTwo.\n\nThree.", country="Sweden", year=2001)
    analysis = front_matter()["analysis"]
    analysis["market"] |= {"evidence": "My own words.", "auditNote": "Mine."}
    mine: dict[str, Any] = {
        "description": "One.\n\nTwo.\n\nThird.",
        "country": "Sweden",
        "analysis": analysis,
    }
    files = (("a.md", text(**mine)), ("new.md", text("new", analysis={})))

    run = confirm(begin(both, *files), both)

    policy, new = get_policy(), get_policy("new")
    market = policy.dimensions.get(key="market")
    assert (run.counts["created"], run.counts["updated"], policy.description) == (
        1, 1, "First.\n\nTwo.\n\nThird.",
    )  # fmt: skip
    assert (policy.authors, market.authors) == (
        {"description": both.pk, "country": editor.pk, "year": editor.pk},
        {"evidence": both.pk},
    )
    assert (policy.edited_by, market.edited_by, new.edited_by) == (both, both, both)
    assert ({"title", "body"} <= set(new.authors), set(new.authors.values())) == (True, {both.pk})
    assert new.history.get().authors == new.authors
    with pytest.raises(RefusedError) as refused:
        judge_dimensions(policy.pk, [judgement(policy, "market", "Good.")], actor=both)
    assert str(refused.value) == "You last changed “market”: someone else has to judge it (four eyes)."
    judge_all(policy, reviewer)
    for record in (policy, new):
        with pytest.raises(RefusedError) as refused:
            decide(record, "verify", both)
        assert (
            str(refused.value) == "You last changed this content: someone else has to verify it (four eyes)."
        )

    before = [(row.authors, row.version) for row in (get_policy(), get_policy("new"))]
    assert before[0][0] == policy.authors
    confirm(begin(editor, *files), editor)  # once more, by somebody else: nothing comes in

    assert [(row.authors, row.version) for row in (get_policy(), get_policy("new"))] == before


def test_only_the_uploader_decides_and_only_once(editor: User, reviewer: User) -> None:
    other = make_user("other", "Olga", "Berg", "Editors")
    run = begin(editor, ("a.md", text("a")))
    role = "Importing needs the permission “import_policy”: ask an administrator for the role Editors."
    own = "Only Elena Ortiz, who uploaded the files, decides on them."
    over = "The run is “Cancelled” by now: there is nothing to decide."

    def refusal(actor: User) -> str:
        with pytest.raises(RefusedError) as refused:
            confirm_upload(run.pk, seen="", actor=actor)
        return str(refused.value)

    assert [refusal(actor) for actor in (reviewer, other)] == [role, own]
    with pytest.raises(ForbiddenError):
        begin(reviewer, ("a.md", text("a")))
    cancel_upload(run.pk, actor=editor)
    assert refusal(editor) == over
    run = work_off(run)
    assert (run.status, run.upload, Policy.objects.count()) == ("cancelled", None, 0)


def test_task_does_what_waits_and_once(editor: User) -> None:
    run = begin(editor, ("a.md", text("a")))
    assert work_off(run).status == "planned"
    run = confirm(run, editor)
    assert [work_off(run).counts == run.counts, run.files.count()] == [True, 1]


def test_who_lost_the_role_meanwhile_imports_nothing(editor: User) -> None:
    run = begin(editor, ("a.md", text("a")))
    confirm_upload(run.pk, seen=digest_plan(plan_upload(run)), actor=editor)
    editor.groups.clear()

    run = work_off(run)

    role = "Importing needs the permission “import_policy”: ask an administrator for the role Editors."
    assert (run.status, run.error, Policy.objects.count()) == ("failed", role, 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            DatabaseError("disk full"),
            "The database refused: disk full. Once it answers again, the next run completes the rest.",
        ),
        (
            KeyError("x"),
            "PolicyHub failed, which is a fault of its own (KeyError: 'x'): the log says where.",
        ),
    ],
)
def test_import_that_breaks_off_can_be_planned_again(
    error: Exception, said: str, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(editor, ("a.md", text("a")))
    with monkeypatch.context() as patch:
        patch.setattr(uploading, "digest_plan", lambda report: "seen")
        confirm_upload(run.pk, seen="seen", actor=editor)

        def fail(report: object) -> str:
            raise error

        patch.setattr(uploading, "digest_plan", fail)
        run = work_off(run)
    assert (run.status, run.error, Policy.objects.count(), run.upload is None) == ("failed", said, 0, False)

    plan_again(run.pk, actor=editor)
    assert confirm(Run.objects.get(pk=run.pk), editor).status == "done"


def test_interrupted_import_can_be_planned_again_and_a_living_one_not(editor: User) -> None:
    run = begin(editor, ("a.md", text("a")))
    with open_door(Door.CONTENT):
        Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    with pytest.raises(RefusedError, match="The run is “Running” by now"):
        plan_again(run.pk, actor=editor)

    with open_door(Door.CONTENT):
        ago = run.created_at - runs.SILENCE - dt.timedelta(minutes=1)
        Run.objects.filter(pk=run.pk).update(created_at=ago)
    plan_again(run.pk, actor=editor)

    assert Run.objects.get(pk=run.pk).status == "planned"
