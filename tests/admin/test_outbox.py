"""The outbox: what of a selection goes out and why each of the others stays; the ZIP holds what was signed."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.admin import outbox
from reviews.models import Decision, Policy, SourceFile
from reviews.models.door import Door, open_door
from reviews.services.importing import import_policies
from reviews.signoffs import NAME
from tests.admin.html import read_text
from tests.factories import Folder, decide, flow_text, front_matter, get_policy, verify
from tests.services.counts import count_rows, edit

LIST = "/admin/reviews/policy/"
OUTBOX = "/admin/reviews/policy/outbox/"


@pytest.fixture
def shelf(folder: Folder, editor: User, reviewer: User) -> dict[str, Policy]:
    """Records in every state: two of them signed and unchanged since."""
    records = {name: folder.import_policy(name) for name in ("claimed", "sent-back", "signed")}
    records["chinese"] = folder.import_policy("signed", language="zh", style="json")
    records["draft"] = folder.import_policy("draft", reviewStatus="draft")
    records["open"] = folder.import_policy("open", reviewStatus="in_review", analysis=None)
    records["stale"] = folder.import_policy()
    for name in ("signed", "chinese", "stale"):
        verify(records[name], reviewer)
    decide(records["sent-back"], "request_changes", reviewer, "Cite the act.")
    edit(editor, country="Sweden")
    return records


@pytest.fixture
def select(client: Client) -> Callable[..., Any]:
    """`select(user, policy, …)` presses the list's button with these records selected."""

    def select(user: User, *policies: Policy, **more: Any) -> Any:
        client.force_login(user)
        chosen = {
            "action": "export_selected",
            "_selected_action": [policy.pk for policy in policies],
            "index": 0,
        }
        return client.post(LIST, chosen | more, follow=True)

    return select


def shown(page: Any) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """What the page says goes out, with its path; and why each of the others stays."""
    goes = [(row.item.name, row.file.path) for row in page.context["goes"]]
    return goes, {row.item.name: row.file.reason for row in page.context["stays"]}


def content(response: Any) -> dict[str, str]:
    """The files of a ZIP by path, but its manifest."""
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name != NAME}


WHY_NOT = {
    "claimed (en)": (
        "The file says verified, but no sign-off backs it; it waits for a reviewer. 2 audit notes missing."
    ),
    "draft (en)": "A draft; an editor has to submit it. 2 audit notes missing.",
    "no-storage-act (en)": "Changed since Rosa Lindqvist signed it; it waits for a new sign-off.",
    "open (en)": "In review; it waits for a reviewer.",
    "sent-back (en)": (
        "A reviewer requested changes; an editor has to submit it again. 2 audit notes missing."
    ),
}


def test_outbox_says_what_goes_out_and_why_each_of_the_others_stays(
    shelf: dict[str, Policy], publisher: User, client: Client
) -> None:
    client.force_login(publisher)

    page = client.get(OUTBOX)

    assert shown(page) == (
        [("signed (en)", "policies/en/signed.md"), ("signed (zh)", "policies/zh/signed.md")],
        WHY_NOT,
    )
    assert read_text(page, "lede") == [
        "2 of 7 go out: the text that a named person signed, byte for byte, under the path that it came from."
    ]
    rows = read_text(page, "table")
    assert rows[0] == (
        "Policy Path Signed by signed (en) policies/en/signed.md Rosa Lindqvist "
        "signed (zh) policies/zh/signed.md Rosa Lindqvist"
    )
    assert rows[1] == " ".join(["Policy Why not", *(f"{name} {why}" for name, why in WHY_NOT.items())])


def test_selection_is_shown_alone(
    shelf: dict[str, Policy], publisher: User, select: Callable[..., Any]
) -> None:
    page = select(publisher, shelf["signed"], shelf["draft"])

    assert shown(page) == (
        [("signed (en)", "policies/en/signed.md")],
        {"draft (en)": WHY_NOT["draft (en)"]},
    )
    assert page.context["title"] == "Export the selection"


def test_whole_filtered_list_can_be_selected_at_once(
    shelf: dict[str, Policy], publisher: User, client: Client
) -> None:
    client.force_login(publisher)
    chosen = {"action": "export_selected", "_selected_action": [shelf["claimed"].pk], "select_across": 1}

    page = client.post(f"{LIST}?language=zh", {**chosen, "index": 0})

    assert shown(page) == ([("signed (zh)", "policies/zh/signed.md")], {})


def test_nothing_selected_is_said(
    shelf: dict[str, Policy], publisher: User, select: Callable[..., Any]
) -> None:
    page = select(publisher)

    assert [str(message) for message in page.context["messages"]] == [
        "Items must be selected in order to perform actions on them. No items have been changed."
    ]


