"""The one door of the workflow: verdicts and decisions. State moves here and nowhere else.

Each call locks the record, asks ``permissions``, and writes rows, decision and history in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reviews.models import Decision, DimensionAnalysis, Policy, Verdict
from reviews.models.door import Door, open_door
from reviews.permissions import may
from reviews.schema import POLICY_FIELDS, digest_text, listed
from reviews.services.errors import RefusedError
from reviews.services.judging import (
    Judged,
    Judgement,
    ReviewReport,
    judge_dimensions,
    require,
    write_judged,
)
from reviews.services.mailing import tell_changes_requested
from reviews.services.queueing import forget_skips
from reviews.services.recording import end_work, lock_policy, next_moment, record_revision
from reviews.services.rendering import render_policy
from reviews.services.schedule import next_review
from reviews.services.trail import append_to_trail
from reviews.states import TRANSITIONS_BY_NAME, State, Transition, state_of_file

__all__ = [
    "Judgement",
    "ReviewReport",
    "judge_dimensions",
    "make_decision",
    "prepare_decision",
    "receive_file_status",
    "write_decision",
]

_REVIEW_KEYS = {row.dotted for row in POLICY_FIELDS if row.is_review}  # what a sign-off fills in


def make_decision(
    policy_pk: int,
    transition: str,
    *,
    actor: User,
    reason: str = "",
    seen_digest: str,
    seen: Sequence[Judgement] | None = None,
) -> Decision:
    """Move a record through the workflow and return the decision.

    ``seen_digest`` is the content digest that the actor saw, ``seen`` what a page showed of the dimensions, where
    there was one: nobody decides on content, nor signs a note or a verdict, that changed behind the page. Raises
    ``RefusedError`` with every reason at once; nothing is written then.
    """
    with transaction.atomic(), open_door(Door.STATE):
        policy = lock_policy(policy_pk)
        decision = prepare_decision(
            policy, transition, actor=actor, reason=reason, seen_digest=seen_digest, seen=seen
        )
        write_decision(decision, actor=actor)
        return decision


def prepare_decision(
    policy: Policy,
    transition: str,
    *,
    actor: User,
    reason: str,
    seen_digest: str,
    seen: Sequence[Judgement] | None = None,
    given: Sequence[Verdict] = (),
) -> Decision:
    """Return the decision on a locked record, to be written; see ``make_decision``. The record stays as it is.

    ``given`` are verdicts that go in with it.
    """
    row = TRANSITIONS_BY_NAME[transition]
    reason = reason.strip()
    allowed = require(may(actor, transition, policy.facts(given)), actor, row.permission)
    if policy.content_digest != seen_digest:
        said = _("%(policy)s was changed while you were looking at it: read what changed, then decide again.")
        raise RefusedError(said % {"policy": policy})
    if row.is_reason_required and not reason:
        said = _("%(move)s needs a reason: say what has to change, or why.")
        raise RefusedError(said % {"move": row.label})
    decision = Decision(
        policy=policy,
        transition=transition,
        from_state=policy.state,
        to_state=(row.target or policy.state),
        actor=actor,
        actor_name=actor.get_full_name() or actor.get_username(),
        reason=reason,
        content_digest=policy.content_digest,
        is_four_eyes_waived=allowed.is_four_eyes_waived,
        created_at=next_moment(policy),
    )
    if row.target is State.VERIFIED:
        if seen is not None:
            _require_seen(policy, seen, given, actor=actor)
        source = getattr(policy, "source_file", None)
        signed = copy(policy)
        _fill_in(signed, decision)
        decision.signed_text = render_policy(signed, dimensions=list(policy.dimensions.all()), is_signed=True)
        _require_size(policy, decision.signed_text)
        decision.signed_text_digest = digest_text(decision.signed_text)
        decision.base_digest = source.text_digest if source else ""
    return decision


def write_decision(decision: Decision, *, actor: User, judged: Judged | None = None) -> None:
    """Write a decision that ``prepare_decision`` returned, and move its record. The caller holds the door.

    What was ``judged`` in the same transaction goes into the same version of the record.
    """
    policy, row = decision.policy, TRANSITIONS_BY_NAME[decision.transition]
    said = _history_reason(row, decision.reason)
    verdicts = judged.verdicts if judged else []
    append_to_trail([*verdicts, decision])
    if row.target is None:  # nothing moved: no new version of the record but for what was judged
        if judged:
            write_judged(judged, actor=actor)
        end_work(policy, actor=actor, reason=said, at=decision.created_at, is_own_only=True)
        forget_skips(policy, actor)
        return
    dimensions = list(policy.dimensions.all())
    changed = {item.pk: item for item in judged.noted} if judged else {}
    is_signed = row.target is State.VERIFIED
    if is_signed:
        _fill_in(policy, decision)
        if not decision.is_four_eyes_waived:
            changed |= {item.pk: item for item in _forget_authors(policy, dimensions)}
    policy.review_status = row.target.value
    policy.signoff = decision if is_signed else None
    policy.signed_digest = policy.content_digest if is_signed else ""
    if is_signed:
        policy.next_review_on = next_review(policy)
    elif not policy.is_past_review:  # once that day has come, only a new signature moves it
        policy.next_review_on = None
    record_revision(
        policy,
        dimensions=dimensions,
        changed=changed.values(),
        verdicts=verdicts,
        actor=actor,
        reason=said,
        at=decision.created_at,
    )
    if decision.transition == "request_changes":
        tell_changes_requested(decision)
    forget_skips(policy)


def receive_file_status(policy: Policy, file_status: str) -> None:
    """Set where a record stands after its file was read; for imports, before they save it.

    A new record enters as its file says, except that nothing enters verified. Later the file's word moves
    a record only where it newly claims ``verified`` of a draft: claims wait in the queue.
    """
    if policy._state.adding:
        policy.review_status = state_of_file(file_status).value
    elif file_status == State.VERIFIED and policy.review_status == State.DRAFT:
        policy.review_status = State.IN_REVIEW.value
    policy.file_status = file_status
    policy.remember_state()  # the workflow moved it: the import may save it


def _history_reason(row: Transition, reason: str) -> str:
    with translation.override("en"):  # what is stored does not depend on who looks
        return f"{row.label}: {reason}" if reason else str(row.label)


def _fill_in(policy: Policy, decision: Decision) -> None:
    """Set what a sign-off says of itself."""
    policy.reviewer = decision.actor_name
    policy.last_audit_date = timezone.localdate(decision.created_at)
    policy.misfits = {key: raw for key, raw in policy.misfits.items() if key not in _REVIEW_KEYS}


def _forget_authors(policy: Policy, dimensions: Sequence[DimensionAnalysis]) -> list[DimensionAnalysis]:
    """Free the authors of what other eyes have seen by now; return the dimensions that had any."""
    policy.authors = {}
    written = [item for item in dimensions if item.authors]
    for item in written:
        item.authors = {}
    return written


def _require_size(policy: Policy, text: str) -> None:
    """Sign nothing that the next import would refuse."""
    size, limit = len(text.encode()), settings.POLICYHUB_MAX_FILE_BYTES
    if size > limit:
        said = _(
            "%(path)s would have %(size)s bytes, more than the %(limit)s allowed "
            "(POLICYHUB_MAX_FILE_BYTES): shorten it."
        )
        raise RefusedError(said % {"path": policy.file_path, "size": f"{size:,}", "limit": f"{limit:,}"})


def _require_seen(
    policy: Policy, seen: Sequence[Judgement], given: Sequence[Verdict], *, actor: User
) -> None:
    """Refuse to sign what the page did not show; what the actor said since is no news to them."""
    shown = {item.key: item for item in seen}
    notes = {item.key: item.audit_note.strip() for item in policy.dimensions.all()}
    reasons = []
    if unseen := [key for key in notes if key not in shown]:
        said = _(
            "The page that you sent did not show %(keys)s: your signature would cover it, so reload the page, "
            "read it, then verify again."
        )
        reasons.append(said % {"keys": listed(unseen)})
    if noted := [key for key, item in shown.items() if notes.get(key, "") != item.note.strip()]:
        said = _(
            "Somebody changed the audit note on %(keys)s while you were reading: your signature would "
            "cover it, so read it, then verify again."
        )
        reasons.append(said % {"keys": listed(noted)})
    judged = [
        key
        for key, verdict in policy.current_verdicts(given).items()
        if key in shown
        and key not in noted
        and shown[key].seen_verdict not in (None, verdict.pk)
        and verdict.actor_id != actor.pk
    ]
    if judged:
        said = _(
            "Somebody gave another verdict on %(keys)s while you were reading: your signature would rest on it, "
            "so read it, then verify again."
        )
        reasons.append(said % {"keys": listed(judged)})
    if reasons:
        raise RefusedError(*reasons)
