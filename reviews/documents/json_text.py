"""JSON between fences: read by the json module, never as YAML, which fails on surrogate pairs and long keys."""

from __future__ import annotations

import json
import re
from typing import Any

from reviews.documents.errors import DocumentError
from reviews.documents.limits import MAX_DEPTH, TOO_DEEP, is_too_deep

_BLANK = re.compile(r"[ \t\r\n]*")


class _DuplicateKeyError(Exception):
    """Two equal keys; the place is looked up only then."""


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _DuplicateKeyError
    return values


def _refuse_constant(name: str) -> float:
    raise json.JSONDecodeError(f"{name} is no JSON value", name, 0)


_decoder = json.JSONDecoder(object_pairs_hook=_mapping, parse_constant=_refuse_constant)


def read_json(text: str, start: int, end: int) -> dict[str, Any] | None:
    """The values of the header `text[start:end]`; None where it does not open with a brace.

    Raises json.JSONDecodeError where it is no JSON (it may be YAML still), and DocumentError where it is JSON
    that is refused: two equal keys, values after the closing brace, nesting beyond the limit.
    """
    start = _blank_end(text, start)
    if not text.startswith("{", start, end):
        return None
    try:
        values, stop = _decoder.raw_decode(text, start)
    except _DuplicateKeyError:
        raise _find_duplicate(text, start) from None
    except RecursionError:
        raise DocumentError.at(text, start, TOO_DEEP) from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise DocumentError.at(text, start, "a number has more digits than Python reads; write it as text") from None
    stop = _blank_end(text, stop)
    if stop != end:
        raise json.JSONDecodeError("Extra data", text, stop)
    if text.count("[", start, end) + text.count("{", start, end) > MAX_DEPTH and is_too_deep(values):
        raise DocumentError.at(text, start, TOO_DEEP)
    return values  # type: ignore[no-any-return] # an object, since it opens with a brace


def _blank_end(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start


def _find_duplicate(text: str, start: int) -> DocumentError:
    return DocumentError.at(text, start, "a key stands twice in one mapping; remove one of the two")
