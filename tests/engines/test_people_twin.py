"""The river on DuckDB against plain Python, person by person, on generated records.

Every feature of the shipped documents, every score, every segment, the risk of a made-up model and
the order of every list are worked out twice: once by the staged SQL for everyone, once for each
person from her own rows.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drawn import Tables, fill
from oneplace.documents.expressions import parse_expression
from oneplace.engines import duck
from oneplace.engines.explain import explain_person, history_of
from oneplace.engines.one_person import OnePerson
from oneplace.engines.river import read_people_documents, run_people_river
from oneplace.people import risk as r
from oneplace.people.features import unknown
from oneplace.people.features.plain import belongs, work_out
from oneplace.people.records import NEEDS
from oneplace.people.scores import names_used, score
from oneplace.people.segments import place
from oneplace.tables.people import CODE_SAYS
from oneplace.tables.vocabulary import keys

ON = dt.date(2019, 4, 1)
EXAMPLES = int(os.environ.get("ONEPLACE_EXAMPLES", "12"))  # more at night
DOCUMENTS = read_people_documents(Path(__file__).resolve().parents[2] / "places" / "hamlet")
PLACE = Tables(
    areas=pa.table(
        {
            "area_code": ["A", "B"],
            "imd_decile": pa.array([1, 7], pa.int16()),
            "local_quintile": pa.array([1, 5], pa.int16()),
            "local_decile": pa.array([1, 9], pa.int16()),
        }
    ),
    team_practices=pa.table(
        {"team_code": ["north", "south", "south"], "practice_code": ["11", "12", "13"]}
    ),
)
# A model nobody fitted, with weights of both signs, so that lists have an order.
MODEL = r.Model(
    tuple(p.name for p in DOCUMENTS.risk.predictors),
    -2.5,
    tuple(0.3 - 0.07 * (i % 7) for i in range(len(DOCUMENTS.risk.predictors))),
    tuple(0.1 for _ in DOCUMENTS.risk.predictors),
)

# Codes of the records with what they say of a word, of every kind of course.
CODES = {
    str(8000 + 10 * i + j): (word, says)
    for i, word in enumerate(
        ("asthma", "diabetes", "severe_mental_illness", "cancer", "smoker", "pregnancy", "delirium")
    )
    for j, says in enumerate(CODE_SAYS)
}
PEOPLE = 12
REFUSED = {table for needs in NEEDS.values() for table in needs} - {"person"}
people = st.integers(1, PEOPLE).map(str)
# Days near the edges of windows come often.
EDGES = [dt.date(y, m, d) for y in (2017, 2018, 2019) for m, d in ((3, 31), (4, 1), (4, 2))]
days = st.one_of(st.sampled_from(EDGES), st.dates(dt.date(2008, 1, 1), dt.date(2020, 12, 31))).map(
    dt.date.isoformat
)
later = st.one_of(st.none(), st.integers(0, 900))


def _rows(**fields: Any) -> Any:
    return st.lists(st.fixed_dictionaries(fields), max_size=40)


def _ended(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`for` days from the start as an end date."""
    for row in rows:
        length = row.pop("for")
        row["to"] = (
            None
            if length is None
            else (dt.date.fromisoformat(row["from"]) + dt.timedelta(length)).isoformat()
        )
    return rows


def _numbered(column: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, column: str(i)} for i, row in enumerate(rows, start=1)]


def _words(*domains: str) -> Any:
    return st.sampled_from(keys(*domains))


