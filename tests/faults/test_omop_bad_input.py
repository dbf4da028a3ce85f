"""Broken OMOP records: every row is accepted or refused with its line, and what cannot be read at
all is one clear fault."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oneplace.faults import InputAtFault
from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.omop import load_omop
from oneplace.sources.receiving import LoadReport, Sink

KEY = derive_key(bytes(32), data_set="tests", purpose="person")
PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n"
CONDITION = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id\n"
ANNE = PERSON + "1,8532,1950,0,0\n"


@pytest.fixture
def target() -> Iterator[Sink]:
    means = {"threads": 1, "memory_limit": "300MB"}
    with duckdb.connect(config=means) as facts, duckdb.connect(config=means) as identity:
        facts.execute("SET preserve_insertion_order = false")
        yield Sink(facts, identity, lambda ids: make_pseudonyms(ids, KEY))


def write(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(
            content.encode() if isinstance(content, str) else content
        )
    return folder


def refused(target: Sink) -> list[tuple]:
    return target.facts.execute(
        "SELECT table_name, line, column_name, value, reason FROM rejects ORDER BY table_name, line"
    ).fetchall()


def assert_adds_up(report: LoadReport, rows: int) -> None:
    assert sum(report.tables.values()) + sum(report.rejects.values()) == rows
    assert sum(f.rows or 0 for f in report.files) == rows


# what stands in a row of condition_occurrence after "id,person," | the column at fault | value kept
# | reason
ROWS = """
0,2019-01-01,0               |                         |                 |
0,2019-01-01 00:00:00,0      |                         |                 |
0,2019-01-01T00:00:00,0      |                         |                 |
0,2019-01-01 00:00:00.000,0  |                         |                 |
0,2019-01-01T00:00:00Z,0     |                         |                 |
0,2019-01-01 00:00:00+00,0   |                         |                 |
0,01-JAN-2019,0              |                         |                 |
0,1-Jan-2019,0               |                         |                 |
0,01 jan 2019,0              |                         |                 |
0,2019-01-01 00:00:00 UTC,0  |                         |                 |
0,2019-01-01 00:00 GMT,0     |                         |                 |
0,2019-01-01T00:00:00.000+0000,0 |                     |                 |
0,2019-01-01T00:00:00-00:00,0 |                        |                 |
0,01JAN2019,0                |                         |                 |
0,01JAN2019:00:00:00,0       |                         |                 |
0,2019/01/01,0               |                         |                 |
0,2019/01/01 00:00,0         |                         |                 |
0,20190101,0                 |                         |                 |
"0","2019-01-01","0"         |                         |                 |
0.0,2019-01-01,0             |                         |                 |
,2019-01-01,0                | condition_concept_id    |                 | a required value is missing
0,,0                         | condition_start_date    |                 | a required value is missing
0,not-a-date,0               | condition_start_date    | not-a-date      | the value is not a day
0,01/02/2019,0               | condition_start_date    | 01/02/2019      | the value is not a day
0,2019-02-30,0               | condition_start_date    | 2019-02-30      | the value is not a day
0,epoch,0                    | condition_start_date    | epoch           | the value is not a day
0,infinity,0                 | condition_start_date    | infinity        | the value is not a day
0,2019-1-1,0                 | condition_start_date    | 2019-1-1        | the value is not a day
0,2019-01-01 09:30:00,0      | condition_start_date    | 2019-01-01 09:30:00 | the value is not a day
0,2019-01-01 00:00:00+01,0   | condition_start_date    | 2019-01-01 00:00:00+01 | the value is not a day
0,2019-01-01 00:00:00 BST,0  | condition_start_date    | 2019-01-01 00:00:00 BST | the value is not a day
0,2019-01-01 24:00:00,0      | condition_start_date    | 2019-01-01 24:00:00 | the value is not a day
0,2019-01-01 25:61:00,0      | condition_start_date    | 2019-01-01 25:61:00 | the value is not a day
0,2019-01/01,0               | condition_start_date    | 2019-01/01      | the value is not a day
0,01-JAN-19,0                | condition_start_date    | 01-JAN-19       | the value is not a day
0,01-JANUARY-2019,0          | condition_start_date    | 01-JANUARY-2019 | the value is not a day
0,31-FEB-2019,0              | condition_start_date    | 31-FEB-2019     | the value is not a day
0,01-XYZ-2019,0              | condition_start_date    | 01-XYZ-2019     | the value is not a day
0,43132,0                    | condition_start_date    | 43132           | the value is not a day
0,43132.0,0                  | condition_start_date    | 43132.0         | the value is not a day
0,1548979200,0               | condition_start_date    | 9999999999      | the value is not a day
0,2019-01,0                  | condition_start_date    | 2019-01         | the value is not a day
1.5,2019-01-01,0             | condition_concept_id    | 1.5             | the value is not a whole number
1e3,2019-01-01,0             | condition_concept_id    | 1e3             | the value is not a whole number
0x1F,2019-01-01,0            | condition_concept_id    | 0x1F            | the value is not a whole number
1_000,2019-01-01,0           | condition_concept_id    | 1_000           | the value is not a whole number
99999999999,2019-01-01,0     |                         |                 |
-8000000000000000001,2019-01-01,0 |                    |                 |
9223372036854775808,2019-01-01,0 | condition_concept_id | 9999999999999999999 | the value is not a whole number
0,Jane Smith,0               | condition_start_date    | Aaaa Aaaaa      | the value is not a day
0,L7 9QQ,0                   | condition_start_date    | A9 9AA          | the value is not a day
0,999 000 0018,0             | condition_start_date    | 999 999 9999    | the value is not a day
0,2019-01-01,0,extra         |                         | 6 cells         | the row has too many cells
0,2019-01-01                 |                         | 4 cells         | the row has too few cells
"""


@pytest.mark.parametrize("drawn", ROWS.strip().splitlines())
def test_a_row_is_accepted_or_refused_with_its_reason(tmp_path, target, drawn):
    cells, column, value, reason = (part.strip() for part in drawn.split("|"))
    path = write(
        tmp_path / "r",
        person=ANNE,
        condition_occurrence=CONDITION + f"7,1,0,2018-01-01,0\n8,1,{cells}\n9,1,0,2018-01-02,0\n",
    )
    report = load_omop(path, target)
    assert_adds_up(report, 4)
    if not reason:
        assert report.rejects == {} and report.tables["condition_occurrence"] == 3
        return
    assert report.rejects == {reason: 1}
    assert refused(target) == [("condition_occurrence", 3, column or None, value or None, reason)]


def test_lines_are_right_below_rows_that_run_over_several(tmp_path, target):
    notes = '1,1,2019-01-01,0,0,"two\nlines",0,0\n2,1,bad,0,0,x,0,0\n3,1,2019-01-01,0,0,"a\n\nb",0,0\n4,1,2019-01-01\n\n5,1,worse,0,0,y,0,0\n'
    header = "note_id,person_id,note_date,note_type_concept_id,note_class_concept_id,note_text,encoding_concept_id,language_concept_id\n"
    report = load_omop(write(tmp_path / "r", person=ANNE, note=header + notes), target)
    assert [(r[1], r[3]) for r in refused(target)] == [(4, "bad"), (8, "3 cells"), (10, "worse")]
    assert report.tables["note"] == 2
    assert_adds_up(report, 6)


def test_the_key_of_a_person_is_never_in_the_facts(tmp_path, target):
    people = (
        PERSON.strip()
        + ",person_source_value\n"
        + "4815162342,8532,1950,0,0,9990000018\nbad-4815162342,8507,1950,0,0,x\n"
    )
    events = (
        CONDITION
        + "1,4815162342,0,2019-01-01,0\n2,2342481516,0,2019-01-01,0\n3,nobody-2342481516,0,2019-01-01,0\n"
    )
    cohort = "cohort_definition_id,subject_id,cohort_start_date,cohort_end_date\n1,4815162342,2019-01-01,2019-02-01\n"
    kin = "domain_concept_id_1,fact_id_1,domain_concept_id_2,fact_id_2,relationship_concept_id\n56,4815162342,56,2342481516,1\n21,4815162342,56,4815162342,1\n"
    path = write(
        tmp_path / "r",
        person=people,
        condition_occurrence=events,
        cohort=cohort,
        fact_relationship=kin,
    )
    report = load_omop(path, target)
    assert report.tables["person"] == 1 and report.tables["condition_occurrence"] == 2
    anne, other = make_pseudonyms(["4815162342", "2342481516"], KEY).tolist()
    assert target.facts.execute(
        "SELECT person_id FROM condition_occurrence ORDER BY 1"
    ).fetchall() == [(p,) for p in sorted([anne, other])]
    assert target.facts.execute("SELECT subject_id FROM cohort").fetchall() == [(anne,)]
    assert target.facts.execute(
        "SELECT fact_id_1, fact_id_2 FROM fact_relationship ORDER BY domain_concept_id_1"
    ).fetchall() == [
        (4815162342, anne),  # the first is a measurement that happens to have this number
        (anne, other),
    ]
    target.facts.execute("DROP TABLE fact_relationship")
    assert not [
        t
        for t in everything(target.facts)
        if "4815162342" in t or "2342481516" in t or "9990000018" in t
    ]
    who = target.identity.execute(
        "SELECT source_id, nhs_number FROM person_identity WHERE person_id = ?", [anne]
    ).fetchone()
    assert who == ("4815162342", "9990000018")
    assert any("1 people stand in the records but not" in n for n in report.notes)


def everything(con: duckdb.DuckDBPyConnection) -> list[str]:
    tables = [r[0] for r in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    return [str(row) for t in tables for row in con.execute(f'SELECT * FROM "{t}"').fetchall()]


def test_a_name_in_the_wrong_column_is_masked_in_the_facts_and_kept_beside_identity(
    tmp_path, target
):
    load_omop(write(tmp_path / "r", person=ANNE + "2,8532,Canary Smith,0,0\n"), target)
    assert refused(target)[0][3] == "Aaaaaa Aaaaa"
    assert target.identity.execute("SELECT value FROM rejects_in_full").fetchall() == [
        ("Canary Smith",)
    ]


@pytest.mark.parametrize(
    "files, what, found",
    [
        ({}, "no table of people", "no OMOP table at all"),
        ({"condition_occurrence": CONDITION}, "no table of people", "condition_occurrence"),
        ({"person": ""}, "the file is empty", None),
        ({"person": "\n\n"}, "the file is empty", None),
        (
            {"person": PERSON.replace("year_of_birth", "yeer_of_birth")},
            "required column is missing",
            "yeer_of_birth",
        ),
        (
            {"person": PERSON.replace("gender_concept_id,", "")},
            "required column is missing",
            "person_id, year",
        ),
        (
            {"person": PERSON.replace("gender_concept_id", "PERSON_ID")},
            "a column stands twice",
            "PERSON_ID",
        ),
        (
            {"person": "a;b;c\n1;2;3\n"},
            "does not name the table’s columns",
            "none of them among 1 cells",
        ),
        ({"person": ANNE.encode("utf-16")}, "not UTF-8 text", "UTF-16"),
        ({"person": ANNE.encode() + b"2,\x00,1950,0,0\n"}, "the file is not text", "a zero byte"),
        ({"person": ANNE.replace("\n", "\r")}, "do not end as lines do", "carriage returns"),
        (
            {"person": ANNE + '2,"8532,1950,0,0\n3,8532,1950,0,0\n'},
            "a quote is opened and not closed",
            None,
        ),
        (
            {"person": ANNE + "2,8507,1960,0,0\r\n"},
            "the lines end in more than one way",
            "1 lines end in",
        ),
        ({"person": ANNE + "2,8507,19\r60,0,0\n"}, "the lines end in more than one way", "1 in"),
        ({"person": ANNE, "PERSON": ANNE}, "there more than once", "PERSON.csv"),
    ],
    ids=[
        "nothing",
        "no person",
        "empty",
        "blank",
        "near name",
        "no column",
        "twice",
        "semicolons",
        "utf-16",
        "zero byte",
        "returns",
        "open quote",
        "two ends",
        "stray return",
        "two files",
    ],
)
def test_what_cannot_be_read_is_a_fault_with_file_and_finding(tmp_path, target, files, what, found):
    path = write(tmp_path / "r", **files)
    with pytest.raises(InputAtFault, match=what) as e:
        load_omop(path, target)
    fault = e.value.faults[0]
    assert fault.file.startswith("r") and str(tmp_path) not in str(fault)
    assert found is None or found in str(fault.found)


def test_all_missing_columns_are_named_at_once(tmp_path, target):
    with pytest.raises(InputAtFault) as e:
        load_omop(
            write(tmp_path / "r", person="person_id\n1\n", condition_occurrence="person_id\n1\n"),
            target,
        )
    told = {f.file: str(f) for f in e.value.faults}
    assert len(e.value.faults) == len(told) == 2, "a sentence a file, not a line a column"
    assert "year_of_birth" in told["r/person.csv"]
    assert "condition_start_date" in told["r/condition_occurrence.csv"]


def test_a_row_that_is_not_utf8_is_refused(tmp_path, target):
    report = load_omop(
        write(tmp_path / "r", person=ANNE.encode() + b"2,8532,19\xff0,0,0\n3,8507,1960,0,0\n"),
        target,
    )
    assert report.tables["person"] == 2
    assert report.rejects == {"the row is not UTF-8 text": 1} and refused(target)[0][1] == 3


@pytest.mark.parametrize("cut", [0, 3, 100, -1, -8])
def test_a_truncated_parquet_file_is_a_fault(tmp_path, target, cut):
    folder = write(tmp_path / "r")
    whole = tmp_path / "whole.parquet"
    columns = PERSON.strip().split(",")
    pq.write_table(pa.table({c: np.arange(2000) for c in columns}), whole)
    (folder / "person.parquet").write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(InputAtFault, match=r"r/person.parquet: this is not a whole parquet file"):
        load_omop(folder, target)


def test_a_parquet_file_with_a_damaged_middle_is_a_fault_or_read_as_written(tmp_path, target):
    folder = write(tmp_path / "r")
    columns = PERSON.strip().split(",")
    rng = np.random.default_rng(1)
    pq.write_table(
        pa.table({c: rng.integers(0, 2000, 5000) for c in columns}),
        folder / "person.parquet",
        compression="zstd",
    )
    content = bytearray((folder / "person.parquet").read_bytes())
    content[2000:2400] = bytes(400)
    (folder / "person.parquet").write_bytes(content)
    with pytest.raises(InputAtFault, match=r"r/person.parquet"):
        load_omop(folder, target)


def test_parquet_values_of_the_wrong_type_are_refused_by_row(tmp_path, target):
    folder = write(tmp_path / "r")
    table = pa.table(
        {
            "PERSON_ID": [1.0, 2.0, 3.5, None],
            "GENDER_CONCEPT_ID": ["8532", "x", "8507", "8507"],
            "YEAR_OF_BIRTH": [1950, 1951, 1952, 1953],
            "RACE_CONCEPT_ID": [0, 0, 0, 0],
            "ETHNICITY_CONCEPT_ID": [0, 0, 0, 0],
        }
    )
    pq.write_table(table, folder / "PERSON.parquet")
    report = load_omop(folder, target)
    assert_adds_up(report, 4)
    assert [(r[1], r[2], r[4]) for r in refused(target)] == [
        (2, "gender_concept_id", "the value is not a whole number"),
        (3, "person_id", "the value is not a whole number"),
        (4, "person_id", "a required value is missing"),
    ]


def test_a_header_that_was_read_as_data_is_seen(tmp_path, target):
    folder = write(tmp_path / "r", person=ANNE)
    pq.write_table(
        pa.table({"column00": ["PROVIDER_ID", "7"], "column01": ["PROVIDER_NAME", "Dr Who"]}),
        folder / "provider.parquet",
    )
    report = load_omop(folder, target)
    assert report.tables["provider"] == 1 and report.rejects == {
        "the row holds the column names": 1
    }
    assert target.facts.execute("SELECT provider_id FROM provider").fetchall() == [(7,)]
    assert target.identity.execute("SELECT provider_name FROM provider_identifying").fetchall() == [
        ("Dr Who",)
    ]


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members.items():
            z.writestr(name, content)
    return path


def test_a_zip_is_read_without_what_macos_adds(tmp_path, target):
    path = zipped(
        tmp_path / "z.zip",
        {
            "out/PERSON.csv": ANNE,
            "__MACOSX/out/._PERSON.csv": "junk",
            "out/.DS_Store": "junk",
            "out/persn.csv": "x",
        },
    )
    report = load_omop(path, target)
    assert report.tables == {"person": 1}
    assert any("persn.csv was not read" in n and "is it person?" in n for n in report.notes)
    assert report.files[0].file == "z.zip"


def test_a_zip_cannot_write_outside_its_folder(tmp_path, target):
    path = zipped(tmp_path / "z.zip", {"../../evil.csv": "x", "PERSON.csv": ANNE})
    load_omop(path, target)
    assert not list(tmp_path.parent.glob("**/evil.csv"))


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_a_truncated_zip_is_a_fault(tmp_path, target, cut):
    path = zipped(tmp_path / "z.zip", {"PERSON.csv": ANNE * 50})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputAtFault, match="this is not a whole zip file"):
        load_omop(path, target)


def test_a_damaged_member_is_a_fault(tmp_path, target):
    path = zipped(
        tmp_path / "z.zip",
        {"PERSON.csv": ANNE + "".join(f"{i},8532,1950,0,0\n" for i in range(2, 500))},
    )
    content = bytearray(path.read_bytes())
    content[80:120] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(InputAtFault, match="a file in the zip is damaged"):
        load_omop(path, target)


def test_a_zip_that_would_fill_the_disk_is_refused_unopened(tmp_path, target):
    path = zipped(tmp_path / "z.zip", {"PERSON.csv": ANNE, "NOTE.csv": "\0" * 40_000_000})
    with pytest.raises(InputAtFault, match="unpacks to far more than records do"):
        load_omop(path, target)


@pytest.mark.parametrize("name", ["missing", "file.txt"])
def test_no_such_records(tmp_path, target, name):
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(InputAtFault, match="expected a folder or a zip"):
        load_omop(tmp_path / name, target)


def test_unknown_columns_and_tables_are_reported_not_failed(tmp_path, target):
    path = write(
        tmp_path / "r",
        person=ANNE.replace("\n", ",favourite_colour\n", 1).replace("0,0\n", "0,0,blue\n"),
        sales="x\n1\n",
    )
    report = load_omop(path, target)
    assert report.tables == {"person": 1}
    assert any("favourite_colour" in n for n in report.notes) and any(
        "sales.csv was not read" in n for n in report.notes
    )
    assert any("tables that are not there" in n and "visit_occurrence" in n for n in report.notes)


def test_columns_of_both_versions_go_by_one_name(tmp_path, target):
    session = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id,admitting_source_value\n"
    load_omop(
        write(
            tmp_path / "r",
            person=ANNE,
            visit_occurrence=session + "1,1,9201,2019-01-01,2019-01-03,0,home\n",
        ),
        target,
    )
    assert target.facts.execute(
        "SELECT admitted_from_source_value FROM visit_occurrence"
    ).fetchall() == [("home",)]


def test_a_vocabulary_as_distributed_is_tab_separated_with_loose_quotes(tmp_path, target):
    header = "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\tvalid_start_date\tvalid_end_date\tinvalid_reason\n"
    row = '1\tA 5" wound\tCondition\tX\tY\tS\tc\t19700101\t20991231\t\n'
    report = load_omop(
        write(tmp_path / "r", person=ANNE, CONCEPT=header + row + row.replace("1\t", "2\t", 1)),
        target,
    )
    assert report.tables["concept"] == 2
    assert target.facts.execute(
        "SELECT concept_name, valid_start_date::VARCHAR FROM concept LIMIT 1"
    ).fetchone() == (
        'A 5" wound',
        "1970-01-01",
    )


def test_a_table_may_come_in_parts(tmp_path, target):
    folder = write(tmp_path / "r")
    write(
        folder / "person", **{"part-0": ANNE, "part-1": PERSON + "2,8507,1960,0,0\n3,8507,x,0,0\n"}
    )
    write(
        folder / "condition_occurrence",
        **{
            "part-0": CONDITION + "1,9,0,2019-01-01,0\n",
            "part-1": CONDITION + "2,8,0,2019-01-01,0\n",
        },
    )
    report = load_omop(folder, target)
    assert report.tables == {"person": 2, "condition_occurrence": 2}
    assert_adds_up(report, 5)
    assert target.facts.execute(
        "SELECT count(DISTINCT person_id) FROM condition_occurrence"
    ).fetchone() == (2,)
