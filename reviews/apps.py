"""The application's configuration."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        """Register the system checks."""
        from reviews import checks  # noqa: F401, PLC0415  # it registers itself, and needs the models
