"""What is wrong with how a page looks: by axe, light and dark, on a wide and a narrow screen, and at 200 % zoom."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, NARROW = (1440, 900), (390, 844)
ZOOMED = (720, 450)  # what WIDE is at 200 %
AXE = Axe().axe_script
COLOURS = ["color-contrast", "link-in-text-block"]  # all that a scheme can change

# It must not inline styles ("preload"), which the policy forbids.
_RUN_AXE = """
async (rules) => {
  for (const animation of document.getAnimations()) animation.finish();
  const options = { preload: false, resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`
    + ` (${node.failureSummary.split("\\n")[1]?.trim()})`));
}
"""

# Text that neither shows nor can be scrolled to; not what ends in an ellipsis, nor what is for screen readers alone.
_CUT = """
() => {
  const found = [];
  const scrolls = ({ overflowX }) => overflowX === "auto" || overflowX === "scroll";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const styles = new Map();
  const styleOf = (element) => styles.get(element) ?? styles.set(element, getComputedStyle(element)).get(element);
  next: while (texts.nextNode()) {
    const text = texts.currentNode;
    const said = `“${text.data.trim().slice(0, 60)}”`;
    if (!text.data.trim() || !text.parentElement.checkVisibility({ visibilityProperty: true })) continue;
    range.selectNodeContents(text);
    let { left, right, top, bottom } = range.getBoundingClientRect();
    for (let box = text.parentElement; box; box = box.parentElement) {
      const style = styleOf(box);
      if (scrolls(style) || style.textOverflow === "ellipsis" || style.position === "fixed") continue next;
      const edge = box.getBoundingClientRect();
      if (style.overflowX === "visible") continue;
      if (edge.width <= 1) continue next;
      if (left < edge.left - 1 || right > edge.right + 1 || top < edge.top - 1 || bottom > edge.bottom + 1)
        found.push(`cut off: ${said} in ${box.localName}.${box.className}`);
    }
    if (left < -1 && right > 0 || right > innerWidth + 1) found.push(`off the screen: ${said}`);
  }
  const wider = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wider > 0) found.push(`scrolls sideways by ${wider} pixels`);
  return found;
}
"""

# How much of the screen's height stays covered wherever one scrolls: what sticks to its top or bottom.
_COVERED = """
() => {
  scrollTo(0, (document.documentElement.scrollHeight - innerHeight) / 2);
  const bars = [...document.body.querySelectorAll("*")].filter((element) => {
    const { position } = getComputedStyle(element);
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    return (position === "sticky" || position === "fixed") && width > innerWidth / 2 && element.checkVisibility()
      && (Math.abs(top) <= 1 || Math.abs(bottom - innerHeight) <= 1);
  });
  const covered = bars.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0);
  scrollTo(0, 0);
  return covered / innerHeight;
}
"""


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, each with where; the page is as it was afterwards."""
    page.evaluate(AXE)
    found = []
    for width, height in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            rules = None if scheme == "light" else COLOURS
            found += [f"{width}, {scheme}: {fault}" for fault in page.evaluate(_RUN_AXE, rules)]
        found += [f"{width}: {fault}" for fault in page.evaluate(_CUT)]
    page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
    found += [f"200 %: {fault}" for fault in page.evaluate(_CUT)]
    if (covered := page.evaluate(_COVERED)) > 0.5:
        found.append(f"200 %: bars cover {covered:.0%} of the screen")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(color_scheme="light")
    return found


def open_all(page: Page) -> None:
    """Unfold what is folded away: it has to look well too."""
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
