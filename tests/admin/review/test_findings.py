"""The Review page: what the checks found, beside the dimension or the record that it is about, and what blocks."""

from collections.abc import Callable
from html import unescape
from typing import Any

from django.contrib.auth.models import User

from tests.admin.html import read_text
from tests.factories import Folder, claim

REPLACE = "Replace it with what the source says. Where the source says nothing, write what was read."
SCORE = "Score outside 0 to 100 700 Correct the score."
NOTICES = "Notice: Translation missing zh Notice: Body under 220 characters, or 120 in Chinese 51"


def test_findings_stand_beside_what_they_are_about_with_datum_and_hint(
    folder: Folder, reviewer: User, open_page: Callable[..., Any]
) -> None:
    policy = folder.import_policy(
        analysis={"market": claim(evidence="Standard reporting required.", score=700)}, url="<b>"
    )

    page = open_page(reviewer, policy)

    record, market = (text.split(" What to do ") for text in read_text(page, "found"))
    assert market == [
        "2 findings: Blocking: Placeholder instead of evidence Blocking: Score outside 0 to 100 700",
        f"Placeholder instead of evidence Standard reporting required. {REPLACE} {SCORE}",
    ]
    assert record[0].split(": ", 1)[1].split("Warning: ") == [
        "Blocking: No source link that opens <b> ",
        "Verified without a decision ",
        "Reviewer who is no person Human Audit Pending ",
        f"Supersession of or by an unknown id no-storage-act-1985 {NOTICES}",
    ]
    assert "Placeholder instead of evidence: “market”. Replace it with what the source says." in unescape(
        page.content.decode()
    )
