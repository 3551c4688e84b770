"""A real browser: its page fails the test on any script error and any policy violation."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, sync_playwright
from pytest_django.live_server_helper import LiveServer

from reviews.management.commands.quickstart import ACCOUNTS
from tests.browser.chromium import FLAGS, downloaded_chromium, installed_chromium

PASSWORD = "a password for tests"

# As gunicorn does. Otherwise a page waits up to 40 ms until its first part, the headers, was acknowledged.
WSGIRequestHandler.disable_nagle_algorithm = True

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
def open_browser(
    browser: Browser, live_server: LiveServer, problems: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """`open_browser()`: one as fresh as a new person's, at the live server; all its pages report to `problems`."""

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"console: {message.text}")

    def note_error(error: WebError) -> None:
        problems.append(f"uncaught: {error.error}")

    def open_browser(**options: Any) -> BrowserContext:
        options = {"locale": "en", "viewport": {"width": 1280, "height": 900}} | options
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", note_console)
        context.on("weberror", note_error)
        return context

    contexts: list[BrowserContext] = []
    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def context(open_browser: Callable[..., BrowserContext]) -> BrowserContext:
    """The browser of the test's one person."""
    return open_browser()


@pytest.fixture
def page(context: BrowserContext, problems: list[str]) -> Iterator[Page]:
    """An empty page. At the end of the test there must be no problems left."""
    yield context.new_page()
    assert problems == []


@pytest.fixture
def account(transactional_db: None) -> Callable[[str], User]:
    """`account("reviewer")` is a demo account, with `PASSWORD`."""

    def account(username: str) -> User:
        account = next(account for account in ACCOUNTS if account.username == username)
        user, is_new = account.get_or_create()
        if is_new:
            user.set_password(PASSWORD)
            user.save()
        return user

    return account


def enter(context: BrowserContext, user: User, address: str) -> None:
    """Be logged in as this person, without the form; whoever was logged in before is out."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


@pytest.fixture
def login(
    context: BrowserContext, live_server: LiveServer, account: Callable[[str], User]
) -> Callable[[str], User]:
    """`login("reviewer")` signs a demo account in, without the form (see test_login.py)."""

    def login(username: str) -> User:
        user = account(username)
        enter(context, user, live_server.url)
        return user

    return login
