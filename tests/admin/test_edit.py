"""The Edit tab: who sees what, what a save writes, and how two people who write at once both keep their work."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reviews.models import Decision, Policy
from reviews.schema import compare_values
from reviews.services.editing import edit_policy
from tests.admin.html import read_buttons, read_form, read_text
from tests.factories import Folder, claim, decide, get_policy, judge_all, verify
from tests.services.counts import count_rows, edit

ADD = "/admin/reviews/policy/add/"
# Session, person, permissions (2), record, dimensions, their authors, verdicts, their authors.
QUERIES = 9


def url(policy: Policy) -> str:
    return reverse("admin:reviews_policy_change", args=[policy.pk])


@pytest.fixture
def open_page(client: Client) -> Callable[[User, Policy], Any]:
    """`open_page(user, policy)` signs the person in and shows the page."""

    def open_page(user: User, policy: Policy) -> Any:
        client.force_login(user)
        return client.get(url(policy))

    return open_page


def typed_on(page: Any, **typed: str) -> dict[str, str]:
    """What a browser sends when this is typed on the page; `analysis_0_label` is a dimension's control."""
    posted = read_form(page, "edit")
    names = {name.replace("-", "_"): name for name in posted}
    return {name: text.replace("\n", "\r\n") for name, text in posted.items()} | {
        names.get(name, name): text for name, text in typed.items()
    }


def send(client: Client, page: Any, policy: Policy, **typed: str) -> Any:
    """Press Save on the page, with this typed into it."""
    return client.post(url(policy), typed_on(page, **typed))


