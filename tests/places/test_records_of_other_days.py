"""Records from elsewhere founded and built: the day comes from where they are dense, also a century
on; what the cases of the shared folder hold has the right answer; a day inside the records is never
refused by a period that was guessed."""

import csv
import datetime as dt
import io
import re
import shutil
import zipfile
from pathlib import Path

import duckdb
import pytest

from oneplace.answers import open_place
from oneplace.answers.people import explain
from oneplace.answers.publishing import build_place
from oneplace.documents import load_yaml
from oneplace.faults import InputAtFault
from oneplace.sources.founding import found_place
from oneplace.sources.omop import survey

SHARED = Path(__file__).resolve().parents[3] / "shared"
SYNTHEA = SHARED / "data" / "omop" / "synthea27nj" / "Synthea27Nj_5.4.zip"
CASES = SHARED / "cases"
NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)

PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n"
SPAN = "observation_period_id,person_id,observation_period_start_date,observation_period_end_date,period_type_concept_id\n"
VISIT = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id\n"


def extract(folder: Path, spans: list[tuple[str, str]], visits: list[str] = []) -> Path:  # noqa: B006
    folder.mkdir()
    people = range(1, max(len(spans), len(visits)) + 1)
    (folder / "person.csv").write_text(
        PERSON + "".join(f"{p},8507,{1940 + p},0,0\n" for p in people)
    )
    if spans:
        rows = "".join(f"{p},{p},{a},{b},0\n" for p, (a, b) in enumerate(spans, start=1))
        (folder / "observation_period.csv").write_text(SPAN + rows)
    rows = "".join(f"{p},{p},9202,{day},{day},0\n" for p, day in enumerate(visits, start=1))
    (folder / "visit_occurrence.csv").write_text(VISIT + rows)
    return folder


USUAL = [("2015-01-01", "2019-03-31")] * 5
MANY = [f"2018-{m:02}-1{i}" for m in range(1, 13) for i in range(3)]


@pytest.mark.parametrize(
    ("spans", "visits", "start", "end"),
    [
        (USUAL, ["2019-02-01"], "2015-01-01", "2019-03-31"),
        ([*USUAL, ("2015-01-01", "2098-12-31")], ["2019-02-01"], "2015-01-01", "2019-03-31"),
        ([*USUAL, ("2015-01-01", "2099-12-31")], ["2019-02-01"], "2015-01-01", "2019-03-31"),
        ([("1900-01-01", "2019-03-31"), *USUAL], ["2019-02-01"], "2015-01-01", "2019-03-31"),
        ([("2015-01-01", "9999-12-31")] * 4, ["2019-02-01"] * 4, "2015-01-01", "2019-02-01"),
        ([], MANY, "2018-01-10", "2018-12-12"),
        ([], [*MANY, "2099-01-01"], "2018-01-10", "2018-12-12"),
        ([], ["1900-01-01", *MANY], "2018-01-10", "2018-12-12"),
        ([("2134-01-01", "2138-03-31")] * 4, ["2138-02-01"] * 4, "2134-01-01", "2138-03-31"),
    ],
)
def test_one_odd_row_moves_no_day(
    spans: list[tuple[str, str]], visits: list[str], start: str, end: str, tmp_path: Path
) -> None:
    with duckdb.connect() as con:
        seen = survey(extract(tmp_path / "x", spans, visits), con)
    assert (seen.end.isoformat(), seen.start.year) == (end, int(start[:4]))


def founded(folder: Path, records: Path) -> Path:
    found_place(folder, source=f"omop:{records}", name=None, today=NOW.date())
    return folder


def test_a_day_inside_the_records_is_never_refused_by_a_guessed_period(tmp_path: Path) -> None:
    odd = [*USUAL, ("2002-01-01", "2019-06-30")]
    place = founded(tmp_path / "place", extract(tmp_path / "x", odd, ["2019-02-01"] * 6))
    period = load_yaml(place / "place.yaml")["records"]["period"]
    assert (period["start"], period["end"], period["guessed"]) == (
        dt.date(2015, 1, 1),
        dt.date(2019, 3, 31),
        True,
    )
    for day in ("2019-03-31", "2019-06-30", "2003-01-01"):
        build = build_place(place, now=NOW, as_of=dt.date.fromisoformat(day))
        assert build.manifest["as_of"] == day
    for day in ("2001-12-31", "2019-07-01"):
        with pytest.raises(InputAtFault, match="do not cover this day"):
            build_place(place, now=NOW, as_of=dt.date.fromisoformat(day))


