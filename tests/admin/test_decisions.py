"""Decisions and verdicts: everybody with a role reads them, nobody writes them, not even a superuser."""

from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.test import Client

from reviews.models import Decision, Policy, Verdict
from tests.admin.html import read_text
from tests.factories import decide, verify
from tests.services.counts import count_rows, edit

DECISIONS = "/admin/reviews/decision/"
VERDICTS = "/admin/reviews/verdict/"


@pytest.fixture
def sent_back(signed: Policy, reviewer: User) -> Policy:
    """A record that was verified, and then sent back."""
    decide(signed, "request_changes", reviewer, "The act was amended.")
    return signed


def test_decisions_are_listed_newest_first(sent_back: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)

    page = client.get(DECISIONS)

    columns = ("record", "transition", "became", "by", "reason", "entry")
    cells = [read_text(page, f"field-{column}") for column in columns]
    assert list(zip(*cells, strict=True)) == [
        (
            "no-storage-act (en)",
            "Request changes",
            "Changes requested",
            "Rosa Lindqvist",
            "The act was amended.",
            "#4",
        ),
        ("no-storage-act (en)", "Verify", "Verified", "Rosa Lindqvist", "–", "#3"),
    ]


def test_decision_shows_the_text_that_was_signed(signed: Policy, publisher: User, client: Client) -> None:
    client.force_login(publisher)
    decision = Decision.objects.get()

    page = client.get(f"{DECISIONS}{decision.pk}/change/")

    assert [text.split() for text in read_text(page, "signed-text")] == [decision.signed_text.split()]
    assert read_text(page, "field-four_eyes") == ["Four eyes: Kept"]
    assert read_text(page, "field-entry") == ["Entry: #3"]
    assert read_text(page, "field-trail_hash") == [f"Hash in the audit trail: {decision.trail_hash}"]


def test_waived_four_eyes_are_named(
    imported: Policy, editor: User, client: Client, settings: LazySettings
) -> None:
    settings.POLICYHUB_FOUR_EYES = False
    editor.groups.add(Group.objects.get(name="Reviewers"))
    edit(editor, country="Sweden")
    decision = verify(imported, editor)
    client.force_login(editor)

    page = client.get(f"{DECISIONS}{decision.pk}/change/")

    assert read_text(page, "field-four_eyes") == ["Four eyes: Waived: here people may judge their own work"]


def test_verdicts_are_listed_with_their_notes(signed: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)

    page = client.get(VERDICTS)

    columns = ("record", "dimension_key", "said", "by", "note", "entry")
    cells = [read_text(page, f"field-{column}") for column in columns]
    assert list(zip(*cells, strict=True)) == [
        ("no-storage-act (en)", "mrv", "Accepted as is", "Rosa Lindqvist", "Read the source on mrv.", "#2"),
        (
            "no-storage-act (en)",
            "market",
            "Accepted as is",
            "Rosa Lindqvist",
            "Read the source on market.",
            "#1",
        ),
    ]


def test_lists_read_no_long_text(signed: Policy, editor: User, client: Client) -> None:
    client.force_login(editor)

    for where in (DECISIONS, VERDICTS):
        row = client.get(where).context["cl"].result_list[0]
        assert ("signed_text" in vars(row), "content_digest" in vars(row)) == (False, False)
        read = {field.attname for field in Policy._meta.concrete_fields} & set(vars(row.policy))
        assert read == {"id", "policy_id", "language"}


@pytest.mark.parametrize("page", ["change", "file", "history"])
def test_pages_of_a_signed_record_do_not_read_what_was_signed(
    page: str, signed: Policy, editor: User, client: Client
) -> None:
    client.force_login(editor)

    shown = client.get(f"/admin/reviews/policy/{signed.pk}/{page}/").context["policy"]

    assert "actor_name" in vars(shown.signoff)
    assert "signed_text" not in vars(shown.signoff)


@pytest.mark.parametrize("where", [DECISIONS, VERDICTS])
def test_lists_tell_the_time_of_the_place(
    where: str, signed: Policy, editor: User, client: Client, settings: LazySettings
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    client.force_login(editor)
    kind = Decision if where == DECISIONS else Verdict
    shanghai = ZoneInfo("Asia/Shanghai")

    assert read_text(client.get(where), "field-at") == [
        f"{row.created_at.astimezone(shanghai):%-d %b %Y, %H:%M}" for row in kind.objects.order_by("-pk")
    ]


@pytest.mark.parametrize("where", [DECISIONS, VERDICTS])
@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 200), ("reviewer", 200), ("publisher", 200), ("superuser", 200), ("nobody", 403)],
)
def test_decisions_and_verdicts_are_for_who_has_a_role(
    where: str, who: str, status: int, signed: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    pk = (Decision if where == DECISIONS else Verdict).objects.latest("pk").pk
    client.force_login(request.getfixturevalue(who))

    assert client.get(where).status_code == status
    assert client.get(f"{where}{pk}/change/").status_code == status


@pytest.mark.parametrize("where", [DECISIONS, VERDICTS])
@pytest.mark.parametrize("who", ["editor", "reviewer", "publisher", "superuser"])
def test_nobody_writes_decisions_and_verdicts(
    where: str, who: str, signed: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    pk = (Decision if where == DECISIONS else Verdict).objects.latest("pk").pk
    client.force_login(request.getfixturevalue(who))
    before = count_rows()

    answers = [
        client.get(f"{where}add/"),
        client.post(f"{where}add/", {"policy": signed.pk, "transition": "verify"}),
        client.post(f"{where}{pk}/change/", {"reason": "Mine.", "note": "Mine.", "kind": "rejected"}),
        client.post(f"{where}{pk}/delete/", {"post": "yes"}),
    ]
    client.post(where, {"action": "delete_selected", "_selected_action": pk, "post": "yes"})

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert count_rows() == before
    assert Verdict.objects.filter(note="Mine.").count() == 0
