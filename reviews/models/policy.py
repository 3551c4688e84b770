"""A policy: one front-matter file in one language, and where it stands in the review."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, F, Prefetch, Q, Value, When
from django.urls import reverse
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from reviews.models.dimension import AUTHORS_HELP, DimensionAnalysis
from reviews.models.door import GuardedModel, GuardedQuerySet
from reviews.permissions import DimensionFacts, RecordFacts
from reviews.quality import blocking_reasons
from reviews.schema import POLICY_FIELDS, PolicyValues, reason_of_misfit
from reviews.states import (
    EXPORT,
    IMPORT,
    REVIEW,
    STANDING_CHOICES,
    STATE_CHOICES,
    SUBMIT,
    Standing,
    State,
    VerdictKind,
    is_known_status,
)

if TYPE_CHECKING:
    from reviews.models.decision import Decision
    from reviews.models.source_file import SourceFile
    from reviews.models.trail import TrailHead
    from reviews.models.verdict import Verdict

POLICY_ID = RegexValidator(
    r"\A[^\W_](?:[\w-]|\.(?!\.))*\Z",
    _("An id starts with a letter or digit and holds letters, digits, “-”, “_” and single dots only."),
)
LANGUAGE = RegexValidator(
    r"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", _("A language is a tag like “en”, “zh” or “pt-BR”.")
)


def default_path(policy_id: str, language: str) -> str:
    """Return where the file of a record that has none yet is written, below the target folder."""
    return f"policies/{language}/{policy_id}.md"


def warnings_of(values: PolicyValues) -> list[str]:
    """Return one sentence on each value that did not fit its field, dimensions included."""
    found = [reason_of_misfit(key, raw) for key, raw in values.misfits.items()]
    if not is_known_status(values.fields["file_status"]):
        found.append(reason_of_misfit("reviewStatus", values.fields["file_status"]))
    for key, item in values.dimensions.items():
        found += [f"analysis.{key}.{reason_of_misfit(name, raw)}" for name, raw in item.misfits.items()]
    return found


_IS_SIGNED = Q(review_status=State.VERIFIED.value) & Q(signed_digest=F("content_digest"))


def is_due() -> Q:
    """Return what holds of the policies that are verified, and whose day of the next review has come.

    Told by the columns of which the standing is computed: its index would be walked through all that is verified.
    """
    return _IS_SIGNED & Q(next_review_on__lte=localdate())


class PolicyQuerySet(GuardedQuerySet["Policy"]):
    """Policies, and the ways in which pages and services look at them."""

    def for_review(self) -> PolicyQuerySet:
        """With dimensions, verdicts, file and sign-off: what a decision and the review page read."""
        dimensions: models.QuerySet[DimensionAnalysis] = DimensionAnalysis.objects.select_related("edited_by")
        rows = self.select_related(
            "source_file", "signoff", "edited_by", "hold__person", "assignment__assignee"
        )
        rows = rows.defer("signoff__signed_text")  # as long as the record, and read where it is shown alone
        return rows.prefetch_related(Prefetch("dimensions", dimensions), "verdicts")

    def due(self) -> PolicyQuerySet:
        """What was signed, and whose next review is due."""
        return self.filter(is_due())

    def kept(self) -> PolicyQuerySet:
        """What belongs to the knowledge base: all but the retired ones."""
        return self.exclude(state=State.RETIRED)

    def waiting(self) -> PolicyQuerySet:
        """What reviewers have to do: all that is in review, claims and stale sign-offs among it, and what is due."""
        return self.filter(Q(state=State.IN_REVIEW) | is_due())


class Policy(GuardedModel):
    """One record: facts, dimensions (``dimensions``), and the state that only the workflow moves.

    ``state`` and ``standing`` are computed by the database from ``review_status`` and the two digests:
    an edit reopens the review and restoring the signed content closes it again without a further row.
    """

    state_fields: ClassVar[frozenset[str]] = frozenset(
        {"review_status", "signoff_id", "signoff", "signed_digest", "next_review_on"}
    )

    policy_id = models.CharField("id", max_length=200, validators=[POLICY_ID])
    language = models.CharField(max_length=20, validators=[LANGUAGE])
    title = models.TextField()
    country = models.TextField(blank=True)
    category = models.TextField(blank=True)
    status = models.TextField(
        "legal status", blank=True, help_text=_("Of the policy itself: Active, Planned, …")
    )
    legal_weight = models.TextField(blank=True)
    year = models.IntegerField(null=True, blank=True)
    pub_date = models.DateField("publication date", null=True, blank=True)
    source = models.TextField(blank=True, help_text=_("The body that issued it."))
    url = models.TextField("source link", blank=True)
    description = models.TextField(blank=True)
    interpretation = models.TextField(blank=True)
    sectors = models.JSONField(default=list, blank=True)
    supersedes = models.JSONField(default=list, blank=True)
    superseded_by = models.TextField(blank=True)
    clusters = models.JSONField(default=list, blank=True)
    regulatory = models.JSONField(default=dict, blank=True)
    impact_analysis = models.JSONField(default=dict, blank=True)
    related_facilities = models.JSONField(default=list, blank=True)
    author = models.TextField(blank=True)
    body = models.TextField("Markdown body", blank=True)
    extra = models.JSONField(
        "further keys", default=dict, blank=True, help_text="Unknown keys, kept as they are."
    )
    misfits = models.JSONField(default=dict, blank=True, help_text="Values that did not fit their field.")

    file_status = models.TextField("status in the file", blank=True)
    reviewer = models.TextField(blank=True)
    last_audit_date = models.DateField(null=True, blank=True)

    review_status = models.CharField(max_length=20, choices=STATE_CHOICES, default=State.DRAFT.value)
    signoff = models.ForeignKey(
        "reviews.Decision", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="sign-off"
    )
    signed_digest = models.CharField(max_length=64, blank=True)
    next_review_on = models.DateField("next review", null=True, blank=True)
    content_digest = models.CharField(max_length=64, db_index=True)

    title_digest = models.CharField(max_length=64, blank=True, db_index=True)  # of its ``title_key``

    missing_notes = models.PositiveSmallIntegerField(default=0)
    open_conflicts = models.PositiveSmallIntegerField(default=0)
    judged = models.PositiveSmallIntegerField(default=0, help_text="Dimensions with a current verdict.")
    contributors = models.TextField(
        blank=True, help_text="Keys of all people whose values stand in the record, as “,3,17,”."
    )
    is_marked_ai = models.BooleanField("marked AI-generated", default=False)
    is_reviewer_person = models.BooleanField("reviewer is a person", default=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="last author",
    )
    authors = models.JSONField(default=dict, blank=True, help_text=AUTHORS_HELP)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    state = models.GeneratedField(
        expression=Case(
            When(_IS_SIGNED, then=Value(State.VERIFIED.value)),
            When(review_status=State.VERIFIED.value, then=Value(State.IN_REVIEW.value)),
            default=F("review_status"),
        ),
        output_field=models.CharField(max_length=20, choices=STATE_CHOICES),
        db_persist=True,
    )
    standing = models.GeneratedField(
        expression=Case(
            When(review_status=State.RETIRED.value, then=Value(Standing.OPEN.value)),
            When(_IS_SIGNED, then=Value(Standing.VERIFIED.value)),
            When(review_status=State.VERIFIED.value, then=Value(Standing.STALE.value)),
            When(file_status=State.VERIFIED.value, then=Value(Standing.CLAIMED.value)),
            default=Value(Standing.OPEN.value),
        ),
        output_field=models.CharField(max_length=20, choices=STANDING_CHOICES),
        db_persist=True,
    )

    trail_head: TrailHead | None = None  # the end of the audit trail, as seen when the record was locked

    objects = PolicyQuerySet.as_manager()  # type: ignore[misc]  # the base has a manager of its own kind
    history: ClassVar[Any] = HistoricalRecords(
        excluded_fields=["state", "standing", "judged", "open_conflicts", "contributors", "title_digest"],
        cascade_delete_history=False,
    )

    if TYPE_CHECKING:
        dimensions: models.Manager[DimensionAnalysis]
        verdicts: models.Manager[Verdict]
        decisions: models.Manager[Decision]
        source_file: SourceFile
        signoff_id: int | None
        edited_by_id: int | None

    class Meta:
        verbose_name_plural = "policies"
        ordering = ("policy_id", "language")
        default_permissions = ("add", "change", "view")  # nobody deletes a policy: its history stays
        permissions = (
            (SUBMIT, "Can submit policies for review"),
            (REVIEW, "Can review: verdicts, notes and decisions"),
            (EXPORT, "Can export signed policies"),
            (IMPORT, "Can import policies from uploaded files"),
        )
        constraints = (
            models.UniqueConstraint(fields=("policy_id", "language"), name="policy_unique_id_language"),
            models.CheckConstraint(
                condition=Q(review_status__in=[state.value for state in State]), name="policy_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(review_status=State.VERIFIED.value)
                | (Q(signoff__isnull=False) & ~Q(signed_digest="")),
                name="policy_verified_needs_signoff",
                violation_error_message="A verified policy needs a decision that signed it.",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="policy_has_title"),
            models.CheckConstraint(
                condition=~Q(policy_id="") & ~Q(policy_id__contains="/") & ~Q(policy_id__startswith="."),
                name="policy_id_is_no_path",
            ),
        )
        indexes = (
            models.Index(fields=("state", "policy_id")),
            models.Index(fields=("standing", "policy_id")),
            models.Index(fields=("state", "standing", "judged", "updated_at")),  # the queue's order
            models.Index(fields=("next_review_on",)),
            models.Index(fields=("country", "language", "standing")),  # the map of what is signed
            models.Index(fields=("category",)),
            models.Index(fields=("year",)),
        )

    def __str__(self) -> str:
        return f"{self.policy_id} ({self.language})"

    def get_absolute_url(self) -> str:
        return reverse("admin:reviews_policy_change", args=[self.pk])

    def get_state_display(self) -> str:
        """Return the state as people call it; of generated fields Django makes no such method."""
        return State(self.state).label

    def get_standing_display(self) -> str:
        """Return the standing as people call it."""
        return Standing(self.standing).label

    @property
    def file_path(self) -> str:
        """Where an export writes it, below the target folder."""
        source = getattr(self, "source_file", None)
        return source.path if source else default_path(self.policy_id, self.language)

    @property
    def is_due(self) -> bool:
        """Whether it is verified, and the day of its next review has come."""
        return self.is_past_review and self.standing == Standing.VERIFIED

    @property
    def is_past_review(self) -> bool:
        """Whether the day of its next review has come, whatever became of the signature since."""
        return self.next_review_on is not None and self.next_review_on <= localdate()

    @property
    def is_retired(self) -> bool:
        """Whether it left the knowledge base; a record that is yet to be saved did not."""
        return not self._state.adding and self.state == State.RETIRED

    @property
    def is_waiting(self) -> bool:
        """Whether reviewers have to do with it; ``PolicyQuerySet.waiting`` asks the same of the database."""
        return self.state == State.IN_REVIEW or self.is_due

    @property
    def warnings(self) -> list[str]:
        """One sentence on each value of the file that did not fit its field; see ``warnings_of``."""
        return warnings_of(self.to_values())

    def to_values(self, dimensions: list[DimensionAnalysis] | None = None) -> PolicyValues:
        """Return the record as the schema knows it, to compare, digest or write."""
        rows = list(self.dimensions.all()) if dimensions is None else dimensions
        return PolicyValues(
            {row.name: getattr(self, row.name) for row in POLICY_FIELDS},
            {item.key: item.to_values() for item in rows},
            self.extra,
            self.misfits,
            self.body,
        )

    def current_verdicts(self, given: Iterable[Verdict] = ()) -> dict[str, Verdict]:
        """Return by dimension key the newest verdict that judged the very content that stands there now.

        ``given`` are verdicts newer than those that were read with the record.
        Once its next review is due only those count that were given since: it is a review, and no edit makes it less.
        """
        digests = {item.key: item.content_digest for item in self.dimensions.all()}
        since = self.next_review_on if self.is_past_review else None
        current: dict[str, Verdict] = {}
        for verdict in [*sorted(self.verdicts.all(), key=lambda item: item.pk), *given]:
            if since and localtime(verdict.created_at).date() < since:
                continue
            if digests.get(verdict.dimension_key) == verdict.content_digest:
                current[verdict.dimension_key] = verdict
        return current

    def facts(self, given: Iterable[Verdict] = ()) -> RecordFacts:
        """Return what permissions need to know, as the prefetched rows and the verdicts ``given`` since say."""
        verdicts = self.current_verdicts(given)
        return RecordFacts(
            name=str(self),
            state=State(self.state),
            has_title=bool(self.title.strip()),
            authors=frozenset(self.authors.values()),
            dimensions=tuple(
                DimensionFacts(
                    item.key,
                    frozenset(item.authors.values()),
                    VerdictKind(verdicts[item.key].kind) if item.key in verdicts else None,
                    bool(item.audit_note.strip()),
                )
                for item in self.dimensions.all()
            ),
            is_four_eyes=settings.POLICYHUB_FOUR_EYES,
            is_due=self.is_due,
            open_conflicts=self.open_conflicts,
            # A list of the queue does not load the texts; there the stored findings say what blocks.
            blockers=() if self.get_deferred_fields() else blocking_reasons(self.to_values()),
        )

    def translations(self) -> PolicyQuerySet:
        """Return the same policy in other languages."""
        return Policy.objects.filter(policy_id=self.policy_id).exclude(pk=self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row through the door, and have state and standing as the database computes them."""
        super().save(*args, **kwargs)
        self.take_as_saved()

    def take_as_saved(self) -> None:
        """Set what the database computes from the row, and take its state for the one in the database."""
        self.remember_state()
        is_signed = self.review_status == State.VERIFIED and self.signed_digest == self.content_digest
        if is_signed:
            self.state, self.standing = State.VERIFIED.value, Standing.VERIFIED.value
        elif self.review_status == State.VERIFIED:
            self.state, self.standing = State.IN_REVIEW.value, Standing.STALE.value
        else:
            is_claimed = self.file_status == State.VERIFIED and self.review_status != State.RETIRED
            self.state = self.review_status
            self.standing = (Standing.CLAIMED if is_claimed else Standing.OPEN).value
