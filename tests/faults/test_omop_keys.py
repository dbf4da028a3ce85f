"""A key that stands twice: equal rows are one, said in the report; rows that differ stop the load
and name both lines."""

import pytest

from exports import CASES, PERSON, VISIT, as_parquet, loaded, pseudonym, written
from oneplace.faults import InputAtFault
from oneplace.sources.omop.keys import stands_once
from oneplace.tables.omop import OMOP
from oneplace.tables.people import RECEIVED

CARE_SITE = "care_site_id,care_site_name,care_site_source_value"
REGISTRATION = "person_id,care_site_id,start_date,end_date"
RESIDENCE = "person_id,area_code,start_date,end_date"
DEATH = "person_id,death_date,death_type_concept_id"
PROVIDER = "provider_id,provider_name,specialty_concept_id"
LOCATION = "location_id,address_1,zip,city"
ANNE, BERT = "1,8532,1950,0,0", "2,8507,1951,0,0"

# what is exported | the table with rows that stand again | how many
ORDINARY = {
    "a person twice": ({"person": f"{PERSON}\n{ANNE}\n{ANNE}\n{BERT}"}, "person", 1),
    "a person ten times": ({"person": f"{PERSON}\n" + f"{ANNE}\n" * 10 + BERT}, "person", 9),
    "parts that overlap": (
        {"person/a": f"{PERSON}\n{ANNE}\n{BERT}", "person/b": f"{PERSON}\n{BERT}\n3,8507,1960,0,0"},
        "person",
        1,
    ),
    "columns in another order": (
        {
            "person/a": f"{PERSON}\n{ANNE}\n{BERT}",
            "person/b": "year_of_birth,person_id,race_concept_id,ethnicity_concept_id,gender_concept_id\n1950,1,0,0,8532",
        },
        "person",
        1,
    ),
    "the number written otherwise": (
        {"person": f"{PERSON}\n{ANNE}\n1.0,8532,1950.0,0,0\n{BERT}"},
        "person",
        1,
    ),
    "spaces around a text": (
        {
            "person": f"{PERSON},gender_source_value\n{ANNE},female\n{ANNE}, female \n{BERT},male",
        },
        "person",
        1,
    ),
    "a visit in two parts": (
        {
            "person": f"{PERSON}\n{ANNE}\n{BERT}",
            "visit_occurrence/1": f"{VISIT}\n7,1,262,2019-02-01,2019-02-05,0\n8,2,262,2019-02-01,2019-02-05,0",
            "visit_occurrence/2": f"{VISIT}\n8,2,262,2019-02-01,2019-02-05,0\n9,2,262,2019-03-01,2019-03-05,0",
        },
        "visit_occurrence",
        1,
    ),
    "visits with numbers far apart": (
        {
            "person": f"{PERSON}\n{ANNE}\n{BERT}",
            "visit_occurrence": f"{VISIT}\n-9000000000000000001,1,262,2019-02-01,2019-02-05,0\n"
            "9000000000000000001,1,262,2019-02-01,2019-02-05,0\n"
            * 1
            + "9000000000000000001,1,262,2019-02-01,20190205,0",
        },
        "visit_occurrence",
        1,
    ),
    "a death twice": (
        {"person": f"{PERSON}\n{ANNE}\n{BERT}", "death": f"{DEATH}\n1,2018-06-01,0\n1,20180601,0"},
        "death",
        1,
    ),
    "a member of staff twice": (
        {"person": f"{PERSON}\n{ANNE}", "provider": f"{PROVIDER}\n5,Dr Who,1\n5,Dr Who,1\n6,,1"},
        "provider",
        1,
    ),
    "an address twice": (
        {
            "person": f"{PERSON},location_id\n{ANNE},4\n{BERT},4",
            "location": f"{LOCATION}\n4,1 High Street,X1 1XX,Hamlet\n4,1 High Street,X1 1XX,Hamlet",
        },
        "location",
        1,
    ),
    "a site twice": (
        {
            "person": f"{PERSON}\n{ANNE}",
            "care_site": f"{CARE_SITE}\n1,First,P1\n1,First,P1\n2,Second,P2",
        },
        "care_site",
        1,
    ),
    "a registration twice": (
        {
            "person": f"{PERSON}\n{ANNE}",
            "registration": f"{REGISTRATION}\n1,1,2005-01-01,\n1,1,2005-01-01,NULL",
        },
        "registration",
        1,
    ),
    "a home twice": (
        {
            "person": f"{PERSON}\n{ANNE}",
            "residence": f"{RESIDENCE}\n1,A,2005-01-01,\n1,A,2005-01-01,9999-12-31",
        },
        "residence",
        1,
    ),
}


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("drawn", ORDINARY, ids=str)
def test_equal_rows_are_one_and_the_report_says_so(tmp_path, drawn, form):
    files, table, again = ORDINARY[drawn]
    folder = written(tmp_path / "r", files)
    if form == "parquet":
        folder = as_parquet(folder, tmp_path / "parquet")
    with loaded(folder) as (report, target):
        assert report.repeated == {table: again} and report.rejects == {}
        key = (OMOP | {t.name: t for t in RECEIVED})[table].key
        assert stands_once(target.facts, table, key)
        counted = target.facts.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert counted == (report.tables[table],)
        assert sum(report.tables.values()) + again == sum(f.rows for f in report.files)
        who = target.identity.execute(
            "SELECT count(*), count(DISTINCT person_id) FROM person_identity"
        ).fetchone()
        assert who == (report.tables["person"],) * 2
    assert any(f"{table}: {again} row" in n and "counted once" in n for n in report.notes)


