"""The pages of conflicts: all records that have some, and one record's, to choose value by value what stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from reviews.admin.conflict_forms import OUR_MARK, ConflictForm
from reviews.admin.differences import Difference, differ, plain
from reviews.admin.forms import ReasonForm
from reviews.admin.pages import Tab, load_policy, render_page, tell_busy
from reviews.documents import REMOVED, KeyPath
from reviews.merge import Misfit, load_value, places_of, value_in
from reviews.models import Policy, Resolution
from reviews.permissions import has_role
from reviews.schema import Change, PolicyValues, label_of, listed
from reviews.selectors.conflicts import (
    OpenConflict,
    count_values,
    ended_conflicts_of,
    open_conflicts_of,
    records_in_conflict,
)
from reviews.selectors.questions import count_questions
from reviews.selectors.versions import values_at
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.resolving import ResolveReport, is_note, resolve_conflicts
from reviews.states import REVIEW, Standing

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

PER_PAGE = 50
LONG = 700  # characters of a value that stand on the page without scrolling
PLACES = 4  # that the list names of a record


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the pages' addresses."""
    wrap = model_admin.admin_site.admin_view
    every = require_safe(partial(show_list, model_admin))
    one = require_http_methods(["GET", "HEAD", "POST"])(partial(show_record, model_admin))
    return [
        path("conflicts/", wrap(every), name="reviews_policy_conflicts"),
        path("<int:pk>/conflicts/", wrap(one), name="reviews_policy_resolve"),
    ]


# -- all records ------------------------------------------------------------------------------------------


def show_list(model_admin: PolicyAdmin, request: HttpRequest) -> HttpResponse:
    """List the records with values that both their file and PolicyHub changed."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    page = Paginator(records_in_conflict(), PER_PAGE).get_page(request.GET.get("page"))
    rows = []
    for policy in page:
        places = [label_of(row.at) for row in policy.conflicts.all()]
        rows.append((policy, places[:PLACES], max(0, len(places) - PLACES)))
    return TemplateResponse(
        request,
        "admin/reviews/policy/conflicts.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "title": _("Conflicts"),
            "conflict_tabs": conflict_tabs("values"),
            "rows": rows,
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
        },
    )


def conflict_tabs(current: str) -> tuple[Tab, ...]:
    """Return the tabs of the two lists: values that both sides changed, and files that wait for a word."""
    return (
        Tab(
            _("Values (%(count)s)") % {"count": count_values()},
            reverse("admin:reviews_policy_conflicts"),
            current == "values",
        ),
        Tab(
            _("Files (%(count)s)") % {"count": count_questions()},
            reverse("admin:reviews_policy_questions"),
            current == "files",
        ),
    )


# -- one record -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A value as one side has it, against the base; ``raw`` is what does not fit its field."""

    difference: Difference
    is_misfit: bool

    @property
    def is_long(self) -> bool:
        """Whether it scrolls in a box of its own."""
        return sum(len(piece.text) for piece in self.difference.pieces) > LONG


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps a person from resolving some conflicts: in a word beside each of them, in a sentence above all."""

    mark: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One conflict as the page shows it; ``bar`` is what keeps this person from resolving it.

    ``is_signed`` is a note that nobody touched here: it stands as it was signed, and otherwise in the file.
    """

    open: OpenConflict
    label: str
    base: Column
    theirs: Column
    ours: Column
    form: ConflictForm
    bar: Bar | None
    is_signed: bool

    @property
    def has_marks(self) -> bool:
        """Whether the text to begin with holds lines that clash."""
        return OUR_MARK in str(self.form["other"].initial)


