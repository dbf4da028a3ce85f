"""A stay in hospital: one admission, however many rows the records write it in.

In: rows of admissions: person, kind, first and last day, main reason. Out: stays. Rows of one
person that overlap, lie inside one another or follow within `gap_days` (1: on the same or the next
day) are one stay, from the first day of the first to the last day of the last: a transfer is no
discharge, and no night counts twice.

A stay with an emergency admission among its rows is an emergency admission, since nothing may hide
one; any other is what its first row of a known kind says. The reason and the site come in the same
order, from the first row that has one. The stay bears the least number of its rows.

A row without an end, or with one `FAR_YEARS` away (9999, 2099), is somebody still in hospital when
no other admission of the person begins after it. Where one does, the person left and nobody wrote
when: of the row only the first day is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from oneplace.tables.vocabulary import concept

ADMISSION_KINDS = (
    "emergency_admission",
    "elective_admission",
    "day_case",
    "maternity_admission",
    "other_non_elective_admission",
    "inpatient_admission",
)
GAP_DAYS = 1
FAR_YEARS = 20
Row = Mapping[str, Any]


def stays_of(
    contacts: Iterable[Row], diagnoses: Iterable[Row] = (), *, until: date, gap_days: int
) -> list[dict[str, Any]]:
    """One person's stays that began before `until`, in order, from their rows of the river's
    contacts and diagnoses. Each is a row of `admissions`, and says in how many `rows` it was
    written."""
    kinds = {concept(k) for k in ADMISSION_KINDS}
    rows = [c for c in contacts if c["contact_id"] in kinds and c["start_date"] < until]
    rows.sort(key=lambda c: (c["start_date"], c["end_date"] or date.max, c["visit_occurrence_id"]))
    reasons: dict[int, int] = {}
    for d in diagnoses:
        visit = d["visit_occurrence_id"]
        if d["is_primary"] and visit is not None:
            reasons[visit] = min(d["condition_id"], reasons.get(visit, d["condition_id"]))
    written: list[list[Row]] = []
    reached = date.min
    for row in rows:
        if not written or row["start_date"] > reached + timedelta(days=gap_days):
            written.append([])
        written[-1].append(row)
        reached = max(reached, _end(row, until) or row["start_date"])
    return [_stay(its, reasons, until, last=its is written[-1]) for its in written]


def nights_of(stay: Row, start: date | None, end: date) -> int:
    """Nights of a stay in [start, end); None is from the beginning. A stay that goes on counts so
    far."""
    first: date = stay["start_date"] if start is None else max(stay["start_date"], start)
    last: date = min(stay["end_date"] or end, end)
    return max(0, (last - first).days)


def _stay(
    rows: Sequence[Row], reasons: Mapping[int, int], until: date, *, last: bool
) -> dict[str, Any]:
    going_on = last and _end(rows[-1], until) is None
    end = None if going_on else max(_end(r, until) or r["start_date"] for r in rows)
    known = [
        (*_rank(r), reasons[r["visit_occurrence_id"]])
        for r in rows
        if r["visit_occurrence_id"] in reasons
    ]
    return {
        "visit_occurrence_id": min(r["visit_occurrence_id"] for r in rows),
        "contact_id": min((*_rank(r), r["contact_id"]) for r in rows)[-1],
        "start_date": rows[0]["start_date"],
        "end_date": end,
        "bed_days": None if end is None else (end - rows[0]["start_date"]).days,
        "diagnosis_id": min(known)[-1] if known else None,
        "rows": len(rows),
    }


def _rank(row: Row) -> tuple[int, date]:
    """Which row says what a stay is: an emergency first, one of unknown kind last, then the
    earlier."""
    order = {concept("emergency_admission"): 0, concept("inpatient_admission"): 2}
    return order.get(row["contact_id"], 1), row["start_date"]


def _end(row: Row, until: date) -> date | None:
    end = row["end_date"]
    return None if end is None or end >= _far(until) else max(end, row["start_date"])


def _far(until: date) -> date:
    """The first day that nobody can have meant as the end of a stay."""
    return date(min(until.year + FAR_YEARS, date.max.year), 1, 1)


# --- the same for everyone -------------------------------------------------------------------------------------------
ROWS = "admission_rows"


def rows_made(*, reasons: bool, until: date, more: Sequence[str] = ()) -> dict[str, str]:
    """The rows that stays are made of, put in order once for every day that is asked about:
    temporary tables to make, in order, the last of them `ROWS`. `reasons` asks for main diagnoses,
    of several the lowest word; by `until` it is told which ends nobody can have meant; `more` are
    columns of the contacts to keep."""
    kinds = ", ".join(str(concept(k)) for k in ADMISSION_KINDS)
    columns = ", ".join(
        ("visit_occurrence_id", "person_id", "contact_id", "start_date", "end_date", *more)
    )
    made = {"admitted": f"SELECT {columns}\nFROM contacts\nWHERE contact_id IN ({kinds})"}
    rows = "SELECT *, CAST(NULL AS BIGINT) AS diagnosis_id FROM admitted"
    if reasons:
        made["admitted_reasons"] = (
            "SELECT visit_occurrence_id, min(condition_id) AS diagnosis_id\nFROM diagnoses\nWHERE is_primary AND "
            "visit_occurrence_id IN (SELECT visit_occurrence_id FROM admitted)\nGROUP BY visit_occurrence_id"
        )
        rows = (
            "SELECT a.*, r.diagnosis_id FROM admitted a "
            "LEFT JOIN admitted_reasons r ON r.visit_occurrence_id = a.visit_occurrence_id"
        )
    return {**made, ROWS: in_order(rows, until=until)}


def in_order(rows: str, *, until: date) -> str:
    """SQL over a query with visit_occurrence_id, person_id, contact_id, start_date, end_date and
    diagnosis_id that gives each row the end that can be believed (`ended`), the last day of all the
    person's rows before it (`reached`) and the first day of the next (`follows`)."""
    return (
        f"SELECT *, lead(start_date) OVER ({_ORDER}) AS follows, "
        f"max(COALESCE(ended, start_date)) OVER ({_ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached\n"
        f"FROM (SELECT *, CASE WHEN end_date < DATE '{_far(until)}' THEN GREATEST(end_date, start_date) END AS ended "
        f"FROM ({rows}))"
    )


