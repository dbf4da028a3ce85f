"""What happens to people, unit beside unit: events for each 1,000 and shares of people with a condition.

In: a visit, a measure, a kind of unit, the rule for small numbers. Out: a `Comparison`: each unit with counts that may be
shown, its rate with limits, its place in the funnel. Residents are compared by where they live, registered people by
where they are registered; the two are never mixed. Rates are crude.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from oneplace.methods.funnel import Funnel, funnel
from oneplace.methods.rates import proportion, rate
from oneplace.place.organisations import practices, team_names, team_of_practice
from oneplace.safety.disclose import PROFILES, disclose
from oneplace.tables.vocabulary import words

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit

By = Literal["area", "neighbourhood", "ward", "team", "practice", "network"]
BYS: dict[By, str] = {
    "area": "Small area",
    "neighbourhood": "Neighbourhood",
    "ward": "Ward",
    "team": "Team",
    "practice": "Practice",
    "network": "Network",
}
RESIDENT: frozenset[By] = frozenset({"area", "neighbourhood", "ward"})
PER = 1000.0


@dataclass(frozen=True)
class Measure:
    """`column` of the features: a count of events of the year before, or a condition that somebody has or has not."""

    id: str
    title: str
    column: str
    kind: Literal["events", "share"]

    @property
    def unit(self) -> str:
        return "per 1,000" if self.kind == "events" else "%"


EVENTS = (
    Measure("emergency-admissions", "Emergency admissions", "emergency_admissions_12m", "events"),
    Measure("ae-attendances", "A&E attendances", "ae_attendances_12m", "events"),
    Measure("planned-admissions", "Planned admissions", "planned_admissions_12m", "events"),
    Measure("outpatient-attendances", "Outpatient attendances", "outpatient_attendances_12m", "events"),
    Measure("gp-consultations", "GP consultations", "gp_consultations_12m", "events"),
    Measure("community-contacts", "Community contacts", "community_contacts_12m", "events"),
)


@dataclass(frozen=True)
class UnitRate:
    """One unit. None stands for what may not be shown or is not there."""

    code: str
    name: str
    events: int | None
    people: int | None
    rate: float | None
    lower: float | None
    upper: float | None
    standing: Literal["within", "warning", "outside"] | None
    says: str
    column: int | None = None
    row: int | None = None


@dataclass(frozen=True)
class Limit:
    """The funnel at one size of population."""

    people: float
    low_95: float
    high_95: float
    low_998: float
    high_998: float


@dataclass(frozen=True)
class Comparison:
    measure: Measure
    by: By
    denominator: str
    period: str
    units: tuple[UnitRate, ...]
    average: float | None
    limits: tuple[Limit, ...]
    rule: str

    @property
    def hidden(self) -> int:
        return sum(u.rate is None for u in self.units)


def measures(visit: Visit) -> tuple[Measure, ...]:
    """What can be compared: events of the year before, and the conditions that practices keep registers of."""
    present = {
        r["column_name"] for r in visit.ask("SELECT column_name FROM duckdb_columns() WHERE table_name = 'features'")
    }
    conditions = (
        Measure(w.key.replace("_", "-"), f"People with {w.title[0].lower()}{w.title[1:]}", w.key, "share")
        for w in words()
        if w.domain == "condition" and w.qof
    )
    return tuple(m for m in (*EVENTS, *conditions) if m.column in present)


def tallies(visit: Visit, by: By) -> dict[str, dict[str, Any]]:
    """People of each unit with the sum of every measure: one reading of the features. True counts: never shown as they are."""
    columns = ", ".join(
        f'CAST(coalesce(sum(CAST({m.column} AS INTEGER)), 0) AS BIGINT) AS "{m.id}"' for m in measures(visit)
    )
    key = "area_code" if by in RESIDENT else "practice_code"
    rows = visit.ask(
        f"SELECT {key} AS code, count(*) AS people, {columns} FROM features WHERE {key} IS NOT NULL GROUP BY {key}"
    )
    if by in ("area", "practice"):
        return {r["code"]: r for r in rows}
    of = _members(visit, by)
    out: dict[str, dict[str, Any]] = {}
    for r in rows:
        unit = of.get(r["code"])
        if unit is None:
            continue
        found = out.setdefault(unit, dict.fromkeys(r, 0))
        for name, value in r.items():
            found[name] = unit if name == "code" else found[name] + value
    return out


def compare(visit: Visit, measure: Measure, by: By, profile: str, *, counted: dict[str, dict[str, Any]]) -> Comparison:
    """One measure, unit beside unit. `counted` are the `tallies` of this kind of unit."""
    named = _names(visit, by)
    codes = [c for c in named if c in counted]
    events = np.array([int(counted[c][measure.id]) for c in codes], dtype=np.int64)
    people = np.array([int(counted[c]["people"]) for c in codes], dtype=np.int64)
    shown = _shown(measure, events, people, profile, _parents(visit, by, codes))
    usable = [i for i, (e, p) in enumerate(shown) if e is not None and p]
    top, bottom = [float(shown[i][0] or 0) for i in usable], [float(shown[i][1] or 0) for i in usable]
    units = [
        UnitRate(c, named[c][0], *shown[i], None, None, None, None, "Too small to show", *named[c][1:])
        for i, c in enumerate(codes)
    ]
    limits: tuple[Limit, ...] = ()
    average = None
    if usable:
        share = measure.kind == "share"
        found = proportion(top, bottom) if share else rate(top, bottom, multiplier=PER)
        spread = (
            funnel(top, bottom, kind="proportion")
            if share
            else funnel(top, bottom, kind="rate", rate=found.value, multiplier=PER)
        )
        average, limits = spread.baseline, _limits(spread, max(bottom))
        for j, i in enumerate(usable):
            u = units[i]
            units[i] = UnitRate(
                u.code, u.name, *shown[i], float(found.value[j]), float(found.lower[j]), float(found.upper[j]),
                _standing(spread.significance[j]), _says(spread.significance[j]), u.column, u.row,
            )  # fmt: skip
    day = visit.as_of.isoformat()
    return Comparison(
        measure=measure,
        by=by,
        denominator="residents" if by in RESIDENT else "registered people",
        period=f"the year before {day}" if measure.kind == "events" else f"on {day}",
        units=tuple(units),
        average=average,
        limits=limits,
        rule=PROFILES[profile].sentence,
    )


def _shown(
    measure: Measure, events: Any, people: Any, profile: str, parents: tuple[Any, ...]
) -> list[tuple[int | None, int | None]]:
    """Counts that may be shown. Of a share, the people without are a count of people too."""
    if not len(events):
        return []
    tops, bottoms = _protected(events, profile, parents), disclose(people, profile, totals=False).cells
    rests = _protected(np.maximum(people - events, 0), profile, parents) if measure.kind == "share" else tops
    return [
        (None if r is None else t, b) if b is not None else (None, None)
        for t, b, r in zip(tops, bottoms, rests, strict=True)
    ]


def _protected(counts: Any, profile: str, parents: tuple[Any, ...]) -> list[int | None]:
    """Hidden alone among the parts of a larger unit that is shown elsewhere, a count could be had by subtraction: so
    within each larger unit, and within the place, a second one is hidden with it."""
    shown = list(disclose(counts, profile, totals=False).cells)
    for of in (np.zeros(len(counts), dtype=int), *parents):
        for unit in np.unique(of):
            at = np.flatnonzero(of == unit)
            for i, value in zip(at, disclose(counts[at], profile, totals=True).cells, strict=True):
                if value is None:
                    shown[i] = None
    return shown


def _parents(visit: Visit, by: By, codes: list[str]) -> tuple[Any, ...]:
    """The larger units that the same counts are added up to, as numbers."""
    larger: dict[By, tuple[By, ...]] = {"area": ("neighbourhood", "ward"), "practice": ("team", "network")}
    out = []
    for kind in larger.get(by, ()):
        of = _members(visit, kind)
        known: dict[str | None, int] = {}
        out.append(np.array([known.setdefault(of.get(c), len(known)) for c in codes]))
    return tuple(out)


STANDINGS: dict[str, Literal["within", "warning", "outside"]] = {"0.001": "outside", "0.025": "warning"}


def _standing(significance: str) -> Literal["within", "warning", "outside"]:
    return next((s for mark, s in STANDINGS.items() if mark in significance), "within")


def _says(significance: str) -> str:
    way = "Above" if significance.startswith("High") else "Below"
    return {
        "outside": f"{way} the 99.8% limits",
        "warning": f"{way} the 95% limits",
        "within": "Within the 95% limits",
    }[_standing(significance)]


def _limits(spread: Funnel, most: float) -> tuple[Limit, ...]:
    """The curves at the same sizes of population, up to a little over the largest unit."""
    c = spread.curve
    sides = ("lower_inner", "upper_inner", "lower_outer", "upper_outer")
    if spread.kind == "proportion":
        at = {s: (c.size, getattr(c, s)) for s in sides}
    else:
        at = {s: (getattr(c, f"for_{s}"), getattr(c, s)) for s in sides}
    least = max(float(np.nanmin(x[np.isfinite(x)])) for x, _ in at.values())
    grid = np.geomspace(max(least, 1.0), most * 1.05, 40) if most * 1.05 > max(least, 1.0) else np.array([most])
    lines = [np.interp(grid, *_ordered(*at[s])) for s in sides]
    return tuple(
        Limit(float(n), float(a), float(b), float(low), float(high))
        for n, a, b, low, high in zip(grid, *lines, strict=True)
    )


def _ordered(x: Any, y: Any) -> tuple[Any, Any]:
    kept = np.isfinite(x) & np.isfinite(y)
    order = np.argsort(x[kept])
    return x[kept][order], y[kept][order]


def _names(visit: Visit, by: By) -> dict[str, tuple[Any, ...]]:
    """Every unit of the kind by its code: its name, and for small areas its cell on the map."""
    place = visit.place
    if by == "area":
        return {
            a["area_code"]: (
                f"{a['middle_area_name'] or a['area_name']} ({a['area_code']})",
                a["hex_column"],
                a["hex_row"],
            )
            for a in place.table("areas").to_pylist()
        }
    if by == "practice":
        return {p.code: (p.name,) for p in practices(place).values()}
    if by == "team":
        return {code: (name,) for code, name in team_names(place).items()}
    table = {"neighbourhood": "neighbourhoods", "ward": "wards", "network": "networks"}[by]
    return {r[f"{by}_code"]: (r[f"{by}_name"],) for r in place.table(table).to_pylist()}


def _members(visit: Visit, by: By) -> dict[str, str | None]:
    """Small area or practice -> the unit it belongs to."""
    place = visit.place
    if by == "neighbourhood":
        return {r["area_code"]: r["neighbourhood_code"] for r in place.table("neighbourhood_areas").to_pylist()}
    if by == "ward":
        return {r["area_code"]: r["ward_code"] for r in place.table("areas").to_pylist()}
    if by == "team":
        return dict(team_of_practice(place))
    return {p.code: p.network_code for p in practices(place).values()}
