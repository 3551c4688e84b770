"""What goes out and what does not: the sign-offs that an export writes, and why each other record stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from reviews.models import Decision, Policy
from reviews.selectors.export_status import (
    ExportStatus,
    question_kinds,
    tell_export_status,
    with_status_alone,
)
from reviews.states import Standing


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record as an export sees it, without the text: that is loaded only when it has to be written."""

    pk: int
    policy_id: str
    language: str
    standing: str
    state: str
    missing_notes: int
    signoff_pk: int | None
    signed_text_digest: str
    base_digest: str
    signed_by: str
    root: str
    path: str
    text_digest: str
    trail_hash: str  # of the sign-off, in the audit trail
    trail_number: int
    signed_at: dt.datetime | None
    open_conflicts: int
    status: ExportStatus
    question: str  # the kind of the open question about its file, where that keeps it here
    commit: str  # of a git repository, where its text is known to stand in one

    @property
    def name(self) -> str:
        """The record as people call it."""
        return f"{self.policy_id} ({self.language})"

    @property
    def is_signed(self) -> bool:
        """Whether a current sign-off backs it; it may go out unless ``why_not`` keeps it here."""
        return self.standing == Standing.VERIFIED

    @property
    def why_not(self) -> str:
        """Say why the record goes out nowhere, and what it waits for; nothing where it may go out."""
        if self.status in (ExportStatus.FILE_NEWER, ExportStatus.LEFT_OUT):
            return ""  # these hold back the file that it came from alone
        return tell_export_status(
            self.status,
            missing_notes=self.missing_notes,
            signed_by=self.signed_by,
            conflicts=self.open_conflicts,
            question=self.question,
        )


_COLUMNS = (
    "pk",
    "policy_id",
    "language",
    "standing",
    "state",
    "missing_notes",
    "signoff_id",
    "signoff__signed_text_digest",
    "signoff__base_digest",
    "signoff__actor_name",
    "source_file__root",
    "source_file__path",
    "source_file__text_digest",
    "signoff__trail_hash",
    "signoff__trail_number",
    "signoff__created_at",
    "open_conflicts",
    "export_status",
    "source_file__commit",
)


def outgoing(policies: QuerySet[Policy] | None = None) -> Iterator[Outgoing]:
    """Yield the records in order of id and language, in one query and without loading a text; questions about files,
    which are few, cost a second one where there are any.
    """
    rows = (Policy.objects.all() if policies is None else policies).order_by("policy_id", "language")
    questions: dict[int, str] = {}
    for row in with_status_alone(rows).values_list(*_COLUMNS).iterator(chunk_size=2000):
        texts = ("" if value is None else value for value in row[7:14])
        status, question = ExportStatus(row[17]), ""
        if status is ExportStatus.QUESTION:
            questions = questions or question_kinds()
            question = questions[row[0]]
        values: list[Any] = [*row[:7], *texts, row[14] or 0, *row[15:17], status, question, row[18] or ""]
        yield Outgoing(*values)


def is_text_of_ours(policy_pk: int, text_digest: str) -> bool:
    """Whether this very text was signed for the record at any time, so that an export may replace it."""
    return Decision.objects.filter(policy_id=policy_pk, signed_text_digest=text_digest).exists()
