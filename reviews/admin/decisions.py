"""Decisions and verdicts in the admin: to read, never to write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from reviews.models import Decision, Verdict


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker alone
    """A list and its details; nobody adds, changes or deletes here, superusers included."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """Every move of a record: who, when, from where to where, and why."""

    list_display = ("created_at", "policy", "transition", "from_state", "to_state", "actor_name", "reason")
    list_filter = ("transition", "created_at")
    search_fields = ("policy__policy_id", "policy__title", "actor_name", "reason")
    list_select_related = ("policy",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        return super().get_queryset(request)


@admin.register(Verdict)
class VerdictAdmin(ReadOnly):
    """What reviewers said of each dimension, with the note that they wrote."""

    list_display = ("created_at", "policy", "dimension_key", "kind", "actor_name", "note")
    list_filter = ("kind", "created_at")
    search_fields = ("policy__policy_id", "policy__title", "dimension_key", "actor_name", "note")
    list_select_related = ("policy",)
    ordering = ("-pk",)
