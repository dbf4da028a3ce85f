"""Unknown is not nought: words for nothing, big keys, open ends, and whose rows were refused."""

import datetime as dt
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports import CASES, PERSON, VISIT, as_parquet, loaded, pseudonym, written
from oneplace.faults import InputAtFault

TWO = f"{PERSON}\n1,8532,1950,0,0\n2,8507,1951,0,0"
CONDITION = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_end_date,condition_type_concept_id"
NOTHING = [
    "NULL", "null", " null ", r"\N", "NA", "N/A", "None", "nan", "NaN", "NaT", "(null)", "<NA>", "#N/A", "-", ".", "",
    "   ", "\tNULL", "[NULL]", "#NULL!", "nil",
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("word", NOTHING)
def test_a_word_for_nothing_in_an_optional_cell_is_an_empty_cell(tmp_path, word, form):
    files = {
        "person": f"{PERSON},month_of_birth,birth_datetime,location_id\n1,8532,1950,0,0,{word},{word},{word}\n2,8507,1951,0,0,5,1951-05-01,9",
        "visit_occurrence": f"{VISIT},care_site_id,visit_source_value\n1,1,262,2019-02-01,{word},0,{word},{word}\n2,2,262,2019-02-01,2019-02-05,0,7,A",
        "registration": f"person_id,care_site_id,start_date,end_date\n1,1,2005-01-01,{word}",
        "residence": f"person_id,area_code,start_date,end_date\n1,{word},2005-01-01,{word}",
        "measurement": "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_type_concept_id,"
        f"value_as_number,unit_source_value\n1,1,5,2019-01-01,0,{word},{word}",
    }
    # `written` strips the lines, so a cell that is blank stands inside quotes where the form has
    # them
    folder = written(tmp_path / "r", files)
    if form == "parquet":
        folder = as_parquet(folder, tmp_path / "parquet")
    with loaded(folder) as (report, target):
        assert report.rejects == {}
        ask = target.facts.execute
        assert ask(
            "SELECT care_site_id, visit_end_date, visit_source_value FROM visit_occurrence ORDER BY visit_occurrence_id"
        ).fetchall() == [
            (None, None, None),
            (7, dt.date(2019, 2, 5), "A"),
        ]
        assert ask("SELECT end_date FROM registration").fetchall() == [(None,)]
        assert ask("SELECT area_code, end_date FROM residence").fetchall() == [(None, None)]
        assert ask("SELECT value_as_number, unit_source_value FROM measurement").fetchall() == [
            (None, None)
        ]
        assert ask(
            "SELECT month_of_birth, location_id FROM person WHERE year_of_birth = 1950"
        ).fetchall() == [(None, None)]


def test_a_word_for_nothing_in_a_required_cell_is_a_missing_value_and_text_that_is_wanted_is_kept(
    tmp_path,
):
    concept = "concept_id,concept_name,domain_id,vocabulary_id,concept_class_id,concept_code,valid_start_date,valid_end_date"
    observation = "observation_id,person_id,observation_concept_id,observation_date,observation_type_concept_id,value_as_string"
    files = {
        "person": f"{PERSON}\n1,8532,1950,0,0\n2,8507,NULL,0,0",
        "concept": f"{concept}\n5,None,Observation,LOINC,Answer,NA,1970-01-01,2099-12-31",
        "observation": f"{observation}\n1,1,0,2019-01-01,0,None",
    }
    with loaded(written(tmp_path / "r", files)) as (report, target):
        assert report.rejects == {"a required value is missing": 1}
        assert target.facts.execute(
            "SELECT concept_name, concept_code FROM concept"
        ).fetchall() == [("None", "NA")]
        assert target.facts.execute("SELECT value_as_string FROM observation").fetchall() == [
            ("None",)
        ]


def test_what_is_no_word_for_nothing_is_still_refused_by_table_line_column_and_value(tmp_path):
    files = {
        "person": TWO,
        "visit_occurrence": f"{VISIT},care_site_id\n1,1,262,2019-02-01,2019-02-05,0,ward 7\n2,1,262,2019-02-01,2019-02-05,0,7",
    }
    with loaded(written(tmp_path / "r", files)) as (report, target):
        assert report.refusals == (
            {
                "table_name": "visit_occurrence",
                "column_name": "care_site_id",
                "reason": "the value is not a whole number",
                "rows": 1,
                "file": "r/visit_occurrence.csv",
                "line": 2,
                "value": "ward 7",
                "expected": "a whole number with all its figures, from -9223372036854775808 to 9223372036854775807",
            },
        )
        assert target.facts.execute("SELECT * FROM incomplete").fetchall() == [
            (pseudonym(1), "visit_occurrence", 1)
        ]


# a key as it stands in a text file | as it is read, or None where the row is refused
KEYS = {
    "7000000000000000123": 7000000000000000123,
    "-3000000000000000456": -3000000000000000456,
    "9223372036854775807": 9223372036854775807,
    "-9223372036854775808": -9223372036854775808,
    "4294967296": 4294967296,
    "123.0": 123,
    "123.": 123,
    '"123"': 123,
    " 123 ": 123,
    "7000000000000000123.0": 7000000000000000123,
    "1.0E+10": None,  # a spreadsheet shortened it: nobody knows its last figures
    "1e3": None,
    "18446744073709551615": None,  # unsigned
    "9223372036854775808": None,
    "123.5": None,
    "'123": None,
}


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_keys_are_64_bit_in_every_table_and_read_exactly_or_refused(tmp_path, key):
    bare = key.strip('"')
    files = {
        "person": f"{TWO}\n{key},8507,1960,0,0",
        "care_site": f"care_site_id,care_site_name,place_of_service_concept_id\n5,x,0\n{key},y,{key}",
        "registration": f"person_id,care_site_id,start_date\n1,{key},2005-01-01\n2,1,2005-01-01",
        "visit_occurrence": f"{VISIT},care_site_id,provider_id,visit_source_concept_id\n5,1,0,2019-01-01,2019-01-01,0,1,1,1\n"
        f"{key},{key},{key},2019-01-01,2019-01-01,{key},{key},{key},{key}",
    }
    read = KEYS[key]
    with loaded(written(tmp_path / "r", files)) as (report, target):
        found = target.facts.execute(
            "SELECT visit_occurrence_id, visit_concept_id, visit_type_concept_id, care_site_id, provider_id, "
            "visit_source_concept_id FROM visit_occurrence WHERE visit_occurrence_id <> 5"
        ).fetchall()
        sites = target.facts.execute(
            "SELECT care_site_id, place_of_service_concept_id FROM care_site WHERE care_site_id <> 5"
        )
        assert found == ([] if read is None else [(read,) * 6])
        assert sites.fetchall() == ([] if read is None else [(read, read)])
        assert sum(report.rejects.values()) == (4 if read is None else 0)
        if read is None:
            assert {r["expected"] for r in report.refusals} == {
                "a whole number with all its figures, from -9223372036854775808 to 9223372036854775807"
            }
            assert bare in {
                r[0]
                for r in target.identity.execute("SELECT value FROM rejects_in_full").fetchall()
            }


def test_keys_of_a_parquet_file_in_other_types(tmp_path):
    """What pandas makes of a column with a gap is a float: exact up to 2^53, and refused above
    it."""
    folder = written(tmp_path / "r", {"person": TWO})
    columns = {
        "visit_occurrence_id": pa.array([1, 2, 3, 4], pa.int64()),
        "person_id": pa.array([1, 1, 2, 2], pa.uint32()),
        "visit_concept_id": pa.array([262] * 4, pa.int16()),
        "visit_start_date": pa.array([dt.date(2019, 2, 1)] * 4),
        "visit_end_date": pa.array(
            [dt.datetime(2019, 2, 5), None, dt.datetime(2019, 2, 5), dt.datetime(2019, 2, 5)]
        ),
        "visit_type_concept_id": pa.array([0] * 4, pa.int32()),
        "care_site_id": pa.array([7.0, math.nan, 7e18, 2.0**53], pa.float64()),
        "provider_id": pa.array([2**63 - 1, 1, 1, 1], pa.uint64()),
    }
    pq.write_table(pa.table(columns), folder / "visit_occurrence.parquet")
    with loaded(folder) as (report, target):
        rows = target.facts.execute(
            "SELECT visit_occurrence_id, care_site_id FROM visit_occurrence ORDER BY 1"
        ).fetchall()
        assert rows == [(1, 7), (2, None), (4, 2**53)]
        assert [(r["line"], r["column_name"]) for r in report.refusals] == [(3, "care_site_id")]


# start | end as it stands | end as it is read ("refused": the row is)
ENDS = """
2019-02-01 |                     | open
2019-02-01 | 9999-12-31          | open
2019-02-01 | 9999-12-31 00:00:00 | open
2019-02-01 | 99991231            | open
2019-02-01 | 2099-12-31          | open
2019-02-01 | 2100-01-01          | open
2019-02-01 | 2262-04-11          | open
2019-02-01 | 3000-01-01          | open
2019-02-01 | NULL                | open
2019-02-01 | 2019-02-01          | 2019-02-01
2019-02-01 | 2019-06-30          | 2019-06-30
2140-02-01 | 2140-02-09          | 2140-02-09
2098-12-30 | 2099-12-31          | 2099-12-31
2140-02-01 | 9999-12-31          | open
2019-02-01 | 2019-01-20          | refused
2019-02-01 | 1900-01-01          | refused
2019-02-01 | soon                | refused
"""


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("drawn", ENDS.strip().splitlines())
def test_a_stay_without_an_end_goes_on_and_one_that_ends_before_it_begins_is_refused(
    tmp_path, drawn, form
):
    start, end, read = (cell.strip() for cell in drawn.split("|"))
    files = {
        "person": TWO,
        "visit_occurrence": f"{VISIT}\n1,1,262,{start},{end},0\n2,2,262,2019-01-01,2019-01-02,0",
        "registration": f"person_id,care_site_id,start_date,end_date\n1,1,{start},{end}\n2,1,2005-01-01,",
    }
    folder = written(tmp_path / "r", files)
    if form == "parquet":
        folder = as_parquet(folder, tmp_path / "parquet")
    with loaded(folder) as (report, target):
        for table, column, at in (
            ("visit_occurrence", "visit_end_date", 2),
            ("registration", "end_date", 2),
        ):
            found = target.facts.execute(
                f"SELECT {column} FROM {table} WHERE person_id = {pseudonym(1)}"
            ).fetchall()
            if read == "refused":
                assert found == []
                kind = next(r for r in report.refusals if r["table_name"] == table)
                assert (kind["column_name"], kind["value"], kind["line"]) == (
                    column,
                    end,
                    at - (form == "parquet"),
                )
                assert end == "soon" or kind["reason"] == "it ends before it begins"
            else:
                assert found == [(None if read == "open" else dt.date.fromisoformat(read),)]


def test_a_file_without_the_column_of_ends_is_not_taken_for_stays_that_go_on(tmp_path):
    visits = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_type_concept_id\n1,1,262,2019-02-01,0"
    with (
        pytest.raises(InputAtFault, match="required column is missing") as e,
        loaded(written(tmp_path / "r", {"person": TWO, "visit_occurrence": visits})),
    ):
        pass
    assert e.value.faults[0].path == "visit_end_date"


# what stands in visit_occurrence | of whom rows were refused, and how many
WHOSE = {
    "an end before the start": (
        "1,1,262,2019-02-01,2019-01-01,0\n2,2,262,2019-02-01,2019-02-05,0",
        {1: 1},
    ),
    "two of one": (
        "1,1,262,x,2019-02-05,0\n2,1,y,2019-02-01,2019-02-05,0\n3,2,262,2019-02-01,2019-02-05,0",
        {1: 2},
    ),
    "no kind": ("1,2,,2019-02-01,2019-02-05,0\n2,2,262,2019-02-01,2019-02-05,0", {2: 1}),
    "too many cells": (
        "1,2,262,2019-02-01,2019-02-05,0,extra\n2,2,262,2019-02-01,2019-02-05,0",
        {2: 1},
    ),
    "too few cells": ("1,1,262\n2,2,262,2019-02-01,2019-02-05,0", {1: 1}),
    "nobody who is known": ("1,77,262,x,2019-02-05,0\n2,2,262,2019-02-01,2019-02-05,0", {}),
    "no key at all": ("1,,262,2019-02-01,2019-02-05,0\n2,2,262,2019-02-01,2019-02-05,0", {}),
    "not even a key": ("1,Anne,262,2019-02-01,2019-02-05,0\n2,2,262,2019-02-01,2019-02-05,0", {}),
}


@pytest.mark.parametrize("drawn", WHOSE, ids=str)
def test_whose_rows_were_refused_is_kept_by_person_and_table(tmp_path, drawn):
    rows, whose = WHOSE[drawn]
    with loaded(
        written(tmp_path / "r", {"person": TWO, "visit_occurrence": f"{VISIT}\n{rows}"})
    ) as (report, target):
        there = target.facts.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = 'incomplete'"
        ).fetchone()
        found = (
            target.facts.execute("SELECT person_id, table_name, rows FROM incomplete").fetchall()
            if there
            else []
        )
        assert sorted(found) == sorted(
            (pseudonym(p), "visit_occurrence", n) for p, n in whose.items()
        )
        said = next(n for n in report.notes if n.startswith("visit_occurrence: "))
        assert f"of {len(whose)} known people" in said
        assert ("of nobody who is known" in said) == (not whose)


