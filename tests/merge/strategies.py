"""Generated records: one, and what a side makes of it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from reviews.schema import PolicyValues, read_policy
from tests.schema.strategies import ANYTHING, KEYS, front_matters

LINES = st.sampled_from(["", "a", "b", "c", "d", "# head", "中文"])
TEXTS = st.lists(LINES, max_size=7).map("\n".join)
IDS = st.lists(st.sampled_from("abcdefg"), max_size=5, unique=True)
NAMES = st.sampled_from(["market", "mrv", "strategic", "my own"])

# Places that a side changes, and to what: as the front matter has them.
EDITS: dict[tuple[str, ...], st.SearchStrategy[Any]] = {
    ("title",): TEXTS.map(lambda text: text or "t"),
    ("description",): TEXTS | ANYTHING,
    ("year",): st.integers(1990, 2030) | st.sampled_from(["soon", True, None]),
    ("pubDate",): st.dates().map(str) | st.sampled_from(["soon", ""]),
    ("sectors",): IDS | st.just("one"),
    ("regulatory",): st.dictionaries(KEYS, TEXTS, max_size=3) | st.just("none"),
    ("evolution", "clusters"): IDS,
    ("evolution", "note"): ANYTHING,
    ("tags",): IDS | st.dictionaries(KEYS, IDS | TEXTS, max_size=3),
    ("reviewStatus",): st.sampled_from(["draft", "verified", ""]),
    ("provenance", "reviewer"): st.sampled_from(["Ada", "Bo", ""]),
    ("provenance", "lastAuditDate"): st.sampled_from(["2026-01-01", "2026-02-01", "later"]),
}
CLAIM_EDITS: dict[str, st.SearchStrategy[Any]] = {
    "score": st.integers(0, 3) | st.sampled_from([0.5, "high"]),
    "evidence": TEXTS,
    "auditNote": TEXTS | st.just(["odd"]),
    "further": ANYTHING,
}


@st.composite
def changed(draw: st.DrawFn, values: dict[str, Any]) -> dict[str, Any]:
    """The front matter with some values changed, added and taken out."""
    values = deepcopy(values)
    for key in draw(st.lists(st.sampled_from(list(EDITS)), max_size=4, unique=True)):
        place = values
        for part in key[:-1]:
            place = place.setdefault(part, {})
        place[key[-1]] = draw(EDITS[key])
    analysis = values.setdefault("analysis", {})
    for name in draw(st.lists(NAMES, max_size=2, unique=True)):
        what = draw(st.sampled_from(["set", "set", "set", "remove", "odd"]))
        if what == "remove":
            analysis.pop(name, None)
        elif what == "odd":
            analysis[name] = draw(st.sampled_from([5, "odd"]))
        else:
            entry = analysis[name] if isinstance(analysis.get(name), dict) else {}
            keys = draw(st.lists(st.sampled_from(list(CLAIM_EDITS)), min_size=1, max_size=3, unique=True))
            analysis[name] = {**entry, **{key: draw(CLAIM_EDITS[key]) for key in keys}}
    if draw(st.booleans()):
        names = draw(st.permutations(list(analysis)))
        values["analysis"] = {name: analysis[name] for name in names}
    return values


@st.composite
def versions(draw: st.DrawFn) -> tuple[PolicyValues, PolicyValues, PolicyValues]:
    """A base, and two records that were made of it."""
    values = {
        key: item
        for key, item in draw(front_matters()).items()
        if key not in ("analysis", "evolution", "provenance")
    }
    values = draw(changed(values))
    base, theirs, ours = ((draw(changed(values)) if side else values) for side in range(3))
    return tuple(read_policy(side, draw(TEXTS)) for side in (base, theirs, ours))  # type: ignore[return-value]
