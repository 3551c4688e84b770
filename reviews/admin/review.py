"""The Review tab: each claim beside its source, a note and a verdict for it, and the decision on the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from reviews.admin.differences import Difference, differ, plain
from reviews.admin.pages import load_policy, render_page, tell_busy
from reviews.admin.review_forms import SAVE, DecisionForm, JudgementForm, judgement_forms
from reviews.models import Decision, DimensionAnalysis, Policy, Verdict
from reviews.permissions import Allowed, Denied, RecordFacts, has_role, may, may_judge
from reviews.schema import CONTENT_FIELDS, is_claim_marked_ai
from reviews.selectors.queue import next_to_review
from reviews.selectors.timeline import changed_since
from reviews.selectors.versions import Version
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.workflow import ReviewReport, judge_dimensions, make_decision
from reviews.states import REVIEW, TRANSITIONS, TRANSITIONS_BY_NAME, Transition, VerdictKind

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

# Fields that the page's head shows; all others stand in "Further values".
_HEAD = {"title", "country", "category", "status", "legal_weight", "year", "pub_date", "source", "url"}
_HEAD |= {"description", "interpretation"}
_STATUS = {ForbiddenError: 403, OperationalError: 503}  # of a page that says why nothing was saved; else 200


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the page's address."""
    view = require_http_methods(["GET", "HEAD", "POST"])(partial(review_view, model_admin))
    return [
        path("<int:pk>/review/", model_admin.admin_site.admin_view(view), name="reviews_policy_review"),
    ]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A value that somebody changed since the page was loaded."""

    difference: Difference
    version: Version


@dataclass(frozen=True, slots=True)
class Claim:
    """One dimension as the page shows it."""

    row: DimensionAnalysis
    score: str
    further: tuple[tuple[str, str], ...]
    is_marked_ai: bool
    verdict: Verdict | None  # the current one
    earlier: tuple[Verdict, ...]  # newest first: of an earlier text, or replaced since
    twins: tuple[str, ...]  # languages in which the very same claim stands
    answer: Allowed | Denied  # whether this person may judge it
    form: JudgementForm | None
    meanwhile: tuple[Elsewhere, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the workflow as a button. What is ``missing`` may still be given on the very same page."""

    row: Transition
    is_open: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a save did not go through, with all that was typed."""

    reasons: tuple[str, ...]
    forms: Mapping[str, JudgementForm]
    reason_typed: str
    meanwhile: tuple[Elsewhere, ...]  # what others changed since the page was loaded
    status: int  # of the answer
    is_saved: bool  # notes and verdicts went in, the decision did not


def review_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page, or take what was sent: notes and verdicts first, then the decision of the button pressed."""
    policy = load_policy(model_admin, request, pk)
    if request.method != "POST":
        return _show(model_admin, request, policy)
    sent = DecisionForm(request.POST)
    if not sent.is_valid():
        return HttpResponseBadRequest("This is no form of the review page: load the page and send it again.")
    act, reason, seen = (sent.cleaned_data[name] for name in ("act", "reason", "seen_digest"))
    forms = list(judgement_forms(request.POST))
    report: ReviewReport | None = None
    decision: Decision | None = None
    try:
        report = judge_dimensions(pk, [form.judgement() for form in forms], actor=_actor(request))
        if act != SAVE:
            decision = make_decision(
                pk,
                act,
                actor=_actor(request),
                reason=reason,
                seen_digest=seen,
                seen_notes={form.typed("key"): form.typed("note") for form in forms},
            )
    except (RefusedError, OperationalError) as error:
        policy = load_policy(model_admin, request, pk)
        changes = changed_since(policy, sent.cleaned_data["seen_version"], with_review=report is None)
        refusal = Refusal(
            error.reasons if isinstance(error, RefusedError) else (_busy(error, report),),
            {form.typed("key"): form for form in forms} if report is None else {},
            reason,
            tuple(Elsewhere(differ(item.change), item.version) for item in changes),
            status=_STATUS.get(type(error), 200),
            is_saved=report is not None and not report.is_empty,
        )
        return _show(model_admin, request, policy, refusal)
    if decision:
        _tell_decision(request, decision)
    if act == SAVE or not report.is_empty:
        _tell_saved(request, report)
    return HttpResponseRedirect(request.path)


def _busy(error: OperationalError, report: ReviewReport | None) -> str:
    told = tell_busy(error)
    if report is None or report.is_empty:
        return told
    return "The database is busy; the decision was not written. Send it again."


def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)  # the admin lets nobody else in


# -- messages ---------------------------------------------------------------------------------------------


def _tell_saved(request: HttpRequest, report: ReviewReport) -> None:
    if report.is_empty:
        messages.info(request, "Nothing new in notes and verdicts, so nothing was written.")
        return
    parts = [_count(len(report.noted), "note"), _count(len(report.verdicts), "verdict")]
    messages.success(request, f"Saved {' and '.join(part for part in parts if part)}.")
    for sentence in report.covered:
        messages.success(request, sentence)
    for sentence in report.not_covered:
        messages.warning(request, sentence)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""


def _tell_decision(request: HttpRequest, decision: Decision) -> None:
    day = date_format(localdate(decision.created_at), "j F Y")
    told = {
        "submit": "Submitted for review",
        "request_changes": "Changes requested",
        "verify": "Verified",
        "reopen": "Review reopened",
    }[decision.transition]
    text = f"{told} by {decision.actor_name} on {day}."
    is_reviewing = TRANSITIONS_BY_NAME[decision.transition].permission == REVIEW
    following = next_to_review(_actor(request), except_pk=decision.policy_id) if is_reviewing else None
    if following is None:
        messages.success(request, text)
        return
    url = reverse("admin:reviews_policy_review", args=[following.pk])
    messages.success(
        request, format_html('{} <a href="{}">Next in the queue: {}</a>', text, url, following.title)
    )


