"""Reads what a browser would show and send: the fields of a form as they stand on a page, and its text."""

import re
from html.parser import HTMLParser
from typing import Protocol


class Response(Protocol):
    """What the test client returns, as far as it is read here."""

    @property
    def content(self) -> bytes: ...


Attributes = dict[str, str | None]


class _Form(HTMLParser):
    """Collects what a browser sends for one form, controls elsewhere that name it too; no button is pressed."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.is_inside = form_id, False
        self.values: dict[str, str] = {}
        self.buttons: dict[str, bool] = {}  # value of the button: whether it can be pressed
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: Attributes = dict(attrs)
        if tag == "form":
            self.is_inside = found.get("id") == self.form_id
        name = found.get("name")
        is_ours = found["form"] == self.form_id if "form" in found else self.is_inside
        if not is_ours or not name:
            return
        if tag == "textarea":
            self.textarea, self.values[name] = name, ""
        elif tag == "button":
            self.buttons[found.get("value") or ""] = "disabled" not in found
        elif tag == "input" and (found.get("type") not in ("radio", "checkbox") or "checked" in found):
            ticked = "on" if found.get("type") in ("radio", "checkbox") else ""
            self.values[name] = found.get("value", ticked) or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.textarea:
            self.values[self.textarea] = self.values[self.textarea].removeprefix("\n")
            self.textarea = None

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea] += data


def read_form(response: Response, form_id: str) -> dict[str, str]:
    """What a browser would send for the form as it stands on the page."""
    return _parsed(response, form_id).values


def read_buttons(response: Response, form_id: str) -> dict[str, bool]:
    """The form's buttons by value, and whether they can be pressed."""
    return _parsed(response, form_id).buttons


def _parsed(response: Response, form_id: str) -> _Form:
    parser = _Form(form_id)
    parser.feed(response.content.decode())
    return parser


def read_text(response: Response, element_class: str) -> list[str]:
    """The text of each element of this class, spaces as a browser shows them."""
    texts = _Texts(element_class)
    texts.feed(response.content.decode())
    return [re.sub(r"\s+", " ", text).strip() for text in texts.found]


class _Texts(HTMLParser):
    INLINE = frozenset({"a", "b", "del", "ins", "mark", "q", "s", "span", "strong"})
    VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})

    def __init__(self, element_class: str) -> None:
        super().__init__()
        self.element_class = element_class
        self.found: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.VOID:
            return
        if self.depth:
            self.depth += 1
            self.separate(tag)
        elif self.element_class in (dict(attrs).get("class") or "").split():
            self.depth = 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if self.depth and tag not in self.VOID:
            self.separate(tag)
            self.depth -= 1

    def separate(self, tag: str) -> None:
        if tag not in self.INLINE:
            self.found[-1] += " "

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data
