"""A build in a dozen figures, its segments and its lists: worked out once, kept in the manifest for
ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

from oneplace.engines.duck import DuckEngine
from oneplace.people.caseload import WHOLE_PLACE
from oneplace.people.records import counted_as
from oneplace.report.words import day
from oneplace.tables.vocabulary import concept

# Point of delivery -> the kinds of contact it counts. A non-elective admission need not be an
# emergency.
POINTS = {
    "outpatient": ("outpatient_first", "outpatient_follow_up"),
    "elective": ("elective_admission", "day_case"),
    "non_elective": ("emergency_admission", "maternity_admission", "other_non_elective_admission"),
    "ae": ("ae_attendance",),
}
YEAR = "{0} >= CAST(? AS DATE) - INTERVAL 1 YEAR AND {0} < CAST(? AS DATE)"


def overview(engine: DuckEngine, *, as_of: dt.date) -> dict[str, Any]:
    """`{figures, segments, lists}`; what the records cannot hold is left out, not nought."""
    return {
        "figures": _figures(engine, as_of),
        "segments": engine.rows(
            "SELECT segment, count(*) AS people FROM segments GROUP BY segment ORDER BY people DESC, segment"
        ),
        "lists": _lists(engine),
    }


def _figures(engine: DuckEngine, as_of: dt.date) -> list[dict[str, Any]]:
    both = [as_of, as_of]
    on = "start_date <= CAST(? AS DATE) AND (end_date IS NULL OR end_date >= CAST(? AS DATE))"
    year, year_before = (
        YEAR.format("start_date"),
        f"the year to {day(as_of - dt.timedelta(days=1))}",
    )
    counts = [
        ("people", "people ever in the records", "SELECT count(*) AS n FROM people", []),
        (
            "residents",
            "residents on the day",
            f"SELECT count(DISTINCT person_id) AS n FROM residence WHERE area_code IS NOT NULL AND {on}",
            both,
        ),
        (
            "registered",
            "registered on the day",
            f"SELECT count(DISTINCT person_id) AS n FROM registrations WHERE {on}",
            both,
        ),
        *(
            (
                id,
                f"{what} in {year_before}",
                f"SELECT count(*) AS n FROM {counted_as(*kinds)} WHERE contact_id IN ({_listed(kinds)}) AND {year}",
                both,
            )
            for id, what, kinds in (
                ("emergency_admissions", "emergency admissions", ("emergency_admission",)),
                ("planned_admissions", "planned admissions", POINTS["elective"]),
                ("ae_attendances", "A&E attendances", POINTS["ae"]),
                ("outpatients", "outpatient attendances", POINTS["outpatient"]),
            )
        ),
        (
            "prescriptions",
            f"prescriptions in {year_before}",
            f"SELECT count(*) AS n FROM prescriptions WHERE {year}",
            both,
        ),
    ]
    found = []
    for id, what, sql, params in counts:
        value = int(engine.rows(sql, params)[0]["n"])
        if value:
            found.append({"id": id, "what": what, "value": value})
    return found


def events_by_point(start: dt.date, end: dt.date) -> str:
    """SQL: how many events of each point of delivery there are from the first day to before the
    second: `point`, `n`."""
    within = "{0} >= DATE '" + start.isoformat() + "' AND {0} < DATE '" + end.isoformat() + "'"
    parts = [
        f"SELECT '{point}' AS point, count(*) AS n FROM {counted_as(*kinds)} WHERE contact_id IN ({_listed(kinds)}) "
        f"AND {within.format('start_date')}"
        for point, kinds in POINTS.items()
    ]
    kind = concept("elective_referral")
    parts.append(
        f"SELECT 'referrals', count(*) FROM referrals WHERE kind_id = {kind} AND {within.format('clock_start_date')}"
    )
    return " UNION ALL ".join(parts)


def _lists(engine: DuckEngine) -> list[dict[str, Any]]:
    """For each list the lines from everyone it is about to its register and agenda."""
    made: dict[str, dict[str, Any]] = {}
    lines = engine.rows(
        "SELECT team_code, what, sentence, people FROM reconciliation ORDER BY team_code, line"
    )
    with_register = {r["team_code"] for r in lines if r["what"] == "register"}
    for r in lines:
        if r["team_code"] not in with_register:
            continue
        one = made.setdefault(r["team_code"], {"team": r["team_code"], "parts": []})
        if r["what"] in ("registered", "register", "agenda"):
            one[r["what"]] = r["people"]
        if r["what"] == "everyone" and r["team_code"] == WHOLE_PLACE:
            one["registered"] = r["people"]
        if r["what"] not in ("registered", "everyone", "elsewhere", "in_teams", "agenda"):
            one["parts"].append(
                {"what": r["what"], "sentence": r["sentence"], "people": r["people"]}
            )
    return list(made.values())


def _listed(kinds: tuple[str, ...]) -> str:
    return ", ".join(str(concept(k)) for k in kinds)
