"""Who looks at the Edit tab."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from tests.admin.edit.page import url
from tests.factories import make_user


@pytest.fixture
def open_page(client: Client) -> Callable[[User, Policy], Any]:
    """`open_page(user, policy)` signs the person in and shows the page."""

    def open_page(user: User, policy: Policy) -> Any:
        client.force_login(user)
        return client.get(url(policy))

    return open_page


@pytest.fixture
def other(db: None) -> User:
    """A second editor."""
    return make_user("other", "Olu", "Adeyemi", "Editors")


@pytest.fixture
def other_client(other: User) -> Client:
    """The second editor's browser."""
    client = Client()
    client.force_login(other)
    return client
