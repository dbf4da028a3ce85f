"""The place's commissioner is a known organisation: its imported months stand beside the plan at
once, and local counts beside them."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from oneplace.answers import open_place, performance
from oneplace.answers.performance import WHOLE_PLACE
from oneplace.sources.statistics import import_files
from oneplace.sources.statistics.keeping import keep
from oneplace.tables.observations import OBSERVATIONS
from published_files import rtt_header, rtt_rows, text_of

REPO = Path(__file__).resolve().parents[2]
ON = dt.date(2019, 10, 1)


def publish(
    folder: Path, code: str, months: dict[str, tuple[float, float]], measure: str = "rtt-incomplete"
) -> None:
    rows = [
        {
            "measure": measure, "organisation_code": code, "basis": "commissioner", "period": dt.date.fromisoformat(f"{m}-01"),
            "numerator": within, "denominator": of, "value": 100 * within / of, "status": "final", "suppressed": False,
            "source_file": "published.csv", "source_sha256": "x", "imported_at": dt.datetime(2019, 9, 30),
        }
        for m, (within, of) in months.items()
    ]  # fmt: skip
    keep(
        folder,
        pa.Table.from_pylist(rows, schema=OBSERVATIONS.arrow),
        f"{code}{len(months)}{measure}",
    )


def test_before_an_import_the_place_is_a_local_estimate_by_name(hamlet_copy: Path) -> None:
    with open_place(hamlet_copy) as session:
        page = performance.measure_page(session, "rtt-incomplete", on=ON)
    assert (page["organisation"], page["name"]) == (WHOLE_PLACE, "Hamlet, local estimate")
    assert page["latest"]["estimate"] and page["standard"]["judged"] == "estimate"


def test_the_commissioners_months_are_the_actual_without_a_rebuild(hamlet_copy: Path) -> None:
    publish(hamlet_copy, "HC1", {"2019-04": (90, 100), "2019-05": (80, 100)})
    with open_place(hamlet_copy) as session:
        page = performance.measure_page(session, "rtt-incomplete", on=ON)
        course = performance.course(session, "rtt-incomplete", ON)
        goal = next(
            g
            for g in performance.goals(session, on=ON)["goals"]
            if g["measure"] == "rtt-incomplete"
        )
        local = performance.measure_page(session, "rtt-incomplete", WHOLE_PLACE, on=ON)
        missed = performance.breaches(session, on=ON)["breaches"]
    assert (page["organisation"], page["name"], page["basis"]) == (
        "HC1",
        "Hamlet Commissioning Group",
        ["published"],
    )
    actual = {p["period"]: p["actual"] for p in page["trajectory"]["points"]}
    assert course is not None
    assert actual == {
        "2019-04": 90,
        "2019-05": 80,
        "2019-06": None,
        "2019-07": None,
        "2019-08": None,
    }
    assert {str(p.period): p.actual and float(p.actual) for p in course.points} == actual
    assert (goal["verdict"], goal["basis"], goal["as_at"]) == ("not met", "published", "2019-05-01")
    assert (
        local["name"] == "Hamlet, local estimate"
        and local["latest"]["month"] > page["latest"]["month"]
    )
    assert [(b["name"], b["month"]) for b in missed if b["measure"] == "rtt-incomplete"] == [
        ("Hamlet Commissioning Group", "2019-05-01")
    ]


@pytest.mark.parametrize(
    ("off", "reconciled"), [(0, True), (1, True), (5, False)], ids=["equal", "within 2%", "5% off"]
)
def test_local_counts_that_agree_with_the_published_ones_are_reconciled(
    hamlet_copy: Path, monkeypatch: pytest.MonkeyPatch, off: int, reconciled: bool
) -> None:
    """Never those of demonstration people, however well they agree: so this place says that its
    people are real."""
    with open_place(hamlet_copy) as session:
        local = performance.series(session, performance.definition(session, "rtt-incomplete"))[
            "place"
        ]
    three = [f for f in local if f.month < dt.date(2019, 4, 1)][-3:]
    more = 1 + off / 100
    publish(
        hamlet_copy,
        "HC1",
        {f"{f.month:%Y-%m}": (f.numerator * more, f.denominator * more) for f in three},
    )
    with open_place(hamlet_copy) as session:
        measure = performance.definition(session, "rtt-incomplete")
        assert all(f.estimate for f in performance.series(session, measure)["place"])
        real = session.document.model_copy(update={"demonstration": False})
        monkeypatch.setattr(type(session), "document", property(lambda _: real))
        found = performance.series(session, measure)["place"]
    assert {f.estimate for f in found} == {not reconciled}
    assert ("reconciled with the published figures" in (found[-1].caveat or "")) == reconciled


def test_two_common_months_reconcile_nothing(
    hamlet_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_place(hamlet_copy) as session:
        local = performance.series(session, performance.definition(session, "rtt-incomplete"))[
            "place"
        ]
        two = [f for f in local if f.month < dt.date(2019, 4, 1)][-2:]
        publish(hamlet_copy, "HC1", {f"{f.month:%Y-%m}": (f.numerator, f.denominator) for f in two})
        real = session.document.model_copy(update={"demonstration": False})
        monkeypatch.setattr(type(session), "document", property(lambda _: real))
        assert all(
            f.estimate
            for f in performance.series(session, performance.definition(session, "rtt-incomplete"))[
                "place"
            ]
        )


def test_a_full_rtt_file_brings_99a_beside_liverpools_plan(tmp_path: Path) -> None:
    """The published layout, every commissioner and trust in it: 99A's list is Liverpool's actual,
    without a build at all."""
    folder = tmp_path / "place"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    file = tmp_path / "RTT-April-2019.csv"
    file.write_text(
        text_of(rtt_header(), rtt_rows(["RQ6", "REM"], ["99A", "01X"])).replace("March", "April")
    )
    import_files(folder, [file], imported_at=dt.datetime(2019, 6, 14))
    on = dt.date(2019, 10, 1)
    with open_place(folder) as session:
        before = performance.measures_overview(session, on=on)["measures"]
        size = next(m for m in before if m["measure"] == "waiting-list-size")
        page = performance.measure_page(session, "waiting-list-size", on=on)
        courses = {t.measure: t for t in performance.courses(session, on)}
    assert (size["organisation"], size["name"], size["latest"]["basis"]) == (
        "99A",
        "NHS Liverpool CCG",
        "published",
    )
    assert page["standard"]["value"] == 31482 and page["standard"]["judged"] in ("met", "not met")
    month = size["latest"]["month"][:7]
    assert (
        next(p.actual for p in courses["waiting-list-size"].points if str(p.period) == month)
        == size["latest"]["value"]
    )


LAYOUT = REPO.parent / "shared" / "data" / "more" / "layout_rtt_incomplete_commissioner_2015_04.csv"


@pytest.mark.skipif(not LAYOUT.exists(), reason="the shared figures are not beside this checkout")
def test_the_sheet_of_2015_as_published_is_read_for_99a(tmp_path: Path) -> None:
    folder = tmp_path / "place"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    import_files(folder, [LAYOUT], imported_at=dt.datetime(2015, 6, 14))
    with open_place(folder) as session:
        page = performance.measure_page(session, "rtt-incomplete", on=dt.date(2015, 6, 1))
    with LAYOUT.open(encoding="utf-8") as text:
        total = next(r for r in csv.reader(text) if "99A" in r and "Total" in r)
    assert page["organisation"] == "99A" and page["latest"]["month"] == "2015-04-01"
    assert str(int(page["latest"]["denominator"])) in {c.replace(",", "") for c in total}
