"""All addresses: PolicyHub is its admin, and the root leads there."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView


def icon(_request: HttpRequest) -> HttpResponseRedirect:
    """The icon, for browsers that ask for it by its usual name."""
    return HttpResponseRedirect(static("reviews/icon.svg"))


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("favicon.ico", icon),
]
