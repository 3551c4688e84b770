"""Rows and history that an import writes by the thousand equal those that the libraries' helpers write."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models

from reviews.models import ClosedDoorError, Policy
from reviews.models.door import Door, open_door
from reviews.services.bulk_rows import insert_rows
from reviews.services.importing import import_policies
from tests.factories import Folder, get_policy

pytestmark = pytest.mark.django_db


def values_of(row: models.Model, *left_out: str) -> dict[str, Any]:
    """All columns of a row but those named."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in left_out
    }


def test_imported_history_equals_what_simple_history_would_write(folder: Folder, editor: User) -> None:
    folder.policy()
    import_policies([folder.root], actor=editor)
    policy = get_policy()
    rows: list[Any] = [policy, *policy.dimensions.all(), policy.source_file]
    for row in rows:
        (copied,) = type(row).history.filter(id=row.pk)
        (wanted,) = bulk_history_of(row, editor, copied.history_date)
        assert values_of(copied, "history_id") == values_of(wanted, "history_id")


def bulk_history_of(row: Any, editor: User, at: Any) -> list[Any]:
    """What simple-history's own helper writes for the row; its history is empty before and after."""
    history = type(row).history
    history.filter(id=row.pk).delete()
    history.bulk_history_create(
        [row],
        default_user=editor,
        default_date=at,
        default_change_reason="Imported from policies/en/no-storage-act.md",
    )
    written = list(history.filter(id=row.pk))
    history.filter(id=row.pk).delete()
    return written


def test_inserted_rows_equal_what_bulk_create_would_insert(imported: Policy) -> None:
    rows = [(imported, "policy_id"), *((row, "key") for row in imported.dimensions.all())]
    for row, name in rows:
        twin = type(row)(**values_of(row, "id", "state", "standing") | {name: f"{getattr(row, name)}-again"})
        with open_door(Door.CONTENT):
            type(row).objects.bulk_create([twin])
        inserted = type(row).objects.get(pk=twin.pk)
        assert values_of(inserted, "id", name) == values_of(row, "id", name)


def test_rows_are_inserted_by_services_only() -> None:
    with pytest.raises(ClosedDoorError) as refused:
        insert_rows([Policy(policy_id="past-the-door")])
    assert str(refused.value) == "policy (insert) may be written through reviews.services only."
