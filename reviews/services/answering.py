"""Answers to questions about files: a person says what a file is that an import could not tell, and it is done at once.

What an answer takes in is the text that the import saw; what the file says by now, the next import merges.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.models import Answer, FileQuestion, Policy, QuestionKind, SourceFile
from reviews.models.door import Door, open_door
from reviews.permissions import has_role, lacks_role
from reviews.services.asking import lock_questions
from reviews.services.checking import refresh_neighbours
from reviews.services.creating import take_new
from reviews.services.errors import ForbiddenError, RefusedError
from reviews.services.folders import UnreadableError
from reviews.services.merging import merge_file
from reviews.services.reading import ReadFile, parse_text
from reviews.services.recording import lock_policy, record_revision, stamp
from reviews.services.sources import KnownOrigin
from reviews.services.workflow import make_decision
from reviews.states import State

# What may be said to each kind of question, the likeliest answer first.
ANSWERS: dict[QuestionKind, tuple[Answer, ...]] = {
    QuestionKind.GONE: (Answer.RETIRE, Answer.WRITE_AGAIN),
    QuestionKind.MOVED: (Answer.FOLLOW, Answer.IGNORE),
    QuestionKind.RENAMED: (Answer.RENAME, Answer.NEW_RECORD, Answer.IGNORE),
    QuestionKind.DOUBLED: (Answer.FOLLOW, Answer.IGNORE),
}


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What came of an answer: the record that it concerned, where there is one, and how many values clash now."""

    question: FileQuestion
    policy: Policy | None
    conflicts: int = 0


def answer_question(question_pk: int, answer: Answer, *, actor: User, reason: str = "") -> AnswerReport:
    """Do what a person says of a file, and record who said it and when.

    ``reason`` is for retiring. Raises ``FileQuestion.DoesNotExist``, ``ForbiddenError``, and ``RefusedError`` where the
    question was answered or settled meanwhile, or what is wanted cannot be done; nothing is written then.
    """
    if not has_role(actor, "change_policy"):
        raise ForbiddenError(*lacks_role("change_policy", _("Answering a question about a file")).reasons)
    with transaction.atomic(), open_door(Door.CONTENT):
        policy, question = _lock(question_pk)
        kind = QuestionKind(question.kind)
        if answer not in ANSWERS[kind]:
            said = _("“%(answer)s” is no answer to “%(question)s”: choose another.")
            raise RefusedError(said % {"answer": Answer(answer).label, "question": kind.label})
        report = _DOERS[answer](_Task(question, policy, actor, reason))
        _close([question], answer, actor=actor)
        return report


def ask_again(question_pk: int, *, actor: User) -> FileQuestion:
    """Take back that a file was left out, and return the question about it, which is open again.

    Raises ``FileQuestion.DoesNotExist``, ``ForbiddenError``, and ``RefusedError`` where it is not left out any more.
    """
    if not has_role(actor, "change_policy"):
        raise ForbiddenError(*lacks_role("change_policy", _("Asking about a file again")).reasons)
    with transaction.atomic(), open_door(Door.CONTENT):
        lock_questions()
        question = FileQuestion.objects.get(pk=question_pk)
        said = {"root": question.root, "path": question.path}
        same = FileQuestion.objects.filter(
            **said, policy_name=question.policy_name, language=question.language, answer=Answer.IGNORE
        )
        if not any(row.pk == question.pk for row in same.select_for_update()):
            raise RefusedError(_("%(path)s is not left out any more: nothing was changed.") % said)
        _close(list(same), Answer.SETTLED, actor=actor)
        asked = FileQuestion.objects.filter(**said, kind=question.kind, answer="").first()
        if asked is None:
            asked = copy(question)
            asked.pk, asked._state.adding = None, True
            asked.answer, asked.answered_at, asked.answered_by, asked.answerer_name = "", None, None, ""
            asked.asked_at = timezone.now()
            if (
                asked.kind != QuestionKind.RENAMED
            ):  # the record may be another one by now, or have another file
                asked.policy = Policy.objects.filter(
                    policy_id=asked.policy_name, language=asked.language
                ).first()
                asked.other_path = getattr(
                    getattr(asked.policy, "source_file", None), "path", asked.other_path
                )
            asked.save()
        return asked


