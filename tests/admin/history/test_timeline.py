"""The History tab: the timeline, and who may look."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from reviews.services.editing import edit_policy
from reviews.services.workflow import judge_dimensions
from reviews.states import VerdictKind
from tests.admin.history.page import url
from tests.admin.html import read_text
from tests.factories import Folder, claim, decide, get_policy, judge_all, judgement, verify
from tests.services.counts import count_rows, edit

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
