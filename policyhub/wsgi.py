"""The WSGI entry point, for servers such as gunicorn: `policyhub.wsgi:application`."""

import os

from django.core.servers.basehttp import WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "policyhub.settings")

# Of Django's own server, which quickstart starts: each page would wait up to 40 ms until its headers were acknowledged.
WSGIRequestHandler.disable_nagle_algorithm = True

application = get_wsgi_application()
