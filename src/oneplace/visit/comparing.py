"""Comparisons inside a place: any measure or feature by area, ward, neighbourhood, practice, network, team, provider or local fifth.

In: a visit, what to compare, by what. Out: the answer of `plan.performance.compare` with its definition, denominator, source, caveats and the
hexagons of a map. Counts of people pass `safety.disclose` before anything is computed from them; published figures do not need it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from oneplace.faults import Fault, InputAtFault
from oneplace.place.organisations import practices, providers
from oneplace.plan.performance.compare import Better, Kind, Unit, compare_units
from oneplace.plan.performance.forms import MeasureDefinition
from oneplace.plan.performance.page import is_share
from oneplace.plan.performance.series import following
from oneplace.safety.disclose import disclose, effective
from oneplace.visit import counting

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit

By = Literal["area", "ward", "neighbourhood", "practice", "network", "team", "provider", "quintile"]
GROUPS: tuple[By, ...] = ("area", "ward", "neighbourhood", "practice", "network", "team", "provider", "quintile")
OF_AREAS = ("area", "ward", "neighbourhood", "quintile")
BANDS = 19
PER_FEATURE = 1000.0
# Features that say how people are, where fewer is better unless somebody says otherwise; the count of nothing else is judged.
FLAGS, COUNTS = "BOOLEAN", "INTEGER"
EVENTS = ("12m", "24_to_12m")
OVERDISPERSED = "limits are those of chance alone: people who are counted more than once make true limits wider"


@dataclass(frozen=True)
class _Cell:
    """One group's counts."""

    numerator: float
    denominator: float
    events_by_age: tuple[float, ...] = ()
    people_by_age: tuple[float, ...] = ()
    before: tuple[float, float] | None = None
    mean_age: float = 0.0
    mean_quintile: float = 3.0


def indicators(visit: Visit) -> list[dict[str, str]]:
    """Everything that can be compared: measures, and features of the build that are flags or counts of a year."""
    found = [{"id": m.id, "title": m.title, "of": "measure"} for m in visit.plan_documents.measures]
    for name, kind in _features(visit).items():
        if kind == FLAGS or name.endswith(EVENTS):
            found.append({"id": name, "title": name.replace("_", " "), "of": "feature"})
    return found


def compare(
    visit: Visit, what: str, by: By, *, audience: str = "inside", better: Better | None = None
) -> dict[str, Any]:
    """A measure or feature by group. `audience` is who will see it: inside or leaving, as the place's suppression says."""
    if by not in GROUPS:
        raise InputAtFault(
            Fault(what="nothing can be compared by this", file="compare", found=by, expected=", ".join(GROUPS))
        )
    measure = next((m for m in visit.plan_documents.measures if m.id == what), None)
    if measure is not None:
        if by == "provider":
            return _by_provider(visit, measure)
        return _by_records(visit, measure, by, audience)
    kinds = _features(visit)
    if what not in kinds or (kinds[what] != FLAGS and not what.endswith(EVENTS)) or by == "provider":
        known = [i["id"] for i in indicators(visit)]
        raise InputAtFault(
            Fault(
                what="no measure or feature that can be compared has this name",
                file="compare",
                found=what,
                expected="one of: " + ", ".join(known[:40]),
            )
        )
    return _by_feature(visit, what, kinds[what] == FLAGS, by, audience, better or "lower")


def _features(visit: Visit) -> dict[str, str]:
    if visit.build is None:
        return {}
    rows = visit.ask("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'features'")
    return {r["column_name"]: r["data_type"] for r in rows}


