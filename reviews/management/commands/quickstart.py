"""`manage.py quickstart`: from a fresh checkout to a running PolicyHub, with an account for each role."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account. It has a full name because a file names its reviewer by it."""

    username: str
    first_name: str
    last_name: str
    group: str | None  # None: a superuser

    def get_or_create(self) -> tuple[User, str | None]:
        """The user, and the password when the user is new; one who is there already stays as they are."""
        with transaction.atomic():
            user, is_new = User.objects.get_or_create(
                username=self.username,
                defaults={
                    "first_name": self.first_name,
                    "last_name": self.last_name,
                    "email": f"{self.username}@policyhub.example",  # mails go to the console
                    "is_staff": True,
                    "is_superuser": self.group is None,
                },
            )
            if not is_new:
                return user, None
            password = secrets.token_urlsafe(12)
            user.set_password(password)
            user.save()
            if self.group:
                user.groups.add(Group.objects.get(name=self.group))
        return user, password


ACCOUNTS = (
    Account("editor", "Elena", "Ortiz", "Editors"),
    Account("reviewer", "Rosa", "Lindqvist", "Reviewers"),
    Account("publisher", "Paul", "Nakamura", "Publishers"),
    Account("admin", "Ada", "Okafor", None),
)


class Command(BaseCommand):
    help = (
        "Migrate the database, collect the static files, import the policies of POLICYHUB_FOLDER, "
        f"make one demo account per role, and serve on {HOST}. Run again, it makes nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-server", action="store_true", help="Stop before serving.")
        parser.add_argument(
            "--port", type=port_number, default=8000, help="Serve on this port (default: 8000)."
        )

    def handle(self, *, no_server: bool, port: int, **options: Any) -> None:
        if not no_server:
            check_port(port)  # before the work, not after it
        try:
            self.migrate()
            call_command("collectstatic", interactive=False, verbosity=0)
            self.import_policies()
            self.make_accounts()
        except DatabaseError as error:
            raise CommandError(
                f"The database refused: {str(error).strip()}\nDATABASE_URL says which one is used; "
                f"without it, it is {settings.POLICYHUB_VAR / 'policyhub.sqlite3'}."
            ) from error
        if no_server:
            self.stdout.write("Serve it with: manage.py quickstart")
        else:
            self.serve(port)

    def migrate(self) -> None:
        settings.POLICYHUB_VAR.mkdir(parents=True, exist_ok=True)
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"Database: {len(plan)} migrations applied." if plan else "Database: up to date.")

    def import_policies(self) -> None:
        """Import the folder. What is refused is named, and stops nothing else."""
        try:
            call_command("import_policies", stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stderr.write(self.style.ERROR(str(error)))
        except SystemExit:
            pass  # a file was refused, and the command has said which

    def make_accounts(self) -> None:
        new = [(account, password) for account in ACCOUNTS if (password := account.get_or_create()[1])]
        if not new:
            self.stdout.write("Accounts: all are there already, with the passwords they had.")
            return
        self.stdout.write("Accounts (these passwords are not shown again):")
        for account, password in new:
            name = f"{account.first_name} {account.last_name}"
            self.stdout.write(f"  {account.username:<10} {password}   {name}, {account.group or 'superuser'}")

    def serve(self, port: int) -> None:
        """Become the server. Never returns."""
        url = f"http://{HOST}:{port}"
        self.stdout.write(self.style.SUCCESS(f"PolicyHub is at {url}/ (Ctrl+C stops it)."))
        if url != settings.POLICYHUB_URL and "POLICYHUB_URL" not in os.environ:
            self.stdout.write(
                f"Links that other commands print lead to {settings.POLICYHUB_URL}, until .env says: "
                f"POLICYHUB_URL={url}"
            )
        self.stdout.flush()
        sys.stderr.flush()
        # A process of its own, because HTTPS is off for this one server, on this machine's own address.
        # Neither `.env` nor any later command inherits that.
        manage = str(settings.BASE_DIR / "manage.py")
        command = [sys.executable, manage, "runserver", f"{HOST}:{port}", "--noreload", "--skip-checks"]
        os.execve(  # noqa: S606 - there is no shell to go through
            sys.executable,
            command,
            {"POLICYHUB_URL": url} | os.environ | {"HTTPS": "off", "DJANGO_RUNSERVER_HIDE_WARNING": "true"},
        )


def port_number(text: str) -> int:
    """The number, when it is one that a port can have."""
    if not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise ArgumentTypeError(f"{text} is no port: choose one from 1 to 65535")
    return int(text)


def check_port(port: int) -> None:
    """CommandError when nobody can serve on this port."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind((HOST, port))
    except OSError as error:
        raise CommandError(
            f"Port {port} on {HOST} cannot be used ({error.strerror}). "
            "Choose another: manage.py quickstart --port 8001"
        ) from error
