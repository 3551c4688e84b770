"""The preferences page: which e-mails a person gets, in what language, and where their password is changed."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reviews.admin.pages import tell_busy
from reviews.models import Preferences
from reviews.services.mailing import language_of
from reviews.services.preferences import set_preferences


class MailsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker alone
    """One tick for each kind of mail; the names are the model's. It saves nothing: a service does."""

    class Meta:
        model = Preferences
        fields = ("mails_assigned", "mails_changes_requested", "mails_mentioned", "mails_digest")


@require_http_methods(["GET", "HEAD", "POST"])
def show_preferences(request: HttpRequest) -> HttpResponse:
    """Show a person their own preferences, or take them. Who has none yet sees what holds then: every mail."""
    person = cast("User", request.user)
    stands = Preferences.objects.filter(user=person).first() or Preferences(user=person)
    form = MailsForm(request.POST if request.method == "POST" else None, instance=stands)
    if request.method == "POST" and form.is_valid():
        try:
            set_preferences(person, **form.cleaned_data)
        except OperationalError as error:
            form.add_error(None, tell_busy(error))
        else:
            messages.success(request, _("Your preferences are saved."))
            return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": _("Preferences"),
        "form": form,
        "language": language_of(person),
    }
    return TemplateResponse(request, "admin/preferences.html", context, status=503 if form.errors else 200)
