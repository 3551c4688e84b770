"""A person without a mouse: they press keys, and see at every Tab where they are."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

# What has the focus now, whether it is one of the wanted, and what hides it from the eye: it is off the screen,
# something lies over its middle, or nothing marks it. Of a link over two lines the first line counts. What no Tab
# reaches needs no mark, and the button in a date field has the browser's own.
_FOCUS = r"""
(wanted) => {
  const at = document.activeElement;
  if (at === document.body) return { name: "the page", isThere: false, fault: "" };
  (globalThis.passed ??= new Set()).add(at);
  const label = at.closest("label") ?? at.labels?.[0];
  const said = (at.ariaLabel ?? (label ?? at).textContent).trim().replace(/\s+/g, " ").slice(0, 60);
  const box = at.getClientRects()[0] ?? at.getBoundingClientRect();
  const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
  const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const isMarked = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  let fault = "";
  if (right - left < Math.min(box.width, 4) || bottom - top < Math.min(box.height, 4)) fault = "is off the screen";
  else if (!at.contains(over) && !label?.contains(over)) fault = `lies under ${over.cloneNode().outerHTML}`;
  else if (at.tabIndex >= 0 && at.type !== "date" && ![at, label].some((element) => element && isMarked(element)))
    fault = "has no outline";
  return { name: `${at.localName} “${said}”`, isThere: wanted.includes(at), fault };
}
"""

# What could be pressed or filled in and never had the focus; of radio buttons one stands for all of its name.
_UNREACHED = """
() => [...document.querySelectorAll("a[href], button, input, select, summary, textarea")].filter((control) => {
  const isSame = (at) => at === control
    || at.name === control.name && [at, control].every(({ type }) => type === "radio");
  return control.checkVisibility({ visibilityProperty: true }) && !control.disabled && control.tabIndex >= 0
    && ![...passed].some(isSame);
}).map((control) => control.outerHTML.slice(0, 120))
"""


@dataclass
class Keyboard:
    """The keys of one page. Nothing here clicks, fills or focuses; the mouse stays where it was."""

    page: Page
    passed: list[str] = field(default_factory=list)  # what had the focus since the last arrival

    def tab_to(self, role: Any, name: str | re.Pattern[str], *, key: str = "Tab", most: int = 150) -> None:
        """Press Tab (or Shift+Tab) until what has this role and name has the focus, and see the focus all the way.

        Fails after `most` presses, and says by what it came.
        """
        wanted = self.page.get_by_role(role, name=name, exact=True)
        expect(wanted.first).to_be_visible()
        handles = wanted.element_handles()
        self.passed = []
        for _ in range(most):
            if self.see_focus(handles):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{most} times {key}, and no {role} “{name}”: {'; '.join(self.passed)}")

    def see_focus(self, wanted: list[Any] | None = None) -> bool:
        """Whether one of the wanted has the focus; it must be visible, whatever has it."""
        focus = self.page.evaluate(_FOCUS, wanted or [])
        self.passed.append(focus["name"])
        assert focus["fault"] == "", (
            f"{self.page.url}: {focus['name']} {focus['fault']}; before: {self.passed[-4:]}"
        )
        return bool(focus["isThere"])

    def walk(self, *, most: int = 300) -> list[str]:
        """Tab through the whole page, seeing the focus all the way; return the controls that it never came to."""
        came_by: list[int] = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            self.see_focus()
            at = self.page.evaluate("[...passed].indexOf(document.activeElement)")  # -1: it begins again
            if at in came_by[:-1] and at not in (came_by[-1], -1):  # a date has several stops
                break
            came_by.append(at)
        return list(self.page.evaluate(_UNREACHED))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type where the focus is, as an input method does: the text at once."""
        self.page.keyboard.insert_text(text)

    def leave(self, *keys: str) -> None:
        """Press keys of which the last one leads to another page, or loads this one again."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])

    def follow(self, role: Any, name: str | re.Pattern[str]) -> None:
        """Tab to a link or button that leads to another page, and press it."""
        self.tab_to(role, name)
        self.leave("Enter")

    def login(self, username: str, password: str) -> None:
        """Log in through the form; whoever was logged in before is out."""
        self.page.context.clear_cookies()
        self.page.goto("/admin/login/")
        self.tab_to("textbox", "Username")
        self.type(username)
        self.tab_to("textbox", "Password")
        self.type(password)
        self.leave("Enter")
