"""What a measurement's number is worth: unit, limits and time. Everything is as of 1 April 2019.

A value has its unit or is no value; only what no body can have is refused; an older reading never
takes the place of a refused newer one; the latest of a day is the latest by time.
"""

import datetime as dt

import pytest

from drawn import engine_with
from oneplace.documents import parse
from oneplace.engines.explain import history_of
from oneplace.faults import InputAtFault
from oneplace.people.features import Features, compile_features
from oneplace.people.features.plain import work_out
from oneplace.people.readings import plain, shipped
from oneplace.people.records import river_views
from oneplace.tables.vocabulary import by_key, concept, keys

ON = dt.date(2019, 4, 1)
FOREIGN = 77  # a code of the records, which the code list calls what is tested


class NoTables:
    def rows(self, name: str) -> list[dict[str, object]]:
        return []


def doc_of(word: str, *, readings: list[dict[str, object]] | None = None) -> Features:
    row = {
        "name": "it",
        "sentence": "drawn",
        "kind": "reading",
        "of": [word],
        "window": "24 months",
    }
    return parse(
        {"schema": 1, "features": [row], "readings": readings or []}, Features, file="features.yaml"
    )


def latest(
    word: str,
    *rows: tuple[str, float | None, int | None, str | None],
    local: bool = False,
    units: bool = True,
    vocabulary: dict[int, str] | None = None,
    readings: list[dict[str, object]] | None = None,
) -> tuple[float | None, dict[str, object] | None]:
    """The feature of one person with these rows (moment, number, unit's number, unit's text) and
    the reading behind it, by the SQL for everyone and by plain Python, which must agree."""
    doc = doc_of(word, readings=readings)
    code_list = f"code | word\n{FOREIGN} | {word}"
    with engine_with({"person": "person | born\n1 | 1950-01-01", "code_list": code_list}) as (
        engine,
        _,
    ):
        columns = "unit_concept_id BIGINT, unit_source_value VARCHAR, " if units else ""
        engine.execute(
            f"CREATE TABLE measurement (measurement_id BIGINT, person_id BIGINT, measurement_concept_id BIGINT, {columns}"
            "measurement_date DATE, measurement_datetime TIMESTAMP, measurement_time VARCHAR, value_as_number DOUBLE)"
        )
        if vocabulary:
            engine.execute(
                "CREATE TABLE concept (concept_id BIGINT, concept_code VARCHAR, domain_id VARCHAR)"
            )
            for number, name in vocabulary.items():
                engine.con.execute("INSERT INTO concept VALUES (?, ?, 'Unit')", [number, name])
        code = concept(word) if local else FOREIGN
        for n, (moment, value, unit, text) in enumerate(rows, start=1):
            day, _, clock = moment.partition(" ")
            given = [unit, text] if units else []
            at = [
                day,
                f"{day} {clock}" if clock and not clock.startswith("~") else None,
                clock.lstrip("~") or None,
            ]
            marks = ", ".join("?" * (6 + len(given) + 1))
            engine.con.execute(
                f"INSERT INTO measurement VALUES ({marks})", [n, 1, code, *given, *at, value]
            )
        for view in river_views(engine.columns(), readings=doc.readings):
            engine.execute(view)
        present = {"people", "readings"}
        engine.run(compile_features(doc, as_of=ON, present=present))
        found = engine.rows("SELECT it FROM features")[0]["it"]
        _, history = history_of(engine, NoTables(), 1)
        worked = work_out(doc, history, as_of=ON, present=present)["it"]
        assert worked.value == found
    return found, dict(worked.rows[0][1]) if worked.rows else None