BAD_VISITS = (
    f"{VISIT},care_site_id\n1,1,262,2019-02-01,2019-02-05,0,x\n2,2,262,2019-02-01,2019-02-05,0,y"
)


def test_a_table_refused_whole_stops_the_load_and_says_where_and_how_to_go_on(tmp_path):
    bad = {
        "visit_occurrence": BAD_VISITS,
        "condition_occurrence": f"{CONDITION}\n1,1,5,soon,,0\n2,2,5,,,0",
    }
    with pytest.raises(InputAtFault) as e, loaded(written(tmp_path / "r", {"person": TWO, **bad})):
        pass
    faults = {(f.file, f.line, f.path, f.found) for f in e.value.faults}
    assert faults == {
        ("r/visit_occurrence.csv", 2, "care_site_id", "x"),
        ("r/condition_occurrence.csv", 2, "condition_start_date", "soon"),
        ("r/condition_occurrence.csv", 3, "condition_start_date", "nothing"),
    }
    assert all("--accept-rejects" in str(f.expected) for f in e.value.faults)
    with (
        pytest.raises(InputAtFault, match="condition_occurrence was refused"),
        loaded(tmp_path / "r", accept_rejects=["visit_occurrence"]),
    ):
        pass


def test_a_table_refused_whole_that_was_accepted_is_not_there(tmp_path):
    files = {"person": TWO, "visit_occurrence": BAD_VISITS}
    with loaded(written(tmp_path / "r", files), accept_rejects=["visit_occurrence", "death"]) as (
        report,
        target,
    ):
        assert report.accepted_rejects == ("visit_occurrence",)
        assert report.tables == {"person": 2, "visit_occurrence": 0}
        assert not target.facts.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = 'visit_occurrence'"
        ).fetchall()
        assert target.facts.execute("SELECT count(*) FROM rejects").fetchone() == (2,)
        assert any("not known of anybody" in n for n in report.notes)
        assert any("not in the records: death" in n for n in report.notes)


