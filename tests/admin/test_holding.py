"""What the review page sends while somebody works on a record, and what it is answered."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from reviews.models import Hold, Policy
from reviews.models.door import Door, open_door
from reviews.services.holding import hold_policy, take_over_policy
from tests.factories import verify


def ping(client: Client, policy: Policy) -> tuple[int, dict[str, object]]:
    answer = client.post(f"/admin/reviews/policy/{policy.pk}/hold/")
    return answer.status_code, answer.json() if answer.status_code == 200 else {}


def until() -> str:
    return date_format(localtime(Hold.objects.get().until), "TIME_FORMAT")


def test_ping_renews_the_hold(imported: Policy, reviewer: User, client: Client) -> None:
    client.force_login(reviewer)
    hold_policy(imported, actor=reviewer)
    soon = timezone.now() + dt.timedelta(minutes=1)
    with open_door(Door.CONTENT):
        Hold.objects.update(until=soon)

    answer = ping(client, imported)

    assert answer == (200, {"is_waiting": True, "is_mine": True, "by": "Rosa Lindqvist", "until": until()})
    assert Hold.objects.get().until > soon


@pytest.mark.parametrize(("minutes", "seconds"), [(1, 20), (6, 120), (30, 180)])
def test_page_says_how_often_to_ping_so_that_no_hold_runs_out_under_who_works(
    imported: Policy, reviewer: User, client: Client, settings: LazySettings, minutes: int, seconds: int
) -> None:
    settings.POLICYHUB_HOLD_MINUTES = minutes
    client.force_login(reviewer)

    page = client.get(f"/admin/reviews/policy/{imported.pk}/review/").content.decode()

    assert f'/admin/reviews/policy/{imported.pk}/hold/" data-renew="{seconds}"' in page


def test_ping_tells_who_lost_the_record_who_has_it_and_takes_nothing_back(
    imported: Policy, reviewer: User, second_reviewer: User, client: Client
) -> None:
    client.force_login(reviewer)
    hold_policy(imported, actor=reviewer)
    take_over_policy(imported.pk, actor=second_reviewer)

    for _ in range(2):
        answer = ping(client, imported)
        assert answer == (200, {"is_waiting": True, "is_mine": False, "by": "伟 张", "until": until()})


def test_ping_tells_that_the_record_waits_no_more(
    imported: Policy, reviewer: User, second_reviewer: User, client: Client
) -> None:
    client.force_login(reviewer)
    hold_policy(imported, actor=reviewer)
    verify(imported, second_reviewer)

    assert ping(client, imported) == (200, {"is_waiting": False, "is_mine": False, "by": "", "until": ""})
    assert Hold.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 200), ("superuser", 200), ("editor", 403), ("publisher", 403), ("nobody", 403)],
)
def test_ping_is_for_reviewers(
    who: str, status: int, imported: Policy, client: Client, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))

    assert ping(client, imported)[0] == status
    assert client.post("/admin/reviews/policy/999999/hold/").status_code == (404 if status == 200 else 403)
    assert client.get(f"/admin/reviews/policy/{imported.pk}/hold/").status_code == 405
    assert Hold.objects.count() == (status == 200)
