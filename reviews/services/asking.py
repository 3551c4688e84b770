"""Questions about files: an import asks them, and settles those whose situation ended. A person answers the rest.

A file that was left out (``ignore``) stays out as long as it says that it is the same record.

Imports and answers lock all open questions before any record, so that neither undoes the other, nor waits for it while
it waits itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db.models import F, Q
from django.utils import timezone

from reviews.models import Answer, FileQuestion, QuestionKind, Run
from reviews.services.reading import KnownFile, ReadFile
from reviews.services.sources import Origin


def lock_questions() -> None:
    """Lock all open questions, in one order, until the transaction ends; what they say is to be read afterwards."""
    list(FileQuestion.objects.filter(answer="").order_by("pk").select_for_update().values_list("pk"))


class Questions:
    """What was asked about the files of one root, and what this import asks; the open questions are locked."""

    def __init__(self, origin: Origin, *, is_dry_run: bool) -> None:
        self._origin = origin
        self._asked: dict[tuple[str, str], FileQuestion] = {}
        self._open: dict[tuple[str, str], FileQuestion] = {}
        self._ignored: dict[tuple[str, str, str], list[FileQuestion]] = {}
        self._passed: set[tuple[str, str, str]] = set()  # of these, the files that this import met
        self._held: dict[str, FileQuestion] = {}  # by path: about records that have no file any more
        if origin.is_upload:
            return
        if not is_dry_run:
            lock_questions()
        rows = FileQuestion.objects.filter(Q(answer="") | Q(answer=Answer.IGNORE), root=origin.root)
        for row in rows.defer("text").annotate(path_of_record=F("policy__source_file__path")):
            if row.kind == QuestionKind.GONE and row.path_of_record is None:
                if row.is_open:  # its file became another record: no import sees it come back
                    self._held[row.path] = row
            elif row.is_open:
                self._open[row.path, row.kind] = row
            else:
                self._ignored.setdefault((row.path, row.policy_name, row.language), []).append(row)

    def is_ignored(self, item: ReadFile) -> bool:
        """Whether a person said that this file stays out."""
        is_ignored = (item.path, *item.identity) in self._ignored
        if is_ignored:
            self._passed.add((item.path, *item.identity))
        return is_ignored

    def ask(self, kind: QuestionKind, file: ReadFile, policy_pk: int | None, *, other_path: str) -> None:
        """Ask what a file is; ``other_path`` is the one that the record has, or the second of two."""
        self._ask(
            kind,
            file.path,
            policy_id=policy_pk,
            policy_name=file.policy_id,
            language=file.language,
            other_path=other_path,
            text=file.text,
            text_digest=file.digest,
        )

    def asked_first(self, path: str) -> str:
        """Return the name of the record that had the file before, where it is still asked about, or nothing."""
        row = self._held.get(path)
        return f"{row.policy_name} ({row.language})" if row else ""

    def ask_gone(self, path: str, known: KnownFile) -> None:
        """Ask what becomes of a record whose file is gone."""
        identity = {"policy_name": known.policy_id, "language": known.language}
        self._ask(QuestionKind.GONE, path, policy_id=known.policy_pk, **identity)

    def _ask(self, kind: QuestionKind, path: str, **said: str | int | None) -> None:
        origin = self._origin
        self._asked[path, kind] = FileQuestion(
            kind=kind, path=path, root=origin.root, commit=origin.commit, **said
        )

    def write(self, run: Run | None, *, is_over: Callable[[str], bool], moved_roots: Collection[str]) -> None:
        """Store what is asked, and settle what was asked before and is not any more; the caller holds the door.

        ``is_over`` tells of a path whether this import saw what became of it. Of roots that moved here, nothing stays.
        """
        now = timezone.now()
        new = []
        for key, row in self._asked.items():
            before = self._open.get(key)
            row.run, row.asked_at = run, now
            if before is None:
                new.append(row)
            elif _said(row) != _said(before):
                row.pk = before.pk
                row.save(force_update=True)
        FileQuestion.objects.bulk_create(new)
        for root in set(moved_roots) - {self._origin.root}:
            FileQuestion.objects.filter(root=root, answer="").update(answer=Answer.SETTLED, answered_at=now)
        ended = [row.pk for key, row in self._open.items() if key not in self._asked and is_over(row.path)]
        kept = [row for key in self._ignored.keys() - self._passed for row in self._ignored[key]]
        # A file of a record that says the record's id again is not left out any more.
        ended += [row.pk for row in kept if row.kind == QuestionKind.RENAMED and is_over(row.path)]
        if ended:
            FileQuestion.objects.filter(pk__in=ended).update(answer=Answer.SETTLED, answered_at=now)


def _said(row: FileQuestion) -> tuple[object, ...]:
    return row.policy_id, row.policy_name, row.language, row.other_path, row.text_digest
