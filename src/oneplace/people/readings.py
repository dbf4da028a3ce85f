"""What the number of a measurement is worth: its unit decides, and what no living body can have is
no value.

In: what the place declares of readings (`readings:` in features.yaml; what it leaves out is as in
`readings.yaml` here, which ships with the program and waits for a clinician's signature). Out: two
small tables that the river's view of readings joins, so that every value stands in the unit of the
vocabulary or is refused with the reason.

A number and a unit's text that name different units are believed by nobody. Without a unit only a
reading that is never written in another has a value; so has a code that is a local word, whose unit
the vocabulary says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from oneplace.documents import Document, load_yaml, parse
from oneplace.documents.expressions import near
from oneplace.tables.vocabulary import concept, keys

MOST = 1_000_000  # no value of a reading reaches this: what is kept of each fits one whole number
REFUSED = ("no unit", "unknown unit", "units disagree", "impossible")
_PLAIN = "µμ² []{}()^_°"


def _reading(key: str) -> str:
    if key not in keys("reading"):
        raise ValueError(f"a reading of the vocabulary: {near(key, keys('reading'))}, not {key}")
    return key


class _ReadingPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Unit(_ReadingPart):
    """A unit that records use; a value in it becomes one in ours as (value - minus) x times /
    divided_by."""

    unit: str
    concepts: tuple[int, ...] = Field(
        default=(), description="the unit's numbers in OMOP's vocabulary"
    )
    texts: tuple[str, ...] = Field(default=(), description="the unit as it is written")
    minus: float = 0.0
    times: float = Field(default=1.0, gt=0)
    divided_by: float = Field(default=1.0, gt=0)


class Reading(_ReadingPart):
    """The units and limits of one reading. Limits are in the first unit, which is that of the
    vocabulary."""

    reading: Annotated[str, AfterValidator(_reading)]
    possible: tuple[float, float] = Field(
        description="least and greatest that a living body can have; beyond: no value"
    )
    usual: tuple[float, float] = Field(description="beyond it a value stands and is flagged")
    without: Literal["own", "refused"] = Field(
        default="refused", description="a row with no unit: is in our own unit, or has no value"
    )
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    signed_by: str | None = Field(default=None, description="the clinician who agreed these limits")

    @model_validator(mode="after")
    def _holds_together(self) -> Reading:
        (least, most), (low, high) = self.possible, self.usual
        if not -MOST < least <= low < high <= most < MOST:
            raise ValueError(
                f"usual inside possible, and both inside {MOST:,}: {self.possible}, {self.usual}"
            )
        own = self.units[0]
        if (own.minus, own.times, own.divided_by) != (0, 1, 1):
            raise ValueError(
                f"the first unit is the reading's own and needs no conversion, not {own.unit}"
            )
        for what, listed in (
            ("number", [c for u in self.units for c in u.concepts]),
            ("text", [plain(t) for u in self.units for t in dict.fromkeys(map(plain, u.texts))]),
        ):
            twice = [v for v, n in Counter(listed).items() if n > 1]
            if twice:
                raise ValueError(f"each unit's {what} once; twice: {twice[0]}")
        return self


class Readings(Document):
    """The units and limits that ship with the program."""

    readings: tuple[Reading, ...]


def plain(text: str) -> str:
    """A unit as written, without what does not matter. `plain_sql` is the same for everyone."""
    return text.lower().translate(str.maketrans("µμ²", "uu2", _PLAIN[3:]))


def said_of(reading: Mapping[str, Any]) -> str | None:
    """What a reader of this row of `readings` is told beside its value: why there is none, or that
    it is rare."""
    if reading["refused"]:
        recorded = " ".join(filter(None, (f"{reading['recorded']:g}", reading["unit_recorded"])))
        return f"no value: {reading['refused']} (recorded: {recorded})"
    return "beyond what is usual: check" if reading["extreme"] else None


def plain_sql(column: str) -> str:
    return f"translate(lower({column}), '{_PLAIN}', 'uu2')"


@cache
def shipped() -> dict[str, Reading]:
    """Every reading of the vocabulary, as it comes with the program."""
    with resources.as_file(resources.files("oneplace.people").joinpath("readings.yaml")) as path:
        doc = parse(load_yaml(path), Readings, file="readings.yaml")
    return {r.reading: r for r in doc.readings}


def tables_of(declared: Iterable[Reading] = ()) -> list[str]:
    """SQL that makes `reading_limits` (one row a reading) and `reading_units` (one row a number or
    text of a unit), of what is declared and, for the others, what ships."""
    agreed = {**shipped(), **{r.reading: r for r in declared}}
    limits, units = [], []
    for key, r in agreed.items():
        own = "TRUE" if r.without == "own" else "FALSE"
        limits.append(
            f"({concept(key)}, {r.possible[0]}, {r.possible[1]}, {r.usual[0]}, {r.usual[1]}, {own})"
        )
        for u in r.units:
            terms = f"'{_quoted(u.unit)}', {u.minus!r}, {u.times!r}, {u.divided_by!r}"
            units += [f"({concept(key)}, {c}, NULL, {terms})" for c in u.concepts]
            units += [
                f"({concept(key)}, NULL, '{_quoted(t)}', {terms})"
                for t in dict.fromkeys(map(plain, u.texts))
            ]
    return [
        "CREATE OR REPLACE TABLE reading_limits AS SELECT CAST(reading_id AS BIGINT) AS reading_id, "
        + ", ".join(f"CAST({c} AS DOUBLE) AS {c}" for c in ("least", "most", "low", "high"))
        + f", own FROM (VALUES {', '.join(limits)}) v(reading_id, least, most, low, high, own)",
        "CREATE OR REPLACE TABLE reading_units AS SELECT CAST(reading_id AS BIGINT) AS reading_id, "
        "CAST(unit_concept_id AS BIGINT) AS unit_concept_id, CAST(unit_text AS VARCHAR) AS unit_text, unit, "
        + ", ".join(f"CAST({c} AS DOUBLE) AS {c}" for c in ("minus", "times", "divided_by"))
        + f" FROM (VALUES {', '.join(units)}) v(reading_id, unit_concept_id, unit_text, unit, minus, times, divided_by)",
    ]


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def valued_sql(rows: str, *, units: bool) -> str:
    """SQL over `rows` (person_id, reading_id, reading_date, at_second, entry, recorded,
    unit_concept_id, unit_text, own) that gives each its value in our unit, or the reason why it has
    none. Without `units` the records hold no unit at all."""
    named = "FALSE"
    value, refused, joins = "recorded", "", ""
    if units:
        joins = (
            "\nLEFT JOIN reading_units c ON c.reading_id = m.reading_id AND c.unit_concept_id = m.unit_concept_id"
            f"\nLEFT JOIN reading_units x ON x.reading_id = m.reading_id AND x.unit_text = {plain_sql('m.unit_text')}"
        )
        minus, times, by = (
            f"COALESCE(c.{t}, x.{t}, {n})"
            for t, n in (("minus", 0), ("times", 1), ("divided_by", 1))
        )
        value = f"(recorded - {minus}) * {times} / {by}"
        named = "(COALESCE(m.unit_concept_id, 0) <> 0 OR COALESCE(trim(m.unit_text), '') <> '')"
        refused = (
            "WHEN c.unit <> x.unit THEN 'units disagree' "
            f"WHEN c.unit IS NULL AND x.unit IS NULL AND {named} THEN 'unknown unit' "
        )
        named = f"(c.unit IS NOT NULL OR x.unit IS NOT NULL OR {named})"
    refused += f"WHEN NOT {named} AND NOT m.own AND NOT l.own THEN 'no unit' "
    return (
        "SELECT person_id, reading_id, reading_date, at_second, entry, CASE WHEN refused IS NULL THEN worth END AS value, "
        "recorded, unit_recorded, refused, refused IS NULL AND NOT worth BETWEEN low AND high AS extreme FROM (\n"
        f"SELECT *, CASE WHEN reason IS NOT NULL THEN reason WHEN NOT worth BETWEEN least AND most THEN 'impossible' END AS refused\n"
        "FROM (SELECT m.person_id, m.reading_id, m.reading_date, m.at_second, m.entry, m.recorded, "
        f"COALESCE(NULLIF(trim(m.unit_text), ''), CAST(NULLIF(m.unit_concept_id, 0) AS VARCHAR)) AS unit_recorded, "
        f"{value} AS worth, CASE {refused}END AS reason, l.least, l.most, l.low, l.high\n"
        f"FROM ({rows}) m JOIN reading_limits l ON l.reading_id = m.reading_id{joins}\nWHERE m.recorded IS NOT NULL))"
    )
