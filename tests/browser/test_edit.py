"""The Edit tab in a real browser: what it sends back untouched, with and without its script."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Dialog, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviews.models import Policy
from reviews.services.editing import edit_policy
from tests.browser.looks import faults
from tests.factories import claim, get_policy


@pytest.fixture
def odd(login: Callable[[str], User], folder: Any) -> Policy:
    """A record whose texts a careless form would change."""
    policy: Policy = folder.import_policy(
        title="Two\nlines",
        description="\n\n  Starts with newlines, ends with one.\n",
        sectors=["storage", "two\nlines", " spaced "],
        regulatory={"liability_period": 20, "a key": "x\n", "bands": {"low": 1}},
        analysis={"market": claim(score=70.0, label="\n")},
        relatedFacilities=[f"设施 {number}" for number in range(1000)],
        body="\n\n\n</textarea><script>alert(1)</script>\n\n",
    )
    return policy


def change(policy: Policy) -> str:
    return f"/admin/reviews/policy/{policy.pk}/change/"


def test_what_nobody_touched_is_not_written(odd: Policy, login: Callable[[str], User], page: Page) -> None:
    login("editor")
    page.goto(change(odd))
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Nothing changed, so nothing was written.")).to_be_visible()
    assert (get_policy().version, get_policy().to_values()) == (1, odd.to_values())


def test_script_adds_rows_counts_and_saves_with_the_keyboard(
    odd: Policy, login: Callable[[str], User], page: Page
) -> None:
    login("editor")
    page.goto(change(odd))
    page.get_by_role("button", name="Add a dimension of another name").click()
    expect(page.locator("#id_analysis-7-key")).to_be_focused()
    page.keyboard.type("equity")
    page.locator("#id_analysis-7-label").fill("Fair")
    expect(page.locator("label[for=id_related_facilities] .count")).to_have_text("1,000 items")
    page.keyboard.press("Control+s")

    expect(page.get_by_text(re.compile("^Saved no-storage-act"))).to_be_visible()
    assert list(get_policy().to_values().dimensions) == ["market", "equity"]


def test_leaving_with_unsaved_text_is_asked_about(
    odd: Policy, login: Callable[[str], User], page: Page
) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    login("editor")
    page.goto(change(odd))
    page.get_by_role("link", name="History").click()
    page.wait_for_url("**/history/")
    assert asked == []

    page.goto(change(odd))
    page.get_by_label("Country").fill("Sweden")
    page.get_by_role("link", name="History").click()
    page.wait_for_url("**/history/")
    assert asked == ["beforeunload"]


def test_page_works_without_its_script(
    odd: Policy, login: Callable[[str], User], page: Page, browser: Browser, live_server: LiveServer
) -> None:
    login("editor")
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(change(odd))
    plain.get_by_label("Country").fill("Sweden")
    plain.get_by_role("button", name="Add a dimension of another name").click()
    plain.locator("#id_analysis-7-key").fill("equity")
    plain.get_by_label("Country").press("Enter")

    expect(plain.get_by_text(re.compile("^Saved no-storage-act"))).to_be_visible()
    context.close()
    policy = get_policy()
    assert (policy.country, policy.version, policy.title, policy.body) == ("Sweden", 2, odd.title, odd.body)
    assert list(policy.to_values().dimensions) == ["market", "equity"]


def test_nothing_is_wrong_with_what_only_a_save_shows(
    odd: Policy, login: Callable[[str], User], page: Page
) -> None:
    editor = login("editor")
    page.goto(change(odd))
    seen = odd.to_values()
    edit_policy(
        odd.pk, seen=seen, wanted=replace(seen, fields=seen.fields | {"country": "Iceland"}), actor=editor
    )
    page.get_by_label("Year").fill("soon")
    page.keyboard.press("Control+s")
    expect(page.locator("#summary")).to_be_focused()
    errors = faults(page)
    page.get_by_label("Year").fill("2025")
    page.get_by_label("Country").fill("Sweden")
    page.keyboard.press("Control+s")
    expect(page.locator("#meanwhile")).to_be_focused()

    assert (errors, faults(page)) == ([], [])
    expect(page.get_by_label("Country")).to_have_value("Sweden")
