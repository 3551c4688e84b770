"""The queue page: parts, rows and their badges, who has what, and the button that leads to the next record."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime

from reviews.admin.queue import PER_PAGE
from reviews.models import Assignment, Hold, Policy
from reviews.models.door import Door, open_door
from reviews.services.assigning import assign_policies
from reviews.services.holding import hold_policy
from reviews.services.queueing import skip_policy
from tests.admin.html import read_text
from tests.factories import Folder, decide, get_policy, judge_all, let_fall_due, verify
from tests.services.counts import edit

NEXT = "/admin/reviews/policy/queue/next/"


@pytest.fixture
def open_queue(client: Client) -> Callable[..., Any]:
    """`open_queue(user)` signs the person in and shows the page."""

    def open_queue(user: User, **query: Any) -> Any:
        client.force_login(user)
        return client.get(reverse("admin:reviews_policy_queue"), query)

    return open_queue


def names(page: Any) -> list[str]:
    """The records as the page orders them."""
    return [str(item.policy) for item in page.context["waiting"]]


def start_of(page: Any) -> str | None:
    """The record to which the big button leads."""
    record = page.context["next"]
    return str(record) if record else None


@pytest.fixture
def shelf(folder: Folder, editor: User, reviewer: User, second_reviewer: User) -> None:
    """One record of each part of the queue."""
    verify(folder.import_policy("due"), second_reviewer)
    let_fall_due(get_policy("due"))
    folder.import_policy("open", reviewStatus="in_review")
    judge_all(folder.import_policy("judged"), second_reviewer)
    folder.import_policy("no-claims", language="zh", title="没有主张", analysis=None)
    held = folder.import_policy("held", country="")
    hold_policy(held, actor=second_reviewer)
    assigned = folder.import_policy("assigned")
    assign_policies([assigned.pk], assignee=second_reviewer, actor=reviewer)
    verify(folder.import_policy(), second_reviewer)
    edit(editor, country="Sweden")
    skip_policy(get_policy().pk, actor=reviewer)
    mine = folder.import_policy("mine")
    assign_policies(
        [mine.pk], assignee=reviewer, due_on=localdate() + dt.timedelta(days=9), actor=second_reviewer
    )
    decide(folder.import_policy("abstained"), "abstain", reviewer, "I advised the ministry.")


def test_queue_shows_where_each_record_stands_and_who_has_it(
    shelf: None, reviewer: User, open_queue: Callable[..., Any]
) -> None:
    page = open_queue(reviewer)

    day = date_format(localdate() + dt.timedelta(days=9), "SHORT_DATE_FORMAT")
    time = date_format(localtime(Hold.objects.get().until), "TIME_FORMAT")
    assert read_text(page, "queue") == [
        (
            "Policy Country Language Standing Judged Who has it "
            f"Storage Act mine Norway en Claimed 0 of 2 Assigned to you, due {day} "
            "没有主张 no-claims Norway zh Claimed no claims – "
            f"Storage Act held – en Claimed 0 of 2 伟 张 is reviewing it until {time} "
            "Storage Act assigned Norway en Claimed 0 of 2 Assigned to 伟 张 "
            "Storage Act abstained You abstained from it: somebody else takes it. Norway en Claimed 0 of 2 – "
            "Storage Act judged Norway en Claimed Ready to decide – "
            "Storage Act open Norway en Open 0 of 2 – "
            "Storage Act due Norway en Due 0 of 2 – "
            "Storage Act no-storage-act Sweden en Stale Skipped Ready to decide –"
        )
    ]
    assert read_text(page, "lede") == [
        (
            "9 policies wait for a reviewer. First what is assigned to you; then stale sign-offs, claims that nobody "
            "signed, open ones, and those due for another look."
        )
    ]


def test_queue_is_parted_and_a_part_that_is_empty_has_no_tab(
    shelf: None, reviewer: User, editor: User, open_queue: Callable[..., Any]
) -> None:
    tabs = {tab.part: (str(tab.label), tab.count) for tab in open_queue(reviewer).context["tabs"]}

    assert tabs == {
        "all": ("All", 9),
        "mine": ("Assigned to me", 1),
        "stale": ("Stale", 1),
        "claimed": ("Claimed", 6),
        "open": ("Open", 1),
        "due": ("Due", 1),
        "skipped": ("Skipped by me", 1),
        "taken": ("With others", 2),
    }
    for part, (_, count) in tabs.items():
        assert len(names(open_queue(reviewer, part=part))) == count
    assert names(open_queue(reviewer, part="taken")) == ["held (en)", "assigned (en)"]
    assert names(open_queue(reviewer, part="none-such")) == names(open_queue(reviewer))
    assert [tab.part for tab in open_queue(editor).context["tabs"]] == [
        "all", "stale", "claimed", "open", "due", "taken",
    ]  # fmt: skip
    assert read_text(open_queue(editor, part="skipped"), "empty") == [
        "Nothing here This part of the queue is empty. See the whole queue"
    ]


def test_queue_marks_what_is_overdue_and_says_you_of_who_looks(
    imported: Policy, reviewer: User, open_queue: Callable[..., Any]
) -> None:
    assign_policies([imported.pk], assignee=reviewer, due_on=localdate(), actor=reviewer)
    hold_policy(imported, actor=reviewer)
    assert read_text(open_queue(reviewer), "tone-red") == []
    yesterday = localdate() - dt.timedelta(days=1)
    with open_door(Door.CONTENT):
        Assignment.objects.update(due_on=yesterday)

    page = open_queue(reviewer)

    time = date_format(localtime(Hold.objects.get().until), "TIME_FORMAT")
    assert read_text(page, "who-line") == [
        f"You have it open until {time}",
        f"Assigned to you, due {date_format(yesterday, 'SHORT_DATE_FORMAT')} Overdue",
    ]


def test_queue_says_which_record_the_reviewer_may_not_sign_and_why(
    folder: Folder, editor: User, open_queue: Callable[..., Any]
) -> None:
    editor.groups.add(Group.objects.get(name="Reviewers"))
    folder.import_policy()
    folder.import_policy("somebody-elses")
    edit(editor, country="Sweden")

    page = open_queue(editor)

    assert read_text(page, "hindrance") == [
        "You last changed this content: someone else has to verify it (four eyes)."
    ]
    assert start_of(page) == "somebody-elses (en)"


def test_queue_says_once_that_an_account_without_a_name_cannot_sign(
    folder: Folder, nobody: User, open_queue: Callable[..., Any]
) -> None:
    for name in ("a", "b"):
        folder.import_policy(name)
    nobody.first_name = nobody.last_name = ""
    nobody.save()
    nobody.groups.set([Group.objects.get(name="Reviewers")])

    page = open_queue(nobody)

    assert (read_text(page, "hindrance"), start_of(page)) == ([], None)
    assert read_text(page, "notice") == [
        (
            "Your account names no person: ask an administrator to fill in your first and last name, because it "
            "becomes the record's reviewer."
        )
    ]


def test_queue_that_holds_nothing_for_the_reviewer_starts_nowhere(
    imported: Policy, editor: User, open_queue: Callable[..., Any]
) -> None:
    editor.groups.add(Group.objects.get(name="Reviewers"))
    edit(editor, country="Sweden")

    page = open_queue(editor)

    assert start_of(page) is None
    assert read_text(page, "button-big") == []
    assert read_text(page, "notice") == [
        "Nothing is left for you just now: what waits is your own work, or others have it, or you abstained from it."
    ]


def test_empty_queue_says_how_policies_come_here(reviewer: User, open_queue: Callable[..., Any]) -> None:
    assert read_text(open_queue(reviewer), "empty") == [
        (
            "Nothing waits for review A policy comes here when an editor submits it, when a file claims “verified” "
            "that nobody signed, when signed content changes, or when its next review is due. See all policies"
        )
    ]


def test_queue_is_parted_into_pages(folder: Folder, reviewer: User, open_queue: Callable[..., Any]) -> None:
    for number in range(PER_PAGE + 1):
        folder.import_policy(f"policy-{number:02}")

    assert len(names(open_queue(reviewer))) == PER_PAGE
    page = open_queue(reviewer, part="claimed", page=2)
    assert names(page) == [f"policy-{PER_PAGE} (en)"]
    assert b'href="?part=claimed&amp;page=1"' in page.content
    assert names(open_queue(reviewer, page="none such")) == names(open_queue(reviewer))
    assert read_text(page, "pages") == ["1 2"]


def test_start_leads_to_the_next_record_and_holds_it(
    folder: Folder, reviewer: User, second_reviewer: User, client: Client
) -> None:
    first, second = folder.import_policy("a"), folder.import_policy("b")
    places = {policy: reverse("admin:reviews_policy_review", args=[policy.pk]) for policy in (first, second)}

    client.force_login(reviewer)
    for headers in ({"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}):
        assert client.get(NEXT, headers=headers).headers["Location"] == places[first]
    assert client.head(NEXT).headers["Location"] == places[first]
    assert Hold.objects.count() == 0
    assert client.get(NEXT).headers["Location"] == places[first]
    assert Hold.objects.get().person == reviewer

    client.force_login(second_reviewer)
    assert client.get(NEXT).headers["Location"] == places[second]


def test_start_with_nothing_left_leads_back_to_the_queue(db: None, reviewer: User, client: Client) -> None:
    client.force_login(reviewer)

    page = client.get(NEXT, follow=True)

    assert page.redirect_chain == [("/admin/reviews/policy/queue/", 302)]
    assert [str(message) for message in page.context["messages"]] == ["Nothing is left in your queue."]


@pytest.mark.parametrize("who", ["editor", "publisher", "nobody"])
def test_start_is_for_reviewers(
    who: str, imported: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))

    assert client.get(NEXT).status_code == 403
    assert Hold.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 200), ("reviewer", 200), ("publisher", 200), ("superuser", 200), ("nobody", 403)],
)
def test_queue_is_for_who_may_look_at_policies(
    who: str, status: int, db: None, request: pytest.FixtureRequest, open_queue: Callable[..., Any]
) -> None:
    assert open_queue(request.getfixturevalue(who)).status_code == status


def test_queue_and_front_page_are_only_read(editor: User, client: Client) -> None:
    client.force_login(editor)

    for page in (reverse("admin:reviews_policy_queue"), "/admin/"):
        answers = [client.head(page), client.post(page), client.put(page), client.delete(page)]
        assert [answer.status_code for answer in answers] == [200, 405, 405, 405]


@pytest.mark.parametrize(
    ("who", "start"), [("editor", None), ("publisher", None), ("reviewer", "no-storage-act (en)")]
)
def test_queue_offers_its_button_to_reviewers(
    who: str,
    start: str | None,
    imported: Policy,
    request: pytest.FixtureRequest,
    open_queue: Callable[..., Any],
) -> None:
    page = open_queue(request.getfixturevalue(who))

    assert start_of(page) == start
    assert read_text(page, "button-big") == (["Start with the next one"] if start else [])
    assert read_text(page, "hindrance") == []
