"""The History tab: two versions side by side, and bringing one back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Decision, Policy
from tests.admin.history.page import said, url
from tests.admin.html import read_form, read_text
from tests.factories import get_policy, verify
from tests.services.counts import count_rows, edit

# -- comparing --------------------------------------------------------------------------------------------


def test_comparison_shows_what_differs_side_by_side(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(edited, 'compare')}?from=1&to=3")

    assert read_text(page, "side-head")[0].startswith("Version 1 PolicyHub, ")
    assert read_text(page, "side-head")[1].startswith("Version 3 Now Elena Ortiz, ")
    assert read_text(page, "side-row") == [
        "Sectors Version 1 storage transport Version 3 storage use",
        "Regulatory · liability_period Version 120 years Version 330 years",
        "Regulatory · fee Version 1Not there Version 31 EUR",
        "Score Version 162.5 Version 3Not there",
        "Label Version 1Yearly Version 3Not there",
        "Evidence Version 1Reports are due every year. Version 3Not there",
        "Citation Version 1Act 12 of 2024, section 4 Version 3Not there",
        "Label Version 1Not there Version 3Open access",
    ]
    assert read_text(page, "side-dimension") == ["mrv Dimension removed", "equity Dimension added"]


def test_comparison_shows_all_values_where_it_is_asked_to(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(edited, 'compare')}?from=1&to=3&all")

    assert read_text(page, "side-row")[:2] == [
        "Title Version 1Storage Act Version 3Storage Act",
        "Country Version 1Norway Version 3Norway",
    ]
    assert len(read_text(page, "is-same")) == 29


def test_comparison_takes_the_newest_two_versions_by_itself(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, url(edited, "compare"))

    assert [text[:9] for text in read_text(page, "side-head")] == ["Version 2", "Version 3"]


def test_versions_can_be_compared_the_other_way_round(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(edited, 'compare')}?from=3&to=1")

    assert read_text(page, "side-row")[0] == "Sectors Version 3 storage use Version 1 storage transport"
    assert read_text(page, "side-dimension") == ["equity Dimension removed", "mrv Dimension added"]


def test_versions_that_say_the_same_are_told_so(
    signed: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(signed, 'compare')}?from=2&to=2")

    assert read_text(page, "empty-title") == ["No value differs"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "from=1&to=9",
            "Nothing to compare: no-storage-act (en) has no version 9. Choose two versions of the list.",
        ),
        (
            "from=0&to=1",
            "Nothing to compare: no-storage-act (en) has no version 0. Choose two versions of the list.",
        ),
        ("from=x&to=1", "Nothing to compare: “x” is no version. Choose two versions of the list."),
        ("from=1&to=-1", "Nothing to compare: “-1” is no version. Choose two versions of the list."),
    ],
)
def test_versions_that_are_not_there_are_named(
    query: str, message: str, imported: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    response = open_page(publisher, f"{url(imported, 'compare')}?{query}")

    assert (response.status_code, response.headers["Location"], said(response)) == (
        302,
        url(imported),
        [message],
    )


# -- restoring --------------------------------------------------------------------------------------------


def restore(client: Client, page: Any, policy: Policy, version: int, reason: str = "") -> Any:
    return client.post(url(policy, "restore", version), read_form(page, "restore") | {"reason": reason})


def test_restoring_shows_what_it_does_and_does_it(
    edited: Policy, superuser: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(superuser, url(edited, "restore", 1))
    response = restore(client, page, edited, 1, " Wrong record ")
    policy = get_policy()
    history = policy.history.latest("version")

    assert read_text(page, "change-dimension") == ["equity Dimension removed", "mrv Dimension added"]
    assert (response.headers["Location"], said(response)) == (
        url(edited),
        ["Version 1 is back, as version 4."],
    )
    assert (policy.sectors, list(policy.to_values().dimensions)) == (
        ["storage", "transport"],
        ["market", "mrv"],
    )
    assert (history.history_user, history.history_change_reason) == (
        superuser,
        "Restored version 1: Wrong record",
    )


def test_restoring_an_older_version_reopens_a_verified_record(
    imported: Policy, editor: User, reviewer: User, client: Client, open_page: Callable[..., Any]
) -> None:
    edit(editor, title="Act")
    verify(imported, reviewer)
    page = open_page(editor, url(imported, "restore", 1))
    restore(client, page, imported, 1)

    assert "The record is verified; restoring reopens its review." in read_text(page, "restore")[0]
    assert (get_policy().standing, get_policy().title) == ("stale", "Storage Act")


def test_restoring_the_signed_version_makes_its_sign_off_count_again(
    signed: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    edit(editor, title="Act")
    restore(client, open_page(editor, url(signed, "restore", 3)), signed, 3)

    assert (get_policy().standing, Decision.objects.count()) == ("verified", 1)


def test_restoring_what_stands_there_has_nothing_to_do(
    edited: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, url(edited, "restore", 3))
    before = count_rows()
    response = client.post(url(edited, "restore", 3), {"version": "3", "reason": ""})

    assert read_form(page, "restore") == {}
    assert "there is nothing to restore" in read_text(page, "restore")[0]
    assert said(response) == ["Nothing changed: version 3 says what stands there now."]
    assert count_rows() - before == {}


def test_record_that_changed_meanwhile_is_asked_for_again(
    edited: Policy, editor: User, superuser: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, url(edited, "restore", 1))
    edit(superuser, title="Act")
    again = restore(client, page, edited, 1, "Mine")

    assert read_text(again, "messagelist") == [
        "The record changed meanwhile: this is what restoring does now."
    ]
    assert (get_policy().title, read_form(again, "restore")["reason"]) == ("Act", "Mine")
    assert said(restore(client, again, edited, 1)) == ["Version 1 is back, as version 5."]


@pytest.mark.parametrize("version", [0, 9, 10**30])
def test_version_that_is_not_there_cannot_be_restored(
    version: int, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    assert client.get(url(imported, "restore", version)).status_code == 404
    assert client.post(url(imported, "restore", version), {"version": "1"}).status_code == 404