def said(response: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def values(policy: Policy) -> Any:
    return get_policy(policy.policy_id, policy.language).to_values()


# -- what it shows ----------------------------------------------------------------------------------------


def test_page_has_a_control_for_each_value(
    imported: Policy, editor: User, open_page: Callable[..., Any]
) -> None:
    form = read_form(open_page(editor, imported), "edit")
    rows = {name for name in form if "-new-" in name}  # in templates, from which the script makes rows

    assert rows == {
        f"{prefix}-new-{name}"
        for prefix, names in {
            "analysis": ("key", "score", "label", "evidence", "citation"),
            "regulatory": ("key", "value"),
            "impact_analysis": ("key", "value"),
        }.items()
        for name in names
    }
    assert {name: text for name, text in form.items() if text and name not in rows} == {
        "csrfmiddlewaretoken": form["csrfmiddlewaretoken"],
        "version": "1",
        "title": "Storage Act",
        "country": "Norway",
        "category": "Regulatory",
        "status": "Active",
        "legal_weight": "Primary Legislation",
        "year": "2024",
        "pub_date": "2024-05-01",
        "source": "Ministry of Energy",
        "url": "https://example.org/act",
        "author": "Gemini Intelligence",
        "description": "Rules for storage below the seabed, and who pays for what goes wrong afterwards.",
        "sectors": "storage\ntransport",
        "supersedes": "no-storage-act-1985",
        "body": "\n## What it does\n\nOpens the seabed to storage. 打开海底。\n",
        "analysis-0-key": "market",
        "analysis-0-score": "70",
        "analysis-0-label": "Open access",
        "analysis-0-evidence": "[AI-Generated] Permits are open to all who can pay for monitoring.",
        "analysis-0-citation": "Act 12 of 2024, section 4",
        "analysis-1-key": "mrv",
        "analysis-1-score": "62.5",
        "analysis-1-label": "Yearly",
        "analysis-1-evidence": "Reports are due every year.",
        "analysis-1-citation": "Act 12 of 2024, section 4",
        "analysis-2-key": "incentive",
        "analysis-3-key": "statutory",
        "analysis-4-key": "strategic",
        "analysis-5-key": "technical",
        "analysis-6-key": "liability",
        "regulatory-0-key": "co2_definition",
        "regulatory-1-key": "cross_border_rules",
        "regulatory-2-key": "financial_assurance",
        "regulatory-3-key": "liability_period",
        "regulatory-3-value": "20 years",
        "regulatory-4-key": "liability_transfer",
        "regulatory-5-key": "permitting_lead_time",
        "regulatory-6-key": "pore_space_rights",
        "impact_analysis-0-key": "economic",
        "impact_analysis-0-value": "Costs fall.",
        "impact_analysis-1-key": "environmental",
        "impact_analysis-2-key": "technical",
    }


def test_review_fields_are_shown_and_are_no_controls(
    signed: Policy, editor: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, signed)
    day = signed.last_audit_date.strftime("%-d %B %Y")

    assert read_text(page, "review-facts") == [
        f"Version 3 Reviewer Rosa Lindqvist Last audit {day} Status in the file verified Notes missing 0"
    ]
    assert read_text(page, "dimension-facts") == [
        f"Audit note Read the source on {key}. "
        f"Verdict Accepted as is, by Rosa Lindqvist on {day}. Changing the claim reopens it."
        for key in ("market", "mrv")
    ]


def test_unknown_keys_and_unreadable_values_are_shown_and_kept(
    folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(
        year="n.d.",
        analysis={"market": claim(score="high", source_rank=3), "mrv": "yearly"},
        tags=["a", {"b": 1}],
    )
    page = open_page(editor, policy)
    send(client, page, policy, title="New")

    assert read_text(page, "field-note") == [
        'year: "n.d." is no whole number; the file keeps it as it is, the field stays empty.'
    ]
    assert read_text(page, "misfits") == [
        'analysis.mrv: "yearly" is no mapping of keys to values; the file keeps it as it is, the field stays empty.'
    ]
    assert read_text(page, "dimension-facts") == [
        (
            'Unreadable score: "high" is no number; the file keeps it as it is, the field stays empty. '
            "Further key source_rank 3 Audit note –"
        )
    ]
    assert read_text(page, "kept") == ["tags - a - b: 1"]
    assert values(policy) == replace(policy.to_values(), fields=policy.to_values().fields | {"title": "New"})


def test_values_are_escaped(
    folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    evil = '"><script>alert(1)</script>'
    policy = folder.import_policy(
        title=evil,
        regulatory={evil: evil},
        analysis={evil: claim(auditNote=evil)},
        extra={evil: evil},
        year=evil,
    )
    page = open_page(editor, policy)
    refused = send(client, page, policy, title="", analysis_0_score=evil)

    assert (page.status_code, refused.status_code) == (200, 200)
    assert b"<script>alert" not in page.content + refused.content


# -- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "look", "save", "add", "is_form"),
    [
        ("nobody", 403, 403, 403, False),
        ("publisher", 200, 403, 403, False),
        ("reviewer", 200, 403, 403, False),
        ("editor", 200, 302, 200, True),
        ("superuser", 200, 302, 200, True),
    ],
)
def test_roles(
    role: str,
    look: int,
    save: int,
    add: int,
    is_form: bool,
    imported: Policy,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(role))
    page = client.get(url(imported))
    saved = client.post(url(imported), {"version": "1", "title": "New", "reason": ""})

    assert (page.status_code, saved.status_code, client.get(ADD).status_code) == (look, save, add)
    assert bool(read_form(page, "edit")) is is_form
    assert get_policy().title == ("New" if is_form else "Storage Act")


def test_who_is_not_signed_in_is_asked_to(imported: Policy, client: Client) -> None:
    assert client.post(url(imported), {"version": "1", "title": "New"}).headers["Location"] == (
        f"/admin/login/?next={url(imported)}"
    )
    assert get_policy().title == "Storage Act"


def test_who_may_only_look_sees_the_values_as_text(
    imported: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, imported)

    assert read_text(page, "value")[:6] == [
        "Storage Act",
        "Norway",
        "Regulatory",
        "Active",
        "Primary Legislation",
        "2024",
    ]
    assert b"<textarea" not in page.content
    assert read_text(page, "notice") == ["You can read this record. Changing it needs the role Editors."]


@pytest.mark.parametrize("number", ["x", "9999", "9" * 20, "9" * 5_000, "_31", "１"])
def test_record_that_is_not_there_is_not_found(
    number: str, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    assert client.get(f"/admin/reviews/policy/{number}/change/").status_code == 404


@pytest.mark.parametrize("version", ["", "0", "2", "-1", "one", "9" * 40, "9" * 5_000])
def test_page_that_names_no_version_is_refused(
    version: str, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    assert client.post(url(imported), {"version": version, "title": "New"}).status_code == 400
    assert get_policy().version == 1


@pytest.mark.parametrize(
    "name",
    [
        "review_status", "state", "standing", "signoff", "signoff_id", "signed_digest", "file_status", "reviewStatus",
        "reviewer", "last_audit_date", "provenance", "policy_id", "language", "content_digest", "missing_notes",
        "edited_by", "extra", "misfits", "analysis-0-audit_note", "analysis-0-auditNote", "analysis-0-extra",
        "analysis-0-edited_by", "is_four_eyes_waived", "actor",
    ],
)  # fmt: skip
def test_crafted_fields_change_nothing(
    name: str, imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, imported)
    before = count_rows()
    response = client.post(url(imported), typed_on(page) | {name: "verified"})

    assert said(response) == ["Nothing changed, so nothing was written."]
    assert (values(imported), count_rows() - before) == (imported.to_values(), {})


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


# -- two people at once -----------------------------------------------------------------------------------


@pytest.fixture
def other(db: None) -> User:
    """A second editor."""
    from tests.factories import make_user

    return make_user("other", "Olu", "Adeyemi", "Editors")


@pytest.fixture
def other_client(other: User) -> Client:
    """The second editor's browser."""
    client = Client()
    client.force_login(other)
    return client


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


# -- cost -------------------------------------------------------------------------------------------------


def test_query_count_is_the_same_at_one_and_at_three_rows(
    folder: Folder,
    editor: User,
    reviewer: User,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for policy_id, keys in (("one", ("market",)), ("three", ("market", "mrv", "liability"))):
        policy = folder.import_policy(policy_id, analysis={key: claim() for key in keys})
        for key in keys:
            _label(policy, key, editor)
        judge_all(policy, reviewer)
    client.force_login(editor)

    for policy_id, rows in (("one", 1), ("three", 3)):
        policy = get_policy(policy_id)
        assert (policy.dimensions.count(), policy.verdicts.count(), policy.version) == (rows, rows, rows + 2)
        with django_assert_num_queries(QUERIES):
            client.get(url(policy))


def _label(policy: Policy, key: str, actor: User) -> None:
    seen = values(policy)
    claims = {
        **seen.dimensions,
        key: replace(seen.dimensions[key], fields=seen.dimensions[key].fields | {"label": "L"}),
    }
    edit_policy(policy.pk, seen=seen, wanted=replace(seen, dimensions=claims), actor=actor)
