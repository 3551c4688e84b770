"""The front page: what it shows to whom, and that every number on it leads to the very rows that it counts."""

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils.timezone import localdate

from reviews.models import Assignment, Policy
from reviews.models.door import Door, open_door
from reviews.selectors.periods import last_weeks, week_of
from reviews.services.assigning import assign_policies
from reviews.services.exporting import export_policies
from reviews.services.holding import hold_policy
from reviews.services.workflow import judge_dimensions
from tests.admin.html import read_text
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, make_user, verify
from tests.services.counts import edit

STRANGE: dict[str, Any] = {"country": "A & B’s <i>=1+2%", "analysis": {"a/b & <i>": claim(auditNote="Read.")}}


def day(away: int) -> dt.date:
    """The day so many days from today."""
    return localdate() + dt.timedelta(days=away)


@pytest.fixture
def person(db: None) -> User:
    """Of all three roles."""
    return make_user("all", "Alva", "Rask", "Editors", "Reviewers", "Publishers")


@pytest.fixture
def hub(folder: Folder, person: User, editor: User, reviewer: User, publisher: User) -> None:
    """Records at every stage of the way, and one that left it; what waits, waits for `person`."""
    decide(folder.import_policy("retired", country="Utopia"), "retire", editor, "Repealed.")
    verify(folder.import_policy("written"), person)
    verify(folder.import_policy("due"), reviewer)
    export_policies(actor=publisher)
    verify(folder.import_policy("signed", language="zh", country="挪威"), person)
    verify(folder.import_policy("stale", country="Canada"), person)
    edit(editor, policy_id="stale", country="Sweden")
    begun = folder.import_policy("begun")
    judge_dimensions(begun.pk, [judgement(begun, "mrv", "Read.")], actor=person)
    judge_all(folder.import_policy("judged", **STRANGE), person)
    folder.import_policy("claimed", country=None, analysis={})
    folder.import_policy("draft", reviewStatus="draft")
    edit(person, policy_id="draft", year=2023)
    decide(folder.import_policy("sent-back"), "request_changes", reviewer, "Cite the act.")
    edit(person, policy_id="sent-back", year=2023)
    with open_door(Door.STATE):
        Policy.objects.filter(policy_id="due").update(next_review_on=day(0))
    assign(["begun", "stale"], person, day(-1), actor=reviewer)
    assign(["claimed"], person, day(7), actor=reviewer)
    assign(["judged"], reviewer, None, actor=reviewer)
    hold_policy(get_policy("begun"), actor=person)


def assign(names: list[str], assignee: User, due_on: dt.date | None, *, actor: User) -> None:
    """Ask somebody to review these records, perhaps by a day that is past."""
    pks = list(Policy.objects.filter(policy_id__in=names).values_list("pk", flat=True))
    assign_policies(pks, assignee=assignee, actor=actor)
    with open_door(Door.CONTENT):
        Assignment.objects.filter(policy__in=pks).update(due_on=due_on)


@pytest.fixture
def open_page(client: Client) -> Callable[..., Any]:
    """`open_page(user, language="zh")` signs the person in and shows the front page."""

    def open_page(user: User, **query: str) -> Any:
        client.force_login(user)
        return client.get("/admin/", query)

    return open_page


def count_rows_at(address: str, client: Client) -> int:
    """How many rows the list at an address has."""
    page = client.get(address)
    assert (address, page.status_code) == (address, 200)
    if "cl" in page.context:
        return int(page.context["cl"].queryset.count())
    return len(page.context["waiting"])


def test_every_number_leads_to_the_rows_that_it_counts(
    hub: None, person: User, client: Client, open_page: Callable[..., Any]
) -> None:
    html = open_page(person, countries="all").content.decode()

    links = re.findall(r'<a class="count" href="([^"]+)"[^>]*>(\d+)</a>', html)
    shown = {unescape(address): int(number) for address, number in links}
    assert {address: count_rows_at(address, client) for address in shown} == shown
    assert {urlsplit(address).path for address in shown} == {
        "/admin/reviews/policy/",
        "/admin/reviews/policy/queue/",
        "/admin/reviews/decision/",
        "/admin/reviews/verdict/",
    }
    assert set(re.findall(r'<span class="count">(.*?)</span>', html)) == {"0"}
    assert len(re.findall('class="count"', html)) == len(links) + html.count('<span class="count">0<')


def test_tiles_hold_the_work_of_who_looks(hub: None, person: User, open_page: Callable[..., Any]) -> None:
    page = open_page(person)

    assert read_text(page, "tile") == [
        "Assigned to me 3 2 overdue 1 due within a week",
        "Waiting, and mine to sign 4 5 wait in all 1 stale 1 due again",
        "Judged by me this week 8 8 verdicts in all",
        "Signed by me this week 3 3 sign-offs in all",
        "Changes requested of my work 1 1 in all",
        "My drafts 1 1 in all",
        "Signed, not in the file yet 1 2 stand in their files",
    ]
    assert read_text(page, "button-primary") == ["Start with the next one"]


