"""The list of policies: its columns, filters and search, where it leads, and that it deletes nothing."""

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from reviews.models import Policy
from reviews.quality import CHECKS
from tests.admin.html import read_text
from tests.factories import Folder, claim, decide, verify
from tests.services.counts import count_rows, edit

LIST = "/admin/reviews/policy/"


@pytest.fixture
def open_list(client: Client) -> Callable[..., Any]:
    """`open_list(user, country="Norway")` signs the person in and shows the list."""

    def open_list(user: User, **query: Any) -> Any:
        client.force_login(user)
        return client.get(LIST, query, follow=True)

    return open_list


@pytest.fixture
def shelf(folder: Folder, editor: User, reviewer: User) -> None:
    """Five records that differ in all that the list filters on."""
    person = {"author": "", "lastAuditDate": "2026-02-08", "reviewer": "Mei Tanaka"}
    clean = {"mrv": claim(evidence="Reports are due every year.", label="Yearly", auditNote="Read.")}
    folder.import_policy("claimed", title="Storage Act")
    folder.import_policy(
        "claimed", language="zh", title="封存法", country="挪威", category="法规", analysis=clean
    )
    folder.import_policy(
        "draft", title="Tax credit", country="United States", category="Incentive", year=2022,
        reviewStatus="draft", source="Treasury", provenance=person, analysis=clean,
    )  # fmt: skip
    verify(
        folder.import_policy("signed", title="Pipeline rules", country="", category="", year=None), reviewer
    )
    sent_back = folder.import_policy("sent-back", title="Hub plan", country="Canada", year=1998)
    decide(sent_back, "request_changes", reviewer, "Cite the act.")


def names(page: Any) -> list[str]:
    """The records as the list orders them."""
    return [str(policy) for policy in page.context["cl"].result_list]


ALL = ["claimed (en)", "claimed (zh)", "draft (en)", "sent-back (en)", "signed (en)"]


def test_list_shows_where_each_record_stands(
    shelf: None, reviewer: User, open_list: Callable[..., Any]
) -> None:
    page = open_list(reviewer)

    columns = ("record", "language", "country", "category", "year", "status_badge", "standing_badge", "notes")
    cells = [read_text(page, f"field-{column}") for column in columns]
    assert list(zip(*cells, strict=True)) == [
        ("Storage Act claimed", "en", "Norway", "Regulatory", "2024", "In review", "Claimed", "2"),
        ("封存法 claimed", "zh", "挪威", "法规", "2024", "In review", "Claimed", "0"),
        ("Tax credit draft", "en", "United States", "Incentive", "2022", "Draft", "Open", "0"),
        ("Hub plan sent-back", "en", "Canada", "Regulatory", "1998", "Changes requested", "Claimed", "2"),
        ("Pipeline rules signed", "en", "–", "–", "–", "Verified", "Verified", "0"),
    ]
    today = [f"{policy.updated_at:%d %b %Y}" for policy in page.context["cl"].result_list]
    assert read_text(page, "field-changed") == today
    assert read_text(page, "field-stays") == [
        "Claimed, not signed",
        "Claimed, not signed",
        "Draft",
        "Changes requested",
        "Ready to go out",
    ]


