"""Where each record stands on its way out, and why it does not go out: one condition for each reason, told in words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.models import Answer, FileQuestion, Policy, QuestionKind
from reviews.schema import told
from reviews.selectors.progress import IS_WRITTEN
from reviews.states import Standing, State

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ExportStatus(StrEnum):
    """Why a record does not go out; the last two are no reasons. Of several reasons the first counts."""

    RETIRED = "retired"
    CONFLICT = "conflict"
    QUESTION = "question"
    CHANGES_REQUESTED = "changes_requested"
    STALE = "stale"
    CLAIMED = "claimed"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    LEFT_OUT = (
        "left_out"  # this and the next hold back the file that the record came from, and no other place
    )
    FILE_NEWER = "file_newer"
    READY = "ready"
    EXPORTED = "exported"

    @property
    def label(self) -> str:
        return str(LABELS[self])

    @property
    def is_reason(self) -> bool:
        """Whether it keeps the record here."""
        return self not in (ExportStatus.READY, ExportStatus.EXPORTED)


LABELS: dict[ExportStatus, StrOrPromise] = {
    ExportStatus.RETIRED: gettext_lazy("Retired"),
    ExportStatus.CONFLICT: gettext_lazy("Open conflict"),
    ExportStatus.QUESTION: gettext_lazy("Question about its file"),
    ExportStatus.CHANGES_REQUESTED: gettext_lazy("Changes requested"),
    ExportStatus.STALE: gettext_lazy("Changed since it was signed"),
    ExportStatus.CLAIMED: gettext_lazy("Claimed, not signed"),
    ExportStatus.DRAFT: gettext_lazy("Draft"),
    ExportStatus.IN_REVIEW: gettext_lazy("In review"),
    ExportStatus.LEFT_OUT: gettext_lazy("Its file is left out"),
    ExportStatus.FILE_NEWER: gettext_lazy("File changed since it was signed"),
    ExportStatus.READY: gettext_lazy("Ready to go out"),
    ExportStatus.EXPORTED: gettext_lazy("Exported"),
}

_OPEN = FileQuestion.objects.filter(policy=OuterRef("pk"), answer="").order_by("pk")
_QUESTION_KIND = Coalesce(Subquery(_OPEN.values("kind")[:1]), Value(""))
# Imports settle it once the file says the record's id again.
_LEFT_OUT = FileQuestion.objects.filter(
    kind=QuestionKind.RENAMED,
    answer=Answer.IGNORE,
    root=F("policy__source_file__root"),
    path=F("policy__source_file__path"),
)
# ``file_newer``: another text was imported after the signature than the one that it was made on.
_CONDITIONS = {
    ExportStatus.RETIRED: Q(state=State.RETIRED.value),
    ExportStatus.CONFLICT: Q(open_conflicts__gt=0),
    ExportStatus.QUESTION: Q(pk__in=FileQuestion.objects.filter(answer="").order_by().values("policy")),
    ExportStatus.CHANGES_REQUESTED: Q(state=State.CHANGES_REQUESTED.value),
    ExportStatus.STALE: Q(standing=Standing.STALE.value),
    ExportStatus.CLAIMED: Q(standing=Standing.CLAIMED.value),
    ExportStatus.DRAFT: Q(state=State.DRAFT.value),
    ExportStatus.IN_REVIEW: Q(state=State.IN_REVIEW.value),
    ExportStatus.LEFT_OUT: Q(pk__in=_LEFT_OUT.order_by().values("policy")),
    ExportStatus.EXPORTED: IS_WRITTEN,
    ExportStatus.FILE_NEWER: Q(source_file__text_digest__gt="")
    & ~Q(source_file__text_digest=F("signoff__base_digest")),
}
_STATUS = Case(
    *(When(condition, then=Value(status.value)) for status, condition in _CONDITIONS.items()),
    default=Value(ExportStatus.READY.value),
    output_field=CharField(),
)


def with_status_alone(policies: QuerySet[Policy]) -> QuerySet[Policy]:
    """Return the policies with ``export_status``."""
    return policies.annotate(export_status=_STATUS)


def with_export_status(policies: QuerySet[Policy]) -> QuerySet[Policy]:
    """Return the policies with ``export_status``, and ``question_kind``, ``question_pk`` of an open question."""
    question_pk = Subquery(_OPEN.values("pk")[:1])
    return with_status_alone(policies).annotate(question_kind=_QUESTION_KIND, question_pk=question_pk)


def question_kinds() -> dict[int, str]:
    """Return of each record's file the kind of the first open question, else of one that was answered: maybe just now,
    after somebody read that the record waits for it.
    """
    asked = FileQuestion.objects.filter(policy__isnull=False).values_list("policy_id", "kind")
    return dict(asked.order_by("-answer", "-pk"))  # open ones come last, and win


def has_export_status(status: ExportStatus) -> Q:
    """Return what holds of the policies that stand there."""
    return Q(Exact(_STATUS, Value(status.value)))


def tell_export_status(
    status: ExportStatus,
    *,
    missing_notes: int = 0,
    signed_by: str = "",
    conflicts: int = 0,
    question: str = "",
) -> str:
    """Say why a record does not go out, and what it waits for; nothing where nothing keeps it here."""
    match status:
        case ExportStatus.RETIRED:
            return _("Retired; an editor can bring it back.")
        case ExportStatus.CONFLICT:
            said = ngettext(
                "%(count)s value changed both in the file and here: resolve the conflict first.",
                "%(count)s values changed both in the file and here: resolve the conflicts first.",
                conflicts,
            )
            return said % {"count": conflicts}
        case ExportStatus.QUESTION:
            return _questions()[QuestionKind(question)]
        case ExportStatus.CHANGES_REQUESTED:
            why = _("A reviewer requested changes; an editor has to submit it again.")
        case ExportStatus.STALE:
            why = _("Changed since %(person)s signed it; it waits for a new sign-off.") % {
                "person": signed_by
            }
        case ExportStatus.CLAIMED:
            why = _("The file says verified, but no sign-off backs it; it waits for a reviewer.")
        case ExportStatus.DRAFT:
            why = _("A draft; an editor has to submit it.")
        case ExportStatus.IN_REVIEW:
            why = _("In review; it waits for a reviewer.")
        case ExportStatus.LEFT_OUT:
            return _(
                "Its file says another id and was left out, so no export writes over it: give the file the record's id "
                "again and import it, or ask again under Conflicts, Files."
            )
        case ExportStatus.FILE_NEWER:
            said = _(
                "The file changed and was imported after %(person)s signed it: reopen the review, "
                "and verify it on the file as it is now."
            )
            return said % {"person": signed_by}
        case _:
            return ""
    if not missing_notes:
        return why
    notes = ngettext("%(count)s audit note missing.", "%(count)s audit notes missing.", missing_notes)
    return told((why, notes % {"count": missing_notes}))


def _questions() -> dict[QuestionKind, str]:
    return {
        QuestionKind.GONE: _("Its file is gone; an editor has to say what becomes of the record."),
        QuestionKind.MOVED: _("Its file seems to have moved; an editor has to say whether it did."),
        QuestionKind.RENAMED: _("Its file has another id now; an editor has to say what that means."),
        QuestionKind.DOUBLED: _(
            "Another file says that it is this record; an editor has to say which one is."
        ),
    }
