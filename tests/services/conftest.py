"""What tests of services share: whoever stands in the table of the workflow, and an editor who reviews too."""

import pytest
from django.contrib.auth.models import User

from tests.factories import make_user


@pytest.fixture
def people(
    editor: User, reviewer: User, second_reviewer: User, publisher: User, nobody: User, superuser: User
) -> dict[str, User]:
    """Whoever stands in the table, by role."""
    groups = ("Editors", "Reviewers", "Publishers")
    inactive = make_user("inactive", "Ines", "Alt", *groups, is_active=False)
    people = {"inactive": inactive, "nobody": nobody, "editor": editor, "reviewer": reviewer}
    return {**people, "publisher": publisher, "superuser": superuser, "somebody else": second_reviewer}


@pytest.fixture
def both(db: None) -> User:
    """Editor and reviewer in one person."""
    return make_user("both", "Bo", "Thiessen", "Editors", "Reviewers")
