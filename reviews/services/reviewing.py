"""One save of the review page: corrected evidence, notes, verdicts and the decision, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from reviews.models import Decision, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import may_judge
from reviews.services.correcting import correct_evidence
from reviews.services.editing import require_no_signature_since
from reviews.services.errors import RefusedError
from reviews.services.judging import (
    Judgement,
    ReviewReport,
    apply_judgements,
    lock_for_judging,
    record_judged,
    report_judged,
    require_seen,
)
from reviews.services.workflow import prepare_decision, write_decision
from reviews.states import Standing

_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Correction:
    """Evidence as a reviewer wants it, and as it stood on the page."""

    key: str
    text: str
    seen: str


@dataclass(frozen=True, slots=True)
class Wish:
    """The decision that a reviewer wants."""

    transition: str
    reason: str


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What a save wrote. ``left_to_others`` are corrected dimensions that the actor therefore may not judge.

    Where the decision was refused, ``refusal`` says why; all else is written then.
    """

    review: ReviewReport
    corrected: tuple[str, ...]
    left_to_others: tuple[str, ...]
    decision: Decision | None = None
    refusal: RefusedError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether neither note, verdict nor correction was written."""
        return self.review.is_empty and not self.corrected


def save_review(
    policy_pk: int,
    judgements: Sequence[Judgement],
    *,
    corrections: Sequence[Correction] = (),
    wish: Wish | None = None,
    seen_digest: str,
    seen_version: int,
    actor: User,
) -> SaveReport:
    """Correct evidence, write notes and verdicts, and decide; a refused decision takes none of the rest along.

    ``seen_digest`` and ``seen_version`` are those of the record on the page. Who may not judge what they corrected
    (four eyes) has their note kept as the reason of the correction, and no verdict. Raises what
    ``correct_evidence`` and ``judge_dimensions`` raise, and ``MeanwhileChangedError`` where a correction would undo
    a signature that the page did not show; nothing is written then.
    """
    with transaction.atomic(), open_door(Door.STATE):
        policy, translations = lock_for_judging(policy_pk, judgements)
        require_seen(policy, judgements, actor=actor)
        is_seen = policy.content_digest == seen_digest
        corrected = (
            _correct(policy, judgements, corrections, seen_version, actor=actor) if corrections else []
        )
        facts = policy.facts()
        barred = {item.key for item in facts.dimensions if not may_judge(actor, item, facts)}
        left = [key for key in corrected if key in barred]
        told = [item for item in judgements if item.key not in left]
        judged = apply_judgements(policy, told, actor=actor)
        decision, refusal = None, None
        if wish:
            try:
                decision = prepare_decision(
                    policy,
                    wish.transition,
                    actor=actor,
                    reason=wish.reason,
                    seen_digest=policy.content_digest if is_seen else seen_digest,
                    seen=judgements,
                    given=judged.verdicts,
                )
            except RefusedError as error:
                refusal = error
        if decision:
            write_decision(decision, actor=actor, judged=judged)
        else:
            record_judged(judged, actor=actor)
        report = report_judged(judged, translations, actor=actor)
    return SaveReport(report, tuple(corrected), tuple(left), decision, refusal)


def _correct(
    policy: Policy,
    judgements: Sequence[Judgement],
    corrections: Sequence[Correction],
    seen_version: int,
    *,
    actor: User,
) -> list[str]:
    """Write the corrections, each with the note that was typed beside it as its reason; return what they changed."""
    if policy.standing == Standing.VERIFIED:
        seen = policy.history.filter(version=seen_version).values_list("updated_at", flat=True)
        require_no_signature_since(policy, seen.first() or _LONG_AGO)
    by_key = {item.key: item for item in judgements}
    corrected = []
    for correction in corrections:
        note, seen_note = (by_key[correction.key].note.strip(), by_key[correction.key].seen_note.strip())
        if correct_evidence(
            policy,
            correction.key,
            correction.text,
            seen=correction.seen,
            actor=actor,
            reason=note if note != seen_note else "",
        ):
            corrected.append(correction.key)
    return corrected
