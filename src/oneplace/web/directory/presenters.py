"""The directory's table and pages as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.urls import reverse

from oneplace.place.services import DAYS, Directory, Gazetteer, Match, Service, Spot
from oneplace.report.words import clock, plural
from oneplace.web.components.grid import Cell, Column, Grid

KM_IN_A_MILE = 1.609344
ACCESS = {
    "yourself": "Get in touch yourself",
    "referral": "A professional refers you",
    "either": "Yourself, or a professional refers you",
}


def asked(query: Mapping[str, str]) -> dict[str, str]:
    """What was searched for, each at most 80 characters."""
    return {name: query.get(name, "").strip()[:80] for name in ("need", "text", "near", "when", "time")}


def grid(matches: list[Match], directory: Directory, near: Spot | None) -> Grid:
    columns = [Column("name", "Service"), Column("kind", "Kind"), Column("who", "Who for")]
    if near:
        columns.append(Column("miles", f"Miles from {near.label}", numeric=True))
    columns += [Column("where", "How"), Column("hours", "Open"), Column("telephone", "Telephone")]
    rows = [
        {
            "name": Cell(m.service.name, href=reverse("service", args=[m.service.key])),
            "kind": m.service.kind,
            "who": who(m.service),
            "miles": round(m.km / KM_IN_A_MILE, 1) if m.km is not None else None,
            "where": {"visit it": "You visit", "visits you": "Comes to you"}.get(
                m.service.reach, m.service.reach.capitalize()
            ),
            "hours": "; ".join(hours(m.service)),
            "telephone": m.service.telephone,
        }
        for m in matches
    ]
    return Grid(
        "services",
        "Services",
        tuple(columns),
        rows,
        empty="No service matches. Try another word, a wider area, or leave out the time.",
    )


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
        said += f", open on {what['when'].capitalize()}" + (f" at {what['time']}" if what["time"] else " at midday")
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


def one(service: Service, directory: Directory, places: Gazetteer) -> dict[str, Any]:
    organisation = directory.organisation(service.organisation)
    spot = places.wards.get(service.ward) if service.ward else None
    return {
        "title": service.name,
        "description": service.description,
        "facts": [
            ("Kind", service.kind),
            ("Who for", who(service)),
            ("Helps when", "; ".join(directory.needs[n] for n in service.needs)),
            (
                "Where",
                spot.label if spot else {"visits you": "Comes to you"}.get(service.reach, service.reach.capitalize()),
            ),
            ("Open", "; ".join(hours(service))),
            ("How to get it", ACCESS[service.access]),
            ("Cost", service.fees or "Free"),
            ("Telephone", service.telephone),
            ("Email", service.email),
            ("Run by", f"{organisation.name}: {organisation.description}"),
        ],
        "invented": directory.demonstration,
        "crumbs": [("Find a service", reverse("directory"))],
    }