@pytest.mark.parametrize(
    ("word", "number", "unit", "text", "value"),
    [
        ("hba1c", 48, 9579, None, 48),
        ("hba1c", 6.5, 8554, None, 47.530),
        ("hba1c", 6.5, 0, "%", 47.530),
        ("hba1c", 6.5, None, "% (NGSP)", 47.530),
        ("hba1c", 53, 0, "mmol/mol Hb", 53),
        ("creatinine", 1.2, 8840, "mg/dL", 106.104),
        ("creatinine", 106, 8749, "µmol/L", 106),
        ("creatinine", 106, 0, "μmol / l", 106),
        ("creatinine", 0.106, 0, "mmol/L", 106),
        ("weight", 176, 8739, None, 79.832),
        ("weight", 176, 0, "[lb_av]", 79.832),
        ("weight", 128, 9373, "oz", 3.629),
        ("weight", 3500, 8504, "g", 3.5),
        ("weight", 12.5, 0, "stone", 79.379),
        ("weight", 80, 9529, "kg", 80),
        ("height", 70, 9327, "in", 177.8),
        ("height", 70, 9330, "inches", 177.8),
        ("height", 5.9, 9306, "ft", 179.832),
        ("height", 1.78, 9546, "m", 178),
        ("height", 178, 8582, "cm", 178),
        ("egfr", 55, 9117, "mL/min/{1.73_m2}", 55),
        ("egfr", 55, 0, "mL/min/1.73m²", 55),
        ("egfr", 55, 720870, "mL/min/1.73.m2", 55),
        ("egfr", 55, 0, "mL/min/1.73 m^2", 55),
        ("total_cholesterol", 193.35, 8840, "mg/dL", 5),
        ("total_cholesterol", 5, 8753, "mmol/L", 5),
        ("glucose", 100, 8840, "mg/dL", 5.551),
        ("haemoglobin", 13.5, 8713, "g/dL", 135),
        ("haemoglobin", 8.4, 8753, None, 135.358),
        ("albumin", 4.1, 8713, "g/dL", 41),
        ("systolic_blood_pressure", 140, 8876, "mm[Hg]", 140),
        ("systolic_blood_pressure", 18.7, 44777602, "kPa", 140.262),
        ("temperature", 98.6, 9289, "[degF]", 37),
        ("temperature", 37, 586323, "°C", 37),
        ("bmi", 31, 9531, "kg/m2", 31),
        ("bmi", 31, None, None, 31),
        ("systolic_blood_pressure", 140, None, None, 140),
    ],
)
def test_the_unit_decides_the_value(
    word: str, number: float, unit: int | None, text: str | None, value: float
) -> None:
    assert latest(word, ("2019-01-01", number, unit, text))[0] == pytest.approx(value, abs=0.0006)


def test_a_code_that_is_a_local_word_has_the_vocabulary_s_unit_where_none_is_written() -> None:
    assert latest("hba1c", ("2019-01-01", 48, None, None), local=True)[0] == 48
    assert latest("hba1c", ("2019-01-01", 48, None, None), local=True, units=False)[0] == 48
    assert latest("hba1c", ("2019-01-01", 6.5, 8554, None), local=True)[0] == pytest.approx(47.530)


@pytest.mark.parametrize(
    ("word", "number", "unit", "text", "why"),
    [
        ("hba1c", 6.5, None, None, "no unit"),
        ("hba1c", 6.5, 0, " ", "no unit"),
        ("weight", 80, None, None, "no unit"),
        ("hba1c", 6.5, 0, "furlongs", "unknown unit"),
        ("hba1c", 6.5, 8876, None, "unknown unit"),
        ("weight", 80, 9529, "lb", "units disagree"),
        ("hba1c", 53, 8554, "mmol/mol", "units disagree"),
        ("weight", 4000, 9529, "kg", "impossible"),
        ("weight", 0, 9529, "kg", "impossible"),
        ("height", 1.78, 8582, "cm", "impossible"),
        ("hba1c", 48, 8554, "%", "impossible"),
        ("systolic_blood_pressure", -1, None, None, "impossible"),
        ("egfr", 9999, 9117, None, "impossible"),
        ("temperature", float("inf"), 586323, None, "impossible"),
        ("temperature", float("nan"), 586323, None, "impossible"),
    ],
)
def test_a_value_without_its_unit_or_that_no_body_can_have_is_no_value(
    word: str, number: float, unit: int | None, text: str | None, why: str
) -> None:
    value, behind = latest(word, ("2019-01-01", number, unit, text))
    assert value is None
    assert behind is not None and behind["refused"] == why


def test_records_without_any_unit_give_values_only_where_nobody_uses_another() -> None:
    assert latest("bmi", ("2019-01-01", 31, None, None), units=False)[0] == 31
    assert latest("weight", ("2019-01-01", 80, None, None), units=False)[1]["refused"] == "no unit"  # type: ignore[index]


def test_a_unit_that_only_the_records_own_vocabulary_names_is_read_there() -> None:
    assert latest("weight", ("2019-01-01", 176, 123, None), vocabulary={123: "[lb_us]"})[
        0
    ] == pytest.approx(79.832)


