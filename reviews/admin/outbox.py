"""The outbox: what of a selection goes out, why each of the others stays, and the two ways out: files and ZIP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reviews.admin.selection import read_selection
from reviews.models import Policy
from reviews.selectors.outgoing import Outgoing, outgoing
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportedFile, ExportOutcome
from reviews.services.export_runs import begin_export
from reviews.services.zipping import plan_zip, zip_policies
from reviews.states import EXPORT
from reviews.tasks import run_export

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

SHOWN = 1000  # rows of each table; more are counted, not listed


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the pages' addresses."""
    wrap = model_admin.admin_site.admin_view

    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return download(request)
        return show_outbox(model_admin, request, Policy.objects.all())

    @require_http_methods(["GET", "HEAD", "POST"])
    def write(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return write_files(request)
        return _back()  # as after a login, which sends nothing again

    return [
        path("outbox/", wrap(view), name="reviews_policy_outbox"),
        path("outbox/write/", wrap(write), name="reviews_policy_write"),
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table, and what becomes of it."""

    item: Outgoing
    file: ExportedFile


def show_outbox(
    model_admin: PolicyAdmin, request: HttpRequest, policies: QuerySet[Policy], *, selection: str = ""
) -> TemplateResponse:
    """Show what goes out and what does not. An empty ``selection`` means all policies."""
    _require(request)
    rows = _rows(policies, plan_zip(policies).files)
    goes = [row for row in rows if row.file.outcome is ExportOutcome.WRITTEN]
    stays = [row for row in rows if row.file.outcome is not ExportOutcome.WRITTEN]
    return TemplateResponse(
        request,
        "admin/reviews/policy/outbox.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "title": _("Export the selection") if selection else _("Export"),
            "goes": goes[:SHOWN],
            "stays": stays[:SHOWN],
            "goes_count": len(goes),
            "stays_count": len(stays),
            "is_any_signed": any(row.item.is_signed for row in rows),
            "shown": SHOWN,
            "selection": selection,
        },
    )


def download(request: HttpRequest) -> HttpResponse:
    """Return the ZIP of the signed texts among the policies that the form names; its page says what stays out.

    Raises ``BadRequest``.
    """
    _require(request)
    policies = _selected(request.POST.get("selection", ""))
    try:
        archive, _ = zip_policies(policies, actor=cast("User", request.user))
    except RefusedError as error:
        messages.error(request, str(error))
        return _back()
    name = f"policies-{timezone.localdate().isoformat()}.zip"
    return HttpResponse(
        archive,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def write_files(request: HttpRequest) -> HttpResponse:
    """Have the signed texts written to the files that they came from, and lead to the run. Raises ``BadRequest``."""
    _require(request)
    selection = request.POST.get("selection", "")
    keys = read_selection(selection) if selection else None
    try:
        run = begin_export(keys, actor=cast("User", request.user))
    except RefusedError as error:
        messages.error(request, str(error))
        return _back()
    run_export.enqueue(run.pk)
    return HttpResponseRedirect(reverse("admin:reviews_run_page", args=[run.pk]))


def _rows(policies: QuerySet[Policy], files: Iterable[ExportedFile]) -> list[Row]:
    items = {item.name: item for item in outgoing(policies)}
    return [Row(items[file.policy], file) for file in files if file.policy in items]


def _selected(selection: str) -> QuerySet[Policy]:
    policies = Policy.objects.all()
    return policies.filter(pk__in=read_selection(selection)) if selection else policies


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:reviews_policy_outbox"))


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(f"reviews.{EXPORT}"):
        raise PermissionDenied
