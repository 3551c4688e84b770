"""Uploading in the admin: files in, the plan of what they would change, and its uploader's yes or no."""

from __future__ import annotations

import logging
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from reviews.admin.outcomes import noting
from reviews.admin.pages import tell_busy
from reviews.admin.run_frame import SHOWN, list_files, may_decide, render_run
from reviews.models import Run
from reviews.services.errors import RefusedError
from reviews.services.import_plan import ImportReport, Outcome, outcome_of
from reviews.services.runs import RunOutcome
from reviews.services.uploading import (
    UploadedFiles,
    begin_upload,
    cancel_upload,
    confirm_upload,
    digest_plan,
    plan_again,
    plan_upload,
)
from reviews.states import IMPORT
from reviews.tasks import run_import

if TYPE_CHECKING:
    from reviews.admin.runs import RunAdmin

_PIECE = 2**16  # bytes
_log = logging.getLogger(__name__)


def urls(model_admin: RunAdmin) -> list[URLPattern]:
    """Return the pages' addresses."""
    wrap = model_admin.admin_site.admin_view

    @csrf_exempt  # checked inside, once the size is: what is too large is never read
    def upload(request: HttpRequest) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.POLICYHUB_MAX_UPLOAD_BYTES:
            return _refuse(model_admin, request, _too_large(), status=413)
        try:
            return protected(request)
        except TooManyFilesSent:
            while request.read(
                _PIECE
            ):  # to the end: some servers would drop the connection, and the answer with it
                pass
            said = _("More than %(limit)s files were chosen: pack them into a ZIP, and upload that.")
            return _refuse(
                model_admin, request, said % {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES}, status=413
            )

    protected = csrf_protect(require_http_methods(["GET", "HEAD", "POST"])(partial(upload_view, model_admin)))

    decide = require_http_methods(["GET", "HEAD", "POST"])(decide_view)
    return [
        path("upload/", wrap(upload), name="reviews_run_upload"),
        path("<int:run_pk>/decide/", wrap(decide), name="reviews_run_decide"),
    ]


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class UploadForm(forms.Form):
    """One ZIP or Markdown files, and the language of those that no folder names one for."""

    upload = forms.FileField(
        label=gettext_lazy("Files"),
        required=False,
        widget=_Files(attrs={"multiple": True, "accept": ".zip,.md,application/zip"}),
    )
    language = forms.CharField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Of files that stand in no folder such as “en” or “zh”."),
        max_length=20,
        widget=forms.Select,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys([settings.POLICYHUB_LANGUAGE, *settings.POLICYHUB_LANGUAGES])
        field = self.fields["language"]
        field.initial = settings.POLICYHUB_LANGUAGE
        cast("forms.Select", field.widget).choices = [(code, code) for code in codes]


def upload_view(model_admin: RunAdmin, request: HttpRequest) -> HttpResponse:
    """Show the form, or keep what it sent and lead to the plan."""
    _require(request)
    if request.method != "POST":
        return _show_form(model_admin, request)
    files: UploadedFiles = [(file.name or "", file.read()) for file in request.FILES.getlist("upload")]
    actor = cast("User", request.user)
    try:
        run = begin_upload(files, language=request.POST.get("language", ""), actor=actor)
    except RefusedError as error:
        return _refuse(model_admin, request, *error.reasons)
    return _to_run(run.pk)


def _show_form(
    model_admin: RunAdmin, request: HttpRequest, reasons: tuple[str, ...] = (), *, status: int = 200
) -> TemplateResponse:
    typed = {"language": request.POST["language"]} if status == 200 and "language" in request.POST else None
    return TemplateResponse(
        request,
        "admin/reviews/run/upload.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Run._meta,
            "title": _("Upload files"),
            "form": UploadForm(initial=typed),
            "reasons": reasons,
            "limit": filesizeformat(settings.POLICYHUB_MAX_UPLOAD_BYTES),
        },
        status=status,
    )


