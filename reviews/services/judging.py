"""Verdicts and audit notes: what reviewers say of single dimensions, bound to the content that they saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.documents import REMOVED
from reviews.models import DimensionAnalysis, Policy, Verdict
from reviews.models.door import Door, open_door
from reviews.permissions import Allowed, RecordFacts, has_role, lacks_role, may_judge
from reviews.schema import CLAIM_FIELDS, Change, listed
from reviews.services.errors import ForbiddenError, MeanwhileChangedError, RefusedError
from reviews.services.holding import renew_hold
from reviews.services.queueing import forget_skips
from reviews.services.recording import count_judged, lock_policy, lock_with_translations, record_revision
from reviews.services.trail import append_to_trail
from reviews.states import REVIEW, VerdictKind


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reviewer says of one dimension: a note, a verdict, or both.

    ``seen_digest`` and ``seen_note`` are what stood on the page; the verdict binds to that digest.
    ``seen_verdict`` is the key of the verdict that stood there, 0 for none, ``None`` where no page was.
    """

    key: str
    note: str
    kind: VerdictKind | None
    seen_digest: str
    seen_note: str
    is_covering_translations: bool = False
    seen_verdict: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What came of a set of judgements. ``covered`` and ``not_covered`` speak of translations, in sentences."""

    verdicts: tuple[Verdict, ...]
    noted: tuple[str, ...]
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written at all."""
        return not (self.verdicts or self.noted or self.covered)


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgements as they stand on a locked record, not yet written."""

    policy: Policy
    dimensions: list[DimensionAnalysis]
    verdicts: list[Verdict]
    noted: list[DimensionAnalysis]
    covering: list[Verdict]  # to extend to translations


def judge_dimensions(policy_pk: int, judgements: Sequence[Judgement], *, actor: User) -> ReviewReport:
    """Write notes and verdicts on a record's dimensions, all or none.

    A judgement that says nothing new writes nothing, and a note left as it was seen stays what it is by now.
    Raises ``MeanwhileChangedError`` where a verdict or a typed note meets a claim or a note that is no longer the
    one that the actor saw, ``RefusedError`` where the actor may not judge.
    """
    with transaction.atomic(), open_door(Door.STATE):
        policy, translations = lock_for_judging(policy_pk, judgements)
        require_seen(policy, judgements, actor=actor)
        judged = apply_judgements(policy, judgements, actor=actor)
        record_judged(judged, actor=actor)
        return report_judged(judged, translations, actor=actor)


def lock_for_judging(policy_pk: int, judgements: Sequence[Judgement]) -> tuple[Policy, list[Policy]]:
    """Return the record, locked, and its translations, locked as well, where a verdict is to cover them."""
    if any(judgement.is_covering_translations for judgement in judgements):
        return lock_with_translations(policy_pk)
    return lock_policy(policy_pk), []


def require_seen(policy: Policy, judgements: Sequence[Judgement], *, actor: User) -> None:
    """Raise what ``judge_dimensions`` does where the actor may not judge at all, or did not see what stands there."""
    if judgements and not has_role(actor, REVIEW):
        raise ForbiddenError(*lacks_role(REVIEW, _("Giving a verdict")).reasons)
    given = policy.current_verdicts()
    by_key = {item.key: item for item in policy.dimensions.all()}
    changes: list[Change] = []
    gone = []
    keys = [judgement.key for judgement in judgements]
    if doubled := next((key for key in keys if keys.count(key) > 1), None):
        said = _("“%(key)s” was sent twice, and only one can be meant: reload the page.")
        raise RefusedError(said % {"key": doubled})
    for judgement in judgements:
        item = by_key.get(judgement.key)
        if item is None:
            gone.append(judgement.key)
            continue
        if judgement.kind and item.content_digest != judgement.seen_digest:
            changes += _claim_changes(item, judgement.seen_digest)
        changes += _verdict_changes(policy, judgement, given.get(item.key), actor)
        stands, seen, typed = (
            text.strip() for text in (item.audit_note, judgement.seen_note, judgement.note)
        )
        if stands not in (seen, typed) and (judgement.kind or typed != seen):
            changes.append(Change(("analysis", item.key, "audit_note"), judgement.seen_note, item.audit_note))
    if gone:
        said = _("%(policy)s has no dimension “%(key)s” any more: reload the page.")
        raise RefusedError(said % {"policy": policy, "key": gone[0]})
    if changes:
        names = listed(dict.fromkeys(str(change.dimension) for change in changes))
        said = _(
            "Somebody changed %(keys)s while you were writing. Nothing you typed is lost: "
            "compare the two below and save again."
        )
        raise MeanwhileChangedError(said % {"keys": names}, tuple(changes))


def apply_judgements(policy: Policy, judgements: Sequence[Judgement], *, actor: User) -> Judged:
    """Lay judgements that ``require_seen`` let pass on a locked record, in memory. Raises ``RefusedError``."""
    dimensions = list(policy.dimensions.all())
    by_key = {item.key: item for item in dimensions}
    judged = Judged(policy, dimensions, [], [], [])
    facts, current = policy.facts(), policy.current_verdicts()
    for judgement in (_with_kept_note(judgement, by_key[judgement.key]) for judgement in judgements):
        item = by_key[judgement.key]
        is_noted = judgement.note.strip() != item.audit_note.strip()
        verdict = current.get(item.key)
        if is_noted or not _is_said(verdict, judgement, actor):
            is_silent = not is_noted and judgement.kind is None
            verdict = None if is_silent else _judge(policy, item, judgement, facts, actor=actor)
            if verdict:
                judged.verdicts.append(verdict)
            if is_noted:
                judged.noted.append(item)
        if verdict and judgement.is_covering_translations:
            judged.covering.append(verdict)
    return judged


def record_judged(judged: Judged, *, actor: User) -> None:
    """Write verdicts and notes, and end what waited for this reviewer's word."""
    renew_hold(judged.policy, actor)
    if judged.verdicts:
        forget_skips(judged.policy, actor)
    append_to_trail(judged.verdicts)
    write_judged(judged, actor=actor)


