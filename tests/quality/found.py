"""What every check finds in the newest real files, measured: findings, and the records that have any.

tests/management/test_check_policies.py holds it against the files; docs/checks.md shows it. Checks that are not here
find nothing there.
"""

import datetime as dt

CORPUS = "2026-08-15-flow-yaml"
DAY = dt.date(2026, 8, 15)  # as of which audits are old
RECORDS = 260
FOUND = {
    "evidence-placeholder": (220, 108),
    "evidence-short": (226, 78),
    "evidence-repeated": (270, 54),
    "evidence-marked-ai": (64, 14),
    "label-placeholder": (160, 98),
    "label-figure": (30, 22),
    "citation-missing": (510, 168),
    "note-repeated": (88, 40),
    "dimensions-missing": (14, 14),
    "claim-unbacked": (236, 236),
    "reviewer-nobody": (236, 236),
    "source-link-front-page": (100, 100),
    "year-mismatch": (4, 4),
    "supersession-unknown": (10, 10),
    "body-short": (76, 76),
}
