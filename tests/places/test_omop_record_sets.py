"""Two record sets that nobody here wrote load whole: every file's rows counted without our loader,
in about a CPU second."""

import csv
import io
import time
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.omop import load_omop, suggest_code_list, survey, write_code_list
from oneplace.sources.receiving import LoadReport, Sink
from oneplace.tables.csv import read_csv
from oneplace.tables.place import CODE_LIST_BY_KEY

OMOP = Path(__file__).resolve().parents[3] / "shared" / "data" / "omop"
GIBLEED, SYNTHEA = OMOP / "gibleed", OMOP / "synthea27nj" / "Synthea27Nj_5.4.zip"
KEY = derive_key(bytes(32), data_set="tests", purpose="person")
MEANS = {"threads": 1, "memory_limit": "600MB"}

pytestmark = pytest.mark.skipif(
    not OMOP.exists(), reason="the OMOP record sets are not beside this repository"
)


def loaded(path: Path, folder: Path) -> tuple[LoadReport, duckdb.DuckDBPyConnection, float]:
    facts = duckdb.connect(folder / "facts.duckdb", config=MEANS)
    began = time.process_time()
    with duckdb.connect(config=MEANS) as identity:
        report = load_omop(path, Sink(facts, identity, lambda ids: make_pseudonyms(ids, KEY)))
    return report, facts, time.process_time() - began


def counts_of_gibleed() -> dict[str, int]:
    return {p.stem: pq.read_metadata(p).num_rows for p in GIBLEED.glob("*.parquet")}


def counts_of_synthea() -> dict[str, int]:
    with zipfile.ZipFile(SYNTHEA) as z:
        names = [n for n in z.namelist() if n.endswith(".csv") and "/" not in n]
        return {
            n[:-4].lower(): sum(
                1 for _ in csv.reader(io.TextIOWrapper(z.open(n), "utf-8", newline=""))
            )
            - 1
            for n in names
        }


@pytest.mark.parametrize(
    "path, counts, header_rows",
    [(GIBLEED, counts_of_gibleed, {"provider": 1}), (SYNTHEA, counts_of_synthea, {})],
    ids=["gibleed", "synthea27nj"],
)
def test_every_row_of_every_file_is_in(path, counts, header_rows, tmp_path):
    report, facts, cpu_seconds = loaded(path, tmp_path)
    expected = counts()
    assert report.tables == {t: n - header_rows.get(t, 0) for t, n in expected.items()}
    assert sum(report.rejects.values()) == sum(header_rows.values())
    filled = {
        t: n for t, n in report.tables.items() if n
    }  # a table without rows knows nothing, and is not there
    in_database = {t: facts.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in filled}
    assert in_database == filled and report.repeated == {}
    assert sum(f.rows or 0 for f in report.files) == sum(expected.values())
    assert cpu_seconds < 6  # 0.9 when measured alone
    facts.close()


def test_values_are_those_of_the_file(tmp_path):
    """Columns of gibleed's measurements, read by Arrow, equal what stands in the facts, people
    apart."""
    _, facts, _ = loaded(GIBLEED, tmp_path)
    file = pq.read_table(
        GIBLEED / "measurement.parquet", columns=["MEASUREMENT_CONCEPT_ID", "MEASUREMENT_DATE"]
    ).to_pydict()
    ours = facts.execute(
        "SELECT measurement_concept_id, measurement_date FROM measurement"
    ).fetchall()
    assert Counter(ours) == Counter(
        zip(file["MEASUREMENT_CONCEPT_ID"], file["MEASUREMENT_DATE"], strict=True)
    )
    people = (
        pq.read_table(GIBLEED / "measurement.parquet", columns=["PERSON_ID"]).column(0).to_pylist()
    )
    by_person = facts.execute("SELECT person_id, count(*) FROM measurement GROUP BY 1").fetchall()
    names = dict(
        zip(
            sorted(set(people)),
            make_pseudonyms([str(p) for p in sorted(set(people))], KEY).tolist(),
            strict=True,
        )
    )
    assert Counter(names[p] for p in people) == Counter(dict(by_person))
    assert not {p for p, _ in by_person} & set(people)
    facts.close()


def test_two_loads_give_the_same_rows(tmp_path):
    digests = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        _, facts, _ = loaded(SYNTHEA, tmp_path / name)
        digests.append(facts.execute("SELECT * FROM condition_occurrence ORDER BY ALL").fetchall())
        facts.close()
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    "path, start, end, first, last",
    [
        (GIBLEED, "1976-01-26", "2019-01-09", "1908-09-22", "2019-07-03"),
        (SYNTHEA, "1996-07-10", "2022-06-16", "1955-03-01", "2022-10-10"),
    ],
    ids=["gibleed", "synthea27nj"],
)
def test_a_survey_counts_without_loading_and_finds_the_dense_days(path, start, end, first, last):
    with duckdb.connect(config=MEANS) as con:
        seen = survey(path, con)
    found = (seen.start, seen.end, seen.first, seen.last)
    assert tuple(d.isoformat() for d in found) == (start, end, first, last)
    assert seen.tables["person"] in (2694, 28)


def test_a_code_list_is_suggested_from_the_records_own_names():
    with duckdb.connect(config=MEANS) as con:
        found = {(s.concept_name, s.key): s.how for s in suggest_code_list(GIBLEED, con)}
    assert found["Inpatient Visit", "inpatient_admission"] == "standard concept"
    assert found["Atrial fibrillation", "atrial_fibrillation"] == "suggested by name"
    assert ("Diabetes mellitus due to cystic fibrosis", "lung_disease_other") not in found
    assert len(found) > 100


def test_the_suggested_code_list_is_a_table_of_the_place(tmp_path):
    with duckdb.connect(config=MEANS) as con:
        suggested = suggest_code_list(SYNTHEA, con)
    written = write_code_list(suggested, tmp_path / "tables" / "code_list.csv")
    read = read_csv(tmp_path / "tables" / "code_list.csv", CODE_LIST_BY_KEY)
    assert read.num_rows == written == len(suggested) > 90
    with duckdb.connect(config=MEANS) as facts, duckdb.connect(config=MEANS) as identity:
        load_omop(
            SYNTHEA, Sink(facts, identity, lambda ids: make_pseudonyms(ids, KEY)), code_list=read
        )
        assert facts.execute("SELECT count(*) FROM code_list").fetchone() == (written,)
