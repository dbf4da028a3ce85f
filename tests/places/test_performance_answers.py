"""Hamlet's and Liverpool's performance answers: counted from records as a plain recount counts
them, and never beyond the day."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oneplace.answers import open_place
from oneplace.answers import performance as answers
from oneplace.answers.comparing import compare
from oneplace.answers.performance import WHOLE_PLACE
from oneplace.answers.session import Session
from oneplace.sources.statistics import import_files
from oneplace.tables.vocabulary import concept
from published_files import AE_HEADER, ae_rows, rtt_header, rtt_rows, text_of

REPO = Path(__file__).resolve().parents[2]
CALIBRATE = (
    REPO.parent
    / "shared"
    / "data"
    / "calibrate"
    / "ae_attendances_liverpool_providers_2016_04_to_2018_03.csv"
)


@pytest.fixture(scope="module")
def hamlet(built_hamlet: Path) -> Iterator[Session]:
    with open_place(built_hamlet) as session:
        yield session


@pytest.fixture(scope="module")
def liverpool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Liverpool without a build: its documents, its A&E table, and what is imported."""
    folder = tmp_path_factory.mktemp("liverpool") / "place"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    return folder


def recount(session: Session, month: dt.date, within_days: int) -> tuple[int, int]:
    """The list at a month's end the slow way: every referral and every pause, day by day."""
    end = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    paused: dict[int, set[dt.date]] = {}
    for p in session.ask("SELECT referral_id, start_date, end_date FROM referral_pause"):
        day = p["start_date"]
        while day <= min(p["end_date"] or end, end):
            paused.setdefault(p["referral_id"], set()).add(day)
            day += dt.timedelta(days=1)
    within = everybody = 0
    kind = concept("elective_referral")
    for r in session.ask(
        "SELECT referral_id, clock_start_date, clock_stop_date FROM referrals WHERE kind_id = ?",
        [kind],
    ):
        if r["clock_start_date"] <= end and (
            r["clock_stop_date"] is None or r["clock_stop_date"] > end
        ):
            everybody += 1
            within += (end - r["clock_start_date"]).days - len(
                paused.get(r["referral_id"], ())
            ) <= within_days
    return within, everybody


def test_the_list_counted_from_clocks_is_the_plain_recount(hamlet: Session) -> None:
    page = answers.measure_page(hamlet, "rtt-incomplete")
    assert page["basis"] == ["synthetic"]
    for point in (page["points"][0], page["points"][-1]):
        month = dt.date.fromisoformat(point["month"])
        assert (point["numerator"], point["denominator"]) == recount(hamlet, month, 126)


def test_nothing_after_the_day_is_used_and_it_is_shown_only_when_asked(hamlet: Session) -> None:
    page = answers.measure_page(hamlet, "rtt-incomplete")
    shown = answers.measure_page(hamlet, "rtt-incomplete", show_after=True)
    day = hamlet.as_of.isoformat()
    assert page["after_the_day"] == [] and shown["after_the_day"]
    assert all(p["month"] < day for p in page["points"])
    assert all(p["month"] >= day and "after" in p["why"] for p in shown["after_the_day"])
    assert shown["forecast"] == page["forecast"]


def test_the_months_before_the_list_had_filled_are_left_out(hamlet: Session) -> None:
    first = answers.measure_page(hamlet, "rtt-incomplete")["points"][0]["month"]
    start = hamlet.document.records.period.start
    assert dt.date.fromisoformat(first) >= start.replace(year=start.year + 1)


def test_the_plan_stands_beside_what_happened_with_a_chance(hamlet: Session) -> None:
    page = answers.measure_page(hamlet, "rtt-incomplete", on=dt.date(2019, 10, 1))
    assert page["trajectory"] is not None
    assert page["forecast"]["made"], page["forecast"]
    told = page["forecast"]["by_date"]
    assert told and all(d["chance"] is None or 0 <= d["chance"] <= 1 for d in told)
    assert all((d["chance"] is None) != (d["why"] is None) for d in told)
    assert any(p["actual"] is not None for p in page["trajectory"]["points"])


