"""The history pages: the timeline of a record, two of its versions side by side, and bringing one back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reviews.admin.differences import Difference, differ
from reviews.admin.forms import ReasonForm
from reviews.admin.pages import load_policy, render_page, tell_busy
from reviews.admin.reasons import say_reason
from reviews.documents import REMOVED
from reviews.models import Policy
from reviews.schema import Change, PolicyValues, compare_values, flatten
from reviews.selectors.timeline import Entry, entries_of, moments_of
from reviews.selectors.versions import Version, version_at
from reviews.services.editing import restore_version
from reviews.services.errors import RefusedError

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

PER_PAGE = 25


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the pages' addresses. History and comparison can be read only: nothing is posted there."""
    wrap = model_admin.admin_site.admin_view

    @require_safe
    def history(request: HttpRequest, pk: int) -> HttpResponse:
        return show_history(model_admin, request, pk)

    @require_safe
    def compare(request: HttpRequest, pk: int) -> HttpResponse:
        return show_comparison(model_admin, request, pk)

    @require_http_methods(["GET", "HEAD", "POST"])
    def restore(request: HttpRequest, pk: int, version: int) -> HttpResponse:
        return show_restore(model_admin, request, pk, version)

    return [
        path("<int:pk>/history/", wrap(history), name="reviews_policy_history"),
        path("<int:pk>/compare/", wrap(compare), name="reviews_policy_compare"),
        path("<int:pk>/restore/<int:version>/", wrap(restore), name="reviews_policy_restore"),
    ]


@dataclass(frozen=True, slots=True)
class Group:
    """The differences of one dimension, or those of the record itself (``dimension`` is empty)."""

    dimension: str
    fate: str  # "added" or "removed" where the whole dimension was
    differences: tuple[Difference, ...]


# -- history ----------------------------------------------------------------------------------------------


