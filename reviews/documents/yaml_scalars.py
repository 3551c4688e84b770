"""Single YAML values as text, written so that YAML 1.1 and 1.2 read the same."""

from __future__ import annotations

import datetime
import re
from typing import Any

import yaml

from reviews.documents.errors import DocumentError, KeyPath
from reviews.documents.yaml_text import UNREADABLE

# Words and numbers that one of the two versions takes for something else than text.
_MEANS_ELSE = re.compile(r"y|n|yes|no|on|off|true|false|null|nan|inf|\d[\d_.,:xo+\- a-ftz]*", re.IGNORECASE)
_BREAKS_PLAIN = re.compile(r": | #|:$|[\t\x85\xa0\u2028\u2029\ufeff]|\s$")
_BREAKS_FLOW = re.compile(r"[,\[\]{}:?]")
_ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')
_NEEDS_ESCAPES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def is_plain(text: str, is_flow: bool) -> bool:
    """Whether the text may stand without quotes and still is text in both versions."""
    if not text or not (text[0].isalnum() or text[0] in "(/_$") or _MEANS_ELSE.fullmatch(text):
        return False
    if _BREAKS_PLAIN.search(text) or _NEEDS_ESCAPES.search(text) or UNREADABLE.search(text):
        return False
    return not (is_flow and _BREAKS_FLOW.search(text))


def refuse_half_pairs(text: str, path: KeyPath) -> None:
    """Half of a surrogate pair, which JSON can escape, has no form in a YAML file."""
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise DocumentError("half of a surrogate pair cannot be written in YAML; remove it", path=path)


def quoted(text: str, quote: str) -> str:
    """The text in quotes on one line; in double ones where it needs escapes."""
    if quote == "'" and not _NEEDS_ESCAPES.search(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def unquoted(value: Any, is_date_there: bool, path: KeyPath) -> str:
    """A value that is no text. Raises DocumentError where the two versions would not agree on it.

    YAML 1.2 reads a plain date as text. So a date is written only where the file has one already: there both
    readings stay what they were.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = repr(value)
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 -- NaN differs from itself
            return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}[text]
        mantissa, mark, exponent = text.partition("e")
        return text if not mark or "." in mantissa else f"{mantissa}.0e{exponent}"
    if isinstance(value, datetime.date) and is_date_there:
        return value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        raise DocumentError(
            f"a date reads as text under YAML 1.2; give it as the text {value.isoformat()!r}", path=path
        )
    raise DocumentError(f"a value of type {type(value).__name__} has no form in YAML; give text", path=path)


def block_scalar(text: str, old: str, parent_indent: int, indent: int, line_end: str) -> str | None:
    """The text as a block scalar in the form of `old`: literal or folded, its lines indented by `indent`.

    None where it cannot be one: no text at all, only blank lines, characters that need escapes. A final line end
    is part of the value, as the scalar's header says; the text returned ends before the last one.
    """
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    header = old[: old.find("\n")] if "\n" in old else old
    style, comment = header[0], header[len(header.split()[0]) :].rstrip("\r")
    if not body.strip() or UNREADABLE.search(text) or re.search("[\r\x85\u2028\u2029\ufeff]", text):
        return None
    if (
        ends > 1 and "+" not in header.split()[0]
    ):  # blank lines would have to be counted with those that follow
        return None
    chomping = "-" if ends == 0 else "" if ends == 1 and "+" not in header.split()[0] else "+"
    lines = body.split("\n")
    needs_digit = lines[0].startswith(" ") or not lines[0] or re.search(r"\d", header.split()[0])
    digit = str(indent - parent_indent) if needs_digit else ""
    if style == ">":
        is_wrapped = old.rstrip().count("\n") > 1
        lines = _folded(lines, 80 - indent if is_wrapped else 0)
    pad = " " * indent
    new = line_end.join((style + digit + chomping + comment, *(pad + line if line else "" for line in lines)))
    new += line_end * max(0, ends - 1)
    key = " " * parent_indent + "k: "
    return new if _reads(key + new + line_end) == {"k": text} else None


def _folded(lines: list[str], columns: int) -> list[str]:
    """Lines of text as lines of a folded scalar: each break between two plain lines is a blank line more."""
    folded: list[str] = []
    previous = ""
    for place, line in enumerate(lines):
        is_plain_line = bool(line) and line[0] not in " \t"
        if place and is_plain_line and previous and previous[0] not in " \t":
            folded.append("")
        elif is_plain_line and previous == "" and any(lines[:place]):
            before = next(other for other in reversed(lines[:place]) if other)
            if before[0] not in " \t":
                folded.append("")
        folded += _wrapped(line, columns) if columns > 0 and is_plain_line else [line]
        previous = line
    return folded


def _wrapped(line: str, columns: int) -> list[str]:
    """The line broken at single spaces, where it is too wide."""
    rows, row = [], ""
    for word in re.split(r"(?<=\S) (?=\S)", line):
        if row and len(row) + 1 + len(word) > columns:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}" if row else word
    return [*rows, row]


def _reads(header: str) -> Any:
    try:
        return yaml.load(header, yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeEncodeError, ValueError):
        return None
