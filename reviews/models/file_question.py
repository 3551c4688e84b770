"""A question about a file that only a person can answer: it is gone, moved, has another id, or is there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.door import GuardedModel


class QuestionKind(models.TextChoices):
    """What an import found and did not decide."""

    GONE = "gone", _("Its file is gone")
    MOVED = "moved", _("Its file moved")
    RENAMED = "renamed", _("Its file has another id")
    DOUBLED = "doubled", _("Two files say that they are it")


class Answer(models.TextChoices):
    """What a person may say; which of them fits which kind, ``services/answering.py`` knows."""

    RETIRE = "retire", _("Retire the record")
    WRITE_AGAIN = "write_again", _("Write the file again with the next export")
    FOLLOW = "follow", _("This is its file from now on")
    RENAME = "rename", _("Give the record this id")
    NEW_RECORD = "new_record", _("It is another policy: make a new record")
    IGNORE = "ignore", _("Leave this file out")
    SETTLED = "settled", _("Settled by itself")  # the files are again as they were


class FileQuestion(GuardedModel):
    """``path`` is the file that is asked about, below ``root``; ``other_path`` the one that the record has, or the
    second of two. ``text`` is what the file says, empty where it is gone; ``policy`` is empty where two new
    files would be one record, which ``policy_name`` and ``language`` tell. Settled by a named person: who left the file
    out, or somebody else, took that back, and it was asked about again.
    """

    kind = models.CharField(max_length=20, choices=QuestionKind)
    policy = models.ForeignKey(
        "reviews.Policy", models.CASCADE, null=True, blank=True, related_name="file_questions"
    )
    policy_name = models.CharField("id in the file", max_length=200, blank=True)
    language = models.CharField(max_length=20, blank=True)
    root = models.TextField()
    path = models.TextField()
    other_path = models.TextField(blank=True)
    text = models.TextField(blank=True)
    text_digest = models.CharField(max_length=64, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(
        "reviews.Run", models.SET_NULL, null=True, blank=True, related_name="file_questions"
    )
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=20, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answerer_name = models.TextField(blank=True)

    if TYPE_CHECKING:
        policy_id: int | None
        run_id: int | None

    class Meta:
        default_permissions = ("view",)
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("root", "path", "kind"), condition=Q(answer=""), name="file_question_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="file_question_answered_has_time",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["", "settled"]) | ~Q(answerer_name=""),
                name="file_question_answered_by_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.path}: {QuestionKind(self.kind).label}"

    @property
    def is_open(self) -> bool:
        """Whether nobody answered yet."""
        return not self.answer
