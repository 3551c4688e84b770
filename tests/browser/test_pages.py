"""Every page in every state: nothing is wrong with how it looks (see looks.py), and at 200 % all can be reached."""

import datetime as dt
import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils.timezone import localdate
from playwright.sync_api import BrowserContext, Page, expect

from reviews.models import Answer, Assignment, Decision, Policy
from reviews.models.door import Door, open_door
from reviews.services.answering import answer_question
from reviews.services.assigning import assign_policies
from reviews.services.commenting import add_comment, resolve_thread
from reviews.services.editing import edit_policy
from reviews.services.holding import hold_policy
from reviews.services.queueing import skip_policy
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.browser.keyboard import Keyboard
from tests.browser.looks import ZOOMED, faults, open_all
from tests.conftest import PROJECT
from tests.factories import (
    Folder,
    decide,
    get_policy,
    judge_all,
    judgement,
    let_fall_due,
    make_user,
    verify,
)
from tests.questions import ask

# Addresses below /admin/, by who looks; in braces a record in the state of that name (see `records`).
PAGES: dict[str, list[str]] = {
    "admin": [
        "",
        "preferences/",
        "password_change/",
        "reviews/policy/",
        "reviews/policy/?q=storage&state=in_review",
        "reviews/policy/export/",
        "reviews/policy/queue/",
        "reviews/policy/queue/?part=mine",
        "reviews/policy/outbox/",
        "reviews/policy/add/",
        "reviews/policy/{judged}/change/",
        "reviews/policy/{judged}/history/",
        "reviews/policy/{judged}/compare/?from=1&to=3",
        "reviews/policy/{judged}/restore/1/",
        "reviews/policy/{judged}/file/",
        "reviews/policy/{verified}/file/",
        "reviews/decision/",
        "reviews/verdict/",
        "reviews/comment/",
        "reviews/decision/{decision}/change/",
        "auth/user/",
        "auth/user/add/",
        "auth/user/{person}/change/",
    ],
    "admin, of the review page": [
        "reviews/policy/{claimed}/review/",
        "reviews/policy/{judged}/review/",
        "reviews/policy/{ready}/review/",
        "reviews/policy/{stale}/review/",
        "reviews/policy/{due}/review/",
        "reviews/policy/{held}/review/",
        "reviews/policy/{own}/review/",
        "reviews/policy/{verified}/review/",
        "reviews/policy/{bare}/review/",
    ],
    "publisher": ["", "reviews/policy/{stale}/review/", "reviews/policy/{judged}/change/"],
    "editor": [
        "",
        "reviews/policy/{draft}/review/",
        "reviews/policy/{retired}/review/",
        "reviews/policy/{draft}/history/",
        "reviews/policy/conflicts/files/",
        "reviews/policy/conflicts/files/left-out/",
        "reviews/policy/conflicts/files/{gone}/",
        "reviews/policy/conflicts/files/{moved}/",
    ],
    "reviewer, in Chinese": ["", "reviews/policy/queue/", "reviews/policy/{chinese}/review/", "preferences/"],
}


@pytest.fixture
def context(open_browser: Callable[..., BrowserContext]) -> BrowserContext:
    """Two device pixels for each of the page's, as at 200 %."""
    return open_browser(device_scale_factor=2, reduced_motion="reduce")


@pytest.fixture
def records(account: Callable[[str], User], policy_folder: Path) -> dict[str, int]:
    """The seeds, one in each state: the numbers that the addresses name."""
    shutil.copytree(PROJECT / "seeds", policy_folder, dirs_exist_ok=True)
    Folder(policy_folder).policy("bare", analysis=None, title="A guideline that scores nothing")
    call_command("import_policies", verbosity=0)
    admin, signer = account("admin"), make_user("signer", "Sigrid", "Holm", "Reviewers", "Editors")
    writer = make_user("writer", "Wim", "Bos", "Editors")
    judged, claimed, held, own, stale, due, verified, ready, skipped = map(
        get_policy,
        [
            "us-irc-45q",
            "jp-act-38-2024",
            "uk-energy-act-2023-part-1",
            "de-ksptg-2025",
            "eu-reg-2024-1735",
            "id-perpres-14-2024",
            "cn-ccer",
            "us-cfr-40-146-h",
            "au-opggs-act-2006",
        ],
    )
    kinds = [*VerdictKind, VerdictKind.ACCEPTED]
    judge_dimensions(
        judged.pk,
        [
            judgement(judged, row.key, f"Read on {row.key}.", kind)
            for row, kind in zip(judged.dimensions.all(), kinds, strict=True)
        ],
        actor=signer,
    )
    change(judged, writer, "evidence", "incentive")
    decide(judged, "request_changes", signer, "The period is wrong.")
    decide(judged, "submit", writer)
    question = add_comment(judged.pk, "Is this the period, @writer?", actor=signer, dimension_key="incentive")
    add_comment(judged.pk, "It is.", actor=writer, thread_pk=question.pk)
    solved = add_comment(judged.pk, "The source moved, @admin.", actor=writer)
    resolve_thread(judged.pk, solved.pk, actor=writer)
    for policy in (verified, stale, due):
        verify(policy, signer)
    change(stale, writer, "label", "market")
    let_fall_due(due)
    judge_all(ready, signer)
    change(own, admin, "evidence", "market")
    hold_policy(held, actor=signer)
    skip_policy(skipped.pk, actor=admin)
    for due_on, policy in ((None, claimed), (localdate(), ready)):
        assign_policies([policy.pk], assignee=admin, due_on=due_on, actor=signer)
    with open_door(Door.CONTENT):
        Assignment.objects.filter(policy=ready).update(due_on=localdate() - dt.timedelta(days=3))
    chinese, draft, bare = get_policy("us-irc-45q", "zh"), get_policy("no-for-2014-1517"), get_policy("bare")
    retired = get_policy("jp-act-38-2024", "zh")
    decide(retired, "retire", writer, "Replaced.")
    answer_question(ask(judged, "renamed", policy_id="another").pk, Answer.IGNORE, actor=writer)
    moved = ask(draft, "moved", title="Rules for the storage of what was caught", source="The Ministry")
    return {
        "retired": retired.pk,
        "gone": ask(bare, "gone").pk,
        "moved": moved.pk,
        "judged": judged.pk,
        "claimed": claimed.pk,
        "held": held.pk,
        "own": own.pk,
        "stale": stale.pk,
        "due": due.pk,
        "verified": verified.pk,
        "ready": ready.pk,
        "chinese": chinese.pk,
        "draft": draft.pk,
        "bare": bare.pk,
        "decision": Decision.objects.latest("pk").pk,
        "person": signer.pk,
    }


