"""The History tab: the timeline, two versions side by side, and bringing one back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reviews.models import Decision, Policy
from reviews.services.editing import edit_policy
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.admin.html import read_form, read_text
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, verify
from tests.services.counts import count_rows, edit

# Session, person, permissions (2), record, dimensions, their authors, verdicts, their authors;
# the timeline (3), the page's versions (2), decisions, verdicts.
HISTORY_QUERIES = 16
# As above up to the verdicts' authors; then two versions (2 each).
COMPARE_QUERIES = 13


def url(policy: Policy, page: str = "history", *args: Any) -> str:
    return reverse(f"admin:reviews_policy_{page}", args=[policy.pk, *args])


@pytest.fixture
def open_page(client: Client) -> Callable[..., Any]:
    """`open_page(user, address)` signs the person in and shows the page."""

    def open_page(user: User, address: str) -> Any:
        client.force_login(user)
        return client.get(address)

    return open_page


def said(response: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- the timeline -----------------------------------------------------------------------------------------


def test_history_tells_who_when_why_and_what(
    imported: Policy, editor: User, reviewer: User, publisher: User, open_page: Callable[..., Any]
) -> None:
    judge_dimensions(
        imported.pk,
        [judgement(imported, "market", "Not in section 4.", VerdictKind.REJECTED)],
        actor=reviewer,
    )
    decide(imported, "request_changes", reviewer, "Name the section.")
    edit(
        editor,
        year=2025,
        analysis={
            "market": claim(evidence="Permits are open to those who pay."),
            "equity": claim(label="New"),
        },
    )
    policy = get_policy()
    page = open_page(publisher, url(policy))
    day = f"{policy.updated_at:%-d %B %Y, %H:%M}"

    assert read_text(page, "lede") == [
        "All that happened to this record, newest first: 5 entries, 4 versions."
    ]
    assert read_text(page, "moment") == [
        (
            f"Edited Elena Ortiz, {day} Version 4 Compare with previous of version 4 "
            "Year 20242025 "
            "market Evidence [AI-Generated] Permits are open to allthose who can pay for monitoringpay. "
            "mrv Dimension removed Score 62.5 Label Yearly Evidence Reports are due every year. "
            "Citation Act 12 of 2024, section 4 "
            "equity Dimension added Score 70 Label New "
            "Evidence [AI-Generated] Permits are open to all who can pay for monitoring. "
            "Citation Act 12 of 2024, section 4"
        ),
        (
            f"Request changes In review →to Changes requested Rosa Lindqvist, {day} "
            "Version 3 Compare with previous of version 3 Name the section."
        ),
        (
            f"Audit note: market Rosa Lindqvist, {day} Version 2 Compare with previous of version 2 "
            "market Audit note Not in section 4."
        ),
        f"Verdict Rosa Lindqvist, {day} market Rejected Not in section 4.",
        read_text(page, "moment")[4],
    ]
    assert read_text(page, "moment")[4].startswith(
        f"Imported from policies/en/no-storage-act.md PolicyHub, {day} Version 1 What it came with Title Storage Act"
    )
    assert b"<del>2024</del><ins>2025</ins>" in page.content


def test_verdicts_of_one_go_stand_together(
    imported: Policy, reviewer: User, open_page: Callable[..., Any]
) -> None:
    judge_all(imported, reviewer)

    assert read_text(open_page(reviewer, url(imported)), "moment")[1].startswith(
        "2 verdicts Rosa Lindqvist, "
    )


def test_waived_four_eyes_are_told(
    imported: Policy, superuser: User, settings: LazySettings, open_page: Callable[..., Any]
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    edit(superuser, analysis={"market": claim(label="Mine")})
    verify(get_policy(), superuser)
    page = open_page(superuser, url(imported))

    assert read_text(page, "notice-warning") == [
        "Four eyes waived: Ada Okafor also last changed this record, and the setting for one-person teams allowed it."
    ]
    assert read_text(page, "verdict-list") == [
        (
            "market Accepted as is Four eyes waived Read the source on market. "
            "Ada Okafor also last changed this claim; the setting for one-person teams allowed the verdict."
        )
    ]


def test_verdict_by_a_translation_is_told(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    english = folder.import_policy(analysis={"market": claim()})
    chinese = folder.import_policy(language="zh", analysis={"market": claim()})
    judge_dimensions(
        english.pk, [judgement(english, "market", "Read.", is_covering_translations=True)], actor=reviewer
    )
    page = open_page(reviewer, url(chinese))

    assert read_text(page, "verdict-list") == [
        "market Accepted as is Read. Covered by the verdict on the very same claim in no-storage-act (en)."
    ]
    assert f'<a href="{url(english)}">'.encode() in page.content


def test_history_is_shown_in_pages(imported: Policy, editor: User, open_page: Callable[..., Any]) -> None:
    for number in range(30):
        edit(editor, year=1990 + number)
    first, second = open_page(editor, url(imported)), open_page(editor, f"{url(imported)}?page=2")

    assert [len(read_text(page, "moment")) for page in (first, second)] == [25, 6]
    assert "Year 20181993" not in first.content.decode()
    assert read_text(second, "moment")[0].endswith("Year 19931994")
    assert read_text(second, "moment")[-1].startswith("Imported from")


def test_values_are_escaped(
    folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    evil = '"><script>alert(1)</script>'
    policy = folder.import_policy(title="x", analysis={"market": claim()})
    seen = policy.to_values()
    wanted = replace(
        seen, fields=seen.fields | {"title": evil, "sectors": [evil], "regulatory": {evil: evil}}, body=evil
    )
    edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor, reason=evil)
    pages = [
        open_page(editor, url(policy)),
        client.get(f"{url(policy, 'compare')}?from=1&to=2&all"),
        client.get(url(policy, "restore", 1)),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all(b"<script>alert" not in page.content for page in pages)


# -- who may ----------------------------------------------------------------------------------------------

ROLES = ("nobody", "publisher", "reviewer", "editor", "superuser")


@pytest.mark.parametrize(
    ("role", "look", "compare", "restore", "restored"),
    [
        ("nobody", 403, 403, 403, 403),
        ("publisher", 200, 200, 403, 403),
        ("reviewer", 200, 200, 403, 403),
        ("editor", 200, 200, 200, 302),
        ("superuser", 200, 200, 200, 302),
    ],
)
def test_roles(
    role: str,
    look: int,
    compare: int,
    restore: int,
    restored: int,
    imported: Policy,
    editor: User,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    edit(editor, title="Act")
    client.force_login(request.getfixturevalue(role))
    page = client.get(url(imported))

    assert (page.status_code, client.get(url(imported, "compare")).status_code) == (look, compare)
    assert client.get(url(imported, "restore", 1)).status_code == restore
    assert client.post(url(imported, "restore", 1), {"version": "2", "reason": ""}).status_code == restored
    assert get_policy().title == ("Storage Act" if restored == 302 else "Act")
    assert (url(imported, "restore", 1).encode() in page.content) is (restore == 200)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("page", ["history", "compare"])
def test_nothing_can_be_posted_to_the_history(
    page: str,
    method: str,
    role: str,
    imported: Policy,
    editor: User,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    edit(editor, title="Act")
    client.force_login(request.getfixturevalue(role))
    before = count_rows()
    response = getattr(client, method)(
        url(imported, page), {"title": "Storage Act", "review_status": "verified"}
    )

    assert (response.status_code, count_rows() - before) == (405, {})
    assert (get_policy().title, get_policy().state) == ("Act", "in_review")


@pytest.mark.parametrize("role", ROLES)
def test_simple_history_has_no_door(
    role: str, imported: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(role))
    row = imported.history.get()
    address = f"{url(imported)}{row.history_id}/"

    assert [client.get(address).status_code, client.post(address, {"title": "Crafted"}).status_code] == [
        404,
        404,
    ]
    assert (get_policy().title, get_policy().version) == ("Storage Act", 1)


# -- comparing --------------------------------------------------------------------------------------------


@pytest.fixture
def edited(imported: Policy, editor: User) -> Policy:
    """`imported` after two edits: sectors and a dimension out; a mapping's new key and a dimension in."""
    edit(editor, sectors=["storage", "use"], analysis={"market": claim()})
    edit(
        editor,
        sectors=["storage", "use"],
        regulatory={"liability_period": "30 years", "pore_space_rights": "", "fee": "1 EUR"},
        analysis={"market": claim(), "equity": claim(score=None, evidence="", citation="")},
    )
    return get_policy()


