"""The directory: what helps whom, where, when and how to reach it, and how to find the right one of
it.

In: `services.yaml` and the place's tables of wards, areas and practices. Out: services by need,
nearness and opening hours, and each as Open Referral UK / HSDS 3.1 has it. Nothing here is about a
person: it is open to all.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, model_validator

from oneplace.documents import Document, read
from oneplace.documents.loading import load_yaml
from oneplace.documents.reading import line_of
from oneplace.faults import Fault, InputAtFault

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
EARTH_KM = 6_371.0088  # mean radius, IUGG
COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_NAMES = uuid.UUID(
    "5b1f6c0e-6f1e-5d0e-9f6e-0a7f0d6d2c11"
)  # the namespace that identifiers are made in, so that they last


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Part):
    """When the door is open on some days of the week. Closing at 00:00 is midnight at the day's
    end."""

    days: tuple[Day, ...] = Field(min_length=1, description="days of the week")
    opens: dt.time = Field(description="opening time, in quotes: '09:00'")
    closes: dt.time = Field(description="closing time, in quotes; '00:00' is the end of the day")

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Hours:
        if self.closes != dt.time() and self.closes <= self.opens:
            raise ValueError(
                f"a closing time after {self.opens:%H:%M}; split what runs past midnight over two days"
            )
        return self

    def hold(self, when: dt.datetime) -> bool:
        ends = self.closes == dt.time() or when.time() < self.closes
        return DAYS[when.weekday()] in self.days and self.opens <= when.time() and ends


class Organisation(_Part):
    """Who runs services."""

    key: str = Field(pattern=r"^[a-z0-9-]+$", description="short name, used by services")
    name: str = Field(min_length=1, description="its name")
    description: str = Field(min_length=1, description="what it is")


class Service(_Part):
    """One service that somebody may use or be referred to."""

    key: str = Field(
        pattern=r"^[a-z0-9-]+$", description="short name, kept for ever: referrals point at it"
    )
    name: str = Field(min_length=1, description="what people call it")
    organisation: str = Field(description="key of the organisation")
    kind: str = Field(min_length=1, description="what kind of service it is")
    needs: tuple[str, ...] = Field(min_length=1, description="keys of the needs it answers")
    description: str = Field(min_length=1, description="what it does, in a sentence or two")
    who_for: str = Field(default="Anyone who lives here", description="whom it is for")
    minimum_age: int | None = Field(default=None, ge=0, le=120, description="youngest age in years")
    maximum_age: int | None = Field(default=None, ge=0, le=120, description="oldest age in years")
    ward: str | None = Field(
        default=None,
        description="code of the ward it is in; none when it visits or is by telephone",
    )
    reach: Literal["visit it", "visits you", "by telephone", "online"] = Field(
        default="visit it", description="how"
    )
    access: Literal["yourself", "referral", "either"] = Field(
        default="either", description="who may ask for it"
    )
    always_open: bool = Field(default=False, description="true when it answers day and night")
    hours: tuple[Hours, ...] = Field(default=(), description="when it is open")
    telephone: str = Field(default="", description="telephone number")
    email: str = Field(default="", description="address for letters")
    fees: str = Field(default="", description="what it costs; empty when free")
    address: str = Field(default="", description="where the door is, in a line")
    directions: str = Field(
        default="", description="how to find it without a map: stop, landmark, which door"
    )
    accessibility: tuple[str, ...] = Field(
        default=(), description="what makes it easy to get in and be understood"
    )
    languages: tuple[str, ...] = Field(
        default=(), description="languages spoken there besides English"
    )

    @model_validator(mode="after")
    def _whole(self) -> Service:
        if self.reach == "visit it" and self.ward is None:
            raise ValueError("a ward, for a service that people visit")
        if self.always_open == bool(self.hours):
            raise ValueError("either hours or always_open: true")
        if (
            self.minimum_age is not None
            and self.maximum_age is not None
            and self.maximum_age < self.minimum_age
        ):
            raise ValueError(f"a maximum_age of at least {self.minimum_age}")
        return self

    def open_at(self, when: dt.datetime) -> bool:
        return self.always_open or any(h.hold(when) for h in self.hours)

    def hours_on(self, day: Day) -> tuple[Hours, ...]:
        """When it is open on this day of the week, the earliest first."""
        return tuple(sorted((h for h in self.hours if day in h.days), key=lambda h: h.opens))

    def opens_next(self, when: dt.datetime) -> dt.datetime | None:
        """The first moment after `when` at which the door opens; None when it never closes."""
        for ahead in range(8):
            on = when.date() + dt.timedelta(days=ahead)
            starts = [dt.datetime.combine(on, h.opens) for h in self.hours_on(DAYS[on.weekday()])]
            later = [s for s in starts if s > when]
            if later:
                return min(later)
        return None


class Directory(Document):
    """All services of a place. `demonstration` marks services that were made up."""

    demonstration: bool = Field(description="true when the services are invented")
    needs: dict[str, str] = Field(description="key -> the need in people's words")
    organisations: tuple[Organisation, ...] = Field(description="who runs them")
    services: tuple[Service, ...] = Field(description="the services")

    def organisation(self, key: str) -> Organisation:
        return next(o for o in self.organisations if o.key == key)


def read_directory(folder: Path) -> Directory | None:
    """The place's directory; None where it has none."""
    path = folder / "services.yaml"
    if not path.exists():
        return None
    directory = read(path, Directory, name="services.yaml")
    if faults := _with_lines(folder, _inside(directory)):
        raise InputAtFault(faults)
    return directory