def change(policy: Policy, actor: User, name: str, key: str) -> None:
    """Edit one text of one dimension."""
    seen = get_policy(policy.policy_id).to_values()
    wanted = deepcopy(seen)
    wanted.dimensions[key].fields[name] += " Corrected."
    edit_policy(policy.pk, seen=seen, wanted=wanted, actor=actor)


@pytest.mark.parametrize("who", PAGES)
def test_nothing_is_wrong_with_a_page(
    page: Page, login: Callable[[str], User], live_server: Any, records: dict[str, int], who: str
) -> None:
    username, _comma, how = who.partition(", ")
    login(username)
    if how == "in Chinese":
        name = settings.LANGUAGE_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": "zh-hans", "url": live_server.url}])
    found = []

    for address in PAGES[who]:
        response = page.goto(f"/admin/{address.format(**records)}")
        assert response is not None
        assert (address, response.status) == (address, 200)
        open_all(page)
        found += [f"{address}: {fault}" for fault in faults(page)]

    assert found == []


def test_nothing_is_wrong_where_there_is_nothing(
    page: Page, login: Callable[[str], User], problems: list[str]
) -> None:
    found = []

    # An empty hub, and an address that leads nowhere.
    admin = login("admin")
    for address in (
        "",
        "reviews/policy/",
        "reviews/policy/queue/",
        "reviews/policy/outbox/",
        "no-such-page/",
    ):
        page.goto(f"/admin/{address}")
        found += [f"{address}: {fault}" for fault in faults(page)]
    problems.remove("console: Failed to load resource: the server responded with a status of 404 (Not Found)")

    # Who has no role yet, who just left, and who mistyped the password.
    User.objects.filter(pk=admin.pk).update(is_superuser=False)
    page.goto("/admin/")
    expect(page.get_by_text("Your account has no role yet")).to_be_visible()
    found += [f"no role: {fault}" for fault in faults(page)]
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    found += [f"logged out: {fault}" for fault in faults(page)]
    Keyboard(page).login("admin", "not it")
    expect(page.get_by_role("alert")).to_be_visible()
    found += [f"login: {fault}" for fault in faults(page)]

    assert found == []


def test_nothing_is_wrong_with_what_only_an_act_shows(
    page: Page, login: Callable[[str], User], records: dict[str, int], policy_folder: Path
) -> None:
    found: list[str] = []

    def look(state: str) -> None:
        found.extend(f"{state}: {fault}" for fault in faults(page))

    # The review page: all keys, evidence being corrected, every dimension, a save that was refused.
    login("reviewer")
    page.goto(f"/admin/reviews/policy/{records['claimed']}/review/")
    page.keyboard.press("e")
    look("correcting")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    look("help")
    page.goto(f"/admin/reviews/policy/{records['judged']}/review/")
    page.evaluate("for (const claim of document.querySelectorAll('.claim')) claim.classList.add('is-focus')")
    open_all(page)
    look("every dimension")
    change(get_policy("us-irc-45q"), User.objects.get(username="writer"), "evidence", "mrv")
    page.get_by_role("article", name="mrv").get_by_label("Rejected").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("refused")

    # Assigning, with its plan; who cannot get what is said.
    page.goto("/admin/reviews/policy/?state=in_review")
    page.locator("#action-toggle").check()
    page.get_by_role("button", name=re.compile("^Assign")).click()
    page.get_by_label("Assign to").select_option(label="Reviewers (2 reviewers)")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("region", name="Records")).to_be_visible()
    look("plan")

    # An export that holds something back.
    held = get_policy("us-cfr-40-146-h")
    decide(held, "verify", User.objects.get(username="signer"))
    (policy_folder / held.file_path).write_text("Somebody's own.\n")
    login("publisher")
    page.goto("/admin/reviews/policy/outbox/")
    page.get_by_role("button", name="Write to the files").click()
    expect(page.get_by_role("region", name="Written")).to_be_visible()
    expect(page.get_by_role("region", name="Held back")).to_be_visible()
    look("written and held back")

    assert found == []


def test_every_control_is_reached_by_tab_and_seen_at_200_percent_too(
    page: Page, login: Callable[[str], User], records: dict[str, int]
) -> None:
    login("reviewer")
    unreached = {}

    for address, size in (
        ("", ZOOMED),
        ("reviews/policy/queue/", ZOOMED),
        ("reviews/policy/{claimed}/review/", ZOOMED),
        ("reviews/policy/{judged}/review/", ZOOMED),
        ("reviews/policy/{claimed}/review/", (1280, 800)),
    ):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"/admin/{address.format(**records)}")
        if size == ZOOMED:
            open_all(page)
        page.evaluate("document.activeElement.blur()")
        unreached[address, size] = Keyboard(page).walk()

    assert not any(unreached.values()), unreached
