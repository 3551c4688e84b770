"""Django's admin, with PolicyHub's site as its default."""

from django.contrib.admin.apps import AdminConfig


class PolicyHubAdminConfig(AdminConfig):
    default_site = "policyhub.site.PolicyHubSite"
    default = False  # the settings name it
