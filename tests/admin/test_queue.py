"""The queue page: what waits for reviewers, in which order, how far it is, and who may not sign it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from reviews.admin.queue import PER_PAGE
from reviews.models import Policy
from reviews.selectors.queue import next_to_review, queue
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.admin.html import read_text
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, verify
from tests.services.counts import edit


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


def notes(count: int) -> dict[str, Any]:
    """Three claims of which so many lack the audit note."""
    keys = ("market", "mrv", "technical")
    return {key: claim(auditNote="" if place < count else "Read.") for place, key in enumerate(keys)}


def test_queue_starts_with_stale_then_claimed_then_open_each_nearest_to_done_and_oldest_first(
    folder: Folder, editor: User, reviewer: User
) -> None:
    folder.import_policy("open-1", reviewStatus="in_review", analysis=notes(1))
    folder.import_policy("open-0", reviewStatus="in_review", analysis=notes(0))
    folder.import_policy("claimed-2-older", analysis=notes(2))
    folder.import_policy("claimed-2-newer", analysis=notes(2))
    folder.import_policy("claimed-1", analysis=notes(1))
    verify(folder.import_policy(), reviewer)
    edit(editor, country="Sweden")  # it was signed, so it is stale now
    folder.import_policy("draft", reviewStatus="draft")
    verify(folder.import_policy("signed"), reviewer)
    decide(folder.import_policy("sent-back"), "request_changes", reviewer, "Cite the act.")

    assert [policy.policy_id for policy in queue()] == [
        "no-storage-act",
        "claimed-1",
        "claimed-2-older",
        "claimed-2-newer",
        "open-0",
        "open-1",
    ]


def test_queue_shows_how_far_each_record_is(
    folder: Folder, reviewer: User, open_queue: Callable[..., Any]
) -> None:
    judge_all(folder.import_policy("all-judged"), reviewer)
    rejected = folder.import_policy("one-rejected", analysis=notes(0))
    judge_dimensions(
        rejected.pk,
        [
            judgement(rejected, key, kind=kind)
            for key, kind in (("market", VerdictKind.REJECTED), ("mrv", None))
        ],
        actor=reviewer,
    )
    folder.import_policy("untouched", country="")
    folder.import_policy("without-claims", language="zh", title="没有主张", analysis=None)

    page = open_queue(reviewer)

    assert [
        (item.policy.policy_id, item.judged, item.total, item.policy.missing_notes, item.is_ready)
        for item in page.context["waiting"]
    ] == [
        ("all-judged", 2, 2, 0, True),
        ("one-rejected", 1, 3, 0, False),
        ("without-claims", 0, 0, 0, True),
        ("untouched", 0, 2, 2, False),
    ]
    assert read_text(page, "queue") == [
        (
            "Policy Country Language Standing Judged Notes missing "
            "Storage Act all-judged Norway en Claimed Ready to sign 2 of 2 0 "
            "Storage Act one-rejected Norway en Claimed 1 of 3 0 "
            "没有主张 without-claims Norway zh Claimed Ready to sign no claims 0 "
            "Storage Act untouched – en Claimed 0 of 2 2"
        )
    ]


def test_queue_says_which_record_the_reviewer_may_not_sign_and_why(
    folder: Folder, editor: User, open_queue: Callable[..., Any]
) -> None:
    editor.groups.add(Group.objects.get(name="Reviewers"))
    folder.import_policy()
    folder.import_policy("somebody-elses")
    edit(editor, country="Sweden")

    page = open_queue(editor)

    assert {item.policy.policy_id: item.why_not_mine for item in page.context["waiting"]} == {
        "no-storage-act": ("You last changed this content: someone else has to verify it (four eyes).",),
        "somebody-elses": (),
    }
    assert read_text(page, "hindrance") == [
        "You last changed this content: someone else has to verify it (four eyes)."
    ]
    assert start_of(page) == "somebody-elses (en)"


def test_queue_says_that_an_account_without_a_name_cannot_sign(
    imported: Policy, nobody: User, open_queue: Callable[..., Any]
) -> None:
    nobody.first_name = nobody.last_name = ""
    nobody.save()
    nobody.groups.set([Group.objects.get(name="Reviewers")])

    assert read_text(open_queue(nobody), "hindrance") == [
        (
            "Your account names no person: ask an administrator to fill in your first and last name, "
            "because it becomes the record's reviewer."
        )
    ]


def test_queue_that_holds_only_own_work_starts_nowhere(
    imported: Policy, editor: User, open_queue: Callable[..., Any]
) -> None:
    editor.groups.add(Group.objects.get(name="Reviewers"))
    edit(editor, country="Sweden")

    page = open_queue(editor)

    assert start_of(page) is None
    assert read_text(page, "button-big") == []
    assert read_text(page, "notice") == [
        "All that waits is your own work, so someone else has to sign it (four eyes)."
    ]


def test_own_claim_is_passed_over_too(folder: Folder, editor: User) -> None:
    folder.import_policy()
    folder.import_policy("somebody-elses")
    edit(editor, analysis={"market": claim(label="Closed"), "mrv": get_claim("mrv")})

    assert str(next_to_review(editor)) == "somebody-elses (en)"


def get_claim(key: str) -> dict[str, Any]:
    """A claim as it stands in the record."""
    item = get_policy().dimensions.get(key=key)
    return claim(label=item.label, evidence=item.evidence, score=item.score, auditNote=None)


def test_next_to_review_is_the_first_and_passes_over_the_one_that_is_left(
    folder: Folder, reviewer: User
) -> None:
    first = folder.import_policy("a")
    folder.import_policy("b")

    assert str(next_to_review(reviewer)) == "a (en)"
    assert str(next_to_review(reviewer, except_pk=first.pk)) == "b (en)"


def test_next_to_review_is_own_work_where_four_eyes_are_waived(
    imported: Policy, editor: User, settings: Any
) -> None:
    edit(editor, country="Sweden")
    assert next_to_review(editor) is None

    settings.POLICYHUB_FOUR_EYES = False

    assert next_to_review(editor) == imported


def test_empty_queue_says_how_policies_come_here(reviewer: User, open_queue: Callable[..., Any]) -> None:
    assert read_text(open_queue(reviewer), "empty") == [
        (
            "Nothing waits for review A policy comes here when an editor submits it, when a file claims “verified” "
            "that nobody signed, or when signed content changes. See all policies"
        )
    ]


def test_queue_is_parted_into_pages(folder: Folder, reviewer: User, open_queue: Callable[..., Any]) -> None:
    for number in range(PER_PAGE + 1):
        folder.import_policy(f"policy-{number:02}")

    assert len(names(open_queue(reviewer))) == PER_PAGE
    assert names(open_queue(reviewer, page=2)) == [f"policy-{PER_PAGE} (en)"]
    assert names(open_queue(reviewer, page="none such")) == names(open_queue(reviewer))
    assert read_text(open_queue(reviewer), "pages") == ["1 2"]


@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 200), ("reviewer", 200), ("publisher", 200), ("superuser", 200), ("nobody", 403)],
)
def test_queue_is_for_who_may_look_at_policies(
    who: str, status: int, db: None, request: pytest.FixtureRequest, open_queue: Callable[..., Any]
) -> None:
    assert open_queue(request.getfixturevalue(who)).status_code == status


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
