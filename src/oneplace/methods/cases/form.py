"""Reading one case: every value is asked for by name and kind, and what does not fit becomes a
fault with its path.

In: a decoded case. Out: `Field`s, which give numbers, text, dates, rows and tables or raise
`InputAtFault`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oneplace.faults import Fault, InputAtFault

# What is drawn is drawn alike each time: a case file gives the same answer whenever it is run.
SEED = 20190401
# No count, population or sum of money comes near it, and squares of it are still numbers.
LARGEST = 1e15


@dataclass(frozen=True)
class MethodCase:
    """One case. `lines[i]` is the line of row i in a CSV file; `file` is how faults call the
    input."""

    id: str
    inputs: Field
    params: Field
    file: str

    def refuse(self, what: str) -> InputAtFault:
        return InputAtFault(Fault(what=what, file=self.file, path=f"case {self.id}"))


@dataclass(frozen=True)
class Field:
    """A value somewhere in a case, with the path that a fault prints."""

    value: Any
    path: str
    file: str
    lines: tuple[int, ...] = field(default=())
    line: int | None = None
    asked: set[str] = field(default_factory=set, compare=False)

    def never_asked(self) -> set[str]:
        """Names in this set of fields that nobody has asked for."""
        return set(self.value) - self.asked if isinstance(self.value, Mapping) else set()

    def fault(self, what: str, expected: str) -> InputAtFault:
        found = "nothing" if self.value is None else repr(self.value)[:80]
        return InputAtFault(
            Fault(
                what=what,
                file=self.file,
                line=self.line,
                path=self.path,
                found=found,
                expected=expected,
            )
        )

    def __contains__(self, name: str) -> bool:
        self.asked.add(name)
        return isinstance(self.value, Mapping) and self.value.get(name) is not None

    def get(self, name: str) -> Field:
        """The field of that name, None where it is not there: ask it for what is needed and it says
        what is missing."""
        if not isinstance(self.value, Mapping):
            raise self.fault("this is not a set of named fields", f"fields, {name} among them")
        self.asked.add(name)
        return Field(self.value.get(name), f"{self.path}.{name}", self.file, self.lines, self.line)

    def given(self, name: str) -> Field:
        """As `get`, but a field that is not there at all is a fault, while null is an unknown."""
        found = self.get(name)
        if name not in self.value:
            raise found.fault("a field is missing", f"{name}, or null where it is not known")
        return found

    def rows(self) -> list[Field]:
        if not isinstance(self.value, list) or not self.value:
            raise self.fault("this is not a list of rows", "a list with one row at least")
        lines = self.lines if len(self.lines) == len(self.value) else (self.line,) * len(self.value)
        return [
            Field(row, f"{self.path}[{i}]", self.file, (), line)
            for i, (row, line) in enumerate(zip(self.value, lines, strict=True))
        ]

    def items(self) -> dict[str, Field]:
        if not isinstance(self.value, Mapping) or not self.value:
            raise self.fault("this is not a set of named fields", "one named field at least")
        return {str(name): self.get(str(name)) for name in self.value}

    def number(self, *, default: float | None = None) -> float:
        if self.value is None and default is not None:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.fault("this is not a number", "a number")
        if not -LARGEST <= self.value <= LARGEST:
            raise self.fault(
                "this is larger than anything that is counted", f"a number within {LARGEST:.0e}"
            )
        return float(self.value)

    def number_or_nan(self) -> float:
        """A number, or NaN where the input says null: an unknown is a figure withheld, not a
        fault."""
        return math.nan if self.value is None else self.number()

    def whole(self, *, least: int = 0, default: int | None = None) -> int:
        if self.value is None and default is not None:
            return default
        given = self.value
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, bool) or not isinstance(given, int) or given < least:
            raise self.fault("this is not a whole number that fits", f"a whole number from {least}")
        return given

    def amount(self) -> int | float:
        """Money as it was written."""
        self.number()
        return self.value  # type: ignore[no-any-return]

    def flag(self, *, default: bool | None = None) -> bool:
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, bool):
            raise self.fault("this is neither true nor false", "true or false")
        return self.value

    def text(self, *, default: str | None = None) -> str:
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, str) or not self.value:
            raise self.fault("this is not text", "text")
        return self.value

    def label(self, *, default: str | None = None) -> str:
        """A name, which may be a number: areas have codes of digits, too."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        return self.text(default=default)

    def choice(self, *allowed: str, default: str | None = None) -> str:
        given = self.text(default=default)
        if given not in allowed:
            raise self.fault("this is none of the choices", " or ".join(allowed))
        return given

    def day(self) -> date:
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            raise self.fault("this is not a date", "a date such as 2019-10-01") from None

    def day_or_none(self) -> date | None:
        return None if self.value is None else self.day()

    def numbers(self, name: str) -> list[float]:
        """One column of a list of rows."""
        return [row.get(name).number() for row in self.rows()]

    def numbers_or_nan(self, name: str) -> list[float]:
        return [row.given(name).number_or_nan() for row in self.rows()]


def levels(params: Field) -> list[float]:
    """Confidence levels of a case, 95% unless it says otherwise."""
    given = params.get("confidence") if isinstance(params.value, Mapping) else None
    if given is None or given.value is None:
        return [0.95]
    asked = given.rows() if isinstance(given.value, list) else [given]
    for level in asked:
        if not 0 < level.number() < 1:
            raise level.fault(
                "this is not a confidence level", "a share between 0 and 1, such as 0.95"
            )
    return [level.number() for level in asked]


def level_name(level: float) -> str:
    """How a level is written in a key: 95_0, 99_8."""
    return f"{100 * level:.1f}".replace(".", "_")


def confidence_words(asked: list[float]) -> str:
    return ", ".join(f"{100 * level:g}%" for level in asked)


def plain(number: float) -> float | int | None:
    """A number as JSON prints it: whole numbers without a point, NaN as null."""
    if not math.isfinite(number):
        return None
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else float(number)
