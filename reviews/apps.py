"""The application's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        """Register the system checks, have the trail guarded, and give models and fields names in every language."""
        from reviews import checks  # noqa: F401, PLC0415  # it registers itself, and needs the models
        from reviews.models import triggers  # noqa: PLC0415  # models can be imported once the applications stand

        pre_migrate.connect(triggers.before_migrations, sender=self)
        post_migrate.connect(triggers.after_migrations, sender=self)

        for owner, attribute, name in list(model_names()):
            setattr(owner, attribute, _(name))


def model_names() -> Iterator[tuple[Any, str, str]]:
    """Yield each name of a model or a field: its owner, the attribute, the name.

    Most are Django's, made of the code; spelling them out in the models to mark them would fill a migration.
    """
    for model in apps.get_app_config("reviews").get_models():
        options = model._meta
        if str(options.model_name).startswith("historical"):
            continue
        for attribute in ("verbose_name", "verbose_name_plural"):
            yield options, attribute, str(getattr(options, attribute))
        for field in options.local_fields:
            if not field.primary_key:
                yield field, "verbose_name", str(field.verbose_name)
