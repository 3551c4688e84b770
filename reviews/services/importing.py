"""Import: files in, records out. Every file is planned, and all plans are applied in one transaction.

A refused file is named with its reason and the others still go in. What an earlier import left unchanged
costs no write. Files are taken in portions, so memory does not grow with the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.documents import Document
from reviews.models import DimensionAnalysis, Policy, SourceFile
from reviews.models.door import Door, open_door
from reviews.quality import Outline
from reviews.schema import compare_values
from reviews.services.bulk_rows import copy_into_history, insert_rows
from reviews.services.checking import insert_findings, refresh_neighbours
from reviews.services.errors import RefusedError
from reviews.services.folders import FoundFile, UnreadableError, find_files, find_root
from reviews.services.import_plan import (
    FilePlan,
    KnownFile,
    Outcome,
    ReadFile,
    changed_places,
    keep_signed,
    read_file,
)
from reviews.services.recording import (
    credit_authors,
    derive_columns,
    lock_policy,
    record_revision,
    remember_file,
)
from reviews.services.workflow import receive_file_status
from reviews.states import Standing, State

PORTION = 250  # files whose text is in memory at a time
Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each file, in order."""

    root: Path
    files: tuple[FilePlan, ...]
    is_dry_run: bool

    def count(self, outcome: Outcome) -> int:
        """Return how many files had this outcome."""
        return sum(item.outcome is outcome for item in self.files)

    @property
    def claimed(self) -> int:
        """How many records say ``verified`` with no decision to back it."""
        return sum(item.is_claimed for item in self.files)

    @property
    def warnings(self) -> int:
        """How many values did not fit their field, or were kept out of a record that somebody signed."""
        return sum(len(item.warnings) for item in self.files)

    @property
    def refused(self) -> tuple[FilePlan, ...]:
        """The files that did not go in."""
        return tuple(item for item in self.files if item.outcome is Outcome.REFUSED)


