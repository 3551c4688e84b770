"""Kinds of values: how text, numbers, dates, lists and mappings are read from a file and written back."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

LARGEST_INTEGER = 2**31 - 1  # PostgreSQL's integer column
LONGEST_LINE = 200  # characters; lists filter on it, and PostgreSQL indexes no text much longer
LONGEST_INTEGER = 10_000  # bits; some 3,000 digits


class MisfitError(ValueError):
    """A value of the file that its field cannot hold; says why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of value is read from a file and written back to one."""

    empty: Any
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    blank: str  # what the file's own empty value of this kind is called in forms


def with_unix_newlines(text: str) -> str:
    """Return the text with Unix line ends: browsers and Windows differ, content does not."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def as_key(key: Any) -> str:
    """Return a mapping's key as text, whatever a front matter has there."""
    return key if type(key) is str else str(jsonable(key))


def jsonable(value: Any) -> Any:
    """Return a value of a front matter as JSON can hold it: keys as text, dates as ISO text.

    The result is equal to itself, types included, after a database has stored and returned it.
    """
    if type(value) is str or value is None or type(value) is bool:
        return value
    if isinstance(value, Mapping):
        return {as_key(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() else value  # PostgreSQL returns 1e22 as a whole number
    if isinstance(value, int):  # Python refuses to print the longest ones in decimal
        return value if value.bit_length() <= LONGEST_INTEGER else hex(value)
    return str(value)


def _read_text(value: Any) -> str:
    if type(value) is str:
        return with_unix_newlines(value)
    if value is None:
        return ""
    if isinstance(value, Mapping | list | tuple | set):
        raise MisfitError(_("is not text"))
    return str(value).lower() if isinstance(value, bool) else str(jsonable(value))


def _read_line(value: Any) -> str:
    text = _read_text(value)
    if len(text) > LONGEST_LINE:
        raise MisfitError(_("is longer than %(count)s characters") % {"count": LONGEST_LINE})
    return text


def _read_number(value: Any) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisfitError(_("is no number"))
    try:
        number = float(value)
    except OverflowError:
        raise MisfitError(_("is too large a number")) from None
    if not math.isfinite(number):
        raise MisfitError(_("is no number"))
    return number


def _write_number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value


def _read_integer(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value) if len(value) < 12 else LARGEST_INTEGER + 1
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise MisfitError(_("is no whole number"))
    if abs(value) > LARGEST_INTEGER:
        raise MisfitError(_("is too large a number"))
    return int(value)


def _read_date(value: Any) -> dt.date | None:
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            raise MisfitError(_("is no day of the calendar")) from None
    raise MisfitError(_("is no date of the form YYYY-MM-DD"))


def _read_list(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if type(value) is list and all(type(item) is str for item in value):  # nearly always, and often thousands
        return value if "\r" not in "".join(value) else [with_unix_newlines(item) for item in value]
    if not isinstance(value, list) or any(isinstance(item, Mapping | list) for item in value):
        raise MisfitError(_("is no list of texts"))
    return [_read_text(item) for item in value]


def _read_mapping(value: Any) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise MisfitError(_("is no mapping of keys to values"))
    return {as_key(key): jsonable(item) for key, item in value.items()}


TEXT = Kind("", _read_text, lambda value: value, "text")
LINE = Kind("", _read_line, lambda value: value, "text")
NUMBER = Kind(None, _read_number, _write_number, "number")
INTEGER = Kind(None, _read_integer, lambda value: value, "whole number")
DATE = Kind(None, _read_date, lambda value: value.isoformat() if value else "", "date")
LIST = Kind([], _read_list, lambda value: value, "list")
MAPPING = Kind({}, _read_mapping, lambda value: value, "mapping")
