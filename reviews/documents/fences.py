"""Where the front matter starts and ends: the fences, found by the same rule as python-frontmatter."""

from __future__ import annotations

import re
from typing import NamedTuple

from reviews.documents.errors import DocumentError

# python-frontmatter strips the text, takes `^-{3,}\s*$` as a fence, and the next such line as the closing one.
# Here `$` is a line's end only, so that blank lines after a fence stay out of it.
_OPENING = re.compile(r"\ufeff?\s*(-{3,}|\+{3,})[^\S\n]*(\n|\Z)")
_CLOSING = {
    "-": re.compile(r"^-{3,}[^\S\n]*(\n|\Z)", re.MULTILINE),
    "+": re.compile(r"^\+{3,}[^\S\n]*(\n|\Z)", re.MULTILINE),
}


class Fences(NamedTuple):
    """Offsets of the header (the text between the fences) and of the body, and the fence's character."""

    mark: str
    start: int
    end: int
    body: int


def find_fences(text: str) -> Fences | None:
    """The fences of a text; None where it opens with none.

    Raises DocumentError where a header is opened and never closed.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return None
    fence = opening[1]
    closing = _CLOSING[fence[0]].search(text, opening.end())
    if closing is None:
        raise DocumentError.at(
            text,
            opening.start(1),
            f"the front matter is opened with {fence} but never closed; add a line {fence} after its last key",
        )
    return Fences(fence[0], opening.end(), closing.start(), closing.end())
