"""YAML nodes turned into spans: what PyYAML's marks leave out (dashes, colons, real ends, ties) is found here."""

from __future__ import annotations

import re
from typing import cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from reviews.documents.spans import Entry, Span
from reviews.documents.yaml_text import MERGE_TAG, STR_TAG, read_key

_COLON = re.compile(r"[ \t]*:")
_ALIAS = re.compile(r"\s*\*[^\s,\[\]{}]+")
_TIES = {"&": "an anchor", "!": "a tag"}


def yaml_spans(text: str, start: int, root: MappingNode) -> Span:
    """The spans of a composed header that starts at offset `start`. Call it before values are made of the nodes."""
    # libyaml takes a byte order mark in front of the header away, uncounted
    return _Builder(text, start + text.startswith("\ufeff", start)).span(root, 0)


class _Builder:
    def __init__(self, text: str, base: int) -> None:
        self.text = text
        self.base = base

    def span(self, node: Node, after: int) -> Span:
        """The span of a value that stands behind the offset `after`."""
        start, end = self.base + node.start_mark.index, self.base + node.end_mark.index
        if start < after:  # an alias has the marks of its anchor
            alias = _ALIAS.match(self.text, after)
            return Span(after, alias.end() if alias else after, tie="an alias")
        tie = _TIES.get(self.text[start], "") if start < end else ""
        if isinstance(node, ScalarNode):
            quote = node.style or ""
            if quote in ("|", ">"):
                end = self._block_scalar_end(start, end)
            return Span(start, end, quote=quote, is_text=node.tag == STR_TAG, tie=tie)
        is_flow = bool(cast("MappingNode | SequenceNode", node).flow_style)
        if isinstance(node, MappingNode):
            span = Span(start, end, "map", is_flow, tie=tie)
            span.entries = [self._pair(key_node, value_node) for key_node, value_node in node.value]
            if not is_flow and span.entries and span.entries[0].start == start:
                span.tie = ""  # what stands there is the first key's
        else:
            span = Span(start, end, "list", is_flow, tie=tie)
            position = start
            for place, item in enumerate(cast("SequenceNode", node).value):
                span.entries.append(self._item(span, place, item, position))
                position = span.entries[-1].value.end
        if not span.is_flow and span.entries:
            span.end = span.entries[-1].value.end
        elif not tie and self.text[start] not in "[{":
            span.tie = "a pair without braces"
        return span

    def _pair(self, key_node: Node, value_node: Node) -> Entry:
        text = self.text
        start, key_end = self.base + key_node.start_mark.index, self.base + key_node.end_mark.index
        if text[key_end] == ":":
            after = key_end + 1
        else:
            colon = _COLON.match(text, key_end)
            after = colon.end() if colon else key_end
        value = self.span(value_node, after)
        if key_node.tag == MERGE_TAG:
            value.tie = "a merge key"
            return Entry(None, start, key_end, after, value)
        if text[start] in "&!*":
            value.tie = "a key with an anchor, alias or tag"
        elif not isinstance(key_node, ScalarNode) or (after == key_end and value.start != key_end):
            value.tie = "a key with a question mark"
        key = key_node.value if key_node.tag == STR_TAG else read_key(key_node)
        return Entry(key, start, key_end, after, value, getattr(key_node, "style", None) or "")

    def _item(self, parent: Span, place: int, node: Node, position: int) -> Entry:
        value = self.span(node, position)
        if parent.is_flow:
            return Entry(place, value.start, value.start, value.start, value)
        before = self.text[position : value.start].rstrip(" \t\r\n")
        dash = position + len(before) - 1
        if not before.endswith("-"):
            value.tie = value.tie or "a list item with a comment after its dash"
            dash = position
        return Entry(place, dash, dash, dash + 1, value)

    def _block_scalar_end(self, start: int, end: int) -> int:
        """The end of the last line that belongs to a block scalar; blank lines count only where they are kept."""
        header = self.text[start : self.text.find("\n", start)]
        if "+" in header.partition("#")[0]:
            return end - self.text[:end].endswith("\n") - self.text[:end].endswith("\r\n")
        return start + len(self.text[start:end].rstrip(" \t\r\n"))
