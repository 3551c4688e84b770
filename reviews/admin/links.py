"""Numbers that lead to the lists that they count, and the addresses of these lists with their filters."""

from __future__ import annotations

from functools import cache

from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

KEPT = "kept"  # as a state in the address: all but the retired


def count(number: int, url: str, label: str = "") -> SafeString:
    """Return a number that leads to the list that it counts; nothing leads nowhere."""
    if not number:
        return format_html('<span class="count">{}</span>', number)
    said = format_html(' aria-label="{}: {}"', label, number) if label else ""
    return format_html('<a class="count" href="{}"{}>{}</a>', url, said, number)


def policies(**filters: str | int) -> str:
    """Return the address of the list of policies with these filters."""
    return f"{_list('policy', get_script_prefix())}?{urlencode(filters)}"


def kept(**filters: str | int) -> str:
    """Return the address of the list of policies that are not retired, with these filters."""
    return policies(**filters, state=KEPT)


def decisions(**filters: str | int) -> str:
    """Return the address of the list of decisions with these filters."""
    return f"{_list('decision', get_script_prefix())}?{urlencode(filters)}"


def verdicts(**filters: str | int) -> str:
    """Return the address of the list of verdicts with these filters."""
    return f"{_list('verdict', get_script_prefix())}?{urlencode(filters)}"


def comments(**filters: str | int) -> str:
    """Return the address of the list of comments with these filters."""
    return f"{_list('comment', get_script_prefix())}?{urlencode(filters)}"


@cache
def _list(noun: str, _prefix: str) -> str:
    """Return the list's address, looked up once for each place at which the site is mounted: a map has 200 of them."""
    return reverse(f"admin:reviews_{noun}_changelist")
