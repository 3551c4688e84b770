"""When a signed record has to be looked at again: by category and legal weight, from a table in the settings."""

from __future__ import annotations

import calendar
import datetime as dt

from django.conf import settings
from django.utils.timezone import localdate

from reviews.models import Policy


def next_review(policy: Policy) -> dt.date:
    """Return the day of the next review of a record that is signed today.

    The first row of ``POLICYHUB_NEXT_REVIEW`` that fits says after how many months; ``*`` fits everything.
    """
    months = next(
        months
        for category, legal_weight, months in settings.POLICYHUB_NEXT_REVIEW
        if category in ("*", policy.category) and legal_weight in ("*", policy.legal_weight)
    )
    return _add_months(localdate(), months)


def _add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or that month's last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
