"""The Edit tab: what a save writes, what it says where it cannot, and how a record is added and submitted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Decision, Policy
from reviews.schema import compare_values
from tests.admin.edit.page import ADD, said, send, typed_on, url
from tests.admin.html import read_buttons, read_form, read_text
from tests.factories import Folder, decide, get_policy, judge_all
from tests.services.counts import count_rows

# -- saving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["json", "flow", "block", "toml"])
def test_saving_without_a_change_writes_nothing(
    style: str, folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(style=style, body="\n\n  Text.\n\n")
    before = count_rows()
    response = send(client, open_page(editor, policy), policy, reason="Only looking")

    assert (response.status_code, response.headers["Location"]) == (302, url(policy))
    assert said(response) == ["Nothing changed, so nothing was written."]
    assert (count_rows() - before, get_policy().version) == ({}, 1)


def test_save_writes_what_was_typed_and_why(
    imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, imported)
    before = count_rows()
    response = send(
        client, page, imported, title="Act", analysis_1_score="63", reason=" The gazette says so "
    )
    policy = get_policy()

    assert said(response) == ["Saved no-storage-act (en): title, mrv · score."]
    assert {change.at: change.new for change in compare_values(imported.to_values(), policy.to_values())} == {
        ("title",): "Act",
        ("analysis", "mrv", "score"): 63.0,
    }
    assert count_rows() - before == {"Policy history": 1, "DimensionAnalysis history": 1}
    newest = policy.history.latest("version")
    assert (newest.history_user, newest.history_change_reason) == (editor, "The gazette says so")


def test_thousand_facilities_are_edited_as_lines(
    folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    names = [f"设施 {number}" for number in range(1000)]
    policy = folder.import_policy(relatedFacilities=names)
    page = open_page(editor, policy)
    send(client, page, policy, related_facilities="\r\n".join([*names[:500], *names[501:], "New"]))

    assert read_form(page, "edit")["related_facilities"] == "\n".join(names)
    assert get_policy().related_facilities == [*names[:500], *names[501:], "New"]


def test_blank_row_is_added_without_a_script_and_nothing_is_written(
    imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, imported)
    before = count_rows()
    more = client.post(url(imported), typed_on(page, title="", year="soon") | {"more": "analysis"})
    form = read_form(more, "edit")

    assert count_rows() - before == {}
    assert (form["title"], form["year"], form["analysis-7-key"]) == ("", "soon", "")
    assert (read_text(more, "field-error"), read_text(more, "summary")) == ([], [])

    saved = client.post(
        url(imported), typed_on(more, title="Act", year="", analysis_7_key="equity", analysis_7_label="Fair")
    )

    assert said(saved) == [
        "Saved no-storage-act (en): title, year, equity · score, equity · label, equity · evidence and 1 more."
    ]


def test_errors_lose_nothing_and_lead_to_their_controls(
    imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    typed = {
        "title": "",
        "year": "soon",
        "analysis_1_score": "many",
        "description": "\r\nKept",
        "reason": "Why not",
    }
    page = send(client, open_page(editor, imported), imported, **typed)
    form = read_form(page, "edit")

    assert read_text(page, "summary") == [
        (
            "Nothing was saved; all that you typed is below Title: A policy needs a title. "
            "Year: Enter a whole number. mrv · Score: Enter a number."
        )
    ]
    for control in ("id_title", "id_year", "id_analysis-1-score"):
        assert f'<a href="#{control}">'.encode() in page.content
        assert f'aria-describedby="{control}_error"'.encode() in page.content
        assert f'id="{control}_error"'.encode() in page.content
    assert form["description"] == "\nKept"
    assert (form["year"], form["analysis-1-score"], form["reason"], form["version"]) == (
        "soon",
        "many",
        "Why not",
        "1",
    )
    assert get_policy().version == 1


def test_day_that_is_none_stays_typed(
    imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = send(client, open_page(editor, imported), imported, pub_date="2024-13-45")

    assert b'<input type="text" name="pub_date" value="2024-13-45"' in page.content


# -- the review -------------------------------------------------------------------------------------------


def test_edit_of_a_verified_record_is_announced_and_reopens_its_review(
    signed: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, signed)
    send(client, page, signed, title="Act")

    assert "Saving a change reopens the review" in read_text(page, "notice-info")[0]
    assert (get_policy().state, get_policy().standing) == ("in_review", "stale")


def test_buttons_follow_the_workflow(
    imported: Policy, editor: User, reviewer: User, open_page: Callable[..., Any]
) -> None:
    waiting = open_page(editor, imported)
    decide(imported, "request_changes", reviewer, "Name the section.\nAnd the year.")
    sent_back = open_page(editor, imported)

    assert read_buttons(waiting, "edit")["submit"] is False
    assert read_text(waiting, "save-why") == [
        "Submit for review needs a record that is “Draft” or “Changes requested”; this one is “In review”."
    ]
    assert read_buttons(sent_back, "edit")["submit"] is True
    assert "Name the section. And the year." in read_text(sent_back, "notice-warning")[0]


def test_submit_saves_first(
    imported: Policy, editor: User, reviewer: User, client: Client, open_page: Callable[..., Any]
) -> None:
    decide(imported, "request_changes", reviewer, "Name the section.")
    page = open_page(editor, imported)
    response = send(client, page, imported, title="Act", transition="submit", reason="Done")
    decision = Decision.objects.latest("pk")

    assert said(response) == [
        "Saved no-storage-act (en): title.",
        "no-storage-act (en) is submitted and waits for a reviewer.",
    ]
    assert (get_policy().title, get_policy().state) == ("Act", "in_review")
    assert (decision.transition, decision.actor, decision.reason) == ("submit", editor, "")


def test_submit_alone_keeps_the_reason(
    imported: Policy, editor: User, reviewer: User, client: Client, open_page: Callable[..., Any]
) -> None:
    decide(imported, "request_changes", reviewer, "Name the section.")
    send(client, open_page(editor, imported), imported, transition="submit", reason="It is named")

    assert Decision.objects.latest("pk").reason == "It is named"


def test_submit_out_of_turn_saves_and_says_why_not(
    imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    response = send(client, open_page(editor, imported), imported, title="Act", transition="submit")

    assert said(response) == [
        "Saved no-storage-act (en): title.",
        (
            "Not submitted. Submit for review needs a record that is “Draft” or “Changes requested”; "
            "this one is “In review”."
        ),
    ]


@pytest.mark.parametrize("transition", ["verify", "reopen", "request_changes", "delete"])
def test_page_makes_no_other_move(transition: str, imported: Policy, superuser: User, client: Client) -> None:
    client.force_login(superuser)
    judge_all(imported, superuser)
    page = client.get(url(imported))

    assert client.post(url(imported), typed_on(page) | {"transition": transition}).status_code == 400
    assert (Decision.objects.count(), get_policy().state) == (0, "in_review")


# -- adding -----------------------------------------------------------------------------------------------


def test_policy_is_added_as_a_draft(db: None, editor: User, client: Client) -> None:
    client.force_login(editor)
    page = client.get(ADD)
    response = client.post(
        ADD,
        typed_on(
            page,
            policy_id="no-act",
            language="zh",
            title="法案",
            sectors="储存",
            analysis_0_score="70",
            regulatory_2_value="二十年",
            body="\r\n正文\r\n",
            reason="New law",
        ),
    )
    policy = get_policy("no-act", "zh")

    assert (response.headers["Location"], said(response)) == (
        url(policy),
        ["no-act (zh) was added as a draft."],
    )
    assert (policy.title, policy.sectors, policy.body, policy.state) == (
        "法案",
        ["储存"],
        "\n正文\n",
        "draft",
    )
    assert (policy.regulatory, list(policy.to_values().dimensions)) == (
        {"financial_assurance": "二十年"},
        ["incentive"],
    )
    history = policy.history.get()
    assert (history.history_user, history.history_change_reason) == (editor, "New law")


def test_policy_is_added_and_submitted(db: None, editor: User, client: Client) -> None:
    client.force_login(editor)
    page = client.get(ADD)
    client.post(ADD, typed_on(page, policy_id="a", language="en", title="A") | {"transition": "submit"})

    assert get_policy("a").state == "in_review"


@pytest.mark.parametrize(
    ("policy_id", "language", "title", "summary"),
    [
        (
            "",
            "",
            "",
            "Id: This field is required. Language: This field is required. Title: A policy needs a title.",
        ),
        (
            "../../etc/passwd",
            "en",
            "A",
            "Id: An id starts with a letter or digit and holds letters, digits, “-”, “_” and single dots only.",
        ),
        ("a", "English", "A", "Language: A language is a tag like “en”, “zh” or “pt-BR”."),
        (
            "no-storage-act",
            "en",
            "A",
            "no-storage-act (en) is there already: edit that record, or choose another id.",
        ),
    ],
)
def test_what_cannot_be_added_is_refused(
    policy_id: str, language: str, title: str, summary: str, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)
    typed = {"policy_id": policy_id, "language": language, "title": title, "body": "\r\nKept"}
    page = client.post(ADD, typed_on(client.get(ADD), **typed))

    assert read_text(page, "summary") == [f"Nothing was saved; all that you typed is below {summary}"]
    assert (read_form(page, "edit")["policy_id"], read_form(page, "edit")["body"]) == (policy_id, "\nKept")
    assert Policy.objects.count() == 1


def test_blank_row_is_added_to_a_new_policy_without_a_script(db: None, editor: User, client: Client) -> None:
    client.force_login(editor)
    page = client.post(ADD, typed_on(client.get(ADD), title="A") | {"more": "regulatory"})

    assert read_form(page, "edit")["regulatory-7-key"] == ""
    assert (read_form(page, "edit")["title"], read_text(page, "field-error")) == ("A", [])