def check_directory(folder: Path, wards: Collection[str]) -> tuple[Fault, ...]:
    """What is wrong with the directory: the document itself, then wards that the place does not
    have."""
    try:
        directory = read_directory(folder)
    except InputAtFault as e:
        return e.faults
    if directory is None or not wards:
        return ()
    what, expected = "the code is not known", "a code in tables/wards.csv"
    strangers = [
        (("services", i, "ward"), what, s.ward, expected)
        for i, s in enumerate(directory.services)
        if s.ward is not None and s.ward not in wards
    ]
    return _with_lines(folder, strangers)


Wrong = tuple[tuple[str | int, ...], str, str, str]  # where, what, found, expected


def _inside(directory: Directory) -> Iterator[Wrong]:
    """Keys that stand twice, organisations and needs that the directory does not declare."""
    organisations, seen = {o.key for o in directory.organisations}, set()
    for i, s in enumerate(directory.services):
        if s.key in seen:
            yield ("services", i, "key"), "the key stands twice", s.key, "each service key once"
        seen.add(s.key)
        if s.organisation not in organisations:
            what = f"service {s.key}: unknown organisation"
            yield (
                ("services", i, "organisation"),
                what,
                s.organisation,
                "an organisation of this directory",
            )
        for n, need in enumerate(s.needs):
            if need not in directory.needs:
                yield (
                    ("services", i, "needs", n),
                    f"service {s.key}: unknown need",
                    need,
                    "a need of this directory",
                )


def _with_lines(folder: Path, wrong: Iterable[Wrong]) -> tuple[Fault, ...]:
    found = list(wrong)
    content = load_yaml(folder / "services.yaml", name="services.yaml") if found else None
    return tuple(
        Fault(
            what=what,
            file="services.yaml",
            line=line_of(content, at),
            path="".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in at).lstrip("."),
            found=value,
            expected=expected,
        )
        for at, what, value, expected in found
    )


# --- where ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Spot:
    """A point and what it stands for."""

    latitude: float
    longitude: float
    label: str

    def km_to(self, other: Spot) -> float:
        """Great-circle distance (haversine)."""
        a, b = math.radians(self.latitude), math.radians(other.latitude)
        half_lat, half_lon = (b - a) / 2, math.radians(other.longitude - self.longitude) / 2
        h = math.sin(half_lat) ** 2 + math.cos(a) * math.cos(b) * math.sin(half_lon) ** 2
        return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h)))

    def way_to(self, other: Spot) -> str:
        """The point of the compass in which the other lies: north, north-east ... (initial bearing
        of the great circle)."""
        a, b = math.radians(self.latitude), math.radians(other.latitude)
        east = math.radians(other.longitude - self.longitude)
        y, x = (
            math.sin(east) * math.cos(b),
            math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(east),
        )
        return COMPASS[round(math.degrees(math.atan2(y, x)) / 45) % 8]


