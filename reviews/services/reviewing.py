"""One save of the review page: corrected evidence, notes and verdicts together, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction

from reviews.models import Policy
from reviews.permissions import may_judge
from reviews.services.correcting import correct_evidence
from reviews.services.workflow import Judgement, ReviewReport, judge_dimensions


@dataclass(frozen=True, slots=True)
class Correction:
    """Evidence as a reviewer wants it, and as it stood on the page."""

    key: str
    text: str
    seen: str


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What a save wrote. ``left_to_others`` are corrected dimensions that the actor therefore may not judge."""

    review: ReviewReport
    corrected: tuple[str, ...]
    left_to_others: tuple[str, ...]
    seen_digest: str  # of the record as the actor knows it now

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written at all."""
        return self.review.is_empty and not self.corrected


def save_review(
    policy_pk: int,
    judgements: Sequence[Judgement],
    *,
    corrections: Sequence[Correction] = (),
    seen_digest: str,
    actor: User,
) -> SaveReport:
    """Correct evidence, then write notes and verdicts; what was typed on a dimension that is corrected counts too.

    Who may not judge what they corrected (four eyes) has their note kept as the reason of the correction, and no
    verdict. Raises what ``correct_evidence`` and ``judge_dimensions`` raise; nothing is written then.
    """
    told, corrected, left = list(judgements), [], []
    with transaction.atomic():
        if corrections:
            row = Policy.objects.select_for_update().only("content_digest").get(pk=policy_pk)
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
        report = judge_dimensions(policy_pk, told, actor=actor)
    return SaveReport(report, tuple(corrected), tuple(left), seen_digest)
