"""What became of the files of a run, as its page says it: groups in order of urgency, with a name and a colour each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reviews.admin import links
from reviews.selectors.export_status import ExportStatus
from reviews.services.runs import RunOutcome

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from reviews.models import RunFile


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that may become of a file; ``planned`` says it of a plan."""

    label: StrOrPromise
    planned: StrOrPromise
    tone: str
    is_failure: bool = False


KINDS = {
    "failed": Kind(_("Could not be written"), "", "red", is_failure=True),
    "refused": Kind(_("Refused"), _("Refused"), "red", is_failure=True),
    "held back": Kind(_("Held back"), "", "amber", is_failure=True),
    "asked": Kind(_("A person is asked"), _("A person will be asked"), "amber"),
    "created": Kind(pgettext_lazy("records", "Added"), _("Will be added"), "green"),
    "updated": Kind(pgettext_lazy("records", "Changed"), _("Will be changed"), "blue"),
    "written": Kind(pgettext_lazy("files", "Written"), "", "green"),
    "ignored": Kind(pgettext_lazy("files", "Ignored"), _("Ignored"), "grey"),
    "unchanged": Kind(pgettext_lazy("files", "Unchanged"), _("Unchanged"), "grey"),
    "not signed": Kind(_("Not signed"), "", "grey"),
}
FIGURES = {
    "conflicts": _("Conflicts"),
    "claimed": _("Claimed"),
    "warnings": _("Warnings"),
}
FILES_WITH = {
    "conflicts": _("Files with conflicts"),
    "claimed": _("Files that claim to be verified"),
    "warnings": _("Files with warnings"),
}
SIDES = {
    "theirs": Kind(_("The file's"), "", "blue"),
    "ours": Kind(_("PolicyHub's"), "", "grey"),
    "both": Kind(_("Both the same"), "", "green"),
    "conflict": Kind(_("Conflict"), "", "amber"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a side changed: what either says, and whose it is now."""

    at: str
    side: str
    kind: Kind
    base: str | None
    theirs: str | None
    ours: str | None
    result: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One file of a run."""

    path: str
    policy_pk: int | None
    name: str
    reason: str
    warnings: Sequence[str]
    values: tuple[Value, ...]
    is_claimed: bool

    @property
    def conflicts(self) -> int:
        """How many of its values both sides changed."""
        return sum(value.side == "conflict" for value in self.values)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many records did not go out; ``url`` leads to those that wait for the same today."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """The files that had one outcome: ``count`` of them, the first of which are ``rows``."""

    key: str
    label: StrOrPromise
    tone: str
    count: int
    rows: tuple[Row, ...]
    reasons: tuple[Reason, ...] = ()

    @property
    def slug(self) -> str:
        """The key as an element's id."""
        return self.key.replace(" ", "-")


def groups_of(
    counts: Mapping[str, int],
    files: Iterable[RunFile | RunOutcome],
    *,
    reasons: Iterable[tuple[str, str, int]] = (),
    is_plan: bool = False,
) -> Iterator[Group]:
    """Yield the groups that hold something, the most urgent first."""
    rows: dict[str, list[Row]] = {}
    for file in files:
        rows.setdefault(str(file.outcome), []).append(row_of(file))
    why: dict[str, list[Reason]] = {}
    for outcome, status, count in reasons:
        reason = Reason(ExportStatus(status).label, count, links.policies(stays=status))
        why.setdefault(outcome, []).append(reason)
    for key, kind in KINDS.items():
        if count := counts.get(key, 0):
            label = kind.planned if is_plan else kind.label
            yield Group(key, label, kind.tone, count, tuple(rows.get(key, ())), tuple(why.get(key, ())))


def noting(files: Iterable[RunOutcome], figure: str) -> list[RunOutcome]:
    """Return those of a plan's files that a further figure counts; of a run, ``selectors.runs.files_noting`` does."""
    counts = {
        "conflicts": lambda row: row.conflicts,
        "claimed": lambda row: row.is_claimed,
        "warnings": lambda row: row.warnings,
    }
    return [file for file in files if counts[figure](row_of(file))]


def row_of(file: RunFile | RunOutcome) -> Row:
    """Return a file as the page shows it."""
    details: Mapping[str, Any] = file.details
    return Row(
        file.path,
        file.policy_pk if isinstance(file, RunOutcome) else file.policy_id,
        file.name,
        file.reason,
        details.get("warnings", ()),
        tuple(_value_of(item) for item in details.get("values", ())),
        bool(details.get("is_claimed")),
    )


def _value_of(item: Mapping[str, Any]) -> Value:
    side = item["side"]
    sides = (item.get(name) for name in ("base", "theirs", "ours", "result"))
    return Value(item["at"], side, SIDES[side], *sides)
