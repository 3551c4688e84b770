"""A ZIP of the signed texts, under the paths that an export uses and with a manifest of its own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews.models import Policy, RunKind
from reviews.selectors.outgoing import Outgoing, outgoing
from reviews.services.atomic_files import check_relative
from reviews.services.errors import RefusedError
from reviews.services.export_report import (
    ExportedFile,
    ExportOutcome,
    ExportReport,
    path_of,
    record_export,
    require_export,
    signed_text_of,
    stay,
)
from reviews.services.manifest import line_of, new_manifest, signing_key
from reviews.services.runs import new_run, noting_failure


def plan_zip(policies: QuerySet[Policy]) -> ExportReport:
    """Return what a ZIP of these records would hold, and why each of the others stays out of it."""
    return ExportReport(tuple(planned for _item, planned in _plan_zip(policies)), is_dry_run=True)


def zip_policies(policies: QuerySet[Policy], *, actor: User) -> tuple[bytes, ExportReport]:
    """Return a ZIP of the signed texts under the paths that an export uses, and what became of each record.

    It has a manifest of its own. What became of each record is recorded. Raises ``ForbiddenError``, and
    ``RefusedError`` for a key that signs nothing.
    """
    require_export(actor)
    signing_key()
    run = new_run(RunKind.EXPORT, actor=actor, source="", options={"to": "zip"})
    buffer, items, files, lines = io.BytesIO(), [], [], []
    with noting_failure(run), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for item, planned in _plan_zip(policies):
            items.append(item)
            files.append(planned)
            if planned.outcome is ExportOutcome.WRITTEN:
                lines.append(line_of(item, planned.path))
                _pack(archive, planned.path, signed_text_of(item))
        for name, text in (new_manifest(lines) if lines else {}).items():
            _pack(archive, name, text)
        record_export(run, items, files)
    return buffer.getvalue(), ExportReport(tuple(files), is_dry_run=False)


def _pack(archive: zipfile.ZipFile, path: str, text: str) -> None:
    entry = zipfile.ZipInfo(path)  # no time: equal texts make equal archives
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)


def _plan_zip(policies: QuerySet[Policy]) -> Iterator[tuple[Outgoing, ExportedFile]]:
    taken: set[str] = set()
    for item in list(outgoing(policies)):
        path = path_of(item)
        outcome, reason = ExportOutcome.WRITTEN, ""
        if staying := stay(item):
            yield item, staying
            continue
        if path in taken:
            outcome = ExportOutcome.HELD_BACK
            said = _("Another record goes to the same path: %(path)s. Export the two folders one by one.")
            reason = said % {"path": path}
        else:
            try:
                check_relative(path)
                taken.add(path)
            except RefusedError as error:
                outcome, reason = ExportOutcome.HELD_BACK, str(error)
        yield item, ExportedFile(item.name, path, outcome, reason)