@dataclass(frozen=True)
class Gazetteer:
    """Where names and postcodes lie, as far as the place's own tables tell.

    A postcode is found exactly when a surgery has it; any other by the middle of its district's
    surgeries, which is good to about a mile. No table of all postcodes is needed, so none is
    carried.
    """

    wards: Mapping[str, Spot]
    names: Mapping[str, Spot]

    def find(self, text: str) -> Spot | None:
        """The spot for a ward, an area name or a postcode, however it is typed; None for what the
        tables do not know."""
        sought = _folded(text)
        if not sought:
            return None
        found = self.names.get(sought)
        if found is None and (
            outward := re.fullmatch(r"([a-z]{1,2}\d[a-z\d]?)(\d[a-z]{2})?", sought)
        ):
            found = self.names.get(outward[1])
        return found


def gazetteer(*, wards: pa.Table, areas: pa.Table, practices: pa.Table) -> Gazetteer:
    """Built once from the place's tables."""
    names = {w["ward_code"]: w["ward_name"] for w in wards.to_pylist()}
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for area in areas.to_pylist():
        point = (area["latitude"], area["longitude"])
        points.setdefault(("ward", area["ward_code"]), []).append(point)
        if area["middle_area_name"]:
            points.setdefault(("name", area["middle_area_name"]), []).append(point)
    for practice in practices.to_pylist():
        if practice["postcode"]:
            point = (practice["latitude"], practice["longitude"])
            points.setdefault(("name", practice["postcode"]), []).append(point)
            points.setdefault(("name", practice["postcode"].split()[0]), []).append(point)
    by_ward = {
        code: _middle(p, names.get(code, code))
        for (kind, code), p in points.items()
        if kind == "ward"
    }
    by_name = {
        _folded(name): _middle(p, name) for (kind, name), p in points.items() if kind == "name"
    }
    return Gazetteer(
        wards=by_ward, names={**by_name, **{_folded(s.label): s for s in by_ward.values()}}
    )


def _middle(points: Sequence[tuple[float, float]], label: str) -> Spot:
    return Spot(
        sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points), label
    )


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


# --- search ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Match:
    """A service, how far it is (None when it comes to you or nothing was asked) and whether it is
    open then."""

    service: Service
    km: float | None
    open: bool | None


def search(
    directory: Directory,
    places: Gazetteer,
    *,
    need: str = "",
    text: str = "",
    near: Spot | None = None,
    when: dt.datetime | None = None,
    age: int | None = None,
) -> list[Match]:
    """Services that answer the need and the words, open at `when` if it is given; nearest first,
    else by name.

    Whoever comes to the home or answers the telephone is as near as can be, and stands after what
    is within a walk.
    """
    sought = text.casefold().split()
    found = []
    for s in directory.services:
        wanted = (not need or need in s.needs) and all(w in _said(s, directory) for w in sought)
        if not wanted or (when is not None and not s.open_at(when)) or not _of_age(s, age):
            continue
        spot = places.wards.get(s.ward) if s.ward else None
        km = near.km_to(spot) if near and spot and s.reach == "visit it" else None
        found.append(Match(s, km, s.open_at(when) if when is not None else None))
    walk_km = 1.6
    return sorted(
        found,
        key=lambda m: (
            (m.km if m.km is not None else walk_km, m.service.name) if near else (0, m.service.name)
        ),
    )


def _of_age(service: Service, age: int | None) -> bool:
    if age is None:
        return True
    return (
        (service.minimum_age or 0)
        <= age
        <= (service.maximum_age if service.maximum_age is not None else 200)
    )


def _said(service: Service, directory: Directory) -> str:
    needs = " ".join(directory.needs[n] for n in service.needs)
    organisation = directory.organisation(service.organisation).name
    ways = " ".join((*service.languages, *service.accessibility))
    return f"{service.name} {service.kind} {service.description} {service.who_for} {needs} {organisation} {ways}".casefold()