def place_to_write(question: FileQuestion) -> str:
    """Return the path, below the question's root, to which an export writes a file that is gone.

    That is where it was, or where another record's file stands there now, a free place beside it.
    """
    source: SourceFile | None = getattr(question.policy, "source_file", None)
    if source is not None:
        return source.path
    folder = PurePosixPath(question.path).parent
    taken = set(SourceFile.objects.filter(root=question.root).values_list("path", flat=True))
    ends = (f"-{number}" if number > 1 else "" for number in count(1))
    places = (str(folder / f"{question.policy_name}{end}.md") for end in ends)
    return next(place for place in places if place not in taken)


def _lock(question_pk: int) -> tuple[Policy | None, FileQuestion]:
    """Return the question and its record, locked in the order in which an import locks them: all questions first."""
    lock_questions()
    question = FileQuestion.objects.get(pk=question_pk)
    if not question.is_open:
        told = {"who": question.answerer_name, "answer": Answer(question.answer).label}
        said = (
            _("%(who)s answered this question meanwhile: “%(answer)s”. Nothing was changed.")
            if question.answerer_name
            else _("An import found the files as they were, so there is nothing left to answer.")
        )
        raise RefusedError(said % told)
    return (lock_policy(question.policy_id) if question.policy_id else None), question


def _close(questions: list[FileQuestion], answer: Answer, *, actor: User) -> None:
    name = actor.get_full_name() or actor.get_username()
    now = timezone.now()
    for row in questions:
        row.answer, row.answered_at, row.answered_by, row.answerer_name = answer, now, actor, name
        row.save()


# -- what each answer does --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Task:
    """A question with its record, both locked, and who answers it."""

    question: FileQuestion
    policy: Policy | None
    actor: User
    reason: str


def _retire(task: _Task) -> AnswerReport:
    record = _require_record(task.policy)
    make_decision(
        record.pk, "retire", actor=task.actor, reason=task.reason, seen_digest=record.content_digest
    )
    return AnswerReport(task.question, record)


def _write_again(task: _Task) -> AnswerReport:
    """Forget that the file was there: an export writes it, and no import misses it."""
    record = _require_record(task.policy)
    source: SourceFile | None = getattr(record, "source_file", None)
    if source is None:
        source = SourceFile(policy=record, root=task.question.root, path=place_to_write(task.question))
    source.text_digest, source.commit, source.seen_at = "", "", timezone.now()
    stamp(source, actor=task.actor, reason=f"Gone, to be written again: {source.path}", at=source.seen_at)
    source.save()
    return AnswerReport(task.question, record)


def _follow(task: _Task) -> AnswerReport:
    """Take the file for the record's; what else claims to be it stays out from now on."""
    policy, item, origin = task.policy, _read(task.question), _origin_of(task.question)
    _require_free(task.question, policy)
    if policy is None:
        made = take_new(item, origin, actor=task.actor)
        report = AnswerReport(task.question, made)
    else:
        source: SourceFile | None = getattr(policy, "source_file", None)
        if task.question.kind == QuestionKind.DOUBLED and source and source.root == task.question.root:
            _leave_out(task.question, source, actor=task.actor)
        plan = merge_file(policy, item, origin, actor=task.actor)
        report = AnswerReport(task.question, policy, plan.conflicts)
    _end_others(task.question, report.policy, actor=task.actor)
    return report


def _rename(task: _Task) -> AnswerReport:
    """Give the record the id that its file has now: a new version, and no signature covers the new id."""
    record, item = _require_record(task.policy), _read(task.question)
    _require_its_file(record, task.question)
    _require_unused(item)
    said = f"Renamed from {record} to {item.name}, as {item.path} says"
    record.policy_id, record.language = item.identity
    record_revision(record, dimensions=list(record.dimensions.all()), actor=task.actor, reason=said)
    plan = merge_file(record, item, _origin_of(task.question), actor=task.actor)
    refresh_neighbours({})  # those of the old id as well
    return AnswerReport(task.question, record, plan.conflicts)


def _make_new(task: _Task) -> AnswerReport:
    """Make another record of the file; the one that it was has none then, and what becomes of it is asked next."""
    record, item = _require_record(task.policy), _read(task.question)
    source = _require_its_file(record, task.question)
    _require_unused(item)
    stamp(source, actor=task.actor, reason=f"{source.path} is {item.name} now", at=timezone.now())
    source.delete()
    made = take_new(item, _origin_of(task.question), actor=task.actor)
    if record.state != State.RETIRED:
        FileQuestion.objects.create(
            kind=QuestionKind.GONE,
            policy=record,
            policy_name=record.policy_id,
            language=record.language,
            root=task.question.root,
            path=task.question.path,
            run=task.question.run,
            asked_at=timezone.now(),
        )
    return AnswerReport(task.question, made)


