"""The Edit tab: what it shows, and who may use it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from tests.admin.edit.page import ADD, said, send, typed_on, url, values
from tests.admin.html import read_form, read_text
from tests.factories import Folder, claim, get_policy
from tests.services.counts import count_rows

# -- what it shows ----------------------------------------------------------------------------------------


def test_page_has_a_control_for_each_value(
    imported: Policy, editor: User, open_page: Callable[..., Any]
) -> None:
    form = read_form(open_page(editor, imported), "edit")
    rows = {name for name in form if "-new-" in name}  # in templates, from which the script makes rows

    assert rows == {
        f"{prefix}-new-{name}"
        for prefix, names in {
            "analysis": ("key", "score", "label", "evidence", "citation"),
            "regulatory": ("key", "value"),
            "impact_analysis": ("key", "value"),
        }.items()
        for name in names
    }
    assert {name: text for name, text in form.items() if text and name not in rows} == {
        "csrfmiddlewaretoken": form["csrfmiddlewaretoken"],
        "version": "1",
        "title": "Storage Act",
        "country": "Norway",
        "category": "Regulatory",
        "status": "Active",
        "legal_weight": "Primary Legislation",
        "year": "2024",
        "pub_date": "2024-05-01",
        "source": "Ministry of Energy",
        "url": "https://example.org/act",
        "author": "Gemini Intelligence",
        "description": "Rules for storage below the seabed, and who pays for what goes wrong afterwards.",
        "sectors": "storage\ntransport",
        "supersedes": "no-storage-act-1985",
        "body": "\n## What it does\n\nOpens the seabed to storage. 打开海底。\n",
        "analysis-0-key": "market",
        "analysis-0-score": "70",
        "analysis-0-label": "Open access",
        "analysis-0-evidence": "[AI-Generated] Permits are open to all who can pay for monitoring.",
        "analysis-0-citation": "Act 12 of 2024, section 4",
        "analysis-1-key": "mrv",
        "analysis-1-score": "62.5",
        "analysis-1-label": "Yearly",
        "analysis-1-evidence": "Reports are due every year.",
        "analysis-1-citation": "Act 12 of 2024, section 4",
        "analysis-2-key": "incentive",
        "analysis-3-key": "statutory",
        "analysis-4-key": "strategic",
        "analysis-5-key": "technical",
        "analysis-6-key": "liability",
        "regulatory-0-key": "co2_definition",
        "regulatory-1-key": "cross_border_rules",
        "regulatory-2-key": "financial_assurance",
        "regulatory-3-key": "liability_period",
        "regulatory-3-value": "20 years",
        "regulatory-4-key": "liability_transfer",
        "regulatory-5-key": "permitting_lead_time",
        "regulatory-6-key": "pore_space_rights",
        "impact_analysis-0-key": "economic",
        "impact_analysis-0-value": "Costs fall.",
        "impact_analysis-1-key": "environmental",
        "impact_analysis-2-key": "technical",
    }


def test_review_fields_are_shown_and_are_no_controls(
    signed: Policy, editor: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, signed)
    day = signed.last_audit_date.strftime("%-d %B %Y")

    assert read_text(page, "review-facts") == [
        f"Version 3 Reviewer Rosa Lindqvist Last audit {day} Status in the file verified Notes missing 0"
    ]
    assert read_text(page, "dimension-facts") == [
        f"Audit note Read the source on {key}. "
        f"Verdict Accepted as is, by Rosa Lindqvist on {day}. Changing the claim reopens it."
        for key in ("market", "mrv")
    ]


def test_unknown_keys_and_unreadable_values_are_shown_and_kept(
    folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(
        year="n.d.",
        analysis={"market": claim(score="high", source_rank=3), "mrv": "yearly"},
        tags=["a", {"b": 1}],
    )
    page = open_page(editor, policy)
    send(client, page, policy, title="New")

    assert read_text(page, "field-note") == [
        'year: "n.d." is no whole number; the file keeps it as it is, the field stays empty.'
    ]
    assert read_text(page, "misfits") == [
        'analysis.mrv: "yearly" is no mapping of keys to values; the file keeps it as it is, the field stays empty.'
    ]
    assert read_text(page, "dimension-facts") == [
        (
            'Unreadable score: "high" is no number; the file keeps it as it is, the field stays empty. '
            "Further key source_rank 3 Audit note –"
        )
    ]
    assert read_text(page, "kept") == ["tags - a - b: 1"]
    assert values(policy) == replace(policy.to_values(), fields=policy.to_values().fields | {"title": "New"})


def test_values_are_escaped(
    folder: Folder, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    evil = '"><script>alert(1)</script>'
    policy = folder.import_policy(
        title=evil,
        regulatory={evil: evil},
        analysis={evil: claim(auditNote=evil)},
        extra={evil: evil},
        year=evil,
    )
    page = open_page(editor, policy)
    refused = send(client, page, policy, title="", analysis_0_score=evil)

    assert (page.status_code, refused.status_code) == (200, 200)
    assert b"<script>alert" not in page.content + refused.content


# -- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "look", "save", "add", "is_form"),
    [
        ("nobody", 403, 403, 403, False),
        ("publisher", 200, 403, 403, False),
        ("reviewer", 200, 403, 403, False),
        ("editor", 200, 302, 200, True),
        ("superuser", 200, 302, 200, True),
    ],
)
def test_roles(
    role: str,
    look: int,
    save: int,
    add: int,
    is_form: bool,
    imported: Policy,
    client: Client,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(role))
    page = client.get(url(imported))
    saved = client.post(url(imported), {"version": "1", "title": "New", "reason": ""})

    assert (page.status_code, saved.status_code, client.get(ADD).status_code) == (look, save, add)
    assert bool(read_form(page, "edit")) is is_form
    assert get_policy().title == ("New" if is_form else "Storage Act")


def test_who_may_only_look_sees_the_values_as_text(
    imported: Policy, publisher: User, open_page: Callable[..., Any]
) -> None:
    page = open_page(publisher, imported)

    assert read_text(page, "value")[:6] == [
        "Storage Act",
        "Norway",
        "Regulatory",
        "Active",
        "Primary Legislation",
        "2024",
    ]
    assert b"<textarea" not in page.content
    assert read_text(page, "notice") == ["You can read this record. Changing it needs the role Editors."]


@pytest.mark.parametrize("number", ["x", "9999", "9" * 20, "9" * 5_000, "_31", "１"])
def test_record_that_is_not_there_is_not_found(
    number: str, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    assert client.get(f"/admin/reviews/policy/{number}/change/").status_code == 404


@pytest.mark.parametrize("version", ["", "0", "2", "-1", "one", "9" * 40, "9" * 5_000])
def test_page_that_names_no_version_is_refused(
    version: str, imported: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    assert client.post(url(imported), {"version": version, "title": "New"}).status_code == 400
    assert get_policy().version == 1


@pytest.mark.parametrize(
    "name",
    [
        "review_status", "state", "standing", "signoff", "signoff_id", "signed_digest", "file_status", "reviewStatus",
        "reviewer", "last_audit_date", "provenance", "policy_id", "language", "content_digest", "missing_notes",
        "edited_by", "extra", "misfits", "analysis-0-audit_note", "analysis-0-auditNote", "analysis-0-extra",
        "analysis-0-edited_by", "is_four_eyes_waived", "actor",
    ],
)  # fmt: skip
def test_crafted_fields_change_nothing(
    name: str, imported: Policy, editor: User, client: Client, open_page: Callable[..., Any]
) -> None:
    page = open_page(editor, imported)
    before = count_rows()
    response = client.post(url(imported), typed_on(page) | {name: "verified"})

    assert said(response) == ["Nothing changed, so nothing was written."]
    assert (values(imported), count_rows() - before) == (imported.to_values(), {})