# --- published figures of trusts --------------------------------------------------------------------------------------
def _by_provider(visit: Visit, measure: MeasureDefinition) -> dict[str, Any]:
    from oneplace.visit.performance import WHOLE_PLACE, series

    found = {c: f for c, f in series(visit, measure).items() if c != WHOLE_PLACE}
    months = sorted({f.month for figures in found.values() for f in figures if following(f.month) <= visit.as_of})
    if not months:
        return _none(visit, measure.title, "provider", "no figures of trusts up to this day: oneplace measures import")
    newest = months[-1]
    known = providers(visit.place, visit.as_of)
    units, kinds = [], {}
    for code in sorted(found):
        by_month = {f.month: f for f in found[code]}
        now, before = by_month.get(newest), by_month.get(following(newest, -12))
        if now is None or (code in known and known[code].ended):
            continue
        kinds[code] = known[code].kind if code in known else "not of this place"
        units.append(
            Unit(
                code=code,
                name=known[code].name if code in known else code,
                numerator=now.numerator,
                denominator=now.denominator,
                before=(before.numerator, before.denominator) if before else None,
            )
        )
    if not is_share(measure):
        rows = [{"code": u.code, "name": u.name, "value": u.numerator, "kind": kinds[u.code]} for u in units]
        return {
            **_head(visit, measure.title, "provider", None),
            "compared": False,
            "why": "a plain count has nothing to be divided by",
            "rows": rows,
        }
    better: Better = "higher" if measure.better == "higher" else "lower"
    answer = compare_units(units, kind="proportion", per=100.0, better=better, rng=_rng(measure.id, "provider"))
    for row in answer["rows"]:
        row["kind"] = kinds[row["code"]]
    return {
        **_head(visit, measure.title, "provider", measure.denominator),
        **answer,
        "month": newest.isoformat(),
        "basis": "published",
        "suppression": "published figures are shown as published",
        "definition": f"{measure.numerator}, of {measure.denominator}",
        "source": measure.source,
        "caveats": [c for c in (measure.note,) if c],
        "hexagons": [],
    }


# --- counts of people -------------------------------------------------------------------------------------------------
def _by_records(visit: Visit, measure: MeasureDefinition, by: By, audience: str) -> dict[str, Any]:
    """A measure counted from the records by where people live or are registered, in its newest month and a year before."""
    how = measure.from_records
    if how is None:
        return _none(
            visit, measure.title, by, measure.note or "the records cannot say it by where people live or are registered"
        )
    last = min(following(visit.as_of.replace(day=1), -1), counting.last_month(visit))
    first = following(last, -12)
    keys, base = _grouping(visit, by)
    months: dict[dt.date, dict[str, list[float]]] = {}
    share = is_share(measure)
    for c in counting.counted(visit, how, first=first, last=last, by=base):
        group = keys.get(c.part)
        if group is not None:
            cell = months.setdefault(c.month, {}).setdefault(group, [0.0, 0.0])
            cell[0] += c.numerator
            cell[1] += c.denominator or 0.0
    people = _people(visit, by, keys, base)
    if share:
        now, then = months.get(last, {}), months.get(first, {})
        cells = {g: _with(people.get(g), now.get(g, [0.0, 0.0]), then.get(g)) for g in people}
        kind: Kind = "proportion" if how.count != "diagnosed" else "rate"
        per, denominator = 100.0, measure.denominator
    else:
        total: dict[str, float] = {}
        for month, groups in months.items():
            if month > first or how.count == "waiting":
                for g, (n, _) in groups.items():
                    total[g] = n if how.count == "waiting" else total.get(g, 0.0) + n
        cells = {g: _with(p, [total.get(g, 0.0), p.denominator], None) for g, p in people.items()}
        kind, per, denominator = "rate", PER_FEATURE, _population(visit, by)
    better: Better = "higher" if measure.better == "higher" else "lower"
    said = f"{measure.numerator}{f', of {measure.denominator}' if share else f' for each {per:,.0f} {denominator}'}"
    period = f"{last:%B %Y}" if share or how.count == "waiting" else f"{following(first):%B %Y} to {last:%B %Y}"
    return _answer(
        visit,
        measure.id,
        measure.title,
        by,
        cells,
        kind,
        per,
        better,
        audience,
        said,
        denominator or "",
        period,
        [measure.note],
    )


