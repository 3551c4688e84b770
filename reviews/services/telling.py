"""What a merge did to a value, as people read it: in a plan, in a report, on the page of a run."""

from __future__ import annotations

import json
from os.path import commonprefix
from typing import Any

from django.utils.translation import gettext as _

from reviews.documents import REMOVED, KeyPath, is_same
from reviews.merge import MergedValue, Misfit, Side
from reviews.schema import DIMENSION_FIELDS, POLICY_FIELDS, listed

LONGEST_SHOWN = 60  # characters of a value that a message repeats
_LONGEST_KEPT = 160  # characters of one that a run keeps
_LEAD = 20  # characters before the first difference of two long values
_KEYS = {row.name: row.dotted for row in POLICY_FIELDS}
_KEYS_OF_DIMENSION = {row.name: row.dotted for row in DIMENSION_FIELDS}


def shown(value: object) -> str:
    """Return a value as a message repeats it: cut where it is long."""
    return _cut(_text_of(value))


def key_of(at: KeyPath) -> str:
    """Return a place of a record as its file has it: ``analysis.market.auditNote``."""
    parts = [str(part) for part in at if part not in ("extra", "misfits")]
    if at[0] == "analysis":
        parts[2:] = [_KEYS_OF_DIMENSION.get(part, part) for part in parts[2:]]
    elif at[0] not in ("extra", "misfits"):
        parts[0] = _KEYS.get(parts[0], parts[0])
    return ".".join(parts)


def tell_value(value: MergedValue) -> str:
    """Return one sentence on a merged value: whose it is, and what the other side says."""
    base, theirs, ours, result = map(_quoted, _excerpts(value.base, value.theirs, value.ours, value.result))
    said = {
        Side.THEIRS: _("%(key)s: the file's %(theirs)s (here still %(ours)s)"),
        Side.OURS: _("%(key)s: %(ours)s stays (the file says %(theirs)s)"),
        Side.CONFLICT: _(
            "conflict %(key)s: the file says %(theirs)s, here stands %(ours)s, before both %(base)s"
        ),
        Side.BOTH: _("%(key)s: merged of both, %(result)s"),
    }[value.side]
    if value.side is Side.BOTH and is_same(value.theirs, value.ours):
        said = _("%(key)s: both say %(result)s")
    elif value.side is Side.THEIRS and not _text_of(value.theirs):
        said = _("%(key)s: taken out of the file (here still %(ours)s)")
        if not _text_of(value.ours):
            said = _("%(key)s: taken out of the file, where it was empty")
    elif value.side is Side.THEIRS and not _text_of(value.ours):
        said = _("%(key)s: the file's %(theirs)s (nothing here yet)")
    sides = {"base": base, "theirs": theirs, "ours": ours, "result": result}
    return said % {"key": key_of(value.at), **sides}


def value_details(value: MergedValue) -> dict[str, str]:
    """Return a merged value as a run keeps it: place, side, and what each says, cut, left out where it says nothing."""
    sides = {"base": value.base, "theirs": value.theirs, "ours": value.ours, "result": value.result}
    cut = zip(sides, _excerpts(*sides.values(), longest=_LONGEST_KEPT), strict=True)
    said = {name: text for name, text in cut if sides[name] is not REMOVED}
    return {"at": key_of(value.at), "side": value.side.value, **said}


def _excerpts(*values: Any, longest: int = LONGEST_SHOWN) -> list[str]:
    """Return values on one line, cut where they are long: then from shortly before where they differ."""
    texts = [_folded(value) for value in values]
    said = list({text for text in texts if text})
    is_cut_amid = len(said) > 1 and max(map(len, said)) > longest
    same = commonprefix(said)  # noqa: RUF071 - of letters, and no paths
    start = len(same) - _LEAD if is_cut_amid else 0
    return [_cut(text, start, longest) for text in texts]


def _quoted(text: str) -> str:
    return _("“%(value)s”") % {"value": text} if text else _("nothing")


def _cut(text: str, start: int = 0, longest: int = LONGEST_SHOWN) -> str:
    if len(text) <= longest:
        return text
    text = f"…{text[start:]}" if start > 0 else text
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _text_of(value: Any) -> str:
    if isinstance(value, Misfit):
        value = value.raw
    if value is REMOVED or value in (None, "", [], {}):
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return listed(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _folded(value: Any) -> str:
    return " ".join(_text_of(value).split())
