"""The admin's site: PolicyHub's name, and one front page instead of Django's lists of models."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe


class PolicyHubSite(admin.AdminSite):
    """The whole product: one site, which ``policyhub.apps`` makes Django's default."""

    site_header = "PolicyHub"
    site_title = "PolicyHub"
    index_title = _("Overview")
    site_url = None  # there is no other site to view
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the admin's addresses, a person's own preferences, and the choice of a language, open to all."""
        from reviews.admin import language, preferences  # noqa: PLC0415  # they register pages at this very site

        return [
            path("language/", language.choose, name="language"),
            path("preferences/", self.admin_view(preferences.show_preferences), name="preferences"),
            *super().get_urls(),
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Log in, in the language that the person chose once."""
        from reviews.admin import language  # noqa: PLC0415  # as above

        answer = super().login(request, extra_context)
        if request.method == "POST":
            language.bring(request, answer)
        return answer

    @method_decorator(require_safe)
    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show where the hub stands, to whoever may look at policies."""
        from reviews.admin.dashboard import describe_dashboard  # noqa: PLC0415  # as above

        may_look = request.user.has_perm("reviews.view_policy")
        shown = describe_dashboard(request) if may_look else {}
        return super().index(request, {**shown, **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page may show; the number is counted where the page asks for it."""
        from reviews.selectors.conflicts import count_open  # noqa: PLC0415  # as above

        return {**super().each_context(request), "count_open_conflicts": count_open}

    def app_index(  # type: ignore[override]  # a page there, a redirect here
        self, request: HttpRequest, app_label: str, extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the front page: which application a model belongs to concerns nobody."""
        return redirect("admin:index", permanent=True)
