"""Import: files in, records out. Every file is planned, and all plans are applied in one transaction.

A refused file is named with its reason and the others still go in. What an earlier import left unchanged
costs no write. Files are taken in portions, so memory does not grow with the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from reviews.models import Policy, Run, SourceFile
from reviews.models.door import Door, open_door
from reviews.quality import Outline
from reviews.services.checking import refresh_neighbours
from reviews.services.creating import create_records
from reviews.services.errors import RefusedError
from reviews.services.folders import FoundFile, UnreadableError, find_root
from reviews.services.import_plan import FilePlan, ImportReport, Outcome
from reviews.services.merging import merge_file
from reviews.services.reading import KnownFile, ReadFile, read_file
from reviews.services.recording import lock_policy
from reviews.services.sources import FolderSource, Source

PORTION = 250  # files whose text is in memory at a time
Identity = tuple[str, str]


def import_policies(
    paths: Sequence[Path] | Source,
    *,
    actor: User | None,
    root: Path | None = None,
    is_dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
    run: Run | None = None,
    adopts: bool = False,
) -> ImportReport:
    """Import files and folders, all in one transaction, and return what became of each file.

    ``paths`` are files and folders, or another source of files. ``root`` is the folder that their paths are relative
    to; it is found where it is not given. ``actor`` is who ran it, for the history; running an import makes nobody an
    author. ``progress`` is called with the number of files done and in all. ``adopts`` takes files of records that
    came from another root for theirs from now on. Raises ``RefusedError`` where the source itself cannot be used.
    """
    source = find_source(paths, root) if isinstance(paths, Sequence) else paths
    found = source.find()
    work = _Work(source, actor, is_dry_run, run, adopts)
    try:
        files = _attempt(work, found, doubled={}, progress=progress)
    except _DoubledError as error:
        # Two files of one id: the first went in before the second was seen. Both are refused, so once more.
        files = _attempt(work, found, doubled=error.doubled, progress=progress)
    except IntegrityError as error:
        raise RefusedError(
            "Somebody else added the same records at the same moment, so nothing was imported: run it again."
        ) from error
    return ImportReport(source.title, Path(source.root), tuple(files), is_dry_run)


def find_source(paths: Sequence[Path], root: Path | None = None) -> FolderSource:
    """Return the source of files and folders; their root is found where it is not given."""
    known_roots = SourceFile.objects.order_by("root").values_list("root", flat=True).distinct()
    return FolderSource(paths, root or find_root(paths, [name for name in known_roots if name]))


@dataclass(frozen=True, slots=True)
class _Work:
    source: Source
    actor: User | None
    is_dry_run: bool
    run: Run | None
    adopts: bool


class _DoubledError(Exception):
    """Rolls an attempt back; ``doubled`` are the paths of the files that would be one new record."""

    def __init__(self, doubled: dict[Identity, list[str]]) -> None:
        super().__init__()
        self.doubled = doubled


def _attempt(
    work: _Work,
    found: list[FoundFile],
    *,
    doubled: dict[Identity, list[str]],
    progress: Callable[[int, int], None] | None,
) -> list[FilePlan]:
    """Plan and apply all files. Raises ``_DoubledError`` and leaves nothing behind; ``doubled`` are refused."""
    files: list[FilePlan] = []
    new: dict[Identity, list[str]] = {}
    outlines: dict[int, Outline] = {}
    with transaction.atomic(), open_door(Door.CONTENT):
        known = _known_files(work.source.root)
        for portion in _portions(found):
            files += _import_portion(work, portion, known, new, doubled, outlines)
            if progress:
                progress(len(files), len(found))
        if again := {identity: paths for identity, paths in new.items() if len(paths) > 1}:
            raise _DoubledError(again)
        if outlines:
            refresh_neighbours(outlines)
    return files


def _portions(found: Iterable[FoundFile]) -> Iterator[list[FoundFile]]:
    items = iter(found)
    while portion := list(islice(items, PORTION)):
        yield portion


def _known_files(root: str) -> dict[str, KnownFile]:
    """Return the files that were seen below this folder, or below one that is gone: then the folder moved here."""
    roots = SourceFile.objects.order_by("root").values_list("root", flat=True).distinct()
    gone = [name for name in roots if name and not Path(name).is_dir()]
    rows = SourceFile.objects.filter(root__in=[*gone, root]).values_list(
        "root",
        "path",
        "policy_id",
        "policy__policy_id",
        "policy__language",
        "text_digest",
        "policy__standing",
        "policy__state",
    )
    known: dict[str, KnownFile] = {}
    for name, path, *rest in rows.iterator():
        if name == root:
            known[path] = KnownFile(*rest)
        elif path not in known:
            known[path] = replace(KnownFile(*rest), text_digest="")  # to be read again, and remembered here
    return known


def _import_portion(
    work: _Work,
    portion: list[FoundFile],
    known: dict[str, KnownFile],
    new: dict[Identity, list[str]],
    doubled: dict[Identity, list[str]],
    outlines: dict[int, Outline],
) -> list[FilePlan]:
    """Plan and apply some files; ``new`` collects the paths of those that no record was there for, ``outlines``
    the records that were made of them.
    """
    read = [_read(work, found, known.get(found.path)) for found in portion]
    records = _records_of([item for item in read if isinstance(item, ReadFile)])
    results: list[FilePlan] = []
    created: list[ReadFile] = []
    for found, item in zip(portion, read, strict=True):
        if isinstance(item, FilePlan):
            results.append(item)
        elif isinstance(item, KnownFile):
            results.append(item.plan(found.path, Outcome.UNCHANGED))
        elif item.identity in doubled:
            others = ", ".join(path for path in doubled[item.identity] if path != found.path)
            reason = f"{item.name} is also in {others}: two files cannot be one record."
            results.append(item.refuse_id(reason))
        elif item.identity in new:
            new[item.identity].append(found.path)  # and what becomes of it, the next attempt says
        elif item.identity not in records and found.path not in known:
            new[item.identity] = [found.path]
            created.append(item)
            results.append(item.plan(Outcome.CREATED))
        else:
            results.append(_plan_known(work, item, records.get(item.identity), known.get(found.path)))
    if created and not work.is_dry_run:
        outlines.update(create_records(created, work.source, actor=work.actor))
    return results


def _read(work: _Work, found: FoundFile, known: KnownFile | None) -> ReadFile | KnownFile | FilePlan:
    try:
        return read_file(work.source, found, known)
    except UnreadableError as error:
        path = found.path.encode(errors="backslashreplace").decode()  # it may be no text
        return FilePlan(path, Outcome.REFUSED, reason=str(error))


def _records_of(files: list[ReadFile]) -> dict[Identity, int]:
    """Return the records that exist already for these files, translations too, as primary keys by identity.

    They are locked, and in the order in which a verdict that covers translations locks them: one waits for the other.
    """
    ids = {item.policy_id for item in files}
    rows = Policy.objects.filter(policy_id__in=ids).order_by("pk").select_for_update(no_key=True)
    found = rows.values_list("policy_id", "language", "pk")
    return {(policy_id, language): pk for policy_id, language, pk in found}


def _plan_known(work: _Work, item: ReadFile, policy_pk: int | None, known: KnownFile | None) -> FilePlan:
    """Take a changed file into the record it belongs to, or say why not."""
    if known and known.policy_pk != policy_pk:
        return item.refuse_id(
            f"this file was {known.name} and now says {item.name}: an id is for ever. Restore it, or give the "
            "new record a file of its own.",
        )
    policy = lock_policy(policy_pk or 0)
    source = getattr(policy, "source_file", None)
    if known is None and source is not None:
        return item.refuse_id(
            f"{item.name} came from {source.location} before: if the file moved, move it back; if it is "
            "another policy, give it another id.",
        )
    return merge_file(policy, item, work.source, actor=work.actor, run=work.run, is_dry_run=work.is_dry_run)
