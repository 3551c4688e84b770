"""A database of the release before the audit trail is brought up to this one: its decisions make a whole trail."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import DatabaseError, connections, models
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from policyhub.settings import env, tuned
from reviews.models import Decision, Policy, TrailHead, Verdict
from reviews.models.triggers import missing_triggers
from reviews.schema import digest_policy, digest_text
from reviews.selectors.trail import check_trail

BEFORE = ("reviews", "0004_workbench_rows")


class OnOld:
    """Every query goes to the database of the earlier release."""

    def db_for_read(self, *_: Any, **hints: Any) -> str:
        return "old"

    db_for_write = db_for_read


@pytest.fixture
def old(
    make_database: Callable[[str], str], settings: LazySettings, django_db_blocker: DjangoDbBlocker
) -> Iterator[Any]:
    """The models as they were, on an empty database that is as it was."""
    database = tuned(env.db_url_config(make_database("old")))
    connections.databases["old"] = {**connections["default"].settings_dict, **database}
    settings.DATABASE_ROUTERS = [OnOld()]
    with django_db_blocker.unblock():
        call_command("migrate", *BEFORE, database="old", verbosity=0)
        yield MigrationExecutor(connections["old"]).loader.project_state([BEFORE]).apps
        connections["old"].close()
    del connections.databases["old"]


def test_decisions_of_the_release_before_make_a_whole_trail(
    old: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of their keys, also where a clock stepped back; a verdict before the decision of its moment."""
    noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    minute = dt.timedelta(minutes=1)
    digest = digest_policy("act", "en", Policy(policy_id="act", language="en", title="Act").to_values([]), {})
    person = old.get_model("auth", "User").objects.create(username="rosa")
    said = {"actor": person, "actor_name": "Rosa Lindqvist", "content_digest": digest}
    said["policy"] = policy = old.get_model("reviews", "Policy").objects.create(
        policy_id="act", language="en", title="Act", content_digest=digest, updated_at=noon
    )
    for at, note in ((noon, "First."), (noon - minute, "The clock stepped back."), (noon + minute, "Third.")):
        old.get_model("reviews", "Verdict").objects.create(
            dimension_key="market", kind="accepted", note=note, created_at=at, **said
        )
    policy.signoff = old.get_model("reviews", "Decision").objects.create(
        transition="verify", from_state="in_review", to_state="verified", signed_text="x",
        signed_text_digest=digest_text("x"), created_at=noon + minute, **said,
    )  # fmt: skip
    policy.review_status, policy.signed_digest = "verified", digest
    policy.save()

    call_command("migrate", database="old", verbosity=0)

    entries = [
        *Verdict.objects.values_list("trail_number", "note"),
        *Decision.objects.values_list("trail_number", "transition"),
    ]
    assert sorted(entries) == [(1, "First."), (2, "The clock stepped back."), (3, "Third."), (4, "verify")]
    assert TrailHead.objects.get().hash == Decision.objects.get().trail_hash
    report = check_trail()
    assert (report.number, report.signed, report.faults) == (4, 1, ())

    call_command(
        "migrate", *BEFORE, database="old", verbosity=0
    )  # back, which takes the trail away, and again
    call_command("migrate", database="old", verbosity=0)

    assert check_trail() == report

    call_command("migrate", "reviews", "0007_trail_is_whole", database="old", verbosity=0)

    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(MigrationExecutor, "apply_migration", fail)
        with pytest.raises(DatabaseError, match="no space left"):
            call_command("migrate", database="old", verbosity=0)
    assert missing_triggers("old") == []  # one that fails leaves the trail guarded

    field = Verdict._meta.get_field("dimension_key")
    longer: models.CharField[str, str] = models.CharField(max_length=65)
    longer.set_attributes_from_name("dimension_key")
    # On SQLite the table is made anew, and has no triggers then.
    with connections["old"].schema_editor() as editor:
        editor.alter_field(Verdict, field, longer)
    call_command("migrate", database="old", verbosity=0)
    assert missing_triggers("old") == []
    assert check_trail() == report
