"""Two reviewers send two whole pages, as browsers do: nothing is overwritten unseen."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from tests.admin.review.page import send
from tests.factories import get_policy


def notes() -> dict[str, str]:
    return {item.key: item.audit_note for item in get_policy().dimensions.all()}


def test_second_page_keeps_the_first_ones_note(
    client: Client,
    imported: Policy,
    reviewer: User,
    second_reviewer: User,
    open_page: Callable[[User, Policy], Any],
) -> None:
    stale = open_page(second_reviewer, imported)
    send(client, open_page(reviewer, imported), imported, **{"0_note": "Section 4 was repealed."})

    client.force_login(second_reviewer)
    response = send(client, stale, imported, **{"1_note": "Read."})

    assert response.status_code == 302
    assert notes() == {"market": "Section 4 was repealed.", "mrv": "Read."}


def test_second_page_hides_no_verdict(
    client: Client,
    imported: Policy,
    reviewer: User,
    second_reviewer: User,
    open_page: Callable[[User, Policy], Any],
) -> None:
    noted = {"0_note": "Read.", "1_note": "Read."}
    send(client, open_page(reviewer, imported), imported, **noted)
    stale = open_page(second_reviewer, imported)
    rejected = {"0_kind": "rejected"}
    send(client, open_page(reviewer, imported), imported, **rejected)

    client.force_login(second_reviewer)
    accepted = {"0_kind": "accepted", "1_kind": "accepted"}
    response = send(client, stale, imported, act="verify", **accepted)

    assert response.status_code == 200
    assert get_policy().state == "in_review"
    assert {key: verdict.kind for key, verdict in get_policy().current_verdicts().items()} == {
        "market": "rejected"
    }