def later(records: Path, years: int, to: Path) -> Path:
    """The same records with every day so many years on."""
    day = re.compile(r"\b((?:19|20)\d\d)(-\d\d-\d\d)")

    def moved(text: str) -> str:
        shifted = day.sub(lambda m: f"{int(m[1]) + years}{m[2]}", text)
        return shifted.replace("-02-29", "-02-28")

    with zipfile.ZipFile(records) as old:
        to.mkdir()
        for name in (n for n in old.namelist() if n.endswith(".csv") and "/" not in n):
            rows = list(csv.reader(io.TextIOWrapper(old.open(name), "utf-8", newline="")))
            vocabulary = name.lower().startswith(
                ("concept", "vocabulary", "domain", "relationship", "drug_strength")
            )
            with (to / name).open("w", encoding="utf-8", newline="") as out:
                write = csv.writer(out, lineterminator="\n")
                write.writerow(rows[0])
                born = (
                    [c.lower() for c in rows[0]].index("year_of_birth")
                    if name.lower() == "person.csv"
                    else None
                )
                for row in rows[1:]:
                    cells = row if vocabulary else [moved(c) for c in row]
                    if born is not None:
                        cells[born] = str(int(row[born]) + years)
                    write.writerow(cells)
    return to


@pytest.mark.skipif(
    not SYNTHEA.exists(), reason="the OMOP record sets are not beside this repository"
)
def test_records_shifted_to_the_year_2140_are_founded_and_built_on_their_own_day(
    tmp_path: Path,
) -> None:
    shifted = later(SYNTHEA, 118, tmp_path / "shifted")
    answers = []
    for name, records in (("now", SYNTHEA), ("then", shifted)):
        place = founded(tmp_path / name, records)
        build = build_place(place, now=NOW)
        with open_place(place) as session:
            row = session.ask("SELECT count(*) AS people, sum(CAST(hypertension AS INTEGER)) AS hypertension, "
                            "sum(CAST(diabetes AS INTEGER)) AS diabetes, sum(age) AS years FROM features")[0]  # fmt: skip
            anybody = session.ask("SELECT min(person_id) AS p FROM features")[0]["p"]
            assert explain(session, str(anybody))["as_of"] == build.manifest["as_of"]
        answers.append((dt.date.fromisoformat(build.manifest["as_of"]), row))
    (day, here), (then, there) = answers
    assert day.isoformat() == "2022-06-16"
    assert then.year == 2140
    assert abs((then.replace(year=day.year) - day).days) <= 1
    assert here == there
    assert here["people"] < 28  # those whose observation had ended are not of the day


def built(case: str, tmp_path: Path) -> tuple[Path, dict[str, object]]:
    records = tmp_path / "records"
    shutil.copytree(CASES / case / "extract", records)
    place = founded(tmp_path / "place", records)
    return place, build_place(place, now=NOW).manifest


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this repository")
def test_resolved_codes_are_no_conditions(tmp_path: Path) -> None:
    place, _ = built("15b-resolved-codes", tmp_path)
    with open_place(place) as session:
        row = session.ask(
            "SELECT count(*) AS people, sum(asthma::INT + hypertension::INT + depression::INT + diabetes::INT + "
            "epilepsy::INT + atrial_fibrillation::INT + chronic_kidney_disease::INT + copd::INT + heart_failure::INT + "
            "cancer::INT + hiv_aids::INT + severe_mental_illness::INT) AS conditions FROM features"
        )[0]
    assert row == {"people": 13, "conditions": 0}


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this repository")
def test_births_that_cannot_be_are_on_no_list_and_nobody_is_218(tmp_path: Path) -> None:
    place, manifest = built("11-births", tmp_path)
    with open_place(place) as session:
        ages = [r["age"] for r in session.ask("SELECT age FROM features ORDER BY age")]
    assert ages == [75, 78, 78, 79, 119]
    said = [n for n in manifest["notes"] if "born" in n]
    assert len(said) == 1
    assert said[0].startswith("4 people cannot have been born")


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this repository")
def test_a_death_by_default_is_no_death(tmp_path: Path) -> None:
    place, manifest = built("14-death-by-default", tmp_path)
    with open_place(place) as session:
        assert session.ask(
            "SELECT count(*) AS n, sum(emergency_admissions_12m) AS stays FROM features"
        ) == [{"n": 5, "stays": 5}]
    said = manifest["rejects"]  # the loader refuses such a row with its line; the person stays
    assert sum(n for reason, n in said.items() if "day of death" in reason) == 3, said
