"""The PyPI package django-oauth-toolkit as a server for Keyfob's tests: one client, one user,
refresh tokens that rotate.

What the package answers must not be touched. Ours is the site around it (settings, urls, templates), a
clock that stands still until it is set ahead, and a look into it under /control. Hazard: /control has
no lock on it, so this listens on loopback and is for tests only.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import clock
from settings import ORDERS

clock.install(ORDERS["ahead"])

import django
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    """Keeps requests, and the codes in their addresses, out of the log."""

    def log_message(self, *_):
        pass


def prepare():
    """Makes the database with its user and its client, unless an earlier run has."""
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0, run_syncdb=True)
    if User.objects.exists():
        return
    User.objects.create_user("ada", "ada@django.example", "difference engine")
    Application.objects.create(
        name="Keyfob",
        client_id=ORDERS["client_id"],
        client_secret=ORDERS["client_secret"],
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=ORDERS["redirect_uri"],
        algorithm=Application.RS256_ALGORITHM,
    )


django.setup()
prepare()
server = ThreadedWSGIServer(("127.0.0.1", ORDERS["port"]), Quiet)
server.set_app(get_wsgi_application())
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