def rows_before(day: date, *, whose: str = "") -> str:
    """SQL of the rows of `ROWS` as the day knew them; `whose` is a condition on the people."""
    known = f"SELECT * REPLACE (CASE WHEN follows < DATE '{day}' THEN follows END AS follows) FROM {ROWS}"
    return f"{known} WHERE start_date < DATE '{day}'{whose}"


def stays_sql(
    rows: str, *, gap_days: int, named_by: date | None = None, more: Sequence[str] = ()
) -> str:
    """SQL that makes stays of `rows`, a query over rows `in_order`. Rows that begin on or after
    `named_by` do not rename a stay that began before it. `more` are columns of the rows to keep: of
    each stay the value that the first row in the order of naming has.

    Nearly all rows are a stay by themselves, seen by their neighbours, and pass as they are; only
    the others are grouped."""
    joins = f"start_date <= reached + {gap_days}"
    alone = f"NOT COALESCE({joins} OR follows <= GREATEST(reached, ended, start_date) + {gap_days}, FALSE)"
    kept = "".join(
        f", min(CASE WHEN {c} IS NOT NULL THEN struct_pack(by := {_ranked('contact_id')}, visit := visit_occurrence_id, "
        f"it := {c}) END).it AS {c}"
        for c in more
    )
    return (
        "SELECT visit_occurrence_id, person_id, contact_id, start_date, "
        f"CASE WHEN follows IS NULL THEN ended ELSE COALESCE(ended, start_date) END AS end_date, "
        f"diagnosis_id{''.join(f', {c}' for c in more)}\nFROM ({rows}) WHERE {alone}\nUNION ALL\n"
        "SELECT min(visit_occurrence_id), person_id, "
        f"{_lowest(_ranked('contact_id'), named_by)}, min(start_date), "
        "CASE WHEN NOT bool_or(follows IS NULL AND ended IS NULL) THEN max(COALESCE(ended, start_date)) END, "
        f"{_lowest(_ranked('diagnosis_id'), named_by)}{kept}\n"
        f"FROM (SELECT *, sum(CASE WHEN {joins} THEN 0 ELSE 1 END) OVER ({_ORDER}) AS stay "
        f"FROM ({rows}) WHERE NOT ({alone}))\nGROUP BY person_id, stay"
    )


_ORDER = "PARTITION BY person_id ORDER BY start_date, end_date NULLS LAST, visit_occurrence_id"


def _ranked(column: str) -> str:
    """`_rank` and the value as one integer: the lowest holds what the stay is called."""
    emergency, unknown = concept("emergency_admission"), concept("inpatient_admission")
    order = f"CASE contact_id WHEN {emergency} THEN 0 WHEN {unknown} THEN 2 ELSE 1 END"
    return f"({order}) * {2**56} + (start_date - DATE '0001-01-01') * {2**32} + {column}"


def _lowest(ranked: str, named_by: date | None) -> str:
    lowest = f"min({ranked})"
    if named_by is not None:
        lowest = f"COALESCE(min({ranked}) FILTER (WHERE start_date < DATE '{named_by}'), {lowest})"
    return f"{lowest} & {2**32 - 1}"
