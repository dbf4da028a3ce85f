"""A plain table of our own measures: measure, organisation, month, and counts or a value.

In: an `Opened` file of the layout `plain` and the place. Out: figures, or every fault. A percentage
may be written 0 to 100 or 0 to 1: the counts beside it decide, or the unit column; where neither
does and every value is at most 1, the file is refused, not guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from oneplace.documents import read
from oneplace.faults import Fault, InputAtFault
from oneplace.measures.forms import MeasureDefinition
from oneplace.place.geography import PlaceInHand
from oneplace.place.organisations import known_codes
from oneplace.sources.statistics.form import squeezed
from oneplace.sources.statistics.months import month_of
from oneplace.sources.statistics.opening import Opened
from oneplace.sources.statistics.reading import Figures

MOST_FAULTS = 30
PERCENT_UNITS = {"%", "percent", "percentage", "percentages"}
SHARE_UNITS = {"share", "proportion", "fraction", "01"}
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?%?", re.ASCII)
_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("code", pa.string()),
        ("name", pa.string()),
        ("basis", pa.string()),
        ("part", pa.string()),
        ("weeks_from", pa.int16()),
        ("period", pa.date32()),
        ("numerator", pa.float64()),
        ("denominator", pa.float64()),
        ("value", pa.float64()),
        ("partial", pa.bool_()),
        ("status", pa.string()),
    ]
)


@dataclass
class _Row:
    """One record as it was read; `written` is the value's own text."""

    line: int
    measure: str
    code: str
    name: str | None
    basis: str
    period: dt.date
    numerator: float | None
    denominator: float | None
    value: float | None
    unit: str
    signed: bool
    hidden: bool
    status: str | None


def plain_figures(file: Opened, place: PlaceInHand) -> Figures:
    """Check every row against the place's measures and organisations; several counties' worth of
    slips are told at once."""
    measures = {
        p.stem: read(p, MeasureDefinition, name=f"measures/{p.name}")
        for p in sorted((place.dir / "measures").glob("*.yaml"))
    }
    by_id = {m.id: m for m in measures.values()}
    reader = _Reader(file, by_id, {c.upper(): c for c in known_codes(place)})
    rows = [row for line, record in file.records() if (row := reader.row(line, record)) is not None]
    reader.twice(rows)
    reader.settle(rows)
    if reader.faults:
        raise InputAtFault(reader.faults[:MOST_FAULTS])
    if not rows:
        raise InputAtFault(
            file.fault("there are no rows below the header", line=file.header_line, expected="rows")
        )
    made = [
        {
            "measure": r.measure,
            "code": r.code,
            "name": r.name,
            "basis": r.basis,
            "part": None,
            "weeks_from": None,
            "period": r.period,
            "numerator": r.numerator,
            "denominator": r.denominator,
            "value": r.value,
            "partial": r.hidden,
            "status": r.status,
        }
        for r in rows
    ]
    months = tuple(sorted({r.period for r in rows}))
    return Figures(
        pa.Table.from_pylist(made, _SCHEMA), months, reader.notes, {}, any(r.hidden for r in rows)
    )


