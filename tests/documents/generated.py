# ruff: noqa: E501 -- one case a line, so that the tables read as tables
"""Front matter made up by hypothesis in every style, with the offsets of each value as they were written."""

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from reviews.documents import KeyPath

WORDS = st.sampled_from(
    ["note", "score 85", "碳捕集", "Größe", "it's", 'say "so"', "a: b", "a #b", "no", "1e5", "012", "12:30:45", "2024-01-22",
     "~", "null", "", " lead", "trail ", "😀 emoji", "{x}", "[y]", "a, b", "- dash", "? q", "& and", "* star", "! bang",
     "% p", "@ at", "` tick", "back\\slash", "=", "<<", "0o14", "0x1f", ".5", "+1", "1_000", "yes", "Y", "---", "...", "#c",
     "long " * 20 + "end", "'", '"', "''", "tab\there", "nbsp\xa0x", "true", "Null", ":", "::", "a:", "|", ">"]
)  # fmt: skip
TEXTS = WORDS | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12
)
SCALARS = (
    TEXTS
    | st.integers(-(10**6), 10**6)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
)
KEYS = st.sampled_from(
    ["title", "id", "score", "auditNote", "content", "a b", "名称", "no", "x-y", "Z", "k1", "o'k", "12"]
)


def values_of(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any value: a scalar, or lists and mappings of some."""
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=8,
    )


VALUES = values_of(SCALARS)
TOML_VALUES = values_of(SCALARS.filter(lambda value: value is not None))


@dataclass
class Written:
    """A text under construction: its parts, and where each value starts and ends."""

    text: str = ""
    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def write_json(
    out: Written, value: Any, path: KeyPath, draw: Any, indent: str | None, depth: int = 0
) -> None:
    start = len(out.text)
    if isinstance(value, dict | list) and value:
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        gap = "" if indent is None else "\n" + indent * (depth + 1)
        out.text += "{" if isinstance(value, dict) else "["
        for place, (key, item) in enumerate(pairs):
            out.text += "," + (gap or draw(st.sampled_from(["", " "]))) if place else gap
            if isinstance(value, dict):
                out.text += json.dumps(key) + ":" + draw(st.sampled_from([" ", " ", ""]))
            write_json(out, item, (*path, key), draw, indent, depth + 1)
        out.text += gap[: len(gap) - len(indent or "")] + ("}" if isinstance(value, dict) else "]")
    else:
        out.text += json.dumps(value, ensure_ascii=draw(st.booleans()))
    out.places[path] = (start, len(out.text))


@st.composite
def json_documents(draw: Any) -> Written:
    values = draw(st.dictionaries(KEYS, VALUES, max_size=5))
    out = Written("---\n", {}, values)
    write_json(out, values, (), draw, draw(st.sampled_from([None, "", "  ", "    ", "\t"])))
    return finish(out, draw)


def write_scalar(out: Written, value: Any, draw: Any, is_flow: bool) -> None:
    """A YAML scalar on one line, in a style that can hold it."""
    if not isinstance(value, str):
        if isinstance(value, float):
            text = repr(value)
            mantissa, mark, exponent = text.partition("e")
            out.text += (
                text if not mark else (mantissa if "." in mantissa else mantissa + ".0") + mark + exponent
            )
        elif value is None:
            out.text += draw(st.sampled_from(["null", "~"]))
        else:
            out.text += {"True": "true", "False": "no"}.get(str(value), str(value))
        return
    styles = ["double"]
    if not set(value) & set("\n\t") and value.isprintable():
        styles.append("single")
        if (
            value[:1].isalpha()
            and value.isalnum()
            and value.lower() not in ("no", "yes", "y", "true", "null")
        ):
            styles += ["plain", "plain"]
    style = draw(st.sampled_from(styles))
    if style == "plain":
        out.text += value
    elif style == "single":
        out.text += "'" + value.replace("'", "''") + "'"
    else:
        out.text += (
            json.dumps(value, ensure_ascii=not value.isprintable()) if is_bmp(value) else yaml_double(value)
        )


def is_bmp(text: str) -> bool:
    return all(
        (ord(character) < 0x10000 and character.isprintable()) or character in "\n\t" for character in text
    )


def yaml_double(text: str) -> str:
    return '"' + "".join(c if c.isalnum() and ord(c) < 128 else f"\\U{ord(c):08x}" for c in text) + '"'


def write_flow(out: Written, value: Any, path: KeyPath, draw: Any, indent: str) -> None:
    start = len(out.text)
    if isinstance(value, dict | list):
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        inner = indent + "  "
        gap = draw(st.sampled_from(["", " ", "\n" + inner, "\n" + inner + " "]))
        out.text += "{" if isinstance(value, dict) else "["
        for place, (key, item) in enumerate(pairs):
            out.text += "," + (gap or " ") if place else gap
            if isinstance(value, dict):
                write_scalar(out, key, draw, True)
                out.text += draw(st.sampled_from([": ", ": ", ":  ", ":\n" + inner + "  "]))
            write_flow(out, item, (*path, key), draw, inner)
        if pairs:
            out.text += draw(st.sampled_from(["", ","])) + ("\n" + indent if "\n" in gap else gap)
        out.text += "}" if isinstance(value, dict) else "]"
    else:
        write_scalar(out, value, draw, True)
    out.places[path] = (start, len(out.text))


@st.composite
def flow_documents(draw: Any) -> Written:
    values = draw(st.dictionaries(KEYS, VALUES, max_size=5))
    out = Written("---\n", {}, values)
    write_flow(out, values, (), draw, draw(st.sampled_from(["", " "])))
    return finish(out, draw)


def write_block(out: Written, value: Any, path: KeyPath, draw: Any, indent: str) -> None:
    """The entries of a filled list or mapping in lines of their own; the cursor stands behind the first indent."""
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for place, (key, item) in enumerate(pairs):
        here = (*path, key)
        if place:
            out.text += draw(st.sampled_from(["", "", "", "\n", indent + "# 说明: note\n"])) + indent
        if isinstance(value, dict):
            write_scalar(out, key, draw, False)
            out.text += ":"
        else:
            out.text += "-"
        if isinstance(item, dict | list) and item and draw(st.integers(0, 3)):
            if isinstance(value, dict):
                is_flush = isinstance(item, list) and draw(st.booleans())
                inner = indent if is_flush else indent + draw(st.sampled_from(["  ", "    "]))
                out.text += "\n" + inner
            else:
                inner = indent + "  "
                out.text += " "
            start = len(out.text)
            write_block(out, item, here, draw, inner)
            out.places[here] = (start, len(out.text))
            continue
        text = item if isinstance(item, str) else ""
        is_block = (
            text.strip()
            and text.strip() == text
            and is_bmp(text)
            and "\t" not in text
            and draw(st.booleans())
        )
        out.text += " "
        start = len(out.text)
        if is_block:
            inner = indent + "  "
            out.text += draw(st.sampled_from(["|-", ">-"])) + "\n"
            fold = out.text.endswith(">-\n")
            lines = text.split("\n")
            if fold and any(line.startswith(" ") for line in lines):
                out.text = out.text[:-3] + "|-\n"
                fold = False
            shown = "\n".join(inner + line if line else "" for line in lines)
            if fold:
                shown = shown.replace("\n", "\n\n") if "\n\n" not in shown else shown
                if "\n\n" in text:
                    out.text = out.text[:-3] + "|-\n"
                    shown = "\n".join(inner + line if line else "" for line in lines)
            out.text += shown
            out.places[here] = (start, len(out.text))
            out.text += "\n"
        else:
            write_flow(out, item, here, draw, indent + "  ")
            out.text += draw(st.sampled_from(["", "", "", " # because"])) + "\n"


@st.composite
def block_documents(draw: Any) -> Written:
    values = draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
    out = Written("---\n" + draw(st.sampled_from(["", "# head\n"])), {}, values)
    write_block(out, values, (), draw, "")
    out.places[()] = (4, len(out.text))
    return finish(out, draw)


@st.composite
def toml_documents(draw: Any) -> Written:
    values = draw(st.dictionaries(KEYS, TOML_VALUES, max_size=5))
    out = Written("+++\n" + draw(st.sampled_from(["", "# head\n", "\n"])), {}, values)
    write_table(out, values, (), draw)
    return finish(out, draw, "+++")


def toml_key(key: str) -> str:
    return key if key.isascii() and key.replace("-", "").isalnum() else json.dumps(key, ensure_ascii=False)


def write_table(out: Written, values: dict[str, Any], path: KeyPath, draw: Any) -> None:
    tables = [key for key, value in values.items() if isinstance(value, dict) and draw(st.booleans())]
    for key, value in values.items():
        if key not in tables:
            out.text += (
                draw(st.sampled_from(["", "  "])) + toml_key(key) + draw(st.sampled_from([" = ", "="]))
            )
            write_toml(out, value, (*path, key), draw)
            out.text += draw(st.sampled_from(["", " # because"])) + "\n"
    for key in tables:
        out.text += draw(st.sampled_from(["", "\n", "# of a table\n"]))
        out.text += f"[{'.'.join(toml_key(str(step)) for step in (*path, key))}]\n"
        write_table(out, values[key], (*path, key), draw)


def write_toml(out: Written, value: Any, path: KeyPath, draw: Any) -> None:
    start = len(out.text)
    if isinstance(value, list):
        gap = draw(st.sampled_from(["", " ", "\n  "]))
        out.text += "["
        for place, item in enumerate(value):
            out.text += "," + (gap or " ") if place else gap
            write_toml(out, item, (*path, place), draw)
        out.text += (draw(st.sampled_from(["", ","])) + ("\n" if "\n" in gap else gap) if value else "") + "]"
    elif isinstance(value, dict):
        out.text += "{"
        for place, (key, item) in enumerate(value.items()):
            out.text += (", " if place else " ") + toml_key(key) + " = "
            write_toml(out, item, (*path, key), draw)
        out.text += " }" if value else "}"
    elif isinstance(value, str):
        if "'" not in value and value.isprintable() and draw(st.booleans()):
            out.text += f"'{value}'"
        elif value.isprintable() and "\\" not in value and '"' not in value and draw(st.booleans()):
            out.text += f'"""{value}"""'
        else:
            out.text += json.dumps(value) if is_bmp(value) else yaml_double(value)
    else:
        out.text += json.dumps(value)
    out.places[path] = (start, len(out.text))


def finish(out: Written, draw: Any, fence: str = "---") -> Written:
    """Close the header, add a body, and perhaps a byte order mark and Windows line ends."""
    out.text += "" if out.text.endswith("\n") else "\n"
    out.text += fence + draw(
        st.sampled_from(["", "\n", "\n\nbody 正文\n", "\nno final line end", "\n---\nx\n"])
    )
    if draw(st.booleans()):
        places = out.places
        lines = [offset for offset, character in enumerate(out.text) if character == "\n"]
        out.places = {path: (a + below(lines, a), b + below(lines, b)) for path, (a, b) in places.items()}
        out.text = out.text.replace("\n", "\r\n")
    if draw(st.booleans()):
        out.places = {path: (a + 1, b + 1) for path, (a, b) in out.places.items()}
        out.text = "\ufeff" + out.text
    return out


def below(offsets: list[int], limit: int) -> int:
    return sum(offset < limit for offset in offsets)


DOCUMENTS = {
    "json": json_documents(),
    "flow": flow_documents(),
    "block": block_documents(),
    "toml": toml_documents(),
}
