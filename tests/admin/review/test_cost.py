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

from reviews.models import Policy, Verdict
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


def test_page_with_all_that_it_loads_is_small(
    five: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(reviewer, five)

    files = set(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"', page.content.decode()))
    sizes = {name: Path(str(finders.find(name))).stat().st_size for name in files}
    scripts = sum(size for name, size in sizes.items() if name.endswith(".js"))

    assert scripts < 30_000, sizes
    assert len(page.content) + sum(sizes.values()) < 150_000, (len(page.content), sizes)
