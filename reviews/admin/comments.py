"""Comments in the admin: what the review page's forms send, and the list of all comments, to read."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from reviews.admin.pages import load_policy, render_page, tell_busy
from reviews.models import Comment, Policy
from reviews.schema import with_unix_newlines
from reviews.selectors.comments import threads_of
from reviews.services.commenting import add_comment, reopen_thread, resolve_thread
from reviews.services.errors import ForbiddenError, RefusedError

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

_BACKEND = "django.contrib.auth.backends.ModelBackend"  # which knows who has which permission
_NUMBER = re.compile(r"[0-9]{1,18}")
_STATUS = {
    ForbiddenError: 403,
    OperationalError: 503,
}  # of an answer that says why nothing was written; else 200


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the addresses to which comments are sent."""
    wrap = model_admin.admin_site.admin_view
    comment, resolve = (require_POST(partial(view, model_admin)) for view in (comment_view, resolve_view))
    return [
        path("people/", wrap(require_safe(partial(people_view, model_admin))), name="reviews_policy_people"),
        path("<int:pk>/comment/", wrap(comment), name="reviews_policy_comment"),
        path("<int:pk>/comment/<int:thread_pk>/resolve/", wrap(resolve), name="reviews_comment_resolve"),
    ]


def comment_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Take the comment of the button pressed: ``place`` is ``thread-<pk>``, or ``on-<dimension>`` for a new thread."""
    policy = load_policy(model_admin, request, pk)
    place = request.POST.get("place", "")
    kind, dash, name = place.partition("-")
    if not dash or kind not in ("on", "thread") or (kind == "thread" and not _NUMBER.fullmatch(name)):
        return HttpResponseBadRequest(
            _("This is no form of the review page: load the page and send it again.")
        )
    where = {"thread_pk": int(name)} if kind == "thread" else {"dimension_key": name}
    typed = request.POST.get(f"text-{place}", "")
    sent = {"place": place, "typed": with_unix_newlines(typed)}
    try:
        comment = add_comment(pk, typed, actor=cast("User", request.user), **where)
    except (RefusedError, OperationalError) as error:
        return _refuse(model_admin, request, policy, error, sent, **where)
    return _accept(request, policy, comment, {"pk": comment.pk})


def people_view(model_admin: PolicyAdmin, request: HttpRequest) -> HttpResponse:
    """Show whom a comment can name: every active person who may look at policies, to choose from after an @."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    people = User.objects.with_perm("reviews.view_policy", backend=_BACKEND).order_by(
        "first_name", "username"
    )
    return TemplateResponse(request, "admin/reviews/policy/_people.html", {"people": people})


def resolve_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int, thread_pk: int) -> HttpResponse:
    """Close a thread, or with ``act=reopen`` open it again."""
    policy = load_policy(model_admin, request, pk)
    move = reopen_thread if request.POST.get("act") == "reopen" else resolve_thread
    try:
        thread = move(pk, thread_pk, actor=cast("User", request.user))
    except (RefusedError, OperationalError) as error:
        return _refuse(model_admin, request, policy, error, {}, thread_pk=thread_pk)
    return _accept(request, policy, thread, {"pk": None})


def _accept(request: HttpRequest, policy: Policy, comment: Comment, sent: dict[str, Any]) -> HttpResponse:
    """Lead back to the comment; a script, which asks for the part alone, gets its place anew."""
    if _is_part(request):
        return _render_part(request, policy, comment.dimension_key, sent)
    url = reverse("admin:reviews_policy_review", args=[policy.pk])
    return HttpResponseRedirect(f"{url}#comment-{comment.pk}")


def _refuse(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    policy: Policy,
    error: RefusedError | OperationalError,
    sent: dict[str, Any],
    *,
    thread_pk: int | None = None,
    dimension_key: str = "",
) -> HttpResponse:
    """Show the place with the reason and what was typed: the part alone to a script, else on a page of its own."""
    thread = Comment.objects.filter(policy=policy, thread=None, pk=thread_pk).first() if thread_pk else None
    key = thread.dimension_key if thread else dimension_key
    sent = {**sent, "refusal": str(error) if isinstance(error, RefusedError) else tell_busy(error)}
    status = _STATUS.get(type(error), 200)
    if _is_part(request):
        return _render_part(request, policy, key, sent, status)
    context = _place(policy, key, sent)
    return render_page(
        model_admin, request, "comment.html", policy=policy, tab="review", context=context, status=status
    )


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("X-Part") == "comments"


def _render_part(
    request: HttpRequest, policy: Policy, key: str, sent: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"policy": policy, **_place(policy, key, sent)}
    return TemplateResponse(request, "admin/reviews/policy/_comments.html", context, status=status)


def _place(policy: Policy, key: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return what the template of one place's comments is given; of a place that is gone, the record's."""
    threads = threads_of(policy)
    key = key if key in threads else ""
    if sent.get("typed") and not any(sent["place"] == f"thread-{item.opener.pk}" for item in threads[key]):
        sent = {**sent, "place": f"on-{key}"}  # typed for a thread that is none: it stands below
    return {"dimension_key": key, "threads": threads[key], "sent": sent}
