"""WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nstsite.settings")
application = get_wsgi_application()

from nstsite.warm_up import warm_up  # noqa: E402  # Django must be set up before

warm_up()
