"""Audit notes that repeat: on how many other records one stands word for word."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from reviews.models import DimensionAnalysis, Policy
from reviews.schema import digest_text


def count_repeats(notes: Iterable[str], *, except_pk: int) -> dict[str, int]:
    """Return by note on how many records it stands too, in one query: not this one, nor its translations."""
    by_digest = {digest_text(note.strip()): note for note in notes if note.strip()}
    if not by_digest:
        return {}
    same = Policy.objects.filter(pk=except_pk).values("policy_id")
    rows = DimensionAnalysis.objects.filter(note_digest__in=by_digest).exclude(policy__policy_id__in=same)
    counted = rows.order_by().values_list("note_digest").annotate(records=Count("policy", distinct=True))
    return {by_digest[digest]: records for digest, records in counted}
