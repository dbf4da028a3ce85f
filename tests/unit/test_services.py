"""The directory: hours, nearness, search and the shape that Open Referral asks for."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from oneplace.documents import parse
from oneplace.faults import InputAtFault
from oneplace.place.geography import read_place
from oneplace.place.services import (
    Directory,
    Spot,
    as_hsds,
    gazetteer,
    identifier,
    read_directory,
    search,
    taxonomy,
)

REPO = Path(__file__).resolve().parents[2]
HSDS = REPO.parent / "shared" / "corpora" / "hsds"
TUESDAY = dt.datetime(2024, 1, 2)


@pytest.fixture(scope="module", params=["liverpool", "hamlet"])
def shipped(request):
    folder = REPO / "places" / request.param
    place = read_place(folder)
    places = gazetteer(
        wards=place.table("wards"), areas=place.table("areas"), practices=place.table("practices")
    )
    return read_directory(folder), places


def directory(**changes):
    service = {
        "key": "class",
        "name": "Balance class",
        "organisation": "o",
        "kind": "class",
        "needs": ["falls"],
        "description": "A class.",
        "ward": "W1",
        "hours": [{"days": ["tuesday"], "opens": "17:00", "closes": "18:30"}],
    }
    content = {
        "demonstration": True,
        "needs": {"falls": "I have fallen"},
        "organisations": [{"key": "o", "name": "O", "description": "An organisation"}],
        "services": [{**service, **changes}],
    }
    return parse(content, Directory, file="services.yaml")


@pytest.mark.parametrize(
    ("day", "time", "is_open"),
    [
        (2, "17:00", True),
        (2, "17:30", True),
        (2, "18:29", True),
        (2, "18:30", False),
        (2, "16:59", False),
        (3, "17:30", False),
    ],
)
def test_open_from_the_first_minute_to_just_before_the_last(day, time, is_open):
    [service] = directory().services
    assert service.open_at(dt.datetime.fromisoformat(f"2024-01-0{day}T{time}")) is is_open


def test_midnight_closes_the_day():
    [service] = directory(
        hours=[{"days": ["tuesday"], "opens": "18:00", "closes": "00:00"}]
    ).services
    assert service.open_at(TUESDAY.replace(hour=23, minute=59))
    assert not service.open_at(TUESDAY + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("a ward", {"ward": None}),
        ("always_open", {"always_open": True}),
        ("always_open", {"hours": []}),
        (
            "closing time after 17:00",
            {"hours": [{"days": ["monday"], "opens": "17:00", "closes": "09:00"}]},
        ),
        ("maximum_age", {"minimum_age": 65, "maximum_age": 18}),
    ],
)
def test_a_service_that_makes_no_sense_is_refused(field, changes):
    with pytest.raises(InputAtFault, match=field):
        directory(**changes)


def test_both_shipped_directories_are_marked_as_invented_and_lie_where_their_wards_are(shipped):
    found, places = shipped
    assert found.demonstration
    for s in found.services:
        assert s.ward is None or s.ward in places.wards, s.key
        assert s.email.endswith("@example.org")
        assert s.telephone.startswith("0151 496 0")  # the range that Ofcom keeps for drama


def test_every_need_has_a_service(shipped):
    found, places = shipped
    for need in found.needs:
        assert search(found, places, need=need), need


def test_nearest_first_and_home_visits_within_a_walk():
    folder = REPO / "places" / "liverpool"
    place = read_place(folder)
    places = gazetteer(
        wards=place.table("wards"), areas=place.table("areas"), practices=place.table("practices")
    )
    found = search(read_directory(folder), places, need="falls", near=places.find("L4 2xx"))
    assert found[0].service.key == "strength-balance-kirkdale"
    far = [m.km for m in found if m.km is not None]
    assert far == sorted(far)


def test_a_place_is_found_however_it_is_typed():
    place = read_place(REPO / "places" / "liverpool")
    places = gazetteer(
        wards=place.table("wards"), areas=place.table("areas"), practices=place.table("practices")
    )
    assert places.find("l24 6th").label == "L24 6TH"
    assert places.find("L246zz").label == "L24"
    assert places.find(" st michaels ").label == "St Michael's"
    assert places.find("") is places.find("Atlantis") is places.find("'; drop table") is None


def test_distance_is_the_great_circle():
    # One degree of latitude on a sphere of 6,371.0088 km radius: 2 pi r / 360.
    assert Spot(53, -3, "a").km_to(Spot(54, -3, "b")) == pytest.approx(111.19508, abs=1e-4)
    assert Spot(53, -3, "a").km_to(Spot(53, -3, "a")) == 0


def test_identifiers_last(shipped):
    found, _ = shipped
    ids = [identifier("X", "service", s.key) for s in found.services]
    assert len(set(ids)) == len(ids) and ids == [
        identifier("X", "service", s.key) for s in found.services
    ]


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2024-01-01T12:00", "2024-01-02T17:00"),  # Monday: tomorrow
        ("2024-01-02T16:59", "2024-01-02T17:00"),  # Tuesday, a minute before
        ("2024-01-02T17:00", "2024-01-09T17:00"),  # it has opened: the next time is in a week
        ("2024-01-02T23:00", "2024-01-09T17:00"),
    ],
)
def test_when_the_door_opens_next(now, opens):
    service = directory().services[0]
    assert service.opens_next(dt.datetime.fromisoformat(now)) == dt.datetime.fromisoformat(opens)


def test_what_never_closes_never_opens():
    service = directory(hours=[], always_open=True).services[0]
    assert service.open_at(TUESDAY) and service.opens_next(TUESDAY) is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "way"),
    [(53.5, -3.0, "north"), (53.3, -3.0, "south"), (53.4, -2.8, "east"), (53.4, -3.2, "west"),
     (53.5, -2.832, "north-east"), (53.3, -3.168, "south-west")],
)  # fmt: skip
def test_the_way_from_one_place_to_another(latitude, longitude, way):
    assert Spot(53.4, -3.0, "here").way_to(Spot(latitude, longitude, "there")) == way


def test_languages_and_ways_in_are_searched_and_published():
    found = directory(
        languages=["Polish"],
        accessibility=["Hearing loop"],
        directions="By the stop",
        address="3 Mill Lane",
    )
    places = gazetteer_of_one()
    assert [m.service.key for m in search(found, places, text="polish")] == ["class"]
    assert [m.service.key for m in search(found, places, text="hearing loop")] == ["class"]
    made = as_hsds(found.services[0], found, places, place="X")
    [at] = made["service_at_locations"]
    assert [x["name"] for x in made["languages"]] == ["Polish"]
    assert at["location"]["transportation"] == "By the stop"
    assert [a["description"] for a in at["location"]["accessibility"]] == ["Hearing loop"]
    assert at["location"]["description"] == "3 Mill Lane, Somewhere"


def gazetteer_of_one():
    from oneplace.place.services import Gazetteer

    return Gazetteer(wards={"W1": Spot(53.4, -3.0, "Somewhere")}, names={})


def schema(name: str):
    """The published schema with the addresses of its parts made local."""
    return json.loads((HSDS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(
    not HSDS.exists(), reason="needs ../shared/corpora/hsds, the published HSDS schemas"
)
def test_services_are_valid_open_referral(shipped):
    jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema")
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Resource:
        path = HSDS / uri
        content = (
            json.loads(path.read_text(encoding="utf-8"))
            if path.exists()
            else {"type": "object", "required": ["id"]}
        )
        return Resource(content, DRAFT202012)

    found, places = shipped
    check = jsonschema.Draft202012Validator(
        schema("service"),
        registry=Registry(retrieve=retrieve),
        format_checker=jsonschema.FormatChecker(),
    )
    known = set(schema("service")["properties"])
    for service in found.services:
        made = as_hsds(service, found, places, place="E06")
        assert [e.message for e in check.iter_errors(made)] == [], service.key
        assert set(made) <= known | {"organization"}
    assert {t["code"] for t in taxonomy(found, place="E06")} == set(found.needs)