def write_judged(judged: Judged, *, actor: User) -> None:
    """Write notes as a version of the record. The verdicts stand in the trail by then."""
    said = f"Audit note: {', '.join(item.key for item in judged.noted)}"
    _write(judged.policy, judged.dimensions, judged.verdicts, judged.noted, actor=actor, reason=said)


def report_judged(judged: Judged, translations: Sequence[Policy], *, actor: User) -> ReviewReport:
    """Extend verdicts to translations where the reviewer wants it, and return what came of it all."""
    covered: list[str] = []
    not_covered: list[str] = []
    for other in translations if judged.covering else ():
        done, refused = _cover(other, judged, actor=actor)
        covered += done
        not_covered += refused
    noted = tuple(item.key for item in judged.noted)
    return ReviewReport(tuple(judged.verdicts), noted, tuple(covered), tuple(not_covered))


def require(answer: object, actor: User, permission: str) -> Allowed:
    """Return the answer that allows it, else raise the refusal with its reasons."""
    if isinstance(answer, Allowed):
        return answer
    error = RefusedError if has_role(actor, permission) else ForbiddenError
    raise error(*getattr(answer, "reasons", ()))


def _with_kept_note(judgement: Judgement, item: DimensionAnalysis) -> Judgement:
    """Return the judgement with the note that stands there now, where the actor did not touch the one seen."""
    is_touched = judgement.note.strip() != judgement.seen_note.strip()
    return judgement if is_touched else replace(judgement, note=item.audit_note)


def _verdict_changes(
    policy: Policy, judgement: Judgement, stands: Verdict | None, actor: User
) -> list[Change]:
    """Return the verdict that somebody else gave since the actor saw the page, where one of theirs would hide it."""
    if not judgement.kind or judgement.seen_verdict is None or stands is None:
        return []
    if stands.pk == judgement.seen_verdict or stands.actor_id == actor.pk:
        return []
    seen = next((item for item in policy.verdicts.all() if item.pk == judgement.seen_verdict), None)
    old = VerdictKind(seen.kind).label if seen else REMOVED
    return [Change(("analysis", judgement.key, "verdict"), old, VerdictKind(stands.kind).label)]


def _claim_changes(item: DimensionAnalysis, seen_digest: str) -> list[Change]:
    """Return what changed in a claim since it had the digest that the actor saw."""
    rows = DimensionAnalysis.history.filter(
        policy_id=item.policy_id, key=item.key, content_digest=seen_digest
    )
    seen = rows.order_by("-history_date", "-history_id").first()
    return [
        Change(("analysis", item.key, name), getattr(seen, name, REMOVED), getattr(item, name))
        for name in (*(row.name for row in CLAIM_FIELDS), "extra", "misfits")
        if getattr(seen, name, REMOVED) != getattr(item, name)
    ]


