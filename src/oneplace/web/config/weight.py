"""Pages as small as they can safely be sent, and requests heard to their end: compressed where
nobody outside can have put anything into them.

A page that is compressed together with something an attacker chose tells by its length whether his
guess of something secret in it was right (BREACH: Gluck, Harris, Prado, 2013). So only the answer
to a plain GET without a query is compressed: nothing of it was chosen by whoever made the reader
ask. Besides, another site's requests come without the session (its cookie is SameSite=Strict), and
the token of a form is masked anew in every answer.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.cache import patch_vary_headers

LEAST_BYTES = (
    8_000  # a smaller page is sent in a few packets anyhow, and costs no time of the processor
)
TYPES = ("text/html", "text/csv", "application/json", "image/svg+xml", "text/plain")
MOST_UNREAD_BYTES = 50_000_000
PART_BYTES = 65_536
LEVEL = 3  # three quarters of what the slowest level saves, for a fifth of its time


class Compressed:
    """Inside the watch, so that the line in the log counts its time; outside everything that
    changes a body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not may_be_compressed(request, response):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = gzip.compress(response.content, LEVEL, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response


class HeardOut:
    """What was sent is read to its end, within bounds, before the answer goes: a browser that is
    still sending when the connection closes never shows the answer, and says that the site is gone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        unread = MOST_UNREAD_BYTES
        with suppress(UnreadablePostError):  # who sent it has gone: there is nothing left to hear
            while unread > 0 and (part := request.read(PART_BYTES)):
                unread -= len(part)
        return response


def may_be_compressed(request: HttpRequest, response: HttpResponse) -> bool:
    """Is nothing in this answer of the asking side's choosing, and is it worth the work?"""
    return (
        request.method == "GET"
        and not request.META.get("QUERY_STRING")
        and response.status_code == 200
        and not response.streaming
        and not response.has_header("Content-Encoding")
        and response.headers.get("Content-Type", "").partition(";")[0] in TYPES
        and len(response.content) >= LEAST_BYTES
    )
