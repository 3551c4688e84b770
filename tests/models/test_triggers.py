"""The triggers of the audit trail: nothing that is written past the services changes it, on either database."""

import pytest
from django.db import IntegrityError, connection, transaction

from reviews.models import Decision, Policy, Verdict
from reviews.models.trail import START, TrailHead
from reviews.models.triggers import TRIGGERS, install_triggers, missing_triggers, remove_triggers

STANDS = "The audit trail is append-only: its rows stand as they were written."
FORWARD = "The audit trail is append-only: its head moves forward only."

UPSERT = (
    "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT (id) DO UPDATE SET trail_hash = 'x'",
    STANDS,
)
ROWS = ("reviews_verdict", "reviews_decision")
HEAD = "reviews_trailhead"
TOUCHES = [
    *((table, "UPDATE {table} SET actor_name = 'Somebody else'", STANDS) for table in ROWS),
    *((table, "UPDATE {table} SET trail_number = trail_number + 100", STANDS) for table in ROWS),
    *((table, "UPDATE {table} SET actor_name = actor_name", STANDS) for table in ROWS),
    *((table, "DELETE FROM {table}", STANDS) for table in ROWS),
    *((table, *UPSERT) for table in ROWS),
    (HEAD, "DELETE FROM {table}", FORWARD),
    (HEAD, "UPDATE {table} SET number = number - 1", FORWARD),
    (HEAD, "UPDATE {table} SET hash = 'x'", FORWARD),
    (HEAD, "UPDATE {table} SET id = 17", FORWARD),
    (HEAD, "INSERT INTO {table} SELECT 2, 1, 'x'", FORWARD),
]
ONLY = {
    "sqlite": [
        *((table, "INSERT OR REPLACE INTO {table} SELECT * FROM {table}", STANDS) for table in ROWS),
        *((table, "REPLACE INTO {table} SELECT * FROM {table}", STANDS) for table in ROWS),
        *((table, "UPDATE OR REPLACE {table} SET trail_number = 1", STANDS) for table in ROWS),
        *((table, "UPDATE OR IGNORE {table} SET actor_name = 'x'", STANDS) for table in ROWS),
        (HEAD, "REPLACE INTO {table} SELECT id, 1, hash FROM {table}", FORWARD),
    ],
    "postgresql": [
        *((table, "TRUNCATE {table} CASCADE", STANDS) for table in ROWS),
        (HEAD, "TRUNCATE {table}", FORWARD),
    ],
}


def test_trail_refuses_every_statement_that_would_change_it(signed: Policy) -> None:
    kept = [list(model.objects.order_by("pk").values()) for model in (Verdict, Decision, TrailHead)]
    assert [len(rows) for rows in kept] == [2, 1, 1]
    answers = []

    for table, statement, _ in [*TOUCHES, *ONLY[connection.vendor]]:
        connection.check_constraints()
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(table=table))
            answers.append((table, statement, "done"))
        except IntegrityError as error:
            answers.append((table, statement, str(error).splitlines()[0]))

    assert answers == [*TOUCHES, *ONLY[connection.vendor]]
    assert [list(model.objects.order_by("pk").values()) for model in (Verdict, Decision, TrailHead)] == kept


def test_head_moves_forward(db: None) -> None:
    head = TrailHead.objects.get()
    assert (head.number, head.hash) == (0, START)

    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_trailhead SET number = 5, hash = 'x'")
        cursor.execute("UPDATE reviews_trailhead SET number = number, hash = hash")

    head.refresh_from_db()
    assert (head.number, head.hash) == (5, "x")


def test_trigger_that_was_taken_out_or_changed_is_missing_and_comes_back(db: None) -> None:
    names = [name for name, _, _ in TRIGGERS[connection.vendor]]
    assert missing_triggers() == []
    remove_triggers(names=[names[0], names[-1]])
    assert missing_triggers() == [names[0], names[-1]]
    install_triggers()
    assert missing_triggers() == []

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER reviews_verdict_stands")
            cursor.execute(
                "CREATE TRIGGER reviews_verdict_stands BEFORE UPDATE ON reviews_verdict BEGIN SELECT 1; END"
            )
            weakened = ["reviews_verdict_stands"]
        else:
            cursor.execute("ALTER TABLE reviews_verdict DISABLE TRIGGER reviews_verdict_stands")
            assert missing_triggers() == ["reviews_verdict_stands"]
            cursor.execute(
                "CREATE OR REPLACE FUNCTION reviews_trail_refuse() RETURNS trigger LANGUAGE plpgsql"
                " AS 'BEGIN RETURN NEW; END'"
            )
            weakened = names
    assert missing_triggers() == weakened

    install_triggers()

    assert missing_triggers() == []
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM reviews_trailhead")


def test_head_comes_back_where_there_is_none(db: None) -> None:
    """As a backup that is read into empty tables needs it."""
    remove_triggers()
    TrailHead.objects.all()._raw_delete(connection.alias)
    install_triggers()

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO reviews_trailhead (id, number, hash) VALUES (1, 7, 'x')")

    assert TrailHead.objects.get().number == 7
