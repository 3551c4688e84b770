"""Who may do what, asked without a database: the whole table, four eyes, and what verifying takes."""

from dataclasses import dataclass, replace

import pytest

from reviews.permissions import Allowed, Denied, DimensionFacts, RecordFacts, may, may_judge
from reviews.states import State, VerdictKind
from tests.workflow_table import CELLS, ROLE_IS_MISSING, refusal

SUBMIT, REVIEW, EXPORT = "reviews.submit_policy", "reviews.review_policy", "reviews.export_policy"


@dataclass
class Person:
    """A person as permissions see one."""

    pk: int
    permissions: frozenset[str]
    is_active: bool = True
    first_name: str = "Rosa"
    last_name: str = "Lindqvist"

    def has_perm(self, perm: str) -> bool:
        return perm in self.permissions


EVERYTHING = frozenset({SUBMIT, REVIEW, EXPORT})
PEOPLE = {
    "inactive": Person(1, EVERYTHING, is_active=False),
    "nobody": Person(2, frozenset()),
    "editor": Person(3, frozenset({SUBMIT})),
    "reviewer": Person(4, frozenset({REVIEW})),
    "publisher": Person(5, frozenset({EXPORT})),
    "superuser": Person(6, EVERYTHING),
}
REVIEWER = PEOPLE["reviewer"]
SOMEBODY_ELSE = 99
NOBODY: frozenset[int] = frozenset()
OTHERS = frozenset({SOMEBODY_ELSE})
OWN = frozenset({REVIEWER.pk, SOMEBODY_ELSE})
MARKET = DimensionFacts("market", authors=NOBODY, verdict=VerdictKind.ACCEPTED, has_note=True)
MRV = DimensionFacts("mrv", authors=OTHERS, verdict=VerdictKind.CORRECTED, has_note=True)
RECORD = RecordFacts(
    "no-storage-act (en)",
    State.IN_REVIEW,
    has_title=True,
    authors=OTHERS,
    dimensions=(MARKET, MRV),
    is_four_eyes=True,
)
FOUR_EYES = "You last changed this content: someone else has to verify it (four eyes)."


@pytest.mark.parametrize(("state", "transition", "role", "answer"), CELLS)
def test_move_is_allowed_or_refused(state: State, transition: str, role: str, answer: str) -> None:
    result = may(PEOPLE[role], transition, replace(RECORD, state=state))

    assert result == (Allowed() if answer == "yes" else Denied((refusal(state, transition, answer),)))
    assert bool(result) is (answer == "yes")


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("state", State)
def test_verdict_is_for_reviewers_and_for_records_in_review(state: State, role: str) -> None:
    refusals = {
        State.DRAFT: "The record is “Draft”, not in review: an editor submits it first.",
        State.CHANGES_REQUESTED: (
            "The record is “Changes requested”, not in review: an editor submits it again first."
        ),
        State.VERIFIED: "The record is “Verified”, not in review: reopen the review first.",
        State.RETIRED: "The record is “Retired”, not in review: an editor brings it back first.",
    }
    result = may_judge(PEOPLE[role], MARKET, replace(RECORD, state=state))

    if role not in ("reviewer", "superuser"):
        refused = "Giving a verdict needs the permission “review_policy”: ask an administrator for the role."
        assert result == Denied((refused,))
    elif state in refusals:
        assert result == Denied((refusals[state],))
    else:
        assert result == Allowed()


def test_submitting_needs_a_title() -> None:
    untitled = replace(RECORD, state=State.DRAFT, has_title=False)

    assert may(PEOPLE["editor"], "submit", untitled) == Denied(
        ("The record has no title: give it one, then submit it.",)
    )