def test_waiting_list_and_measure_speak_of_the_same_list(hamlet: Session) -> None:
    page, listed = answers.measure_page(hamlet, "rtt-incomplete"), answers.waiting_list(hamlet)
    assert listed["size"] == page["points"][-1]["denominator"]
    assert listed["at_end_of"] == page["points"][-1]["month"]
    assert sum(c["people"] for c in listed["by_months_waited"]) == listed["size"]
    assert listed["needed"]["said"]


@pytest.mark.parametrize("by", ["area", "ward", "neighbourhood", "practice", "team", "quintile"])
def test_comparisons_hide_small_numbers_and_keep_the_rest_exact(hamlet: Session, by: Any) -> None:
    answer = compare(hamlet, "emergency_admissions_12m", by)
    base = {
        "area": "area_code",
        "quintile": "local_quintile",
        "practice": "practice_code",
        "team": "team_code",
    }.get(by)
    shown = [r for r in answer["rows"] if r["numerator"] is not None]
    assert all(r["numerator"] == 0 or r["numerator"] > 4 for r in shown)
    if base:
        who = "resident" if by in ("area", "quintile") else "registered"
        rows = hamlet.ask(
            f"SELECT CAST({base} AS VARCHAR) AS part, sum(emergency_admissions_12m) AS n, count(*) AS d FROM features "
            f"WHERE {who} AND {base} IS NOT NULL GROUP BY 1"
        )
        true = {r["part"]: (int(r["n"]), r["d"]) for r in rows}
        assert {
            r["code"]: (r["numerator"], r["denominator"]) for r in shown
        }.items() <= true.items()
    assert answer["denominator"].startswith(
        "people who live"
        if by in ("area", "ward", "neighbourhood", "quintile")
        else "people registered"
    )
    assert any("demonstration" in c for c in answer["caveats"])


def test_a_map_has_a_cell_for_each_area(hamlet: Session) -> None:
    answer = compare(hamlet, "emergency_admissions_12m", "ward")
    assert {h["area"] for h in answer["hexagons"]} == set(
        hamlet.place.table("areas")["area_code"].to_pylist()
    )


# --- Liverpool, without people ---------------------------------------------------------------------------------------
def test_ninety_seven_goals_each_with_a_verdict(liverpool: Path) -> None:
    with open_place(liverpool) as session:
        answer = answers.goals(session)
    assert len(answer["goals"]) == 97
    assert sum(answer["counts"].values()) == 97
    assert sum(d["goals"] for d in answer["domains"]) == 97
    assert all(g["why"] for g in answer["goals"])
    # Without people and without imports nothing is met by default.
    assert answer["counts"]["met"] == 0


def test_nobody_is_made_an_owner(liverpool: Path) -> None:
    with open_place(liverpool) as session:
        rows = answers.exceptions(session)["exceptions"]
    assert rows and all(r["owner"] is None for r in rows)


