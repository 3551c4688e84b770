"""The pages of runs: the list, one run, uploading, the plan and its buttons, and what failed as a table."""

import csv
import io
import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reviews.admin import run_frame, run_page, uploads
from reviews.models import Policy, Run, RunKind, RunStatus
from reviews.models.door import Door, open_door
from reviews.services import runs
from reviews.services.runs import RunOutcome, begin_run, finish_run, report_progress
from reviews.services.upload_source import pack_files
from reviews.services.uploading import confirm_upload
from reviews.tasks import run_import
from tests.admin.html import read_form, read_text
from tests.factories import Folder, flow_text, front_matter, get_policy
from tests.services.counts import edit

pytestmark = pytest.mark.django_db

LIST = "/admin/reviews/run/"
UPLOAD = f"{LIST}upload/"


def file_of(policy_id: str, **changes: object) -> tuple[str, bytes]:
    return f"policies/en/{policy_id}.md", flow_text(front_matter(policy_id, **changes)).encode()


def upload(client: Client, *files: tuple[str, bytes], language: str = "en") -> Any:
    """The page that follows: the plan, or the form again."""
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(UPLOAD, {"upload": sent, "language": language}, follow=True)


def press(client: Client, page: Any, act: str) -> Any:
    """Press a button of the plan."""
    place = page.request["PATH_INFO"]
    return client.post(f"{place}decide/", {**read_form(page, "decide"), "act": act}, follow=True)


def told(page: Any) -> dict[str, list[tuple[str, str]]]:
    """By heading: each file, and why."""
    return {
        str(group.label): [(row.path, row.reason) for row in group.rows] for group in page.context["groups"]
    }


def begin(**options: Any) -> Run:
    return begin_run(RunKind.IMPORT, actor=None, source="folder /x", **options)


def test_upload_is_planned_confirmed_and_told(folder: Folder, editor: User, client: Client) -> None:
    folder.import_policy(country="Sweden")
    edit(editor, country="Denmark", title="Law")
    archive = pack_files(
        [
            file_of("no-storage-act", country="Sweden", title="Act", url="https://example.org/new"),
            file_of("new"),
            ("bad.md", b"---\n"),
        ]
    )
    client.force_login(editor)

    page = upload(client, ("policies.zip", archive))

    assert read_text(page, "title-line") == ["Import of an upload Planned"]
    assert read_text(page, "run-source") == ["policies.zip"]
    assert read_text(page, "button-primary") == ["Import 2 files"]
    assert read_text(page, "run-figure") == [
        "Refused 1", "Will be added 1", "Will be changed 1", "Conflicts 1", "Claimed 2",
    ]  # fmt: skip
    assert read_text(page, "run-value") == [
        "title Conflict File Act Here Law",
        "country PolicyHub's Denmark",
        "url The file's https://example.org/act https://example.org/new",
    ]
    assert Policy.objects.count() == 1

    page = press(client, page, "confirm")

    assert {label: [path for path, _ in files] for label, files in told(page).items()} == {
        "Refused": ["en/bad.md"],
        "Added": ["policies/en/new.md"],
        "Changed": ["policies/en/no-storage-act.md"],
    }
    assert read_text(page, "title-line") == ["Import of an upload"]
    assert read_text(page, "notice-warning") == [
        "1 value changed both in its file and here. Nothing was overwritten; a person decides. See the conflicts"
    ]
    links = [
        f'<a href="/admin/reviews/policy/{get_policy(name).pk}/review/">'
        for name in ("new", "no-storage-act")
    ]
    assert [link in page.content.decode() for link in links] == [True, True]
    assert (get_policy().title, get_policy().country, get_policy().open_conflicts) == ("Law", "Denmark", 1)
    assert read_text(client.get(LIST), "field-became")[0] == "Refused 1 Added 1 Changed 1 Conflicts 1"


def test_plan_that_changed_is_shown_again(imported: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)
    page = upload(client, file_of("no-storage-act", title="Act"))
    edit(editor, title="Law")

    page = press(client, page, "confirm")

    assert read_text(page, "notice-warning") == [
        (
            "Nothing was imported: the plan is another one by now Somebody changed records meanwhile, so the import "
            "would have done something else than you saw. Below is the plan as it is now."
        )
    ]
    assert read_text(page, "run-value") == ["title Conflict File Act Here Law"]
    assert read_text(press(client, page, "cancel"), "empty") == [
        "Nothing was imported The plan was not confirmed, and the files were thrown away."
    ]
    assert get_policy().open_conflicts == 0