def test_comparison_shows_what_differs_side_by_side(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(edited, 'compare')}?from=1&to=3")

    assert read_text(page, "side-head")[0].startswith("Version 1 PolicyHub, ")
    assert read_text(page, "side-head")[1].startswith("Version 3 Now Elena Ortiz, ")
    assert read_text(page, "side-row") == [
        "Sectors Version 1 storage transport Version 3 storage use",
        "Regulatory · liability_period Version 120 years Version 330 years",
        "Regulatory · fee Version 1Not there Version 31 EUR",
        "Score Version 162.5 Version 3Not there",
        "Label Version 1Yearly Version 3Not there",
        "Evidence Version 1Reports are due every year. Version 3Not there",
        "Citation Version 1Act 12 of 2024, section 4 Version 3Not there",
        "Label Version 1Not there Version 3Open access",
    ]
    assert read_text(page, "side-dimension") == ["mrv Dimension removed", "equity Dimension added"]


def test_comparison_shows_all_values_where_it_is_asked_to(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(edited, 'compare')}?from=1&to=3&all")

    assert read_text(page, "side-row")[:2] == [
        "Title Version 1Storage Act Version 3Storage Act",
        "Country Version 1Norway Version 3Norway",
    ]
    assert len(read_text(page, "is-same")) == 29


