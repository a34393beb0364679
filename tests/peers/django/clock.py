"""A clock that can be set ahead.

Django and django-oauth-toolkit read the time through `django.utils.timezone.now`, and nothing else
of theirs decides by time. Has to be installed before either of them is imported.
"""

from datetime import timedelta

from django.utils import timezone

_system_now = timezone.now
_ahead = timedelta()


def install(seconds):
    """Takes the place of Django's clock, so many seconds ahead."""
    timezone.now = lambda: _system_now() + _ahead
    let_pass(seconds)


def let_pass(seconds):
    """Sets the clock further ahead."""
    global _ahead
    _ahead += timedelta(seconds=seconds)