def test_plan_of_what_is_here_already_offers_nothing_to_confirm(
    folder: Folder, editor: User, superuser: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.import_policy()
    client.force_login(editor)
    page = upload(client, file_of("no-storage-act"))
    assert read_text(page, "empty") == ["Nothing would change Every record says already what its file says."]
    assert list(read_form(page, "decide")) == ["csrfmiddlewaretoken", "seen"]
    assert read_text(page, "button-primary") == []

    client.force_login(superuser)  # it is not theirs
    monkeypatch.setattr(uploads, "plan_upload", None)  # nor is it worked out for them
    page = client.get(page.request["PATH_INFO"])
    assert read_text(page, "notice-info") == [
        "Nothing has been imported. Elena Ortiz uploaded the files, sees the plan and decides on them."
    ]
    assert (read_form(page, "decide"), read_text(page, "empty")) == ({}, [])
    page = client.post(f"{page.request['PATH_INFO']}decide/", {"act": "cancel"}, follow=True)
    assert read_text(page, "error") == ["Only Elena Ortiz, who uploaded the files, decides on them."]


def test_upload_that_cannot_be_read_is_refused_on_the_form(
    editor: User, client: Client, settings: LazySettings
) -> None:
    client.force_login(editor)
    page = upload(client, ("policies.zip", b"no ZIP"), language="zh")
    assert read_text(page, "notice-danger") == [
        "Nothing was taken in The file is no ZIP that can be read: make it anew."
    ]
    assert '<option value="zh" selected>' in page.content.decode()
    assert read_text(upload(client), "notice-danger") == [
        "Nothing was taken in No file was chosen: choose a ZIP, or Markdown files."
    ]

    assert (
        '<input type="file" name="upload" multiple accept=".zip,.md,application/zip"' in page.content.decode()
    )

    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    page = upload(client, *((f"{name}.md", b"") for name in "abc"))
    assert (page.status_code, read_text(page, "notice-danger")) == (
        413,
        ["Nothing was taken in More than 2 files were chosen: pack them into a ZIP, and upload that."],
    )

    settings.POLICYHUB_MAX_UPLOAD_BYTES = 1000
    page = upload(client, ("policies.zip", b"x" * 1000))
    assert (page.status_code, read_text(page, "notice-danger")) == (
        413,
        [
            (
                "Nothing was taken in The upload is larger than the 1000 bytes allowed (POLICYHUB_MAX_UPLOAD_BYTES): "
                "split it."
            )
        ],
    )
    assert not Run.objects.exists()


def test_folder_of_300_policies_can_be_chosen_whole(editor: User, client: Client) -> None:
    client.force_login(editor)

    page = upload(client, *((f"{number}.md", b"") for number in range(300)))

    assert read_text(page, "run-source") == ["0.md +299"]


def test_import_that_cannot_be_handed_on_is_a_plan_again(
    editor: User, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(task: object, run_pk: int) -> None:
        raise ConnectionError("no queue")

    client.force_login(editor)
    page = upload(client, file_of("new"))
    with monkeypatch.context() as patch:
        patch.setattr(type(run_import), "enqueue", fail)
        page = press(client, page, "confirm")
    assert read_text(page, "error") == [
        (
            "The import could not be started, so nothing went in. Confirm it again; if that fails too, ask an "
            "administrator: the log says why."
        )
    ]
    assert "ConnectionError: no queue" in caplog.text
    assert read_text(page, "button-primary") == ["Import 1 file"]

    confirm_upload(
        run_pk := Run.objects.get().pk, seen="", actor=editor
    )  # the server died before it handed it on
    place = page.request["PATH_INFO"]
    page = client.get(place)
    assert [read_text(page, "card-title"), read_text(page, "button-small")] == [
        ["Waits for the worker"], ["Show the plan again", "Throw the files away"],
    ]  # fmt: skip
    page = client.post(f"{place}decide/", {"act": "again"}, follow=True)
    run_import.enqueue(run_pk)  # it comes late, and does nothing
    assert (Run.objects.get().status, Policy.objects.count()) == ("planned", 0)
    assert read_text(press(client, page, "confirm"), "title-line") == ["Import of an upload"]


def test_upload_wants_the_form_of_the_page(editor: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    assert upload(client, file_of("new")).status_code == 403
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("who", "status", "is_offered"),
    [
        ("editor", 200, True),
        ("reviewer", 403, False),
        ("publisher", 403, False),
        ("nobody", 403, False),
        ("superuser", 200, True),
    ],
)
def test_uploading_is_for_editors_and_looking_for_who_may_look(
    who: str, status: int, is_offered: bool, client: Client, request: pytest.FixtureRequest
) -> None:
    run = begin(status=RunStatus.PLANNED, options={"name": "x"})
    finish_run(done := begin(), [])
    client.force_login(request.getfixturevalue(who))
    looks = 403 if who == "nobody" else 200

    assert client.get(UPLOAD).status_code == status
    assert upload(client, ("a.zip", b"")).status_code == status
    assert client.post(f"{LIST}{run.pk}/decide/", {"act": "cancel"}, follow=True).status_code == status
    page = client.get(LIST)
    assert (page.status_code, "Upload files" in page.content.decode()) == (looks, is_offered)
    assert [client.get(f"{LIST}{done.pk}/{part}").status_code for part in ("", "progress/", "failures/")] == [
        looks
    ] * 3
    assert Run.objects.get(pk=run.pk).status == "planned"
    assert client.post(f"{LIST}{done.pk}/").status_code == 405


def test_addresses_that_lead_nowhere(editor: User, client: Client) -> None:
    client.force_login(editor)
    run = begin()

    assert client.get(f"{LIST}{run.pk + 1}/").status_code == 404
    assert client.post(f"{LIST}{run.pk + 1}/decide/", {"act": "cancel"}, follow=True).status_code == 404
    assert client.post(f"{LIST}{run.pk}/decide/", {"act": "x"}).status_code == 400
    assert client.get(f"{LIST}{run.pk}/decide/").headers["Location"] == f"{LIST}{run.pk}/"
    assert client.get(f"{LIST}{run.pk}/change/").status_code == 404  # Django's own form of it


# -- how far it is ----------------------------------------------------------------------------------------


def test_run_under_way_shows_how_far_it_is(
    editor: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_PAUSE", 0)
    client.force_login(editor)
    run = begin()
    place = f"{LIST}{run.pk}/"
    assert client.get(f"{place}progress/").json() == {
        "status": "running", "done": 0, "total": 0, "is_over": False,
    }  # fmt: skip
    report_progress(run, 120, 260)

    page = client.get(place)

    assert client.get(f"{place}progress/").json() == {
        "status": "running", "done": 120, "total": 260, "is_over": False,
    }  # fmt: skip
    assert read_text(page, "run-progress") == [
        (
            "Under way 120 / 260 You may leave this page: the run goes on. "
            "The page loads itself again every few seconds."
        )
    ]
    assert '<meta http-equiv="refresh" content="3">' in page.content.decode()  # without scripts

    monkeypatch.setattr(runs, "SILENCE", -runs.SILENCE)
    assert client.get(f"{place}progress/").json()["is_over"] is True
    page = client.get(place)
    assert read_text(page, "title-line") == ["Import Interrupted"]
    assert read_text(page, "notice-title") == ["This run was interrupted"]
    assert read_text(client.get(LIST), "field-what") == ["Import Interrupted"]

    finish_run(run, [])
    assert read_text(client.get(place), "empty") == ["There was nothing to do No file was found."]


def test_failed_run_says_why_in_the_language_of_who_ran_it(editor: User, client: Client) -> None:
    run = begin()
    runs.fail_run(run, "磁盘已满。\n请清理。")
    with open_door(Door.CONTENT):
        Run.objects.update(options={"language": "zh-hans"})
    client.force_login(editor)

    page = client.get(f"{LIST}{run.pk}/")

    assert read_text(page, "notice-danger") == ["This run failed 磁盘已满。 请清理。"]
    assert '<p class="run-error" lang="zh-hans">磁盘已满。' in page.content.decode()
    assert read_text(client.get(LIST), "field-became") == ["磁盘已满。"]


def test_export_to_git_says_where_to(editor: User, client: Client) -> None:
    for options in ({"branch": "main", "push": True}, {"branch": "", "push": False}):
        begin_run(RunKind.EXPORT, actor=None, source="git /site", options={"to": "git", **options})
    client.force_login(editor)

    assert read_text(client.get(LIST), "field-place") == [
        "git /site the branch checked out there",
        "git /site branch main · with a push",
    ]
    assert read_text(client.get(f"{LIST}{Run.objects.last().pk}/"), "run-about")[0].startswith(
        "git /site branch main · with a push A command"
    )


def test_further_figures_lead_to_the_files_that_they_count(
    folder: Folder, editor: User, client: Client
) -> None:
    for name, title in (("no-storage-act", "Law"), ("b", '"side": "conflict"')):
        folder.import_policy(name)
        edit(editor, policy_id=name, title=title)
    client.force_login(editor)
    files = [
        file_of("no-storage-act", title="Act"),
        file_of("b", url="https://example.org/new"),
        file_of("odd", year="soon", reviewStatus="draft"),
    ]

    def listed() -> list[dict[str, list[str]]]:
        """The files behind each further figure, from page to page by its link."""
        place = page.request["PATH_INFO"]
        links = re.findall(r'<a href="(\?with=\w+)#', page.content.decode())
        found = [told(client.get(place + link)) for link in links]
        return [{label: [path for path, _ in rows] for label, rows in each.items()} for each in found]

    page = upload(client, ("a.zip", pack_files(files)))
    planned = listed()
    page = press(client, page, "confirm")

    assert planned == listed() == [
        {"Files with conflicts": ["policies/en/no-storage-act.md"]},
        {"Files that claim to be verified": ["policies/en/b.md", "policies/en/no-storage-act.md"]},
        {"Files with warnings": ["policies/en/odd.md"]},
    ]  # fmt: skip


# -- what became of the files -----------------------------------------------------------------------------


def test_files_come_by_outcome_the_most_urgent_first_and_page_by_page(
    editor: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_page, "SHOWN", 2)
    monkeypatch.setattr(run_frame, "SHOWN", 2)
    monkeypatch.setattr(run_frame, "A_PAGE", 2)
    run = begin()
    files = [RunOutcome(f"{n}.md", outcome="unchanged") for n in range(5)]
    finish_run(
        run, [*files, RunOutcome("x.md", outcome="refused", reason="is empty.")], counts={"claimed": 4}
    )
    client.force_login(editor)

    page = client.get(f"{LIST}{run.pk}/")

    assert told(page) == {"Refused": [("x.md", "is empty.")], "Unchanged": [("0.md", ""), ("1.md", "")]}
    assert read_text(page, "run-figure") == ["Refused 1", "Unchanged 5", "Claimed 4"]
    assert '<a href="?outcome=unchanged#unchanged">All 5<' in page.content.decode()
    pages = [client.get(f"{LIST}{run.pk}/?outcome=unchanged&page={number}") for number in (1, 3)]
    assert [told(page) for page in pages] == [
        {"Unchanged": [("0.md", ""), ("1.md", "")]},
        {"Unchanged": [("4.md", "")]},
    ]
    assert told(client.get(f"{LIST}{run.pk}/?outcome=nonsense")) == told(page)


def test_failures_are_downloaded_as_a_table_without_formulas(editor: User, client: Client) -> None:
    run = begin()
    outcomes = [
        RunOutcome("=1+1.md", outcome="refused", reason="+is empty."),
        RunOutcome("好.md", None, "法 (zh)", "held back", "moved on, on disk"),
        RunOutcome("fine.md", outcome="created"),
        RunOutcome("asked.md", outcome="asked", reason="@who?"),
        RunOutcome("failed.md", outcome="failed"),
    ]
    finish_run(run, outcomes)
    client.force_login(editor)
    page = client.get(f"{LIST}{run.pk}/")
    assert (
        f'href="{LIST}{run.pk}/failures/" download>Download the 3 failures (CSV)</a>' in page.content.decode()
    )

    answer = client.get(f"{LIST}{run.pk}/failures/")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run.pk}-failures.csv"'
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["path", "policy", "outcome", "reason"],
        ["'=1+1.md", "", "refused", "'+is empty."],
        ["好.md", "法 (zh)", "held back", "moved on, on disk"],
        ["failed.md", "", "failed", ""],
    ]


def test_export_counts_why_records_stayed(
    folder: Folder, publisher: User, signed: Policy, client: Client
) -> None:
    for name in ("a", "b"):
        folder.import_policy(name)
    folder.import_policy("c", reviewStatus="draft")
    client.force_login(publisher)

    page = client.post("/admin/reviews/policy/outbox/write/", follow=True)

    assert read_text(page, "title-line") == ["Export to the files"]
    assert read_text(page, "run-reasons") == ["Claimed, not signed 2 Draft 1"]
    assert '<a class="badge" href="/admin/reviews/policy/?stays=claimed">' in page.content.decode()
    names = [
        read_text(client.get(LIST), f"field-{column}")[0] for column in ("what", "place", "by", "became")
    ]
    assert names == ["Export to the files", "–", "Paul Nakamura", "Written 1 Not signed 3"]