class _Reader:
    def __init__(
        self,
        file: Opened,
        measures: Mapping[str, MeasureDefinition],
        organisations: Mapping[str, str],
    ):
        self.file, self.measures, self.organisations = file, measures, organisations
        self.by_name = {
            squeezed(t): m.id
            for m in measures.values()
            for t in (m.id, m.title, m.also_called or m.id)
        }
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def row(self, line: int, record: Sequence[str]) -> _Row | None:
        cells = {
            role: record[i].strip() if i < len(record) else ""
            for role, i in self.file.roles.items()
        }
        if not any(c.strip() for c in record) or (
            sum(bool(c.strip()) for c in record) == 1 and len(self.file.roles) > 2
        ):
            return None  # an empty row, or a note in the first cell
        if all(cells[r] == self.file.header[i].strip() for r, i in self.file.roles.items()):
            return None  # the header again
        if squeezed(cells["organisation"]) in {"total", "england", "alltotal", "grandtotal"}:
            self.notes.append(f"line {line}: a row that adds up others left out")
            return None
        measure = self._measure(cells["measure"], line)
        code = self._code(cells["organisation"], line)
        period = month_of(cells["period"])
        if period is None:
            self._fault(
                "this is no month",
                "period",
                line,
                cells["period"],
                "a month as March 2019, 2019-03 or 31/03/2019",
            )
        numbers, hidden, signed = self._numbers(cells, line)
        basis, status = (
            cells.get("basis", "").casefold() or "provider",
            cells.get("status", "").casefold() or None,
        )
        if basis not in ("provider", "commissioner"):
            self._fault("this is no basis", "basis", line, basis, "provider or commissioner")
        if status not in (None, "provisional", "final"):
            self._fault("this is no status", "status", line, status, "provisional or final")
        if measure is None or code is None or period is None or numbers is None:
            return None
        n, d, v = numbers
        if (
            not hidden
            and v is None
            and (n is None or (d is None and self.measures[measure].denominator))
        ):
            wanted = (
                "numerator and denominator, or value"
                if self.measures[measure].denominator
                else "numerator or value"
            )
            self._fault(
                "a figure is missing",
                "value" if "value" in self.file.roles else "numerator",
                line,
                "",
                wanted,
            )
            return None
        return _Row(
            line,
            measure,
            code,
            cells.get("organisation_name") or None,
            basis,
            period,
            n,
            d,
            v,
            squeezed(cells.get("unit", "")),
            signed,
            hidden,
            status,
        )

    def twice(self, rows: Sequence[_Row]) -> None:
        first: dict[tuple[Any, ...], int] = {}
        for r in rows:
            key = (r.measure, r.code, r.basis, r.period)
            if key in first:
                self._fault(
                    "the row stands twice",
                    "measure",
                    r.line,
                    f"{r.measure}, {r.code}, {r.period:%Y-%m}",
                    f"once; it stands on line {first[key]} already",
                )
            first.setdefault(key, r.line)

    def settle(self, rows: Sequence[_Row]) -> None:
        """Give every value the measure's own scale, from its counts, its unit, its sign, or the
        size of its neighbours."""
        for measure in dict.fromkeys(r.measure for r in rows):
            mine = [r for r in rows if r.measure == measure and not r.hidden]
            definition = self.measures[measure]
            if definition.denominator is None:
                for r in mine:
                    if r.signed or r.unit in PERCENT_UNITS | SHARE_UNITS:
                        self._fault(
                            "a percentage stands where a count belongs",
                            "value",
                            r.line,
                            f"{r.value:g}",
                            definition.unit,
                        )
                    r.numerator, r.value = (
                        (r.value if r.numerator is None else r.numerator),
                        (r.numerator if r.value is None else r.value),
                    )
                    if r.numerator != r.value:
                        self._fault(
                            "count and value differ",
                            "value",
                            r.line,
                            f"{r.value:g}",
                            f"{r.numerator:g}",
                        )
                continue
            if definition.unit.startswith("%"):
                self._percentages(mine)
            for r in mine:
                self._counts(r, definition)

    def _percentages(self, rows: Sequence[_Row]) -> None:
        bare = [r for r in rows if r.value is not None]
        counted = [r for r in bare if r.numerator is not None and r.denominator]
        for r in counted:
            assert r.value is not None and r.numerator is not None and r.denominator
            share = r.numerator / r.denominator
            if abs(r.value - 100 * share) <= 0.51:
                continue
            if abs(r.value - share) <= 0.0051:
                r.value = 100 * share
            else:
                self._fault(
                    "the value is not its counts' share",
                    "value",
                    r.line,
                    f"{r.value:g}",
                    f"{100 * share:.1f} (or {share:.3f})",
                )
        rest = [r for r in bare if r not in counted]
        for r in rest:
            assert r.value is not None
            if r.unit in SHARE_UNITS:
                r.value *= 100
            elif r.unit and r.unit not in PERCENT_UNITS:
                self._fault("this is no unit of a percentage", "unit", r.line, r.unit, "% or share")
        unsaid = [r for r in rest if not r.unit and not r.signed]
        headed = "value" in self.file.roles and squeezed(
            self.file.header[self.file.roles["value"]]
        ) in ("percent", "%")
        doubtful = [r for r in unsaid if r.value is not None and 0 < r.value <= 1]
        if unsaid and not headed and (doubtful or not any(r.value for r in unsaid)):
            at = (doubtful or unsaid)[0]
            self._fault(
                "nothing says whether these are percentages or shares of 1",
                "value",
                at.line,
                f"{at.value:g}",
                "a column `unit` with % or share, or the counts",
            )
        for r in rest:
            if r.value is not None and not 0 <= r.value <= 100.0000001:
                self._fault(
                    "a percentage lies between 0 and 100",
                    "value",
                    r.line,
                    f"{r.value:g}",
                    "0 to 100",
                )

    def _counts(self, r: _Row, definition: MeasureDefinition) -> None:
        if r.numerator is not None and r.denominator is not None:
            if (r.denominator == 0 and r.numerator > 0) or (
                definition.unit == "%" and r.numerator > r.denominator
            ):
                self._fault(
                    "the numerator is larger than the denominator",
                    "numerator",
                    r.line,
                    f"{r.numerator:g}",
                    f"at most {r.denominator:g}",
                )
            if definition.unit == "%" and r.value is None and r.denominator:
                r.value = 100 * r.numerator / r.denominator

    def _measure(self, text: str, line: int) -> str | None:
        if found := self.by_name.get(squeezed(text)):
            return found
        near = get_close_matches(text, self.measures, n=1)
        self._fault(
            "no measure has this name",
            "measure",
            line,
            text,
            f"{near[0]}?" if near else "one of: " + ", ".join(self.measures),
        )
        return None

    def _code(self, text: str, line: int) -> str | None:
        if found := self.organisations.get(text.upper()):
            return found
        near = get_close_matches(text.upper(), self.organisations, n=1)
        expected = (
            f"{self.organisations[near[0]]}?"
            if near
            else "a code of the place's providers, practices, networks, teams or areas"
        )
        self._fault(
            "no organisation of this place has this code", "organisation", line, text, expected
        )
        return None

    def _numbers(
        self, cells: Mapping[str, str], line: int
    ) -> tuple[tuple[float | None, float | None, float | None] | None, bool, bool]:
        found: list[float | None] = []
        hidden, good, signed = False, True, False
        for role in ("numerator", "denominator", "value"):
            text = cells.get(role, "")
            if text in self.file.format.suppressed:
                hidden = True
                found.append(None)
            elif text == "" or text in self.file.format.missing:
                found.append(None)
            elif _NUMBER.fullmatch(text):
                signed |= text.endswith("%")
                number = float(text.rstrip("%").replace(",", ""))
                if number < 0 or (role != "value" and number != int(number)):
                    self._fault(
                        "this is no count" if role != "value" else "a value is negative",
                        role,
                        line,
                        text,
                        "a whole count, 0 or more",
                    )
                    good = False
                found.append(number)
            else:
                self._fault(
                    "this is no number",
                    role,
                    line,
                    text,
                    "a number such as 1234 or 91.5, or * where withheld",
                )
                good = False
        return (found[0], found[1], found[2]) if good else None, hidden, signed

    def _fault(self, what: str, role: str, line: int, found: str | None, expected: str) -> None:
        self.faults.append(
            self.file.fault(what, role=role, line=line, found=repr(found)[:80], expected=expected)
        )