# -- the page ---------------------------------------------------------------------------------------------


def _show(
    model_admin: PolicyAdmin, request: HttpRequest, policy: Policy, refusal: Refusal | None = None
) -> HttpResponse:
    actor = _actor(request)
    facts = policy.facts()
    translations = list(policy.translations().prefetch_related("dimensions").order_by("language"))
    claims = _claims(policy, facts, actor, translations, refusal)
    moves = _moves(facts, actor, {claim.row.key for claim in claims if claim.form})
    keys = {claim.row.key for claim in claims}
    return render_page(
        model_admin,
        request,
        "review.html",
        policy=policy,
        tab="review",
        context={
            "claims": claims,
            "judged": sum(claim.verdict is not None for claim in claims),
            "is_judging": any(claim.form for claim in claims),
            "is_reviewer": actor.has_perm(f"reviews.{REVIEW}"),
            "moves": moves,
            "needs_reason": " and ".join(f"“{row.label}”" for row in TRANSITIONS if row.is_reason_required),
            "can_move": any(move.is_open for move in moves),
            "decisions": list(policy.decisions.order_by("-pk")),
            "translations": translations,
            "further": _further(policy),
            "source_link": _link(policy.url),
            "refusal": refusal,
            "record_meanwhile": [
                item
                for item in (refusal.meanwhile if refusal else ())
                if item.difference.at[0] != "analysis" or item.difference.at[1] not in keys
            ],
            "orphans": [form for key, form in (refusal.forms if refusal else {}).items() if key not in keys],
        },
        status=refusal.status if refusal else 200,
    )


def _claims(
    policy: Policy,
    facts: RecordFacts,
    actor: User,
    translations: Iterable[Policy],
    refusal: Refusal | None,
) -> list[Claim]:
    current = policy.current_verdicts()
    given = sorted(policy.verdicts.all(), key=lambda item: -item.pk)
    digests = {
        other.language: {item.key: item.content_digest for item in other.dimensions.all()}
        for other in translations
    }
    claims = []
    for index, (row, fact) in enumerate(zip(policy.dimensions.all(), facts.dimensions, strict=True)):
        answer = may_judge(actor, fact, facts)
        typed = refusal.forms.get(row.key) if refusal else None
        verdict = current.get(row.key)
        claims.append(
            Claim(
                row,
                plain(row.score),
                _named(row.extra.items()),
                is_claim_marked_ai(row.to_values()),
                verdict,
                tuple(item for item in given if item.dimension_key == row.key and item != verdict),
                tuple(lang for lang, keys in digests.items() if keys.get(row.key) == row.content_digest),
                answer,
                _form(row, index, verdict, typed) if answer or typed else None,
                tuple(item for item in refusal.meanwhile if item.difference.at[:2] == ("analysis", row.key))
                if refusal
                else (),
            )
        )
    return claims


def _form(
    row: DimensionAnalysis, index: int, verdict: Verdict | None, typed: JudgementForm | None
) -> JudgementForm:
    """Return the form with what was typed, and with what stands there now as what was seen."""
    return JudgementForm(
        prefix=str(index),
        initial={
            "key": row.key,
            "seen_digest": row.content_digest,
            "seen_note": row.audit_note,
            "seen_verdict": verdict.pk if verdict else 0,
            "note": typed.typed("note") if typed else row.audit_note,
            "kind": typed.typed("kind") if typed else None,
            "covers": bool(typed and typed.typed("covers")),
        },
    )


def _moves(facts: RecordFacts, actor: User, judging: set[str]) -> list[Move]:
    """Return the rows of the workflow that are for this person's role; one that this form can clear is open."""
    hopeful = replace(
        facts,
        dimensions=tuple(
            replace(item, verdict=VerdictKind.ACCEPTED, has_note=True) if item.key in judging else item
            for item in facts.dimensions
        ),
    )
    moves = []
    for row in TRANSITIONS:
        if not has_role(actor, row.permission):
            continue
        answer = may(actor, row.name, facts)
        missing = answer.reasons if isinstance(answer, Denied) else ()
        moves.append(Move(row, bool(may(actor, row.name, hopeful)), missing))
    return sorted(moves, key=lambda move: not move.is_open)  # what can be done comes first


def _further(policy: Policy) -> tuple[tuple[str, str], ...]:
    """Return all other values that a signature covers, with the names that people call them."""
    values = [
        (str(Policy._meta.get_field(row.name).verbose_name), getattr(policy, row.name))  # type: ignore[union-attr]  # the table names columns only
        for row in CONTENT_FIELDS
        if row.name not in _HEAD
    ]
    return _named([*values, *policy.extra.items()])


def _named(values: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return what is not empty, as text."""
    shown = ((label, plain(_filled(value))) for label, value in values)
    return tuple((label, text) for label, text in shown if text)


def _filled(value: Any) -> Any:
    """Return a mapping without the keys that say nothing, and a list of texts as one line."""
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items() if item}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " · ".join(value)
    return value


def _link(url: str) -> str:
    """Return an address that is safe to follow, else nothing: files may hold ``javascript:``."""
    return url.strip() if url.strip().lower().startswith(("http://", "https://")) else ""
