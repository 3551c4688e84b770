"""The page that assigns: from the list or one record, the plan first, then done, or back."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localdate

from reviews.models import Assignment, Policy
from reviews.models.door import Door, open_door
from reviews.services.assigning import assign_policies
from tests.admin.html import read_form, read_text
from tests.factories import Folder, get_policy, let_fall_due

LIST, ASSIGN = "/admin/reviews/policy/", "/admin/reviews/policy/assign/"


@pytest.fixture
def records(folder: Folder, reviewer: User, second_reviewer: User) -> list[int]:
    """Three that wait, of which 伟 has one already, and one that does not."""
    pks = [folder.import_policy(name).pk for name in ("a", "b", "c")]
    assign_policies(pks[2:], assignee=second_reviewer, due_on=localdate(), actor=reviewer)
    return [*pks, folder.import_policy("draft", reviewStatus="draft").pk]


@pytest.fixture
def send(client: Client, reviewer: User) -> Callable[..., Any]:
    """`send(act, pks, to=…)` posts the page's form as the reviewer."""
    client.force_login(reviewer)

    def send(act: str, pks: list[int], **fields: Any) -> Any:
        selection = ",".join(map(str, pks))
        return client.post(ASSIGN, {"selection": selection, "act": act, **fields}, follow=True)

    return send


