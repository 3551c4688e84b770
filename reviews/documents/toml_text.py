"""TOML between `+++` fences, read by the standard library, with each refusal at its line."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from reviews.documents.errors import DocumentError
from reviews.documents.limits import TOO_DEEP, is_too_deep

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_toml(text: str, start: int, end: int) -> dict[str, Any]:
    """The values of the header `text[start:end]`. Raises DocumentError with the place that tomllib names."""
    try:
        values = tomllib.loads(text[start:end])
    except tomllib.TOMLDecodeError as error:
        raise _refusal(text, start, end, str(error)) from None
    except RecursionError:
        raise DocumentError.at(text, start, TOO_DEEP) from None
    except ValueError as error:  # a date that is none, a number of too many digits
        raise DocumentError.at(text, start, f"not TOML: {error}; correct this value") from None
    if is_too_deep(values):
        raise DocumentError.at(text, start, TOO_DEEP)
    return values


def _refusal(text: str, start: int, end: int, message: str) -> DocumentError:
    found = _PLACE.search(message)
    reason = f"not TOML: {message[: found.start()] if found else message}; correct this place"
    if found is None or found[1] is None:
        return DocumentError.at(text, end, reason)
    before = text.count("\n", 0, start)
    return DocumentError(reason, line=before + int(found[1]), column=int(found[2]))
