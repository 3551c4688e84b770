"""What holds of every page: strangers are sent to the login, and no page asks more queries when there is more."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reviews.models import Policy
from reviews.services.commenting import add_comment
from tests.admin.html import read_text
from tests.factories import Folder, claim, decide, get_policy, judge_all, make_user, verify
from tests.services.counts import count_rows, edit

# Each page: the queries that it asks, an element of which it has one for each row, and how many at size 1 and 3.
# Every page begins with session, person, permissions (2).
PAGES: dict[str, tuple[int, str, int, int]] = {
    # records; assignments, holds, verdicts, decisions and people; weeks; what waits; languages, the map; checks;
    # overdue, due, latest; mentions
    "": (19, "decided", 3, 6),
    # the choices of country, category, language, year, assignee and holder (6), count, rows
    "reviews/policy/?q=storage+permits&standing=claimed": (12, "field-record", 3, 7),
    # counts of the parts, page, next record
    "reviews/policy/queue/": (7, "standing-claimed", 3, 7),
    # the plan, records
    "reviews/policy/outbox/": (6, "mono", 1, 3),
    # people, count, rows with their policies
    "reviews/decision/": (7, "field-at", 3, 9),
    "reviews/verdict/": (7, "field-at", 2, 18),
    "reviews/comment/": (6, "field-at", 2, 6),
    # preferences
    "preferences/": (5, "mail", 4, 4),
    # the record in all languages, dimensions, verdicts, hold, comments, findings, the texts judged before,
    # the same notes elsewhere, decisions
    "reviews/policy/{pk}/review/": (13, "claim-head", 1, 3),
    # record, dimensions, verdicts
    "reviews/policy/{pk}/change/": (7, "dimension-facts", 1, 3),
    # those of the edit page; the timeline (4), the page's versions (2), decisions, verdicts, comments; 25 entries
    "reviews/policy/{pk}/history/": (16, "moment", 8, 19),
    # those of the edit page; two versions (2 each)
    "reviews/policy/{pk}/compare/?from=1&all": (11, "side-row", 31, 41),
    # record, dimensions, verdicts, sign-off, signed text, who saw the file last
    "reviews/policy/{signed}/file/": (10, "diff-added", 3, 5),
}


def make_hub(size: int, folder: Folder, editor: User, reviewer: User) -> dict[str, Any]:
    """One record with so many claims, translations, edits, verdicts, decisions and threads; as many others."""
    analysis = {f"dimension-{n}": claim(evidence=f"Permits {n}.") for n in range(size)}
    policy = folder.import_policy(analysis=analysis)
    for language in ("zh", "fr", "pt-BR")[:size]:
        folder.import_policy(language=language, analysis=analysis)
    for number in range(size):
        edit(editor, analysis={key: value | {"score": number} for key, value in analysis.items()})
        judge_all(get_policy(), reviewer)
        decide(policy, "request_changes", reviewer, "Once more.")
        decide(policy, "submit", editor)
        question = add_comment(policy.pk, f"@reviewer, number {number}?", actor=editor)
        add_comment(policy.pk, "Yes.", actor=reviewer, thread_pk=question.pk)
        folder.import_policy(f"claimed-{number}", country=f"Country {number}")
        verify(folder.import_policy(f"signed-{number}", analysis=analysis), reviewer)
    return {"pk": policy.pk, "signed": get_policy("signed-0").pk}


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("address", PAGES)
def test_page_asks_the_same_number_of_queries_however_much_there_is(
    address: str,
    size: int,
    folder: Folder,
    editor: User,
    reviewer: User,
    client: Client,
    settings: LazySettings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    queries, element, *counts = PAGES[address]
    records = make_hub(size, folder, editor, reviewer)
    client.force_login(make_user("all", "Alva", "Rask", "Editors", "Reviewers", "Publishers"))
    place = f"/admin/{address.format(**records)}"
    client.get(place)  # content types and the like are read once
    before = count_rows()

    with django_assert_num_queries(queries):
        page = client.get(place)

    assert len(read_text(page, element)) == counts[size // 2]
    assert count_rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "address",
    [
        *PAGES,
        "reviews/policy/export/",
        "reviews/policy/outbox/write/",
        "reviews/policy/add/",
        "reviews/policy/{pk}/restore/1/",
        "auth/user/",
        "auth/group/",
        "password_change/",
    ],
)
def test_strangers_are_sent_to_the_login(address: str, method: str, imported: Policy, client: Client) -> None:
    place = f"/admin/{address.format(pk=imported.pk, signed=imported.pk)}".partition("?")[0]
    before = count_rows()

    answer = getattr(client, method)(place)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={place}")
    assert count_rows() == before