def told(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def assigned() -> dict[str, str]:
    rows = Assignment.objects.select_related("policy", "assignee").order_by("policy__policy_id")
    return {row.policy.policy_id: row.assignee.first_name for row in rows}


def test_action_of_the_list_leads_to_the_page(records: list[int], client: Client, reviewer: User) -> None:
    client.force_login(reviewer)

    page = client.post(LIST, {"action": "assign_selected", "_selected_action": records[:2], "index": 0})

    assert read_form(page, "assign")["selection"] == f"{records[0]},{records[1]}"
    assert page.context["title"] == "Assign 2 policies"
    group = Group.objects.get(name="Reviewers")
    assert [(str(label), choices) for label, choices in page.context["form"].fields["to"].choices][1:] == [
        (
            "One person",
            [
                (f"person-{reviewer.pk}", "Rosa Lindqvist, me (0 open)"),
                (f"person-{User.objects.get(username='second_reviewer').pk}", "伟 张 (1 open)"),
            ],
        ),
        ("Evenly over a group", [(f"group-{group.pk}", "Reviewers (2 reviewers)")]),
    ]
    all_of_them = {
        "action": "assign_selected",
        "_selected_action": records[:1],
        "select_across": 1,
        "index": 0,
    }
    assert client.post(LIST, all_of_them).context["title"] == "Assign 4 policies"


def test_plan_shows_who_gets_what_before_it_is_done(records: list[int], send: Callable[..., Any]) -> None:
    group = Group.objects.get(name="Reviewers")

    page = send("plan", records, to=f"group-{group.pk}", due_on="")

    day = date_format(localdate(), "SHORT_DATE_FORMAT")
    assert read_text(page, "table")[0] == (
        "Reviewer Has now, besides these Gets Has then Rosa Lindqvist 0 2 2 伟 张 0 1 1"
    )
    assert read_text(page, "queue") == [
        (
            "Policy Language Now Then "
            "Storage Act a en nobody Rosa Lindqvist "
            "Storage Act b en nobody 伟 张 "
            f"Storage Act c en 伟 张, {day} Rosa Lindqvist "
            "Storage Act draft It does not wait for a reviewer. en nobody nobody"
        )
    ]
    assert read_text(page, "notice") == ["1 policy is not assigned: why stands beside it."]
    assert assigned() == {"c": "伟"}

    done = send("assign", records, to=f"group-{group.pk}", due_on="", seen=page.context["plan"].digest)

    assert assigned() == {"a": "Rosa", "b": "伟", "c": "Rosa"}
    assert told(done) == ["Assigned 3 policies.", "draft (en): It does not wait for a reviewer."]
    assert done.redirect_chain == [(LIST, 302)]


def test_plan_that_changed_meanwhile_is_shown_anew(
    records: list[int], send: Callable[..., Any], folder: Folder, reviewer: User, second_reviewer: User
) -> None:
    to = f"group-{Group.objects.get(name='Reviewers').pk}"
    seen = send("plan", records[:2], to=to).context["plan"].digest
    more = [folder.import_policy(f"more-{number}").pk for number in range(3)]
    assign_policies(more, assignee=reviewer, actor=second_reviewer)

    page = send("assign", records[:2], to=to, seen=seen)

    assert read_text(page, "notice-danger") == [
        "Somebody changed these records or assignments meanwhile: look at the new plan, then assign again."
    ]
    assert {row.assignee for row in page.context["plan"].rows} == {second_reviewer}
    assert set(assigned()) == {"c", "more-0", "more-1", "more-2"}
    send("assign", records[:2], to=to, seen=read_form(page, "assign")["seen"])
    assert (assigned()["a"], assigned()["b"]) == ("伟", "伟")


def test_record_is_assigned_from_its_review_page_by_a_day_and_taken_back(
    records: list[int], send: Callable[..., Any], reviewer: User
) -> None:
    day = localdate() + dt.timedelta(days=5)
    review = f"{LIST}{records[0]}/review/"

    page = send("", records[:1], back="review")
    assert (page.context["title"], page.context["back"]) == ("Assign 1 policy", "review")
    done = send("assign", records[:1], to=f"person-{reviewer.pk}", due_on=day.isoformat(), back="review")
    assert (told(done), done.redirect_chain) == (["Assigned 1 policy."], [(review, 302)])
    assert (get_policy("a").assignment.assignee, get_policy("a").assignment.due_on) == (reviewer, day)
    again = send("assign", records[:1], to=f"person-{reviewer.pk}", due_on=day.isoformat())
    assert told(again) == ["1 was assigned like this already."]

    back = send("take_back", records[:1], back="review")

    assert (told(back), back.redirect_chain) == (["Took back 1 policy."], [(review, 302)])
    assert told(send("take_back", records[:1])) == ["None of them was assigned, so nothing was taken back."]
    assert assigned() == {"c": "伟"}


@pytest.mark.parametrize(
    ("fields", "class_name", "message"),
    [
        ({"to": ""}, "field-error", "This field is required."),
        (
            {"to": "person-1,2"},
            "field-error",
            "Select a valid choice. person-1,2 is not one of the available choices.",
        ),
        ({"due_on": "soon"}, "field-error", "Enter a valid date."),
        (
            {"due_on": "2026-01-01"},
            "notice-danger",
            "The due day is past: choose today or a later one, or none.",
        ),
    ],
    ids=["nobody", "no such person", "no day", "a day past"],
)
def test_form_says_what_is_wrong_and_nothing_is_done(
    records: list[int],
    send: Callable[..., Any],
    reviewer: User,
    fields: dict[str, str],
    class_name: str,
    message: str,
) -> None:
    page = send("assign", records, **({"to": f"person-{reviewer.pk}"} | fields))

    assert read_text(page, class_name) == [message]
    assert assigned() == {"c": "伟"}


@pytest.mark.parametrize("selection", ["", "x", "1,,2", "1 or 1=1", "²", ",".join(["9" * 19])])
def test_selection_that_is_none_is_refused(reviewer: User, client: Client, selection: str) -> None:
    client.force_login(reviewer)

    assert client.post(ASSIGN, {"selection": selection, "act": "take_back"}).status_code == 400


@pytest.mark.parametrize("who", ["editor", "publisher", "nobody"])
def test_page_is_for_reviewers(
    who: str, records: list[int], client: Client, request: pytest.FixtureRequest, reviewer: User
) -> None:
    client.force_login(request.getfixturevalue(who))
    sent = {"selection": str(records[2]), "to": f"person-{reviewer.pk}"}

    assert [
        client.post(ASSIGN, {**sent, "act": act}).status_code for act in ("", "plan", "assign", "take_back")
    ] == [403] * 4
    assert client.get(ASSIGN).headers["Location"] == LIST
    assert assigned() == {"c": "伟"}


def test_list_shows_who_is_asked_by_when_and_what_is_due_or_overdue(
    records: list[int], signed: Policy, reviewer: User, second_reviewer: User, client: Client
) -> None:
    let_fall_due(signed)
    yesterday, today = localdate() - dt.timedelta(days=1), localdate()
    assign_policies(records[:1], assignee=reviewer, actor=reviewer)
    with open_door(Door.CONTENT):
        Assignment.objects.filter(policy=records[2]).update(due_on=yesterday)
    assign_policies(records[1:2], assignee=reviewer, due_on=today, actor=reviewer)
    client.force_login(reviewer)

    def listed(**query: str) -> list[str]:
        return [policy.policy_id for policy in client.get(LIST, query, follow=True).context["cl"].result_list]

    page = client.get(LIST)
    assert read_text(page, "field-assigned") == [
        "Rosa Lindqvist",
        f"Rosa Lindqvist due {date_format(today, 'SHORT_DATE_FORMAT')}",
        f"伟 张 due {date_format(yesterday, 'SHORT_DATE_FORMAT')} Overdue",
        "–",
        "–",
    ]
    assert read_text(page, "field-standing_badge")[-1] == "Verified Due"
    assert listed(assigned="me") == ["a", "b"]
    assert listed(assigned=str(second_reviewer.pk)) == ["c"]
    assert listed(assigned="nobody") == ["draft", "no-storage-act"]
    assert listed(past="review") == ["no-storage-act"]
    assert listed(past="assignment") == ["c"]
    assert listed(past="soon") == ["b"]
    filters = {spec.parameter_name: spec.lookup_choices for spec in page.context["cl"].filter_specs}
    assert [str(label) for _, label in filters["assigned"]] == ["Me", "Nobody", "Rosa Lindqvist", "伟 张"]
    assert [str(label) for _, label in filters["past"]] == [
        "Its next review is due",
        "Its assignment is overdue",
        "Its assignment is due within a week",
    ]
