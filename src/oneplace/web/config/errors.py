"""What is shown when a page is missing, refused, failing, or a form has expired.

A refused page and a missing page are one page: nobody learns from the answer that there was
something to refuse. Only who would be let in but for the person's own wish is told that the person
wishes it so.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from oneplace.web.accounts.door import RefusedByWish


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    request.nowhere = (
        True  # the menu marks no page as the one that is open, whichever address was asked for
    )
    if isinstance(exception, RefusedByWish):
        return render(request, "accounts/kept.jinja", {"wish": exception.wish}, status=404)
    return render(request, "components/missing.jinja", status=404)


def failing(request: HttpRequest) -> HttpResponse:
    """No template context that reads the database: the database may be what failed."""
    text = (
        "<!doctype html><html lang='en'><title>Sorry, there is a problem - OnePlace</title>"
        "<h1>Sorry, there is a problem</h1><p>Nothing you had saved before is lost. Try again in a minute. "
        f"If it goes on, tell whoever runs the site this number: {request.id}</p></html>"
    )
    return HttpResponse(text, status=500)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        said = f"What was sent is longer than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1e6:g} million letters"
        return HttpResponse(
            f"<!doctype html><html lang='en'><title>Too long - OnePlace</title><h1>{said}</h1>"
            "<p>Nothing of it was kept. Go back, make it shorter, and send it again.</p></html>",
            status=413,
        )
    return HttpResponse(
        "<!doctype html><html lang='en'><title>Bad request - OnePlace</title><h1>Bad request</h1></html>",
        status=400,
    )


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "components/form_expired.jinja", status=403)
