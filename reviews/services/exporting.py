"""Export: the signed texts, and nothing else, back to front-matter files.

A file is replaced only where the disk still holds the text on which the sign-off was made, or one that was
signed before. What does not go out says why.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews.git import is_bare_repository
from reviews.models import Policy, Run, RunKind, SourceFile
from reviews.models.door import Door, open_door
from reviews.selectors.export_status import ExportStatus, tell_export_status
from reviews.selectors.outgoing import Outgoing, is_text_of_ours, outgoing
from reviews.services.atomic_files import (
    TargetFolder,
    UnconfirmedWriteError,
    read_digest,
    write_atomically,
)
from reviews.services.errors import RefusedError
from reviews.services.export_report import (
    ExportedFile,
    ExportOutcome,
    ExportReport,
    diff_texts,
    path_of,
    record_export,
    require_export,
    signed_text_of,
    stay,
)
from reviews.services.folders import read_bytes
from reviews.services.manifest import (
    ManifestReport,
    SignedManifest,
    line_of,
    read_manifest,
    signing_key,
    update_manifest,
)
from reviews.services.recording import lock_policy, remember_file
from reviews.services.runs import new_run, noting_failure, report_progress, save_run
from reviews.signoffs import SignedFile
from reviews.states import State


def export_policies(
    target: Path | None = None,
    *,
    actor: User | None,
    policies: QuerySet[Policy] | None = None,
    is_dry_run: bool = False,
    run: Run | None = None,
) -> ExportReport:
    """Write every signed record's text and return what became of each record.

    Below ``target``, or where it is ``None`` below the folder that each came from. ``actor`` is ``None`` on the
    command line, where the operating system decides who may. What becomes of each record is recorded, in ``run``
    where one has begun already; a dry run leaves no trace. Last, each folder's manifest gets the lines of all that
    stand there as they were signed. Raises ``ForbiddenError``, and ``RefusedError`` for a key that signs nothing;
    what fails for one file is in the report, and the others still go out.
    """
    if actor is not None:
        require_export(actor)
    signing_key()
    items = list(outgoing(policies))  # no cursor stays open over the writes
    if is_dry_run:
        work = _Work(target, actor)
        return ExportReport(tuple(_export(item, work) for item in items), is_dry_run, work.update_manifests())
    if run is None:
        to = {"to": "folder" if target else "files"}
        run = new_run(RunKind.EXPORT, actor=actor, source=str(target or ""), options=to)
    work = _Work(target, actor, run)
    files: list[ExportedFile] = []
    with noting_failure(run):
        for item in items:
            files.append(_export(item, work))
            report_progress(run, len(files), len(items))
        manifests = work.update_manifests()
        record_export(run, items, files, manifests)
    return ExportReport(tuple(files), is_dry_run, manifests)


def preview_policy(policy: Policy) -> ExportedFile:
    """Return exactly what an export would do with one record now, with the diff against its file."""
    item = next(outgoing(Policy.objects.filter(pk=policy.pk)))
    return _export(item, _Work(None, None))


class _Work:
    """One export: where it goes, for whom, and the folders it has looked at."""

    def __init__(self, target: Path | None, actor: User | None, run: Run | None = None) -> None:
        """``run`` is begun before the first file is written; without one, this is a dry run."""
        self.actor, self.run, self.is_dry_run = actor, run, run is None
        self._target = TargetFolder(target) if target else None
        self._homes: dict[str, TargetFolder] = {}
        self._manifests: dict[Path, SignedManifest | RefusedError] = {}  # by folder, as found there
        self._lines: dict[Path, list[SignedFile]] = {}

    def home_of(self, item: Outgoing) -> TargetFolder:
        """The folder that the record came from, or the project's for one that was added here."""
        if item.root not in self._homes:
            self._homes[item.root] = TargetFolder(Path(item.root or settings.POLICYHUB_FOLDER))
        return self._homes[item.root]

    def target_of(self, item: Outgoing) -> TargetFolder:
        """The folder that the record goes to; the very object of ``home_of`` where it goes back."""
        home = self.home_of(item)
        return home if self._target is None or self._target.folder == home.folder else self._target

    def manifest_of(self, folder: Path) -> SignedManifest:
        """The folder's manifest. Raises ``RefusedError`` where it can take no line: no file is written either then."""
        if folder not in self._manifests:
            try:
                self._manifests[folder] = read_manifest(folder)
            except RefusedError as error:
                self._manifests[folder] = error
        if isinstance(found := self._manifests[folder], RefusedError):
            raise found
        return found

    def note_line(self, item: Outgoing) -> None:
        """Remember that the record's file stands below its target as it was signed, or will."""
        folder, path = self.target_of(item).folder, path_of(item)
        lines = self._lines.setdefault(folder, [])
        if not self.manifest_of(folder).is_said(item, path):
            lines.append(line_of(item, path))

    def update_manifests(self) -> tuple[ManifestReport, ...]:
        """Bring the manifest of each folder up to date, and return what became of each."""
        return tuple(
            update_manifest(folder, self.manifest_of(folder), lines, is_dry_run=self.is_dry_run)
            for folder, lines in self._lines.items()
        )


