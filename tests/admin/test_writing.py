"""The outbox's button “Write to the files”: what it writes, in whose name, and what the run says of each record."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.admin import run_frame, run_page
from reviews.models import Policy
from tests.admin.html import read_text
from tests.factories import Folder, decide, get_policy, verify
from tests.services.counts import count_rows

OUTBOX = "/admin/reviews/policy/outbox/"
WRITE = f"{OUTBOX}write/"
PATH = "policies/en/no-storage-act.md"


def press(client: Client, selection: str = "") -> Any:
    """The page of the run, to which the button leads."""
    return client.post(WRITE, {"selection": selection}, follow=True)


def told(page: Any) -> dict[str, dict[str, str]]:
    """By heading: each record, and why it did not go out."""
    return {
        str(group.label): {row.name: row.reason for row in group.rows} for group in page.context["groups"]
    }


def test_signed_text_is_written_in_the_name_of_the_publisher(
    folder: Folder, signed: Policy, publisher: User, client: Client
) -> None:
    client.force_login(publisher)

    page = press(client)

    assert folder.policy_files() == {PATH: signed.signoff.signed_text.encode()}
    assert told(page) == {"Written": {"no-storage-act (en)": ""}}
    assert read_text(page, "notice-success") == ["1 file now holds what was signed."]
    assert read_text(page, "table") == [f"Policy File no-storage-act (en) {PATH}"]
    assert f'<a href="/admin/reviews/policy/{signed.pk}/file/">'.encode() in page.content
    newest = signed.source_file.history.latest("pk")
    assert (newest.history_user, newest.history_change_reason) == (publisher, f"Exported to {PATH}")


def test_each_record_is_told_with_its_reason(
    folder: Folder, reviewer: User, publisher: User, client: Client
) -> None:
    for name in ("written", "unchanged", "moved-on", "in-the-way", "claimed"):
        folder.import_policy(name)
    for name in ("written", "unchanged", "moved-on", "in-the-way"):
        verify(get_policy(name), reviewer)
    client.force_login(publisher)
    client.post(WRITE, {"selection": str(get_policy("unchanged").pk)})
    folder.write("policies/en/moved-on.md", "Somebody's own.\n")
    (folder.root / "policies/en/in-the-way.md").unlink()
    (folder.root / "policies/en/in-the-way.md").mkdir()

    page = press(client)

    assert told(page) == {
        "Held back": {
            "in-the-way (en)": (
                f"{folder.root}/policies/en/in-the-way.md is no regular file: move it out of the folder."
            ),
            "moved-on (en)": (
                "The file changed on disk since Rosa Lindqvist signed it, so it was left as it is: "
                "import it, review what changed, and sign it again."
            ),
        },
        "Written": {"written (en)": ""},
        "Unchanged": {"unchanged (en)": ""},
        "Not signed": {
            "claimed (en)": (
                "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing."
            )
        },
    }
    assert read_text(page, "notice-danger") == [
        "2 signed records did not go out 1 was written. Below stands why, and what to do about it."
    ]
    assert folder.read("policies/en/moved-on.md") == "Somebody's own.\n"


def test_file_that_cannot_be_written_is_told(
    folder: Folder, signed: Policy, publisher: User, client: Client, tmp_path: Path
) -> None:
    client.force_login(publisher)
    (folder.root / "policies" / "en").rename(tmp_path / "elsewhere")
    folder.write("policies/en", "A file where a folder was.\n")

    page = press(client)

    assert told(page) == {
        "Could not be written": {
            "no-storage-act (en)": (
                "Not a directory: nothing was written, the file stands as it was. Free the way and repeat."
            )
        }
    }
    assert read_text(page, "notice-title") == ["1 signed record did not go out"]


def test_link_out_of_the_folder_is_told(
    folder: Folder, signed: Policy, publisher: User, client: Client, tmp_path: Path
) -> None:
    client.force_login(publisher)
    blocked = folder.root / "policies" / "en"
    blocked.rename(tmp_path / "elsewhere")
    blocked.symlink_to(tmp_path / "elsewhere")

    page = press(client)

    assert told(page) == {
        "Held back": {
            "no-storage-act (en)": (
                f"{PATH}: {blocked} is a symbolic link; an export does not follow it. Replace it by hand."
            )
        }
    }
    assert read_text(page, "notice-danger") == [
        "1 signed record did not go out Below stands why, and what to do about it."
    ]


def test_second_press_writes_nothing_and_says_so(
    folder: Folder, signed: Policy, publisher: User, client: Client
) -> None:
    client.force_login(publisher)
    client.post(WRITE)
    before, stamp = count_rows(), (folder.root / PATH).stat().st_mtime_ns

    page = press(client)

    assert (count_rows(), (folder.root / PATH).stat().st_mtime_ns) == (before, stamp)
    assert told(page) == {"Unchanged": {"no-storage-act (en)": ""}}
    assert read_text(page, "empty") == [
        "Nothing was written Every signed record is on disk as it was signed."
    ]


def test_only_the_selection_is_written(
    folder: Folder, signed: Policy, reviewer: User, publisher: User, client: Client
) -> None:
    other = folder.import_policy("other")
    verify(other, reviewer)
    before = folder.content()
    client.force_login(publisher)

    page = press(client, str(other.pk))

    changed = [path for path, text in folder.policy_files().items() if text != before[path]]
    assert (changed, told(page)) == (["policies/en/other.md"], {"Written": {"other (en)": ""}})


@pytest.mark.parametrize(
    ("is_there", "text"),
    [
        (False, "Nothing was written Only what a reviewer signed leaves PolicyHub."),
        (
            True,
            (
                "Nothing was written Only what a reviewer signed leaves PolicyHub. "
                "Below stands what each record waits for."
            ),
        ),
    ],
)
def test_nothing_signed_is_said(
    is_there: bool, text: str, folder: Folder, publisher: User, client: Client
) -> None:
    if is_there:
        folder.import_policy()
    before = folder.content()
    client.force_login(publisher)

    assert read_text(press(client), "empty") == [text]
    assert folder.content() == before


def test_what_is_unsigned_by_the_time_of_the_press_stays(
    folder: Folder, signed: Policy, reviewer: User, publisher: User, client: Client
) -> None:
    before = folder.content()
    decide(signed, "reopen", reviewer, "The act was amended.")
    client.force_login(publisher)

    page = press(client, str(signed.pk))

    assert (list(told(page)), folder.content()) == (["Not signed"], before)


def test_long_tables_are_cut_and_the_files_are_not(
    folder: Folder, reviewer: User, publisher: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_page, "SHOWN", 1)
    monkeypatch.setattr(run_frame, "SHOWN", 1)
    for name in ("a", "b"):
        verify(folder.import_policy(name), reviewer)
    client.force_login(publisher)

    page = press(client)

    assert told(page) == {"Written": {"a (en)": ""}}
    assert '<a href="?outcome=written#written">All 2<' in page.content.decode()
    assert told(client.get(f"{page.request['PATH_INFO']}?outcome=written")) == {
        "Written": {"a (en)": "", "b (en)": ""}
    }
    assert folder.read("policies/en/b.md") == get_policy("b").signoff.signed_text


# -- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 403), ("reviewer", 403), ("nobody", 403), ("publisher", 302), ("superuser", 302)],
)
def test_writing_is_for_publishers(
    who: str, status: int, folder: Folder, signed: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    before = folder.content()
    client.force_login(request.getfixturevalue(who))

    assert client.post(WRITE, {"selection": str(signed.pk)}).status_code == status
    assert (folder.content() == before) is (status == 403)
    assert client.post(WRITE, {"selection": "all"}).status_code == (400 if status == 302 else 403)


def test_writing_wants_the_form_of_the_page(folder: Folder, signed: Policy, publisher: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(publisher)
    before = folder.content()

    assert (client.post(WRITE).status_code, folder.content()) == (403, before)


def test_address_alone_writes_nothing_and_leads_to_the_outbox(
    folder: Folder, signed: Policy, publisher: User, client: Client
) -> None:
    client.force_login(publisher)
    before = folder.content()

    answer = client.get(WRITE)

    assert (answer.status_code, answer.headers["Location"], folder.content()) == (302, OUTBOX, before)
    assert [client.put(WRITE).status_code, client.delete(WRITE).status_code] == [405, 405]
