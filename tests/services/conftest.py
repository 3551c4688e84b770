"""What tests of services share: whoever stands in the table of the workflow, and an editor who reviews too."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests.factories import get_policy, make_user, verify
from tests.git.sites import Site


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


@pytest.fixture
def site(db: None, tmp_path: Path, git_home: Path) -> Site:
    """A site's git repository with one policy, imported."""
    site = Site.create(tmp_path / "site")
    site.import_policy()
    return site


@pytest.fixture
def signed_site(site: Site, reviewer: User) -> Site:
    """The repository of `site`, whose policy Rosa Lindqvist signed."""
    verify(get_policy(), reviewer)
    return site
