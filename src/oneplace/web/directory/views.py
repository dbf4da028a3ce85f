"""Find a service: open to all, as a page and as Open Referral JSON."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from oneplace.place import services
from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web import place
from oneplace.web.accounts.door import opens
from oneplace.web.components.frame import page
from oneplace.web.directory import presenters, shelf

see_directory = opens(Action.SEE_DIRECTORY, Kind.DIRECTORY, Purpose.PUBLIC, subject="directory")
PAGE, MOST_ON_A_PAGE = 50, 100


@see_directory
def find(request: HttpRequest) -> HttpResponse:
    """Search by need, words, place and time."""
    directory, asked, errors = shelf.directory(), presenters.asked(request.GET), {}
    if directory is None:
        return page(request, "directory/none.jinja")
    near = shelf.places().find(asked["near"]) if asked["near"] else None
    if asked["near"] and near is None:
        errors["near"] = (
            "No such place or postcode is known here: try a postcode district or the name of an area"
        )
    when = None
    if asked["when"] == "now":
        when = _now()
    elif asked["when"]:
        at = time_of(asked["time"] or "12pm")
        if at is None:
            errors["time"] = "Write the time like 5:30pm or 17:30"
        else:
            when = on_day(asked["when"], at)
    matches = services.search(
        directory,
        shelf.places(),
        need=asked["need"],
        text=asked["text"],
        near=near,
        when=when if not errors else None,
    )
    return page(
        request,
        "directory/find.jinja",
        presenters.SERVICES.of(matches, near=near, now=_now(), asked_near=asked["near"]),
        status=422 if errors else 200,
        values=asked,
        errors=errors,
        needs=sorted(directory.needs.items(), key=lambda kv: kv[1]),
        days=[(d, d.capitalize()) for d in services.DAYS],
        invented=directory.demonstration,
        said_search=presenters.in_words(len(matches), asked, near, directory) if not errors else "",
    )


def _now() -> dt.datetime:
    """This moment of the place's today: a demonstration stands on its own day, by the reader's
    clock."""
    return dt.datetime.combine(place.today(), timezone.localtime().time())


def time_of(text: str) -> dt.time | None:
    """5:30pm, 5.30 pm, 17:30, 9am; None for what is no time of the day."""
    found = re.fullmatch(r"\s*(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?\s*", text.casefold(), re.ASCII)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def on_day(day: str, at: dt.time) -> dt.datetime | None:
    """Some moment that falls on this day of the week: hours are weekly, so any week does."""
    if day not in services.DAYS:
        return None
    return dt.datetime.combine(
        dt.date(2024, 1, 1) + dt.timedelta(days=services.DAYS.index(day)),
        at,
    )


@see_directory
def service(request: HttpRequest, key: str) -> HttpResponse:
    directory = shelf.directory()
    found = next((s for s in directory.services if s.key == key), None) if directory else None
    if directory is None or found is None:
        raise Http404
    near = shelf.places().find(request.GET.get("near", "")[:80])
    context = presenters.one(found, directory, shelf.places(), now=_now(), near=near)
    context |= {
        "near": request.GET.get("near", "")[:80],
        "resident": getattr(request.user, "role", "") == "resident",
    }
    return page(request, "directory/service.jinja", **context)


# --- Open Referral --------------------------------------------------------------------------------
def _code() -> str:
    document = place.place()
    return document.code or document.name


def _public(answer: dict[str, Any] | list[Any], status: int = 200) -> JsonResponse:
    response = JsonResponse(answer, safe=False, status=status)
    response["Access-Control-Allow-Origin"] = (
        "*"  # public data without a reader: any site may show it
    )
    return response


def _paged(request: HttpRequest, rows: list[dict[str, Any]]) -> JsonResponse:
    """HSDS's own page shape."""
    number, size = (
        _whole(request, "page", 1),
        min(_whole(request, "per_page", PAGE), MOST_ON_A_PAGE),
    )
    pages = max(1, -(-len(rows) // size))
    contents = rows[(number - 1) * size : number * size]
    return _public(
        {
            "total_items": len(rows),
            "total_pages": pages,
            "page_number": number,
            "size": len(contents),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def _whole(request: HttpRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return (
        int(given)
        if given.isascii() and given.isdigit() and 0 < len(given) < 7 and int(given)
        else otherwise
    )


@see_directory
def api_services(request: HttpRequest) -> HttpResponse:
    """GET /api/directory/services?need=&text=&near=&day=&time=&age=&page=&per_page="""
    directory = shelf.directory()
    if directory is None:
        return _paged(request, [])
    q = request.GET
    near = shelf.places().find(q["near"]) if q.get("near") else None
    at = time_of(q.get("time", "12pm"))
    if (
        (q.get("near") and near is None)
        or at is None
        or (q.get("day") and q["day"] not in services.DAYS)
    ):
        return _public({"fault": "near, day or time is not understood"}, status=400)
    matches = services.search(
        directory,
        shelf.places(),
        need=q.get("need", ""),
        text=q.get("text", ""),
        near=near,
        when=on_day(q["day"], at) if q.get("day") else None,
        age=_whole(request, "age", 0) or None,
    )
    return _paged(
        request,
        [services.as_hsds(m.service, directory, shelf.places(), place=_code()) for m in matches],
    )


@see_directory
def api_service(request: HttpRequest, service_id: str) -> HttpResponse:
    directory = shelf.directory()
    for s in directory.services if directory else ():
        if services.identifier(_code(), "service", s.key) == str(service_id):
            return _public(services.as_hsds(s, directory, shelf.places(), place=_code()))
    return _public({"fault": "no such service"}, status=404)


@see_directory
def api_taxonomy(request: HttpRequest) -> HttpResponse:
    directory = shelf.directory()
    return _paged(request, services.taxonomy(directory, place=_code()) if directory else [])
