"""What a signature covered, beside what stands in the record now."""

from __future__ import annotations

from reviews.documents import REMOVED, Document
from reviews.models import Decision, Policy
from reviews.schema import Change, compare_values, read_policy, write_dimension
from reviews.states import Standing


def changed_since_signature(policy: Policy) -> tuple[Change, ...]:
    """Return what changed in a stale record since it was signed, its claims apart, which ``judged`` tells; a dimension
    that was taken out is one change. In one query, and none where the record is not stale.
    """
    if policy.standing != Standing.STALE or policy.signoff_id is None:
        return ()
    text = Decision.objects.values_list("signed_text", flat=True).get(pk=policy.signoff_id)
    document = Document.parse(text)
    signed, now = read_policy(document.values, document.body), policy.to_values()
    gone = [
        Change(("analysis", key), write_dimension(item), REMOVED)
        for key, item in signed.dimensions.items()
        if key not in now.dimensions
    ]
    return (*(change for change in compare_values(signed, now) if change.dimension is None), *gone)
