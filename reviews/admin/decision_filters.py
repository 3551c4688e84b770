"""The filters of decisions and verdicts: by whom, and when."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reviews.admin.filters import ChoiceFilter, Choices
from reviews.selectors.periods import Period, find_period, last_half_year, last_month, this_week


class PersonFilter(ChoiceFilter):
    """Everybody of whom there is a row."""

    title = pgettext_lazy("whose", "by")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        rows = model_admin.model._default_manager.filter(actor=OuterRef("pk")).order_by()
        people = User.objects.filter(Exists(rows)).order_by("first_name", "last_name", "pk")
        return [(str(person.pk), person.get_full_name() or person.get_username()) for person in people]

    def condition(self, value: str) -> Q:
        return Q(actor=int(value))


class WhenFilter(ChoiceFilter):
    """This week, the last month or half year, and whatever other week the address names (``2026-W47``)."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        choices = {
            this_week().key: say("This week"),
            last_month().key: say("The last 30 days"),
            last_half_year().key: say("The last half year"),
        }
        period = find_period(self.value() or "")
        if period is not None and period.key not in choices:
            choices[period.key] = name_week(period)
        return list(choices.items())

    def condition(self, value: str) -> Q:
        period = find_period(value)
        assert period is not None  # noqa: S101  # it is one of the choices
        return Q(created_at__gte=period.start, created_at__lt=period.end)


def name_week(week: Period) -> str:
    """Return a week as people call it, by its first and last day."""
    return f"{date_format(week.first, 'SHORT_DATE_FORMAT')} – {date_format(week.last, 'SHORT_DATE_FORMAT')}"