def _is_said(verdict: Verdict | None, judgement: Judgement, actor: User) -> bool:
    """Whether the current verdict is this very judgement, by the same person and with the same note."""
    return verdict is not None and (verdict.kind, verdict.note, verdict.actor_id) == (
        judgement.kind,
        judgement.note.strip(),
        actor.pk,
    )


def _judge(
    policy: Policy, item: DimensionAnalysis, judgement: Judgement, facts: RecordFacts, *, actor: User
) -> Verdict | None:
    fact = next(fact for fact in facts.dimensions if fact.key == item.key)
    allowed = require(may_judge(actor, fact, facts), actor, REVIEW)
    if judgement.note.strip() != item.audit_note.strip():
        item.audit_note = judgement.note.strip()
        item.misfits = {key: raw for key, raw in item.misfits.items() if key != "auditNote"}
    if judgement.kind is None:
        return None
    if not judgement.kind.is_supporting and not item.audit_note:
        said = _("“%(key)s”: %(verdict)s needs a note that says why.")
        raise RefusedError(said % {"key": item.key, "verdict": judgement.kind.label.lower()})
    return _new_verdict(policy, item, judgement.kind, allowed, actor=actor)


def _write(
    policy: Policy,
    dimensions: list[DimensionAnalysis],
    verdicts: list[Verdict],
    noted: list[DimensionAnalysis],
    *,
    actor: User,
    reason: str,
) -> None:
    """Write notes as a new version, and how many dimensions are judged by now."""
    if noted:
        record_revision(
            policy, dimensions=dimensions, changed=noted, verdicts=verdicts, actor=actor, reason=reason
        )
        return
    judged = count_judged(policy, dimensions, [*policy.verdicts.all(), *verdicts])
    if judged != policy.judged:
        Policy.objects.filter(pk=policy.pk).update(judged=judged)


def _new_verdict(
    policy: Policy,
    item: DimensionAnalysis,
    kind: VerdictKind,
    allowed: Allowed,
    *,
    actor: User,
    covered_by: Verdict | None = None,
) -> Verdict:
    return Verdict(
        policy=policy,
        dimension_key=item.key,
        kind=kind.value,
        note=item.audit_note,
        content_digest=item.content_digest,
        actor=actor,
        actor_name=actor.get_full_name() or actor.get_username(),
        is_four_eyes_waived=allowed.is_four_eyes_waived,
        covered_by=covered_by,
        created_at=timezone.now(),
    )


def _cover(other: Policy, judged: Judged, *, actor: User) -> tuple[list[str], list[str]]:
    """Extend verdicts to the very same claims in a translation, notes included, where the actor may.

    Returns what was covered and what was not, in sentences. Nobody's note is overwritten but the actor's own.
    """
    covered, refused = [], []
    given: list[Verdict] = []
    noted: list[DimensionAnalysis] = []
    by_key = {item.key: item for item in other.dimensions.all()}
    facts, current = other.facts(), other.current_verdicts()
    for verdict in judged.covering:
        item = by_key.get(verdict.dimension_key)
        if item is None or item.content_digest != verdict.content_digest:
            said = _("%(policy)s: “%(key)s” says something else, so it needs its own verdict.")
            refused.append(said % {"policy": other, "key": verdict.dimension_key})
            continue
        theirs, note = current.get(item.key), item.audit_note.strip()
        if theirs and theirs.covered_by_id == verdict.pk:
            continue  # it covers this one already
        if (theirs and theirs.actor_id != actor.pk) or note not in ("", verdict.note, theirs and theirs.note):
            said = _("%(policy)s: “%(key)s” has a note or a verdict of its own, so judge it there.")
            refused.append(said % {"policy": other, "key": item.key})
            continue
        answer = may_judge(actor, next(fact for fact in facts.dimensions if fact.key == item.key), facts)
        if not isinstance(answer, Allowed):
            refused.append(_("%(policy)s: %(why)s") % {"policy": other, "why": answer})
            continue
        if note != verdict.note:
            noted.append(item)
        item.audit_note = verdict.note
        kind = VerdictKind(verdict.kind)
        given.append(_new_verdict(other, item, kind, answer, actor=actor, covered_by=verdict))
        said = _("%(policy)s: “%(key)s” is covered by the same verdict.")
        covered.append(said % {"policy": other, "key": item.key})
    append_to_trail(given)
    keys = ", ".join(item.key for item in noted)
    _write(
        other,
        list(other.dimensions.all()),
        given,
        noted,
        actor=actor,
        reason=f"Audit note: {keys}, covered by the verdict on {judged.policy}",
    )
    return covered, refused
