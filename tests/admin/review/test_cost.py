"""The Review page: how many queries a press of its buttons costs, and how much a browser has to load."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.models import Hold, Policy, Verdict
from reviews.services.assigning import assign_policies
from reviews.services.queueing import skip_policy
from tests.admin.review.page import send
from tests.factories import Folder, claim, get_policy

DIMENSIONS = ("incentive", "statutory", "market", "strategic", "mrv")
EVIDENCE = (
    "The credit is $85 per metric ton since 2026, paid for twelve years after the equipment enters service."
)


@pytest.fixture
def five(db: None, folder: Folder) -> Policy:
    """A record as most are: five claims, and a translation. Another one waits."""
    analysis = {key: claim(evidence=f"{EVIDENCE} {key}.") for key in DIMENSIONS}
    folder.import_policy("another", analysis=analysis)
    folder.import_policy("five", language="zh", analysis=analysis)
    return folder.import_policy("five", analysis=analysis)


@pytest.mark.parametrize("act", ["verify", "request_changes"])
def test_decision_with_five_judged_dimensions_asks_at_most_25_queries(
    client: Client, five: Policy, reviewer: User, open_page: Callable[..., Any], act: str
) -> None:
    page = open_page(reviewer, five)
    typed = {f"{n}_note": f"Read paragraph {n}; the figure agrees." for n in range(5)}
    typed |= {f"{n}_kind": "accepted" for n in range(5)} | {"reason": "Too vague."}

    with CaptureQueriesContext(connection) as queries:
        response = send(client, page, five, act, **typed)

    assert response.status_code == 302
    policy = get_policy("five")
    assert (Verdict.objects.count(), policy.missing_notes) == (5, 0)
    assert policy.state == {"verify": "verified", "request_changes": "changes_requested"}[act]
    assert len(queries) <= 25, [query["sql"][:80] for query in queries]


@pytest.mark.parametrize(
    ("act", "covers", "most"),
    [
        ("verify", False, 25),
        ("request_changes", False, 25),
        ("abstain", False, 25),
        ("save_next", False, 25),
        ("verify", True, 34),  # of one translation, five verdicts
    ],
)
def test_decision_asks_little_where_all_comes_together(
    client: Client,
    folder: Folder,
    five: Policy,
    reviewer: User,
    second_reviewer: User,
    superuser: User,
    open_page: Callable[..., Any],
    act: str,
    covers: bool,
    most: int,
) -> None:
    """Assigned, held, skipped by two, and a note that is one of many from now on; the next record is held."""
    for number in range(4):
        repeated = {key: claim(evidence=f"{EVIDENCE} {key}.", auditNote="Read.") for key in DIMENSIONS}
        folder.import_policy(f"repeats-{number}", title=f"Act {number}", analysis=repeated)
    for person in (reviewer, second_reviewer):
        skip_policy(five.pk, actor=person)
    assign_policies([five.pk], assignee=reviewer, actor=superuser)
    page = open_page(reviewer, five)
    typed = {f"{n}_note": f"Read paragraph {n}; the figure agrees." for n in range(5)} | {"0_note": "Read."}
    typed |= {f"{n}_kind": "accepted" for n in range(5)} | {"reason": "Too vague."}
    typed |= {f"{n}_covers": "on" for n in range(5)} if covers else {}

    with CaptureQueriesContext(connection) as queries:
        response = send(client, page, five, act, **typed)

    assert (response.status_code, Verdict.objects.count()) == (302, 10 if covers else 5)
    assert Hold.objects.get().policy_id != five.pk  # of the next record
    # What begins and ends a transaction asks nothing.
    asked = [item["sql"][:160] for item in queries if not item["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= most, "\n".join(asked)


def test_refused_decision_asks_for_little_beside_the_page_that_says_so(
    client: Client, five: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    """Notes and verdicts go in once: they are not written, taken back and written again."""
    page = open_page(reviewer, five)
    typed = {f"{n}_note": f"Read paragraph {n}; the figure agrees." for n in range(5)}
    typed |= {f"{n}_kind": "accepted" for n in range(4)}

    with CaptureQueriesContext(connection) as queries:
        response = send(client, page, five, "verify", **typed)

    assert (response.status_code, Verdict.objects.count(), get_policy("five").state) == (200, 4, "in_review")
    written = [item["sql"].split("(")[0] for item in queries if item["sql"].startswith(("INSERT", "UPDATE"))]
    assert sorted(name.split('"')[1] for name in written) == [
        "reviews_dimensionanalysis", "reviews_historicaldimensionanalysis", "reviews_historicalpolicy",
        "reviews_hold", "reviews_policy", "reviews_trailhead", "reviews_verdict",
    ]  # fmt: skip
    assert len(queries) <= 30, "\n".join(item["sql"][:160] for item in queries)


def test_page_with_all_that_it_loads_is_small(
    five: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, five)

    files = set(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"', page.content.decode()))
    sizes = {name: Path(str(finders.find(name))).stat().st_size for name in files}
    scripts = sum(size for name, size in sizes.items() if name.endswith(".js"))

    assert scripts < 30_000, sizes
    assert len(page.content) + sum(sizes.values()) < 150_000, (len(page.content), sizes)