def _refuse(
    model_admin: RunAdmin, request: HttpRequest, *reasons: str, status: int = 200
) -> TemplateResponse:
    return _show_form(model_admin, request, reasons, status=status)


def _too_large() -> str:
    said = _("The upload is larger than the %(limit)s allowed (POLICYHUB_MAX_UPLOAD_BYTES): split it.")
    return said % {"limit": filesizeformat(settings.POLICYHUB_MAX_UPLOAD_BYTES)}


# -- the plan ---------------------------------------------------------------------------------------------


def show_plan(model_admin: RunAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    """Show what an import of the upload would do now, file by file and value by value; to its uploader alone.

    It is worked out each time anew, which takes as long as the import itself.
    """
    if not may_decide(request, run):
        return render_run(model_admin, request, run, {"is_plan": True})
    reasons: tuple[str, ...] = ()
    report: ImportReport | None = None
    try:
        report = plan_upload(Run.objects.get(pk=run.pk))
    except RefusedError as error:
        reasons = error.reasons
    except OperationalError as error:
        reasons = (tell_busy(error),)
    context = _describe(request, report) if report else {}
    return render_run(model_admin, request, run, {"is_plan": True, "reasons": reasons, **context})


def _describe(request: HttpRequest, report: ImportReport) -> dict[str, Any]:
    files: dict[str, list[RunOutcome]] = {}
    for item in report.files:
        files.setdefault(item.outcome, []).append(outcome_of(item))
    counts = {outcome: len(rows) for outcome, rows in files.items()}
    figures = {"conflicts": report.conflicts, "claimed": report.claimed, "warnings": report.warnings}
    return {
        **list_files(
            request,
            {**counts, **figures},
            first=(row for rows in files.values() for row in rows[:SHOWN]),
            of_outcome=lambda outcome: files[outcome],
            of_figure=lambda figure: noting(chain.from_iterable(files.values()), figure),
            is_plan=True,
        ),
        "changes": counts.get(Outcome.CREATED, 0) + counts.get(Outcome.UPDATED, 0),
        "stays_out": counts.get(Outcome.REFUSED, 0),
        "seen": digest_plan(report),
    }


def decide_view(request: HttpRequest, run_pk: int) -> HttpResponse:
    """Do what a button says, and lead back to the run, which shows what became of it. Raises ``BadRequest``."""
    _require(request)
    if request.method != "POST":  # as after a login, which sends nothing again
        return _to_run(run_pk)
    actor, act = cast("User", request.user), request.POST.get("act", "")
    try:
        match act:
            case "confirm":
                confirm_upload(run_pk, seen=request.POST.get("seen", ""), actor=actor)
                _start(request, run_pk)
            case "cancel":
                cancel_upload(run_pk, actor=actor)
            case "again":
                plan_again(run_pk, actor=actor)
            case _:
                raise BadRequest(_("That is no button of this page: go back and use one."))
    except Run.DoesNotExist:
        pass  # the run's page says so
    except RefusedError as error:
        messages.error(request, str(error))
    except OperationalError as error:
        messages.error(request, tell_busy(error))
    return _to_run(run_pk)


def _start(request: HttpRequest, run_pk: int) -> None:
    """Have a confirmed upload imported; where nobody takes it on, its plan waits again."""
    try:
        run_import.enqueue(run_pk)
    except Exception:  # noqa: BLE001 - each kind of queue fails in its own way
        _log.exception("The import of run %s could not be handed on.", run_pk)
        plan_again(run_pk, actor=cast("User", request.user))
        said = _(
            "The import could not be started, so nothing went in. Confirm it again; if that fails too, ask an "
            "administrator: the log says why."
        )
        messages.error(request, said)


def _to_run(run_pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:reviews_run_page", args=[run_pk]))


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(f"reviews.{IMPORT}"):
        raise PermissionDenied
