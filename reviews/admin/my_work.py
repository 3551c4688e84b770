"""The tiles above the front page: what waits for the person who looks, and what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.admin.links import comments, count, decisions, policies, verdicts
from reviews.selectors.dashboard import Progress, WaitingCounts
from reviews.selectors.people import Workload
from reviews.selectors.periods import this_week
from reviews.states import EXPORT, REVIEW, State


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the person who looks, and what it is made of."""

    label: str
    number: SafeString
    notes: tuple[SafeString, ...] = ()
    is_late: bool = False


def tiles_of(
    may: Mapping[str, bool], done: Progress, mine: Workload, waiting: WaitingCounts, mentions: int
) -> Iterator[Tile]:
    """Yield what concerns somebody with these permissions; ``mentions`` are comments that want their answer."""
    queue = reverse("admin:reviews_policy_queue")
    if may[REVIEW]:
        yield Tile(
            _("Assigned to me"),
            count(mine.assigned, policies(assigned="me"), _("Assigned to me")),
            _notes(
                (_("%(count)s overdue"), mine.overdue, policies(assigned="me", past="assignment")),
                (_("%(count)s due within a week"), mine.soon, policies(assigned="me", past="soon")),
            ),
            is_late=mine.overdue > 0,
        )
    kinds = (
        (_("%(count)s stale"), waiting.stale, f"{queue}?part=stale"),
        (_("%(count)s due again"), waiting.due, f"{queue}?part=due"),
    )
    if may[REVIEW]:
        yield Tile(
            _("Waiting, and mine to sign"),
            count(waiting.signable, policies(signer="me"), _("Waiting, and mine to sign")),
            _notes(
                (
                    ngettext("%(count)s waits in all", "%(count)s wait in all", waiting.waiting),
                    waiting.waiting,
                    queue,
                ),
                *kinds,
            ),
        )
    else:
        yield Tile(
            _("Waiting for a reviewer"),
            count(waiting.waiting, queue, _("Waiting for a reviewer")),
            _notes((_("%(count)s claimed"), waiting.claimed, f"{queue}?part=claimed"), *kinds),
        )
    if may[REVIEW] and may["view_decision"] and may["view_verdict"]:
        week = this_week().key
        yield Tile(
            _("Judged by me this week"),
            count(mine.judged_this_week, verdicts(by=mine.pk, when=week), _("Judged by me this week")),
            _notes(
                (
                    ngettext("%(count)s verdict in all", "%(count)s verdicts in all", mine.judged),
                    mine.judged,
                    verdicts(by=mine.pk),
                )
            ),
        )
        signed: dict[str, str | int] = {"transition__exact": "verify", "by": mine.pk}
        yield Tile(
            _("Signed by me this week"),
            count(mine.signed_this_week, decisions(**signed, when=week), _("Signed by me this week")),
            _notes(
                (
                    ngettext("%(count)s sign-off in all", "%(count)s sign-offs in all", mine.signed),
                    mine.signed,
                    decisions(**signed),
                )
            ),
        )
    if may["change_policy"]:
        sent_back = State.CHANGES_REQUESTED.value
        yield Tile(
            _("Changes requested of my work"),
            count(
                done.my_changes_requested,
                policies(state=sent_back, author="me"),
                _("Changes requested of my work"),
            ),
            _notes((_("%(count)s in all"), done.changes_requested, policies(state=sent_back))),
        )
        yield Tile(
            _("My drafts"),
            count(done.my_drafts, policies(state=State.DRAFT.value, author="me"), _("My drafts")),
            _notes((_("%(count)s in all"), done.drafts, policies(state=State.DRAFT.value))),
        )
    if may[EXPORT]:
        yield Tile(
            _("Signed, not in the file yet"),
            count(done.unwritten, policies(written="no"), _("Signed, not in the file yet")),
            _notes(
                (
                    ngettext("%(count)s stands in its file", "%(count)s stand in their files", done.written),
                    done.written,
                    policies(written="yes"),
                )
            ),
        )
    if mentions:
        yield Tile(
            _("Open comments that mention me"),
            count(mentions, comments(mentions="me"), _("Open comments that mention me")),
        )


def _notes(*notes: tuple[str, int, str]) -> tuple[SafeString, ...]:
    """Return each text with its number in it, without those of which there are none."""
    return tuple(
        SafeString(escape(text).replace("%(count)s", count(number, url)))
        for text, number, url in notes
        if number
    )
