"""Locks: in one order, so that nobody waits for each other, and who waited sees what is there then."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from reviews.models import Hold, Policy, Skip
from reviews.models.door import Door, open_door
from reviews.services.errors import RefusedError
from reviews.services.holding import hold_policy, take_over_policy
from reviews.services.import_plan import Outcome
from reviews.services.importing import import_policies
from reviews.services.queueing import skip_policy
from reviews.services.recording import end_work, lock_policy
from reviews.services.reviewing import Correction, save_review
from reviews.services.workflow import make_decision
from tests.factories import Folder, decide, get_policy, judge_all, judgement
from tests.services.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_correction_locks_translations_in_the_order_of_verdicts_that_cover_them(
    imported: Policy, folder: Folder, reviewer: User
) -> None:
    """A correction on the second record waits for the first, and holds none meanwhile."""
    chinese = folder.import_policy(language="zh")
    judgements = [
        judgement(chinese, "market", "Seen.", None),
        judgement(chinese, "mrv", "Read.", is_covering_translations=True),
    ]

    def save() -> None:
        saved = save_review(
            chinese.pk,
            judgements,
            corrections=[Correction("market", "New.", chinese.dimensions.get(key="market").evidence)],
            seen_digest=chinese.content_digest,
            seen_version=chinese.version,
            actor=reviewer,
        )
        assert (saved.corrected, saved.review.not_covered) == (("market",), ())

    while_locked(imported, save, free=Policy.objects.filter(pk=chinese.pk))


def test_skip_waits_for_a_decision_and_holds_nothing_that_it_needs(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    judge_all(imported, second_reviewer)
    skip_policy(imported.pk, actor=reviewer)
    hold_policy(get_policy(), actor=reviewer)

    def skip() -> None:
        with pytest.raises(RefusedError, match="there is nothing to skip"):
            skip_policy(imported.pk, actor=reviewer)

    while_locked(
        imported,
        skip,
        free=Skip.objects.all(),
        then=lambda: decide(imported, "verify", second_reviewer),
    )
    assert (Skip.objects.count(), Hold.objects.count()) == (0, 0)


def test_abstaining_leaves_the_hold_of_who_took_over_meanwhile(
    imported: Policy, reviewer: User, second_reviewer: User
) -> None:
    hold_policy(get_policy(), actor=reviewer)
    with transaction.atomic(), open_door(Door.STATE):
        policy = lock_policy(imported.pk)  # read as the reviewer's
        if connection.vendor == "postgresql":  # on a connection of their own
            at_once(lambda: take_over_policy(imported.pk, actor=second_reviewer))
        else:
            take_over_policy(imported.pk, actor=second_reviewer)
        end_work(policy, actor=reviewer, reason="Abstain", at=timezone.now(), is_own_only=True)
    assert Hold.objects.get().person == second_reviewer


def while_locked(
    policy: Policy, act: Callable[[], Any], *, free: QuerySet[Any], then: Callable[[], Any] = lambda: None
) -> None:
    """Run an act that needs a record which is locked here; while it waits, it must have locked none of those rows.

    ``then`` goes first, in the transaction that holds the lock.
    """
    errors: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test shows it
            errors.append(error)
        finally:
            connection.close()

    waiting = threading.Thread(target=run)
    with transaction.atomic():
        lock_policy(policy.pk)
        waiting.start()
        if connection.vendor == "postgresql":  # SQLite locks the whole file
            wait_until_somebody_waits()
            list(free.select_for_update(nowait=True))
        then()
    waiting.join(30)
    assert (errors, waiting.is_alive()) == ([], False)


def test_import_locks_translations_in_the_order_of_verdicts_that_cover_them(folder: Folder) -> None:
    first = folder.import_policy(language="zh")  # by primary key; by path it is the second
    second = folder.import_policy(language="en")
    for language in ("en", "zh"):
        folder.policy(language=language, year=2030)

    def take_in() -> None:
        try:
            assert import_policies([folder.root], actor=None).count(Outcome.UPDATED) == 2
        finally:
            connection.close()

    importing = threading.Thread(target=take_in)
    with transaction.atomic():
        lock_policy(first.pk)
        importing.start()
        if connection.vendor == "postgresql":  # SQLite locks the whole file
            wait_until_somebody_waits()
            list(
                Policy.objects.select_for_update(nowait=True).filter(pk=second.pk)
            )  # it does not hold this one
    importing.join(30)

    assert [get_policy(language=language).year for language in ("en", "zh")] == [2030, 2030]


def wait_until_somebody_waits() -> None:
    """Return once another connection waits for a lock of this one."""
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while not cursor.execute(waiting).fetchone():
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.02)


def test_lock_reads_all_of_the_record_as_it_is_once_the_other_let_go(
    imported: Policy, folder: Folder, reviewer: User
) -> None:
    """Who waited for the lock must not see the sign-off or the file of before."""
    judge_all(imported, reviewer)
    is_locked, may_go = threading.Event(), threading.Event()
    seen: list[Policy] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                lock_policy(imported.pk)
                is_locked.set()
                may_go.wait(20)
                make_decision(imported.pk, "verify", actor=reviewer, seen_digest=imported.content_digest)
        finally:
            connection.close()

    def wait() -> None:
        try:
            is_locked.wait(20)
            with transaction.atomic():
                seen.append(lock_policy(imported.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=hold), threading.Thread(target=wait)]
    for thread in threads:
        thread.start()
    is_locked.wait(20)
    threads[1].join(0.5)  # long enough that it waits for the lock
    may_go.set()
    for thread in threads:
        thread.join(30)

    (policy,) = seen
    assert (policy.review_status, policy.signoff_id) == ("verified", policy.signoff.pk)
    assert {item.key: item.audit_note for item in policy.dimensions.all()} == {
        "market": "Read the source on market.",
        "mrv": "Read the source on mrv.",
    }
