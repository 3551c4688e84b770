"""YAML read as python-frontmatter reads it (PyYAML's safe rules, YAML 1.1), with each refusal at its line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from operator import is_ as ignore_two
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from reviews.documents.errors import DocumentError
from reviews.documents.limits import MAX_DEPTH, MAX_VALUES, TOO_DEEP, TOO_MANY

STR_TAG, MERGE_TAG = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
_INT, _MAP, _SEQ = "tag:yaml.org,2002:int", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_VALUE = "tag:yaml.org,2002:value"

_PLAIN_INT = re.compile(r"-?[1-9][0-9]{0,17}|0")
_DEEP_BLOCK = re.compile(
    r"^[ ?:-]{50}", re.MULTILINE
)  # a block level takes a column, a list in a mapping none
UNREADABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # YAML 1.1, 5.1


class _Loader(yaml.CSafeLoader):
    """libyaml's composer without the calls that only path resolvers need: an eighth faster, the same nodes."""

    # C functions: a Python method would cost more than what it saves
    descend_resolver = staticmethod(ignore_two)  # type: ignore[assignment] # what it returns is not used
    ascend_resolver = staticmethod(tuple)  # type: ignore[assignment] # what it returns is not used

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> str:
        if kind is ScalarNode:
            if implicit[0]:
                return _resolve(self, kind, value, implicit)
            return STR_TAG
        return _SEQ if kind is SequenceNode else _MAP


_resolve: Callable[..., str] = yaml.CSafeLoader.resolve
_resolver: Any = Resolver()
_constructor = SafeConstructor()
_scalar_readers = SafeConstructor.yaml_constructors


def compose_yaml(text: str, start: int, end: int) -> MappingNode | None:
    """The nodes of the header `text[start:end]`; None where it holds no value. Raises DocumentError."""
    header = text[start:end]
    if header.count("[") + header.count("{") > MAX_DEPTH or _DEEP_BLOCK.search(header):
        _refuse_deep(text, start, header)
    try:
        node = yaml.compose(header, _Loader)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise _refusal(text, start, header, error) from None
    if node is None:
        return None
    if not isinstance(node, MappingNode):
        kind = "a list" if isinstance(node, SequenceNode) else "a single value"
        raise DocumentError.at(
            text, start + node.start_mark.index, f"the front matter is {kind}; write it as keys and values"
        )
    if "*" in header and "&" in header:
        _Expansion(text, start).count(node)
    return node


def read_yaml(text: str, start: int, end: int) -> dict[str, Any]:
    """The values of the header `text[start:end]`, equal to what python-frontmatter reads.

    Raises DocumentError for what YAML does not allow, for two equal keys, and for aliases or nesting beyond
    the limits. A scalar that looks like a date but is none (`2024-13-45`) is kept as its text.
    """
    node = compose_yaml(text, start, end)
    return {} if node is None else yaml_values(text, start, node)


def yaml_values(text: str, start: int, node: MappingNode) -> dict[str, Any]:
    """The values of a composed header that starts at offset `start`. Raises DocumentError."""
    try:
        return _mapping(node)
    except _UnreadableError as error:
        raise DocumentError.at(
            text, start + error.offset, error.reason, tuple(reversed(error.steps))
        ) from None


class _UnreadableError(Exception):
    """A refusal on its way up: each level adds its key, so that the good case builds no paths."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.steps: list[str | int] = []


def _value(node: Node) -> Any:
    tag = node.tag
    if isinstance(node, ScalarNode):
        if tag == STR_TAG:
            return node.value
        if tag == _INT and _PLAIN_INT.fullmatch(node.value):
            return int(node.value)
        return _scalar(node)
    if tag == _MAP and isinstance(node, MappingNode):
        return _mapping(node)
    if tag == _SEQ and isinstance(node, SequenceNode):
        items = []
        try:
            for item in node.value:
                items.append(_value(item))  # noqa: PERF401 -- the length names the item that is refused
        except _UnreadableError as error:
            error.steps.append(len(items))
            raise
        return items
    return _tagged(node)


def _mapping(node: MappingNode) -> dict[Any, Any]:
    values: dict[Any, Any] = {}
    merges = False
    for key_node, value_node in node.value:
        if key_node.tag == MERGE_TAG:
            merges = True
            continue
        key = key_node.value if key_node.tag == STR_TAG else read_key(key_node)
        try:
            if key in values:
                raise _UnreadableError(
                    key_node.start_mark.index, "this key stands twice; remove one of the two"
                )
            values[key] = _value(value_node)
        except _UnreadableError as error:
            error.steps.append(key)
            raise
    if merges:
        try:
            _constructor.flatten_mapping(node)
        except yaml.MarkedYAMLError as error:
            raise _UnreadableError(node.start_mark.index, _said(error)) from None
        return {read_key(key_node): _value(value_node) for key_node, value_node in node.value}
    return values


def read_key(node: Node) -> Any:
    """The value of a key's node."""
    key = "=" if node.tag == _VALUE else _value(node)
    if not isinstance(key, Hashable):
        raise _UnreadableError(node.start_mark.index, "a list or mapping stands as a key; use a text key")
    return key


