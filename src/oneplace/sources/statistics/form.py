"""How a published layout is declared: `formats/*.yaml`, recognised by its header, read by its
roles.

In: the shipped documents. Out: frozen `Format`s. A column has a role (what it means to us) and the
names that publishers gave it over the years; names are compared without case, spaces and
punctuation. An `Amount` says which cells of a row add up to a figure.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from oneplace.documents import Document, read
from oneplace.documents.parts import Part

_FOOTNOTE = re.compile(r"\(\d+\)")
_FROM_TO = re.compile(r"(?<=\d)\s*[-\u2013]\s*(?=\d)")
_LEFT_OUT = re.compile(r"[^a-z0-9<>+%]")


class RoleColumn(Part):
    """One column that the format knows."""

    names: tuple[str, ...] = Field(
        min_length=1, description="its headings over the years, the present one first"
    )
    number: bool = Field(default=False, description="holds counts")
    optional: bool = Field(default=False, description="some editions leave it out")
    twice: bool = Field(
        default=False,
        description="stands again among the details; the first, beside the total, counts",
    )
    values: tuple[str, ...] = Field(
        default=(), description="all that may stand in it, where that is a closed list"
    )


class Bands(Part):
    """Columns by weeks waited."""

    pattern: str = Field(
        description="the heading: a group `from`, and a group `to` in all but the last, open one"
    )
    least: int = Field(ge=1, description="fewest such columns in any edition")
    optional: bool = Field(default=False, description="some editions leave them all out")


class Amount(Part):
    """A figure of a row: one column, or the bands from so many weeks up to so many."""

    column: str | None = Field(default=None, description="role of the column")
    weeks_from: int | None = Field(default=None, ge=0, description="bands that start here or later")
    weeks_to: int | None = Field(default=None, ge=1, description="bands that end here or earlier")
    less: tuple[str, ...] = Field(default=(), description="roles whose counts are taken away")
    plus: tuple[str, ...] = Field(default=(), description="roles whose counts are added")
    where: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict,
        description="rows that count towards it: role -> value, or its names over the years",
    )
    where_less: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict, description="rows whose count is taken away: role -> value"
    )


class Mapped(Part):
    """One measure of our own that the file holds."""

    id: str
    where: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict,
        description="rows it is made of: role -> value, or its names over the years",
    )
    numerator: Amount
    denominator: Amount | None = None
    by_week: bool = Field(default=False, description="keep the list by weeks waited, too")
    part: str | None = Field(
        default=None, description="the part of the return that the whole table is of"
    )
    title: str | None = Field(
        default=None,
        description="words above the table or in the file's name that say the file is of this measure",
    )

    def names(self, role: str) -> tuple[str, ...]:
        """Every value of a role that the measure asks for."""
        found: list[str] = []
        for where in (
            self.where,
            *(w for a in (self.numerator, self.denominator) if a for w in (a.where, a.where_less)),
        ):
            value = where.get(role, ())
            found += [value] if isinstance(value, str) else list(value)
        return tuple(found)


class MustAddUp(Part):
    """Cells of a row that have to add up."""

    total: str
    bands: bool = False
    weeks_from: int = Field(default=0, ge=0, description="only bands that start here or later")
    weeks_to: int | None = Field(
        default=None, ge=1, description="only bands that end here or earlier"
    )
    parts: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Format(Document):
    """One published layout."""

    id: str
    title: str
    publisher: str
    citation: str = Field(description="the publication whose layout this is")
    note: str | None = None
    columns: dict[str, RoleColumn]
    signature: tuple[str, ...] = Field(
        min_length=1, description="roles by which a header is recognised"
    )
    bands: Bands | None = None
    organisations: dict[Literal["provider", "commissioner"], str] = Field(
        description="basis -> role of its code"
    )
    one_organisation: bool = Field(
        default=False, description="a row is of one organisation, not of a pair"
    )
    organisation_kind: str | None = Field(
        default=None, description="role that says whether a row is of a provider or a commissioner"
    )
    kinds: dict[str, Literal["provider", "commissioner", "total"]] = Field(
        default_factory=dict, description="what may stand there"
    )
    names: dict[Literal["provider", "commissioner"], str] = Field(default_factory=dict)
    rounded_to: int = Field(
        default=1, ge=1, description="the publisher rounds counts to the nearest so many"
    )
    only: str | None = Field(
        default=None,
        description="role that names each row's measure; rows of measures not mapped are left alone",
    )
    totals_only: tuple[str, ...] = Field(
        default=(),
        description="roles of which the total rows count and all others are left alone: breakdowns by age or ethnicity",
    )
    parts: str | None = Field(
        default=None, description="role of the column that names overlapping parts"
    )
    totals: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="role -> values in rows that add up the others"
    )
    blank: Literal["nought", "missing", "fault"] = "fault"
    nought: tuple[str, ...] = Field(default=(), description="marks that mean none")
    nought_beside: dict[str, str] = Field(
        default_factory=dict,
        description="role -> role: a mark for none is a nought only beside a nought there; beside a count it is a figure not returned",
    )
    suppressed: tuple[str, ...] = Field(default=("*",), description="marks of a figure withheld")
    missing: tuple[str, ...] = Field(
        default=(), description="marks of a figure that was not returned"
    )
    checks: tuple[MustAddUp, ...] = ()
    measures: tuple[Mapped, ...] = Field(
        default=(), description="empty where the file names our measures itself"
    )

    @model_validator(mode="after")
    def _roles_are_known(self) -> Self:
        used = {*self.signature, *self.organisations.values(), *self.names.values(), *self.totals}
        used |= (
            {r for m in self.measures for r in m.where}
            | ({self.only} if self.only else set())
            | {*self.totals_only}
        )
        used |= {c.total for c in self.checks}
        used |= {
            a.column for m in self.measures for a in (m.numerator, m.denominator) if a and a.column
        }
        unknown = sorted(used - set(self.columns) - {"bands"})
        if unknown:
            raise ValueError(f"roles that are columns; not {', '.join(unknown)}")
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(r for r, c in self.columns.items() if c.number)


def squeezed(heading: str) -> str:
    """A heading without case, spaces, punctuation and numbers of footnotes, the signs that tell
    bands apart kept: >1-2 is >1to2."""
    text = _FROM_TO.sub("to", _FOOTNOTE.sub("", heading.casefold()))
    return _LEFT_OUT.sub("", text.replace("&", "and"))


@cache
def formats() -> tuple[Format, ...]:
    """Every shipped format, in the order of its id."""
    folder = Path(__file__).with_name("formats")
    return tuple(read(path, Format, name=path.name) for path in sorted(folder.glob("*.yaml")))
