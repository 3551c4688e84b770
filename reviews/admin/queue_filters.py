"""The list's filters by who is asked to review, and whether the next review or the assignment is past its day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from reviews.admin.filters import ChoiceFilter, Choices
from reviews.admin.holding import name_of
from reviews.models import Assignment
from reviews.models.policy import is_due
from reviews.selectors.people import SOON_DAYS

ME, NOBODY = "me", "nobody"


class AssigneeFilter(ChoiceFilter):
    """Who was asked: the person who looks, nobody, or one of those who were."""

    title = _("assigned to")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        self.me = request.user.pk
        asked = User.objects.filter(Exists(Assignment.objects.filter(assignee=OuterRef("pk"))))
        people = asked.order_by("first_name", "last_name", "pk")
        return [
            (ME, _("Me")),
            (NOBODY, _("Nobody")),
            *((str(person.pk), name_of(person)) for person in people),
        ]

    def condition(self, value: str) -> Q:
        if value == NOBODY:
            return Q(assignment=None)
        return Q(assignment__assignee=self.me if value == ME else int(value))


class DayFilter(ChoiceFilter):
    """Which day is past or near: that of the next review, or that by which the record was to be reviewed."""

    title = _("due")
    parameter_name = "past"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("review", _("Its next review is due")),
            ("assignment", _("Its assignment is overdue")),
            ("soon", _("Its assignment is due within a week")),
        ]

    def condition(self, value: str) -> Q:
        today = localdate()
        if value == "assignment":
            return Q(assignment__due_on__lt=today)
        if value == "soon":
            return Q(
                assignment__due_on__gte=today, assignment__due_on__lte=today + dt.timedelta(days=SOON_DAYS)
            )
        return is_due()


QUEUE_FILTERS = (AssigneeFilter, DayFilter)