def test_people_refused_whole_cannot_be_accepted(tmp_path):
    with (
        pytest.raises(InputAtFault, match="every row of person was refused") as e,
        loaded(
            written(tmp_path / "r", {"person": f"{PERSON}\nx,8507,1950,0,0"}),
            accept_rejects=["person"],
        ),
    ):
        pass
    assert "accept-rejects" not in str(e.value)


def test_a_table_of_a_header_alone_is_not_there_and_a_table_refused_in_part_is(tmp_path):
    visits = f"{VISIT}\n1,1,262,x,2019-02-05,0\n2,2,262,2019-02-01,2019-02-05,0"
    files = {"person": TWO, "condition_occurrence": CONDITION, "visit_occurrence": visits}
    with loaded(written(tmp_path / "r", files)) as (report, target):
        tables = {
            r[0] for r in target.facts.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        assert "condition_occurrence" not in tables and "visit_occurrence" in tables
        assert any(n.startswith("condition_occurrence has no rows") for n in report.notes)


@pytest.mark.skipif(CASES is None, reason="the shared cases are not beside this repository")
@pytest.mark.parametrize(
    "case, refused, tables",
    [
        ("02-still-in-hospital", 2, {"person": 8, "visit_occurrence": 6}),
        ("04-null-in-words", 0, {"person": 9, "visit_occurrence": 9, "condition_occurrence": 9}),
        ("18-big-identifiers", 0, {"person": 6, "visit_occurrence": 6, "care_site": 2}),
    ],
)
def test_shared_cases_of_what_is_not_known(case, refused, tables):
    with loaded(CASES / case / "extract") as (report, _):
        assert sum(report.rejects.values()) == refused
        assert report.tables.items() >= tables.items()