def test_record_that_changed_since_it_was_signed_is_in_review_and_stale(
    signed: Policy, editor: User, open_list: Callable[..., Any]
) -> None:
    edit(editor, country="Sweden")

    page = open_list(editor)

    assert read_text(page, "field-status_badge") == ["In review"]
    assert read_text(page, "field-standing_badge") == ["Stale"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ALL),
        ({"state": ""}, ALL),
        ({"state": "draft"}, ["draft (en)"]),
        ({"state": "in_review"}, ["claimed (en)", "claimed (zh)"]),
        ({"state": "changes_requested"}, ["sent-back (en)"]),
        ({"state": "verified"}, ["signed (en)"]),
        ({"standing": "claimed"}, ["claimed (en)", "claimed (zh)", "sent-back (en)"]),
        ({"standing": "verified"}, ["signed (en)"]),
        ({"standing": "stale"}, []),
        ({"standing": "open"}, ["draft (en)"]),
        ({"notes": "some"}, ["claimed (en)", "sent-back (en)"]),
        ({"notes": "none"}, ["claimed (zh)", "draft (en)", "signed (en)"]),
        ({"country": "Canada"}, ["sent-back (en)"]),
        ({"country": "挪威"}, ["claimed (zh)"]),
        ({"country": "-"}, ["signed (en)"]),
        ({"category": "Regulatory"}, ["claimed (en)", "sent-back (en)"]),
        ({"category": "-"}, ["signed (en)"]),
        ({"language": "zh"}, ["claimed (zh)"]),
        ({"year": "1998"}, ["sent-back (en)"]),
        ({"year": "-"}, ["signed (en)"]),
        ({"marked": "yes"}, ["claimed (en)", "sent-back (en)", "signed (en)"]),
        ({"marked": "no"}, ["claimed (zh)", "draft (en)"]),
        ({"reviewer": "nobody"}, ["claimed (en)", "claimed (zh)", "sent-back (en)"]),
        ({"reviewer": "person"}, ["draft (en)", "signed (en)"]),
        ({"severity": "blocking"}, []),
        ({"severity": "warning"}, ALL),
        ({"severity": "none"}, []),
        ({"check": "evidence-short"}, ALL),
        ({"check": "evidence-marked-ai"}, ["claimed (en)", "sent-back (en)", "signed (en)"]),
        ({"check": "translation-missing", "q": "rules"}, ["signed (en)"]),
        ({"check": "no-such"}, ALL),
        ({"says": "verified"}, ["claimed (en)", "claimed (zh)", "sent-back (en)", "signed (en)"]),
        ({"says": "else"}, ["draft (en)"]),
        ({"judged": "none"}, ["claimed (en)", "claimed (zh)", "draft (en)", "sent-back (en)"]),
        ({"judged": "some"}, ["signed (en)"]),
        ({"judged": "all"}, ["signed (en)"]),
        ({"written": "yes"}, []),
        ({"written": "no"}, ["signed (en)"]),
        ({"state": "kept"}, ALL),
        ({"stays": "claimed"}, ["claimed (en)", "claimed (zh)"]),
        ({"stays": "changes_requested"}, ["sent-back (en)"]),
        ({"stays": "ready"}, ["signed (en)"]),
        ({"stays": "question"}, []),
        ({"dimension": "market"}, ["claimed (en)", "sent-back (en)", "signed (en)"]),
        ({"dimension": "no-such"}, []),
        ({"author": "me"}, []),
        ({"holder": "4711"}, ALL),
        ({"signer": "me"}, ["claimed (en)", "claimed (zh)"]),
        ({"state": "in_review", "language": "en", "q": "storage"}, ["claimed (en)"]),
        ({"state": "none-such"}, ALL),
        ({"year": "1e3"}, ALL),
        ({"country": "Atlantis"}, ALL),
    ],
)
def test_filter_shows_the_records_of_which_it_holds(
    query: dict[str, str], expected: list[str], shelf: None, reviewer: User, open_list: Callable[..., Any]
) -> None:
    assert names(open_list(reviewer, **query)) == expected


def test_filters_that_are_used_less_fold_away_unless_one_is_chosen(
    shelf: None, reviewer: User, open_list: Callable[..., Any]
) -> None:
    page = open_list(reviewer, standing="claimed")
    more = open_list(reviewer, standing="claimed", year="2024")

    assert [spec.parameter_name for spec in page.context["cl"].first_filters] == [
        "state",
        "standing",
        "country",
        "language",
        "check",
        "assigned",
    ]
    assert "<summary>Filters (1)</summary>" in page.content.decode()
    assert '<details class="filters-more">' in page.content.decode()
    assert "<summary>Filters (2)</summary>" in more.content.decode()
    assert '<details class="filters-more" open>' in more.content.decode()