def show_record(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the conflicts of one record side by side, and end those for which the form says how."""
    policy = load_policy(model_admin, request, pk)
    page = partial(_render, model_admin, request)
    if request.method != "POST":
        take = request.GET.get("take", "")
        taken = take if take in (Resolution.THEIRS, Resolution.OURS) else ""
        return page(policy, _shown(request, policy, taken=taken), ReasonForm())
    shown, reason = _shown(request, policy), ReasonForm(request.POST)
    forms = [item.form for item in shown if not item.bar]
    if not all([reason.is_valid(), *(form.is_valid() for form in forms)]):
        return page(policy, shown, reason, refusals=[_("Nothing was written: look at what is marked below.")])
    choices = {form.conflict.pk: choice for form in forms if (choice := form.choice_made())}
    choices |= dict.fromkeys(_chosen_of_others(request, shown), (Resolution.OURS, None))
    if not choices:
        return page(
            policy,
            shown,
            reason,
            refusals=[_("Nothing is chosen: say of at least one value which one stands.")],
        )
    status = 200
    try:
        report = resolve_conflicts(
            policy.pk,
            choices,
            actor=cast(User, request.user),
            reason=reason.cleaned_data["reason"],
            seen=_seen(request, policy),
        )
    except ForbiddenError as error:
        raise PermissionDenied(str(error)) from error
    except RefusedError as error:
        refusals = error.reasons
    except OperationalError as error:
        refusals, status = (tell_busy(error),), 503
    else:
        _tell(request, report)
        if report.is_all:
            return HttpResponseRedirect(reverse("admin:reviews_policy_conflicts"))
        return HttpResponseRedirect(reverse("admin:reviews_policy_resolve", args=[pk]))
    policy = load_policy(model_admin, request, pk)  # as it is by now
    return page(policy, _shown(request, policy), reason, refusals=refusals, status=status)


def _seen(request: HttpRequest, policy: Policy) -> PolicyValues:
    try:
        return values_at(policy, int(request.POST.get("version", "")))
    except (LookupError, ValueError):
        raise BadRequest(_("The page names no version of this policy: open it again.")) from None


def _chosen_of_others(request: HttpRequest, shown: Sequence[Shown]) -> list[int]:
    """Return the conflicts for which something was chosen, and which this person cannot resolve, or nobody any more."""
    mine = {item.form.add_prefix("choice") for item in shown if not item.bar}
    return [
        int(found[1])
        for name, value in request.POST.items()
        if value and name not in mine and (found := re.fullmatch(r"([0-9]{1,18})-choice", name))
    ]


def _shown(request: HttpRequest, policy: Policy, *, taken: str = "") -> list[Shown]:
    """Return the open conflicts as this person sees them, with what was posted, or with one side ``taken``."""
    places = places_of(policy.to_values())
    data = request.POST if request.method == "POST" else None
    shown = []
    for item in open_conflicts_of(policy):
        at = item.row.at
        base, theirs, ours = (
            load_value(at, item.row.base),
            load_value(at, item.row.theirs),
            value_in(places, at),
        )
        form = ConflictForm(item.row, (base, theirs, ours), data, initial=taken)
        columns = (_column(at, base, base), _column(at, base, theirs), _column(at, base, ours))
        bar = _bar(cast(User, request.user), policy, at)
        shown.append(Shown(item, _heading(at), *columns, form, bar, is_note(at) and base == ours))
    return shown


def _heading(at: KeyPath) -> str:
    """Return a place as a heading; a dimension's key stays as the file has it."""
    return label_of(at) if at[0] == "analysis" else capfirst(label_of(at))


def _column(at: KeyPath, base: Any, side: Any) -> Column:
    old, new = _readable(at, base), _readable(at, side)
    if isinstance(base, Misfit) or isinstance(side, Misfit):
        old, new = (value if value is REMOVED else plain(value) for value in (old, new))
    return Column(differ(Change(at, old, new), is_whole=side is base), isinstance(side, Misfit))


def _readable(at: KeyPath, value: Any) -> Any:
    """Return what a person reads: a mapping as lines, what did not fit its field as it stands in the file."""
    raw = value.raw if isinstance(value, Misfit) else value
    if at == ("body",) and isinstance(raw, str):
        return raw.removeprefix("\n")  # the empty line below a front matter
    return plain(raw) if isinstance(raw, dict) else raw


def _bar(actor: User, policy: Policy, at: KeyPath) -> Bar | None:
    if not is_note(at):
        if has_role(actor, "change_policy"):
            return None
        return Bar(_("For editors"), _("Editors resolve values: ask somebody with the role Editors."))
    if not has_role(actor, REVIEW):
        said = _("Reviewers resolve audit notes, which are theirs: ask somebody with the role Reviewers.")
        return Bar(_("For reviewers"), said)
    if policy.standing == Standing.VERIFIED:
        said = _("Audit notes are part of what was signed: reopen the review first.")
        return Bar(_("Signed"), said)
    return None


def _render(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    policy: Policy,
    shown: Sequence[Shown],
    reason: ReasonForm,
    *,
    refusals: Sequence[str] = (),
    status: int = 200,
) -> TemplateResponse:
    signed = sum(item.is_signed for item in shown)
    return render_page(
        model_admin,
        request,
        "resolve.html",
        policy=policy,
        tab="resolve",
        context={
            "shown": shown,
            "is_resolving": True,  # the page says itself why nothing goes out
            "changed": len(shown) - signed,
            "signed": signed,
            "bars": dict.fromkeys(item.bar.sentence for item in shown if item.bar),
            "may_resolve": any(not item.bar for item in shown),
            "ended": [(row, _heading(row.at)) for row in ended_conflicts_of(policy)],
            "reason": reason,
            "refusals": refusals,
            "wrong": [item for item in shown if item.form.errors] if refusals else (),
            "lost": _lost(request, policy, shown) if refusals else (),
            "version": policy.version,
        },
        status=status,
    )


def _lost(request: HttpRequest, policy: Policy, shown: Sequence[Shown]) -> list[tuple[str, str]]:
    """Return what was typed for conflicts that are open no more: for which value, and the text."""
    open_ones = {item.open.row.pk for item in shown}
    typed = {
        int(found[1]): str(value)
        for name, value in request.POST.items()
        if value and (found := re.fullmatch(r"([0-9]{1,18})-other", name))
    }
    rows = policy.conflicts.filter(pk__in=typed.keys() - open_ones)
    return [(_heading(row.at), typed[row.pk]) for row in rows]


def _tell(request: HttpRequest, report: ResolveReport) -> None:
    count = len(report.resolved)
    said = ngettext(
        "Resolved %(count)s conflict of %(policy)s: %(places)s.",
        "Resolved %(count)s conflicts of %(policy)s: %(places)s.",
        count,
    )
    places = listed(label_of(row.at) for row in report.resolved)
    messages.success(request, said % {"count": count, "policy": report.policy, "places": places})
