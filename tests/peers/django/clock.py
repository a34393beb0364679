"""A clock that stands still until it is set ahead.

Django and django-oauth-toolkit read the time through `django.utils.timezone.now`, and nothing else
of theirs decides by time. Has to be installed before either of them is imported.
"""

from datetime import timedelta

from django.utils import timezone

_now = timezone.now()


def install(seconds):
    """Takes the place of Django's clock, so many seconds ahead."""
    timezone.now = lambda: _now
    let_pass(seconds)


def let_pass(seconds):
    """Sets the clock ahead."""
    global _now
    _now += timedelta(seconds=seconds)
