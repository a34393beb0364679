"""A small site with django-oauth-toolkit in it, as its documentation sets one up.

What differs between two runs of it comes from the test: how long an access token lives, and whether a
rotated refresh token is good for another while. Hazard: cheap password hashes and a debug page are for tests only.
"""

import json
import os
import secrets
from pathlib import Path

import keys

ORDERS = json.loads(os.environ["KEYFOB_TEST_PEER"])

BASE_DIR = Path(__file__).parent
SECRET_KEY = secrets.token_hex(32)
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "control.TokenRequests",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(ORDERS["dir"]) / "site.sqlite3",
    }
}
# The tables are made from the models: walking through years of migrations takes longer than a test.
MIGRATION_MODULES = dict.fromkeys(["auth", "contenttypes", "sessions", "oauth2_provider"])
# A client's secret is hashed like a password, and each request would take half a second for it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": ORDERS["lifetime"],
    "REFRESH_TOKEN_EXPIRE_SECONDS": 14 * 86400,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": ORDERS["grace"],
    "PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "SCOPES": {"read": "Reading", "write": "Writing", "openid": "Who you are"},
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": keys.kept(Path(ORDERS["dir"]) / "key.pem"),
}
