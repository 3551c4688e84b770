"""What the tests of the History tab share: its addresses, and what it says."""

from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse

from reviews.models import Policy


def url(policy: Policy, page: str = "history", *args: Any) -> str:
    return reverse(f"admin:reviews_policy_{page}", args=[policy.pk, *args])


def said(response: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]
