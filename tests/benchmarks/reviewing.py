"""Clears ten records by keyboard in a real browser, on a hub of 5,000 policies that a process of its own serves.

`python -m tests.benchmarks.reviewing [--policies 5000] [--records 10]`. Prints the time from *save and next* to the
next record being ready, the keys that were pressed, and what the page weighs: the table of docs/benchmarks.md.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import FLAGS, downloaded_chromium, installed_chromium
from tests.browser.reviewing import DIMENSIONS, Reviewing, review_records, weigh, write_policies
from tests.screenshots import hub, login


def measure(policies: int, records: int) -> tuple[Reviewing, Counter[str]]:
    """The times of so many records, and the weight of the page that comes then."""
    with tempfile.TemporaryDirectory() as name:
        files = Path(name) / "files"
        write_policies(files, policies)
        with hub(Path(name), files) as (address, passwords), sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=installed_chromium() or downloaded_chromium(), args=FLAGS
            )
            page = browser.new_context(base_url=address, locale="en").new_page()
            login(page, "reviewer", passwords["reviewer"])
            done = review_records(page, records)
            fresh = browser.new_context(base_url=address, storage_state=page.context.storage_state())
            weights = weigh(fresh.new_page(), page.url)
            browser.close()
    return done, weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=5000)
    parser.add_argument("--records", type=int, default=10)
    options = parser.parse_args()
    done, weights = measure(options.policies, options.records)
    pressed = sum(map(len, done.keys)) / len(done.keys)
    print(f"records reviewed            {len(done.waits)} of {options.policies:,}")
    print(
        f"from save and next to ready {done.median:.0f} ms median, {done.percentile_95:.0f} ms 95th percentile"
    )
    print(f"keys a record               {pressed:g}, for {len(DIMENSIONS)} dimensions and the record")
    for kind, size in sorted(weights.items()):
        print(f"weight {kind:<20} {size / 1000:.1f} KB")
    print(f"weight in all               {weights.total() / 1000:.1f} KB")


if __name__ == "__main__":
    main()
