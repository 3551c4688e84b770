"""What a file's front matter claims, read with suspicion: whatever some reader takes for `verified` is a claim."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

KEY, VERIFIED = "reviewStatus", "verified"
MAX_DEPTH = 100  # libyaml's composer recurses, and would end the process on some 100,000 levels

# As PolicyHub and python-frontmatter find them; besides, `---json` names the language, which gray-matter reads.
_OPENING = re.compile(r"[\ufeff\s]*(-{3,}|\+{3,})[^\S\n]*(\w*)[^\S\n]*(?:\n|\Z)")
# Where the header ends is not the same line for all: here and for python-frontmatter, for gray-matter, for Jekyll.
_CLOSINGS = [
    (mark, re.compile(rf"^{fence}", re.MULTILINE))
    for mark, fence in (
        ("-", r"-{3,}[^\S\n]*$"),
        ("-", "---"),
        ("-", r"(?:---|\.\.\.)[^\S\n]*$"),
        ("+", r"\+{3,}[^\S\n]*$"),
        ("+", r"\+\+\+"),
    )
]
# YAML 1.1, and so PyYAML, ends a line there; YAML 1.2, and so JavaScript, does not: read once more with a sign in their
# place that ends nothing.
_BREAKS = re.compile("[\x85\u2028\u2029]")
_MERGE, _BINARY = "<<", "tag:yaml.org,2002:binary"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableError(ValueError):
    """A file of which nobody can say what it claims, and why."""


def claims_verified(data: bytes) -> bool:
    """Whether the front matter of a file says ``reviewStatus: verified`` to any reader of JSON, YAML or TOML.

    Of a key that stands twice each value counts, and so does one that is merged in. Spaces, case and signs that
    cannot be seen make no other word; where readers part on where a line or the header ends, each is asked. Raises
    UnreadableError where a header cannot be read, or has a key that is no text: some readers make one of it.
    """
    if b"\0" in data:
        raise UnreadableError("it has NUL bytes: it is UTF-16, or no text")
    if KEY.encode() not in data and b"\\" not in data:
        return False  # without its letters, or an escape that could stand for one, there is no such key
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UnreadableError("it is no UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    opening = _OPENING.match(text)
    if opening is None:
        return any(_is_claim(value) for value in _read_unfenced(text))
    mark, language = opening[1][0], opening[2].lower()
    closings = [fence.search(text, opening.end()) for of, fence in _CLOSINGS if of == mark]
    headers = dict.fromkeys(text[opening.end() : closing.start()] for closing in closings if closing)
    if not headers:
        raise UnreadableError(f"the front matter is opened with {opening[1]} but never closed")
    is_toml = mark == "+" or language == "toml"
    return any(_is_claim(value) for header in headers for value in _read(header, is_toml=is_toml))


def _is_claim(value: Any) -> bool:
    if isinstance(value, list | dict | bytes):
        raise UnreadableError(f"its {KEY} is no text")
    word = unicodedata.normalize("NFKC", str(value))
    return re.sub(r"[\W_]", "", word).casefold() == VERIFIED


def _read(header: str, *, is_toml: bool) -> list[Any]:
    """Every value of the key, by each reader that can read the header."""
    found: list[Any] = []
    problems: list[str] = []
    readers = (_read_toml,) if is_toml else (_read_json, _read_yaml)
    texts = dict.fromkeys((header, _BREAKS.sub("\u200b", header)))
    readings = [(read, text) for text in texts for read in readers]
    for read, text in readings:
        try:
            found += read(text)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            problems.append(" ".join(str(error).split()))
    if len(problems) == len(readings):
        raise UnreadableError(f"its front matter cannot be read: {problems[-1]}")
    return found


def _read_toml(header: str) -> list[Any]:
    values = tomllib.loads(header)
    return [values[KEY]] if KEY in values else []


def _read_json(header: str) -> list[Any]:
    return _said(json.loads(header, object_pairs_hook=_Pairs))


def _read_unfenced(text: str) -> list[Any]:
    """JSON at the very beginning, which Hugo takes for front matter; what is broken is a text in braces."""
    start = text.removeprefix("\ufeff").lstrip()
    try:
        return _said(json.JSONDecoder(object_pairs_hook=_Pairs).raw_decode(start)[0])
    except ValueError:
        return []
    except RecursionError:
        raise UnreadableError("its front matter cannot be read: it is nested too deep") from None


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of a JSON object, those that stand twice too."""


def _said(value: Any) -> list[Any]:
    if not isinstance(value, _Pairs):
        raise ValueError("it is no object")
    return [item for key, item in value if key == KEY]


def _read_yaml(header: str) -> list[Any]:
    depth = 0
    for event in yaml.parse(header, _LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
    root = yaml.compose(header, _LOADER)
    return list(_values(root, set())) if isinstance(root, MappingNode) else []


def _values(mapping: MappingNode, seen: set[int]) -> Iterator[Any]:
    """The key's values in a mapping and in those that it merges in, each of which is looked at once."""
    seen.add(id(mapping))
    for key, value in mapping.value:
        if not isinstance(key, ScalarNode):
            yield []  # JavaScript makes a text of it: ``[reviewStatus]`` is the key itself
        elif key.value == KEY:
            is_text = isinstance(value, ScalarNode) and value.tag != _BINARY
            yield value.value if is_text else []
        elif key.value == _MERGE or key.tag.endswith(":merge"):
            merged: list[Node] = value.value if isinstance(value, SequenceNode) else [value]
            for node in merged:
                if isinstance(node, MappingNode) and id(node) not in seen:
                    yield from _values(node, seen)
