"""A person's preferences: the language of the pages, and which e-mails they want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reviews.models.door import GuardedModel


class Preferences(GuardedModel):
    """One row a person at most; who has none gets every message, in the language of the installation."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences")
    language = models.CharField(_("language"), max_length=20, blank=True)
    mails_assigned = models.BooleanField(_("a record is assigned to me"), default=True)
    mails_changes_requested = models.BooleanField(_("changes are requested of my work"), default=True)
    mails_mentioned = models.BooleanField(_("somebody mentions me in a comment"), default=True)
    mails_digest = models.BooleanField(_("what is due, at most once a day"), default=True)
    digest_sent_on = models.DateField(null=True, blank=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        verbose_name_plural = "preferences"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)
