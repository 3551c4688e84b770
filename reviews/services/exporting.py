"""Export: the signed texts, and nothing else, back to front-matter files.

A file is replaced only where the disk still holds the text on which the sign-off was made, or one that was
signed before. What does not go out says why.
"""

from __future__ import annotations

import difflib
import io
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from reviews.models import Decision, Policy
from reviews.models.door import Door, open_door
from reviews.permissions import has_role
from reviews.selectors.outgoing import Outgoing, is_text_of_ours, outgoing
from reviews.services.atomic_files import TargetFolder, check_relative, read_digest, write_atomically
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.folders import read_bytes
from reviews.services.recording import lock_policy, remember_file
from reviews.states import EXPORT, State


class ExportOutcome(StrEnum):
    """What becomes of one record."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    HELD_BACK = "held back"  # signed, but its file moved on
    NOT_SIGNED = "not signed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """What became of one record; ``reason`` says why it did not go out, ``diff`` what a dry run would write."""

    policy: str
    path: str
    outcome: ExportOutcome
    reason: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of each record, in order of id and language."""

    files: tuple[ExportedFile, ...]
    is_dry_run: bool

    def count(self, outcome: ExportOutcome) -> int:
        """Return how many records had this outcome."""
        return sum(item.outcome is outcome for item in self.files)

    @property
    def is_clean(self) -> bool:
        """Whether every signed record is on disk as it was signed."""
        return not any(
            self.count(item)
            for item in (ExportOutcome.WRITTEN, ExportOutcome.HELD_BACK, ExportOutcome.FAILED)
        )


def export_policies(
    target: Path | None = None,
    *,
    actor: User | None,
    policies: QuerySet[Policy] | None = None,
    is_dry_run: bool = False,
) -> ExportReport:
    """Write every signed record's text and return what became of each record.

    Below ``target``, or where it is ``None`` below the folder that each came from. ``actor`` is ``None`` on the
    command line, where the operating system decides who may. Raises ``ForbiddenError``; what fails for one
    file is in the report, and the others still go out.
    """
    if actor is not None:
        require_export(actor)
    run = _Run(target, actor, is_dry_run)
    items = list(outgoing(policies))  # no cursor stays open over the writes
    return ExportReport(tuple(_export(item, run) for item in items), is_dry_run)


def require_export(actor: User) -> None:
    """Raise ``ForbiddenError`` unless the actor may export."""
    if not has_role(actor, EXPORT):
        raise ForbiddenError(
            f"Exporting needs the permission “{EXPORT}”: ask an administrator for the role Publishers."
        )


def zip_policies(policies: QuerySet[Policy], *, actor: User) -> tuple[bytes, ExportReport]:
    """Return a ZIP of the signed texts under the paths that an export uses, and what became of each record."""
    require_export(actor)
    buffer, files = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in outgoing(policies):
            if not item.is_signed:
                files.append(ExportedFile(item.name, path_of(item), ExportOutcome.NOT_SIGNED, item.why_not))
                continue
            path = path_of(item)
            check_relative(path)
            if path in archive.NameToInfo:
                reason = f"Another record goes to the same path: {path}. Export the two folders one by one."
                files.append(ExportedFile(item.name, path, ExportOutcome.HELD_BACK, reason))
                continue
            entry = zipfile.ZipInfo(path)  # no time: equal texts make equal archives
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _signed_text(item).encode(), zipfile.ZIP_DEFLATED)
            files.append(ExportedFile(item.name, path, ExportOutcome.WRITTEN))
    return buffer.getvalue(), ExportReport(tuple(files), is_dry_run=False)


def path_of(item: Outgoing) -> str:
    """Return where a record goes below the target: where it came from, or a place of its own."""
    return item.path or f"policies/{item.language}/{item.policy_id}.md"


def preview_policy(policy: Policy) -> ExportedFile:
    """Return exactly what an export would do with one record now, with the diff against its file."""
    item = next(outgoing(Policy.objects.filter(pk=policy.pk)))
    return _export(item, _Run(None, None, is_dry_run=True))


def diff_texts(old: str, new: str, path: str) -> str:
    """Return the unified diff of two texts of one file; nothing where they are equal."""
    before, after = (list(io.StringIO(text)) for text in (old, new))  # lines end in \n, not in U+2028
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", n=3)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


class _Run:
    """One export: where it goes, for whom, and the folders it has looked at."""

    def __init__(self, target: Path | None, actor: User | None, is_dry_run: bool) -> None:
        self.actor, self.is_dry_run = actor, is_dry_run
        self._target = TargetFolder(target) if target else None
        self._homes: dict[str, TargetFolder] = {}

    def home_of(self, item: Outgoing) -> TargetFolder:
        """The folder that the record came from, or the project's for one that was added here."""
        if item.root not in self._homes:
            self._homes[item.root] = TargetFolder(Path(item.root or settings.POLICYHUB_FOLDER))
        return self._homes[item.root]

    def target_of(self, item: Outgoing) -> TargetFolder:
        """The folder that the record goes to."""
        return self._target or self.home_of(item)


def _export(item: Outgoing, run: _Run) -> ExportedFile:
    path = path_of(item)
    if not item.is_signed:
        return ExportedFile(item.name, path, ExportOutcome.NOT_SIGNED, item.why_not)
    target = run.target_of(item)
    is_home = target.folder == run.home_of(item).folder
    try:
        place = target.place_of(path)
        digest = read_digest(place)
        if digest == item.signed_text_digest:
            if is_home and item.text_digest != digest and not run.is_dry_run:
                _remember(item, target.folder, path, run.actor)
            return ExportedFile(item.name, path, ExportOutcome.UNCHANGED)
        if digest not in (None, item.base_digest) and not is_text_of_ours(item.pk, str(digest)):
            return ExportedFile(item.name, path, ExportOutcome.HELD_BACK, _why_held_back(item))
        text = _signed_text(item)
        if run.is_dry_run:
            old = "" if digest is None else read_bytes(place).decode()
            return ExportedFile(item.name, path, ExportOutcome.WRITTEN, diff=diff_texts(old, text, path))
        write_atomically(place, text)
        if is_home:
            _remember(item, target.folder, path, run.actor)
        return ExportedFile(item.name, path, ExportOutcome.WRITTEN)
    except OSError as error:
        reason = f"{error.strerror or error}: nothing was written, the file stands as it was. Free the way and repeat."
        return ExportedFile(item.name, path, ExportOutcome.FAILED, reason)
    except RefusedError as error:
        return ExportedFile(item.name, path, ExportOutcome.HELD_BACK, str(error))


def _why_held_back(item: Outgoing) -> str:
    return (
        f"The file changed on disk since {item.signed_by} signed it, so it was left as it is: "
        "import it, review what changed, and sign it again."
    )


def _signed_text(item: Outgoing) -> str:
    return Decision.objects.values_list("signed_text", flat=True).get(pk=item.signoff_pk or 0)


def _remember(item: Outgoing, root: Path, path: str, actor: User | None) -> None:
    """Take the text that stands on disk now as the base of the next comparison."""
    with transaction.atomic(), open_door(Door.CONTENT):
        policy = lock_policy(item.pk)
        remember_file(
            policy,
            root,
            path,
            _signed_text(item),
            file_status=State.VERIFIED.value,
            actor=actor,
            reason=f"Exported to {path}",
        )