@pytest.mark.parametrize(
    ("word", "number"), [("weight", 320), ("systolic_blood_pressure", 260), ("hba1c", 180)]
)
def test_extremes_stay_and_are_flagged(word: str, number: float) -> None:
    value, behind = latest(word, ("2019-01-01", number, None, shipped()[word].units[0].unit))
    assert value == number
    assert behind is not None and behind["extreme"] is True


def test_an_older_reading_never_takes_the_place_of_a_refused_newer_one() -> None:
    rows = [("2018-06-01", 50.0, None, "mmol/mol"), ("2019-01-01", 7.0, None, "furlongs")]
    value, behind = latest("hba1c", *rows)
    assert value is None
    assert behind is not None and (behind["recorded"], behind["unit_recorded"]) == (7.0, "furlongs")
    assert latest("hba1c", *rows, ("2019-02-01", 7.0, None, "%"))[0] == pytest.approx(52.995)


def test_a_row_without_a_number_is_no_reading() -> None:
    assert (
        latest(
            "hba1c", ("2018-06-01", 50, None, "mmol/mol"), ("2019-01-01", None, None, "mmol/mol")
        )[0]
        == 50
    )


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        (
            ("2019-01-01 09:00:00", 180),
            ("2019-01-01 15:30:00", 140),
            140,
        ),  # the later, not the greater
        (
            ("2019-01-01 15:30:00", 140),
            ("2019-01-01 09:00:00", 180),
            140,
        ),  # in whatever order they are written
        (
            ("2019-01-01 ~15:30", 140),
            ("2019-01-01 ~09:00", 180),
            140,
        ),  # the time alone, as older records have it
        (
            ("2019-01-01 00:00:00", 180),
            ("2019-01-01 08:00:00", 140),
            140,
        ),  # midnight is a day without a time
        (("2019-01-01", 180), ("2019-01-01", 140), 140),  # without times what was written last
        (("2019-01-01", 140), ("2019-01-01", 180), 180),
        (
            ("2019-01-01 15:30:00", 9999),
            ("2019-01-01 09:00:00", 140),
            None,
        ),  # the later was refused
        (("2019-01-02", 130), ("2019-01-01 23:59:59", 140), 130),
    ],
)
def test_the_latest_of_a_day_is_the_latest_by_time(
    first: tuple[str, float], second: tuple[str, float], value: float | None
) -> None:
    rows = [(moment, number, 8876, None) for moment, number in (first, second)]
    assert latest("systolic_blood_pressure", *rows)[0] == value


def test_a_place_may_agree_other_limits() -> None:
    own = {
        "reading": "weight",
        "possible": [1, 250],
        "usual": [2, 150],
        "signed_by": "Dr A Sample",
        "without": "own",
    }
    own["units"] = [{"unit": "kg", "texts": ["kg"]}]
    assert latest("weight", ("2019-01-01", 80, None, None), readings=[own])[0] == 80
    assert latest("weight", ("2019-01-01", 300, None, "kg"), readings=[own])[0] is None
    assert latest("height", ("2019-01-01", 1.78, None, "m"), readings=[own])[0] == 178


@pytest.mark.parametrize(
    "wrong",
    [
        {"possible": [10, 5]},
        {"usual": [0, 900]},
        {"reading": "wieght"},
        {"units": [{"unit": "g", "divided_by": 1000}]},
        {"units": [{"unit": "kg", "texts": ["kg"]}, {"unit": "g", "texts": ["KG "]}]},
        {"units": []},
    ],
)
def test_limits_that_do_not_hold_together_are_refused(wrong: dict[str, object]) -> None:
    one = {
        "reading": "weight",
        "possible": [1, 250],
        "usual": [2, 150],
        "units": [{"unit": "kg"}],
    } | wrong
    with pytest.raises(InputAtFault):
        doc_of("weight", readings=[one])


def test_every_reading_of_the_vocabulary_ships_with_its_unit_and_nobody_s_signature() -> None:
    assert set(shipped()) == set(keys("reading"))
    assert {k: r.units[0].unit for k, r in shipped().items()} == {
        k: _unit(k) for k in keys("reading")
    }
    assert not [r for r in shipped().values() if r.signed_by]


def _unit(key: str) -> str:
    return by_key()[key].unit


def test_a_unit_is_read_however_it_is_spelt() -> None:
    assert {plain(t) for t in ("mL/min/1.73m²", "ml/min/1.73 m^2", "mL/min/{1.73_m2}")} == {
        "ml/min/1.73m2"
    }
