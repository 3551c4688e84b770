"""What the tests of the Edit tab share: its address, and what a browser sends from it."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from reviews.models import Policy
from tests.admin.html import read_form
from tests.factories import get_policy

ADD = "/admin/reviews/policy/add/"


def url(policy: Policy) -> str:
    return reverse("admin:reviews_policy_change", args=[policy.pk])


def typed_on(page: Any, **typed: str) -> dict[str, str]:
    """What a browser sends when this is typed on the page; `analysis_0_label` is a dimension's control."""
    posted = read_form(page, "edit")
    names = {name.replace("-", "_"): name for name in posted}
    return {name: text.replace("\n", "\r\n") for name, text in posted.items()} | {
        names.get(name, name): text for name, text in typed.items()
    }


def send(client: Client, page: Any, policy: Policy, **typed: str) -> Any:
    """Press Save on the page, with this typed into it."""
    return client.post(url(policy), typed_on(page, **typed))


def said(response: Any) -> list[str]:
    """The messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def values(policy: Policy) -> Any:
    return get_policy(policy.policy_id, policy.language).to_values()
