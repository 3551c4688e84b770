"""A front-matter file as text and values at once: what reads a value also knows how to replace it in place."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from typing import Any

from reviews.documents.errors import DocumentError
from reviews.documents.fences import find_fences
from reviews.documents.json_text import read_json
from reviews.documents.toml_text import read_toml
from reviews.documents.yaml_text import read_yaml


class Style(enum.StrEnum):
    """How the front matter is written. NONE: the text has none."""

    JSON = "json"
    YAML = "yaml"
    TOML = "toml"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file, the values of its front matter and its body. Do not change `values` in place."""

    text: str
    style: Style = field(compare=False)
    values: dict[str, Any] = field(compare=False, repr=False)
    body: str = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Document:
        """Read a file's text. `parse(text).text` is `text`, whatever it holds.

        Values agree with python-frontmatter's reading; JSON is read as JSON. Raises DocumentError, with line,
        column and key where known, for what cannot be read in one way only.
        """
        fences = find_fences(text)
        if fences is None:
            return cls(text, Style.NONE, {}, text)
        style, values = _read(text, fences.mark, fences.start, fences.end)
        return cls(text, style, values, text[fences.body :])


def _read(text: str, mark: str, start: int, end: int) -> tuple[Style, dict[str, Any]]:
    if mark == "+":
        return Style.TOML, read_toml(text, start, end)
    try:
        values = read_json(text, start, end)
    except json.JSONDecodeError as error:
        try:
            return Style.YAML, read_yaml(text, start, end)
        except DocumentError:
            if not text[start:end].lstrip().lstrip("{").lstrip().startswith('"'):
                raise
            # Keys in double quotes: meant as JSON.
            raise DocumentError.at(text, error.pos, f"not JSON: {error.msg}; correct this place") from None
    if values is not None:
        return Style.JSON, values
    return Style.YAML, read_yaml(text, start, end)
