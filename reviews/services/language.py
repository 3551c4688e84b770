"""The language in which a person wants the pages; it follows them from browser to browser."""

from __future__ import annotations

from django.contrib.auth.models import User

from reviews.models import Preferences
from reviews.models.door import Door, open_door


def choose_language(language: str, *, actor: User) -> None:
    """Remember the language for the person's next login."""
    with open_door(Door.CONTENT):
        Preferences.objects.update_or_create(user=actor, defaults={"language": language})


def chosen_language(user: User) -> str:
    """Return the language that the person chose, or nothing."""
    chosen = Preferences.objects.filter(user=user).values_list("language", flat=True).first()
    return chosen or ""
