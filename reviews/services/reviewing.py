"""One save of the review page: corrected evidence, notes, verdicts and the decision, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction

from reviews.models import Decision, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import may_judge
from reviews.services.correcting import correct_evidence
from reviews.services.errors import RefusedError
from reviews.services.judging import (
    Judgement,
    ReviewReport,
    apply_judgements,
    lock_for_judging,
    record_judged,
    report_judged,
)
from reviews.services.workflow import decide


@dataclass(frozen=True, slots=True)
class Correction:
    """Evidence as a reviewer wants it, and as it stood on the page."""

    key: str
    text: str
    seen: str


@dataclass(frozen=True, slots=True)
class Wish:
    """The decision that a reviewer wants, and what the page showed of the record."""

    transition: str
    reason: str
    seen_notes: Mapping[str, str]


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


class _DecisionRefusedError(Exception):
    """Takes a refusal out of the transaction that it undoes."""

    def __init__(self, refusal: RefusedError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def save_review(
    policy_pk: int,
    judgements: Sequence[Judgement],
    *,
    corrections: Sequence[Correction] = (),
    wish: Wish | None = None,
    seen_digest: str,
    actor: User,
) -> SaveReport:
    """Correct evidence, write notes and verdicts, and decide; a refused decision takes none of the rest along.

    Who may not judge what they corrected (four eyes) has their note kept as the reason of the correction, and no
    verdict. Raises what ``correct_evidence`` and ``judge_dimensions`` raise; nothing is written then.
    """
    try:
        return _save(policy_pk, judgements, corrections, wish, seen_digest=seen_digest, actor=actor)
    except _DecisionRefusedError as refused:
        saved = _save(policy_pk, judgements, corrections, None, seen_digest=seen_digest, actor=actor)
        return replace(saved, refusal=refused.refusal)


@transaction.atomic
def _save(
    policy_pk: int,
    judgements: Sequence[Judgement],
    corrections: Sequence[Correction],
    wish: Wish | None,
    *,
    seen_digest: str,
    actor: User,
) -> SaveReport:
    told, corrected, left = list(judgements), [], []
    if corrections:
        row = Policy.objects.select_for_update(no_key=True).only("content_digest").get(pk=policy_pk)
        is_known = row.content_digest == seen_digest
    for correction in corrections:
        judgement = next(item for item in told if item.key == correction.key)
        is_noted = judgement.note.strip() != judgement.seen_note.strip()
        edit = correct_evidence(
            policy_pk,
            correction.key,
            correction.text,
            seen=correction.seen,
            actor=actor,
            reason=judgement.note.strip() if is_noted else "",
        )
        if not edit.changes:
            continue
        corrected.append(correction.key)
        facts = edit.policy.facts()
        fact = next(item for item in facts.dimensions if item.key == correction.key)
        if may_judge(actor, fact, facts):
            item = next(item for item in edit.policy.dimensions.all() if item.key == correction.key)
            told[told.index(judgement)] = replace(judgement, seen_digest=item.content_digest)
        else:
            told.remove(judgement)
            left.append(correction.key)
        if is_known:
            seen_digest = edit.policy.content_digest
    with open_door(Door.STATE):
        policy = lock_for_judging(policy_pk, told)
        judged = apply_judgements(policy, told, actor=actor)
        decision = None
        if wish is None:
            record_judged(judged, actor=actor)
        else:
            try:
                decision = decide(
                    policy,
                    wish.transition,
                    actor=actor,
                    reason=wish.reason,
                    seen_digest=seen_digest,
                    seen_notes=wish.seen_notes,
                    judged=judged,
                )
            except RefusedError as refusal:
                raise _DecisionRefusedError(refusal) from refusal
        report = report_judged(judged, actor=actor)
    return SaveReport(report, tuple(corrected), tuple(left), decision)