def _by_feature(visit: Visit, name: str, flag: bool, by: By, audience: str, better: Better) -> dict[str, Any]:
    keys, base = _grouping(visit, by)
    before = name.replace("_12m", "_24_to_12m")
    has_before = not flag and before != name and before in _features(visit)
    cells = _people(
        visit, by, keys, base, event=f"CAST({name} AS INTEGER)" if flag else name, before=before if has_before else None
    )
    denominator = _population(visit, by)
    title = name.replace("_", " ")
    kind: Kind = "proportion" if flag else "rate"
    per = 100.0 if flag else PER_FEATURE
    said = f"{title}: {'people' if flag else 'events'} for each {per:,.0f} {denominator}"
    caveats = [OVERDISPERSED] if not flag else []
    return _answer(
        visit,
        name,
        title,
        by,
        cells,
        kind,
        per,
        better,
        audience,
        said,
        denominator,
        f"on {visit.as_of}",
        caveats,
        standardise=True,
    )


def _answer(
    visit: Visit,
    key: str,
    title: str,
    by: By,
    cells: Mapping[str, _Cell],
    kind: Kind,
    per: float,
    better: Better,
    audience: str,
    said: str,
    denominator: str,
    period: str,
    caveats: Sequence[str | None],
    *,
    standardise: bool = False,
) -> dict[str, Any]:
    suppression = visit.document.suppression
    profile = effective([suppression.inside], suppression.leaving if audience == "leaving" else suppression.inside)
    names = _group_names(visit, by)
    order = sorted(cells)
    if not order:
        return _none(visit, title, by, "this place has no such groups")
    counts = [round(cells[g].numerator) for g in order]
    shown = disclose(counts, profile)
    whole_denominators = all(float(cells[g].denominator).is_integer() for g in order)
    people = disclose([round(cells[g].denominator) for g in order], profile, totals=False).cells
    befores = disclose([round((cells[g].before or (0.0, 0.0))[0]) for g in order], profile, totals=False).cells
    units = []
    for i, g in enumerate(order):
        cell = cells[g]
        # A share says a small number of others, too: both sides have to be large enough to be shown.
        others = round(cell.denominator) - counts[i]
        hide = people[i] is None or (kind == "proportion" and profile.most is not None and 0 < others <= profile.most)
        n = None if hide else shown.cells[i]
        units.append(
            Unit(
                code=g,
                name=names.get(g, g),
                numerator=n,
                denominator=people[i] if whole_denominators else cell.denominator,
                # A rounded count beside an exact standardised rate would give the count away.
                by_age=(cell.events_by_age, cell.people_by_age)
                if n is not None and not profile.nearest and cell.people_by_age
                else None,
                before=(befores[i], cell.before[1]) if cell.before and n is not None else None,
                like=(cell.mean_age, cell.mean_quintile, float(np.log(max(cell.denominator, 1.0)))),
            )
        )
    answer = compare_units(units, kind=kind, per=per, better=better, rng=_rng(key, by), standardise=standardise)
    demonstration = "made from demonstration people: not a test of the place" if visit.document.demonstration else None
    return {
        **_head(visit, title, by, denominator),
        **answer,
        "id": key,
        "total": shown.total,
        "hidden": sum(u.numerator is None for u in units),
        "definition": said,
        "period": period,
        "basis": visit.basis,
        "suppression": profile.sentence,
        "source": f"records of build {visit.build_id}",
        "caveats": [c for c in (*caveats, demonstration, _deprivation_note(by)) if c],
        "hexagons": _hexagons(visit, by, {r["code"]: r["value"] for r in answer["rows"]}),
    }


def _head(visit: Visit, title: str, by: str, denominator: str | None) -> dict[str, Any]:
    return {
        "title": title,
        "by": by,
        "denominator": denominator,
        "as_of": visit.as_of.isoformat(),
        "build": visit.build_id,
        "demonstration": visit.document.demonstration,
        "notice": visit.notice,
    }


def _none(visit: Visit, title: str, by: str, why: str) -> dict[str, Any]:
    return {**_head(visit, title, by, None), "compared": False, "why": why, "rows": [], "hexagons": []}


def _rng(*what: str) -> np.random.Generator:
    """Rank limits are drawn alike each time the same question is asked."""
    return np.random.default_rng(zlib.crc32(" ".join(what).encode()))


def _with(p: _Cell | None, now: list[float], then: list[float] | None) -> _Cell:
    base = p or _Cell(0.0, 0.0)
    return _Cell(
        now[0],
        now[1],
        before=(then[0], then[1]) if then else None,
        mean_age=base.mean_age,
        mean_quintile=base.mean_quintile,
    )


