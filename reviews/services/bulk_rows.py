"""Rows inserted by the thousand, and their history rows: what the libraries' helpers write, in less time.

``bulk_create`` prepares each value of each row anew, and simple-history's bulk helper sends all of them a
second time. Here only what the database cannot take as it is is prepared, and history is copied by the
database itself. A test holds the rows equal to those that the helpers write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import connections, models, router
from django.db.models import F, Value
from django.db.models.functions import Concat

from reviews.models.door import Door, GuardedModel, require_door

_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.FloatField, models.ForeignKey)


def insert_rows(rows: Sequence[GuardedModel]) -> None:
    """Insert new rows of one model, as ``bulk_create`` would, but do not tell them their primary keys."""
    if not rows:
        return
    options = rows[0]._meta
    require_door(Door.CONTENT, f"{options.verbose_name} (insert)")
    connection = connections[router.db_for_write(type(rows[0]))]
    columns = [
        (field.attname, field.column, None if isinstance(field, _PLAIN) else field.get_db_prep_save)
        for field in options.concrete_fields
        if not field.primary_key and not field.generated
    ]
    names = ", ".join(connection.ops.quote_name(column) for _, column, _ in columns)
    table = connection.ops.quote_name(options.db_table)
    # The names are the models' own, and the values travel as parameters.
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 - see above
    values = (
        [
            prepare(row.__dict__[name], connection) if prepare else row.__dict__[name]
            for name, _, prepare in columns
        ]
        for row in rows
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(values))


def copy_into_history(rows: models.QuerySet[Any], *, path: str, actor: User | None, at: dt.datetime) -> None:
    """Write a "created" history row for each of the rows; ``path`` is the lookup of the file they came from."""
    history = rows.model.history.model
    columns = [field.attname for field in history.tracked_fields]
    meta = {
        "history_date": Value(at, models.DateTimeField()),
        "history_type": Value("+", models.CharField()),
        "history_user_id": Value(actor.pk if actor else None, models.IntegerField()),
        "history_change_reason": Concat(Value("Imported from "), F(path), output_field=models.TextField()),
    }
    select = rows.order_by("pk").values_list(*columns, *meta.values())
    sql, params = select.query.get_compiler(rows.db).as_sql()
    connection = connections[rows.db]
    names = [*(field.column for field in history.tracked_fields), *meta]
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(history._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({quoted}) {sql}", params)
