"""Whatever is done to the audit trail behind the application's back is found, and the first bad entry is named."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection, models, transaction

from reviews.models import Decision, TrailHead, Verdict
from reviews.models.trail import chain
from reviews.models.triggers import missing_triggers, remove_triggers
from reviews.selectors.trail import Fault, TrailReport, check_trail
from reviews.signoffs import SignedFile
from tests.factories import Folder, decide, get_policy, verify
from tests.trail import behind_the_back

CHANGED = "It is not what was written, or does not stand where it was written: its hash does not fit."
TEXT = "The text that was signed is another one now."
KEYS = "Its key, or that of the one of its kind before it, was changed: they are in another order."
TWICE = "The entry before it has the same number."
END = "The head of the trail has another hash than its last entry."
UNREADABLE = "What follows entry {} cannot be read: "


def gone(before: int) -> str:
    return f"The entry before it is number {before}: what stood between them is gone."


def beyond(end: int) -> str:
    return f"It stands behind the head of the trail, which says that number {end} is the last."


def cut(end: int) -> str:
    return f"The trail ends with entry {end}, and its head says 8: what came last is gone."


@pytest.fixture
def trail(folder: Folder, reviewer: User, second_reviewer: User) -> None:
    """Eight entries: verdicts 1 and 2 and signature 3 of one record, 4 to 6 of another, which 7 and 8 take back."""
    verify(folder.import_policy("one"), reviewer)
    two = folder.import_policy("two", title="Another Act")
    verify(two, second_reviewer)
    decide(two, "reopen", second_reviewer, "Read it again.")
    decide(two, "request_changes", second_reviewer, "Too vague.")


def run(statement: str) -> None:
    """Run statements of SQL as who owns the database."""
    with connection.cursor() as cursor:
        for part in statement.split(";"):
            cursor.execute(part)


def faults_after(act: Callable[[], object]) -> list[tuple[str, int | None, str]]:
    """What the walk finds after this was done to the trail and the triggers were put back; then it is undone."""
    with transaction.atomic():
        with behind_the_back():
            act()
        found = [(fault.kind, fault.number, fault.what) for fault in check_trail().faults]
        transaction.set_rollback(True)
    return found


def test_trail_that_was_written_by_the_application_has_no_fault(trail: None) -> None:
    head = TrailHead.objects.get()

    assert check_trail() == TrailReport(8, head.hash, signed=1, stale=0, lines=0, faults=())


def test_empty_trail_has_no_fault(db: None) -> None:
    assert check_trail() == TrailReport(0, "0" * 64, signed=0, stale=0, lines=0, faults=())


# By column: the value that somebody writes into the second verdict and the third decision.
EDITS: dict[type[models.Model], dict[str, str]] = {
    Verdict: {
        "id": "1000",
        "trail_number": "200",
        "trail_hash": "'x'",
        "policy_id": "policy_id + 1",
        "dimension_key": "'market '",
        "kind": "'rejected'",
        "note": "note || '.'",
        "content_digest": "'x'",
        "actor_id": "actor_id + 1",
        "actor_name": "'Rosa Lindquist'",
        "is_four_eyes_waived": "true",
        "covered_by_id": "(SELECT id FROM reviews_verdict WHERE trail_number = 1)",
        "created_at": "'2026-01-01 00:00:00'",
    },
    Decision: {
        "id": "1000",
        "trail_number": "200",
        "trail_hash": "'x'",
        "policy_id": "policy_id - 1",
        "transition": "'abstain'",
        "from_state": "'draft'",
        "to_state": "'retired'",
        "actor_id": "actor_id - 1",
        "actor_name": "'Nobody'",
        "reason": "'Read it twice.'",
        "content_digest": "'x'",
        "is_four_eyes_waived": "true",
        "signed_text": "'x'",
        "signed_text_digest": "'x'",
        "base_digest": "'x'",
        "created_at": "'2026-01-01 00:00:00'",
    },
}


def test_edit_of_any_column_is_found_and_the_entry_named(trail: None) -> None:
    found = {}
    for model, edits in EDITS.items():
        assert set(edits) == {field.column for field in model._meta.concrete_fields}, "an edit of each column"
        number, table = (2, "reviews_verdict") if model is Verdict else (7, "reviews_decision")
        for column, value in edits.items():
            statement = f"UPDATE {table} SET {column} = {value} WHERE trail_number = {number}"
            found[table, column] = faults_after(partial(run, statement))[0]

    other = {
        ("reviews_verdict", "id"): ("verdict", 4, KEYS),
        ("reviews_verdict", "trail_number"): ("decision", 3, gone(1)),
        ("reviews_decision", "id"): ("decision", 8, KEYS),
        ("reviews_decision", "trail_number"): ("decision", 8, gone(6)),
        ("reviews_decision", "signed_text"): ("decision", 7, TEXT),
    }
    assert found == {
        (table, column): other.get((table, column), (table.removeprefix("reviews_"), number, CHANGED))
        for table, number, edits in (
            ("reviews_verdict", 2, EDITS[Verdict]),
            ("reviews_decision", 7, EDITS[Decision]),
        )
        for column in edits
    }


DELETE = "DELETE FROM reviews_{} WHERE trail_number = {}"
UNSIGN = "UPDATE reviews_policy SET review_status = 'in_review', signoff_id = NULL, signed_digest = ''"
SWAP = (
    "UPDATE reviews_{0} SET trail_number = 0 WHERE trail_number = {1};"
    "UPDATE reviews_{0} SET trail_number = {1} WHERE trail_number = {2};"
    "UPDATE reviews_{0} SET trail_number = {2} WHERE trail_number = 0"
)
COPY = (
    "INSERT INTO reviews_verdict (trail_number, trail_hash, policy_id, dimension_key, kind, note, content_digest,"
    " actor_id, actor_name, is_four_eyes_waived, created_at) SELECT {}, 'x', policy_id, dimension_key, kind, note,"
    " content_digest, actor_id, actor_name, is_four_eyes_waived, created_at FROM reviews_verdict WHERE trail_number = 1"
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (DELETE.format("verdict", 1), ("verdict", 2, gone(0))),
        (DELETE.format("verdict", 4), ("verdict", 5, gone(3))),
        (f"{UNSIGN};{DELETE.format('decision', 3)}", ("verdict", 4, gone(2))),
        (f"{DELETE.format('verdict', 4)};{DELETE.format('verdict', 5)}", ("decision", 6, gone(3))),
        (DELETE.format("decision", 8), ("head", 8, cut(7))),
        (f"{UNSIGN};DELETE FROM reviews_decision;DELETE FROM reviews_verdict", ("head", 8, cut(0))),
        # Gone, and what follows moved up: nothing is missing, and nothing fits.
        (
            f"{DELETE.format('verdict', 1)};UPDATE reviews_verdict SET trail_number = 1 WHERE trail_number = 2",
            ("verdict", 1, CHANGED),
        ),
        (SWAP.format("verdict", 1, 2), ("verdict", 1, CHANGED)),
        (SWAP.format("decision", 7, 8), ("decision", 7, CHANGED)),
        ("UPDATE reviews_verdict SET trail_number = 3 WHERE trail_number = 2", ("verdict", 3, gone(1))),
        ("UPDATE reviews_decision SET trail_number = 2 WHERE trail_number = 3", ("decision", 2, TWICE)),
        (COPY.format(3), ("verdict", 3, CHANGED)),
        (COPY.format(9), ("verdict", 9, CHANGED)),
        (COPY.format(99), ("verdict", 99, gone(8))),
        (COPY.format(0), ("verdict", 0, TWICE)),
        ("UPDATE reviews_trailhead SET hash = 'x'", ("head", 8, END)),
        ("UPDATE reviews_trailhead SET number = 7", ("decision", 8, beyond(7))),
        ("UPDATE reviews_trailhead SET number = 17", ("head", 17, cut(8).replace("says 8", "says 17"))),
        (
            "DELETE FROM reviews_trailhead",
            ("head", None, "The head of the trail is gone: nobody can say whether entries are missing at its end."),
        ),
        (
            "INSERT INTO reviews_trailhead (number, hash) VALUES (9, 'x')",
            ("head", None, "The trail has more than one head."),
        ),
    ],
)  # fmt: skip
def test_removal_reordering_and_insertion_are_found(
    trail: None, statement: str, expected: tuple[str, int | None, str]
) -> None:
    assert faults_after(lambda: run(statement))[0] == expected


def test_fault_says_which_entry_of_which_record_by_whom_and_when(trail: None, reviewer: User) -> None:
    decision = Decision.objects.get(trail_number=3)
    with behind_the_back():
        run("UPDATE reviews_decision SET reason = 'x' WHERE trail_number IN (3, 8)")

    faults = check_trail().faults

    assert faults[0] == Fault("decision", CHANGED, 3, "one (en)", "Rosa Lindqvist", decision.created_at)
    assert [(fault.kind, fault.number) for fault in faults] == [("decision", 3), ("decision", 8)]


def test_forged_row_in_the_middle_breaks_the_one_after_it(trail: None) -> None:
    """Even with a hash that fits: each entry is bound to all before it."""

    def forge() -> None:
        row = Verdict.objects.get(trail_number=1)
        row.note = "Never read."
        run(
            f"UPDATE reviews_verdict SET note = 'Never read.', trail_hash = '{chain('0' * 64, row.trail_content)}'"
            " WHERE trail_number = 1"
        )

    assert faults_after(forge) == [("verdict", 2, CHANGED)]


def test_head_and_last_entry_that_went_together_show_in_the_record(trail: None) -> None:
    """What a trail alone cannot tell: its end taken off, and the head with it."""

    def shorten() -> None:
        last = Decision.objects.get(trail_number=7).trail_hash
        run(f"{DELETE.format('decision', 8)};UPDATE reviews_trailhead SET number = 7, hash = '{last}'")

    assert faults_after(shorten) == [
        ("record", 7, "It is “changes_requested”, and entry 7 made it “in_review”.")
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "title = 'Sea Act'",
            "Its values were changed past PolicyHub: they are not those of its content digest.",
        ),
        (
            "signed_digest = 'x'",
            "The content that it says was signed is not what entry 3 signed.",
        ),
        (
            "signoff_id = (SELECT id FROM reviews_decision WHERE trail_number = 6)",
            "Its sign-off is no signature of this record.",
        ),
        ("review_status = 'draft'", "It is “draft”, and entry 3 made it “verified”."),
    ],
)
def test_verified_record_that_its_signature_does_not_back_is_named(
    trail: None, change: str, expected: str
) -> None:
    run(f"UPDATE reviews_policy SET {change} WHERE policy_id = 'one'")

    assert [(fault.kind, fault.record, fault.what) for fault in check_trail().faults] == [
        ("record", "one (en)", expected)
    ]


def test_sign_off_that_was_turned_back_to_an_older_one_is_named(
    trail: None, reviewer: User, second_reviewer: User
) -> None:
    """Of the same content: its digest fits to both."""
    one = get_policy("one")
    decide(one, "reopen", reviewer, "By somebody else, please.")
    decide(one, "verify", second_reviewer)
    run("UPDATE reviews_policy SET signoff_id = (SELECT id FROM reviews_decision WHERE trail_number = 3)")

    assert [(fault.kind, fault.number, fault.what) for fault in check_trail().faults] == [
        ("record", 3, "Its sign-off is entry 3, and entry 10 moved it last.")
    ]


def test_claim_of_a_verified_record_changed_past_the_services_is_named(trail: None) -> None:
    run("UPDATE reviews_dimensionanalysis SET score = 99 WHERE \"key\" = 'mrv'")

    assert [fault.record for fault in check_trail().faults] == ["one (en)"]


def test_missing_trigger_is_a_fault(trail: None) -> None:
    name = "reviews_verdict_stands"
    remove_triggers(names=[name])
    assert missing_triggers() == [name]

    assert check_trail().faults == (
        Fault("trigger", "The trigger “reviews_verdict_stands” is not there, or was changed."),
    )


def test_row_that_cannot_be_read_is_where_the_walk_ends(trail: None) -> None:
    # PostgreSQL hands over many rows at once, and all of them or none.
    at, last = {"sqlite": ("noon", 4), "postgresql": ("infinity", 0)}[connection.vendor]
    faults = faults_after(
        lambda: run(f"UPDATE reviews_verdict SET created_at = '{at}' WHERE trail_number = 5")
    )

    assert [(kind, number, what.startswith(UNREADABLE.format(number))) for kind, number, what in faults] == [
        ("head", last, True)
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"path": "elsewhere.md"}, []),  # where a file stands, the trail does not say
        ({"id": "two"}, ["The line says something else than entry 3, which it names."]),
        ({"language": "zh"}, ["The line says something else than entry 3, which it names."]),
        ({"date": "yesterday"}, ["The line says something else than entry 3, which it names."]),
        ({"reviewer": "Nobody"}, ["The line says something else than entry 3, which it names."]),
        ({"digest": "x"}, ["The line says something else than entry 3, which it names."]),
        ({"trail": "x"}, ["The line says something else than entry 3, which it names."]),
        ({"decision": 7}, ["The line names entry 7, which is no signature in this trail."]),
        ({"decision": 99}, ["The line names entry 99, which is no signature in this trail."]),
    ],
)
def test_line_of_a_manifest_is_held_against_its_decision(
    trail: None, change: dict[str, Any], expected: list[str]
) -> None:
    row = Decision.objects.get(trail_number=3)
    said: dict[str, Any] = {
        "id": "one", "language": "en", "path": "policies/en/one.md", "reviewer": "Rosa Lindqvist",
        "date": row.created_at.date().isoformat(), "digest": row.signed_text_digest, "decision": 3,
        "trail": row.trail_hash,
    }  # fmt: skip

    line = SignedFile(**{**said, **change})

    report = check_trail([line])

    assert report.lines == 1
    assert [fault.what for fault in report.faults] == expected
    record = f"{line.id} ({line.language})"
    assert all((fault.kind, fault.record) == ("line", record) for fault in report.faults)


def test_line_has_the_day_of_its_decision_in_any_time_zone(trail: None) -> None:
    """Whose calendar counts is a setting, which may be another one since."""
    row = Decision.objects.get(trail_number=3)

    def found(day: dt.date) -> int:
        line = SignedFile(
            "one", "en", "one.md", "Rosa Lindqvist", str(day), row.signed_text_digest, 3, row.trail_hash
        )
        return len(check_trail([line]).faults)

    days = [row.created_at.astimezone(ZoneInfo(zone)).date() for zone in ("Etc/GMT+12", "Etc/GMT-14")]
    assert [found(day) for day in days] == [0, 0]
    assert [found(days[0] - dt.timedelta(1)), found(days[1] + dt.timedelta(1))] == [1, 1]
