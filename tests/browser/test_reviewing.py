"""Ten records in a row by keyboard, with 5,000 in the hub; and what the review page weighs."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from reviews.models import Decision, Verdict
from reviews.selectors.queue import next_to_review
from reviews.services.importing import import_policies
from tests.browser.reviewing import DIMENSIONS, review_records, weigh, write_policies
from tests.factories import Folder, get_policy


def count_queries(reviewer: User) -> dict[str, int]:
    """What the pages on the way ask the database."""
    client = Client()
    client.force_login(reviewer)
    counts = {}
    for address in ("", "reviews/policy/queue/", f"reviews/policy/{get_policy('policy-00003').pk}/review/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/{address}").status_code == 200
        counts[address] = len(queries)
    return counts


def test_ten_records_take_two_keys_a_dimension_and_one_each(
    page: Page, login: Callable[[str], User], folder: Folder
) -> None:
    reviewer = login("reviewer")
    queries = []
    for number in (10, 5000):
        write_policies(folder.root, number)
        assert not import_policies([folder.root], actor=None, root=folder.root).refused
        queries.append(count_queries(reviewer))

    done = review_records(page, 10)

    assert queries[0] == queries[1]
    # Each verdict is given by its number, each note is left by Ctrl+Enter, the last one by the key that signs.
    assert done.keys == (("1", "Enter") * len(DIMENSIONS),) * 10
    assert Decision.objects.filter(transition="verify", actor=reviewer).count() == 10
    assert (
        list(Verdict.objects.order_by("pk").values_list("dimension_key", "kind", "note"))
        == [(key, "accepted", f"Read the act on {key}: section and figures agree.") for key in DIMENSIONS]
        * 10
    )
    print(
        f"\nFrom save and next to ready: median {done.median:.0f} ms, 95th percentile {done.percentile_95:.0f} ms"
    )


def test_review_page_is_light(
    page: Page, login: Callable[[str], User], folder: Folder, browser: Browser, live_server: LiveServer
) -> None:
    write_policies(folder.root, 2)
    import_policies([folder.root], actor=None, root=folder.root)
    policy = next_to_review(login("reviewer"))
    assert policy
    state = page.context.storage_state()
    with browser.new_context(base_url=live_server.url, storage_state=state) as fresh:  # nothing in its cache
        weights = weigh(fresh.new_page(), f"/admin/reviews/policy/{policy.pk}/review/")

    assert set(weights) == {".html", ".css", ".js", ".svg"}
    assert weights[".js"] < 30_000
    assert weights.total() < 150_000
