"""The workflow on one screen: states, standings, and every move from one state to another.

Buttons, permissions, the documentation's table and the test matrix derive from ``TRANSITIONS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class State(StrEnum):
    """Where a record stands in the review: all but the last are ``reviewStatus`` as PolicyHub writes it."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    VERIFIED = "verified"
    RETIRED = "retired"  # no file says so, and none is written: the record left the knowledge base

    @property
    def label(self) -> str:
        return str(_STATES[self])


_STATES = {
    State.DRAFT: _("Draft"),
    State.IN_REVIEW: _("In review"),
    State.CHANGES_REQUESTED: _("Changes requested"),
    State.VERIFIED: _("Verified"),
    State.RETIRED: _("Retired"),
}
FILE_STATES = frozenset(State) - {State.RETIRED}  # what a file may say
STATE_CHOICES = [(state.value, label) for state, label in _STATES.items()]


class Standing(StrEnum):
    """What a record's word is worth."""

    CLAIMED = "claimed"  # the file says verified, and no decision backs it
    VERIFIED = "verified"  # a named person's decision backs it, and the content is the one that was signed
    STALE = "stale"  # it was verified, then its content changed
    OPEN = "open"  # nobody says it is verified

    @property
    def label(self) -> str:
        return str(_STANDINGS[self])


_STANDINGS = {
    Standing.CLAIMED: _("Claimed"),
    Standing.VERIFIED: _("Verified"),
    Standing.STALE: _("Stale"),
    Standing.OPEN: _("Open"),
}
STANDING_CHOICES = [(standing.value, label) for standing, label in _STANDINGS.items()]


class VerdictKind(StrEnum):
    """What a reviewer says of one dimension."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    CANNOT_VERIFY = "cannot_verify"

    @property
    def label(self) -> str:
        return str(_VERDICTS[self])

    @property
    def is_supporting(self) -> bool:
        """Whether a record may be verified on it: a claim that nobody could confirm is not verified."""
        return self in (VerdictKind.ACCEPTED, VerdictKind.CORRECTED)


_VERDICTS = {
    VerdictKind.ACCEPTED: _("Accepted as is"),
    VerdictKind.CORRECTED: _("Corrected"),
    VerdictKind.REJECTED: _("Rejected"),
    VerdictKind.CANNOT_VERIFY: _("Cannot verify"),
}
VERDICT_CHOICES = [(kind.value, label) for kind, label in _VERDICTS.items()]

# Permission codenames.
SUBMIT, REVIEW, EXPORT, IMPORT = "submit_policy", "review_policy", "export_policy", "import_policy"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the workflow: who may move a record from where to where, and what it takes."""

    name: str
    label: StrOrPromise
    sources: frozenset[State]
    target: (
        State | None
    )  # None: the record stays where it is, and the decision is the record of what was said
    permission: str
    is_reason_required: bool
    needs: str  # the further conditions, in words
    takes_due: bool = False  # also a verified record whose next review is due


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "submit",
        _("Submit for review"),
        frozenset({State.DRAFT, State.CHANGES_REQUESTED}),
        State.IN_REVIEW,
        SUBMIT,
        is_reason_required=False,
        needs="a title",
    ),
    Transition(
        "request_changes",
        _("Request changes"),
        frozenset({State.IN_REVIEW, State.VERIFIED}),
        State.CHANGES_REQUESTED,
        REVIEW,
        is_reason_required=True,
        needs="a reason",
    ),
    Transition(
        "verify",
        _("Verify"),
        frozenset({State.IN_REVIEW}),
        State.VERIFIED,
        REVIEW,
        is_reason_required=False,
        needs="four eyes, a named reviewer, and on every dimension an audit note and a current verdict"
        " that supports the claim, and no finding that blocks it",
        takes_due=True,
    ),
    Transition(
        "reopen",
        _("Reopen review"),
        frozenset({State.VERIFIED}),
        State.IN_REVIEW,
        REVIEW,
        is_reason_required=True,
        needs="a reason",
    ),
    Transition(
        "abstain",
        _("Abstain"),
        frozenset({State.IN_REVIEW}),
        None,
        REVIEW,
        is_reason_required=True,
        needs="a reason; the record does not come to this person again",
        takes_due=True,
    ),
    Transition(
        "retire",
        _("Retire"),
        frozenset({State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED, State.VERIFIED}),
        State.RETIRED,
        SUBMIT,
        is_reason_required=True,
        needs="a reason; the record keeps all it has, waits for nobody and is not exported",
    ),
    Transition(
        "bring_back",
        _("Bring back"),
        frozenset({State.RETIRED}),
        State.IN_REVIEW,
        SUBMIT,
        is_reason_required=False,
        needs="nothing more",
    ),
)
TRANSITIONS_BY_NAME = {row.name: row for row in TRANSITIONS}
TRANSITION_CHOICES = [(row.name, row.label) for row in TRANSITIONS]

# Who is in which group; each also gets the view permissions of every model.
GROUPS: dict[str, tuple[str, ...]] = {
    "Editors": ("add_policy", "change_policy", SUBMIT, IMPORT),
    "Reviewers": (REVIEW,),
    "Publishers": (EXPORT,),
}


def state_of_file(file_status: str) -> State:
    """Return the state in which a new record enters: what the file says, except that nothing enters verified.

    A file that claims ``verified`` waits in the queue, so it enters *in review*; a word that is no state
    enters as a draft.
    """
    if file_status == State.VERIFIED:
        return State.IN_REVIEW
    return State(file_status) if file_status in FILE_STATES else State.DRAFT


def is_known_status(file_status: str) -> bool:
    """Whether the file's ``reviewStatus`` is a state, or says nothing."""
    return file_status == "" or file_status in FILE_STATES
