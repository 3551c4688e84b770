"""Runs in the admin: the list of all imports and exports. The page of one is ``run_page``, uploads are ``uploads``."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reviews.admin import run_page, uploads
from reviews.admin.decision_filters import PersonFilter, WhenFilter
from reviews.admin.decisions import ReadOnly, badge
from reviews.admin.outcomes import FIGURES, KINDS
from reviews.admin.run_frame import branch_of, heading_of, place_of, status_badge
from reviews.models import Run
from reviews.states import IMPORT

# Each module offers ``urls(model_admin)``.
PAGES = (uploads, run_page)


class RunList(ChangeList):
    """The list without the files that some runs hold; each row leads to the run's own page."""

    def get_results(self, request: HttpRequest) -> None:
        self.queryset = self.queryset.defer("upload")
        super().get_results(request)

    def url_for_result(self, result: Model) -> str:
        return reverse("admin:reviews_run_page", args=[result.pk])


@admin.register(Run)
class RunAdmin(ReadOnly):
    """Every import and export: when, what, by whom, from where or to where, and what became of the files."""

    list_display = ("at", "what", "place", "by", "became")
    list_select_related = ()  # type: ignore[assignment]  # as many as there are
    list_filter = ("kind", "status", PersonFilter, WhenFilter)
    search_fields = ("source", "actor_name")
    nothing = format_html('<span class="muted">{}</span>', ReadOnly.empty_value_display)

    def get_urls(self) -> list[URLPattern]:
        """Return the pages' addresses, and of the admin's own that of the list."""
        return [*(url for page in PAGES for url in page.urls(self)), super().get_urls()[0]]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RunList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list, with the way to upload for who may."""
        may_upload = request.user.has_perm(f"reviews.{IMPORT}")
        return super().changelist_view(request, {"may_upload": may_upload, **(extra_context or {})})

    @admin.display(description=_("when"), ordering="pk")
    def at(self, row: Any) -> str:
        return date_format(localtime(row.created_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("run"), ordering="kind")
    def what(self, run: Run) -> SafeString:
        return format_html("{} {}", heading_of(run), status_badge(run))

    @admin.display(description=_("place"))
    def place(self, run: Run) -> SafeString:
        if not (place := place_of(run)):
            return self.nothing
        language = run.options["language"]
        said = format_html('<span class="run-place" lang="{}">{}</span>', language, place)
        branch = branch_of(run)
        return format_html('{} <span class="muted run-branch">{}</span>', said, branch) if branch else said

    @admin.display(description=pgettext_lazy("whose", "by"), ordering="actor_name")
    def by(self, row: Any) -> str:
        return row.actor_name or gettext("A command")

    @admin.display(description=_("what became of the files"))
    def became(self, run: Run) -> SafeString:
        counts = run.counts
        said = [
            (badge(f"tone-{kind.tone}", f"{kind.label} {counts[key]}"),)
            for key, kind in KINDS.items()
            if counts.get(key)
        ]
        if counts.get("conflicts"):
            said.append((badge("tone-amber", f"{FIGURES['conflicts']} {counts['conflicts']}"),))
        if run.error:
            line, language = run.error.strip().split("\n")[0], run.options["language"]
            said.append((format_html('<span class="run-why" lang="{}">{}</span>', language, line),))
        return format_html_join(" ", "{}", said) or self.nothing
