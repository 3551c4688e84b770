"""Who looks at the Review tab."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.models import Policy
from tests.admin.review.page import url


@pytest.fixture
def open_page(client: Client) -> Callable[[User, Policy], Any]:
    """`open_page(user, policy)` signs the person in and shows the page."""

    def open_page(user: User, policy: Policy) -> Any:
        client.force_login(user)
        return client.get(url(policy))

    return open_page
