"""The page of one run: how far it is, what became of each file, and what failed as a table to take along."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from reviews.admin import uploads
from reviews.admin.outcomes import KINDS
from reviews.admin.run_frame import SHOWN, is_under_way, list_files, load_run, render_run
from reviews.models import RunKind, RunStatus
from reviews.resources import guard
from reviews.selectors.runs import count_reasons, files_noting, files_with, first_files
from reviews.services.runs import is_interrupted, read_progress

if TYPE_CHECKING:
    from reviews.admin.runs import RunAdmin

FAILURES = tuple(key for key, kind in KINDS.items() if kind.is_failure)


def urls(model_admin: RunAdmin) -> list[URLPattern]:
    """Return the pages' addresses."""

    def route(place: str, view: Any, name: str) -> URLPattern:
        wrapped = model_admin.admin_site.admin_view(require_safe(partial(view, model_admin)))
        return path(f"<int:run_pk>/{place}", wrapped, name=name)

    return [
        route("", show_run, "reviews_run_page"),
        route("progress/", tell_progress, "reviews_run_progress"),
        route("failures/", download_failures, "reviews_run_failures"),
    ]


def show_run(model_admin: RunAdmin, request: HttpRequest, run_pk: int) -> HttpResponse:
    """Show a run; of an upload that is not confirmed yet, its plan."""
    run = load_run(model_admin, request, run_pk)
    if run.status == RunStatus.PLANNED:
        return uploads.show_plan(model_admin, request, run)
    files = list_files(
        request,
        run.counts,
        first=first_files(run, SHOWN),
        of_outcome=lambda outcome: files_with(run, [outcome]),
        of_figure=lambda figure: files_noting(run, figure),
        reasons=count_reasons(run) if run.kind == RunKind.EXPORT else (),
    )
    return render_run(
        model_admin,
        request,
        run,
        {
            **files,
            "stuck": run.counts.get("held back", 0) + run.counts.get("failed", 0),
            "failures": sum(run.counts.get(key, 0) for key in FAILURES),
            "progress": read_progress(run),
            "is_interrupted": is_interrupted(run),
            "is_under_way": is_under_way(run),
        },
    )


def tell_progress(model_admin: RunAdmin, request: HttpRequest, run_pk: int) -> JsonResponse:
    """Return how far a run is, for the page's script; ``is_over`` once there is something else to show."""
    run = load_run(model_admin, request, run_pk)
    done, total = read_progress(run) or (0, 0)
    return JsonResponse(
        {"status": run.status, "done": done, "total": total, "is_over": not is_under_way(run)},
        headers={"Cache-Control": "no-store"},
    )


def download_failures(model_admin: RunAdmin, request: HttpRequest, run_pk: int) -> HttpResponse:
    """Return the files that did not go in, or out, as CSV; no cell of it is a formula."""
    run = load_run(model_admin, request, run_pk)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("path", "policy", "outcome", "reason"))
    for file in files_with(run, FAILURES):
        writer.writerow([guard(cell) for cell in (file.path, file.name, file.outcome, file.reason)])
    return HttpResponse(
        text.getvalue().encode(
            "utf-8-sig"
        ),  # without the mark, a spreadsheet takes Chinese for something else
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="run-{run.pk}-failures.csv"'},
    )