def test_filters_offer_what_there_is(shelf: None, reviewer: User, open_list: Callable[..., Any]) -> None:
    specs = open_list(reviewer).context["cl"].filter_specs

    assert {spec.title: [label for _, label in spec.lookup_choices] for spec in specs} == {
        "status": ["Draft", "In review", "Changes requested", "Verified", "Retired", "All but retired"],
        "not exported because": [
            "Retired",
            "Open conflict",
            "Question about its file",
            "Changes requested",
            "Changed since it was signed",
            "Claimed, not signed",
            "Draft",
            "In review",
            "Its file is left out",
            "File changed since it was signed",
            "Ready to go out",
            "Exported",
        ],
        "standing": ["Claimed", "Verified", "Stale", "Open"],
        "audit notes": ["Some missing", "None missing"],
        "country": ["Canada", "Norway", "United States", "挪威", "None given"],
        "category": ["Incentive", "Regulatory", "法规", "None given"],
        "language": ["en", "zh"],
        "year": ["1998", "2022", "2024", "None given"],
        "AI mark": ["Marked AI-generated", "Not marked"],
        "reviewer": ["Is no person", "Is a person"],
        "findings": ["Blocking", "Warning", "Notice", "None"],
        "check": [str(check.message) for check in CHECKS],
        "assigned to": ["Me", "Nobody"],
        "due": [
            "Its next review is due",
            "Its assignment is overdue",
            "Its assignment is due within a week",
        ],
        "status in the file": ["Verified", "Something else, or nothing"],
        "judged": ["No dimension", "At least one dimension", "Every dimension"],
        "signed text": ["Stands in the file", "Not in the file yet"],
        "dimension": ["incentive", "statutory", "market", "strategic", "mrv", "technical", "liability"],
        "author": ["I wrote part of it"],
        "reviewed by now": [],
        "to sign": ["Waits, and I may sign it"],
        "comments": ["Some open", "None open"],
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("storage act", ["claimed (en)"]),
        ("ACT storage", ["claimed (en)"]),
        ("sent-back", ["sent-back (en)"]),
        ("treasury", ["draft (en)"]),
        ("封存", ["claimed (zh)"]),
        ("挪威", ["claimed (zh)"]),
        ("Yearly", ALL),
        ("permits", ["claimed (en)", "sent-back (en)", "signed (en)"]),
        ("reports canada", ["sent-back (en)"]),
        ('"due every"', ALL),
        ('"every due"', []),
        ("'", []),
        ("%", []),
        ("\\", []),
        ("nowhere", []),
        (" ".join(["a"] * 2000), ALL),
    ],
)
def test_search_finds_records_that_have_every_word_in_them_or_in_a_claim(
    words: str, expected: list[str], shelf: None, reviewer: User, open_list: Callable[..., Any]
) -> None:
    assert names(open_list(reviewer, q=words)) == expected


def test_search_refuses_a_character_that_no_text_holds(
    shelf: None, reviewer: User, open_list: Callable[..., Any]
) -> None:
    page = open_list(reviewer, q="a\x00b")

    assert [str(message) for message in page.context["messages"]] == ["Null characters are not allowed."]


def test_empty_list_says_what_to_do(reviewer: User, open_list: Callable[..., Any]) -> None:
    assert read_text(open_list(reviewer), "empty") == [
        "No policies yet Import a folder of front-matter files with manage.py import_policies."
    ]
    assert read_text(open_list(reviewer, q="carbon"), "empty") == [
        "No policy matches Take a filter away, or look for fewer words. Show all policies"
    ]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("1", ALL),
        ("-1.-2", ["signed (en)", "sent-back (en)", "draft (en)", "claimed (zh)", "claimed (en)"]),
        ("-8.1.2", ["claimed (en)", "sent-back (en)", "claimed (zh)", "draft (en)", "signed (en)"]),
        ("no column", ALL),
    ],
)
def test_list_can_be_ordered_by_its_columns(
    order: str, expected: list[str], shelf: None, publisher: User, open_list: Callable[..., Any]
) -> None:
    assert names(open_list(publisher, o=order)) == expected


