"""One person's features in plain Python: what each is and the rows it was worked out from.

In: a person's rows of every river table, the day. Out: the value of each feature, equal to what the
SQL made for everyone, and the rows behind it. This is what `explain` shows, and the twin that the
tests hold the engines to.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from oneplace.documents.expressions import Value, parse_expression
from oneplace.people.features import declare as d
from oneplace.people.features import unknown as u
from oneplace.people.features.courses import Course, states
from oneplace.people.features.staged import READING_EPOCH, READING_SCALE, READING_SECONDS
from oneplace.people.features.windows import Window, back
from oneplace.people.readings import MOST
from oneplace.people.records import OLDEST
from oneplace.people.stays import ADMISSION_KINDS, nights_of, stays_of
from oneplace.tables.vocabulary import concept, keys

Row = Mapping[str, Any]
History = Mapping[str, Sequence[Row]]
"""River table -> the person's rows in it; `areas` and `team_practices` -> the place's rows."""


@dataclass(frozen=True)
class Worked:
    """What was read and the rows it came from, as (river table, row). `value` is what is known:
    missing where what was read is "no" or nought and rows of the person were refused."""

    read: Value
    rows: tuple[tuple[str, Row], ...] = ()
    known: bool = True
    again: Value = None

    @property
    def value(self) -> Value:
        return self.read if self.known else self.again


def work_out(
    doc: d.Features, history: History, *, as_of: date, present: Collection[str]
) -> dict[str, Worked]:
    """Every feature of one person, in the order of the document."""
    found: dict[str, Worked] = {}
    stays = stays_of(
        history["contacts"], history["diagnoses"], until=as_of, gap_days=doc.stays.gap_days
    )
    history = {**history, "stays": stays}
    refused_in = u.mask_of(r["table_name"] for r in history.get("incomplete", ()))
    for layer in d.in_order(doc):
        for f in layer:
            if not all(t in present for t in f.tables):
                found[f.name] = Worked(None)
            elif isinstance(f, d.CountOf):
                parts = [found[n] for n in f.of if found[n].read is True]
                found[f.name] = Worked(len(parts), tuple(r for p in parts for r in p.rows))
            elif isinstance(f, d.Rule):
                tree = parse_expression(f.when)
                truth = tree.evaluate({n: w.read for n, w in found.items()})
                rows = tuple(r for n in tree.names() for r in found[n].rows)
                found[f.name] = Worked(truth is True, rows if truth is True else ())
            else:
                found[f.name] = _worked(f, history, as_of, doc.courses)
            if u.lacks_table(doc, f, present) or refused_in & u.bits_of(u.rests_on(doc, [f.name])):
                found[f.name] = _known_again(f, found)
    return {f.name: found[f.name] for f in doc.features}


def _known_again(f: d.Feature, found: Mapping[str, Worked]) -> Worked:
    """The feature of somebody of whom not everything is known that it rests on."""
    worked = found[f.name]
    if isinstance(f, d.CountOf):
        parts = [found[n].value for n in f.of]
        yes = sum(p is True for p in parts)
        return replace(worked, known=False, again=None if not yes and None in parts else yes)
    if isinstance(f, d.Rule):
        truth = parse_expression(f.when).evaluate({n: w.value for n, w in found.items()})
        return replace(worked, known=False, again=truth)
    return replace(worked, known=not (isinstance(f, u.SaysNone) and worked.read in (False, 0)))


def belongs(history: History, *, as_of: date, present: Collection[str]) -> bool:
    """Born, alive, and registered or resident on the day; where the records know neither, under
    observation on it (which nobody denies of somebody without any span of observation). Of whom a
    row of these was refused, it is not known, and nobody is left out for that."""
    person = history["people"][0]
    oldest = back(as_of, OLDEST + 1, "years")
    if person["birth_date"] is None or not oldest < person["birth_date"] <= as_of:
        return False
    if person["death_date"] is not None and person["death_date"] < as_of:
        return False
    states = [("registrations", "practice_code"), ("residence", "area_code")]
    known = [_state(history[t], c, as_of) is not None for t, c in states if t in present]
    refused_in = u.mask_of(r["table_name"] for r in history.get("incomplete", ()))
    if refused_in & u.bits_of(u.deciding(present)):
        return True
    if known or "observed" not in present:
        return any(known) or not known
    spans = history.get("observed", ())
    return not spans or any(
        s["start_date"] <= as_of and (s["end_date"] is None or s["end_date"] >= as_of)
        for s in spans
    )


def _worked(f: d.Feature, history: History, as_of: date, courses: Mapping[int, Course]) -> Worked:
    match f:
        case d.Age() | d.Sex() | d.Ethnicity():
            person = history["people"][0]
            value = _age(person["birth_date"], as_of) if f.kind == "age" else person[f.kind]
            return Worked(value, (("people", person),))
        case d.Registered() | d.Practice() | d.Team():
            return _by_registration(f, history, as_of)
        case d.Resident() | d.Area():
            return _by_home(f, history, as_of)
        case d.HasDiagnosis():
            return _has_diagnosis(f, history, as_of, courses)
        case d.CountDiagnoses():
            return _count(
                "diagnoses",
                _rows(history["diagnoses"], "condition_id", f.of, "start_date", f.window, as_of),
            )
        case d.CountContacts():
            rows = _rows(_events(history), "contact_id", f.of, "start_date", f.window, as_of)
            reasons = {concept(w) for w in f.diagnosis}
            rows = [r for r in rows if not reasons or r.get("diagnosis_id") in reasons]
            return Worked(len(rows), _of_events(rows))
        case d.HasMedicine() | d.CountMedicines():
            rows = _rows(
                history["prescriptions"],
                "medicine_id",
                f.of or keys("medicine"),
                "start_date",
                f.window,
                as_of,
            )
            many = len({r["medicine_id"] for r in rows})
            return Worked(
                many if isinstance(f, d.CountMedicines) else many > 0, _of("prescriptions", rows)
            )
    return _worked_otherwise(f, history, as_of)


def _worked_otherwise(f: d.Feature, history: History, as_of: date) -> Worked:
    match f:
        case d.DaysSince():
            rows = _rows(_events(history), "contact_id", f.of, "start_date", f.window, as_of)
            last = max((r["start_date"] for r in rows), default=None)
            if last is None:
                return Worked(None)
            return Worked(
                (as_of - last).days, _of_events([r for r in rows if r["start_date"] == last])
            )
        case d.LastReading():
            return _last_reading(f, history["readings"], as_of)
        case d.BedDays():
            return _nights(f, history, as_of)
        case d.Gap():
            return _gap(f, history, as_of)
        case d.HasPackage():
            rows = _on_the_day(history["packages"], f.of, "start_date", "end_date", as_of)
            return Worked(bool(rows), _of("packages", rows))
        case d.Waiting():
            rows = _on_the_day(
                history["referrals"], f.of, "clock_start_date", "clock_stop_date", as_of
            )
            return Worked(len(rows), _of("referrals", rows))
    raise TypeError(f"features of kind {f.kind} are not worked out here")


def _of(table: str, rows: Sequence[Row]) -> tuple[tuple[str, Row], ...]:
    return tuple((table, r) for r in rows)


def _count(table: str, rows: Sequence[Row]) -> Worked:
    return Worked(len(rows), _of(table, rows))


def _rows(
    rows: Sequence[Row], word: str, of: Sequence[str], day: str, window: Window, as_of: date
) -> list[Row]:
    """The rows with one of the words whose day lies in the window."""
    numbers = {concept(w) for w in of}
    start, end = window.bounds(as_of)
    return [
        r
        for r in rows
        if r[word] in numbers and r[day] < end and (start is None or r[day] >= start)
    ]


def _age(born: date, as_of: date) -> int:
    return as_of.year - born.year - ((born.month, born.day) > (as_of.month, as_of.day))


def _state(rows: Sequence[Row], column: str, as_of: date) -> Row | None:
    """The row that holds on the day: of several the latest start, then the greatest code. None
    without a code."""
    holding = [
        r
        for r in rows
        if r["start_date"] <= as_of and (r["end_date"] is None or r["end_date"] >= as_of)
    ]
    last = max(holding, key=lambda r: (r["start_date"], r[column] or ""), default=None)
    return last if last is not None and last[column] else None


def _by_registration(f: d.Feature, history: History, as_of: date) -> Worked:
    row = _state(history["registrations"], "practice_code", as_of)
    rows = (("registrations", row),) if row else ()
    if isinstance(f, d.Registered):
        return Worked(row is not None, rows)
    if isinstance(f, d.Practice) or row is None:
        return Worked(row["practice_code"] if row else None, rows)
    teams = [
        t["team_code"]
        for t in history["team_practices"]
        if t["practice_code"] == row["practice_code"]
    ]
    return Worked(teams[0] if teams else None, rows)


def _by_home(f: d.Feature, history: History, as_of: date) -> Worked:
    row = _state(history["residence"], "area_code", as_of)
    rows = (("residence", row),) if row else ()
    if isinstance(f, d.Resident):
        return Worked(row is not None, rows)
    assert isinstance(f, d.Area)
    found = [a for a in history["areas"] if row and a["area_code"] == row["area_code"]]
    return Worked(found[0][f.column] if found else None, rows)


def _has_diagnosis(
    f: d.HasDiagnosis, history: History, as_of: date, courses: Mapping[int, Course]
) -> Worked:
    found = _rows(history["diagnoses"], "condition_id", f.of, "start_date", f.window, as_of)
    if f.state == "current":
        found = [
            r
            for s in states(courses, found, history["endings"], as_of=as_of).values()
            for r in s.rows
        ]
    return Worked(bool(found), _of("diagnoses", found))


def _last_reading(f: d.LastReading, rows: Sequence[Row], as_of: date) -> Worked:
    """The latest by day, time and row. One that was refused leaves the value unknown, and shows
    why."""
    found = [
        (
            r["reading_date"],
            r["at_second"] // READING_SECONDS,
            r["entry"],
            _thousandths(r["value"]),
            r,
        )
        for r in _rows(rows, "reading_id", f.of, "reading_date", f.window, as_of)
        if r["reading_date"] >= READING_EPOCH
    ]
    if not found:
        return Worked(None)
    *_, thousandths, row = max(found, key=lambda x: x[:4])
    value = None if row["value"] is None else thousandths / READING_SCALE
    return Worked(value, (("readings", row),))


def _thousandths(value: float | None) -> int:
    """As the staged SQL keeps a value; less than any where there is none."""
    return -MOST * READING_SCALE if value is None else math.floor(value * READING_SCALE + 0.5)


def _events(history: History) -> list[Row]:
    """What is counted of contacts: every stay in hospital once, every other contact as it
    stands."""
    admissions = {concept(k) for k in ADMISSION_KINDS}
    return [
        *history["stays"],
        *(c for c in history["contacts"] if c["contact_id"] not in admissions),
    ]


def _of_events(rows: Sequence[Row]) -> tuple[tuple[str, Row], ...]:
    return tuple(("admissions" if "bed_days" in r else "contacts", r) for r in rows)


def _nights(f: d.BedDays, history: History, as_of: date) -> Worked:
    kinds = {concept(w) for w in f.of}
    start, end = f.window.bounds(as_of)
    used = [(nights_of(r, start, end), r) for r in history["stays"] if r["contact_id"] in kinds]
    used = [(nights, r) for nights, r in used if nights]
    return Worked(sum(nights for nights, _ in used), _of_events([r for _, r in used]))


def _gap(f: d.Gap, history: History, as_of: date) -> Worked:
    """A contact that is no admission ends on its first day where nothing else is written; a stay
    that goes on has no end."""
    found = [
        r if "bed_days" in r else {**r, "end_date": r["end_date"] or r["start_date"]}
        for r in _rows(_events(history), "contact_id", f.of, "start_date", f.window, as_of)
    ]
    found.sort(key=lambda r: (r["start_date"], r["end_date"] or date.max, r["visit_occurrence_id"]))
    gaps = [
        (max(0, (b["start_date"] - a["end_date"]).days), a, b)
        for a, b in pairwise(found)
        if a["end_date"]
    ]
    if not gaps:
        return Worked(None)
    days, before, after = min(gaps, key=lambda g: g[0])
    return Worked(days, _of_events([before, after]))


def _on_the_day(
    rows: Sequence[Row], of: Sequence[str], start: str, end: str, as_of: date
) -> list[Row]:
    kinds = {concept(w) for w in of}
    return [
        r
        for r in rows
        if r["kind_id"] in kinds and r[start] <= as_of and (r[end] is None or r[end] >= as_of)
    ]
