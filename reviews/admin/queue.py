"""The queue page: what waits for reviewers, how far each record is, and one button to start."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from reviews.models import Policy
from reviews.selectors.queue import describe_waiting, next_to_review, queue
from reviews.states import REVIEW

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

PER_PAGE = 25


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the page's addresses."""

    def view(request: HttpRequest) -> TemplateResponse:
        return show_queue(model_admin, request)

    return [path("queue/", model_admin.admin_site.admin_view(view), name="reviews_policy_queue")]


def show_queue(model_admin: PolicyAdmin, request: HttpRequest) -> TemplateResponse:
    """Show one page of the queue to whoever may look at policies; reviewers get the button."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    page = Paginator(queue(), PER_PAGE).get_page(request.GET.get("page"))
    person = cast("User", request.user)
    is_reviewer = person.has_perm(f"reviews.{REVIEW}")
    return TemplateResponse(
        request,
        "admin/reviews/policy/queue.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "title": "Review queue",
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "waiting": describe_waiting(cast("QuerySet[Policy]", page.object_list), person),
            "is_reviewer": is_reviewer,
            "next": next_to_review(person) if is_reviewer else None,
        },
    )
