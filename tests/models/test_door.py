"""The door: a write past the services fails, and a move past the workflow fails even in them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.deletion import ProtectedError
from django.utils.timezone import now

from reviews.models import (
    Assignment,
    ClosedDoorError,
    Comment,
    Decision,
    DimensionAnalysis,
    Hold,
    Policy,
    Preferences,
    Skip,
    SourceFile,
    Verdict,
)
from reviews.models.door import Door, open_door

pytestmark = pytest.mark.django_db


def save(row: Any, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def someone() -> User:
    return User.objects.all()[0]


PAST_THE_SERVICES: dict[str, tuple[Callable[[], Any], str]] = {
    "save a policy": (
        lambda: save(Policy.objects.get(), title="x"),
        "policy may be written through reviews.services only.",
    ),
    "save a policy's state": (
        lambda: save(Policy.objects.get(), review_status="draft"),
        "policy may be written through reviews.services.workflow only.",
    ),
    "delete a policy": (
        lambda: Policy.objects.get().delete(),
        "policy may be written through reviews.services only.",
    ),
    "update policies": (
        lambda: Policy.objects.update(title="x"),
        "policy (update) may be written through reviews.services only.",
    ),
    "update states": (
        lambda: Policy.objects.update(review_status="draft"),
        "policy (update) may be written through reviews.services.workflow only.",
    ),
    "delete policies": (
        lambda: Policy.objects.all().delete(),
        "policy (delete) may be written through reviews.services only.",
    ),
    "bulk_create policies": (
        lambda: Policy.objects.bulk_create([Policy(policy_id="x", title="x")]),
        "policy (bulk_create) may be written through reviews.services only.",
    ),
    "bulk_update policies": (
        lambda: Policy.objects.bulk_update([Policy.objects.get()], ["title"]),
        "policy (bulk_update) may be written through reviews.services only.",
    ),
    "get_or_create a policy": (
        lambda: Policy.objects.get_or_create(policy_id="x", language="en", defaults={"title": "x"}),
        "policy may be written through reviews.services only.",
    ),
    "save a dimension": (
        lambda: save(DimensionAnalysis.objects.all()[0], audit_note="x"),
        "dimension analysis may be written through reviews.services only.",
    ),
    "save a dimension through its policy": (
        lambda: Policy.objects.get().dimensions.update(audit_note="x"),
        "dimension analysis (update) may be written through reviews.services only.",
    ),
    "save a source file": (
        lambda: save(SourceFile.objects.get(), text="x"),
        "source file may be written through reviews.services only.",
    ),
    "add a comment": (
        lambda: Comment(policy=Policy.objects.get(), author_name="x", text="x").save(),
        "comment may be written through reviews.services only.",
    ),
    "update comments": (
        lambda: Comment.objects.update(text="x"),
        "comment (update) may be written through reviews.services only.",
    ),
    "delete comments": (
        lambda: Comment.objects.all().delete(),
        "comment (delete) may be written through reviews.services only.",
    ),
    "add preferences": (
        lambda: Preferences(user=User.objects.get()).save(),
        "preferences may be written through reviews.services only.",
    ),
    "update preferences": (
        lambda: Preferences.objects.update(mails_digest=False),
        "preferences (update) may be written through reviews.services only.",
    ),
    "take a record": (
        lambda: Hold(policy=Policy.objects.get(), person=someone(), since=now(), until=now()).save(),
        "hold may be written through reviews.services only.",
    ),
    "let go of all records": (
        lambda: Hold.objects.all().delete(),
        "hold (delete) may be written through reviews.services only.",
    ),
    "skip a record": (
        lambda: Skip.objects.bulk_create([Skip(policy=Policy.objects.get(), person=someone(), at=now())]),
        "skip (bulk_create) may be written through reviews.services only.",
    ),
    "assign a record": (
        lambda: Assignment.objects.create(
            policy=Policy.objects.get(), assignee=someone(), assigned_by=someone(), assigned_at=now()
        ),
        "assignment may be written through reviews.services only.",
    ),
    "move all due days": (
        lambda: Assignment.objects.update(due_on=None),
        "assignment (update) may be written through reviews.services only.",
    ),
    "save a verdict": (
        lambda: save(Verdict.objects.all()[0], note="x"),
        "A verdict is append-only: it cannot be changed.",
    ),
    "delete a verdict": (
        lambda: Verdict.objects.get(dimension_key="market").delete(),
        "A verdict is append-only: it cannot be deleted.",
    ),
    "add a verdict": (
        lambda: Verdict(policy=Policy.objects.get(), dimension_key="market").save(),
        "verdict may be written through reviews.services.workflow only.",
    ),
    "save a decision": (
        lambda: save(Decision.objects.get(), reason="x"),
        "A decision is append-only: it cannot be changed.",
    ),
    "delete decisions": (lambda: Decision.objects.all().delete(), "decisions are append-only."),
}


@pytest.mark.parametrize("what", PAST_THE_SERVICES)
def test_write_past_the_services_fails(signed: Policy, what: str) -> None:
    write, message = PAST_THE_SERVICES[what]

    with pytest.raises(ClosedDoorError) as error:
        write()

    assert str(error.value) == message


PAST_THE_WORKFLOW: dict[str, tuple[Callable[[], Any], str]] = {
    **{
        f"save {name}": (
            lambda name=name, value=value: save(Policy.objects.get(), **{name: value}),  # type: ignore[misc]
            "policy may be written through reviews.services.workflow only.",
        )
        for name, value in {
            "review_status": "draft",
            "signoff": None,
            "signed_digest": "x",
            "next_review_on": None,
        }.items()
    },
    "update states": (
        lambda: Policy.objects.update(review_status="draft"),
        "policy (update) may be written through reviews.services.workflow only.",
    ),
    "bulk_update states": (
        lambda: Policy.objects.bulk_update([Policy.objects.get()], ["signed_digest"]),
        "policy (bulk_update) may be written through reviews.services.workflow only.",
    ),
    "add a verdict": (
        lambda: Verdict(policy=Policy.objects.get(), dimension_key="market").save(),
        "verdict may be written through reviews.services.workflow only.",
    ),
    "add decisions": (
        lambda: Decision.objects.bulk_create([Decision(policy=Policy.objects.get())]),
        "decision (bulk_create) may be written through reviews.services.workflow only.",
    ),
}


@pytest.mark.parametrize("what", PAST_THE_WORKFLOW)
def test_services_that_are_not_the_workflow_move_no_state(signed: Policy, what: str) -> None:
    write, message = PAST_THE_WORKFLOW[what]

    with open_door(Door.CONTENT), pytest.raises(ClosedDoorError) as error:
        write()

    assert str(error.value) == message


APPEND_ONLY: dict[str, Callable[[], Any]] = {
    "save a verdict": lambda: save(Verdict.objects.all()[0], note="x"),
    "update verdicts": lambda: Verdict.objects.update(note="x"),
    "bulk_update verdicts": lambda: Verdict.objects.bulk_update(Verdict.objects.all(), ["note"]),
    "delete verdicts": lambda: Verdict.objects.all().delete(),
    "save a decision": lambda: save(Decision.objects.get(), actor_name="x"),
    "update decisions": lambda: Decision.objects.update(actor_name="x"),
    "delete a decision": lambda: Decision.objects.get().delete(),
}


@pytest.mark.parametrize("what", APPEND_ONLY)
def test_verdicts_and_decisions_are_append_only_for_the_workflow_too(signed: Policy, what: str) -> None:
    with open_door(Door.STATE), pytest.raises(ClosedDoorError, match="append-only"):
        APPEND_ONLY[what]()


def test_policy_with_verdicts_or_decisions_cannot_be_deleted_by_anybody(signed: Policy) -> None:
    with open_door(Door.STATE), pytest.raises(ProtectedError):
        signed.delete()


def test_door_closes_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), open_door(Door.STATE):
        raise ZeroDivisionError

    with pytest.raises(ClosedDoorError):
        Policy(policy_id="x", title="x").save()
