"""The timeline of a record: revisions, decisions, verdicts and comments, and what changed between two moments."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reviews.models import Comment, Decision, Policy, Verdict
from reviews.schema import Change, PolicyValues, compare_values, read_policy
from reviews.selectors.versions import Version, versions_of
from reviews.states import TRANSITIONS_BY_NAME


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, by name only: cheap enough to have all of a record at once."""

    at: dt.datetime
    version: int | None = None
    decision_pk: int | None = None
    verdict_pk: int | None = None
    comment_pk: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, in full. A decision comes with the revision that it made, if it made one."""

    at: dt.datetime
    version: Version | None
    changes: tuple[Change, ...]
    decision: Decision | None
    verdict: Verdict | None
    comment: Comment | None


def moments_of(policy: Policy) -> list[Moment]:
    """Return all that happened to a record, newest first, in four queries that load no text."""
    versions = list(
        policy.history.filter(history_type__in="+~")
        .order_by("version")
        .values_list("history_date", "version")
    )
    dates = [at for at, _ in versions]
    moments = {number: Moment(at, version=number) for at, number in versions}
    alone = []
    for pk, at, name in policy.decisions.values_list("pk", "created_at", "transition"):
        if TRANSITIONS_BY_NAME[name].target is None:  # it moved nothing, so it made no revision
            alone.append(Moment(at, decision_pk=pk))
            continue
        # The record is locked from a decision to its revision, so its revision is the next one.
        made, number = versions[min(bisect_left(dates, at), len(versions) - 1)]
        moments[number] = Moment(made, version=number, decision_pk=pk)
    verdicts = [Moment(at, verdict_pk=pk) for pk, at in policy.verdicts.values_list("pk", "created_at")]
    said = [Moment(at, comment_pk=pk) for pk, at in policy.comments.values_list("pk", "created_at")]
    return sorted(
        [*verdicts, *said, *alone, *moments.values()],
        key=lambda item: (item.at, item.verdict_pk or 0),
        reverse=True,
    )


def entries_of(policy: Policy, moments: Sequence[Moment]) -> list[Entry]:
    """Return these moments in full, in the same order, in five queries however many there are.

    ``changes`` are those since the version before, review fields among them; of the first version, all
    that it came with.
    """
    numbers = [item.version for item in moments if item.version is not None]
    versions = versions_of(policy, first=min(numbers) - 1, last=max(numbers)) if numbers else []
    by_number = {item.number: item for item in versions}
    decisions = policy.decisions.in_bulk([item.decision_pk for item in moments if item.decision_pk])
    verdicts = policy.verdicts.select_related("covered_by__policy").in_bulk(
        [item.verdict_pk for item in moments if item.verdict_pk]
    )
    comments = policy.comments.in_bulk([item.comment_pk for item in moments if item.comment_pk])
    return [
        Entry(
            item.at,
            by_number[item.version] if item.version else None,
            _changes(by_number, item.version) if item.version else (),
            decisions[item.decision_pk] if item.decision_pk else None,
            verdicts[item.verdict_pk] if item.verdict_pk else None,
            comments[item.comment_pk] if item.comment_pk else None,
        )
        for item in moments
    ]


def _changes(versions: dict[int, Version], number: int) -> tuple[Change, ...]:
    before: PolicyValues = versions[number - 1].values if number - 1 in versions else read_policy({}, "")
    return compare_values(before, versions[number].values, with_review=True)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A value that changed since a version, and the revision that changed it last."""

    change: Change
    version: Version


def changed_since(
    policy: Policy, version: int, *, until: int | None = None, with_review: bool = False
) -> list[Meanwhile]:
    """Return each value of the content that differs between that version and a later one, or the newest.

    What was changed and changed back is not among them; review fields are only ``with_review``.
    """
    versions = versions_of(policy, first=version, last=until)
    last = {
        change.at: after
        for before, after in pairwise(versions)
        for change in compare_values(before.values, after.values, with_review=with_review)
    }
    net = compare_values(versions[0].values, versions[-1].values, with_review=with_review) if versions else ()
    return [Meanwhile(change, last[change.at]) for change in net]
