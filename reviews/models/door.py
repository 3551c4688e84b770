"""The door: rows change only while a service holds it open, and state only through the workflow's.

It stops mistakes, not intruders: a form, a shell or a new view that saves a policy past the services
fails loudly instead of leaving a change without history, digest or decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import Any, ClassVar, TypeVar

from django.db import models


class Door(IntEnum):
    """How far the door stands open."""

    CLOSED = 0
    CONTENT = 1  # importing, editing, exporting: what a record says
    STATE = 2  # the workflow: also where it stands


_door: ContextVar[Door] = ContextVar("door", default=Door.CLOSED)


class ClosedDoorError(RuntimeError):
    """A write past the services, or past the workflow."""


@contextmanager
def open_door(door: Door) -> Iterator[None]:
    """Let rows be written for the time of the block; for services only."""
    token = _door.set(door)
    try:
        yield
    finally:
        _door.reset(token)


def require_door(door: Door, what: str) -> None:
    """Raise ``ClosedDoorError`` unless the door stands open at least that far."""
    if _door.get() < door:
        through = "reviews.services.workflow" if door is Door.STATE else "reviews.services"
        raise ClosedDoorError(f"{what} may be written through {through} only.")


M = TypeVar("M", bound=models.Model)


class GuardedQuerySet(models.QuerySet[M]):
    """A queryset whose every write asks at the door; ``bulk_create`` is open to services too."""

    def _require(self, names: set[str], what: str) -> None:
        guarded: type[GuardedModel] = self.model  # type: ignore[assignment]  # only guarded models use it
        door = Door.STATE if guarded.is_append_only or names & guarded.state_fields else Door.CONTENT
        if guarded.is_append_only and what != "bulk_create":
            raise ClosedDoorError(f"{guarded._meta.verbose_name_plural} are append-only.")
        require_door(door, f"{guarded._meta.verbose_name} ({what})")

    def update(self, **kwargs: Any) -> int:
        self._require(set(kwargs), "update")
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require(set(), "delete")
        return super().delete()

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        self._require(set(), "bulk_create")
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Any, fields: Any, *args: Any, **kwargs: Any) -> int:
        self._require(set(fields), "bulk_update")
        return super().bulk_update(objs, fields, *args, **kwargs)


class GuardedModel(models.Model):
    """A row that only services write. ``state_fields`` belong to the workflow alone."""

    state_fields: ClassVar[frozenset[str]] = frozenset()
    is_append_only: ClassVar[bool] = False

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row, if the door stands open far enough for what changed."""
        self.require_own_door()
        super().save(*args, **kwargs)

    def require_own_door(self) -> None:
        """Raise ``ClosedDoorError`` unless the door stands open far enough for what changed in the row."""
        name = str(self._meta.verbose_name)
        if self.is_append_only and not self._state.adding:
            raise ClosedDoorError(f"A {name} is append-only: it cannot be changed.")
        loaded: dict[str, Any] = getattr(self, "_loaded_state", {})
        is_moved = any(self.__dict__.get(key, value) != value for key, value in loaded.items())
        require_door(Door.STATE if self.is_append_only or is_moved else Door.CONTENT, name)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row, if a service holds the door; append-only rows never go."""
        name = str(self._meta.verbose_name)
        if self.is_append_only:
            raise ClosedDoorError(f"A {name} is append-only: it cannot be deleted.")
        require_door(Door.CONTENT, name)
        return super().delete(*args, **kwargs)

    def remember_state(self) -> None:
        """Take the state as it is now for the one in the database."""
        self._loaded_state = {key: self.__dict__[key] for key in self.state_fields if key in self.__dict__}

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Any:
        """Load a row and remember its state, to tell whether somebody moved it."""
        row = super().from_db(db, field_names, values)
        row.remember_state()
        return row
