"""The workflow as one table: what each role may do with a record in each state, and what it hears instead.

`yes`: the move is made. `role`: refused, the role is missing. `state`: refused, the record stands elsewhere.
`inactive` is of all three groups and may no longer log in; `nobody` is of none.
"""

from reviews.states import State

TABLE = """
state              transition       inactive  nobody  editor  reviewer  publisher  superuser

draft              submit           role      role    yes     role      role       yes
draft              request_changes  role      role    role    state     role       state
draft              verify           role      role    role    state     role       state
draft              reopen           role      role    role    state     role       state
draft              abstain          role      role    role    state     role       state
draft              retire           role      role    yes     role      role       yes
draft              bring_back       role      role    state   role      role       state

in_review          submit           role      role    state   role      role       state
in_review          request_changes  role      role    role    yes       role       yes
in_review          verify           role      role    role    yes       role       yes
in_review          reopen           role      role    role    state     role       state
in_review          abstain          role      role    role    yes       role       yes
in_review          retire           role      role    yes     role      role       yes
in_review          bring_back       role      role    state   role      role       state

changes_requested  submit           role      role    yes     role      role       yes
changes_requested  request_changes  role      role    role    state     role       state
changes_requested  verify           role      role    role    state     role       state
changes_requested  reopen           role      role    role    state     role       state
changes_requested  abstain          role      role    role    state     role       state
changes_requested  retire           role      role    yes     role      role       yes
changes_requested  bring_back       role      role    state   role      role       state

verified           submit           role      role    state   role      role       state
verified           request_changes  role      role    role    yes       role       yes
verified           verify           role      role    role    state     role       state
verified           reopen           role      role    role    yes       role       yes
verified           abstain          role      role    role    state     role       state
verified           retire           role      role    yes     role      role       yes
verified           bring_back       role      role    state   role      role       state

retired            submit           role      role    state   role      role       state
retired            request_changes  role      role    role    state     role       state
retired            verify           role      role    role    state     role       state
retired            reopen           role      role    role    state     role       state
retired            abstain          role      role    role    state     role       state
retired            retire           role      role    state   role      role       state
retired            bring_back       role      role    yes     role      role       yes
"""
TARGETS = {
    "submit": State.IN_REVIEW,
    "request_changes": State.CHANGES_REQUESTED,
    "verify": State.VERIFIED,
    "reopen": State.IN_REVIEW,
    "abstain": None,
    "retire": State.RETIRED,
    "bring_back": State.IN_REVIEW,
}
ROLE_IS_MISSING = {
    "submit": "Submit for review needs the permission “submit_policy”: ask an administrator for the role.",
    "request_changes": "Request changes needs the permission “review_policy”: ask an administrator for the role.",
    "verify": "Verify needs the permission “review_policy”: ask an administrator for the role.",
    "reopen": "Reopen review needs the permission “review_policy”: ask an administrator for the role.",
    "abstain": "Abstain needs the permission “review_policy”: ask an administrator for the role.",
    "retire": "Retire needs the permission “submit_policy”: ask an administrator for the role.",
    "bring_back": "Bring back needs the permission “submit_policy”: ask an administrator for the role.",
}
STATE_IS_ANOTHER = {
    "submit": "Submit for review needs a record that is “Draft” or “Changes requested”; this one is “{}”.",
    "request_changes": "Request changes needs a record that is “In review” or “Verified”; this one is “{}”.",
    "verify": "Verify needs a record that is “In review”; this one is “{}”.",
    "reopen": "Reopen review needs a record that is “Verified”; this one is “{}”.",
    "abstain": "Abstain needs a record that is “In review”; this one is “{}”.",
    "retire": (
        "Retire needs a record that is “Draft” or “In review” or “Changes requested” or “Verified”; this one is “{}”."
    ),
    "bring_back": "Bring back needs a record that is “Retired”; this one is “{}”.",
}
LABELS = {
    State.DRAFT: "Draft",
    State.IN_REVIEW: "In review",
    State.CHANGES_REQUESTED: "Changes requested",
    State.VERIFIED: "Verified",
    State.RETIRED: "Retired",
}

_HEAD, *_ROWS = [line.split() for line in TABLE.splitlines() if line]
ROLES = _HEAD[2:]
CELLS = [
    (State(state), transition, role, answer)
    for state, transition, *answers in _ROWS
    for role, answer in zip(ROLES, answers, strict=True)
]


def refusal(state: State, transition: str, answer: str) -> str:
    """The exact sentence that refuses this move."""
    if answer == "role":
        return ROLE_IS_MISSING[transition]
    return STATE_IS_ANOTHER[transition].format(LABELS[state])
