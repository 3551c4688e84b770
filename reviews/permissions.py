"""Who may do what: one question, ``may(actor, act, record)``, answered with a reason.

Knows roles, states and facts; neither the admin nor requests nor the database, and of Django gettext alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.schema import told
from reviews.states import REVIEW, TRANSITIONS_BY_NAME, State, VerdictKind


class Actor(Protocol):
    """A person as far as permissions care: Django's users fit."""

    pk: int

    @property
    def is_active(self) -> bool: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class DimensionFacts:
    """What is known of one dimension when its record is decided on; ``authors`` are people by primary key."""

    key: str
    authors: frozenset[int]  # whose values stand in it
    verdict: VerdictKind | None  # the current one: it judged this very content
    has_note: bool


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What is known of one record when it is decided on; ``authors`` are those of its own fields."""

    name: str
    state: State
    has_title: bool
    authors: frozenset[int]
    dimensions: tuple[DimensionFacts, ...]
    is_four_eyes: bool
    is_due: bool = False  # verified, and its next review is due
    open_conflicts: int = 0  # values that both its file and PolicyHub changed
    blockers: tuple[str, ...] = ()  # what quality checks found that no signature may cover, in sentences


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes. ``is_four_eyes_waived`` where only the setting for one-person teams made it so."""

    is_four_eyes_waived: bool = False

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why: every reason at once, each saying what to do about it."""

    reasons: tuple[str, ...]

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return told(self.reasons)


def may(actor: Actor, act: str, record: RecordFacts) -> Allowed | Denied:
    """Whether the actor may take this transition (a name of ``TRANSITIONS``) with this record."""
    row = TRANSITIONS_BY_NAME[act]
    if not has_role(actor, row.permission):
        return lacks_role(row.permission, str(row.label))
    if record.state not in row.sources and not (row.takes_due and record.is_due):
        wanted = _(" or ").join(
            _("“%(state)s”") % {"state": state.label} for state in State if state in row.sources
        )
        said = _("%(move)s needs a record that is %(wanted)s; this one is “%(state)s”.")
        return Denied((said % {"move": row.label, "wanted": wanted, "state": record.state.label},))
    if act == "submit" and not record.has_title:
        return Denied((_("The record has no title: give it one, then submit it."),))
    return _may_verify(actor, record) if act == "verify" else Allowed()


def may_judge(actor: Actor, dimension: DimensionFacts, record: RecordFacts) -> Allowed | Denied:
    """Whether the actor may give a verdict, and write the note, on one dimension."""
    if not has_role(actor, REVIEW):
        return lacks_role(REVIEW, _("Giving a verdict"))
    if (refusal := _not_in_review(record)) is not None:
        return refusal
    if actor.pk not in dimension.authors:
        return Allowed()
    if not record.is_four_eyes:
        return Allowed(is_four_eyes_waived=True)
    said = _("You last changed “%(key)s”: someone else has to judge it (four eyes).")
    return Denied((said % {"key": dimension.key},))


def may_correct(actor: Actor, record: RecordFacts) -> Allowed | Denied:
    """Whether the actor may correct evidence: editors any time, reviewers what they review."""
    if has_role(actor, "change_policy"):
        return Allowed()
    if not has_role(actor, REVIEW):
        return lacks_role(REVIEW, _("Correcting evidence"))
    refusal = _not_in_review(record)
    return Allowed() if refusal is None else refusal


def has_role(actor: Actor, permission: str) -> bool:
    """Whether the actor may act at all, and has this permission (a codename)."""
    return actor.is_active and actor.has_perm(f"reviews.{permission}")


def lacks_role(permission: str, label: str) -> Denied:
    """Return the refusal of somebody without the permission for what ``label`` names."""
    said = _("%(what)s needs the permission “%(permission)s”: ask an administrator for the role.")
    return Denied((said % {"what": label, "permission": permission},))


def _not_in_review(record: RecordFacts) -> Denied | None:
    if record.state == State.IN_REVIEW or record.is_due:
        return None
    said = {
        State.VERIFIED: _("The record is “%(state)s”, not in review: reopen the review first."),
        State.DRAFT: _("The record is “%(state)s”, not in review: an editor submits it first."),
        State.CHANGES_REQUESTED: _(
            "The record is “%(state)s”, not in review: an editor submits it again first."
        ),
        State.RETIRED: _("The record is “%(state)s”, not in review: an editor brings it back first."),
    }[record.state]
    return Denied((said % {"state": record.state.label},))


def _may_verify(actor: Actor, record: RecordFacts) -> Allowed | Denied:
    reasons = []
    if not (actor.first_name.strip() and actor.last_name.strip()):
        reasons.append(
            _(
                "Your account names no person: ask an administrator to fill in your first and last name, "
                "because it becomes the record's reviewer."
            )
        )
    own = actor.pk in record.authors.union(*(item.authors for item in record.dimensions))
    if own and record.is_four_eyes:
        reasons.append(_("You last changed this content: someone else has to verify it (four eyes)."))
    if record.open_conflicts:
        said = ngettext(
            "%(count)s value changed both in the file and here: resolve the conflict first.",
            "%(count)s values changed both in the file and here: resolve the conflicts first.",
            record.open_conflicts,
        )
        reasons.append(said % {"count": record.open_conflicts})
    reasons += record.blockers
    reasons += [_missing(item) for item in record.dimensions if _missing(item)]
    return Denied(tuple(reasons)) if reasons else Allowed(is_four_eyes_waived=own)


def _missing(item: DimensionFacts) -> str:
    """Say what a dimension still needs before its record can be verified; nothing where it needs nothing."""
    if item.verdict is None and item.has_note:
        said = _("“%(key)s” needs a verdict.")
    elif item.verdict is None:
        said = _("“%(key)s” needs a verdict and an audit note.")
    elif item.verdict is VerdictKind.REJECTED:
        said = _("“%(key)s” was rejected: request changes, or judge it again.")
    elif not item.verdict.is_supporting:
        said = _("“%(key)s” could not be verified: request changes, or judge it again.")
    elif not item.has_note:
        said = _("“%(key)s” needs an audit note.")
    else:
        return ""
    return said % {"key": item.key}