def test_comparison_takes_the_newest_two_versions_by_itself(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, url(edited, "compare"))

    assert [text[:9] for text in read_text(page, "side-head")] == ["Version 2", "Version 3"]


def test_versions_can_be_compared_the_other_way_round(
    edited: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(edited, 'compare')}?from=3&to=1")

    assert read_text(page, "side-row")[0] == "Sectors Version 3 storage use Version 1 storage transport"
    assert read_text(page, "side-dimension") == ["equity Dimension removed", "mrv Dimension added"]


def test_versions_that_say_the_same_are_told_so(
    signed: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, f"{url(signed, 'compare')}?from=2&to=2")

    assert read_text(page, "empty-title") == ["No value differs"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "from=1&to=9",
            "Nothing to compare: no-storage-act (en) has no version 9. Choose two versions of the list.",
        ),
        (
            "from=0&to=1",
            "Nothing to compare: no-storage-act (en) has no version 0. Choose two versions of the list.",
        ),
        ("from=x&to=1", "Nothing to compare: “x” is no version. Choose two versions of the list."),
        ("from=1&to=-1", "Nothing to compare: “-1” is no version. Choose two versions of the list."),
    ],
)
def test_versions_that_are_not_there_are_named(
    query: str, message: str, imported: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    response = open_page(publisher, f"{url(imported, 'compare')}?{query}")

    assert (response.status_code, response.headers["Location"], said(response)) == (
        302,
        url(imported),
        [message],
    )


# -- restoring --------------------------------------------------------------------------------------------


def restore(client: Client, page: Any, policy: Policy, version: int, reason: str = "") -> Any:
    return client.post(url(policy, "restore", version), read_form(page, "restore") | {"reason": reason})


def test_restoring_shows_what_it_does_and_does_it(
    edited: Policy, superuser: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(superuser, url(edited, "restore", 1))
    response = restore(client, page, edited, 1, " Wrong record ")
    policy = get_policy()
    history = policy.history.latest("version")

    assert read_text(page, "change-dimension") == ["equity Dimension removed", "mrv Dimension added"]
    assert (response.headers["Location"], said(response)) == (
        url(edited),
        ["Version 1 is back, as version 4."],
    )
    assert (policy.sectors, list(policy.to_values().dimensions)) == (
        ["storage", "transport"],
        ["market", "mrv"],
    )
    assert (history.history_user, history.history_change_reason) == (
        superuser,
        "Restored version 1: Wrong record",
    )


def test_restoring_an_older_version_reopens_a_verified_record(
    imported: Policy, editor: User, reviewer: User, client: Client, open_page: Callable[..., Any]
) -> None:
    edit(editor, title="Act")
    verify(imported, reviewer)
    page = open_page(editor, url(imported, "restore", 1))
    restore(client, page, imported, 1)

    assert "The record is verified; restoring reopens its review." in read_text(page, "restore")[0]
    assert (get_policy().standing, get_policy().title) == ("stale", "Storage Act")


def test_restoring_the_signed_version_makes_its_sign_off_count_again(
    signed: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    edit(editor, title="Act")
    restore(client, open_page(editor, url(signed, "restore", 3)), signed, 3)

    assert (get_policy().standing, Decision.objects.count()) == ("verified", 1)


def test_restoring_what_stands_there_has_nothing_to_do(
    edited: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, url(edited, "restore", 3))
    before = count_rows()
    response = client.post(url(edited, "restore", 3), {"version": "3", "reason": ""})

    assert read_form(page, "restore") == {}
    assert "there is nothing to restore" in read_text(page, "restore")[0]
    assert said(response) == ["Nothing changed: version 3 says what stands there now."]
    assert count_rows() - before == {}


def test_record_that_changed_meanwhile_is_asked_for_again(
    edited: Policy, editor: User, superuser: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, url(edited, "restore", 1))
    edit(superuser, title="Act")
    again = restore(client, page, edited, 1, "Mine")

    assert read_text(again, "messagelist") == [
        "The record changed meanwhile: this is what restoring does now."
    ]
    assert (get_policy().title, read_form(again, "restore")["reason"]) == ("Act", "Mine")
    assert said(restore(client, again, edited, 1)) == ["Version 1 is back, as version 5."]


@pytest.mark.parametrize("version", [0, 9, 10**30])
def test_version_that_is_not_there_cannot_be_restored(
    version: int, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    assert client.get(url(imported, "restore", version)).status_code == 404
    assert client.post(url(imported, "restore", version), {"version": "1"}).status_code == 404


# -- cost -------------------------------------------------------------------------------------------------


def test_query_counts_are_the_same_at_one_and_at_three_revisions(
    folder: Folder,
    editor: User,
    reviewer: User,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for policy_id, keys in (("one", ("market",)), ("three", ("market", "mrv", "liability"))):
        policy = folder.import_policy(policy_id, analysis={key: claim() for key in keys})
        for key in keys:
            seen = get_policy(policy_id).to_values()
            labelled = replace(seen.dimensions[key], fields=seen.dimensions[key].fields | {"label": "L"})
            wanted = replace(seen, dimensions={**seen.dimensions, key: labelled})
            edit_policy(policy.pk, seen=seen, wanted=wanted, actor=editor)
        judge_all(policy, reviewer)
        for _ in keys:
            decide(policy, "request_changes", reviewer, "Again.")
            decide(policy, "submit", editor)
    client.force_login(editor)

    for policy_id, rows in (("one", 1), ("three", 3)):
        policy = get_policy(policy_id)
        assert (policy.verdicts.count(), policy.decisions.count(), policy.version) == (
            rows,
            2 * rows,
            2 + 3 * rows,
        )
        with django_assert_num_queries(HISTORY_QUERIES):
            client.get(url(policy))
        with django_assert_num_queries(COMPARE_QUERIES):
            client.get(f"{url(policy, 'compare')}?from=1&to={policy.version}&all")