def _population(visit: Visit, by: By) -> str:
    which = getattr(visit.document.denominators, "place" if by == "quintile" else by)
    who = "people who live there" if which == "resident" else "people registered there"
    return f"{who}, in the records on {visit.as_of}"


def _grouping(visit: Visit, by: By) -> tuple[dict[str, str], str]:
    """What each area or practice belongs to, and the column of the features that names the area or practice."""
    place = visit.place
    if by in OF_AREAS:
        rows = place.table("areas").to_pylist()
        if by == "neighbourhood":
            rows = place.table("neighbourhood_areas").to_pylist()
            return {r["area_code"]: r["neighbourhood_code"] for r in rows}, "area_code"
        column = {"area": "area_code", "ward": "ward_code", "quintile": "local_quintile"}[by]
        return {r["area_code"]: str(r[column]) for r in rows}, "area_code"
    known = practices(place)
    if by == "practice":
        return {c: c for c in known}, "practice_code"
    pick = {c: p.network_code if by == "network" else p.team_code for c, p in known.items()}
    return {c: g for c, g in pick.items() if g is not None}, "practice_code"


def _people(
    visit: Visit, by: By, keys: Mapping[str, str], base: str, *, event: str = "0", before: str | None = None
) -> dict[str, _Cell]:
    """People of each group by age, with their events: residents or registered, as the place's denominators say."""
    which = getattr(visit.document.denominators, "place" if by == "quintile" else by)
    rows = visit.ask(
        f"SELECT {base} AS part, least(age // 5, {BANDS - 1}) AS band, count(*) AS people, sum({event}) AS events, "
        f"sum({before or 0}) AS before, sum(age) AS ages, sum(coalesce(local_quintile, 3)) AS fifths "
        f"FROM features WHERE {base} IS NOT NULL AND {'resident' if which == 'resident' else 'registered'} GROUP BY ALL"
    )
    sums: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    for r in rows:
        group = keys.get(r["part"])
        if group is None:
            continue
        table = sums.setdefault(group, np.zeros((5, BANDS)))
        table[:, int(r["band"])] += [float(r[c] or 0) for c in ("events", "people", "before", "ages", "fifths")]
    found = {}
    for group, table in sums.items():
        events, people, earlier, ages, fifths = table.sum(axis=1)
        found[group] = _Cell(
            float(events),
            float(people),
            tuple(table[0].tolist()),
            tuple(table[1].tolist()),
            (float(earlier), float(people)) if before else None,
            float(ages / people),
            float(fifths / people),
        )
    return found


def _group_names(visit: Visit, by: By) -> dict[str, str]:
    place = visit.place
    if by == "quintile":
        words = ("most deprived", "second", "middle", "fourth", "least deprived")
        return {str(i): f"{w} fifth of local areas" for i, w in enumerate(words, start=1)}
    table, code, name = {
        "area": ("areas", "area_code", "area_name"),
        "ward": ("wards", "ward_code", "ward_name"),
        "neighbourhood": ("neighbourhoods", "neighbourhood_code", "neighbourhood_name"),
        "practice": ("practices", "practice_code", "practice_name"),
        "network": ("networks", "network_code", "network_name"),
        "team": ("teams", "team_code", "team_name"),
        "provider": ("providers", "provider_code", "provider_name"),
    }[by]
    rows = place.table(table)
    return dict(zip(rows[code].to_pylist(), rows[name].to_pylist(), strict=True))


def _deprivation_note(by: By) -> str | None:
    return "fifths are local: of this place's own areas, not of England's" if by == "quintile" else None


def _hexagons(visit: Visit, by: By, values: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """One cell for each small area, with the value of the group it belongs to."""
    if by not in OF_AREAS:
        return []
    keys, _ = _grouping(visit, by)
    return [
        {
            "area": r["area_code"],
            "name": r["middle_area_name"] or r["area_name"],
            "column": r["hex_column"],
            "row": r["hex_row"],
            "group": keys.get(r["area_code"]),
            "value": values.get(keys.get(r["area_code"], "")),
        }
        for r in visit.place.table("areas").to_pylist()
    ]
