"""Mentions: which people a text names as @username, and where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

from django.contrib.auth.models import User

# What Django lets stand in a username, and never more of it than fits; Chinese keyboards type the wide sign too.
_CALLED = re.compile(r"[@＠]([\w.@+-]{1,150})")
_WORD = re.compile(r"[\w@+-]")
_PUNCTUATION = ".@+-"  # what may stand in a name, and after one


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; ``username`` where it names a person, sign included."""

    text: str
    username: str = ""


def known_usernames(texts: Collection[str]) -> frozenset[str]:
    """Return whom texts may name: every active person, in one query, or none where no text has the sign."""
    if not any("@" in text or "＠" in text for text in texts):
        return frozenset()
    return frozenset(User.objects.filter(is_active=True).values_list("username", flat=True))


def split_mentions(text: str, known: Collection[str]) -> Iterator[Piece]:
    """Yield the text in pieces, in order: the longest known name wins, and a longer unknown one names nobody.

    An e-mail address names nobody. Where a script needs no spaces, as Chinese does, a name may stand amid words.
    """
    begin = 0
    at = 0
    while found := _CALLED.search(text, at):
        at = found.start() + 1
        before = text[found.start() - 1 : found.start()]
        if _WORD.match(before) and not _is_wide(before):
            continue
        if name := _longest(found[1], text[found.end() : found.end() + 1], known):
            if begin < found.start():
                yield Piece(text[begin : found.start()])
            begin = at = found.start() + 1 + len(name)
            yield Piece(text[found.start() : begin], name)
    if begin < len(text):
        yield Piece(text[begin:])


def mentioned_in(text: str) -> list[User]:
    """Return the active people whom a text names, each once, in the order of their names."""
    names = {piece.username for piece in split_mentions(text, known_usernames([text])) if piece.username}
    return list(User.objects.filter(username__in=names, is_active=True).order_by("username")) if names else []


def _longest(run: str, following: str, known: Collection[str]) -> str:
    """Return the longest known name with which the run begins and ends a word, or nothing."""
    for end in range(len(run), 0, -1):
        rest = (run[end:] + following).lstrip(_PUNCTUATION)
        is_end = not rest or not _WORD.match(rest) or _is_wide(rest[0])
        if is_end and run[:end] in known:
            return run[:end]
    return ""


def _is_wide(character: str) -> bool:
    """Whether it is of a script that is written without spaces."""
    return bool(character) and east_asian_width(character) in "WF"
