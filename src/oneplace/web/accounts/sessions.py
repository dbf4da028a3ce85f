"""How long a session lasts: 12 hours at most, one hour without a page; none for a demonstration
account at a real place.

The moment of the last page is written at most every five minutes, because a write on every page
would cost more than the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from oneplace.web import place

IDLE_SECONDS, NOTED_EVERY_SECONDS = 3600, 300


class SessionWatch:
    """Ends a session that nobody used for an hour, before any page is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            seen = request.session.get("seen", now)
            if now - seen > IDLE_SECONDS or (
                request.user.demonstration and not place.place().demonstration
            ):
                logout(request)
            elif now - seen >= NOTED_EVERY_SECONDS or "seen" not in request.session:
                request.session["seen"] = now
        return self.get_response(request)
