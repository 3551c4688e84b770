"""The queue page: what waits for reviewers, how far each record is, who has it, and one button to start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from reviews.admin.holding import is_opening
from reviews.admin.pages import tell_busy
from reviews.models import Policy
from reviews.selectors.queue import (
    Part,
    count_parts,
    describe_waiting,
    next_to_review,
    queue,
    why_not_signing,
)
from reviews.services.queueing import take_next
from reviews.states import REVIEW

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from reviews.admin.policies import PolicyAdmin

PER_PAGE = 25
ALL = "all"
_LABELS: dict[str, StrOrPromise] = {
    ALL: gettext_lazy("All"),
    Part.MINE: gettext_lazy("Assigned to me"),
    Part.STALE: gettext_lazy("Stale"),
    Part.CLAIMED: gettext_lazy("Claimed"),
    Part.OPEN: gettext_lazy("Open"),
    Part.DUE: gettext_lazy("Due"),
    Part.SKIPPED: gettext_lazy("Skipped by me"),
    Part.TAKEN: gettext_lazy("With others"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the queue as its tab shows it."""

    part: str
    label: StrOrPromise
    count: int
    is_current: bool


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the pages' addresses."""
    wrap = model_admin.admin_site.admin_view

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        return show_queue(model_admin, request)

    @require_safe
    def following(request: HttpRequest) -> HttpResponse:
        return open_next(request)

    return [
        path("queue/", wrap(view), name="reviews_policy_queue"),
        path("queue/next/", wrap(following), name="reviews_policy_next"),
    ]


def show_queue(model_admin: PolicyAdmin, request: HttpRequest) -> TemplateResponse:
    """Show one page of a part of the queue to whoever may look at policies; reviewers get the button."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    person = cast("User", request.user)
    counts = count_parts(person)
    part = request.GET.get("part", ALL)
    part = part if part in counts else ALL
    rows = queue(person) if part == ALL else queue(person).filter(Part(part).condition(person))
    paginator = Paginator(rows, PER_PAGE)
    paginator.count = counts[part]  # known already
    page = paginator.get_page(request.GET.get("page"))
    is_reviewer = person.has_perm(f"reviews.{REVIEW}")
    return TemplateResponse(
        request,
        "admin/reviews/policy/queue.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "title": _("Review queue"),
            "tabs": [
                Tab(name, label, counts[name], name == part)
                for name, label in _LABELS.items()
                if counts[name] or name in (ALL, part)
            ],
            "part": part,
            "counts": counts,
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "waiting": describe_waiting(cast("QuerySet[Policy]", page.object_list), person),
            "is_reviewer": is_reviewer,
            "why_not_signing": why_not_signing(person) if is_reviewer else (),
            "next": next_to_review(person),
        },
    )


def open_next(request: HttpRequest) -> HttpResponse:
    """Lead to the next record of the person's queue, held for them from now on."""
    person = cast("User", request.user)
    if not person.has_perm(f"reviews.{REVIEW}"):
        raise PermissionDenied
    try:
        policy = take_next(actor=person) if is_opening(request) else next_to_review(person)
    except OperationalError as error:
        tell_busy(error)
        policy = next_to_review(person)
    if policy:
        return HttpResponseRedirect(reverse("admin:reviews_policy_review", args=[policy.pk]))
    messages.info(request, _("Nothing is left in your queue."))
    return HttpResponseRedirect(reverse("admin:reviews_policy_queue"))