def test_the_four_hour_pledge_is_missed_by_count(liverpool: Path) -> None:
    with open_place(liverpool) as session:
        rows = answers.breaches(session, on=dt.date(2019, 4, 1))[
            "breaches"
        ]  # the last months before the trust merged
    rq6 = next(r for r in rows if r["organisation"] == "RQ6" and r["measure"] == "ae-4-hours")
    table = [
        r
        for r in csv.DictReader(io.StringIO((liverpool / "tables" / "ae_monthly.csv").read_text()))
        if r["provider_code"] == "RQ6" and r["month"] == "2018-03-01"
    ]
    seen, over = (
        sum(int(r["attendances"]) for r in table),
        sum(int(r["over_four_hours"]) for r in table),
    )
    assert (rq6["numerator"], rq6["denominator"]) == (seen - over, seen)
    assert rq6["short_by"] == -(-95 * seen // 100) - (seen - over)


def test_before_the_merger_each_trust_stands_for_itself_and_after_it_their_past_is_added(
    liverpool: Path,
) -> None:
    with open_place(liverpool) as session:
        apart = answers.measure_page(session, "ae-4-hours", "REM", on=dt.date(2019, 4, 1))
        joined = answers.measure_page(session, "ae-4-hours", "REM", on=dt.date(2019, 12, 1))
        other = answers.measure_page(session, "ae-4-hours", "RQ6", on=dt.date(2019, 4, 1))
    assert apart["merged"] is None
    assert joined["merged"]["from"] == ["REM", "RQ6"]
    # The sum of two trusts bears the name that they took together, never the name of one of them.
    assert apart["name"] == "Aintree University Hospital NHS Foundation Trust"
    assert joined["name"] == "Liverpool University Hospitals NHS Foundation Trust"
    assert [p["denominator"] for p in joined["points"]] == [
        a["denominator"] + b["denominator"]
        for a, b in zip(apart["points"], other["points"], strict=True)
    ]


def test_signals_of_the_real_series_are_told(liverpool: Path) -> None:
    with open_place(liverpool) as session:
        for code in ("RQ6", "REM", "RBS"):
            page = answers.measure_page(session, "ae-4-hours", code)
            assert len(page["points"]) == 24
            assert page["chart"]["target"] == 95.0
            assert page["chart"]["assurance"] in (
                "consistent_fail",
                "inconsistent",
                "consistent_pass",
            )
            assert page["forecast"]["past_forecasts"]["judged"] > 0


@pytest.mark.skipif(
    not CALIBRATE.exists(), reason="the shared A&E figures are not beside this checkout"
)
def test_the_real_series_imported_month_by_month_is_the_shipped_one(tmp_path: Path) -> None:
    """The published figures put into the published layout, imported, and compared with the table
    that the place ships."""
    folder = tmp_path / "place"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    months: dict[str, dict[str, list[int]]] = {}
    for r in csv.DictReader(io.StringIO(CALIBRATE.read_text(encoding="utf-8"))):
        cell = months.setdefault(r["period"], {}).setdefault(r["org_code"], [0, 0, 0])
        for i, c in enumerate(("attendances", "breaches", "admissions")):
            cell[i] += round(float(r[c]))
    files = []
    for period, trusts in months.items():
        name = dt.date.fromisoformat(period).strftime("%B-%Y")
        file = tmp_path / f"{name}-AE-by-provider.csv"
        file.write_text(
            text_of(
                AE_HEADER,
                ae_rows([(c, *v) for c, v in trusts.items()], period=f"MSitAE-{name.upper()}"),
            )
        )
        files.append(file)
    with open_place(folder) as session:
        shipped = answers.series(session, answers.definition(session, "ae-4-hours"))
    done = import_files(folder, files, imported_at=dt.datetime(2019, 1, 1))
    assert len(done) == 24 and all(len(i.months) == 1 for i in done)
    with open_place(folder) as session:
        imported = answers.series(session, answers.definition(session, "ae-4-hours"))
    for code, figures in shipped.items():
        assert [(f.month, f.numerator, f.denominator) for f in imported[code]] == [
            (f.month, f.numerator, f.denominator) for f in figures
        ]
        assert {f.source for f in imported[code]} != {f.source for f in figures}


def test_a_published_list_by_weeks_gives_size_share_and_load(
    liverpool: Path, tmp_path: Path
) -> None:
    file = tmp_path / "RTT-March-2019.csv"
    file.write_text(text_of(rtt_header(), rtt_rows(["RQ6", "REM"], ["99A", "01X"])))
    import_files(liverpool, [file], imported_at=dt.datetime(2019, 3, 31, 12))
    with open_place(liverpool) as session:
        answer = answers.waiting_list(session, "RQ6")
        page = answers.measure_page(session, "rtt-incomplete", "RQ6")
    assert answer["size"] == page["latest"]["denominator"]
    assert answer["within_18_weeks"] == page["latest"]["numerator"]
    assert answer["load"]["load"] > 0
    assert "extract" in page["latest"]["caveat"]


def test_a_national_return_is_shown_as_it_is_and_another_count_by_the_rule(hamlet: Session) -> None:
    rtt = answers.definition(hamlet, "rtt-incomplete")
    assert rtt.from_records is not None
    long = {"denominator": None, "unit": "patients"}
    found = {}
    for returned in (True, False):
        how = rtt.from_records.model_copy(
            update={"within_days": None, "over_days": 200, "returned": returned}
        )
        measure = rtt.model_copy(update={**long, "from_records": how})
        found[returned] = answers.series(hamlet, measure)[WHOLE_PLACE]
    small = [
        i for i, f in enumerate(found[True]) if f.numerator is not None and 1 <= f.numerator <= 4
    ]
    assert small, "the test proves nothing without a month of few"
    assert all(found[True][i].value is not None and not found[True][i].suppressed for i in small)
    assert all(found[False][i].value is None and found[False][i].suppressed for i in small)
