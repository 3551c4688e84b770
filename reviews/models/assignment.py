"""An assignment: somebody was asked to review a record, perhaps by a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from reviews.models.door import GuardedModel


class Assignment(GuardedModel):
    """One a record at most. It ends when the record is decided on, or is taken back; the history keeps it."""

    policy = models.OneToOneField("reviews.Policy", models.CASCADE, related_name="assignment")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("assigned to")
    )
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    due_on = models.DateField(_("due"), null=True, blank=True, db_index=True)

    history: ClassVar[Any] = HistoricalRecords(cascade_delete_history=False)

    if TYPE_CHECKING:
        policy_id: int
        assignee_id: int
        assigned_by_id: int

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.policy}: {self.assignee}"

    @property
    def is_overdue(self) -> bool:
        """Whether its day is past."""
        return self.due_on is not None and self.due_on < localdate()
