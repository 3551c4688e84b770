"""The Review tab: shows a record to judge, takes what a reviewer sends, and leads on to the next one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from reviews.admin.differences import differ
from reviews.admin.holding import hold_while_open
from reviews.admin.keys import KEYS, KEYS_BY_NAME
from reviews.admin.pages import render_page, tell_busy
from reviews.admin.review_forms import (
    LEAVING,
    SAVE_NEXT,
    SKIP,
    TAKE_OVER,
    DecisionForm,
    JudgementForm,
    judgement_forms,
)
from reviews.admin.review_page import Elsewhere, Refusal, describe_page, tell_repeats
from reviews.models import Decision, Policy
from reviews.selectors.export_status import with_export_status
from reviews.selectors.notes import count_repeats
from reviews.selectors.queue import next_to_review
from reviews.selectors.timeline import changed_since
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.holding import take_over_policy
from reviews.services.queueing import skip_policy, take_next
from reviews.services.reviewing import Correction, SaveReport, Wish, save_review
from reviews.states import REVIEW, TRANSITIONS_BY_NAME, VerdictKind

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

_STATUS = {ForbiddenError: 403, OperationalError: 503}  # of a page that says why nothing was saved; else 200
_LONGEST_NOTE = 2_000  # characters of a note that is asked about while it is typed: it stands in an address


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the page's addresses."""
    view = require_http_methods(["GET", "HEAD", "POST"])(partial(review_view, model_admin))
    notes = require_GET(partial(repeats_view, model_admin))
    site = model_admin.admin_site
    return [
        path("<int:pk>/review/", site.admin_view(view), name="reviews_policy_review"),
        path("<int:pk>/review/notes/", site.admin_view(notes), name="reviews_policy_notes"),
    ]


def review_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page, or take what was sent: corrections, notes and verdicts first, then the act of the button."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if request.method != "POST":
        return _show(model_admin, request, pk)
    sent = DecisionForm(request.POST)
    if not sent.is_valid():
        return HttpResponseBadRequest(
            _("This is no form of the review page: load the page and send it again.")
        )
    act, reason = sent.cleaned_data["act"], sent.cleaned_data["reason"]
    seen = {name: sent.cleaned_data[name] for name in ("seen_digest", "seen_version")}
    actor = _actor(request)
    forms = list(judgement_forms(request.POST))
    saved: SaveReport | None = None
    try:
        saved = _save(pk, forms, act, reason, **seen, actor=actor)
        if saved.refusal:
            raise saved.refusal
        if act == TAKE_OVER:
            take_over_policy(pk, actor=actor)
        elif act == SKIP:
            skip_policy(pk, actor=actor)
        elif act == SAVE_NEXT:
            with suppress(RefusedError):  # somebody else ended the review meanwhile: nothing to come back to
                skip_policy(pk, actor=actor)
    except Policy.DoesNotExist as error:
        raise _unknown(pk) from error
    except (RefusedError, OperationalError) as error:
        refusal = _refuse(error, pk, sent, forms, saved)
        return _show(model_admin, request, pk, refusal)
    if saved.decision:
        _tell_decision(request, saved.decision)
    if act == SKIP:
        messages.success(request, _("Skipped: it comes back at the end of your round."))
    elif act == TAKE_OVER:
        messages.success(
            request, _("It is yours now; who had it keeps what they typed, and sees that you took it.")
        )
    if act not in (SKIP, TAKE_OVER, *TRANSITIONS_BY_NAME) or not saved.is_empty:
        _tell_saved(request, saved, pk)
    return HttpResponseRedirect(_next_page(request, pk) if act in LEAVING else request.path)


def repeats_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> JsonResponse:
    """Say on how many other records a note stands that is being typed, in a sentence or not at all."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    note = request.GET.get("note", "")[:_LONGEST_NOTE]
    found = count_repeats([note], except_pk=pk).get(note, 0)
    return JsonResponse({"text": tell_repeats(found) if found else ""})


def _save(
    pk: int,
    forms: Sequence[JudgementForm],
    act: str,
    reason: str,
    *,
    seen_digest: str,
    seen_version: int,
    actor: User,
) -> SaveReport:
    judgements = [form.judgement() for form in forms]
    corrections = [
        Correction(
            form.cleaned_data["key"], form.cleaned_data["evidence"], form.cleaned_data["seen_evidence"]
        )
        for form in forms
        if form.is_correcting
    ]
    return save_review(
        pk,
        judgements,
        corrections=corrections,
        wish=Wish(act, reason) if act in TRANSITIONS_BY_NAME else None,
        seen_digest=seen_digest,
        seen_version=seen_version,
        actor=actor,
    )


def _refuse(
    error: RefusedError | OperationalError,
    pk: int,
    sent: DecisionForm,
    forms: Sequence[JudgementForm],
    saved: SaveReport | None,
) -> Refusal:
    policy = Policy.objects.filter(pk=pk).first()
    if policy is None:
        raise _unknown(pk) from error
    changes = changed_since(policy, sent.cleaned_data["seen_version"], with_review=saved is None)
    return Refusal(
        error.reasons if isinstance(error, RefusedError) else (_busy(error, saved),),
        {form.typed("key"): form for form in forms} if saved is None else {},
        sent.cleaned_data["reason"],
        tuple(Elsewhere(differ(item.change), item.version) for item in changes),
        status=_STATUS.get(type(error), 200),
        is_saved=saved is not None and not saved.is_empty,
    )


def _busy(error: OperationalError, saved: SaveReport | None) -> str:
    told = tell_busy(error)
    if saved is None or saved.is_empty:
        return told
    return _("The database is busy; the decision was not written. Send it again.")


def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)  # the admin lets nobody else in


def _unknown(pk: int) -> Http404:
    return Http404(_("There is no policy with the number %(number)s.") % {"number": pk})


def _next_page(request: HttpRequest, pk: int) -> str:
    """Return the address of the next record of the person's queue, theirs from now on, or else of the queue."""
    try:
        following = take_next(actor=_actor(request), except_pk=pk)
    except OperationalError as error:  # what was sent is saved all the same
        tell_busy(error)
        following = next_to_review(_actor(request), except_pk=pk)
    if following is None:
        return reverse("admin:reviews_policy_queue")
    return reverse("admin:reviews_policy_review", args=[following.pk])


