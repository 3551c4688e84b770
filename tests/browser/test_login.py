"""Signing in, in a real browser under the real policy; and that the browser tests notice what they must."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.keyboard import Keyboard


def test_login_leads_to_the_index(page: Page, account: Callable[[str], User]) -> None:
    user = account("publisher")

    Keyboard(page).login("publisher", PASSWORD)

    assert urlsplit(page.url).path == "/admin/"
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.locator("#user-tools")).to_contain_text(user.get_full_name())


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('something broke')", "console: something broke"),
        ("setTimeout(() => { throw new Error('nobody caught me') })", "uncaught: nobody caught me"),
        (
            "document.body.setAttribute('style', 'color: red')",
            "policy violation: style-src-attr blocked inline",
        ),
        (
            "document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))",
            "policy violation: script-src-elem blocked inline",
        ),
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://elsewhere.example/x.png'}))",
            "policy violation: img-src blocked http://elsewhere.example/x.png",
        ),
    ],
)
def test_page_notices_what_goes_wrong(page: Page, problems: list[str], script: str, problem: str) -> None:
    page.goto("/admin/login/")

    page.evaluate(script)
    page.wait_for_timeout(200)

    assert [found for found in problems if problem in found] != []
    problems.clear()
