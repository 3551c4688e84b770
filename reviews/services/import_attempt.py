"""One pass over the files of an import: each is read, and goes in, into its record, or before a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from reviews.models import Policy, QuestionKind, Run, SourceFile
from reviews.quality import Outline
from reviews.schema import listed
from reviews.services.asking import Questions
from reviews.services.checking import refresh_changed, refresh_neighbours
from reviews.services.creating import create_records, owners_of_paths
from reviews.services.folders import FoundFile, UnreadableError
from reviews.services.import_plan import FilePlan, Outcome
from reviews.services.merging import merge_files
from reviews.services.reading import KnownFile, NoPolicyError, ReadFile, read_file, retired_warning, visible
from reviews.services.sources import Source
from reviews.states import State

PORTION = 250  # files whose text is in memory at a time
Identity = tuple[str, str]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What an import is to do."""

    source: Source
    actor: User | None
    is_dry_run: bool
    adopts: bool
    run: Run | None


class DoubledError(Exception):
    """Says after a pass that several files would be one record; ``doubled`` are their paths by identity."""

    def __init__(self, doubled: dict[Identity, list[str]]) -> None:
        super().__init__()
        self.doubled = doubled


class Attempt:
    """A pass in which the files of ``doubled`` stay out. The caller holds the door and a transaction, and rolls it back
    where ``DoubledError`` says that another pass is needed: the first file went in before the second was seen.
    """

    def __init__(self, job: Job, found: list[FoundFile], doubled: dict[Identity, list[str]]) -> None:
        self._job, self._found, self._doubled = job, found, doubled
        self._questions = Questions(job.source, is_dry_run=job.is_dry_run)  # first: it waits for answers
        self._known = {} if job.source.is_upload else known_files(job.source.root)
        self._paths = {file.path for file in found}
        self._plans: list[FilePlan | None] = [None] * len(found)
        self._waiting: list[tuple[int, ReadFile]] = []  # read, and not yet taken in
        self._claims: dict[Identity, list[str]] = {}  # the paths that would be the file of a record
        self._moved_roots: set[str] = set()
        self._moved: set[int] = set()  # records whose files are asked about at new paths, and so not as gone
        self._unclear: set[str] = set()  # the paths of files that could not be read
        self._new: dict[int, Outline] = {}
        self._changed: list[tuple[Outline, Outline]] = []  # records as they were, and as they are

    def take(self, progress: Progress) -> list[FilePlan]:
        """Take all files in, and return what became of each, those that are gone last."""
        for done, found in enumerate(self._found):
            if done and done % PORTION == 0:
                progress(done, len(self._found))
            self._read(done, found)
            if len(self._waiting) == PORTION:
                self._take_waiting()
        self._take_waiting()
        if self._found:
            progress(len(self._found), len(self._found))
        if again := {identity: paths for identity, paths in self._claims.items() if len(paths) > 1}:
            raise DoubledError(again)
        gone = self._ask_gone() if not self._job.source.is_upload else []
        if not self._job.is_dry_run:
            self._questions.write(self._job.run, is_over=self._is_over, moved_roots=self._moved_roots)
            if self._new:
                refresh_neighbours(self._new)
            elif self._changed:
                refresh_changed(self._changed)
        return [plan for plan in self._plans if plan] + gone

    def _read(self, place: int, found: FoundFile) -> None:
        try:
            item = read_file(self._job.source, found, self._known.get(found.path))
        except UnreadableError as error:
            path = visible(found.path)
            if isinstance(error, NoPolicyError) and self._is_nobodys(found.path):
                said = _("has no front matter, so it is no policy: one begins with a line “---” or “+++”.")
                self._plans[place] = FilePlan(path, Outcome.IGNORED, reason=said)
            else:
                self._plans[place] = FilePlan(path, Outcome.REFUSED, reason=str(error))
                self._unclear.add(found.path)
        else:
            if isinstance(item, KnownFile):
                self._plans[place] = item.plan(found.path, Outcome.UNCHANGED)
            else:
                self._waiting.append((place, item))

    def _is_nobodys(self, path: str) -> bool:
        """Whether a file is no record's, and nobody sent it as one."""
        return path not in self._known and not self._job.source.is_upload

    def _take_waiting(self) -> None:
        """Sort the files that were read, and take in what needs nobody's answer: new ones at once, and changed ones."""
        if not self._waiting:
            return
        records = _lock_records(item for _place, item in self._waiting)
        new: list[tuple[int, ReadFile]] = []
        known: list[tuple[int, Policy, ReadFile]] = []
        for place, item in self._waiting:
            policy = records.get(item.identity)
            if plan := self._plan_otherwise(item, policy):
                self._plans[place] = plan
            elif policy is None:
                new.append((place, item))
            else:
                known.append((place, policy, item))
        self._waiting.clear()
        self._create(new)
        self._merge(known)

    def _create(self, new: list[tuple[int, ReadFile]]) -> None:
        job = self._job
        if job.source.is_upload:
            new = self._refuse_taken(new)
        items = [item for _place, item in new]
        made: dict[Identity, int] = {}
        if items and not job.is_dry_run:
            outlines = create_records(items, job.source, actor=job.actor)
            made = {(outline.policy_id, outline.language): pk for pk, outline in outlines.items()}
            self._new.update(outlines)
        for place, item in new:
            self._plans[place] = item.plan(Outcome.CREATED, policy_pk=made.get(item.identity))

    def _refuse_taken(self, new: list[tuple[int, ReadFile]]) -> list[tuple[int, ReadFile]]:
        """Refuse uploaded files of new records where another record has its file; return the others."""
        owners = owners_of_paths(item for _place, item in new)
        for place, item in new:
            if owner := owners.get(item.path):
                said = _(
                    "is where the file of %(record)s stands: give this file another name, or that record's id where "
                    "it is meant."
                )
                self._plans[place] = item.plan(Outcome.REFUSED, reason=said % {"record": owner})
        return [(place, item) for place, item in new if item.path not in owners]

    def _merge(self, known: list[tuple[int, Policy, ReadFile]]) -> None:
        job = self._job
        pairs = [(policy, item) for _place, policy, item in known]
        plans, changed = merge_files(
            pairs, job.source, actor=job.actor, run=job.run, is_dry_run=job.is_dry_run
        )
        self._changed += changed
        for (place, _policy, _item), plan in zip(known, plans, strict=True):
            self._plans[place] = plan

    def _plan_otherwise(self, item: ReadFile, policy: Policy | None) -> FilePlan | None:
        """Return what becomes of a file that does not simply go in."""
        known = self._known.get(item.path)
        if known and known.identity == item.identity:
            self._moved_roots.add(known.root)
            return None
        if self._questions.is_ignored(item):
            return item.plan(Outcome.IGNORED, policy_pk=policy.pk if policy else None)
        if known:
            return self._ask_renamed(item, known)
        source: SourceFile | None = getattr(policy, "source_file", None)
        is_free = source is None or item.identity in self._claims or self._is_free(source)
        is_doubled = item.identity in self._doubled
        is_retired = policy is not None and policy.state == State.RETIRED
        if is_retired and not self._job.source.is_upload and (is_doubled or not is_free):
            return self._pass_over(item, policy)
        if is_doubled:
            return self._refuse_doubled(item, policy)
        if source is None or is_free:
            paths = self._claims.setdefault(item.identity, [])
            paths.append(item.path)
            # What becomes of a second one, the next attempt says.
            return item.plan(Outcome.REFUSED) if len(paths) > 1 else None
        return self._ask_moved(item, source)

    def _pass_over(self, item: ReadFile, policy: Policy | None) -> FilePlan:
        """Leave another file of a retired record alone; brought back, somebody is asked about it."""
        plan = item.plan(Outcome.IGNORED, policy_pk=policy.pk if policy else None)
        return replace(plan, warnings=(retired_warning(item.name),))

    def _is_free(self, source: SourceFile) -> bool:
        """Whether a record may have another file than the one that it came from, without asking."""
        job = self._job
        is_elsewhere = source.root != job.source.root and not self._is_here(source)
        return job.source.is_upload or not source.root or (job.adopts and is_elsewhere)

    def _is_here(self, source: SourceFile) -> bool:
        """Whether the file of a record was found, be it that its folder moved here as a whole."""
        known = self._known.get(source.path)
        return known is not None and known.policy_pk == source.policy_id and source.path in self._paths

    def _ask_renamed(self, item: ReadFile, known: KnownFile) -> FilePlan:
        self._questions.ask(QuestionKind.RENAMED, item, known.policy_pk, other_path=item.path)
        said = _(
            "this file was %(old)s and now says %(new)s: say whether that is the record's id from now on, or the file "
            "is another policy."
        )
        return item.ask_id(said % {"old": known.name, "new": item.name}, known.policy_pk)

    def _refuse_doubled(self, item: ReadFile, policy: Policy | None) -> FilePlan:
        others = [path for path in self._doubled[item.identity] if path != item.path]
        said = {"record": item.name, "paths": listed(others)}
        if self._job.source.is_upload:
            return item.refuse_id(
                _("%(record)s is also in %(paths)s: two files cannot be one record.") % said
            )
        pk = policy.pk if policy else None
        self._questions.ask(QuestionKind.DOUBLED, item, pk, other_path=others[0])
        return item.ask_id(_("%(record)s is also in %(paths)s: say which of them it is.") % said, pk)

    def _ask_moved(self, item: ReadFile, source: SourceFile) -> FilePlan:
        """Ask about a file whose record came from another one: which is gone, or is there as well."""
        said = {"record": item.name, "place": source.location, "path": source.path}
        is_elsewhere = source.root != self._job.source.root and not self._is_here(source)
        if is_elsewhere and Path(source.root).is_dir():
            return item.refuse_id(
                _(
                    "%(record)s came from %(place)s before: if these files are the records' from now on, import them "
                    "with --adopt; if this is another policy, give it another id."
                )
                % said
            )
        if is_elsewhere or not (source.path in self._paths or self._job.source.has(source.path)):
            self._moved.add(source.policy_id)
            self._questions.ask(QuestionKind.MOVED, item, source.policy_id, other_path=source.path)
            return item.ask_id(
                _("%(record)s had its file at %(path)s, which is gone: say whether it moved here.") % said,
                source.policy_id,
            )
        self._questions.ask(QuestionKind.DOUBLED, item, source.policy_id, other_path=source.path)
        return item.ask_id(
            _("%(record)s has its file at %(path)s, and both are there: say which of them it is.") % said,
            source.policy_id,
        )

    def _ask_gone(self) -> list[FilePlan]:
        """Ask about the records whose files are gone, and return what was asked."""
        gone = []
        for path in sorted(self._known.keys() - self._paths):
            known = self._known[path]
            if (
                known.root in (self._job.source.root, *self._moved_roots)
                and known.state != State.RETIRED
                and (known.text_digest or known.root in self._moved_roots)  # else it is to be written again
                and known.policy_pk not in self._moved
                and self._job.source.covers(path)
                and not known.is_uncommitted(path)
            ):
                if first := self._questions.asked_first(path):
                    said = _("its file is gone: say first what becomes of %(record)s, which had it before.")
                    said %= {"record": first}
                else:
                    self._questions.ask_gone(path, known)
                    said = _(
                        "its file is gone: say whether the record is retired, or the file written again."
                    )
                gone.append(known.plan(path, Outcome.ASKED, reason=said))
        return gone

    def _is_over(self, path: str) -> bool:
        """Whether this pass saw what became of a file, so that a question about it that it does not ask is settled."""
        if path in self._paths:
            return path not in self._unclear
        return self._job.source.covers(path)