# -- messages ---------------------------------------------------------------------------------------------


def _tell_saved(request: HttpRequest, saved: SaveReport, pk: int) -> None:
    report = saved.review
    if saved.is_empty:
        messages.info(request, _("Nothing new in notes and verdicts, so nothing was written."))
        return
    if report.noted or report.verdicts:
        messages.success(request, _counted(len(report.noted), len(report.verdicts)))
    for key in saved.corrected:
        said = (
            _("You corrected the evidence of “%(key)s”: someone else has to judge it now.")
            if key in saved.left_to_others
            else _("You corrected the evidence of “%(key)s”.")
        )
        messages.success(request, said % {"key": key})
    for sentence in report.covered:
        messages.success(request, sentence)
    for sentence in report.not_covered:
        messages.warning(request, sentence)
    if not saved.decision:  # there is no time left to write it anew
        _tell_repeats(request, saved, pk)


def _counted(notes: int, verdicts: int) -> str:
    """Return how much was saved, as a sentence."""
    if not notes:
        said = ngettext("Saved %(verdicts)d verdict.", "Saved %(verdicts)d verdicts.", verdicts)
    elif not verdicts:
        said = ngettext("Saved %(notes)d note.", "Saved %(notes)d notes.", notes)
    elif verdicts == 1:
        said = ngettext(
            "Saved %(notes)d note and %(verdicts)d verdict.",
            "Saved %(notes)d notes and %(verdicts)d verdict.",
            notes,
        )
    else:
        said = ngettext(
            "Saved %(notes)d note and %(verdicts)d verdicts.",
            "Saved %(notes)d notes and %(verdicts)d verdicts.",
            notes,
        )
    return said % {"notes": notes, "verdicts": verdicts}


def _tell_repeats(request: HttpRequest, saved: SaveReport, pk: int) -> None:
    notes = {verdict.dimension_key: verdict.note for verdict in saved.review.verdicts}
    repeated = count_repeats([notes[key] for key in saved.review.noted if key in notes], except_pk=pk)
    for key, note in notes.items():
        if note in repeated and key in saved.review.noted:
            said = _("%(key)s: %(what)s") % {"key": key, "what": tell_repeats(repeated[note])}
            messages.warning(request, said)


def _tell_decision(request: HttpRequest, decision: Decision) -> None:
    said = {
        "submit": _("Submitted for review by %(name)s on %(day)s."),
        "request_changes": _("Changes requested by %(name)s on %(day)s."),
        "verify": _("Verified by %(name)s on %(day)s."),
        "reopen": _("Review reopened by %(name)s on %(day)s."),
        "abstain": _("%(name)s abstained on %(day)s."),
        "retire": _("Retired by %(name)s on %(day)s."),
        "bring_back": _("Brought back by %(name)s on %(day)s."),
    }[decision.transition]
    day = date_format(localdate(decision.created_at), "DATE_FORMAT")
    text = said % {"name": decision.actor_name, "day": day}
    if decision.transition not in LEAVING:
        messages.success(request, text)
        return
    url = reverse("admin:reviews_policy_review", args=[decision.policy_id])
    messages.success(request, format_html('{} <a href="{}">{}</a>', text, url, decision.policy.title))


# -- the page ---------------------------------------------------------------------------------------------


def _show(
    model_admin: PolicyAdmin, request: HttpRequest, pk: int, refusal: Refusal | None = None
) -> HttpResponse:
    same = Policy.objects.filter(pk=pk).values("policy_id")
    found = with_export_status(Policy.objects.for_review().filter(policy_id__in=same))
    rows = list(found.order_by("language"))
    policy = next((row for row in rows if row.pk == pk), None)
    if policy is None:
        raise _unknown(pk)
    actor = _actor(request)
    hold = hold_while_open(request, policy)
    translations = [row for row in rows if row.pk != pk]
    return render_page(
        model_admin,
        request,
        "review.html",
        policy=policy,
        tab="review",
        context={
            **describe_page(policy, translations, actor=actor, refusal=refusal),
            "is_reviewer": actor.has_perm(f"reviews.{REVIEW}"),
            "decisions": list(policy.decisions.defer("signed_text").order_by("-pk")),
            "translations": translations,
            "subtitle": refusal.title if refusal else "",  # in the page's title
            "held_by": hold if hold and hold.person_id != actor.pk else None,
            "is_mine": bool(hold and hold.person_id == actor.pk),
            "keys": KEYS_BY_NAME,
            "all_keys": KEYS,
            "verdict_keys": [(kind.value, KEYS_BY_NAME[kind]) for kind in VerdictKind],
        },
        status=refusal.status if refusal else 200,
    )
