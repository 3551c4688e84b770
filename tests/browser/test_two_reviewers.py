"""Two reviewers in two browsers at once: who has what, taking over, the same record saved twice; nothing is lost."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviews.models import Policy, Verdict
from tests.browser.conftest import enter
from tests.factories import Folder, decide, get_policy, make_user

QUEUE = "/admin/reviews/policy/queue/"


@pytest.fixture
def pages(
    account: Callable[[str], User],
    open_browser: Callable[..., BrowserContext],
    live_server: LiveServer,
    problems: list[str],
) -> tuple[Page, Page]:
    """Rosa's and Wei's."""
    found = []
    for person in (account("reviewer"), make_user("wei", "伟", "张", "Reviewers")):
        context = open_browser()
        enter(context, person, live_server.url)
        found.append(context.new_page())
    rosa, wei = found
    return rosa, wei


@pytest.fixture(autouse=True)
def no_problems(problems: list[str]) -> Iterator[None]:
    yield
    assert problems == []


def judge(page: Page, verdict: str, note: str) -> None:
    """Of the dimension in focus, with keys; the focus is out of the note then."""
    page.keyboard.press(verdict)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(note)
    page.keyboard.press("Escape")


def record_of(page: Page) -> Policy:
    found = re.search(r"/policy/(\d+)/review/$", page.url)
    assert found, page.url
    return Policy.objects.get(pk=found[1])


def correct(page: Page, evidence: str) -> None:
    """Of the next dimension."""
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(evidence)
    page.keyboard.press("Escape")


def evidence_of_mrv(policy: Policy) -> list[str]:
    """As it stood, oldest first."""
    rows = policy.dimensions.get(key="mrv").history.order_by("history_id").values_list("evidence", flat=True)
    return list(dict.fromkeys(rows))


def save(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Control+s")


def verdicts() -> list[tuple[str, str, str, str]]:
    """All, in the order of time."""
    rows = Verdict.objects.order_by("pk").values_list("actor__username", "dimension_key", "kind", "note")
    return list(rows)


def test_nobody_is_offered_what_another_has_open_and_who_loses_it_is_told(
    pages: tuple[Page, Page], folder: Folder
) -> None:
    first, second = folder.import_policy("first"), folder.import_policy("second")
    rosa, wei = pages
    rosa.clock.install()
    rosa.goto(f"{QUEUE}next/")
    wei.goto(f"{QUEUE}next/")
    assert [record_of(page) for page in pages] == [first, second]

    # Wei sees who has the first one, may look at it, and takes it over knowingly.
    wei.goto(QUEUE)
    expect(wei.get_by_role("row", name=re.compile("first"))).to_contain_text(
        "Rosa Lindqvist is reviewing it until"
    )
    wei.goto(f"/admin/reviews/policy/{first.pk}/review/")
    expect(wei.locator(".notices")).to_contain_text("Rosa Lindqvist is reviewing this, until")
    judge(rosa, "1", "Half a no")
    with wei.expect_navigation():
        wei.keyboard.press("t")
    expect(wei.locator(".messagelist")).to_contain_text("It is yours now")

    # Rosa works on, and is told within minutes. Nothing that she typed is gone, and she may still save it.
    expect(rosa.locator(".notices")).not_to_contain_text("took this over")
    rosa.clock.fast_forward("03:01")
    rosa.keyboard.press("n")
    rosa.keyboard.insert_text("te")
    expect(rosa.locator(".notices")).to_contain_text("伟 张 took this over, and reviews it until")
    expect(rosa.locator("#announced")).to_contain_text("伟 张 took this over")
    expect(rosa.get_by_label("Audit note on market")).to_have_value("Half a note")
    save(rosa)
    expect(rosa.locator(".messagelist")).to_contain_text("Saved 1 note and 1 verdict.")
    expect(rosa.locator(".notices")).to_contain_text("伟 张 is reviewing this, until")
    assert verdicts() == [("reviewer", "market", "accepted", "Half a note")]

    # Next offers her neither: Wei has both open. She takes the second one over; while she writes, somebody decides.
    rosa.goto(f"{QUEUE}next/")
    expect(rosa.locator(".messagelist")).to_contain_text("Nothing is left in your queue.")
    rosa.goto(f"/admin/reviews/policy/{second.pk}/review/")
    with rosa.expect_navigation():
        rosa.keyboard.press("t")
    decide(second, "request_changes", User.objects.get(username="wei"), "Cite the act.")
    rosa.clock.fast_forward("03:01")
    rosa.keyboard.press("n")
    rosa.keyboard.insert_text("Too late.")
    expect(rosa.locator(".notices")).to_contain_text("Somebody decided on this record")
    expect(rosa.get_by_label("Audit note on market")).to_have_value("Too late.")


def test_of_two_who_save_the_same_record_the_second_sees_what_changed_and_loses_nothing(
    pages: tuple[Page, Page], imported: Policy
) -> None:
    rosa, wei = pages
    for page in pages:
        page.goto(f"/admin/reviews/policy/{imported.pk}/review/")

    judge(rosa, "1", "Section 4 says so.")
    correct(rosa, "Reports are due twice a year.")
    save(rosa)
    judge(wei, "3", "Section 4 was repealed.")
    correct(wei, "Reports are due every month.")
    save(wei)

    # The second one sees what the first one wrote, beside what he typed himself.
    expect(wei.get_by_role("alert")).to_contain_text("Nothing was saved; all that you typed is below")
    expect(wei.get_by_role("alert")).to_be_focused()
    changes = wei.get_by_role("region", name=re.compile("^Changed in .* since you opened this page$"))
    expect(changes).to_contain_text(["twice a year."])
    expect(wei.get_by_label("Evidence of mrv")).to_have_value("Reports are due every month.")
    wei.keyboard.press("k")
    expect(changes).to_contain_text(["Section 4 says so."])
    expect(wei.get_by_label("Audit note on market")).to_have_value("Section 4 was repealed.")
    expect(wei.get_by_role("radio", name="Rejected", checked=True)).to_have_count(1)
    assert verdicts() == [("reviewer", "market", "accepted", "Section 4 says so.")]

    # He sends it again, knowingly: what both said stands there.
    save(wei)
    expect(wei.locator(".messagelist")).to_contain_text("Saved 1 note and 1 verdict.")
    assert verdicts() == [
        ("reviewer", "market", "accepted", "Section 4 says so."),
        ("wei", "market", "rejected", "Section 4 was repealed."),
    ]
    assert {item.key: item.audit_note for item in get_policy().dimensions.all()} == {
        "market": "Section 4 was repealed.", "mrv": "",
    }  # fmt: skip
    assert evidence_of_mrv(imported) == [
        "Reports are due every year.",
        "Reports are due twice a year.",
        "Reports are due every month.",
    ]
