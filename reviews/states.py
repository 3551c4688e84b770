"""The workflow on one screen: states, standings, and every move from one state to another.

Buttons, permissions, the documentation's table and the test matrix derive from ``TRANSITIONS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """``reviewStatus`` as PolicyHub writes it."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    VERIFIED = "verified"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


STATE_CHOICES = [(state.value, state.label) for state in State]


class Standing(StrEnum):
    """What a record's word is worth."""

    CLAIMED = "claimed"  # the file says verified, and no decision backs it
    VERIFIED = "verified"  # a named person's decision backs it, and the content is the one that was signed
    STALE = "stale"  # it was verified, then its content changed
    OPEN = "open"  # nobody says it is verified

    @property
    def label(self) -> str:
        return self.value.capitalize()


class VerdictKind(StrEnum):
    """What a reviewer says of one dimension."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    CANNOT_VERIFY = "cannot_verify"

    @property
    def label(self) -> str:
        return {"accepted": "Accepted as is"}.get(self.value, self.value.replace("_", " ").capitalize())

    @property
    def is_supporting(self) -> bool:
        """Whether a record may be verified on it: a claim that nobody could confirm is not verified."""
        return self in (VerdictKind.ACCEPTED, VerdictKind.CORRECTED)


SUBMIT, REVIEW, EXPORT = "submit_policy", "review_policy", "export_policy"  # permission codenames


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the workflow: who may move a record from where to where, and what it takes."""

    name: str
    label: str
    sources: frozenset[State]
    target: State
    permission: str
    is_reason_required: bool
    needs: str  # the further conditions, in words


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "submit",
        "Submit for review",
        frozenset({State.DRAFT, State.CHANGES_REQUESTED}),
        State.IN_REVIEW,
        SUBMIT,
        is_reason_required=False,
        needs="a title",
    ),
    Transition(
        "request_changes",
        "Request changes",
        frozenset({State.IN_REVIEW, State.VERIFIED}),
        State.CHANGES_REQUESTED,
        REVIEW,
        is_reason_required=True,
        needs="a reason",
    ),
    Transition(
        "verify",
        "Verify",
        frozenset({State.IN_REVIEW}),
        State.VERIFIED,
        REVIEW,
        is_reason_required=False,
        needs="four eyes, a named reviewer, and on every dimension an audit note and a current verdict"
        " that supports the claim",
    ),
    Transition(
        "reopen",
        "Reopen review",
        frozenset({State.VERIFIED}),
        State.IN_REVIEW,
        REVIEW,
        is_reason_required=True,
        needs="a reason",
    ),
)
TRANSITIONS_BY_NAME = {row.name: row for row in TRANSITIONS}

# Who is in which group; each also gets the view permissions of every model.
GROUPS: dict[str, tuple[str, ...]] = {
    "Editors": ("add_policy", "change_policy", SUBMIT),
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
    return State(file_status) if file_status in set(State) else State.DRAFT


def is_known_status(file_status: str) -> bool:
    """Whether the file's ``reviewStatus`` is a state, or says nothing."""
    return file_status == "" or file_status in set(State)
