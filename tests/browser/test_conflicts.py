"""The page of a record's conflicts in a real browser: by keyboard, with and without its script, and how it looks."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.looks import faults
from tests.conflicts import BASE, OURS, PLACES, disagree, open_at
from tests.factories import get_policy

TITLE = (
    "Storage Act, with a title as long as they are 关于碳捕集利用与封存项目环境影响评价管理的若干规定（试行）"
    * 2
)


def test_conflicts_are_resolved_by_keyboard(
    folder: Any,
    account: Callable[[str], User],
    login: Callable[[str], User],
    page: Page,
    browser: Browser,
    live_server: LiveServer,
) -> None:
    policy = disagree(folder, account("editor"), base={**BASE, "title": TITLE}, ours={**OURS, "title": TITLE})
    login("editor")
    page.goto("/admin/reviews/policy/conflicts/")
    assert faults(page) == []
    page.get_by_role("link", name="no-storage-act").click()
    year, source, text, sectors = (open_at(policy, place).pk for place in PLACES[:4])

    # all of one side at once, then two otherwise: what is typed chooses itself
    page.get_by_role("link", name="Choose all of the file").click()
    expect(page.get_by_role("button", name="Resolve what is chosen")).to_be_focused()
    expect(page.locator("input[value=theirs]:checked")).to_have_count(6)
    page.locator(f"input[name='{year}-choice'][value=theirs]").press("ArrowRight")
    expect(page.locator(f"input[name='{year}-choice'][value=ours]")).to_be_checked()
    page.locator(f"input[name='{text}-choice'][value=other]").check()
    page.locator(f"input[name='{sectors}-choice'][value=other]").check()
    page.locator(f"textarea[name='{sectors}-other']").fill("steel")
    page.locator(f"textarea[name='{text}-other']").press("Control+Enter")

    # the marks around clashing lines have to go
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator(".field-error")).to_contain_text("Marks of clashing lines still stand in the text")
    assert faults(page) == []
    page.locator(f"textarea[name='{text}-other']").fill("ONE.\n\nTwo, say both.\n\nTHREE.")
    page.locator(f"input[name='{source}-choice'][value=theirs]").focus()
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Resolved 6 conflicts of no-storage-act (en)")).to_be_visible()
    policy = get_policy()
    assert (policy.year, policy.source, policy.description, policy.sectors, policy.open_conflicts) == (
        2021,
        "The file's ministry",
        "ONE.\n\nTwo, say both.\n\nTHREE.",
        ["steel"],
        0,
    )

    # without the script
    other = disagree(folder, account("editor"), policy_id="b", base={}, theirs={"year": 1}, ours={"year": 2})
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"/admin/reviews/policy/{other.pk}/review/")
    plain.get_by_role("link", name="Resolve the conflict").click()
    plain.get_by_role("link", name="Choose all of the file").click()
    plain.get_by_role("button", name="Resolve what is chosen").click()
    expect(plain.get_by_text("Resolved 1 conflict of b (en): year.")).to_be_visible()
    context.close()
    assert get_policy("b").year == 1
