"""The daily mail: each person is told what is due for them, at most once a day, however many runs there are."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from reviews.models import Preferences
from reviews.models.door import Door, open_door
from reviews.selectors.digest import Digest, digest_of
from reviews.services.mailing import Kind, Postbox, deliver, readers


class Outcome(StrEnum):
    """What became of one person's mail."""

    SENT = "sent"
    NOTHING_DUE = "nothing due"
    HAD_TODAY = "had today"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One person, what is due for them (not asked for where they had it today), and what became of it."""

    person: User
    digest: Digest | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class DigestReport:
    """Everybody who has an address and did not turn the mail off; of a dry run what would have been sent."""

    lines: tuple[DigestLine, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many came out so."""
        return sum(line.outcome is outcome for line in self.lines)


def send_digests(*, is_dry_run: bool = False) -> DigestReport:
    """Send each person what is due for them. Whose mail failed is tried again by the next run."""
    today = localdate()
    with closing(Postbox()) as post:
        lines = [_send(person, today, None if is_dry_run else post) for person in readers(Kind.DIGEST)]
    return DigestReport(tuple(lines))


def _send(person: User, today: dt.date, post: Postbox | None) -> DigestLine:
    before = getattr(getattr(person, "preferences", None), "digest_sent_on", None)
    if before and before >= today:
        return DigestLine(person, None, Outcome.HAD_TODAY)
    digest = digest_of(person)
    if not digest.total:
        return DigestLine(person, digest, Outcome.NOTHING_DUE)
    if post is None:
        return DigestLine(person, digest, Outcome.SENT)
    if not _take_turn(person, today):
        return DigestLine(person, None, Outcome.HAD_TODAY)
    if deliver(Kind.DIGEST, person, {"digest": digest}, post):
        return DigestLine(person, digest, Outcome.SENT)
    with open_door(Door.CONTENT):
        Preferences.objects.filter(user=person, digest_sent_on=today).update(digest_sent_on=before)
    return DigestLine(person, digest, Outcome.FAILED)


def _take_turn(person: User, today: dt.date) -> bool:
    """Note the day before the mail goes, and return whether this run was the first: nobody holds a lock meanwhile."""
    with transaction.atomic(), open_door(Door.CONTENT):
        Preferences.objects.get_or_create(user=person)
        had_none = Q(digest_sent_on=None) | Q(digest_sent_on__lt=today)
        # One statement that the database locks: of two runs at once, only one changes the row.
        return Preferences.objects.filter(had_none, user=person).update(digest_sent_on=today) == 1