@pytest.mark.parametrize(
    ("verdict", "has_note", "reason"),
    [
        (VerdictKind.ACCEPTED, True, None),
        (VerdictKind.CORRECTED, True, None),
        (None, True, "“market” needs a verdict."),
        (None, False, "“market” needs a verdict and an audit note."),
        (VerdictKind.ACCEPTED, False, "“market” needs an audit note."),
        (VerdictKind.CORRECTED, False, "“market” needs an audit note."),
        (VerdictKind.REJECTED, True, "“market” was rejected: request changes, or judge it again."),
        (VerdictKind.REJECTED, False, "“market” was rejected: request changes, or judge it again."),
        (
            VerdictKind.CANNOT_VERIFY,
            True,
            "“market” could not be verified: request changes, or judge it again.",
        ),
    ],
)
def test_verifying_takes_a_note_and_a_supporting_verdict_on_every_dimension(
    verdict: VerdictKind | None, has_note: bool, reason: str | None
) -> None:
    market = replace(MARKET, verdict=verdict, has_note=has_note)

    result = may(REVIEWER, "verify", replace(RECORD, dimensions=(market, MRV)))

    assert result == (Denied((reason,)) if reason else Allowed())


@pytest.mark.parametrize(("first", "last"), [("", ""), ("Rosa", ""), ("", "Lindqvist"), (" ", "Lindqvist")])
def test_verifying_takes_a_named_person(first: str, last: str) -> None:
    refused = (
        "Your account names no person: ask an administrator to fill in your first and last name, "
        "because it becomes the record's reviewer."
    )

    assert may(replace(REVIEWER, first_name=first, last_name=last), "verify", RECORD) == Denied((refused,))


@pytest.mark.parametrize(
    ("first", "last"), [("Na", "Li"), ("Ana", "Bot"), ("Gemini", "Ganesan"), ("娜", "李")]
)
def test_whoever_has_both_names_is_a_person(first: str, last: str) -> None:
    assert may(replace(REVIEWER, first_name=first, last_name=last), "verify", RECORD) == Allowed()


@pytest.mark.parametrize(
    ("authors_of_record", "authors_of_dimension", "is_own"),
    [
        (NOBODY, NOBODY, False),
        (OTHERS, OTHERS, False),
        (OWN, NOBODY, True),
        (NOBODY, OWN, True),
        (OWN, OTHERS, True),
        (OWN, OWN, True),
    ],
)
@pytest.mark.parametrize("is_four_eyes", [True, False])
def test_nobody_verifies_what_they_wrote_unless_the_setting_waives_it(
    authors_of_record: frozenset[int], authors_of_dimension: frozenset[int], is_own: bool, is_four_eyes: bool
) -> None:
    record = replace(
        RECORD,
        authors=authors_of_record,
        dimensions=(MARKET, replace(MRV, authors=authors_of_dimension)),
        is_four_eyes=is_four_eyes,
    )

    result = may(REVIEWER, "verify", record)

    if is_own and is_four_eyes:
        assert result == Denied((FOUR_EYES,))
    else:
        assert result == Allowed(is_four_eyes_waived=is_own)


@pytest.mark.parametrize(
    ("authors", "is_four_eyes", "answer"),
    [
        (NOBODY, True, Allowed()),
        (OTHERS, True, Allowed()),
        (
            OWN,
            True,
            Denied(("You last changed “market”: someone else has to judge it (four eyes).",)),
        ),
        (OWN, False, Allowed(is_four_eyes_waived=True)),
    ],
)
def test_nobody_judges_what_they_wrote_unless_the_setting_waives_it(
    authors: frozenset[int], is_four_eyes: bool, answer: Allowed | Denied
) -> None:
    own = replace(RECORD, authors=OWN, is_four_eyes=is_four_eyes)  # of the record, not of the claim

    assert may_judge(REVIEWER, replace(MARKET, authors=authors), own) == answer


def test_all_reasons_are_given_at_once() -> None:
    own = replace(MARKET, authors=OWN, verdict=None, has_note=False)
    mrv = replace(MRV, verdict=VerdictKind.REJECTED)
    result = may(replace(REVIEWER, last_name=""), "verify", replace(RECORD, dimensions=(own, mrv)))

    assert isinstance(result, Denied)
    assert result.reasons[0].startswith("Your account names no person")
    assert result.reasons[1:] == (
        FOUR_EYES,
        "“market” needs a verdict and an audit note.",
        "“mrv” was rejected: request changes, or judge it again.",
    )
    assert str(result) == " ".join(result.reasons)


def test_missing_role_is_all_that_a_stranger_hears() -> None:
    nothing_ready = replace(RECORD, state=State.DRAFT, has_title=False, dimensions=())

    assert may(PEOPLE["nobody"], "verify", nothing_ready) == Denied((ROLE_IS_MISSING["verify"],))
