"""Figures and dates in evidence, marked for the eye: what a reviewer compares with the source first."""

from __future__ import annotations

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from reviews.schema.marks import AI_MARK

# Seven groups at most: a text of nothing but groups is read once, not once from each of them.
_NUMBER = r"(?:\d{1,3}(?:[ \u202f\u00a0]\d{3}){1,6}|\d+(?:[,.]\d{3}){0,6})(?:\.\d+)?"
_CURRENCY = (
    r"(?:(?:US|CA|AU|NZ|HK|C|A|S)?\$|[€£¥￥]|(?:USD|EUR|GBP|CNY|RMB|NOK|SEK|DKK|CAD|AUD|JPY|SGD|IDR)\s)"
)
_SCALE = r"(?:\s?(?:trillion|billion|million|thousand|bn|mn)\b)"
_UNIT = (
    r"(?:\s?(?:[%％‰]|°C|º?°F)"
    r"|(?:\s|-)?(?:per\s?cent|percent|percentage\spoints?"
    r"|(?:metric\s)?(?:mega|giga|kilo)?tonn?e?s?|(?:[GMk]?t)(?:/?(?:CO2e?|CO₂e?))?(?:/yr|/y|/a|pa)?"
    r"|[TGMk]Wh?|km|metres?|meters?|miles?|feet|bars?|[MG]Pa|acres?|hectares?"
    r"|years?|months?|weeks?|days?|hours?|dollars?|euros?|pounds?|yuan|kroner"
    r"|USD|EUR|GBP|CNY|RMB|NOK|SEK|DKK|CAD|AUD|JPY|SGD)(?![\w-]))"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_HAN_DATE = (
    r"\d{2,4}\s?年(?:底|初|末)?(?:\s?\d{1,2}\s?月(?:底|初|末)?(?:\s?\d{1,2}\s?[日号])?)?"
    r"|\d{1,2}\s?月\s?\d{1,2}\s?[日号]"
)
_HAN_UNIT = (
    r"\s?(?:[十百千万亿]+\s?)?(?:美元|欧元|英镑|日元|加元|澳元|港元|新元|克朗|人民币|元|公吨|吨|千克|公斤|公里|千米|米"
    r"|平方公里|立方米|千瓦时|兆瓦时|千瓦|兆瓦|吉瓦|个百分点|[%％]|倍|个月|个?工作日|年|月|天|周|小时|个|项|家|座|处|口)"
    r"|\s?[十百千万亿]+"
)
_FIGURE = re.compile(
    rf"""
    \b\d{{1,2}}\s{_MONTH}\s\d{{4}}\b | \b{_MONTH}\s(?:\d{{1,2}}(?:,\s|\s))?\d{{4}}\b   # 3 October 2008, July 2025
    | \b\d{{4}}-\d{{2}}-\d{{2}}\b                                                        # 2026-01-31
    | {_HAN_DATE}
    | {_CURRENCY}\s?{_NUMBER}(?:\s?[-–]\s?{_NUMBER})?(?:{_SCALE})?
    | (?<![\w.§]){_NUMBER}(?:\s?(?:[-–~～至]|to)\s?{_NUMBER})?(?:{_SCALE}(?:{_UNIT})?|{_UNIT}|{_HAN_UNIT})
    | (?<![\w.,/§-])(?:1[89]|20)\d{{2}}(?:\s?[-–/]\s?(?:1[89]|20)?\d{{2}})?(?![\w/.-]*\d)(?!\w)     # a year
    """.replace(r"\s", r"[ \u00a0]"),
    re.VERBOSE | re.ASCII,
)
_LEADING_MARK = re.compile(rf"\s*[\[【(（]\s*(?:{AI_MARK.pattern})\s*[\]】)）]\s*[:：]?\s*")


def mark_figures(text: str) -> SafeString:
    """Return the text as HTML, escaped, with its figures, years and dates in ``<mark>``."""
    parts, end = [], 0
    for found in _FIGURE.finditer(text):
        parts += [escape(text[end : found.start()]), "<mark>", escape(found[0]), "</mark>"]
        end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 - every part of the text is escaped


def without_mark(text: str) -> str:
    """Return evidence without the mark "[AI-Generated]" at its beginning: pages show a badge instead."""
    return _LEADING_MARK.sub("", text, count=1) if _LEADING_MARK.match(text) else text
