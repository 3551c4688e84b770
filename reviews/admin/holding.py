"""Holds in the admin: what the review page sends while somebody works on it, and who a request may hold it for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from reviews.admin.pages import tell_busy
from reviews.models import Hold, Policy
from reviews.permissions import has_role
from reviews.services.holding import hold_policy
from reviews.states import REVIEW

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the address that the review page's script calls from time to time."""
    view = require_POST(partial(renew_view, model_admin))
    return [path("<int:pk>/hold/", model_admin.admin_site.admin_view(view), name="reviews_policy_hold")]


def is_opening(request: HttpRequest) -> bool:
    """Whether a person opens the page: a browser that fetches it beforehand, or asks for its head, holds nothing."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")


def hold_while_open(request: HttpRequest, policy: Policy) -> Hold | None:
    """Hold a record that waits for the reviewer who opens its page, and return whose it is now, if anybody's.

    The page is shown all the same where the database is busy.
    """
    actor = cast("User", request.user)
    if is_opening(request) and policy.is_waiting and has_role(actor, REVIEW):
        try:
            hold_policy(policy, actor=actor)
        except OperationalError as error:
            tell_busy(error)
    hold: Hold | None = getattr(policy, "hold", None)
    return hold if hold and hold.is_live else None


def renew_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> JsonResponse:
    """Hold the record longer, and answer without words: ``is_waiting``, ``is_mine``, who has it (``by``, ``until``).

    Where somebody took it over, that is how the one who lost it learns of it. Nothing is taken back.
    """
    actor = cast("User", request.user)
    if not model_admin.has_view_permission(request) or not has_role(actor, REVIEW):
        raise PermissionDenied
    policy = Policy.objects.select_related("hold__person").defer("body").filter(pk=pk).first()
    if policy is None:
        raise Http404
    try:
        hold = hold_policy(policy, actor=actor) if policy.is_waiting else None
    except OperationalError as error:
        tell_busy(error)
        return JsonResponse({}, status=503)
    held: Hold | None = hold or getattr(policy, "hold", None)
    if not policy.is_waiting or held is None or not held.is_live:
        return JsonResponse({"is_waiting": policy.is_waiting, "is_mine": False, "by": "", "until": ""})
    return JsonResponse(
        {
            "is_waiting": True,
            "is_mine": held.person_id == actor.pk,
            "by": name_of(held.person),
            "until": clock(held),
        }
    )


def name_of(person: User) -> str:
    """Return what a person is called on a page."""
    return person.get_full_name() or person.get_username()


def clock(hold: Hold) -> str:
    """Return until when the record is held, as a time of day."""
    return date_format(localtime(hold.until), "TIME_FORMAT")
