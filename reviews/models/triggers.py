"""Triggers that keep the audit trail as it was written: no program changes, replaces, removes or empties it.

Installed after migrations, on SQLite and PostgreSQL. Who owns the database can take them out again; what was done
then ``manage.py verify_audit_trail`` finds.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections

_ROWS, _HEAD = ("reviews_verdict", "reviews_decision"), "reviews_trailhead"
_STANDS = "The audit trail is append-only: its rows stand as they were written."
_FORWARD = "The audit trail is append-only: its head moves forward only."


def _sqlite(table: str, name: str, event: str, condition: str = "") -> tuple[str, str, str]:
    when, said = (f" WHEN {condition}" if condition else ""), _FORWARD if table == _HEAD else _STANDS
    sql = f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{said}'); END"
    return f"{table}_{name}", table, sql


def _postgres(table: str, name: str, event: str, each: str = "ROW") -> tuple[str, str, str]:
    """Return a trigger in the words in which PostgreSQL tells it: one that is told otherwise was changed."""
    said = _FORWARD if table == _HEAD else _STANDS
    sql = (
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH {each}"
        f" EXECUTE FUNCTION reviews_trail_refuse('{said}')"
    )
    return f"{table}_{name}", table, sql


# Name, table, and the statement that makes it.
TRIGGERS = {
    "sqlite": (
        *(_sqlite(table, "stands", "UPDATE") for table in _ROWS),
        *(_sqlite(table, "stays", "DELETE") for table in (*_ROWS, _HEAD)),
        # INSERT OR REPLACE deletes what is in its way, and asks no trigger for that.
        *(
            _sqlite(
                table,
                "replaces_none",
                "INSERT",
                f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id"  # noqa: S608 - the names are those above
                " OR trail_number = NEW.trail_number OR trail_hash = NEW.trail_hash)",
            )
            for table in _ROWS
        ),
        _sqlite(_HEAD, "is_one", "INSERT", f"EXISTS (SELECT 1 FROM {_HEAD})"),  # noqa: S608 - as before
        _sqlite(
            _HEAD,
            "moves_forward",
            "UPDATE",
            "NEW.id <> OLD.id OR NEW.number < OLD.number OR NEW.number = OLD.number AND NEW.hash <> OLD.hash",
        ),
    ),
    "postgresql": (
        *(_postgres(table, "stands", "DELETE OR UPDATE") for table in _ROWS),
        *(_postgres(table, "is_not_emptied", "TRUNCATE", "STATEMENT") for table in (*_ROWS, _HEAD)),
        _postgres(_HEAD, "stays", "DELETE"),
        _postgres(_HEAD, "is_one", "INSERT"),
        _postgres(
            _HEAD,
            "moves_forward",
            "UPDATE",
            "ROW WHEN (new.id <> old.id OR new.number < old.number"
            " OR new.number = old.number AND new.hash::text <> old.hash::text)",
        ),
    ),
}
# An insertion, of a head, is asked about where there is one; by the table's number, which no other of its name has.
_REFUSE = (
    " DECLARE is_there boolean; BEGIN IF TG_OP = 'INSERT' THEN"
    " EXECUTE format('SELECT EXISTS (SELECT FROM %s)', TG_RELID::regclass) INTO is_there;"
    " IF NOT is_there THEN RETURN NEW; END IF; END IF;"
    " RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END "
)
_FUNCTION = "CREATE OR REPLACE FUNCTION reviews_trail_refuse() RETURNS trigger LANGUAGE plpgsql AS %s"
_SQLITE_STANDING = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
_POSTGRES_STANDING = (
    "SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true) FROM pg_trigger"
    " JOIN pg_proc ON pg_proc.oid = tgfoid AND prosrc = %s WHERE tgenabled IN ('O', 'A')"
)
_STANDING = {"sqlite": (_SQLITE_STANDING, ()), "postgresql": (_POSTGRES_STANDING, (_REFUSE,))}
_MADE_THE_TRAIL = {
    ("reviews", name) for name in ("0005_files_and_proof", "0006_trail_and_groups", "0007_trail_is_whole")
}


def missing_triggers(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of the triggers that do not stand, or are switched off or not as they were made."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(*_STANDING[connection.vendor])
        standing = set(cursor.fetchall())
    return [name for name, _, sql in TRIGGERS[connection.vendor] if (name, sql) not in standing]


def install_triggers(using: str = DEFAULT_DB_ALIAS) -> None:
    """Make the triggers that are missing."""
    if not (missing := missing_triggers(using)):
        return
    connection = connections[using]
    remove_triggers(using, missing)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION, [_REFUSE])
        for name, _, sql in TRIGGERS[connection.vendor]:
            if name in missing:
                cursor.execute(sql)


def remove_triggers(using: str = DEFAULT_DB_ALIAS, names: list[str] | None = None) -> None:
    """Take out the triggers, or those of these names, where they stand."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table, _ in TRIGGERS[connection.vendor]:
            if names is None or name in names:
                of = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of}")


def before_migrations(*, using: str, plan: list[tuple[Any, bool]], **_: Any) -> None:
    """Let the migrations that made the trail fill it in, or take it away again.

    Later ones leave the triggers where they are, so that one that fails leaves the trail guarded. One that has to
    write to the trail takes them out itself, in its own transaction.
    """
    if any((migration.app_label, migration.name) in _MADE_THE_TRAIL for migration, _ in plan):
        remove_triggers(using)


def after_migrations(*, using: str, apps: Any = apps, **_: Any) -> None:
    """Guard the trail from now on; a database that was taken back before there was one has none to guard."""
    try:
        number = apps.get_model("reviews", "Verdict")._meta.get_field("trail_number")
    except (LookupError, FieldDoesNotExist):
        return
    if not number.null:
        install_triggers(using)
