"""The outbox: what of a selection goes out, why each of the others stays, and the ZIP of what was signed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from reviews.models import Policy
from reviews.selectors.outgoing import outgoing
from reviews.services.exporting import path_of, zip_policies
from reviews.states import EXPORT

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

_SELECTION = re.compile(r"\d{1,18}(,\d{1,18})*", re.ASCII)
SHOWN = 1000  # rows of each table; more are counted, not listed


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the page's addresses."""

    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return download(request)
        return show_outbox(model_admin, request, Policy.objects.all())

    return [path("outbox/", model_admin.admin_site.admin_view(view), name="reviews_policy_outbox")]


def show_outbox(
    model_admin: PolicyAdmin, request: HttpRequest, policies: QuerySet[Policy], *, selection: str = ""
) -> TemplateResponse:
    """Show what goes out and what does not. An empty ``selection`` means all policies."""
    _require(request)
    items = list(outgoing(policies))
    signed = [item for item in items if item.is_signed]
    held = [item for item in items if not item.is_signed]
    return TemplateResponse(
        request,
        "admin/reviews/policy/outbox.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "title": "Export the selection" if selection else "Export",
            "signed": [(item, path_of(item)) for item in signed[:SHOWN]],
            "held": held[:SHOWN],
            "signed_count": len(signed),
            "held_count": len(held),
            "shown": SHOWN,
            "selection": selection,
        },
    )


def download(request: HttpRequest) -> HttpResponse:
    """Return the ZIP of the signed texts among the policies that the form names. Raises ``BadRequest``."""
    _require(request)
    archive, _ = zip_policies(_selected(request.POST.get("selection", "")), actor=cast("User", request.user))
    name = f"policies-{timezone.localdate().isoformat()}.zip"
    return HttpResponse(
        archive,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def selection_of(policies: QuerySet[Policy]) -> str:
    """Return the policies as one form field holds them, because a form may hold no more than 1,000 fields."""
    return ",".join(str(pk) for pk in policies.values_list("pk", flat=True))


def _selected(selection: str) -> QuerySet[Policy]:
    if not selection:
        return Policy.objects.all()
    if not _SELECTION.fullmatch(selection):
        raise BadRequest("The selection is no list of policies: go back and select them again.")
    return Policy.objects.filter(pk__in=selection.split(","))


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(f"reviews.{EXPORT}"):
        raise PermissionDenied
