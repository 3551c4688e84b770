"""The audit trail as who owns the database meets it: the triggers taken out, whatever is done, and put back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from reviews.models.triggers import install_triggers, remove_triggers


@contextmanager
def behind_the_back() -> Iterator[None]:
    """Write to the trail past its triggers, for the time of the block."""
    connection.check_constraints()  # PostgreSQL changes no table on which checks wait for the end of the transaction
    remove_triggers()
    yield
    connection.check_constraints()
    install_triggers()
