"""What the tests of the Review tab share: its address, and what a browser sends from it."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from reviews.models import Policy
from tests.admin.html import read_form


def url(policy: Policy) -> str:
    return reverse("admin:reviews_policy_review", args=[policy.pk])


def send(client: Client, page: Any, policy: Policy, act: str = "save", **typed: str) -> Any:
    """Press a button on the page as it stands, with this typed into fields; `n_note` is the field of claim n."""
    fields = {name.replace("_", "-", 1) if name[0].isdigit() else name: text for name, text in typed.items()}
    return client.post(url(policy), {**read_form(page, "review"), **fields, "act": act})


def said(response: Any) -> list[str]:
    """The messages that the next page shows, links and all."""
    return [str(message) for message in get_messages(response.wsgi_request)]
