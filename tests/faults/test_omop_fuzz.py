"""Random damage to record files: the load fails with a fault of the input, or every row is accepted
or refused. Never silence."""

import csv
import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oneplace.faults import InputAtFault
from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.omop import load_omop
from oneplace.sources.omop.counting import count_text, row_lines
from oneplace.sources.receiving import Sink

SPECTRUM = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "csv-spectrum"
KEY = derive_key(bytes(32), data_set="tests", purpose="person")
PEOPLE = b"person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n1,8532,1950,0,0\n"
HEADER = b"observation_id,person_id,observation_concept_id,observation_date,observation_type_concept_id,value_as_string\n"
ROWS = b"".join(
    b'%d,1,%d,2019-01-%02d,0,"said ""%d"",\nthen left"\n' % (i, 100 + i, i + 1, i)
    if i % 3 == 0
    else b"%d,1,%d,2019-01-%02d,0,plain\n" % (i, 100 + i, i + 1)
    for i in range(12)
)

damage = st.one_of(
    st.tuples(
        st.just("put"),
        st.integers(0, len(ROWS) - 1),
        st.sampled_from(
            [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"x", b";", b"\t", b" ", b"\\", b"'"]
        ),
    ),
    st.tuples(st.just("cut"), st.integers(0, len(ROWS) - 1), st.integers(1, 12)),
    st.tuples(st.just("end"), st.integers(0, len(ROWS) - 1), st.just(0)),
)


def damaged(done) -> bytes:
    content = ROWS
    for what, at, how in done:
        at = min(at, len(content))
        content = (
            content[:at] + how + content[at:]
            if what == "put"
            else content[:at] + (content[at + how :] if what == "cut" else b"")
        )
    return HEADER + content


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(damage, min_size=1, max_size=3))
def test_damage_is_refused_by_row_or_by_file(tmp_path, done):
    content = damaged(done)
    (tmp_path / "person.csv").write_bytes(PEOPLE)
    (tmp_path / "observation.csv").write_bytes(content)
    with (
        duckdb.connect(config={"threads": 1}) as facts,
        duckdb.connect(config={"threads": 1}) as identity,
    ):
        try:
            report = load_omop(
                tmp_path, Sink(facts, identity, lambda ids: make_pseudonyms(ids, KEY))
            )
        except InputAtFault as e:
            assert all(f.file.endswith("observation.csv") for f in e.faults)
            return
        sql = "SELECT observation_id, observation_concept_id, observation_date, value_as_string FROM observation"
        kept = facts.execute(sql).fetchall() if report.tables["observation"] else []
        lines = [r[0] for r in facts.execute("SELECT line FROM rejects").fetchall()]
    text = content.decode("utf-8", "replace")
    rows = [r for r in csv.reader(text.splitlines(keepends=True)) if r][1:]
    assert len(kept) + sum(report.rejects.values()) + sum(report.repeated.values()) == len(rows)
    assert len(lines) == sum(report.rejects.values())
    assert (
        len(set(lines)) == len(lines) or b"\r" in content
    )  # a stray return ends a row and no line
    assert all(2 <= line <= text.count("\n") + 1 for line in lines)
    wellformed = [
        r[:6] for r in rows if len(r) >= 6 and not any(r[6:])
    ]  # empty cells too many at the end are let pass
    as_read = {
        (int(r[0]), int(r[2]), r[3], r[5].strip(" ") or None)
        for r in wellformed
        if r[0].strip().lstrip("-").isdigit() and r[2].strip().lstrip("-").isdigit()
    }
    assert {
        (a, b, c.isoformat(), (d or "").strip(" ") or None)
        for a, b, c, d in kept
        if "�" not in (d or "")
    } <= as_read


@pytest.mark.skipif(
    not SPECTRUM.exists(), reason="the csv-spectrum corpus is not beside this repository"
)
def test_every_file_of_the_csv_spectrum_is_counted_right():
    files = sorted((SPECTRUM / "csvs").glob("*.csv"))
    assert len(files) >= 10
    for file in files:
        content = json.loads((SPECTRUM / "json" / f"{file.stem}.json").read_text(encoding="utf-8"))
        expected = len(content) if isinstance(content, list) else 1
        assert (
            count_text(file, delimiter=",", name=file.name).rows
            == expected
            == len(row_lines(file, delimiter=","))
        ), file.name
