"""Whatever text stands in a well-formed file comes out as it went in, and every row is counted,
however odd its cells."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.omop import load_omop
from oneplace.sources.omop.counting import count_text, row_lines
from oneplace.sources.receiving import Sink

NAUGHTY = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "blns" / "blns.json"
KEY = derive_key(bytes(32), data_set="tests", purpose="person")
HEADER = [
    "observation_id",
    "person_id",
    "observation_concept_id",
    "observation_date",
    "observation_type_concept_id",
    "value_as_string",
]
PEOPLE = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n1,8532,1950,0,0\n"

cells = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12
) | st.text('",\n\r x1', max_size=8)


def through(texts: list[str], folder: Path, *, ends: str = "\n") -> list[str | None]:
    """Write the texts to a file, load it, read them back."""
    folder.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=ends, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(HEADER)
    writer.writerows([i, 1, 0, "2019-01-01", 0, t] for i, t in enumerate(texts))
    (folder / "person.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "observation.csv").write_bytes(out.getvalue().encode())
    with (
        duckdb.connect(config={"threads": 1}) as facts,
        duckdb.connect(config={"threads": 1}) as identity,
    ):
        report = load_omop(folder, Sink(facts, identity, lambda ids: make_pseudonyms(ids, KEY)))
        assert report.rejects == {} and report.tables["observation"] == len(texts)
        return [
            r[0]
            for r in facts.execute(
                "SELECT value_as_string FROM observation ORDER BY observation_id"
            ).fetchall()
        ]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(cells, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_any_text_is_kept(tmp_path, texts, ends):
    assert through(texts, tmp_path / "r", ends=ends) == [t or None for t in texts]


@pytest.mark.skipif(
    not NAUGHTY.exists(), reason="the big list of naughty strings is not beside this repository"
)
def test_naughty_strings_are_kept(tmp_path):
    texts = [t for t in json.loads(NAUGHTY.read_text(encoding="utf-8")) if "\0" not in t]
    assert len(texts) > 400
    assert through(texts, tmp_path / "r") == [t or None for t in texts]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.lists(cells, min_size=2, max_size=3), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_rows_are_counted_as_python_counts_them(tmp_path, rows, ends, ended):
    out = io.StringIO()
    csv.writer(out, lineterminator=ends, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    content = out.getvalue().encode()
    path = tmp_path / "x.csv"
    path.write_bytes(content if ended else content.rstrip(b"\r\n"))
    assert (
        count_text(path, delimiter=",", name="x").rows
        == len(rows)
        == len(row_lines(path, delimiter=","))
    )
