"""What checks find between records: translations, supersession, titles, and notes that repeat."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from reviews.quality.phrases import is_chinese
from reviews.quality.records import (
    MOST_PARTNERS,
    NOTE_REPEATS,
    Outline,
    Spot,
    Surroundings,
    shorten,
    title_key,
)

# Words for one and the same legal status; those that no row has are compared as they are.
_SAME_STATUS = (
    ("active", "in force", "effective", "enacted", "现行", "现行有效", "有效", "生效", "已生效", "施行中"),
    ("planned", "计划中", "规划中", "拟议"),
    ("proposed", "proposal", "提议", "提案", "拟议中"),
    ("upcoming", "forthcoming", "即将实施", "即将施行", "即将生效"),
    ("under development", "in development", "制定中", "起草中", "开发中"),
    ("draft", "草案"),
    ("draft for public comment", "征求意见稿"),
    ("adopted", "passed", "已通过"),
    ("awarded", "已授予"),
    ("superseded", "replaced", "已被取代", "已取代"),
    ("repealed", "revoked", "废止", "已废止"),
    ("expired", "失效", "已失效"),
    ("suspended", "暂停", "中止"),
    ("completed", "已完成"),
)
_STATUS = {word: row[0] for row in _SAME_STATUS for word in row}


def no_translation(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """Languages in which the policy should stand, and does not."""
    there = {item.language for item in around.by_id.get(record.policy_id, ())}
    return (Spot("", language) for language in around.languages if language not in there)


def other_score(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """Dimensions that a translation scores otherwise, or not at all."""
    for other in around.translations_of(record):
        for key, score in record.scores.items():
            theirs = other.scores.get(key)
            if score != theirs:
                yield Spot(key, f"{_shown(score)} ≠ {_shown(theirs)} ({other.language})")


def other_status(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """A legal status that a translation does not share."""
    for other in around.translations_of(record):
        if _is_other_status(record.status, other.status):
            yield Spot("", f"{shorten(record.status)} ≠ {shorten(other.status)} ({other.language})")


def other_source(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """A source that a translation does not share: its link, or its name where that is written in the same script."""
    for other in around.translations_of(record):
        for mine, theirs in ((record.url.strip(), other.url.strip()), (record.source, other.source)):
            if (
                mine != theirs
                and title_key(mine) != title_key(theirs)
                and is_chinese(mine) == is_chinese(theirs)
            ):
                yield Spot("", f"{shorten(mine) or '–'} ≠ {shorten(theirs) or '–'} ({other.language})")


def unknown_partner(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """Ids that the record supersedes or that supersede it, and that no record has."""
    return (Spot("", shorten(policy_id)) for policy_id in _partners(record) if policy_id not in around.by_id)


def silent_partner(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """Records that this one says it supersedes, or is superseded by, and that do not say so of it."""
    for policy_id in _partners(record):
        other = around.partner_of(record, policy_id)
        if other is None:
            continue
        is_mutual = (policy_id not in record.supersedes or other.superseded_by == record.policy_id) and (
            policy_id != record.superseded_by or record.policy_id in other.supersedes
        )
        if not is_mutual:
            yield Spot("", shorten(policy_id))


def same_title(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """Another policy with the same title in the same language; the first of them where there are several."""
    ids = around.ids_by_title.get((record.language, title_key(record.title)), ())
    others = (Spot("", policy_id) for policy_id in ids if policy_id != record.policy_id)
    return islice(others, 1)


def repeated_note(record: Outline, around: Surroundings) -> Iterator[Spot]:
    """Audit notes that stand word for word on five or more records."""
    return (Spot(key) for key, note in record.notes.items() if around.notes.get(note, 0) >= NOTE_REPEATS)


def _partners(record: Outline) -> list[str]:
    named = (record.superseded_by, *record.supersedes[:MOST_PARTNERS])
    return [policy_id for policy_id in dict.fromkeys(item.strip() for item in named) if policy_id]


def _is_other_status(mine: str, theirs: str) -> bool:
    if mine == theirs or (a := title_key(mine)) == (b := title_key(theirs)):
        return False
    if a in _STATUS and b in _STATUS:
        return _STATUS[a] != _STATUS[b]
    return is_chinese(a) == is_chinese(b)  # a translation that the table does not know may well say the same


def _shown(score: float | None) -> str:
    return "–" if score is None else f"{score:g}"
