"""How far records are on the way from a claim to the signed text in its file: conditions for counts and lists."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now, TruncDate

from reviews.models import DimensionAnalysis, Policy, Verdict
from reviews.states import Standing, State

IS_CALLED_VERIFIED = Q(file_status=State.VERIFIED.value)  # by the file, whoever wrote it
IS_SIGNED = Q(standing=Standing.VERIFIED.value)
_NEW_VERDICTS = Verdict.objects.filter(
    policy=OuterRef("pk"), created_at__date__gte=OuterRef("next_review_on")
)
# ``judged`` is what it was at the last write; the day of a next review takes verdicts away without one.
IS_JUDGED_COUNT_TRUE = (
    Q(judged=0)
    | Q(next_review_on=None)
    | Q(next_review_on__gt=TruncDate(Now()))
    | Q(Exists(_NEW_VERDICTS.order_by()))
)
# What is signed was judged in full then, also where its next review is due and asks for new verdicts.
IS_BEGUN = IS_SIGNED | (Q(judged__gt=0) & IS_JUDGED_COUNT_TRUE)
IS_WRITTEN = IS_SIGNED & Q(source_file__text_digest=F("signoff__signed_text_digest"))
IS_UNWRITTEN = IS_SIGNED & ~Q(pk__in=Policy.objects.filter(IS_WRITTEN).order_by().values("pk"))

_DIMENSIONS = DimensionAnalysis.objects.filter(policy=OuterRef("pk")).order_by().values("policy")
IS_JUDGED = IS_SIGNED | (
    Q(judged__gt=0, judged__gte=Subquery(_DIMENSIONS.annotate(count=Count("pk")).values("count")))
    & IS_JUDGED_COUNT_TRUE
)


def is_by(person: User) -> Q:
    """Return what holds of the records in which values of that person stand that nobody else has signed."""
    return Q(contributors__contains=f",{person.pk},")
