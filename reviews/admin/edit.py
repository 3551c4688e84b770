"""The edit page: add a policy, correct one, submit it for review; to look at only for whoever may not edit.

The page says which version its editor saw, and history says what stood there: so a save is a difference,
and two people who write at once lose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.admin.edit_page import SUBMITS, render_again, render_form, was_verified
from reviews.admin.forms import IdentityForm, ReasonForm
from reviews.admin.pages import load_policy, tell_busy
from reviews.admin.record_forms import RecordForms
from reviews.models import Policy
from reviews.schema import compare_values, label_of, listed
from reviews.selectors.timeline import changed_since
from reviews.selectors.versions import Version, version_at
from reviews.services.editing import EditReport, add_policy, edit_policy, empty_values
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.workflow import make_decision
from reviews.states import Standing, Transition

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin


def show_form(model_admin: PolicyAdmin, request: HttpRequest, object_id: str | None) -> HttpResponse:
    """Show the form of a policy, or of a new one where there is no id, and save what it posts."""
    if object_id is None:
        return _add(model_admin, request)
    if not re.fullmatch(r"[0-9]{1,20}", object_id):
        raise Http404(_("There is no policy “%(id)s”.") % {"id": object_id})
    policy = load_policy(model_admin, request, int(object_id))
    if request.method != "POST":
        return render_form(model_admin, request, policy, RecordForms(policy.to_values()), ReasonForm())
    if not model_admin.has_change_permission(request):
        raise PermissionDenied(_("Editing needs the permission “change_policy”: ask for the role Editors."))
    return _save(model_admin, request, policy)


# -- adding -----------------------------------------------------------------------------------------------


def _add(model_admin: PolicyAdmin, request: HttpRequest) -> HttpResponse:
    if not model_admin.has_add_permission(request):
        raise PermissionDenied(_("Adding needs the permission “add_policy”: ask for the role Editors."))
    if request.method != "POST":
        return render_form(
            model_admin, request, None, RecordForms(empty_values()), ReasonForm(), identity=IdentityForm()
        )
    identity, reason = IdentityForm(request.POST), ReasonForm(request.POST)
    forms = RecordForms(empty_values(), request.POST, more=request.POST.get("more", ""))
    refusals: tuple[str, ...] = ()
    status = 200
    is_asking_for_more = "more" in request.POST
    if is_asking_for_more:
        forms.forget_errors()
        identity.errors.clear()
    elif all([identity.is_valid(), forms.is_valid(), reason.is_valid()]):
        try:
            policy = add_policy(
                identity.cleaned_data["policy_id"],
                identity.cleaned_data["language"],
                forms.wanted(),
                actor=cast(User, request.user),
                reason=reason.cleaned_data["reason"].strip(),
            )
        except RefusedError as error:
            refusals = error.reasons
        except OperationalError as error:
            refusals, status = (tell_busy(error),), 503
        else:
            messages.success(request, _("%(policy)s was added as a draft.") % {"policy": policy})
            if row := _posted_transition(request):
                _submit(request, policy, row, reason="")
            return HttpResponseRedirect(policy.get_absolute_url())
    return render_form(
        model_admin,
        request,
        None,
        forms,
        reason,
        identity=identity,
        refusals=refusals,
        is_showing_errors=not is_asking_for_more,
        status=status,
    )


# -- changing ---------------------------------------------------------------------------------------------


def _save(model_admin: PolicyAdmin, request: HttpRequest, policy: Policy) -> HttpResponse:
    seen = _seen_version(request, policy)
    transition = _posted_transition(request)
    forms = RecordForms(seen.values, request.POST, more=request.POST.get("more", ""))
    reason = ReasonForm(request.POST)
    page: dict[str, Any] = {"version": seen.number}
    if "more" in request.POST:
        forms.forget_errors()
        return render_form(model_admin, request, policy, forms, reason, **page, is_showing_errors=False)
    if not all([forms.is_valid(), reason.is_valid()]):
        return render_form(model_admin, request, policy, forms, reason, **page)
    wanted = forms.wanted()
    why = reason.cleaned_data["reason"].strip()
    if (
        compare_values(seen.values, wanted)
        and policy.standing == Standing.VERIFIED
        and not was_verified(policy, seen)
    ):
        return render_again(model_admin, request, policy, seen, wanted, reason)
    try:
        report = edit_policy(
            policy.pk,
            seen=seen.values,
            wanted=wanted,
            actor=cast(User, request.user),
            reason=why,
            seen_at=seen.at,
        )
    except MeanwhileChangedError:
        policy = load_policy(model_admin, request, policy.pk)
        return render_again(model_admin, request, policy, seen, wanted, reason)
    except ForbiddenError as error:
        raise PermissionDenied(str(error)) from error
    except RefusedError as error:
        return render_form(model_admin, request, policy, forms, reason, **page, refusals=error.reasons)
    except OperationalError as error:
        refusals = (tell_busy(error),)
        return render_form(model_admin, request, policy, forms, reason, **page, refusals=refusals, status=503)
    is_merged = _tell(request, report, seen.number)
    if transition and is_merged:
        messages.warning(request, _("Not submitted yet: read what changed meanwhile, then submit."))
    elif transition:
        _submit(request, report.policy, transition, reason="" if report.changes else why)
    return HttpResponseRedirect(policy.get_absolute_url())


def _seen_version(request: HttpRequest, policy: Policy) -> Version:
    try:
        return version_at(policy, int(request.POST.get("version", "")))
    except (LookupError, ValueError):
        raise BadRequest(_("The page names no version of this policy: open it again.")) from None


def _tell(request: HttpRequest, report: EditReport, seen: int) -> bool:
    """Say what was saved, and what others changed meanwhile; whether there was any such."""
    policy = report.policy
    if report.changes:
        places = _listed(label_of(change.at) for change in report.changes)
        messages.success(request, _("Saved %(policy)s: %(places)s.") % {"policy": policy, "places": places})
    else:
        messages.info(request, _("Nothing changed, so nothing was written."))
    before = policy.version - 1 if report.changes else policy.version
    meanwhile = changed_since(policy, seen, until=before) if before > seen else []
    if meanwhile:
        people = _listed(item.version.actor for item in meanwhile)
        places = _listed(label_of(item.change.at) for item in meanwhile)
        said = _("%(people)s changed this record while you were writing: %(places)s. Both are kept.")
        messages.warning(request, said % {"people": people, "places": places})
    return bool(meanwhile)


def _listed(items: Iterable[str], most: int = 5) -> str:
    names = list(dict.fromkeys(items))
    shown = listed(names[:most])
    if (rest := len(names) - most) <= 0:
        return shown
    return ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", rest) % {
        "names": shown,
        "count": rest,
    }


def _posted_transition(request: HttpRequest) -> Transition | None:
    name = request.POST.get("transition")
    row = next((row for row in SUBMITS if row.name == name), None)
    if name and row is None:
        raise BadRequest(_("This page cannot do “%(name)s”.") % {"name": name})
    return row


def _submit(request: HttpRequest, policy: Policy, row: Transition, *, reason: str) -> None:
    try:
        make_decision(
            policy.pk,
            row.name,
            actor=cast(User, request.user),
            reason=reason,
            seen_digest=policy.content_digest,
        )
    except RefusedError as error:
        messages.error(request, _("Not submitted. %(why)s") % {"why": error})
    except OperationalError as error:
        tell_busy(error)
        messages.error(request, _("Not submitted: the database is busy. Press the button again."))
    else:
        messages.success(request, _("%(policy)s is submitted and waits for a reviewer.") % {"policy": policy})
