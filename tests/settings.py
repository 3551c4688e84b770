"""Settings of the tests: the real ones, cut off from this machine's `.env`, and faster where nothing is lost.

`TEST_DATABASE_URL` selects the database: nothing means SQLite, `postgres` a PostgreSQL server that
tests/conftest.py starts, and anything else is the URL of a server whose test database the tests make.
"""

import os
import tempfile
from pathlib import Path

os.environ |= {
    "POLICYHUB_ENV_FILE": os.devnull,
    "POLICYHUB_FOLDER": str(Path(tempfile.gettempdir()) / "no-policies-here"),  # never the real seeds
    "SECRET_KEY": "only-for-tests",
    "HTTPS": "off",  # the test client and the live server speak HTTP
}
UNSET = """
    ALLOWED_HOSTS CACHE_URL CSRF_TRUSTED_ORIGINS DATABASE_URL DEBUG DEFAULT_FROM_EMAIL EMAIL_URL LOG_LEVEL
    POLICYHUB_FOUR_EYES POLICYHUB_HOLD_MINUTES POLICYHUB_LANGUAGE POLICYHUB_LANGUAGES POLICYHUB_MAX_FILE_BYTES
    POLICYHUB_MAX_UPLOAD_BYTES POLICYHUB_NEXT_REVIEW POLICYHUB_SIGNING_KEY POLICYHUB_URL POLICYHUB_WORKER
    TIME_ZONE TRUST_FORWARDED_PROTO
"""
for name in UNSET.split():
    os.environ.pop(name, None)

from policyhub.settings import *  # noqa: E402, F403 - the environment had to be set first
from policyhub.settings import DATABASES, STORAGES, env, tuned  # noqa: E402

url = os.environ.get("TEST_DATABASE_URL")
if url == "postgres":
    server = {"ENGINE": "django.db.backends.postgresql", "NAME": "policyhub", "USER": "postgres"}
    DATABASES["default"] = tuned(server)
elif url:
    DATABASES["default"] = tuned(env.db_url_config(url))
else:
    # In a file, as in use: every thread has its own connection. Nothing of it need survive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous = OFF"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True  # nothing is collected
