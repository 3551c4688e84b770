"""Who looks at the History tab, and at what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from tests.factories import claim, get_policy
from tests.services.counts import edit


@pytest.fixture
def open_page(client: Client) -> Callable[..., Any]:
    """`open_page(user, address)` signs the person in and shows the page."""

    def open_page(user: User, address: str) -> Any:
        client.force_login(user)
        return client.get(address)

    return open_page


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
