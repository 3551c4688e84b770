"""What the pages of one policy share: the record or a 404, who may look, the title line and the tabs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from reviews.models import Policy
from reviews.selectors.export_status import ExportStatus, tell_export_status, with_export_status

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

BUSY = _("The database is busy; nothing was written and nothing you typed is lost. Send it again.")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a policy, as its tab shows it."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a record stands on its way out, and where an open question about its file is answered."""

    status: ExportStatus
    reason: str
    question_url: str


TABS = {  # page: label
    "review": pgettext_lazy("noun", "Review"),
    "change": pgettext_lazy("tab", "Edit"),
    "history": _("History"),
    "file": pgettext_lazy("tab", "File"),
}


def load_policy(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> Policy:
    """Return the policy with what its pages read.

    Raises ``PermissionDenied`` for who may not look at policies at all, ``Http404`` where there is none.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    policy = with_export_status(Policy.objects.for_review()).filter(pk=pk).first()
    if policy is None:
        raise Http404(gettext("There is no policy with the number %(number)s.") % {"number": pk})
    return policy


def render_page(
    model_admin: PolicyAdmin,
    request: HttpRequest,
    template: str,
    *,
    policy: Policy | None,
    tab: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> TemplateResponse:
    """Return a page of a policy, or of one that is yet to be added, in the frame of ``_page.html``.

    ``tab`` is a key of ``TABS``; ``template`` is a file name in ``admin/reviews/policy/``. The context may
    set ``title``, which otherwise is the policy's own.
    """
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(
        request,
        f"admin/reviews/policy/{template}",
        {
            **model_admin.admin_site.each_context(request),
            "opts": Policy._meta,
            "policy": policy,
            "tabs": _tabs(model_admin, request, policy, tab) if policy else (),
            "outlook": _outlook(policy) if policy and tab != "file" else None,  # that page says it at length
            "title": policy.title if policy else gettext("Add a policy"),
            **context,
        },
        status=status,
    )


def _outlook(policy: Policy) -> Outlook:
    status = ExportStatus(policy.export_status)  # type: ignore[attr-defined]  # whoever shows a page loads it
    asked: int | None = policy.question_pk  # type: ignore[attr-defined]  # as above
    reason = tell_export_status(
        status,
        missing_notes=policy.missing_notes,
        signed_by=policy.signoff.actor_name if policy.signoff else "",
        conflicts=policy.open_conflicts,
        question=policy.question_kind,  # type: ignore[attr-defined]  # as above
    )
    url = reverse("admin:reviews_policy_question", args=[asked]) if asked else ""
    return Outlook(status, reason, url)


def tell_busy(error: OperationalError) -> str:
    """Return what a page says where the database was locked or gave up; the log has the database's own words."""
    _log.warning("The database refused a write: %s", str(error).strip())
    return str(BUSY)


def _tabs(model_admin: PolicyAdmin, request: HttpRequest, policy: Policy, current: str) -> tuple[Tab, ...]:
    labels = (
        TABS
        if model_admin.has_change_permission(request)
        else {**TABS, "change": pgettext_lazy("tab", "Record")}
    )
    if policy.open_conflicts or current == "resolve":
        labels = {**labels, "resolve": pgettext_lazy("tab", "Conflicts")}
    return tuple(
        Tab(str(label), reverse(f"admin:reviews_policy_{page}", args=[policy.pk]), page == current)
        for page, label in labels.items()
    )
