"""Policies in the admin: the list, who may do what, and the pages of one policy."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver

from reviews.admin import outbox, queue
from reviews.models import Policy

# Each module offers ``urls(model_admin)``.
PAGES = (queue, outbox)


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker alone
    """The list of policies; every page of one policy is a module of its own."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the pages' addresses before the admin's own, which match anything."""
        return [*(url for page in PAGES for url in page.urls(self)), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a policy, superusers included: its history stays."""
        return False
