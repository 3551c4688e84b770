"""The account in whose name a command runs, for the history; without one, nobody is named."""

from __future__ import annotations

from argparse import ArgumentParser

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def add_user_option(parser: ArgumentParser) -> None:
    """Give a command the option ``--user``."""
    parser.add_argument(
        "--user",
        metavar="USERNAME",
        help="the account whose run it is, for the history; without one the history names nobody",
    )


def find_user(username: str | None) -> User | None:
    """Return the account of this name, nobody where none is given. Raises ``CommandError``."""
    if username is None:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(
            f"There is no active account “{username}”: nothing was done. Name another, or none."
        )
    return user
