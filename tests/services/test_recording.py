"""A version is a moment: its rows share one time stamp, and later versions have later ones."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reviews.models import DimensionAnalysis, Policy
from reviews.models.door import Door, open_door
from reviews.selectors.versions import versions_of
from reviews.services.recording import next_moment, record_revision
from tests.factories import get_policy, judge_all

pytestmark = pytest.mark.django_db


def test_rows_of_one_version_share_one_moment(imported: Policy, reviewer: User) -> None:
    judge_all(imported, reviewer)
    policy = get_policy()
    moments = {policy.history.latest().history_date, policy.updated_at}
    moments |= {row.history_date for row in DimensionAnalysis.history.filter(history_type="~")}
    assert len(moments) == 1


def test_versions_stay_in_order_where_the_clock_steps_back(imported: Policy, editor: User) -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    with open_door(Door.CONTENT):
        imported.updated_at = tomorrow  # as a clock that ran ahead would have left it
        for title in ("Second", "Third"):
            imported.title = title
            record_revision(imported, dimensions=list(imported.dimensions.all()), actor=editor, reason=title)
    assert [(item.number, item.values.fields["title"]) for item in versions_of(get_policy())] == [
        (1, "Storage Act"),
        (2, "Second"),
        (3, "Third"),
    ]
    assert imported.updated_at == tomorrow + dt.timedelta(microseconds=2)


def test_version_takes_the_moment_that_it_is_given(imported: Policy, editor: User) -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    imported.updated_at = tomorrow
    moment = next_moment(imported)
    with open_door(Door.CONTENT):
        record_revision(
            imported, dimensions=list(imported.dimensions.all()), actor=editor, reason="x", at=moment
        )

    assert (moment, imported.updated_at) == (tomorrow + dt.timedelta(microseconds=1), moment)
    assert imported.history.latest().history_date == moment


def test_first_moment_of_a_record_is_now() -> None:
    before = timezone.now()

    assert before <= next_moment(Policy(policy_id="new")) <= timezone.now()
