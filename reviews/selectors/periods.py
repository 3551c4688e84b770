"""Spans of time in the calendar of the place: what counts by week, and lists that show the same rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.timezone import get_current_timezone, localdate

MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Days, the first and the last one included. ``key`` stands for it in addresses."""

    key: str
    first: dt.date
    last: dt.date

    @property
    def start(self) -> dt.datetime:
        """Its first moment."""
        return _midnight(self.first)

    @property
    def end(self) -> dt.datetime:
        """The first moment after it."""
        return _midnight(self.last + dt.timedelta(days=1))


def week_of(day: dt.date) -> Period:
    """Return the week, from Monday on, in which a day is; its key is like ``2026-W47``."""
    year, week, weekday = day.isocalendar()
    monday = day - dt.timedelta(days=weekday - 1)
    return Period(f"{year}-W{week:02}", monday, monday + dt.timedelta(days=6))


def this_week() -> Period:
    """Return the week of today."""
    return week_of(localdate())


def last_weeks(count: int) -> list[Period]:
    """Return so many weeks, the oldest first and this one last."""
    today = localdate()
    return [week_of(today - dt.timedelta(weeks=back)) for back in reversed(range(count))]


def last_month() -> Period:
    """Return the last thirty days, today included."""
    today = localdate()
    return Period("month", today - dt.timedelta(days=MONTH_DAYS - 1), today)


def last_half_year() -> Period:
    """Return the last 26 weeks, this one included."""
    weeks = last_weeks(26)
    return Period("half-year", weeks[0].first, weeks[-1].last)


def find_period(key: str) -> Period | None:
    """Return the period of this key, or nothing where there is none."""
    named = {period.key: period for period in (last_month(), last_half_year())}
    if key in named:
        return named[key]
    try:
        week = week_of(dt.datetime.strptime(f"{key}-1", "%G-W%V-%u").date())  # noqa: DTZ007  # a day, not a moment
    except (ValueError, OverflowError):
        return None
    return week if week.key == key else None


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), get_current_timezone())
