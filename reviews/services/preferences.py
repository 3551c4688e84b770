"""What a person wants to be told by e-mail."""

from __future__ import annotations

from django.contrib.auth.models import User

from reviews.models import Preferences
from reviews.models.door import Door, open_door


def set_preferences(user: User, **changes: bool) -> None:
    """Set columns of the person's preferences; those that are not named stay as they are."""
    with open_door(Door.CONTENT):
        Preferences.objects.update_or_create(user=user, defaults=changes)
