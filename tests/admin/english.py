"""Where a page that should be Chinese speaks English: in its texts, and in what its attributes say."""

import re
from html.parser import HTMLParser
from typing import Any

# What may stand in Latin letters.
NAMES = "PolicyHub Markdown JSON ZIP CSV XLSX MB AI Ctrl Shift Enter Esc Tab Cmd Mac Cookie LDAP English"
FILES = "verified draft zh en"  # states and languages, as files have them
# Keys of files.
KEYS = "incentive statutory market strategic mrv technical liability economic environmental title year reviewStatus"
ALLOWED = re.compile(
    r"https?://\S*|\S+@\S+"  # addresses
    r"|[\w.-]*/\S*|[\w-]*\.(?:md|zip|pdf)"  # places of files
    r"|(?<![A-Za-z])(?:"
    r"[0-9a-f]{12,64}"  # digests
    r"|[a-z0-9]+(?:_[a-z0-9]+)+"  # keys of files, and permissions
    r"|pt-BR|cn-ccer|CO₂|U\+[0-9A-F]+|[A-Za-z]"  # examples, characters, keys
    r"|" + "|".join([*NAMES.split(), *FILES.split(), *KEYS.split()]) + r")(?![A-Za-z])",
    re.ASCII,
)
QUOTES = frozenset(
    {"kbd", "pre", "code", "script", "style", "textarea"}
)  # what they hold is not ours to translate
SPOKEN = (
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "aria-description",
    "data-label",
    "data-one",
    "data-many",
)
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


class Words(HTMLParser):
    """The texts of a page and what its attributes say, with the elements around each."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # each element, and whether it quotes
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "").split()
        place = f"{tag}.{'.'.join(classes)}" if classes else tag
        if not self.is_quoting:
            self.found += [(f"{place}[{name}]", values[name]) for name in SPOKEN if name in values]
            if tag == "input" and values.get("type") in ("submit", "button", "reset"):
                self.found.append((f"{place}[value]", values.get("value", "")))
        if tag not in VOID:
            is_other = values.get("lang", "zh")[:2] != "zh"
            quotes = (
                tag in QUOTES or (is_other and tag != "html") or not {"mono", "diff-text"}.isdisjoint(classes)
            )
            self.open.append((place, quotes))

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag not in VOID:
            if self.open.pop()[0].split(".")[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.is_quoting:
            self.found.append((" ".join(place for place, _ in self.open[-2:]), data))

    @property
    def is_quoting(self) -> bool:
        return any(quotes for _, quotes in self.open)


def english_of(html: str) -> list[tuple[str, str]]:
    """Where a page speaks English, and what it says there."""
    words = Words()
    words.feed(html)
    return [
        (place, " ".join(said.split()))
        for place, said in words.found
        if re.search(r"[A-Za-z]", ALLOWED.sub("", said))
    ]


def english_on(answer: Any, place: str) -> list[tuple[str, str, str]]:
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return []
    html = answer.content.decode()
    assert '<html lang="zh-hans"' in html or "<html" not in html, place
    return [(place, *found) for found in english_of(html)]
