"""A reviewer clears ten records by keyboard, on a hub of 5,000: the steps, the keys pressed, and the time waited.

The browser itself takes the time, from the key press that saves to the next page having painted and being ready for
keys, so that what drives the browser is not in it.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath
from statistics import median, quantiles
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

DIMENSIONS = ("incentive", "statutory", "market", "strategic", "mrv")
EVIDENCE = {
    "en": "[AI-Generated] Section {n} grants USD {n} per tonne of CO2 stored between 2025 and 20{n}, up to {n} million "
    "tonnes a year, and asks the operator for yearly reports on what was injected and what was measured above it.",
    "zh": "[AI-Generated] 第{n}条规定，2025年至20{n}年期间每吨封存二氧化碳补贴{n}元，每年不超过{n}万吨；"
    "经营者须逐年报告注入量以及封存体上方的监测结果，由主管部门核查。",
}
BODY = f"## What it does\n\n{'It opens the seabed to storage, under a licence. ' * 8}\n"

# Counts what is pressed (a chord is one key), and takes the time across the navigation.
WATCH = """
addEventListener("keydown", (event) => {
  if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
  const keys = JSON.parse(sessionStorage.getItem("keys") ?? "[]");
  sessionStorage.setItem("keys", JSON.stringify([...keys, event.key]));
  if (event.key === "Enter" && event.ctrlKey) sessionStorage.setItem("sent", performance.timeOrigin + event.timeStamp);
}, {capture: true});
globalThis.ready = new Promise((tell) => addEventListener("load", () => requestAnimationFrame(() => setTimeout(() =>
  tell(performance.timeOrigin + performance.now() - Number(sessionStorage.getItem("sent"))),
))));
"""


@dataclass(frozen=True)
class Reviewing:
    """What it took: milliseconds from *save and next* to the next record being ready, and the keys of each record."""

    waits: tuple[float, ...]
    keys: tuple[tuple[str, ...], ...]

    @property
    def median(self) -> float:
        return median(self.waits)

    @property
    def percentile_95(self) -> float:
        return quantiles(self.waits, n=20, method="inclusive")[-1]


def write_policies(root: Path, number: int) -> None:
    """Write so many claimed policies of five dimensions each, every id in English and in Chinese."""
    for index in range(number):
        serial, language = index // 2, ("en", "zh")[index % 2]
        name = f"policy-{serial:05}"
        values = {
            "analysis": {
                key: {
                    "citation": f"Act {serial}, section {at}",
                    "evidence": EVIDENCE[language].format(n=31 + (serial + at) % 60),
                    "label": f"{key.capitalize()} {serial}",
                    "score": (serial * 7 + at * 13) % 101,
                }
                for at, key in enumerate(DIMENSIONS)
            },
            "category": "Regulatory",
            "country": ("Norway", "Japan", "Canada", "Brazil", "中国")[serial % 5],
            "description": f"Act {serial} opens the seabed to storage, and says who pays for what goes wrong.",
            "id": name,
            "legalWeight": "Primary Legislation",
            "provenance": {"author": "A language model", "reviewer": "Human Audit Pending"},
            "pubDate": "2024-05-01",
            "reviewStatus": "verified",
            "source": "Ministry of Energy",
            "status": "Active",
            "title": ("Storage Act no. {}", "第{}号封存法")[index % 2].format(serial),
            "url": f"https://example.org/{name}",
            "year": 2024,
        }
        path = root / "policies" / language / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(values, indent=2, ensure_ascii=False)
        path.write_text(f"---\n{text}\n---\n\n{BODY}", encoding="utf-8")


def review_records(page: Page, number: int) -> Reviewing:
    """Judge and verify so many records, one after the other, with nothing but keys. The reviewer is logged in."""
    page.context.add_init_script(WATCH)
    page.goto("/admin/reviews/policy/queue/")
    page.get_by_role("link", name=re.compile("^Start with the next")).press("Enter")
    page.wait_for_url("**/review/")
    page.evaluate("globalThis.ready")
    waits, keys = [], []
    for _ in range(number):
        page.evaluate("sessionStorage.setItem('keys', '[]')")
        here = page.url
        for at, key in enumerate(DIMENSIONS):
            page.keyboard.press("1")
            page.keyboard.insert_text(f"Read the act on {key}: section and figures agree.")
            page.keyboard.press("Control+Enter" if at < len(DIMENSIONS) - 1 else "Control+Shift+Enter")
        page.wait_for_url(re.compile(f"^(?!{re.escape(here)}$).*/review/$"))
        waits.append(float(page.evaluate("globalThis.ready")))
        keys.append(tuple(json.loads(page.evaluate("sessionStorage.getItem('keys')"))))
    return Reviewing(tuple(waits), tuple(keys))


def weigh(page: Page, address: str) -> Counter[str]:
    """The bytes of a page by kind of file, nothing compressed; the page's browser has not seen it before."""
    responses: list[Response] = []
    # Playwright marks the function that it is given, and a list's own method takes no mark.
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - see above
    page.goto(address, wait_until="networkidle")
    weights: Counter[str] = Counter()
    for response in responses:  # the page is there by now: nothing is on its way
        weights[PurePath(urlsplit(response.url).path).suffix or ".html"] += len(response.body())
    return weights
