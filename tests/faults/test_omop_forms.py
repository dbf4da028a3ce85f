"""Exports in forms that other programs write: packed, nested, with prefixes, with other separators
or another encoding.

Each is read whole, or refused in one sentence that names what was seen.
"""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import pytest

from oneplace.faults import InputAtFault
from oneplace.sources.omop import load_omop
from oneplace.sources.receiving import Sink

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n1,8507,1950,0,0\n"
PERIOD = (
    "observation_period_id,person_id,observation_period_start_date,observation_period_end_date,period_type_concept_id\n"
    "1,1,2015-01-01,2019-03-31,0\n"
)


@pytest.fixture
def target() -> Sink:
    made = {}

    def pseudonyms(ids: list[str]) -> np.ndarray:
        return np.array([made.setdefault(i, len(made) + 1) for i in ids], dtype=np.int64)

    return Sink(duckdb.connect(), duckdb.connect(), pseudonyms)


READ = """
person is called                    | observation_period is called
person.csv                          | observation_period.csv
person.csv.gz                       | observation_period.csv.gz
PERSON.CSV.GZ                       | Observation_Period.csv
export/2019/person.csv              | export/2019/observation_period.csv
a/b/c/d/person.csv                  | a/b/c/d/observation_period.csv
stg_person.csv                      | stg_observation_period.csv
omop_person.csv.gz                  | omop_observation_period.csv.gz
cdm.person.csv                      | cdm.observation_period.csv
dbo.stg-person.csv                  | dbo.stg-observation_period.csv
person/part-0.csv                   | observation_period/2019/part-0.csv.gz
stg_person/part-0.csv               | stg_observation_period.csv
person.csv                          | stg_notes/readme.md
"""


@pytest.mark.parametrize("row", READ.strip().splitlines()[1:])
@pytest.mark.parametrize("packed", [False, True])
def test_names_and_packing_are_read(tmp_path: Path, target: Sink, row: str, packed: bool) -> None:
    folder = tmp_path / "export"
    files = dict(zip((cell.strip() for cell in row.split("|")), (PERSON, PERIOD), strict=True))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            gzip.compress(text.encode()) if name.lower().endswith(".gz") else text.encode()
        )
    if packed:
        if any(n.count("/") > 1 for n in files):
            pytest.skip("members of a zip count by their last folder")
        with zipfile.ZipFile(tmp_path / "export.zip", "w") as z:
            for name in files:
                z.write(folder / name, name)
    report = load_omop(tmp_path / "export.zip" if packed else folder, target)
    assert report.tables["person"] == 1
    assert report.tables.get("observation_period", 1) == 1
    assert report.rejects == {}


REFUSED = """
separated by ;  | utf-8  | cells separated by semicolons
separated by \\| | utf-8  | cells separated by upright bars
separated by ,  | utf-16 | UTF-16
separated by ,  | utf-16-le | UTF-16
separated by ,  | cp1252 | byte 0xe9
no header       | utf-8  | none of them among 5 cells
"""


@pytest.mark.parametrize("row", REFUSED.strip().splitlines())
def test_other_forms_are_refused_in_one_sentence(tmp_path: Path, target: Sink, row: str) -> None:
    how, encoding, found = (cell.strip() for cell in row.replace("\\|", "BAR").split("|"))
    for name, text in (("person", PERSON), ("observation_period", PERIOD)):
        if how.startswith("separated"):
            text = text.replace(",", how.split()[-1].replace("BAR", "|"))
        if how == "no header":
            text = text.split("\n", 1)[1]
        if encoding == "cp1252":
            text = text.replace("_id,", "_id_é,", 1)
        (tmp_path / f"{name}.csv").write_bytes(text.encode(encoding))
    with pytest.raises(InputAtFault) as refused:
        load_omop(tmp_path, target)
    assert len(refused.value.faults) == 1, [str(f) for f in refused.value.faults]
    assert found in str(refused.value)
    assert "observation_period.csv" in str(refused.value)
    assert "1950" not in str(refused.value), "a row of somebody's record was shown"


@pytest.mark.parametrize(
    "case", ["17a-gz", "17d-nested", "17e-dbt-prefix", "17f-semicolon", "17g-utf16"]
)
def test_the_shared_cases(target: Sink, case: str) -> None:
    if not (CASES / case).exists():
        pytest.skip("the shared cases are not on this machine")
    if case in ("17f-semicolon", "17g-utf16"):
        with pytest.raises(InputAtFault) as refused:
            load_omop(CASES / case / "extract", target)
        assert len(refused.value.faults) == 1
        assert ("semicolons" if "semi" in case else "UTF-16") in str(refused.value)
    else:
        report = load_omop(CASES / case / "extract", target)
        assert set(report.tables) == {"person", "observation_period", "visit_occurrence"}
        assert all(report.tables.values())


def test_twelve_ways_to_write_a_day(target: Sink) -> None:
    if not CASES.exists():
        pytest.skip("the shared cases are not on this machine")
    report = load_omop(CASES / "05-day-with-a-clock" / "extract", target)
    assert report.tables["condition_occurrence"] == 11
    days = target.facts.execute(
        "SELECT DISTINCT condition_start_date FROM condition_occurrence"
    ).fetchall()
    assert [str(d[0]) for d in days] == ["2018-02-01"]
    assert target.facts.execute("SELECT line, value FROM rejects").fetchall() == [(11, "43132")]


def test_a_gz_that_is_cut_or_a_trap(tmp_path: Path, target: Sink) -> None:
    packed = gzip.compress(PERSON.encode())
    (tmp_path / "person.csv.gz").write_bytes(packed[:-6])
    with pytest.raises(InputAtFault, match="a packed file is damaged"):
        load_omop(tmp_path, target)
    (tmp_path / "person.csv.gz").write_bytes(gzip.compress(b"0" * 50_000_000))
    with pytest.raises(InputAtFault, match=r"this unpacks to too much|longer than|does not name"):
        load_omop(tmp_path, target)
