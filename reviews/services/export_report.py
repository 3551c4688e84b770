"""What an export says of each record, whichever way it goes: to files, into a ZIP, or to git."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from reviews.models import Decision, Run
from reviews.models.policy import default_path
from reviews.permissions import has_role
from reviews.selectors.export_status import ExportStatus
from reviews.selectors.outgoing import Outgoing
from reviews.services.errors import ForbiddenError
from reviews.services.manifest import ManifestReport
from reviews.services.runs import RunOutcome, finish_run
from reviews.states import EXPORT


class ExportOutcome(StrEnum):
    """What becomes of one record."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    HELD_BACK = "held back"  # signed, but its file moved on
    NOT_SIGNED = "not signed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """What became of one record; ``reason`` says why it did not go out, ``diff`` what a dry run would write.

    ``why`` is the reason as data, where it lies in the record and not in the place that it would go to.
    """

    policy: str
    path: str
    outcome: ExportOutcome
    reason: str = ""
    diff: str = ""
    why: ExportStatus | None = None


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of each record, in order of id and language, and of the manifest of each folder that has one."""

    files: tuple[ExportedFile, ...]
    is_dry_run: bool
    manifests: tuple[ManifestReport, ...] = ()
    commit: str = ""  # at which the branch stands, after an export to git
    is_to_push: bool = False  # whether the remote lacks something, for a dry run that pushes

    def count(self, outcome: ExportOutcome) -> int:
        """Return how many records had this outcome."""
        return sum(item.outcome is outcome for item in self.files)

    def count_reasons(self) -> dict[ExportStatus, int]:
        """Return how many records stayed for each reason that lies in them, the first reasons first."""
        counts = Counter(item.why for item in self.files)
        return {status: counts[status] for status in ExportStatus if counts[status]}

    @property
    def is_clean(self) -> bool:
        """Whether every signed record is on disk as it was signed, and has its line there; at a remote too."""
        changing = (ExportOutcome.WRITTEN, ExportOutcome.HELD_BACK, ExportOutcome.FAILED)
        return (
            not self.is_to_push
            and not any(self.count(item) for item in changing)
            and not any(item.is_changed or item.reason for item in self.manifests)
        )


def record_export(
    run: Run,
    items: Sequence[Outgoing],
    files: Sequence[ExportedFile],
    manifests: Sequence[ManifestReport] = (),
    *,
    commit: str = "",
) -> None:
    """Record what became of each record, and a manifest that could not be written, in a transaction of its own."""
    outcomes = [
        RunOutcome(
            file.path, item.pk, item.name, file.outcome, file.reason, {"why": file.why} if file.why else {}
        )
        for item, file in zip(items, files, strict=True)
    ]
    outcomes += [
        RunOutcome(str(item.place), outcome=ExportOutcome.FAILED, reason=item.reason)
        for item in manifests
        if item.reason
    ]
    with transaction.atomic():
        finish_run(run, outcomes, commit=commit)


def require_export(actor: User) -> None:
    """Raise ``ForbiddenError`` unless the actor may export."""
    if not has_role(actor, EXPORT):
        said = _(
            "Exporting needs the permission “%(permission)s”: ask an administrator for the role Publishers."
        )
        raise ForbiddenError(said % {"permission": EXPORT})


def path_of(item: Outgoing) -> str:
    """Return where a record goes below the target: where it came from, or a place of its own."""
    return item.path or default_path(item.policy_id, item.language)


def stay(item: Outgoing) -> ExportedFile | None:
    """Return why a record goes out nowhere, wherever that would be; nothing where it may go out."""
    if not (reason := item.why_not):
        return None
    outcome = ExportOutcome.HELD_BACK if item.is_signed else ExportOutcome.NOT_SIGNED
    return ExportedFile(item.name, path_of(item), outcome, reason, why=item.status)


def diff_texts(old: str, new: str, path: str) -> str:
    """Return the unified diff of two texts of one file; nothing where they are equal."""
    before, after = (list(io.StringIO(text)) for text in (old, new))  # lines end in \n, not in U+2028
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", n=3)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def signed_text_of(item: Outgoing) -> str:
    """Return the text that was signed; lists do not load it."""
    return Decision.objects.values_list("signed_text", flat=True).get(pk=item.signoff_pk or 0)