def _export(item: Outgoing, work: _Work) -> ExportedFile:
    """Look at one record, and where there is something to do, lock it, look again and do it."""
    try:
        seen = _look(item, work)
        is_remembered = (
            work.target_of(item) is not work.home_of(item) or item.text_digest == item.signed_text_digest
        )
        is_done = seen.outcome is ExportOutcome.UNCHANGED and is_remembered
        if seen.outcome not in (ExportOutcome.WRITTEN, ExportOutcome.UNCHANGED):
            return seen
        if is_done or work.run is None:
            work.note_line(item)
            return seen
        save_run(work.run)
        with transaction.atomic(), open_door(Door.CONTENT):
            policy = lock_policy(item.pk)
            (item,) = outgoing(Policy.objects.filter(pk=item.pk))  # a reviewer may have decided since
            seen = _look(item, work)
            if seen.outcome in (ExportOutcome.WRITTEN, ExportOutcome.UNCHANGED):
                _write(item, work, policy, is_on_disk=seen.outcome is ExportOutcome.UNCHANGED)
        if seen.outcome in (ExportOutcome.WRITTEN, ExportOutcome.UNCHANGED):
            work.note_line(item)
        return seen
    except UnconfirmedWriteError as error:
        said = _("%(error)s: it was written, but not confirmed. Export again, which reads it back.")
        reason = said % {"error": error}
    except OSError as error:
        said = _("%(error)s: nothing was written, the file stands as it was. Free the way and repeat.")
        reason = said % {"error": error.strerror or error}
    except IntegrityError as error:
        said = _("The database refused: %(error)s. Export again, which looks at the file first.")
        reason = said % {"error": str(error).strip()}
    except RefusedError as error:
        return ExportedFile(item.name, path_of(item), ExportOutcome.HELD_BACK, str(error))
    return ExportedFile(item.name, path_of(item), ExportOutcome.FAILED, reason)


def _look(item: Outgoing, work: _Work) -> ExportedFile:
    """Return what is to be done with one record, as disk and database stand now. Writes nothing."""
    if staying := stay(item):
        return staying
    path, target = path_of(item), work.target_of(item)
    work.manifest_of(target.folder).check(item)
    is_home = target is work.home_of(item)
    place = target.place_of(path)
    digest = read_digest(place)
    if digest == item.signed_text_digest:
        return ExportedFile(item.name, path, ExportOutcome.UNCHANGED)
    reason = _why_held_back_at_home(item, target, digest) if is_home else _why_held_back(item, digest)
    if reason:
        why = item.status if item.status.is_reason else None
        return ExportedFile(item.name, path, ExportOutcome.HELD_BACK, reason, why=why)
    diff = ""
    if work.is_dry_run:
        old = "" if digest is None else read_bytes(place).decode()
        diff = diff_texts(old, signed_text_of(item), path)
    return ExportedFile(item.name, path, ExportOutcome.WRITTEN, diff=diff)


def _why_held_back_at_home(item: Outgoing, home: TargetFolder, digest: str | None) -> str:
    """Say why the file that a record came from is not replaced: only the text it was signed on is."""
    if not home.folder.is_dir():
        said = _("The folder %(folder)s is not there: bring it back, or export below another one with --to.")
        return said % {"folder": home.folder}
    if not item.root:
        is_upload = item.path and digest == item.base_digest  # its very text stands there
        if digest is not None and not is_upload:
            return _("Another file stands there already: move it, or import it under an id of its own.")
        if SourceFile.objects.filter(root=str(home.folder), path=path_of(item)).exists():
            return _("The path belongs to the file of another record: rename that file, then export again.")
        return ""
    if digest is None and is_bare_repository(home.folder):
        said = _("%(folder)s is a bare git repository, in which no files lie: export to it with --git.")
        return said % {"folder": home.folder}
    if digest is None and not item.text_digest:
        return ""  # somebody said that it is to be written again
    if digest is None:
        return _("The file is gone from disk: restore it, or export below another folder with --to.")
    if digest != item.text_digest and item.status is ExportStatus.LEFT_OUT:
        return tell_export_status(item.status)
    if digest != item.text_digest:
        said = _(
            "The file changed on disk since %(person)s signed it, so it was left as it is: "
            "import it, review what changed, and sign it again."
        )
        return said % {"person": item.signed_by}
    if digest != item.base_digest:
        return tell_export_status(ExportStatus.FILE_NEWER, signed_by=item.signed_by)
    return ""


def _why_held_back(item: Outgoing, digest: str | None) -> str:
    """Say why a file below another folder is not replaced: only texts of this record's are."""
    if digest in (None, item.base_digest) or is_text_of_ours(item.pk, str(digest)):
        return ""
    return _(
        "Another text stands there, which nobody signed here: move it away, or export below another folder."
    )


def _write(item: Outgoing, work: _Work, policy: Policy, *, is_on_disk: bool) -> None:
    """Write the signed text, and take it as the base of the next comparison where the record is at home."""
    target, path, text = work.target_of(item), path_of(item), signed_text_of(item)
    if not is_on_disk:
        write_atomically(target.place_of(path), text)
    if target is work.home_of(item):
        remember_file(
            policy,
            target.folder,
            path,
            text,
            file_status=State.VERIFIED.value,
            actor=work.actor,
            reason=f"Exported to {path}",
        )
