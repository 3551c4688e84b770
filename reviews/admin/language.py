"""The choice of a language: kept in a cookie, and for who is logged in with their preferences."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.admin.pages import tell_busy
from reviews.services.language import choose_language, chosen_language


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Speak the posted ``language`` from now on, and lead back to ``next``. Raises ``BadRequest``."""
    language = request.POST.get("language", "")
    if not is_spoken(language):
        raise BadRequest(_("There is no interface in “%(language)s”.") % {"language": language})
    place = request.POST.get("next", "")
    here = {request.get_host()}
    if not url_has_allowed_host_and_scheme(place, allowed_hosts=here, require_https=request.is_secure()):
        place = reverse("admin:index")
    answer = HttpResponseRedirect(place)
    try:
        if request.user.is_authenticated:
            choose_language(language, actor=request.user)
    except OperationalError as error:
        messages.error(request, tell_busy(error))
    else:
        keep(answer, language)
    return answer


def bring(request: HttpRequest, answer: HttpResponse) -> None:
    """Let who just logged in have the language that they chose, in this browser too."""
    if request.user.is_authenticated and is_spoken(language := chosen_language(request.user)):
        keep(answer, language)


def is_spoken(language: str) -> bool:
    """Whether the interface speaks this language."""
    return language in dict(settings.LANGUAGES)


def keep(answer: HttpResponse, language: str) -> None:
    """Set the cookie that Django's middleware reads before it asks the browser."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]  # a plain text to the type checker
    )