RECORDS = st.fixed_dictionaries(
    {
        "person": st.lists(
            st.fixed_dictionaries(
                {
                    "born": st.dates(dt.date(1920, 1, 1), dt.date(2019, 6, 1)).map(
                        dt.date.isoformat
                    ),
                    "sex": st.sampled_from(["male", "female", "unknown"]),
                    "ethnicity": st.one_of(st.none(), _words("ethnicity")),
                }
            ),
            min_size=PEOPLE,
            max_size=PEOPLE,
        ).map(lambda rows: _numbered("person", rows)),
    },
    optional={
        "registration": _rows(
            person=people,
            practice=st.sampled_from(["11", "12", "13", "14"]),
            **{"from": days, "for": later},
        ).map(_ended),
        "observation": st.lists(
            st.fixed_dictionaries({"person": people, "from": days, "for": st.integers(0, 3000)}),
            min_size=1,
            max_size=30,
        ).map(_ended),
        "death": st.lists(
            st.fixed_dictionaries({"person": people, "on": days}),
            max_size=2,
            unique_by=lambda d: d["person"],
        ),
        "residence": _rows(
            person=people,
            area=st.sampled_from(["A", "B", "Z", None]),
            **{"from": days, "for": later},
        ).map(_ended),
        "diagnosis": _rows(
            person=people,
            what=st.one_of(
                _words("condition", "circumstance", "acute"), st.sampled_from(list(CODES))
            ),
            type=st.sampled_from([None, "problem_list_entry", "32840", "32827", "hospital_entry"]),
            visit=st.one_of(st.none(), st.integers(1, 25).map(str)),
            status=st.sampled_from([None, "primary_diagnosis", "32902", "32906"]),
            **{"from": days, "for": later},
        ).map(_ended),
        "contact": _rows(
            person=people,
            what=st.one_of(st.just("emergency_admission"), _words("contact")),
            **{"from": days, "for": later},
        )
        .map(_ended)
        .map(lambda rows: _numbered("visit", rows)),
        "code_list": st.just(
            [{"code": c, "word": word, "says": says} for c, (word, says) in CODES.items()]
        ),
        "medicine": _rows(person=people, what=_words("medicine"), on=days),
        "reading": _rows(
            person=people,
            what=_words("reading"),
            on=days,
            value=st.floats(-500, 500).map(lambda v: round(v, 4)),
        ),
        "referral": _rows(person=people, what=_words("referral"), **{"from": days, "for": later})
        .map(_ended)
        .map(lambda rows: _numbered("referral", rows)),
        "package": _rows(person=people, what=_words("package"), **{"from": days, "for": later})
        .map(_ended)
        .map(lambda rows: _numbered("package", rows)),
    },
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(RECORDS)
def test_everyone_s_sql_says_what_plain_python_says_of_each(
    drawn: dict[str, list[dict[str, Any]]],
) -> None:
    with duck.open(None, threads=1, memory_limit_mb=300) as engine:
        fill(engine, drawn)
        run_people_river(
            engine,
            DOCUMENTS,
            PLACE,
            as_of=ON,
            basis="synthetic",
            seed=1,
            progress=lambda *_: None,
            model=MODEL,
        )
        rows = {row["person_id"]: row for row in _everything(engine)}
        expected, shown = {}, {}
        for person in range(1, PEOPLE + 1):
            present, history = history_of(engine, PLACE, person)
            history["observed"] = OnePerson(engine, person).rows("observed")
            if belongs(history, as_of=ON, present=present):
                expected[person], shown[person] = _by_hand(history, present)
        assert set(rows) == set(expected)
        for person, wanted in shown.items():
            found = {k: rows[person][k] for k in wanted}
            assert found == wanted
        if "registration" in drawn:  # without lists the whole place is one
            _lists_are_in_order(engine, expected)
        for person in list(expected)[:1]:
            explained = explain_person(engine, DOCUMENTS, PLACE, person, as_of=ON)
            assert [f["name"] for f in explained["features"] if f["differs_from"] is not None] == []
            assert explained["risk"]["risk"] == expected[person]["risk"]
            assert explained["segment"]["id"] == expected[person]["segment"]


def _everything(engine: duck.DuckEngine) -> list[dict[str, Any]]:
    return engine.rows(
        "SELECT f.*, s.* EXCLUDE (person_id), g.* EXCLUDE (person_id), r.risk FROM features f JOIN scores s USING (person_id) "
        "JOIN segments g USING (person_id) JOIN risks r USING (person_id)"
    )


def _by_hand(history: Any, present: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was read of a person, with what the lists are made of; and what is shown of features and
    scores."""
    worked = work_out(DOCUMENTS.features, history, as_of=ON, present=present)
    row: dict[str, Any] = {n: w.read for n, w in worked.items()}
    shown: dict[str, Any] = {n: w.value for n, w in worked.items()}
    refused_in = unknown.mask_of(r["table_name"] for r in history["incomplete"])
    for doc in DOCUMENTS.scores:
        scored = score(doc, row)
        used = names_used((doc,)) & DOCUMENTS.features.kinds.keys()
        known = scored.value != 0 or not unknown.scores_unknown(
            DOCUMENTS.features, used, present, refused_in
        )
        row[doc.name], shown[doc.name] = scored.value, scored.value if known else None
        if doc.bands:
            row[f"{doc.name}_band"], shown[f"{doc.name}_band"] = (
                scored.band,
                scored.band if known else None,
            )
    own = place(DOCUMENTS.segments, row)
    row["risk"] = r.risk_of(DOCUMENTS.risk, MODEL, row)
    others = {d.name: place(d, row).segment.id for d in DOCUMENTS.segmentations}
    lists = {"risk": row["risk"], "segment": own.segment.id, "segment_rule": own.number, **others}
    return {**row, **lists}, {**shown, **lists}


def _lists_are_in_order(engine: duck.DuckEngine, expected: dict[int, dict[str, Any]]) -> None:
    """Each team's register, sorted again by hand, and everybody of a team on it or set aside."""
    doc = DOCUMENTS.caseload
    teams: dict[str, list[int]] = {}
    aside: dict[int, str | None] = {}
    for person, row in expected.items():
        if row["team_code"] is not None:
            reasons = (
                a.id for a in doc.set_aside if parse_expression(a.when).evaluate(row) is True
            )
            aside[person] = next(reasons, None)
            if aside[person] is None:
                teams.setdefault(row["team_code"], []).append(person)

    def order(person: int) -> tuple[float, ...]:
        ties = [parse_expression(t.by).evaluate(expected[person]) for t in doc.ties]
        return (
            -expected[person]["risk"],
            *(float("inf") if t is None else -float(t) for t in ties),
            person,
        )  # type: ignore[arg-type]

    wanted = {
        p: n for team in teams.values() for n, p in enumerate(sorted(team, key=order), start=1)
    }
    found = engine.rows("SELECT person_id, set_aside, rank FROM caseload")
    assert {f["person_id"]: f["set_aside"] for f in found} == aside
    assert {f["person_id"]: f["rank"] for f in found if f["rank"] is not None} == wanted