@pytest.mark.parametrize(
    ("who", "tiles", "button"),
    [
        (
            "editor",
            [
                "Waiting for a reviewer 5 3 claimed 1 stale 1 due again",
                "Changes requested of my work 0 1 in all",
                "My drafts 0 1 in all",
            ],
            ["Add a policy"],
        ),
        (
            "publisher",
            [
                "Waiting for a reviewer 5 3 claimed 1 stale 1 due again",
                "Signed, not in the file yet 1 2 stand in their files",
            ],
            ["Export"],
        ),
        (
            "reviewer",
            [
                "Assigned to me 1",
                "Waiting, and mine to sign 2 5 wait in all 1 stale 1 due again",
                "Judged by me this week 2 2 verdicts in all",
                "Signed by me this week 1 1 sign-off in all",
            ],
            ["Start with the next one"],
        ),
    ],
)
def test_roles_see_the_tiles_that_concern_them(
    who: str,
    tiles: list[str],
    button: list[str],
    hub: None,
    open_page: Callable[..., Any],
    request: pytest.FixtureRequest,
) -> None:
    page = open_page(request.getfixturevalue(who))

    assert read_text(page, "tile") == tiles
    assert read_text(page, "button-primary") == button
    assert bool(read_text(page, "people")) == (who == "reviewer")


def test_cards_tell_where_the_hub_stands(hub: None, person: User, open_page: Callable[..., Any]) -> None:
    page = open_page(person)

    found = [*page.context["checks"], *page.context["more_checks"]]
    assert read_text(page, "checks-name") == [str(row.message) for row in found]
    assert read_text(page, "stages") == [
        (
            "Stage Picture Policies Share The file says verified 8 89 % Judged at least in part 6 67 % "
            "Judged in full 5 56 % Verified by a person 3 33 % Signed text in the file 2 22 %"
        )
    ]
    assert read_text(page, "map") == [
        "Country market mrv a/b & <i> Norway 2/5 2/5 Sweden 0/1 0/1 A & B’s <i>=1+2% 0/1"
    ]
    assert read_text(page, "people") == [
        (
            "Reviewer Assigned Picture Overdue Reviewing now Judged, 30 days Signed, 30 days "
            "Alva Rask (you) 3 2 1 8 3 Rosa Lindqvist 1 0 0 2 1"
        )
    ]
    assert read_text(page, "board-list") == [
        f"Storage Act Alva Rask · {day(-1):%-d %b %Y} Storage Act Alva Rask · {day(-1):%-d %b %Y}",
        f"Storage Act {day(0):%-d %b %Y}",
        " ".join(
            f"Storage Act {said} · {decision.created_at:%-d %b %Y, %H:%M}"
            for said, decision in zip(
                (
                    "Request changes Rosa Lindqvist",
                    *["Verify Alva Rask"] * 2,
                    "Verify Rosa Lindqvist",
                    "Verify Alva Rask",
                    "Retire Elena Ortiz",
                ),
                page.context["latest"],
                strict=True,
            )
        ),
    ]


def test_weeks_stand_in_a_picture_and_in_the_table_behind_it(
    hub: None, person: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(person)

    weeks = page.context["weeks"]
    this_week = week_of(day(0)).key
    address = f"/admin/reviews/decision/?transition__exact=verify&when={this_week}"
    assert len(weeks) == 26
    assert [
        unescape(link) for link in re.findall(r'<a href="([^"]+)" tabindex="-1">', page.content.decode())
    ] == [address]
    assert f'<a class="count" href="{address.replace("&", "&amp;")}">4</a>' in weeks[-1].number
    assert [week.number for week in weeks[:-1]] == ['<span class="count">0</span>'] * 25
    firsts = [week.first for week in last_weeks(26)]
    assert [week.month for week in weeks if week.month] == [
        f"{day:%b}" for at, day in enumerate(firsts) if day.day <= 7
    ]


def test_map_shows_one_language_at_a_time(hub: None, person: User, open_page: Callable[..., Any]) -> None:
    chinese = open_page(person, language="zh")
    unknown = open_page(person, language="xx")

    assert read_text(chinese, "map") == ["Country market mrv 挪威 1/1 1/1"]
    assert (chinese.context["map"]["language"], unknown.context["map"]["language"]) == ("zh", "en")


def test_map_is_short_until_all_is_asked_for(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    analysis = {f"dimension-{n}": claim() for n in range(10)}
    for number in range(13):
        folder.import_policy(f"policy-{number}", country=f"Country {number:02}", analysis=analysis)

    short, whole = (open_page(reviewer, **query).context["map"] for query in ({}, {"countries": "all"}))

    assert (len(short["rows"]), len(short["dimensions"]), short["is_cut"]) == (12, 9, True)
    assert (len(whole["rows"]), len(whole["dimensions"]), whole["is_cut"]) == (13, 10, False)
    assert short["whole"] == "?language=en&countries=all#map"


def test_who_may_not_see_decisions_sees_none(
    hub: None, nobody: User, client: Client, open_page: Callable[..., Any]
) -> None:
    nobody.user_permissions.set(
        Permission.objects.filter(codename="view_policy", content_type__app_label="reviews")
    )

    page = open_page(nobody)

    assert read_text(page, "card-title") == [
        "From claim to file",
        "Signed, by country and dimension",
        "What the checks find",
        "Overdue",
    ]
    addresses = re.findall(r'class="count" href="([^"]+)"', page.content.decode())
    assert {client.get(unescape(address)).status_code for address in addresses} == {200}


@pytest.mark.parametrize(
    ("who", "links"),
    [
        ("reviewer", ["To the queue"]),
        ("editor", ["Or add the first policy here", "To the queue"]),
        ("superuser", ["Or add the first policy here", "Add a person", "To the queue"]),
    ],
)
def test_empty_hub_says_what_to_do_first(
    who: str, links: list[str], db: None, open_page: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    page = open_page(request.getfixturevalue(who))

    assert read_text(page, "card-title") == ["The hub is empty: three steps to the first signature"]
    assert "manage.py import_policies folder --dry-run" in read_text(page, "first-steps")[0]
    first = page.content.decode().split('class="first-steps"')[1].split("</ol>")[0]
    assert re.findall(r"<a [^>]+>([^<]+)</a>", first) == links
