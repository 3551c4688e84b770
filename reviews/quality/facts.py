"""What checks find in a record's own facts: source, dates, reviewer, description and body."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviews.quality.phrases import plain_text, tokens_of
from reviews.quality.records import AUDIT_LASTS, Record, Spot, shorten
from reviews.schema import is_person
from reviews.states import State

SHORTEST_BODY = 220  # characters
SHORTEST_CHINESE_BODY = 120
COMPARED = 200  # characters of a description
LEAST_SHARED = 1 / 4  # of its words, with twice as much of the body
_LINK = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
# Nothing after the host but a language: https://ens.dk/en/
_FRONT_PAGE = re.compile(r"https?://[^/?#]+(?:/(?:[a-z]{2}(?:-[a-z]{2,4})?)?)?/?", re.IGNORECASE)

Spots = Iterable[Spot]


def no_source_link(record: Record) -> Spots:
    """A source link that is missing, or none that a browser opens."""
    url = record.values.fields["url"].strip()
    return () if _LINK.fullmatch(url) else (Spot("", shorten(url)),)


def front_page_link(record: Record) -> Spots:
    """A source link that leads to the front page of a site, not to the document."""
    url = record.values.fields["url"].strip()
    return (Spot("", shorten(url)),) if _FRONT_PAGE.fullmatch(url) else ()


def other_year(record: Record) -> Spots:
    """A year unlike that of the publication date."""
    year, published = record.values.fields["year"], record.values.fields["pub_date"]
    if year is None or published is None or year == published.year:
        return ()
    return (Spot("", f"{year} ≠ {published}"),)


def reviewer_is_nobody(record: Record) -> Spots:
    """A reviewer that names no person; to name none is all right until the file says verified."""
    fields = record.values.fields
    reviewer = fields["reviewer"].strip()
    if (reviewer or fields["file_status"] == State.VERIFIED) and not is_person(reviewer):
        return (Spot("", shorten(reviewer)),)
    return ()


def claimed(record: Record) -> Spots:
    """A file that says verified, while no decision backs it."""
    return (Spot(""),) if record.is_claimed else ()


def old_audit(record: Record) -> Spots:
    """A last audit that is more than a year ago."""
    audited = record.values.fields["last_audit_date"]
    return (Spot("", str(audited)),) if audited and record.today - audited > AUDIT_LASTS else ()


def short_body(record: Record) -> Spots:
    """A body under 220 characters, or 120 in Chinese."""
    shortest = SHORTEST_CHINESE_BODY if record.language.startswith("zh") else SHORTEST_BODY
    length = len(record.values.body.strip())
    return (Spot("", str(length)),) if length < shortest else ()


def other_description(record: Record) -> Spots:
    """A description with which the body does not begin: neither word for word nor in a quarter of its words."""
    description, body = record.values.fields["description"].strip(), record.values.body.lstrip()
    if not (description and body) or body.startswith(description):
        return ()
    description = plain_text(description[:COMPARED]).rstrip("…. ")
    beginning = plain_text(body[: 2 * COMPARED])
    if beginning.startswith(description):
        return ()
    words = tokens_of(description)
    shared = words & tokens_of(beginning[: 2 * len(description)])
    return (Spot(""),) if len(shared) < LEAST_SHARED * len(words) else ()
