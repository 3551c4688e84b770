"""The File tab: exactly what an export would write now, as a diff against the file; or why nothing goes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews.admin import differences
from reviews.admin.differences import Piece
from reviews.admin.pages import load_policy, render_page
from reviews.admin.reasons import say_reason
from reviews.models import Policy
from reviews.services.errors import RefusedError
from reviews.services.export_report import ExportOutcome, diff_texts
from reviews.services.exporting import preview_policy
from reviews.services.rendering import render_policy

if TYPE_CHECKING:
    from reviews.admin.policies import PolicyAdmin

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_KINDS = {"+": "added", "-": "removed", "@": "hunk", "\\": "mark"}


def urls(model_admin: PolicyAdmin) -> list[URLPattern]:
    """Return the page's address."""
    view = require_safe(partial(file_view, model_admin))
    return [path("<int:pk>/file/", model_admin.admin_site.admin_view(view), name="reviews_policy_file")]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff: ``kind`` is same, added, removed, hunk or mark; the numbers are those in both files."""

    kind: str
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]

    @property
    def sign(self) -> str:
        """What tells the kinds apart without colour."""
        return {"added": "+", "removed": "-"}.get(self.kind, " ")

    @property
    def said(self) -> str:
        """The kind in words, for who does not see the sign."""
        return {"added": _("added"), "removed": _("removed")}.get(self.kind, "")


def file_view(model_admin: PolicyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an export would do with this record now, and where it is not signed, what a signature would change."""
    policy = load_policy(model_admin, request, pk)
    export = preview_policy(policy)
    source = getattr(policy, "source_file", None)
    seen = source and source.history.select_related("history_user").latest("pk")
    pending, refusal = ("", ()) if export.outcome is not ExportOutcome.NOT_SIGNED else _pending(policy)
    return render_page(
        model_admin,
        request,
        "file.html",
        policy=policy,
        tab="file",
        context={
            "export": export,
            "is_signed": export.outcome is not ExportOutcome.NOT_SIGNED,
            "lines": diff_lines(export.diff),
            "pending": diff_lines(pending),
            "refusal": refusal,
            "source": source,
            "seen": seen,
            "seen_reason": say_reason(seen.history_change_reason or "") if seen else "",
            "signoff": policy.signoff,
        },
    )


def _pending(policy: Policy) -> tuple[str, tuple[str, ...]]:
    """Return the diff between the file as last seen and the record as it would be signed, or why there is none.

    Reviewer and date stay what they are: they are the signer's.
    """
    source = getattr(policy, "source_file", None)
    try:
        text = render_policy(policy, is_signed=True)
    except RefusedError as error:
        return "", error.reasons
    return diff_texts(source.text if source else "", text, policy.file_path), ()


def diff_lines(diff: str) -> list[DiffLine]:
    """Return a unified diff's lines without its two names of the file; what changed within a line is marked."""
    runs = [list(run) for _, run in groupby(_numbered(diff), key=lambda line: line.kind)]
    for removed, added in pairwise(runs):
        if removed[0].kind == "removed" and added[0].kind == "added" and len(removed) == len(added):
            pairs = [_marked(*pair) for pair in zip(removed, added, strict=True)]
            removed[:], added[:] = ([pair[side] for pair in pairs] for side in (0, 1))
    return [line for run in runs for line in run]


def _numbered(diff: str) -> Iterator[DiffLine]:
    old = new = 0
    for line in diff.split("\n")[2:-1]:
        kind = _KINDS.get(line[0], "same")
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
        is_text = kind in ("same", "removed", "added")
        is_old, is_new = is_text and kind != "added", is_text and kind != "removed"
        text = line[1:].removesuffix("\r") if is_text else line
        yield DiffLine(kind, old if is_old else None, new if is_new else None, (Piece("same", text),))
        old, new = old + is_old, new + is_new


def _marked(removed: DiffLine, added: DiffLine) -> tuple[DiffLine, DiffLine]:
    """Return both lines with the words in which they differ marked, where they have some in common."""
    pieces = tuple(differences.diff_texts(removed.pieces[0].text, added.pieces[0].text))
    if all(piece.kind != "same" for piece in pieces):
        return removed, added
    return (
        replace(removed, pieces=tuple(piece for piece in pieces if piece.kind != "added")),
        replace(added, pieces=tuple(piece for piece in pieces if piece.kind != "removed")),
    )
