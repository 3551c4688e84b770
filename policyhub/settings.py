"""Django's settings. Everything that differs between installations comes from the environment or from `.env`.

Safe as it comes: no DEBUG, HTTPS demanded, a strict content security policy, a secret key of its own.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from policyhub.secret_key import read_or_make_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()  # type: ignore[no-untyped-call]  # it has annotations everywhere but here
env.read_env(env("POLICYHUB_ENV_FILE", default=str(BASE_DIR / ".env")))


def flag(name: str, *, default: bool) -> bool:
    """A switch from the environment; a word that is neither on nor off stops the start, not the safety."""
    word = env(name, default="on" if default else "off").strip().lower()
    if word not in {"on", "true", "yes", "1", "off", "false", "no", "0"}:
        raise ImproperlyConfigured(f"{name} is “{word}”: say on or off.")
    return word in {"on", "true", "yes", "1"}


# -- what is PolicyHub's own ------------------------------------------------------------------------------

POLICYHUB_VAR = Path(env("POLICYHUB_VAR", default=str(BASE_DIR / "var")))  # what is made while running
POLICYHUB_FOLDER = Path(env("POLICYHUB_FOLDER", default=str(BASE_DIR / "seeds")))  # import from, export to
POLICYHUB_LANGUAGE: str = env("POLICYHUB_LANGUAGE", default="en")  # of a file whose path names none
POLICYHUB_LANGUAGES: list[str] = env.list("POLICYHUB_LANGUAGES", default=["en", "zh"])  # of every policy
POLICYHUB_FOUR_EYES = flag("POLICYHUB_FOUR_EYES", default=True)  # nobody verifies what they wrote
POLICYHUB_MAX_FILE_BYTES = env.int("POLICYHUB_MAX_FILE_BYTES", default=2 * 1024 * 1024)
# Of one upload: room for 5,000 policies as a ZIP, and as much as a request may cost in memory.
POLICYHUB_MAX_UPLOAD_BYTES = env.int("POLICYHUB_MAX_UPLOAD_BYTES", default=32 * 1024 * 1024)
POLICYHUB_HOLD_MINUTES = env.int("POLICYHUB_HOLD_MINUTES", default=30)  # how long an open record is one's own
if POLICYHUB_HOLD_MINUTES < 1:
    raise ImproperlyConfigured(
        f"POLICYHUB_HOLD_MINUTES is “{POLICYHUB_HOLD_MINUTES}”: say how many minutes, from 1 up."
    )
# The file of an Ed25519 key (PEM) that signs SIGNOFFS.jsonl with every export; without one it is chained alone.
POLICYHUB_SIGNING_KEY: str = env("POLICYHUB_SIGNING_KEY", default="")
POLICYHUB_URL: str = env("POLICYHUB_URL", default="http://127.0.0.1:8000").rstrip("/")  # for links


def review_months(text: str) -> tuple[tuple[str, str, int], ...]:
    """The table of review intervals: rows of category, legal weight and months, the first that fits counts.

    Written as `category/legal weight=months`, one after the other with `;` between; `*` fits everything.
    """
    try:
        rows = [row.rsplit("=", 1) for row in text.split(";") if row.strip()]
        keys = [[part.strip() for part in key.split("/", 1)] for key, _ in rows]
        table = tuple((keys[at][0], keys[at][1], int(row[1])) for at, row in enumerate(rows))
        if not table or table[-1][:2] != ("*", "*") or any(months < 1 for *_, months in table):
            raise ValueError
        return table
    except (ValueError, IndexError):
        raise ImproperlyConfigured(
            f"POLICYHUB_NEXT_REVIEW is “{text}”: say rows like “Incentive/*=6; */Primary Legislation=24; */*=12”, "
            "months from 1 up, the last one for */*."
        ) from None


# Programmes with money in them change soonest, statutes last. Both spellings stand in the files.
POLICYHUB_NEXT_REVIEW = review_months(
    env(
        "POLICYHUB_NEXT_REVIEW",
        default="Incentive/*=6; 经济激励/*=6; Market/*=6; 市场机制/*=6; */Primary Legislation=24; */*=12",
    )
)

# -- security ---------------------------------------------------------------------------------------------

DEBUG = flag("DEBUG", default=False)
try:
    SECRET_KEY: str = env("SECRET_KEY", default="") or read_or_make_secret_key(POLICYHUB_VAR / "secret_key")
except OSError as error:
    raise SystemExit(
        f"No secret key: {error}. Set SECRET_KEY, or POLICYHUB_VAR to a folder that can be written to."
    ) from None
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

HTTPS = flag("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # no script of ours reads it
# Only behind a proxy that always sets this header itself: any other client could forge it.
if flag("TRUST_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
LOGIN_REDIRECT_URL = "admin:index"  # where a login leads whose address names no page of ours

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # the admin's own stylesheet draws a few icons as data URLs
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# -- the application --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "reviews",  # before the admin: its templates win
    "policyhub.apps.PolicyHubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",  # before staticfiles: runserver serves as the real server does
    "django.contrib.staticfiles",
    "simple_history",
    "import_export",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "policyhub.urls"
WSGI_APPLICATION = "policyhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# A body as large as the largest file must fit into a form, where each Chinese character takes nine bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * POLICYHUB_MAX_FILE_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a record may have hundreds of dimensions and keys
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # a folder of policies may be chosen whole: the one known has 260

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True  # else a reason ends after 100 characters
# Without a code everyone who may view would also import and export.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"

# -- database ---------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def tuned(database: dict[str, Any]) -> dict[str, Any]:
    """The same database with what its engine needs to serve several people at once."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction waits for its turn at the start, instead of failing in the middle.
        wal = "PRAGMA journal_mode = WAL"  # who reads does not wait for who writes
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": wal}
        in_memory = database["NAME"] == ":memory:"
        return {
            **database,
            "NAME": ":memory:" if in_memory else BASE_DIR / database["NAME"],  # wherever the command is run
            "OPTIONS": {**options, **database.get("OPTIONS", {})},
        }
    return {**database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DATABASES = {
    "default": tuned(
        env.db_url("DATABASE_URL")
        if "DATABASE_URL" in env
        else {"ENGINE": "django.db.backends.sqlite3", "NAME": POLICYHUB_VAR / "policyhub.sqlite3"}
    )
}

# -- long runs ---------------------------------------------------------------------------------------------

# Off: a run that a page starts is done before the page answers. On: `manage.py db_worker` does it meanwhile.
POLICYHUB_WORKER = flag("POLICYHUB_WORKER", default=False)
_backend = (
    "django_tasks_db.DatabaseBackend"
    if POLICYHUB_WORKER
    else "django_tasks.backends.immediate.ImmediateBackend"
)
TASKS = {"default": {"BACKEND": _backend}}
# How far a run is, for its page: shared by all processes of this machine; several machines share a redis:// of theirs.
CACHES = {"default": env.cache_url("CACHE_URL", default=f"filecache://{POLICYHUB_VAR.resolve()}/cache")}

# -- e-mail ------------------------------------------------------------------------------------------------

# consolemail:// prints them; smtp+tls://user:password@host:587 sends them
_mail: dict[str, Any] = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND: str = _mail["EMAIL_BACKEND"]
EMAIL_HOST: str = _mail["EMAIL_HOST"] or "localhost"
EMAIL_PORT: int = _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER: str = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD: str = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_FILE_PATH: str = _mail["EMAIL_FILE_PATH"]
EMAIL_USE_TLS = bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 10  # seconds: a person waits for the answer meanwhile
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default="PolicyHub <policyhub@localhost>")

# -- language and time ------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]  # of the interface, not of the policies
FORMAT_MODULE_PATH = "policyhub.formats"
# Who has chosen a language keeps it; else the browser says which.
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE: str = env("TIME_ZONE", default="UTC")  # whose calendar day a verification carries
USE_TZ = True

# -- static files -----------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = POLICYHUB_VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"  # wants `manage.py collectstatic`
    },
}

# -- logging ----------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
}