# what is exported | columns that differ | what the fault says of the lines
DIFFERENT = {
    "born twice": (
        {"person": f"{PERSON}\n{ANNE}\n{BERT}\n1,8532,1960,0,0"},
        "year_of_birth",
        "lines 2 and 4",
        4,
    ),
    "the third of three": (
        {"person": f"{PERSON}\n{ANNE}\n{ANNE}\n1,8507,1950,0,0"},
        "gender_concept_id",
        "lines 2 and 4",
        4,
    ),
    "in two parts": (
        {"person/a": f"{PERSON}\n{BERT}\n{ANNE}", "person/b": f"{PERSON}\n1,8507,1950,0,0"},
        "gender_concept_id",
        "lines 3 of r/person/a.csv and 2",
        2,
    ),
    "only who it is differs": (
        {"person": f"{PERSON},person_source_value\n{ANNE},9990000018\n{ANNE},9990000026"},
        "person_source_value",
        "lines 2 and 3",
        3,
    ),
    "one says nothing": (
        {"person": f"{PERSON},care_site_id\n{ANNE},7\n{ANNE},NULL"},
        "care_site_id",
        "lines 2 and 3",
        3,
    ),
    "below a refused row": (
        {"person": f"{PERSON}\n{ANNE}\nx,8507,1950,0,0\n2,8507\n1,8507,1950,0,0"},
        "gender_concept_id",
        "lines 2 and 5",
        5,
    ),
    "a visit of two people": (
        {
            "person": f"{PERSON}\n{ANNE}\n{BERT}",
            "visit_occurrence": f"{VISIT}\n7,1,262,2019-02-01,2019-02-05,0\n7,2,262,2019-02-01,2019-02-05,0",
        },
        "person_id",
        "lines 2 and 3",
        3,
    ),
    "two days of death": (
        {"person": f"{PERSON}\n{ANNE}", "death": f"{DEATH}\n1,2018-06-01,0\n1,2018-06-02,0"},
        "death_date",
        "lines 2 and 3",
        3,
    ),
    "two sites of one number": (
        {"person": f"{PERSON}\n{ANNE}", "care_site": f"{CARE_SITE}\n1,First,P1\n1,First,P2"},
        "care_site_source_value",
        "lines 2 and 3",
        3,
    ),
    "two lists from one day": (
        {
            "person": f"{PERSON}\n{ANNE}",
            "registration": f"{REGISTRATION}\n1,1,2005-01-01,\n1,2,2005-01-01,",
        },
        "care_site_id",
        "lines 2 and 3",
        3,
    ),
    "two homes from one day": (
        {
            "person": f"{PERSON}\n{ANNE}",
            "residence": f"{RESIDENCE}\n1,A,2005-01-01,\n1,B,2005-01-01,",
        },
        "area_code",
        "lines 2 and 3",
        3,
    ),
}


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("drawn", DIFFERENT, ids=str)
def test_rows_that_differ_stop_the_load_and_both_lines_are_named(tmp_path, drawn, form):
    files, columns, lines, line = DIFFERENT[drawn]
    if form == "parquet":
        if drawn == "below a refused row":
            pytest.skip("a parquet file has no rows of another length")
        written(tmp_path / "csv", files)
        folder = as_parquet(tmp_path / "csv", tmp_path / "r")
        lines, line = _as_rows(lines), line - 1
    else:
        folder = written(tmp_path / "r", files)
    with pytest.raises(InputAtFault, match="have one key") as e, loaded(folder):
        pass
    fault = e.value.faults[0]
    assert (fault.path, fault.found, fault.line) == (columns, lines, line)
    assert "9990000018" not in str(e.value)


