"""Figures and dates in evidence: what is marked, that all is escaped, and the mark that becomes a badge."""

import re
import time

import pytest

from reviews.admin.figures import mark_figures, without_mark

# Text: what is marked in it, in order.
MARKED = {
    "A base amount of $17 per metric ton, times five: $85; up to $180.": ["$17", "$85", "$180"],
    "US$1,250.50 million and €3-5 billion, £20bn, USD 40 and 12 EUR": [
        "US$1,250.50 million", "€3-5 billion", "£20bn", "USD 40", "12 EUR",
    ],
    "25% of 18,750 metric tons over 12 years, 12-year, 1.5 Mt/yr": [
        "25%", "18,750 metric tons", "12 years", "12-year", "1.5 Mt/yr",
    ],
    "75 million metric tons, 50 Mtpa, 3.2 GW, 1 000 km": ["75 million metric tons", "50 Mtpa", "3.2 GW", "1 000 km"],
    "On 3 October 2008, since July 2025, from 2026-01-31 to Feb. 9, 2018": [
        "3 October 2008", "July 2025", "2026-01-31", "Feb. 9, 2018",
    ],
    "Between 2025 and 2030, 2021-2025 and 2024/25; ISO 27916:2019": [
        "2025", "2030", "2021-2025", "2024/25", "2019",
    ],
    "26 U.S.C. § 45Q(b), Pub. L. 117-169, 40 CFR 146.90, section 4, Article 6, T.D. 9944": [],
    "基本标准为每公吨17美元，2008年10月3日设立，总量7500万公吨，2030年前达50%。": [
        "17美元", "2008年10月3日", "7500万公吨", "2030年", "50%",
    ],
    "投资120亿元，为期十二年，6个月内，3月1日起施行；第45条": ["120亿元", "6个月", "3月1日"],
    "": [],
}  # fmt: skip


@pytest.mark.parametrize("text", MARKED)
def test_figures_and_dates_are_marked_and_other_numbers_are_not(text: str) -> None:
    marked = mark_figures(text)

    assert re.findall(r"<mark>(.*?)</mark>", marked) == MARKED[text]
    assert re.sub(r"</?mark>", "", marked) == text


def test_text_is_escaped_in_and_around_marks() -> None:
    assert mark_figures('<b>$5 & "2026"</b>') == (
        "&lt;b&gt;<mark>$5</mark> &amp; &quot;<mark>2026</mark>&quot;&lt;/b&gt;"
    )


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        ("[AI-Generated] Legal basis.", "Legal basis."),
        ("【AI生成】：依据。", "依据。"),
        ("(人工智能生成) 依据。", "依据。"),
        ("Written as [AI-Generated] text.", "Written as [AI-Generated] text."),
        ("AI-generated without brackets.", "AI-generated without brackets."),
    ],
)
def test_mark_at_the_beginning_is_left_to_the_badge(evidence: str, shown: str) -> None:
    assert without_mark(evidence) == shown


# Repeated, each of them wants a careless pattern to begin anew at every place.
@pytest.mark.parametrize(
    "piece",
    [
        "111 ", "111\u00a0", "1", ",111", "1.", "1 to 1 ", "111 - ", "$111 ", "EUR ", "1 metric ", "1 Jan ", "2020-",
        "2020/.", "1年1月", "1 亿", "十", "[", " ", "[AI-Generated",
    ],
)  # fmt: skip
def test_hostile_text_of_100_kb_is_read_once(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.process_time()

    marked = mark_figures(text), mark_figures(f"$1{text}"), without_mark(f"[AI-Generated{text}")

    assert time.process_time() - start < 5
    assert re.sub(r"</?mark>", "", marked[0]) == text
