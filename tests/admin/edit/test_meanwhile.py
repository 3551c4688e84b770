"""The Edit tab: how two people who write at once both keep their work."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from tests.admin.edit.page import said, send, typed_on, url, values
from tests.admin.html import read_form, read_text
from tests.factories import decide, get_policy, verify
from tests.services.counts import edit


def test_changes_of_different_values_are_both_kept(
    imported: Policy, editor: User, client: Client, other_client: Client, open_page: Callable[..., Any]
) -> None:
    mine, theirs = open_page(editor, imported), other_client.get(url(imported))
    send(other_client, theirs, imported, country="Sweden", analysis_0_label="Closed")
    response = send(client, mine, imported, title="Act", analysis_0_score="71")
    policy = get_policy()

    assert said(response) == [
        "Saved no-storage-act (en): title, market · score.",
        "Olu Adeyemi changed this record while you were writing: country, market · label. Both are kept.",
    ]
    assert (policy.title, policy.country, policy.version) == ("Act", "Sweden", 3)
    assert policy.to_values().dimensions["market"].fields["label"] == "Closed"
    assert policy.to_values().dimensions["market"].fields["score"] == 71


def test_same_change_by_both_is_no_clash(
    imported: Policy, editor: User, client: Client, other_client: Client, open_page: Callable[..., Any]
) -> None:
    mine, theirs = open_page(editor, imported), other_client.get(url(imported))
    send(other_client, theirs, imported, country="Sweden")
    response = send(client, mine, imported, country="Sweden")

    assert said(response) == [
        "Nothing changed, so nothing was written.",
        "Olu Adeyemi changed this record while you were writing: country. Both are kept.",
    ]
    assert get_policy().version == 2


def test_clash_shows_both_and_the_second_save_wins(
    imported: Policy, editor: User, client: Client, other_client: Client, open_page: Callable[..., Any]
) -> None:
    mine, theirs = open_page(editor, imported), other_client.get(url(imported))
    send(other_client, theirs, imported, title="Their Act", country="Sweden", sectors="use")
    again = send(client, mine, imported, title="My\r\nAct", year="2025", reason="Mine")
    form = read_form(again, "edit")

    assert get_policy().title == "Their Act"
    assert read_text(again, "clash-head") == [f"Title Olu Adeyemi, {_newest_change():%-d %B %Y, %H:%M}"]
    assert read_text(again, "clash-sides") == ["Olu Adeyemi’s change StorageTheir Act Yours My Act"]
    assert b'<a href="#id_title">' in again.content
    assert "Country Olu Adeyemi" in read_text(again, "meanwhile")[0]
    assert (form["title"], form["year"], form["reason"]) == ("My\nAct", "2025", "Mine")  # as typed
    assert (form["country"], form["sectors"], form["version"]) == (
        "Sweden",
        "use",
        "2",
    )  # theirs, untouched here

    saved = client.post(url(imported), typed_on(again))
    policy = get_policy()

    assert said(saved) == ["Saved no-storage-act (en): title, year."]
    assert (policy.title, policy.year, policy.country, policy.sectors) == ("My\nAct", 2025, "Sweden", ["use"])


def _newest_change() -> Any:
    return get_policy().updated_at


def test_dimension_that_was_taken_out_meanwhile_comes_back_whole(
    imported: Policy, editor: User, client: Client, other_client: Client, open_page: Callable[..., Any]
) -> None:
    mine, theirs = open_page(editor, imported), other_client.get(url(imported))
    other_client.post(url(imported), typed_on(theirs) | {"analysis-0-remove": "on"})
    again = send(client, mine, imported, analysis_0_label="Mine")

    assert read_text(again, "clash-sides") == ["Olu Adeyemi’s change Removed. Yours Mine"]
    client.post(url(imported), typed_on(again))
    assert values(imported).dimensions["market"].fields == {
        "score": 70.0,
        "label": "Mine",
        "evidence": "[AI-Generated] Permits are open to all who can pay for monitoring.",
        "citation": "Act 12 of 2024, section 4",
        "audit_note": "",
    }


def test_taking_out_what_changed_meanwhile_is_asked_again(
    imported: Policy, editor: User, client: Client, other_client: Client, open_page: Callable[..., Any]
) -> None:
    mine, theirs = open_page(editor, imported), other_client.get(url(imported))
    send(other_client, theirs, imported, analysis_0_label="Theirs", regulatory_3_value="30 years")
    again = client.post(
        url(imported), typed_on(mine) | {"analysis-0-remove": "on", "regulatory-3-remove": "on"}
    )
    form = read_form(again, "edit")

    assert read_text(again, "clash-sides") == [
        "Olu Adeyemi’s change 2030 years Yours You removed it.",
        "Olu Adeyemi’s change Open accessTheirs Yours You removed it.",
    ]
    assert (form["analysis-0-label"], form["analysis-0-remove"], form["regulatory-3-remove"]) == (
        "Theirs",
        "on",
        "on",
    )
    client.post(url(imported), typed_on(again))
    assert list(values(imported).dimensions) == ["mrv"]
    assert list(get_policy().regulatory) == ["pore_space_rights"]


def test_record_that_was_verified_meanwhile_is_not_reopened_unasked(
    imported: Policy, editor: User, reviewer: User, client: Client, open_page: Callable[..., Any]
) -> None:
    mine = open_page(editor, imported)
    verify(imported, reviewer)
    again = send(client, mine, imported, title="Act")

    assert "Rosa Lindqvist verified this record on" in read_text(again, "meanwhile")[0]
    assert (get_policy().standing, read_form(again, "edit")["title"]) == ("verified", "Act")
    client.post(url(imported), typed_on(again))
    assert (get_policy().standing, get_policy().title) == ("stale", "Act")


def test_submit_waits_where_something_changed_meanwhile(
    imported: Policy, editor: User, reviewer: User, client: Client, other: User, open_page: Callable[..., Any]
) -> None:
    decide(imported, "request_changes", reviewer, "Name the section.")
    mine = open_page(editor, imported)
    edit(other, country="Sweden")
    response = send(client, mine, imported, title="Act", transition="submit")

    assert said(response)[-1] == "Not submitted yet: read what changed meanwhile, then submit."
    assert (get_policy().title, get_policy().state) == ("Act", "changes_requested")
