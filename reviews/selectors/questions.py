"""Questions about files as pages show them: those that wait, and one with its record."""

from __future__ import annotations

from django.db.models import QuerySet

from reviews.models import FileQuestion, Policy, QuestionKind


def count_questions() -> int:
    """Return how many files wait for a person to say what they are."""
    return FileQuestion.objects.filter(answer="").count()


def open_questions() -> QuerySet[FileQuestion]:
    """Return the open questions, the oldest first, without the texts of the files."""
    rows = FileQuestion.objects.filter(answer="").select_related("policy").order_by("asked_at", "pk")
    return rows.only(
        "kind", "policy_name", "language", "path", "other_path", "asked_at",
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