def _as_rows(lines: str) -> str:
    """The same place counted in rows, as a parquet file has no header line."""
    words = lines.replace("lines", "rows").replace(".csv", ".parquet").split()
    return " ".join(str(int(w) - 1) if w.isdigit() else w for w in words)


def test_every_table_with_two_at_fault_is_named_at_once_and_the_first_ten_keys_of_each(tmp_path):
    people = "\n".join(f"{i},8507,{year},0,0" for i in range(1, 31) for year in (1950, 1951))
    deaths = f"{DEATH}\n1,2018-06-01,0\n1,2018-06-02,0"
    with (
        pytest.raises(InputAtFault) as e,
        loaded(written(tmp_path / "r", {"person": f"{PERSON}\n{people}", "death": deaths})),
    ):
        pass
    assert [f.file for f in e.value.faults] == ["r/person.csv"] * 11 + ["r/death.csv"]
    assert e.value.faults[10].found == "30 keys in all"


def test_the_address_of_a_person_is_found_once(tmp_path):
    files, _, _ = ORDINARY["an address twice"]
    with loaded(written(tmp_path / "r", files)) as (_, target):
        found = target.identity.execute(
            "SELECT person_id, postcode FROM person_identity ORDER BY 1"
        ).fetchall()
    assert found == sorted([(pseudonym(1), "X1 1XX"), (pseudonym(2), "X1 1XX")])


@pytest.mark.skipif(CASES is None, reason="the shared cases are not beside this repository")
@pytest.mark.parametrize(
    "case", ["13f-care-site-twice", "13g-registration-line-twice", "13c-on-two-lists-at-once"]
)
def test_shared_cases_of_rows_that_stand_again(case):
    with loaded(CASES / case / "extract") as (report, target):
        assert report.rejects == {} and report.tables["person"] == 6
        assert target.facts.execute("SELECT count(*) FROM care_site").fetchone() == (2,)


@pytest.mark.skipif(CASES is None, reason="the shared cases are not beside this repository")
def test_shared_case_of_two_that_disagree():
    with pytest.raises(InputAtFault) as e, loaded(CASES / "13-same-person-twice" / "extract"):
        pass
    assert [(f.line, f.found) for f in e.value.faults] == [(5, "lines 4 and 5")]


MEASURED = "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_type_concept_id,value_as_number"


def test_events_that_nothing_is_joined_on_may_share_a_number_and_the_report_says_so(tmp_path):
    rows = "1,1,5,2019-01-01,0,7\n1,1,6,2019-01-01,0,8\n1,1,5,2019-01-01,0,7\n2,1,5,2019-02-01,0,9"
    files = {"person": f"{PERSON}\n{ANNE}", "measurement": f"{MEASURED}\n{rows}"}
    with loaded(written(tmp_path / "r", files)) as (report, target):
        assert report.tables["measurement"] == 3 and report.repeated == {"measurement": 1}
        assert any(
            "measurement: 2 rows have the number (measurement_id) of another event" in n
            for n in report.notes
        )
        values = target.facts.execute(
            "SELECT value_as_number FROM measurement ORDER BY 1"
        ).fetchall()
        assert values == [(7,), (8,), (9,)]


def test_one_event_with_two_values_stops_the_load(tmp_path):
    rows = "1,1,5,2019-01-01,0,7\n1,1,5,2019-01-01,0,8"
    files = {"person": f"{PERSON}\n{ANNE}", "measurement": f"{MEASURED}\n{rows}"}
    with (
        pytest.raises(InputAtFault, match="have one key") as e,
        loaded(written(tmp_path / "r", files)),
    ):
        pass
    assert (e.value.faults[0].path, e.value.faults[0].found) == ("value_as_number", "lines 2 and 3")
