"""The directory's table and pages as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from oneplace.place.services import DAYS, Directory, Gazetteer, Service, Spot
from oneplace.report.words import clock, plural
from oneplace.web.components.listing import Cell, Column, Context, Listing

KM_IN_A_MILE = 1.609344
WALKING_MILES_AN_HOUR, LONGEST_WALK_MINUTES = (
    2.5,
    60,
)  # an unhurried walker; ways are longer than the straight line
ACCESS = {
    "yourself": "Get in touch yourself: call, write or walk in",
    "referral": "A professional refers you: ask your practice, or your neighbourhood team if you have one",
    "either": "Get in touch yourself, or ask your practice to refer you",
}
SHORT_ACCESS = {
    "yourself": "Yourself",
    "referral": "Referral only",
    "either": "Yourself or referral",
}
REACH = {"visit it": "You visit", "visits you": "Comes to you"}


def asked(query: Mapping[str, str]) -> dict[str, str]:
    """What was searched for, each at most 80 characters."""
    return {
        name: query.get(name, "").strip()[:80] for name in ("need", "text", "near", "when", "time")
    }


def _kept(c: Context) -> str:
    """What the reader asked about where they are goes along to the service."""
    return "?" + urlencode({"near": c.asked_near}) if c.near else ""


SERVICES = Listing(
    "services",
    "Services",
    Column(
        "name",
        "Service",
        "service.name",
        link=lambda m, c: reverse("service", args=[m.service.key]) + _kept(c),
    ),
    Column(
        "miles",
        lambda c: f"Miles from {c.near.label}",
        lambda m: round(m.km / KM_IN_A_MILE, 1) if m.km is not None else None,
        numeric=True,
        when=lambda c: c.near,
    ),
    Column(
        "today",
        lambda c: f"{DAYS[c.now.weekday()].capitalize()}, today",
        lambda m, c: today(m.service, c.now),
        beside=lambda m, c: _now_or_next(m.service, c.now),
    ),
    Column("telephone", "Telephone", lambda m: telephone(m.service)),
    Column("access", "How to get it", lambda m: SHORT_ACCESS[m.service.access]),
    Column("who", "Who for", lambda m: who(m.service)),
    Column(
        "where",
        "How",
        lambda m: REACH.get(m.service.reach, m.service.reach.capitalize()),
    ),
    Column("kind", "Kind", "service.kind"),
    empty="No service matches. Try another word, a wider area, or leave out the time.",
)


def telephone(service: Service) -> Cell | str:
    """A number that a telephone can dial."""
    number = "".join(c for c in service.telephone if c.isdigit() or c == "+")
    return Cell(service.telephone, href=f"tel:{number}") if number else ""


def today(service: Service, now: dt.datetime) -> str:
    """9am to 5pm; Closed."""
    if service.always_open:
        return "Day and night"
    held = service.hours_on(DAYS[now.weekday()])
    return ", ".join(f"{clock(h.opens)} to {clock(h.closes)}" for h in held) or "Closed"


def _now_or_next(service: Service, now: dt.datetime) -> str | None:
    is_open, said = open_or_not(service, now)
    if service.always_open:
        return None
    return (
        "open now"
        if is_open
        else said.removeprefix("Closed now. ").rstrip(".").replace("Opens", "opens")
    )


def open_or_not(service: Service, now: dt.datetime) -> tuple[bool, str]:
    """Whether it is open now, and in words until or from when."""
    if service.always_open:
        return True, "Open day and night."
    if service.open_at(now):
        closes = next(h.closes for h in service.hours_on(DAYS[now.weekday()]) if h.hold(now))
        return True, f"Open now, until {clock(closes)}."
    opens = service.opens_next(now)
    if opens is None:
        return False, "Closed now."
    day = "today" if opens.date() == now.date() else DAYS[opens.weekday()].capitalize()
    return False, f"Closed now. Opens {day} at {clock(opens.time())}."


def in_words(count: int, what: Mapping[str, str], near: Spot | None, directory: Directory) -> str:
    """1 service for "I feel lonely", near Everton, open on Tuesday at 5:30pm."""
    said = plural(count, "service")
    if what["need"] in directory.needs:
        said += f" for “{directory.needs[what['need']]}”"
    if what["text"]:
        said += f" with “{what['text']}”"
    if near:
        said += f", nearest to {near.label} first"
    if what["when"] == "now":
        said += ", open now"
    elif what["when"] in DAYS:
        said += f", open on {what['when'].capitalize()}" + (
            f" at {what['time']}" if what["time"] else " at midday"
        )
    return said


def who(service: Service) -> str:
    """The words of the service; ages are said when the words do not."""
    if service.who_for != "Anyone who lives here":
        return service.who_for
    if service.minimum_age and service.maximum_age:
        return f"People aged {service.minimum_age} to {service.maximum_age}"
    if service.minimum_age:
        return f"People aged {service.minimum_age} and over"
    return f"People up to {service.maximum_age}" if service.maximum_age else "Anyone"


def hours(service: Service) -> list[str]:
    """Monday to Friday, 9am to 5pm."""
    if service.always_open:
        return ["Day and night"]
    return [f"{days(h.days)}, {clock(h.opens)} to {clock(h.closes)}" for h in service.hours]


def days(names: tuple[str, ...]) -> str:
    """Runs of three days or more are said by their ends."""
    if len(names) == len(DAYS):
        return "Every day"
    runs = []
    numbers = sorted(DAYS.index(n) for n in names)
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [DAYS[n].capitalize() for _, n in run]
        runs += [f"{found[0]} to {found[-1]}"] if len(found) > 2 else found
    return runs[0] if len(runs) == 1 else f"{', '.join(runs[:-1])} and {runs[-1]}"


def one(
    service: Service,
    directory: Directory,
    places: Gazetteer,
    *,
    now: dt.datetime,
    near: Spot | None,
) -> dict[str, Any]:
    organisation = directory.organisation(service.organisation)
    spot = places.wards.get(service.ward) if service.ward and service.reach == "visit it" else None
    is_open, said = open_or_not(service, now)
    where = ", ".join(
        p
        for p in (
            service.address,
            spot.label if spot else REACH.get(service.reach, service.reach.capitalize()),
        )
        if p
    )
    return {
        "title": service.name,
        "description": service.description,
        "key": service.key,
        "is_open": is_open,
        "opening": said,
        "telephone": telephone(service),
        "facts": [
            ("Where", where),
            ("How far", distance(near, spot)),
            ("How to find it", service.directions),
            ("Open", "; ".join(hours(service))),
            ("How to get it", ACCESS[service.access]),
            ("Cost", service.fees or "Free"),
            ("Getting in", "; ".join(service.accessibility)),
            ("Languages", ", ".join(("English", *service.languages))),
            ("Who for", who(service)),
            ("Helps when", "; ".join(directory.needs[n] for n in service.needs)),
            ("Kind", service.kind),
            ("Email", service.email),
            ("Run by", f"{organisation.name}: {organisation.description}"),
        ],
        "visited": spot is not None,
        "near_label": near.label if near else "",
        "referred": service.access != "yourself",
        "invented": directory.demonstration,
        "crumbs": [("Find a service", reverse("directory"))],
    }


def distance(near: Spot | None, spot: Spot | None) -> str:
    """About 1.2 miles north-east of Anfield, half an hour on foot: from the middle of one area to
    that of the other."""
    if near is None or spot is None:
        return ""
    miles = near.km_to(spot) / KM_IN_A_MILE
    if miles < 0.1:
        return f"In {near.label}"
    minutes = max(5, 5 * round(miles / WALKING_MILES_AN_HOUR * 60 / 5))
    walk = f", about {minutes} minutes on foot" if minutes <= LONGEST_WALK_MINUTES else ""
    return f"About {miles:.1f} miles {near.way_to(spot)} of {near.label}{walk}, measured in a straight line"
