"""Rows inserted by the thousand, and their history rows: what the libraries' helpers write, in less time.

``bulk_create`` prepares each value of each row anew, and simple-history's bulk helper sends all of them a
second time. Here only what the database cannot take as it is is prepared, and history is copied by the
database itself. A test holds the rows equal to those that the helpers write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connections, models, router
from django.db.models import F, Value
from django.db.models.functions import Concat

from reviews.models.door import Door, GuardedModel, require_door

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.options import Options

_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.FloatField, models.ForeignKey)


def insert_rows(rows: Sequence[GuardedModel]) -> None:
    """Insert new rows of one model, as ``bulk_create`` would, but do not tell them their primary keys."""
    if not rows:
        return
    options = rows[0]._meta
    require_door(Door.CONTENT, f"{options.verbose_name} (insert)")
    columns, values = _columns_of(rows)
    _insert(options, columns, values)


def update_rows(rows: Sequence[GuardedModel]) -> None:
    """Write all columns of rows of one model that are there already."""
    if not rows:
        return
    for row in rows:
        row.require_own_door()
    options = rows[0]._meta
    connection = connections[router.db_for_write(type(rows[0]))]
    quote = connection.ops.quote_name
    columns, values = _columns_of(rows)
    named = ", ".join(f"{quote(column)} = %s" for column in columns)
    key = options.pk.column
    # The names are the models' own, and the values travel as parameters.
    sql = f"UPDATE {quote(options.db_table)} SET {named} WHERE {quote(key)} = %s"  # noqa: S608 - see above
    with connection.cursor() as cursor:
        cursor.executemany(sql, [[*columns, row.pk] for columns, row in zip(values, rows, strict=True)])


def _columns_of(rows: Sequence[GuardedModel]) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the columns of a model that are written, and their values in each row, as the database takes them."""
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    columns = [
        (field.attname, field.column, None if isinstance(field, _PLAIN) else _preparing(field, connection))
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated
    ]
    values = (
        [prepare(row.__dict__[name]) if prepare else row.__dict__[name] for name, _, prepare in columns]
        for row in rows
    )
    return [column for _, column, _ in columns], values


def _preparing(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Callable[[Any], Any]:
    """Return what makes a value one that the database takes; of empty lists and mappings, which most are, only once."""
    if not isinstance(field, models.JSONField):
        return partial(field.get_db_prep_save, connection=connection)
    empty = {kind: field.get_db_prep_save(kind(), connection) for kind in (dict, list)}

    def prepare(value: Any) -> Any:
        if not value and (kind := type(value)) in empty:
            return empty[kind]
        return field.get_db_prep_save(value, connection)

    return prepare


def insert_values(model: type[GuardedModel], names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows of these columns, given as values that the database takes as they are: rows of few columns by the
    thousand cost less so than as models.
    """
    options = model._meta
    require_door(Door.CONTENT, f"{options.verbose_name} (insert)")
    _insert(options, names, rows)


def _insert(options: Options[Any], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    if not (values := list(rows)):
        return
    connection = connections[router.db_for_write(options.model)]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(options.db_table)
    # The names are the models' own, and the values travel as parameters.
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 - see above
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


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
