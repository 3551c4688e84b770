"""Decisions and verdicts in the admin: to read, never to write."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reviews.admin.decision_filters import PersonFilter, WhenFilter
from reviews.models import Decision, Verdict


class ShortList(ChangeList):
    """The list without the texts that it does not show: those that were signed, and those of the policies."""

    def get_results(self, request: HttpRequest) -> None:
        shown = [*cast("ReadOnly", self.model_admin).columns, "policy__policy_id", "policy__language"]
        self.queryset = self.queryset.only(*shown)
        super().get_results(request)


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker alone
    """A list and its details; nobody adds, changes or deletes here, superusers included."""

    list_per_page = 50
    list_max_show_all = 0
    list_select_related = ("policy",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    actions = None
    list_display_links = ("at",)
    empty_value_display = "–"
    change_form_template = "admin/reviews/read_only.html"

    columns: tuple[str, ...]  # what the list reads of each row

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ShortList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("when"), ordering="pk")
    def at(self, row: Decision | Verdict) -> str:
        return date_format(localtime(row.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("record"), ordering="policy__policy_id")
    def record(self, row: Decision | Verdict) -> SafeString:
        return format_html('<a href="{}">{}</a>', row.policy.get_absolute_url(), row.policy)

    @admin.display(description=pgettext_lazy("whose", "by"), ordering="actor_name")
    def by(self, row: Decision | Verdict) -> str:
        return row.actor_name

    @admin.display(description=_("entry"), ordering="pk")
    def entry(self, row: Decision | Verdict) -> str:
        """Return its number: so ``verify_audit_trail`` names it, and the line of a signed file in SIGNOFFS.jsonl."""
        return f"#{row.trail_number}"

    @admin.display(description=_("four eyes"))
    def four_eyes(self, row: Decision | Verdict) -> str:
        return (
            gettext("Waived: here people may judge their own work")
            if row.is_four_eyes_waived
            else gettext("Kept")
        )


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """Every move of a record: who, when, from where to where, and why."""

    list_display = ("at", "record", "transition", "became", "by", "reason", "entry")
    columns = ("created_at", "transition", "to_state", "actor_name", "reason", "trail_number")
    list_filter = ("transition", PersonFilter, WhenFilter)
    search_fields = ("policy__policy_id", "policy__title", "actor_name", "reason")
    fieldsets = (
        (
            None,
            {"fields": ("record", "transition", "from_state", "became", "by", "at", "reason", "four_eyes")},
        ),
        (
            _("What was decided on"),
            {"fields": ("content_digest", "base_digest", "signed_text_digest", "text")},
        ),
        (_("In the audit trail"), {"fields": ("entry", "trail_hash")}),
    )

    @admin.display(description=_("became"), ordering="to_state")
    def became(self, decision: Decision) -> SafeString:
        return badge(f"state-{decision.to_state}", decision.get_to_state_display())

    @admin.display(description=_("signed text"))
    def text(self, decision: Decision) -> SafeString | str:
        if not decision.signed_text:
            return "–"
        return format_html('<pre class="signed-text" tabindex="0">{}</pre>', decision.signed_text)


@admin.register(Verdict)
class VerdictAdmin(ReadOnly):
    """What reviewers said of each dimension, with the note that they wrote."""

    list_display = ("at", "record", "dimension_key", "said", "by", "note", "entry")
    columns = ("created_at", "dimension_key", "kind", "actor_name", "note", "trail_number")
    list_filter = ("kind", PersonFilter, WhenFilter)
    search_fields = ("policy__policy_id", "policy__title", "dimension_key", "actor_name", "note")
    fieldsets = (
        (None, {"fields": ("record", "dimension_key", "said", "note", "by", "at", "four_eyes")}),
        (_("What was judged"), {"fields": ("covered_by", "content_digest")}),
        (_("In the audit trail"), {"fields": ("entry", "trail_hash")}),
    )

    @admin.display(description=_("verdict"), ordering="kind")
    def said(self, verdict: Verdict) -> SafeString:
        return badge(f"verdict-{verdict.kind}", verdict.get_kind_display())


def badge(tone: str, label: str) -> SafeString:
    """Return a badge of the theme."""
    return format_html('<span class="badge {}">{}</span>', tone, label)