def import_policies(
    paths: Sequence[Path],
    *,
    actor: User | None,
    root: Path | None = None,
    is_dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import files and folders, all in one transaction, and return what became of each file.

    ``root`` is the folder that their paths are relative to; it is found where it is not given. ``actor`` is
    who ran it, for the history; running an import makes nobody an author. ``progress`` is called with the
    number of files done and in all. Raises ``RefusedError`` where a path itself cannot be used.
    """
    known_roots = SourceFile.objects.order_by("root").values_list("root", flat=True).distinct()
    root = (root or find_root(paths, list(known_roots))).resolve()
    found = list(find_files(paths, root))
    run = _Run(root, actor, is_dry_run)
    try:
        files = _attempt(run, found, doubled={}, progress=progress)
    except _DoubledError as error:
        # Two files of one id: the first went in before the second was seen. Both are refused, so once more.
        files = _attempt(run, found, doubled=error.doubled, progress=progress)
    except IntegrityError as error:
        raise RefusedError(
            "Somebody else added the same records at the same moment, so nothing was imported: run it again."
        ) from error
    return ImportReport(root, tuple(files), is_dry_run)


@dataclass(frozen=True, slots=True)
class _Run:
    root: Path
    actor: User | None
    is_dry_run: bool


class _DoubledError(Exception):
    """Rolls an attempt back; ``doubled`` are the paths of the files that would be one new record."""

    def __init__(self, doubled: dict[Identity, list[str]]) -> None:
        super().__init__()
        self.doubled = doubled


def _attempt(
    run: _Run,
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
        known = _known_files(run.root)
        for portion in _portions(found):
            files += _import_portion(run, portion, known, new, doubled, outlines)
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


def _known_files(root: Path) -> dict[str, KnownFile]:
    """Return the files that were seen below this folder, or below one that is gone: then the folder moved here."""
    roots = SourceFile.objects.order_by("root").values_list("root", flat=True).distinct()
    gone = [name for name in roots if not Path(name).is_dir()]
    rows = SourceFile.objects.filter(root__in=[*gone, str(root)]).values_list(
        "root",
        "path",
        "policy_id",
        "policy__policy_id",
        "policy__language",
        "text_digest",
        "policy__standing",
    )
    known: dict[str, KnownFile] = {}
    for name, path, *rest in rows.iterator():
        if name == str(root):
            known[path] = KnownFile(*rest)
        elif path not in known:
            known[path] = replace(KnownFile(*rest), text_digest="")  # to be read again, and remembered here
    return known


def _import_portion(
    run: _Run,
    portion: list[FoundFile],
    known: dict[str, KnownFile],
    new: dict[Identity, list[str]],
    doubled: dict[Identity, list[str]],
    outlines: dict[int, Outline],
) -> list[FilePlan]:
    """Plan and apply some files; ``new`` collects the paths of those that no record was there for, ``outlines``
    the records that were made of them.
    """
    read = [_read(found, known.get(found.path)) for found in portion]
    records = _records_of([item for item in read if isinstance(item, ReadFile)])
    results: list[FilePlan] = []
    created: list[ReadFile] = []
    for found, item in zip(portion, read, strict=True):
        if isinstance(item, FilePlan):
            results.append(item)
        elif isinstance(item, KnownFile):
            is_claimed = item.standing == Standing.CLAIMED
            name = f"{item.policy_id} ({item.language})"
            results.append(FilePlan(found.path, Outcome.UNCHANGED, name, is_claimed))
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
            results.append(_plan_known(run, item, records.get(item.identity), known.get(found.path)))
    if created and not run.is_dry_run:
        outlines.update(_create(run, created))
    return results


def _read(found: FoundFile, known: KnownFile | None) -> ReadFile | KnownFile | FilePlan:
    try:
        return read_file(found, known)
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


def _create(run: _Run, files: list[ReadFile]) -> dict[int, Outline]:
    """Insert new records with their dimensions, files, history and findings, a handful of statements for all."""
    now = timezone.now()
    policies: list[Policy] = []
    claims: list[list[DimensionAnalysis]] = []
    sources: list[SourceFile] = []
    for item in files:
        values = item.values
        policy = Policy(
            policy_id=item.policy_id,
            language=item.language,
            body=values.body,
            extra=values.extra,
            misfits=values.misfits,
            updated_at=now,
            **values.fields,
        )
        receive_file_status(policy, values.fields["file_status"])
        rows = [
            DimensionAnalysis(
                key=key,
                position=position,
                extra=entry.extra,
                misfits=entry.misfits,
                **entry.fields,
            )
            for position, (key, entry) in enumerate(item.values.dimensions.items())
        ]
        derive_columns(policy, rows, item.values)
        policies.append(policy)
        claims.append(rows)
        sources.append(_source(policy, run, item))
    insert_rows(policies)
    records = _records_of(files)
    for policy in policies:
        policy.pk = records[policy.policy_id, policy.language]
    dimensions = list(chain.from_iterable(claims))
    for policy, rows in zip(policies, claims, strict=True):
        for row in rows:
            row.policy_id = policy.pk
    for source in sources:
        source.policy_id = source.policy.pk
    insert_rows(dimensions)
    insert_rows(sources)
    keys = [policy.pk for policy in policies]
    for new, path in (
        (Policy.objects.filter(pk__in=keys), "source_file__path"),
        (DimensionAnalysis.objects.filter(policy__in=keys), "policy__source_file__path"),
        (SourceFile.objects.filter(policy__in=keys), "path"),
    ):
        copy_into_history(new, path=path, actor=run.actor, at=now)
    return insert_findings(zip(policies, claims, (item.values for item in files), strict=True))


def _source(policy: Policy, run: _Run, item: ReadFile) -> SourceFile:
    return SourceFile(
        policy=policy,
        root=str(run.root),
        path=item.path,
        text=item.text,
        text_digest=item.digest,
        seen_at=timezone.now(),
    )


def _set_values(policy: Policy, item: ReadFile) -> None:
    for name, value in item.values.fields.items():
        if name != "file_status":
            setattr(policy, name, value)
    policy.body, policy.extra, policy.misfits = item.values.body, item.values.extra, item.values.misfits
    receive_file_status(policy, item.values.fields["file_status"])


def _plan_known(run: _Run, item: ReadFile, policy_pk: int | None, known: KnownFile | None) -> FilePlan:
    """Take a changed file into the record it belongs to, or say why not."""
    if known and known.policy_pk != policy_pk:
        name = f"{known.policy_id} ({known.language})"
        return item.refuse_id(
            f"this file was {name} and now says {item.name}: an id is for ever. Restore it, or give the "
            "new record a file of its own.",
        )
    policy = lock_policy(policy_pk or 0)
    source = getattr(policy, "source_file", None)
    if known is None and source is not None:
        return item.refuse_id(
            f"{item.name} came from {source.location} before: if the file moved, move it back; if it is "
            "another policy, give it another id.",
        )
    if source is not None and source.text_digest == item.digest:
        return _take_file(run, policy, item, reason=f"Moved with its folder to {run.root}")
    if _is_our_export(policy, source, item):
        return _take_file(run, policy, item, reason=f"Found as signed: {item.path}")
    if source is None:
        return item.refuse_id(
            f"{item.name} was added in PolicyHub and has no file yet, and this file says something else: give it "
            "another id, or export the record first."
        )
    base = Document.parse(source.text)
    mine = changed_places(base, policy.to_values(), is_signed=policy.signoff_id is not None)
    if not mine:
        return _take_values(run, policy, item, base)
    if not compare_values(policy.to_values(), item.values, with_review=True):
        return _take_file(run, policy, item, reason=f"Found as it is here: {item.path}")
    theirs = changed_places(base, item.values)
    return item.plan(
        Outcome.REFUSED,
        reason=f"changed on disk ({', '.join(theirs) or 'spelling'}) and in PolicyHub ({', '.join(mine)}) since it was "
        "last read: nothing was overwritten. Put the disk's changes into the record by hand and restore the file, or "
        "export the record first.",
    )


def _is_our_export(policy: Policy, source: SourceFile | None, item: ReadFile) -> bool:
    """Whether the disk went from the text that was signed on to the signed one, and nowhere in between."""
    signoff, base = policy.signoff, source.text_digest if source else ""
    return signoff is not None and (signoff.base_digest, signoff.signed_text_digest) == (base, item.digest)


def _take_file(run: _Run, policy: Policy, item: ReadFile, *, reason: str) -> FilePlan:
    """Remember the file's new text; the record says the same already."""
    if not run.is_dry_run:
        _remember(run, policy, item, reason)
    return item.plan(Outcome.UPDATED, standing=policy.standing)


def _take_values(run: _Run, policy: Policy, item: ReadFile, base: Document) -> FilePlan:
    """Let the file's values replace the record's, whose content nobody touched since the file was last seen."""
    is_claimed_now = item.values.fields["file_status"] == State.VERIFIED and not policy.signoff_id
    plan = item.plan(Outcome.UPDATED, standing=Standing.CLAIMED if is_claimed_now else Standing.OPEN)
    if policy.signoff:
        item, warnings = keep_signed(policy, item, base, signed_by=policy.signoff.actor_name)
        plan = replace(plan, warnings=(*plan.warnings, *warnings))
    changes = compare_values(policy.to_values(), item.values, with_review=True)
    if run.is_dry_run:
        return plan
    reason = f"Imported from {item.path}"
    if changes:
        before = {row.key: row for row in policy.dimensions.all()}
        content = compare_values(policy.to_values(), item.values)
        _set_values(policy, item)
        touched = {change.dimension for change in changes}
        after = []
        for position, (key, entry) in enumerate(item.values.dimensions.items()):
            row = before.get(key) or DimensionAnalysis(policy=policy, key=key)
            if row.position != position:
                touched.add(key)
            row.position, row.extra, row.misfits = position, entry.extra, entry.misfits
            for name, value in entry.fields.items():
                setattr(row, name, value)
            after.append(row)
        credit_authors(policy, after, content, author=None)  # running an import makes nobody an author
        record_revision(
            policy,
            dimensions=after,
            changed=[row for row in after if row.key in touched],
            removed=[row for key, row in before.items() if key not in item.values.dimensions],
            actor=run.actor,
            reason=reason,
        )
    _remember(run, policy, item, reason)
    return plan


def _remember(run: _Run, policy: Policy, item: ReadFile, reason: str) -> None:
    remember_file(
        policy,
        run.root,
        item.path,
        item.text,
        file_status=item.values.fields["file_status"],
        actor=run.actor,
        reason=reason,
    )
