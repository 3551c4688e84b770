"""The workflow's data: states, transitions, groups, and in which state a file's word lets a record enter."""

import pytest
from django.contrib.auth.models import Group

from reviews.states import (
    GROUPS,
    STATE_CHOICES,
    TRANSITIONS,
    Standing,
    State,
    VerdictKind,
    is_known_status,
    state_of_file,
)
from tests.workflow_table import CELLS, LABELS, TARGETS

VIEWS = {
    "view_assignment",
    "view_comment",
    "view_conflict",
    "view_decision",
    "view_dimensionanalysis",
    "view_filequestion",
    "view_policy",
    "view_run",
    "view_sourcefile",
    "view_verdict",
}


def test_transitions_are_those_of_the_table() -> None:
    by_permission = {"submit_policy": "editor", "review_policy": "reviewer"}
    rows = {
        (state, row.name, by_permission[row.permission]): row.target
        for row in TRANSITIONS
        for state in row.sources
    }

    assert rows == {
        (state, transition, role): TARGETS[transition]
        for state, transition, role, answer in CELLS
        if answer == "yes" and role != "superuser"
    }


def test_transitions_need_these_reasons() -> None:
    assert {row.name: row.is_reason_required for row in TRANSITIONS} == {
        "submit": False,
        "request_changes": True,
        "verify": False,
        "reopen": True,
        "abstain": True,
        "retire": True,
        "bring_back": False,
    }


def test_states_have_labels() -> None:
    assert {state: state.label for state in State} == LABELS
    assert [(value, str(label)) for value, label in STATE_CHOICES] == [
        ("draft", "Draft"),
        ("in_review", "In review"),
        ("changes_requested", "Changes requested"),
        ("verified", "Verified"),
        ("retired", "Retired"),
    ]
    assert [standing.label for standing in Standing] == ["Claimed", "Verified", "Stale", "Open"]


def test_verdicts_have_labels_and_two_of_them_support_a_claim() -> None:
    assert [(kind.value, kind.label, kind.is_supporting) for kind in VerdictKind] == [
        ("accepted", "Accepted as is", True),
        ("corrected", "Corrected", True),
        ("rejected", "Rejected", False),
        ("cannot_verify", "Cannot verify", False),
    ]


@pytest.mark.parametrize(
    ("file_status", "state", "is_known"),
    [
        ("draft", State.DRAFT, True),
        ("in_review", State.IN_REVIEW, True),
        ("changes_requested", State.CHANGES_REQUESTED, True),
        ("verified", State.IN_REVIEW, True),
        ("", State.DRAFT, True),
        ("Verified", State.DRAFT, False),
        ("pending", State.DRAFT, False),
        ("已验证", State.DRAFT, False),
        ("retired", State.DRAFT, False),
    ],
)
def test_file_lets_a_record_enter_in_this_state(file_status: str, state: State, is_known: bool) -> None:
    assert (state_of_file(file_status), is_known_status(file_status)) == (state, is_known)


@pytest.mark.django_db
def test_groups_have_these_permissions() -> None:
    groups = {
        group.name: {
            f"{permission.content_type.app_label}.{permission.codename}"
            for permission in group.permissions.select_related("content_type")
        }
        for group in Group.objects.all()
    }

    assert groups == {
        "Editors": {
            f"reviews.{name}"
            for name in {*VIEWS, "add_policy", "change_policy", "submit_policy", "import_policy"}
        },
        "Reviewers": {f"reviews.{name}" for name in {*VIEWS, "review_policy"}},
        "Publishers": {f"reviews.{name}" for name in {*VIEWS, "export_policy"}},
    }
    assert GROUPS == {
        "Editors": ("add_policy", "change_policy", "submit_policy", "import_policy"),
        "Reviewers": ("review_policy",),
        "Publishers": ("export_policy",),
    }
