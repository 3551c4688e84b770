"""What was judged before: the text that a verdict was given on, where another stands there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reviews.documents import REMOVED
from reviews.models import DimensionAnalysis, Policy, Verdict
from reviews.schema import CLAIM_FIELDS, Change


@dataclass(frozen=True, slots=True)
class JudgedBefore:
    """The newest verdict on a dimension that has none now, and what changed since that text."""

    verdict: Verdict
    changes: tuple[Change, ...]


def judged_before(policy: Policy, current: Mapping[str, Verdict]) -> dict[str, JudgedBefore]:
    """Return by key what was judged of each dimension without a current verdict, in one query or none.

    No change means that the very same text has to be judged again: the record is due.
    """
    rows = {item.key: item for item in policy.dimensions.all() if item.key not in current}
    newest = {
        verdict.dimension_key: verdict for verdict in policy.verdicts.all()
    }  # the order is that of time
    earlier = {key: newest[key] for key in rows if key in newest}
    gone = {
        item.content_digest
        for key, item in earlier.items()
        if item.content_digest != rows[key].content_digest
    }
    texts = {}
    if gone:
        found = DimensionAnalysis.history.filter(policy_id=policy.pk, content_digest__in=gone)
        texts = {(text.key, text.content_digest): text for text in found.order_by("history_id")}
    return {
        key: JudgedBefore(verdict, _changes(rows[key], texts.get((key, verdict.content_digest))))
        for key, verdict in earlier.items()
    }


def _changes(row: DimensionAnalysis, judged: object) -> tuple[Change, ...]:
    if judged is None:
        return ()
    return tuple(
        Change(("analysis", row.key, name), getattr(judged, name, REMOVED), getattr(row, name))
        for name in (*(field.name for field in CLAIM_FIELDS), "extra", "misfits")
        if getattr(judged, name, REMOVED) != getattr(row, name)
    )