def known_files(root: str) -> dict[str, KnownFile]:
    """Return the files that were seen below this root, or below one that is gone: then the folder moved here."""
    roots = SourceFile.objects.order_by("root").values_list("root", flat=True).distinct()
    gone = [name for name in roots if name and not Path(name).is_dir()]
    rows = SourceFile.objects.filter(root__in=[*gone, root]).values_list(
        "path",
        "root",
        "policy_id",
        "policy__policy_id",
        "policy__language",
        "text_digest",
        "policy__standing",
        "policy__state",
        "commit",
    )
    known: dict[str, KnownFile] = {}
    for path, *rest in rows.iterator():
        file = KnownFile(*rest)
        if file.root == root:
            known[path] = file
        elif path not in known:
            known[path] = replace(file, text_digest="")  # to be read again, and remembered here
    return known


def _lock_records(files: Iterable[ReadFile]) -> dict[Identity, Policy]:
    """Return the records that exist already for these files, by identity, as ``lock_policy`` does for one.

    Translations are locked too, and in the order in which a verdict that covers them locks them: one waits for the
    other.
    """
    wanted = {item.identity for item in files}
    ids = {policy_id for policy_id, _language in wanted}
    rows = Policy.objects.filter(policy_id__in=ids).order_by("pk").select_for_update(no_key=True)
    locked = rows.values_list("policy_id", "language", "pk")
    pks = [pk for policy_id, language, pk in locked if (policy_id, language) in wanted]
    found = Policy.objects.for_review().filter(pk__in=pks) if pks else ()
    return {(policy.policy_id, policy.language): policy for policy in found}