# --- Open Referral --------------------------------------------------------------------------------------------------
def identifier(place: str, kind: str, key: str) -> str:
    """The same UUID for the same thing, whoever asks and whenever."""
    return str(uuid.uuid5(_NAMES, f"{place}/{kind}/{key}"))


def as_hsds(
    service: Service, directory: Directory, places: Gazetteer, *, place: str
) -> dict[str, Any]:
    """One service in the shape of HSDS 3.1 (Open Referral UK): full, with organisation, schedule
    and location."""
    organisation = directory.organisation(service.organisation)
    made: dict[str, Any] = {
        "id": identifier(place, "service", service.key),
        "name": service.name,
        "description": service.description,
        "status": "active",
        "eligibility_description": service.who_for,
        "application_process": {
            "yourself": "Get in touch yourself.",
            "referral": "A professional refers you.",
            "either": "Get in touch yourself, or ask a professional to refer you.",
        }[service.access],
        "fees_description": service.fees or "Free",
        "organization": {
            "id": identifier(place, "organisation", organisation.key),
            "name": organisation.name,
            "description": organisation.description,
        },
        "schedules": list(_schedules(service, place)),
        "service_at_locations": [_location(service, places, place)],
        "attributes": [_term(n, directory, place) for n in service.needs],
    }
    optional = {
        "minimum_age": service.minimum_age,
        "maximum_age": service.maximum_age,
        "email": service.email or None,
    }
    made.update({k: v for k, v in optional.items() if v is not None})
    if service.telephone:
        made["phones"] = [
            {"id": identifier(place, "phone", service.key), "number": service.telephone}
        ]
    if service.languages:
        made["languages"] = [
            {"id": identifier(place, "language", f"{service.key}/{name}"), "name": name}
            for name in service.languages
        ]
    if directory.demonstration:
        made["alert"] = "An invented service for demonstration: it does not exist."
    return made


def taxonomy(directory: Directory, *, place: str) -> list[dict[str, str]]:
    """The needs as taxonomy terms."""
    return [
        {
            "id": identifier(place, "need", key),
            "code": key,
            "name": said,
            "description": said,
            "taxonomy": "Needs",
        }
        for key, said in sorted(directory.needs.items())
    ]


def _term(need: str, directory: Directory, place: str) -> dict[str, Any]:
    said = directory.needs[need]
    term = {
        "id": identifier(place, "need", need),
        "code": need,
        "name": said,
        "description": said,
        "taxonomy": "Needs",
    }
    return {
        "id": identifier(place, "attribute", need),
        "link_entity": "service",
        "taxonomy_term": term,
    }


def _schedules(service: Service, place: str) -> Iterable[dict[str, Any]]:
    hours = service.hours or (Hours(days=DAYS, opens=dt.time(), closes=dt.time()),)
    for i, h in enumerate(hours):
        yield {
            "id": identifier(place, "schedule", f"{service.key}/{i}"),
            "freq": "WEEKLY",
            "interval": 1,
            "byday": ",".join(d[:2].upper() for d in h.days),
            "opens_at": f"{h.opens:%H:%M}",
            "closes_at": "24:00" if h.closes == dt.time() else f"{h.closes:%H:%M}",
        }


def _location(service: Service, places: Gazetteer, place: str) -> dict[str, Any]:
    location: dict[str, Any] = {
        "id": identifier(place, "location", service.key),
        "location_type": "physical" if service.reach == "visit it" else "virtual",
        "name": service.name,
    }
    spot = places.wards.get(service.ward) if service.ward else None
    if spot:
        location |= {
            "latitude": round(spot.latitude, 5),
            "longitude": round(spot.longitude, 5),
            "description": ", ".join(p for p in (service.address, spot.label) if p),
        }
    if service.directions:
        location["transportation"] = service.directions
    if service.accessibility:
        location["accessibility"] = [
            {"id": identifier(place, "accessibility", f"{service.key}/{i}"), "description": said}
            for i, said in enumerate(service.accessibility)
        ]
    return {"id": identifier(place, "service at location", service.key), "location": location}