def _ignore(task: _Task) -> AnswerReport:
    return AnswerReport(task.question, task.policy)


_DOERS: dict[Answer, Callable[[_Task], AnswerReport]] = {
    Answer.RETIRE: _retire,
    Answer.WRITE_AGAIN: _write_again,
    Answer.FOLLOW: _follow,
    Answer.RENAME: _rename,
    Answer.NEW_RECORD: _make_new,
    Answer.IGNORE: _ignore,
}


# -- what they share --------------------------------------------------------------------------------------


def _require_record(policy: Policy | None) -> Policy:
    if policy is None:  # no import asks such a question without its record
        raise RefusedError(_("The question names no record: import the files again, which asks it anew."))
    return policy


def _read(question: FileQuestion) -> ReadFile:
    try:
        return parse_text(question.path, question.language, question.text)
    except UnreadableError as error:
        raise RefusedError(f"{question.path}: {error}") from error


def _origin_of(question: FileQuestion) -> KnownOrigin:
    return KnownOrigin(question.root, question.commit)


def _require_its_file(record: Policy, question: FileQuestion) -> SourceFile:
    """Return the record's file. Raises ``RefusedError`` where it is not the one any more that was asked about."""
    source: SourceFile | None = getattr(record, "source_file", None)
    if source is None or (source.root, source.path) != (question.root, question.path):
        said = _(
            "%(path)s is not the file of %(record)s any more: import the files again, which asks anew where it has to."
        )
        raise RefusedError(said % {"path": question.path, "record": record})
    return source


def _require_unused(item: ReadFile) -> None:
    """Refuse an id that a record has; where its own file says another one too, that is to be answered first."""
    other = Policy.objects.filter(policy_id=item.policy_id, language=item.language).first()
    if other is None:
        return
    asked = FileQuestion.objects.filter(policy=other, kind=QuestionKind.RENAMED, answer="").first()
    if asked is None:
        said = _("There is a record %(record)s already: give the file another id, or leave it out.")
        raise RefusedError(said % {"record": item.name})
    said = _(
        "%(record)s is a record already, and its own file, %(path)s, says %(id)s now: answer that question first. If "
        "two files only have each other's ids, give each its own back and import them again. If the records are to "
        "have each other's ids, give one file an id that no record has, and rename one after the other."
    )
    raise RefusedError(said % {"record": item.name, "path": asked.path, "id": asked.policy_name})


def _require_free(question: FileQuestion, policy: Policy | None) -> None:
    """Refuse a place that belongs to another record, and a record that somebody else's answer made."""
    taken = SourceFile.objects.filter(root=question.root, path=question.path).exclude(policy=policy)
    if taken.exists():
        said = _("%(path)s is the file of another record: import the files again, which looks anew.")
        raise RefusedError(said % {"path": question.path})
    if policy is None:
        _require_unused(_read(question))


def _leave_out(question: FileQuestion, source: SourceFile, *, actor: User) -> None:
    """Remember that the file which the record had stays out."""
    row = FileQuestion(
        kind=QuestionKind.DOUBLED,
        policy=question.policy,
        policy_name=question.policy_name,
        language=question.language,
        root=question.root,
        path=source.path,
        other_path=question.path,
        text=source.text,
        text_digest=source.text_digest,
        commit=source.commit,
        asked_at=question.asked_at,
        run=question.run,
    )
    _close([row], Answer.IGNORE, actor=actor)


def _end_others(question: FileQuestion, policy: Policy | None, *, actor: User) -> None:
    """End what else was asked of the record: its file is known now, and all others are not it."""
    others = FileQuestion.objects.filter(answer="").exclude(pk=question.pk)
    same = others.filter(root=question.root, policy_name=question.policy_name, language=question.language)
    _close(list(same.filter(kind=QuestionKind.DOUBLED)), Answer.IGNORE, actor=actor)
    other_kinds = others.filter(policy=policy).exclude(kind=QuestionKind.DOUBLED)
    other_kinds.update(answer=Answer.SETTLED, answered_at=timezone.now())
