"""Users and groups: for superusers only, and nobody deletes a person who is part of the history."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from reviews.states import GROUPS
from tests.admin.html import read_text

USERS = "/admin/auth/user/"
GROUPS_LIST = "/admin/auth/group/"


@pytest.mark.parametrize("where", [USERS, GROUPS_LIST])
@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 403), ("reviewer", 403), ("publisher", 403), ("nobody", 403), ("superuser", 200)],
)
def test_accounts_are_for_superusers(
    where: str, who: str, status: int, client: Client, db: None, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    client.force_login(user)
    pk = user.pk if where == USERS else Group.objects.get(name="Editors").pk

    for path in ("", "add/", f"{pk}/change/"):
        assert client.get(f"{where}{path}").status_code == status


def test_no_permission_opens_the_accounts(nobody: User, client: Client) -> None:
    nobody.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    client.force_login(nobody)

    page = client.post(f"{USERS}{nobody.pk}/change/", {"username": "nobody", "is_superuser": "on"})

    assert page.status_code == 403
    assert not User.objects.get(pk=nobody.pk).is_superuser


@pytest.mark.parametrize("where", [USERS, GROUPS_LIST])
def test_nobody_deletes_accounts(where: str, editor: User, superuser: User, client: Client) -> None:
    client.force_login(superuser)
    pk = editor.pk if where == USERS else Group.objects.get(name="Editors").pk

    answer = client.post(f"{where}{pk}/delete/", {"post": "yes"})
    client.post(where, {"action": "delete_selected", "_selected_action": pk, "post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(username="editor").exists()
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS)


def test_superuser_makes_an_account_with_a_name_and_a_role(superuser: User, client: Client) -> None:
    client.force_login(superuser)

    client.post(
        f"{USERS}add/",
        {
            "username": "mei",
            "first_name": "Mei",
            "last_name": "Tanaka",
            "email": "mei@example.org",
            "usable_password": "true",
            "password1": "a long enough one",
            "password2": "a long enough one",
            "is_staff": "on",
            "groups": [Group.objects.get(name="Reviewers").pk],
        },
    )

    mei = User.objects.get(username="mei")
    assert (mei.get_full_name(), mei.email, mei.is_staff, mei.has_perm("reviews.review_policy")) == (
        "Mei Tanaka",
        "mei@example.org",
        True,
        True,
    )
    assert client.login(username="mei", password="a long enough one")


def test_list_of_users_names_their_roles(superuser: User, editor: User, client: Client) -> None:
    client.force_login(superuser)

    assert read_text(client.get(USERS), "field-roles") == ["Superuser", "Editors"]


def test_list_of_users_tells_the_time_of_the_place(
    superuser: User, editor: User, client: Client, settings: LazySettings
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    client.force_login(superuser)  # which is a login
    User.objects.filter(pk=superuser.pk).update(last_login=dt.datetime(2026, 2, 3, 18, 5, tzinfo=dt.UTC))

    assert read_text(client.get(USERS), "field-seen") == ["4 Feb 2026, 02:05", "–"]


def test_group_offers_the_permissions_that_are_asked_for(superuser: User, client: Client) -> None:
    client.force_login(superuser)

    page = client.get(f"{GROUPS_LIST}{Group.objects.get(name='Editors').pk}/change/")

    choices = page.context["adminform"].form.fields["permissions"].choices
    assert [label for _, label in choices] == [
        "Can view assignment",
        "Can view comment",
        "Can view conflict",
        "Can view decision",
        "Can view dimension analysis",
        "Can view file question",
        "Can add policy",
        "Can change policy",
        "Can export signed policies",
        "Can import policies from uploaded files",
        "Can review: verdicts, notes and decisions",
        "Can submit policies for review",
        "Can view policy",
        "Can view run",
        "Can view source file",
        "Can view verdict",
    ]
