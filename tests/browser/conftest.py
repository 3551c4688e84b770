"""A real browser: its page fails the test on any script error and any policy violation."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, sync_playwright
from pytest_django.live_server_helper import LiveServer

from reviews.management.commands.quickstart import ACCOUNTS
from tests.browser.chromium import FLAGS, downloaded_chromium, installed_chromium

# The policy's violations go to the console with the rule that was broken, where `problems` finds them.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const place = `${event.sourceFile}:${event.lineNumber}`;
  console.error(`policy violation: ${event.effectiveDirective} blocked ${event.blockedURI} at ${place}`);
});
"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium: what `nox` found or got (TEST_CHROMIUM), else an installed one, else the test is skipped."""
    if reason := os.environ.get("TEST_NO_CHROMIUM"):
        pytest.skip(f"no browser: {reason}")
    chromium = os.environ.get("TEST_CHROMIUM") or installed_chromium() or downloaded_chromium()
    if chromium is None:
        pytest.skip("no browser: run `python tests/browser/chromium.py` to get one")
    connection = connections["default"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop runs in this thread, where Django would take every query for an asynchronous
        # one, refuse it, and open a second connection for it. None is: the loop waits while the test runs.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        connections["default"] = connection
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def problems() -> list[str]:
    """What went wrong in the page so far: errors on the console, uncaught errors, policy violations.

    A test that provokes one (a 403 page is an error on the console) asserts it and clears the list.
    """
    return []


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, problems: list[str]) -> Iterator[BrowserContext]:
    """A browser as fresh as a new person's, at the live server; all its pages report to `problems`."""

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"console: {message.text}")

    def note_error(error: WebError) -> None:
        problems.append(f"uncaught: {error.error}")

    context = browser.new_context(
        base_url=live_server.url, locale="en", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(15_000)
    context.add_init_script(REPORT_VIOLATIONS)
    context.on("console", note_console)
    context.on("weberror", note_error)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, problems: list[str]) -> Iterator[Page]:
    """An empty page. At the end of the test there must be no problems left."""
    yield context.new_page()
    assert problems == []


@pytest.fixture
def login(page: Page, transactional_db: None) -> Callable[[str], User]:
    """`login("reviewer")` signs a demo account in, through the form; whoever was signed in before is out."""

    def login(username: str) -> User:
        account = next(account for account in ACCOUNTS if account.username == username)
        user = account.get_or_create()[0]
        user.set_password("a password for tests")
        user.save()
        page.context.clear_cookies()
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill("a password for tests")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/")
        return user

    return login
