"""What the pages of a run share: the run or a 404, its name, how far it is, its numbers, and their frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from reviews.admin.outcomes import FIGURES, FILES_WITH, KINDS, Group, groups_of, row_of
from reviews.models import Run, RunFile, RunKind, RunStatus
from reviews.selectors.runs import runs
from reviews.services.runs import RunOutcome, is_interrupted
from reviews.states import IMPORT

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from reviews.admin.runs import RunAdmin

SHOWN = 20  # files of each outcome on the first page
A_PAGE = 100  # files where one outcome is looked at
_STATUS_TONES = {
    RunStatus.PLANNED: "amber",
    RunStatus.WAITING: "grey",
    RunStatus.RUNNING: "blue",
    RunStatus.DONE: "green",
    RunStatus.FAILED: "red",
    RunStatus.CANCELLED: "grey",
}
_EXPORTS = {
    "files": gettext_lazy("Export to the files"),
    "folder": gettext_lazy("Export to a folder"),
    "zip": gettext_lazy("Download as a ZIP"),
    "git": gettext_lazy("Export to git"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the run, which leads to the files that it counts."""

    label: StrOrPromise
    count: int
    tone: str
    url: str


def load_run(model_admin: RunAdmin, request: HttpRequest, run_pk: int) -> Run:
    """Return the run. Raises ``PermissionDenied`` for who may not look at runs, ``Http404`` where there is none."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    run = runs().select_related("actor").filter(pk=run_pk).first()
    if run is None:
        raise Http404(_("There is no run with the number %(number)s.") % {"number": run_pk})
    return run


def heading_of(run: Run) -> str:
    """Return what a run did, in two words."""
    if run.kind == RunKind.IMPORT:
        return _("Import of an upload") if "name" in run.options else pgettext("noun", "Import")
    return str(_EXPORTS.get(run.options.get("to", ""), run.get_kind_display()))


def place_of(run: Run) -> str:
    """Return where the files came from or went to, in the words of whoever ran it; nothing where that is plain."""
    return str(run.options.get("name", run.source))


def branch_of(run: Run) -> str:
    """Return of an export to git to which branch it goes, and whether it pushes; nothing of other runs."""
    if run.options.get("to") != "git":
        return ""
    branch = run.options.get("branch")
    said = _("branch %(branch)s") % {"branch": branch} if branch else _("the branch checked out there")
    if not run.options.get("push"):
        return said
    return _("%(place)s · with a push") % {"place": said}


def status_badge(run: Run) -> SafeString | str:
    """Return how far a run is; nothing of one that is done, as nearly all are."""
    if run.status == RunStatus.DONE:
        return ""
    if is_interrupted(run):
        tone, label = "red", _("Interrupted")
    else:
        tone, label = _STATUS_TONES[RunStatus(run.status)], run.get_status_display()
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)


def is_under_way(run: Run) -> bool:
    """Whether there is more to come of a run by itself."""
    return run.status in (RunStatus.WAITING, RunStatus.RUNNING) and not is_interrupted(run)


def render_run(
    model_admin: RunAdmin, request: HttpRequest, run: Run, context: dict[str, Any], *, status: int = 200
) -> TemplateResponse:
    """Return a page of a run, in the frame of ``run.html``."""
    return TemplateResponse(
        request,
        "admin/reviews/run/run.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Run._meta,
            "title": heading_of(run),
            "run": run,
            "place": place_of(run),
            "branch": branch_of(run),
            "status_badge": status_badge(run),
            "seconds": _seconds(run),
            "may_decide": may_decide(request, run),
            **context,
        },
        status=status,
    )


def figures_of(counts: Mapping[str, int], *, is_plan: bool, page: str) -> Sequence[Figure]:
    """Return a run's numbers that are not nought, the most urgent first; ``page`` is where all outcomes stand."""
    outcomes = [
        Figure(
            kind.planned if is_plan else kind.label, counts[key], kind.tone, f"{page}#{key.replace(' ', '-')}"
        )
        for key, kind in KINDS.items()
        if counts.get(key)
    ]
    others = [
        Figure(label, counts[key], _tone(key), f"?with={key}#{key}")
        for key, label in FIGURES.items()
        if counts.get(key)
    ]
    return [*outcomes, *others]


def _tone(figure: str) -> str:
    return "amber" if figure == "conflicts" else "grey"


def _seconds(run: Run) -> float:
    """Return how long a run took; nothing of one that did not begin or end."""
    if run.started_at is None or run.finished_at is None:
        return 0
    return (run.finished_at - run.started_at).total_seconds()


def may_decide(request: HttpRequest, run: Run) -> bool:
    """Whether the person who looks may confirm, cancel or try again what was uploaded."""
    is_own = run.actor_id == request.user.pk and "name" in run.options
    return is_own and request.user.has_perm(f"reviews.{IMPORT}")


def list_files(
    request: HttpRequest,
    counts: Mapping[str, int],
    *,
    first: Iterable[RunFile | RunOutcome],
    of_outcome: Callable[[str], QuerySet[RunFile] | Sequence[RunOutcome]],
    of_figure: Callable[[str], QuerySet[RunFile] | Sequence[RunOutcome]],
    reasons: Iterable[tuple[str, str, int]] = (),
    is_plan: bool = False,
) -> dict[str, Any]:
    """Return what the page shows of the files: the first of each outcome, or page by page those of the chosen one,
    or those that a further figure counts.
    """
    chosen, figure = request.GET.get("outcome", ""), request.GET.get("with", "")
    if counts.get(chosen) and chosen in KINDS:
        page = Paginator(of_outcome(chosen), A_PAGE).get_page(request.GET.get("page"))
        only = {chosen: counts[chosen]}
        groups = list(groups_of(only, page.object_list, reasons=reasons, is_plan=is_plan))
    elif counts.get(figure) and figure in FIGURES:
        page = Paginator(of_figure(figure), A_PAGE).get_page(request.GET.get("page"))
        rows = tuple(row_of(file) for file in page.object_list)
        groups = [Group(figure, FILES_WITH[figure], _tone(figure), page.paginator.count, rows)]
    else:
        return {
            "groups": list(groups_of(counts, first, reasons=reasons, is_plan=is_plan)),
            "figures": figures_of(counts, is_plan=is_plan, page=""),
            "shown": SHOWN,
        }
    return {
        "groups": groups,
        "figures": figures_of(counts, is_plan=is_plan, page="?"),
        "chosen": chosen or figure,
        "page": page,
        "page_range": page.paginator.get_elided_page_range(page.number),
    }