def _scalar(node: ScalarNode) -> Any:
    reader = _scalar_readers.get(node.tag)
    if reader is None:
        reason = (
            f"the plain text {node.value} has a meaning of its own in YAML; put it in quotes"
            if node.tag in {MERGE_TAG, _VALUE}
            else f"the tag {node.tag} is not known; remove it"
        )
        raise _UnreadableError(node.start_mark.index, reason)
    try:
        return reader(_constructor, node)
    except ValueError as error:
        if _resolver.resolve(ScalarNode, node.value, (True, False)) != node.tag:  # a tag of its own says so
            raise _unfit(node) from error
        # The resolver saw a date or number, the calendar or Python did not. python-frontmatter cannot read such
        # a file at all. One bad value should not cost the record: its text stays, and the import warns of it.
        return node.value
    except (yaml.YAMLError, LookupError, AttributeError, TypeError):
        raise _unfit(node) from None


def _unfit(node: ScalarNode) -> _UnreadableError:
    kind = node.tag.rpartition(":")[2]
    return _UnreadableError(
        node.start_mark.index, f"{node.value!r} is no {kind}; correct it or remove the tag"
    )


def _tagged(node: Node) -> Any:
    """A collection with a tag: sets, ordered maps and pairs as PyYAML makes them; the rest is refused."""
    try:
        return SafeConstructor().construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _UnreadableError(node.start_mark.index, _said(error)) from None
    except (ValueError, LookupError, AttributeError, TypeError):
        raise _UnreadableError(
            node.start_mark.index, "the tag does not fit the value; remove the tag"
        ) from None


class _Expansion:
    """Counts what the aliases stand for, before any of it is built."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.sizes: dict[Node, int | None] = {}

    def count(self, node: Node) -> int:
        if isinstance(node, ScalarNode):
            return 1
        if node in self.sizes:
            size = self.sizes[node]
            if size is None:
                raise self.refusal(
                    node, "an alias stands inside the value that it names; write the value out"
                )
            return size
        self.sizes[node] = None
        total = 1
        for item in node.value:
            total += sum(map(self.count, item)) if isinstance(item, tuple) else self.count(item)
            if total > MAX_VALUES:
                raise self.refusal(node, TOO_MANY)
        self.sizes[node] = total
        return total

    def refusal(self, node: Node, reason: str) -> DocumentError:
        return DocumentError.at(self.text, self.start + node.start_mark.index, reason)


def _refuse_deep(text: str, start: int, header: str) -> None:
    """Measure the nesting from events, which take no stack, before libyaml's composer recurses into it."""
    depth = 0
    try:
        for event in yaml.parse(header, yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH and event.start_mark:
                    raise DocumentError.at(text, start + event.start_mark.index, TOO_DEEP)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except (yaml.YAMLError, UnicodeEncodeError):
        return  # composing says it better


def _refusal(text: str, start: int, header: str, error: Exception) -> DocumentError:
    found = UNREADABLE.search(header)
    if found:
        reason = (
            f"the character U+{ord(found[0]):04X} is not allowed in YAML; remove it or write it as an escape"
        )
        return DocumentError.at(text, start + found.start(), reason)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if error.problem and "document" in error.problem:
            reason = "a second YAML document starts here; keep one"
        else:
            reason = _said(error)
        if mark:
            return DocumentError.at(text, start + mark.index, reason)
    return DocumentError(f"not YAML: {error}")


def _said(error: yaml.MarkedYAMLError) -> str:
    """PyYAML's own words for what is wrong, with what to do."""
    words = " ".join(part for part in (error.context, error.problem) if part)
    return f"not YAML: {words}; correct this place"