@pytest.mark.parametrize(
    ("who", "page"),
    [("editor", "change"), ("reviewer", "review"), ("publisher", "review"), ("superuser", "review")],
)
def test_list_leads_people_to_where_they_work(
    who: str, page: str, imported: Policy, request: pytest.FixtureRequest, open_list: Callable[..., Any]
) -> None:
    html = open_list(request.getfixturevalue(who)).content.decode()

    assert re.findall(r'<th class="field-record"><a href="([^"]+)"', html) == [f"{LIST}{imported.pk}/{page}/"]


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("editor", ["Add a policy"]),
        ("reviewer", ["Assign…"]),
        ("publisher", ["Download a table", "Export all signed", "Export selected…"]),
        (
            "superuser",
            ["Download a table", "Export all signed", "Add a policy", "Assign…", "Export selected…"],
        ),
    ],
)
def test_list_offers_what_the_role_may(
    who: str,
    offered: list[str],
    imported: Policy,
    request: pytest.FixtureRequest,
    open_list: Callable[..., Any],
) -> None:
    buttons = read_text(open_list(request.getfixturevalue(who)), "button")

    assert [button for button in buttons if button != "Search"] == offered


@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 200), ("reviewer", 200), ("publisher", 200), ("superuser", 200), ("nobody", 403)],
)
def test_list_is_for_who_may_look_at_policies(
    who: str, status: int, db: None, request: pytest.FixtureRequest, open_list: Callable[..., Any]
) -> None:
    assert open_list(request.getfixturevalue(who)).status_code == status


@pytest.mark.parametrize("who", ["editor", "reviewer", "publisher", "superuser"])
def test_nobody_deletes_a_policy(
    who: str, imported: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    before = count_rows()

    page = client.get(f"{LIST}{imported.pk}/delete/")
    answer = client.post(f"{LIST}{imported.pk}/delete/", {"post": "yes"})
    action = {"action": "delete_selected", "_selected_action": imported.pk, "post": "yes", "index": 0}
    client.post(LIST, action)

    assert (page.status_code, answer.status_code) == (403, 403)
    assert list(Policy.objects.all()) == [imported]
    assert count_rows() == before


@pytest.mark.parametrize("who", ["editor", "superuser"])
def test_list_writes_no_column_that_a_form_sends(
    who: str, imported: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    before = count_rows()

    client.post(
        LIST,
        {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": imported.pk,
            "form-0-review_status": "verified",
            "_save": "Save",
        },
    )

    assert Policy.objects.get().review_status == "in_review"
    assert count_rows() == before


def test_tables_have_no_address_to_come_in(client: Client, superuser: User) -> None:
    client.force_login(superuser)

    assert client.get(f"{LIST}import/").status_code == 404
    assert client.post(f"{LIST}process_import/").status_code == 404
    for name in ("import", "process_import"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:reviews_policy_{name}")


def test_list_tells_the_day_of_the_place(
    imported: Policy, reviewer: User, open_list: Callable[..., Any], settings: LazySettings
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    at = open_list(reviewer).context["cl"].result_list[0].updated_at.astimezone(ZoneInfo("Asia/Shanghai"))
    page = open_list(reviewer)

    assert read_text(page, "field-changed") == [f"{at:%-d %b %Y}"]
    assert f'<time datetime="{at.isoformat()}">'.encode() in page.content


def test_list_reads_no_long_text(imported: Policy, reviewer: User, open_list: Callable[..., Any]) -> None:
    row = open_list(reviewer).context["cl"].result_list[0]

    assert row.get_deferred_fields() >= {"body", "description", "interpretation", "extra", "regulatory"}
