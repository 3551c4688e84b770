"""Django's admin, with PolicyHub's site as its default."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig


class PolicyHubAdminConfig(AdminConfig):
    default_site = "policyhub.site.PolicyHubSite"
    default = False  # the settings name it

    def ready(self) -> None:
        """Find the pages of all applications, but those of the tasks: runs say what became of them."""
        from django_tasks_db.models import DBTaskResult  # noqa: PLC0415  # models can be imported by now

        super().ready()
        admin.site.unregister(DBTaskResult)