def test_zip_holds_the_signed_texts_of_the_selection_under_their_paths(
    shelf: dict[str, Policy], publisher: User, select: Callable[..., Any], client: Client, folder: Folder
) -> None:
    page = select(publisher, shelf["signed"], shelf["draft"], shelf["chinese"])
    on_disk, rows = folder.content(), count_rows()

    response = client.post(OUTBOX, {"selection": page.context["selection"]})

    signed_texts = dict(Decision.objects.exclude(signed_text="").values_list("policy_id", "signed_text"))
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="policies-')
    assert content(response) == {
        "policies/en/signed.md": signed_texts[shelf["signed"].pk],
        "policies/zh/signed.md": signed_texts[shelf["chinese"].pk],
    }
    # A download changes nothing, neither here nor on disk.
    assert (folder.content(), count_rows()) == (on_disk, rows)


def test_without_a_selection_all_that_is_signed_goes_out(
    shelf: dict[str, Policy], publisher: User, client: Client
) -> None:
    client.force_login(publisher)

    response = client.post(OUTBOX)

    assert sorted(content(response)) == ["policies/en/signed.md", "policies/zh/signed.md"]


def test_what_no_zip_can_hold_stays_and_says_why(
    folder: Folder, reviewer: User, publisher: User, client: Client, tmp_path: Path
) -> None:
    other = Folder(tmp_path / "other")
    for place, policy_id, path in (
        (folder, "first", "policies/en/same.md"),
        (other, "second", "policies/en/same.md"),
        (folder, "third", "policies/en/third.md"),
    ):
        file = place.write(path, flow_text(front_matter(policy_id)))
        import_policies([file], actor=None, root=place.root)
        verify(get_policy(policy_id), reviewer)
    with open_door(Door.CONTENT):  # no import lets such a path in
        SourceFile.objects.filter(policy__policy_id="third").update(path="../third.md")
    client.force_login(publisher)

    page = client.get(OUTBOX)

    assert shown(page) == (
        [("first (en)", "policies/en/same.md")],
        {
            "second (en)": (
                "Another record goes to the same path: policies/en/same.md. Export the two folders one by one."
            ),
            "third (en)": "../third.md: is no path inside a folder; nothing was written.",
        },
    )
    assert list(content(client.post(OUTBOX))) == ["policies/en/same.md"]


def test_what_is_unsigned_by_the_time_of_the_download_stays(
    signed: Policy, reviewer: User, publisher: User, select: Callable[..., Any], client: Client
) -> None:
    selection = select(publisher, signed).context["selection"]
    decide(signed, "reopen", reviewer, "The act was amended.")

    assert content(client.post(OUTBOX, {"selection": selection})) == {}


def test_nothing_signed_offers_no_download(imported: Policy, publisher: User, client: Client) -> None:
    client.force_login(publisher)

    page = client.get(OUTBOX)

    assert read_text(page, "button-big") == []
    assert read_text(page, "empty") == [
        "Nothing goes out Only what a reviewer signed leaves PolicyHub. Below stands what each record waits for."
    ]


def test_long_tables_are_cut_and_the_zip_is_not(
    shelf: dict[str, Policy], publisher: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SHOWN", 1)
    client.force_login(publisher)

    page = client.get(OUTBOX)

    assert [len(rows) for rows in shown(page)] == [1, 1]
    assert [text for text in read_text(page, "muted") if "listed" in text] == [
        "The first 1 are listed; all 2 go out.",
        "The first 1 of 5 are listed.",
    ]
    assert len(content(client.post(OUTBOX))) == 2


@pytest.mark.parametrize("selection", ["1;2", "1,", "all", "-1", "1" * 19, "１", "1,2 or 1=1"])
def test_selection_that_is_none_is_refused(selection: str, publisher: User, client: Client) -> None:
    client.force_login(publisher)

    response = client.post(OUTBOX, {"selection": selection})

    assert response.status_code == 400
    assert read_text(response, "empty") == [
        (
            "This request makes no sense Something in it cannot be read. Go back, reload the page and try again. "
            "To the overview"
        )
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("editor", 403), ("reviewer", 403), ("nobody", 403), ("superuser", 200)]
)
def test_outbox_is_for_publishers(
    who: str, status: int, signed: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))

    assert client.get(OUTBOX).status_code == status
    assert client.post(OUTBOX, {"selection": str(signed.pk)}).status_code == status
    assert client.post(OUTBOX, {"selection": "nonsense"}).status_code == (400 if status == 200 else 403)


@pytest.mark.parametrize("who", ["editor", "reviewer"])
def test_action_is_not_there_for_others(
    who: str, signed: Policy, select: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    page = select(request.getfixturevalue(who), signed)

    assert page.templates[0].name == "admin/reviews/policy/change_list.html"


def test_download_wants_the_form_of_the_page(signed: Policy, publisher: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(publisher)

    assert client.post(OUTBOX).status_code == 403


def test_outbox_knows_no_other_method(publisher: User, client: Client) -> None:
    client.force_login(publisher)

    assert [client.put(OUTBOX).status_code, client.delete(OUTBOX).status_code] == [405, 405]
