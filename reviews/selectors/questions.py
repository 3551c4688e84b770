"""Questions about files as pages show them: those that wait, and one with its record."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from reviews.models import Answer, FileQuestion, Policy, QuestionKind
from reviews.states import State


def count_questions() -> int:
    """Return how many files wait for a person to say what they are."""
    return open_questions().count()


def open_questions() -> QuerySet[FileQuestion]:
    """Return the open questions, without those of retired records: only what else is in a file of theirs is asked."""
    is_retired = Q(policy__state=State.RETIRED) & ~Q(kind=QuestionKind.RENAMED)
    return FileQuestion.objects.filter(answer="").exclude(is_retired)


def list_questions() -> QuerySet[FileQuestion]:
    """Return the open questions, the oldest first, without the texts of the files."""
    return _listed(open_questions()).order_by("asked_at", "pk")


def count_left_out() -> int:
    """Return how many files imports pass over because a person said so."""
    return FileQuestion.objects.filter(answer=Answer.IGNORE).count()


def list_left_out() -> QuerySet[FileQuestion]:
    """Return the files that imports pass over because a person said so, the newest first, without their texts."""
    return _listed(FileQuestion.objects.filter(answer=Answer.IGNORE)).order_by("-answered_at", "-pk")


def _listed(rows: QuerySet[FileQuestion]) -> QuerySet[FileQuestion]:
    return rows.select_related("policy").only(
        "kind", "policy_name", "language", "path", "other_path", "asked_at", "answered_at", "answerer_name",
        "policy__policy_id", "policy__language", "policy__title", "policy__state", "policy__standing",
    )  # fmt: skip


def question_with_record(pk: int) -> FileQuestion | None:
    """Return a question, with all of its record that its page shows, or nothing."""
    question = FileQuestion.objects.select_related("run").filter(pk=pk).first()
    if question and question.policy_id:
        question.policy = Policy.objects.for_review().get(pk=question.policy_id)
    return question


def text_of_other(question: FileQuestion) -> str:
    """Return what the other one of two new files says, which was asked about as well, or nothing."""
    same = FileQuestion.objects.filter(
        kind=QuestionKind.DOUBLED, root=question.root, path=question.other_path
    )
    return same.order_by("-pk").values_list("text", flat=True).first() or ""