def show_history(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that happened to a record, newest first."""
    policy = load_policy(model_admin, request, pk)
    moments = moments_of(policy)
    page = Paginator(moments, PER_PAGE).get_page(request.GET.get("page"))
    return render_page(
        model_admin,
        request,
        "history.html",
        policy=policy,
        tab="history",
        context={
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "moments": _together(entries_of(policy, list(page.object_list))),
            "versions": [(item.version, item.at) for item in moments if item.version],
            "may_restore": model_admin.has_change_permission(request),
        },
    )


def _together(entries: Iterable[Entry]) -> list[list[dict[str, Any]]]:
    """Return the entries as the page shows them: verdicts that a reviewer gave in one go stand together."""

    def go(entry: Entry) -> object:
        return (
            (entry.verdict.actor_id, entry.at.replace(second=0, microsecond=0)) if entry.verdict else entry.at
        )

    return [
        [
            {
                "at": entry.at,
                "version": entry.version,
                "reason": say_reason(entry.version.reason) if entry.version else "",
                "decision": entry.decision,
                "verdict": entry.verdict,
                "comment": entry.comment,
                "groups": group_changes(entry.changes),
            }
            for entry in members
        ]
        for _moment, members in groupby(entries, key=go)
    ]


def group_changes(changes: Iterable[Change], *, is_whole: bool = False) -> list[Group]:
    """Return the differences by dimension, the record's own first.

    Unless ``is_whole``, what is empty on the side that has it is left out: it says nothing.
    """
    by_dimension: dict[str, list[Change]] = {}
    for change in changes:
        by_dimension.setdefault(change.dimension or "", []).append(change)
    return [
        Group(
            dimension,
            _fate(members),
            tuple(
                differ(change, is_whole=is_whole) for change in members if is_whole or not _is_empty(change)
            ),
        )
        for dimension, members in sorted(by_dimension.items(), key=lambda item: bool(item[0]))
    ]


def _fate(changes: Iterable[Change]) -> str:
    """Whether a whole dimension came or went: each has a label, if an empty one."""
    for change in changes:
        if change.dimension is not None and change.at[2:] == ("label",):
            return "added" if change.old is REMOVED else "removed" if change.new is REMOVED else ""
    return ""


def _is_empty(change: Change) -> bool:
    return {change.old is REMOVED, change.new is REMOVED} == {True, False} and (
        (change.new if change.old is REMOVED else change.old) in ("", None, [], {})
    )


# -- comparison -------------------------------------------------------------------------------------------


def show_comparison(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show two versions side by side: the newest two, or those that ``from`` and ``to`` name."""
    policy = load_policy(model_admin, request, pk)
    is_whole = "all" in request.GET
    try:
        old = version_at(policy, _number(request.GET.get("from"), max(policy.version - 1, 1)))
        new = version_at(policy, _number(request.GET.get("to"), policy.version))
    except (LookupError, ValueError) as error:
        messages.error(
            request, _("Nothing to compare: %(why)s Choose two versions of the list.") % {"why": error}
        )
        return HttpResponseRedirect(reverse("admin:reviews_policy_history", args=[pk]))
    changes = compare_values(old.values, new.values, with_review=True)
    return render_page(
        model_admin,
        request,
        "compare.html",
        policy=policy,
        tab="history",
        context={
            "old": old,
            "new": new,
            "sides": [(version, say_reason(version.reason)) for version in (old, new)],
            "count": len(changes),
            "is_whole": is_whole,
            "groups": group_changes(
                _all_places(old.values, new.values) if is_whole else changes, is_whole=is_whole
            ),
            "may_restore": model_admin.has_change_permission(request),
        },
    )


def _number(text: str | None, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise ValueError(_("“%(text)s” is no version.") % {"text": text})
    return int(text)


def _all_places(old: PolicyValues, new: PolicyValues) -> list[Change]:
    """Return every value of two versions, equal ones too."""
    before, after = flatten(old, with_review=True), flatten(new, with_review=True)
    places = [*before, *(at for at in after if at not in before)]
    return [Change(at, before.get(at, REMOVED), after.get(at, REMOVED)) for at in places]


# -- restoring --------------------------------------------------------------------------------------------


def show_restore(model_admin: PolicyAdmin, request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Ask whether to bring an old version back, and do it: an edit like any other, by whoever may edit."""
    policy = load_policy(model_admin, request, pk)
    if not model_admin.has_change_permission(request):
        raise PermissionDenied(
            _("Restoring a version needs the permission “change_policy”: ask for the role Editors.")
        )
    try:
        version = version_at(policy, number)
    except LookupError as error:
        raise Http404(str(error)) from error
    reason = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and reason.is_valid():
        if request.POST.get("version") != str(policy.version):
            messages.warning(request, _("The record changed meanwhile: this is what restoring does now."))
        elif answer := _restore(request, policy, version, reason.cleaned_data["reason"]):
            return answer
    return render_page(
        model_admin,
        request,
        "restore.html",
        policy=policy,
        tab="history",
        context={
            "old": version,
            "old_reason": say_reason(version.reason),
            "reason": reason,
            "groups": group_changes(compare_values(policy.to_values(), version.values)),
        },
    )


def _restore(request: HttpRequest, policy: Policy, version: Version, reason: str) -> HttpResponse | None:
    try:
        report = restore_version(policy.pk, version.number, actor=cast(User, request.user), reason=reason)
    except RefusedError as error:
        messages.error(request, str(error))
        return None
    except OperationalError as error:
        messages.error(request, tell_busy(error))
        return None
    if report.changes:
        numbers = {"old": version.number, "new": report.policy.version}
        messages.success(request, _("Version %(old)s is back, as version %(new)s.") % numbers)
    else:
        said = _("Nothing changed: version %(number)s says what stands there now.")
        messages.info(request, said % {"number": version.number})
    return HttpResponseRedirect(reverse("admin:reviews_policy_history", args=[policy.pk]))
