"""Published figures beside those made. In: rows of the build’s calibration. Out: how close each
family of figures is, the lines of one family or those furthest off, their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from oneplace.report import words as paper
from oneplace.report.trace import Figure
from oneplace.web.components.listing import Cell, Column, Listing
from oneplace.web.components.notation import COUNT, Notation
from oneplace.web.components.tiles import tile


def calibration_rows(figures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each published target beside what was made, the furthest off first; a target of nought has no
    share."""
    out = []
    for f in figures:
        target, made = f["target"], f["made"]
        difference = made - target
        off = 100 * difference / target if target else (0.0 if not difference else None)
        out.append({**f, "difference": difference, "off": off})
    return sorted(out, key=lambda r: -abs(r["off"]) if r["off"] is not None else 0.0)


ALL = "all"
FURTHEST = 20
"""Lines of the first page; the others stand one click away, by family or all together."""


def family_of(measure: str) -> str:
    """What a figure is one of: the registers are one family, as are their gradients."""
    for family in ("gradient of register", "register"):
        if measure.startswith(f"{family} "):
            return f"{family}s" if family == "register" else "gradients of registers"
    return measure


def narrowed(rows: Sequence[Mapping[str, Any]], wanted: str) -> list[Mapping[str, Any]]:
    """The lines that a page shows: those of a family, all, or those furthest off."""
    if wanted == ALL:
        return list(rows)
    mine = [r for r in rows if wanted in (family_of(r["measure"]), r["measure"])]
    return mine if wanted else list(rows[:FURTHEST])


NEAR_PCT = 5
NOT_FITTED = "The records of this place were supplied, so nothing was fitted to published figures."
# Shares off what was published: they sort by size, whichever way they are off.
OFF = Notation(
    lambda v: f"{paper.number(v, 1, signed=True)}%",
    sort=abs,
    csv=lambda v: round(v, 4),
    numeric=True,
)
WITHIN = Notation(
    lambda v: f"{paper.number(v, 1)}%", sort=abs, csv=lambda v: round(v, 4), numeric=True
)


@dataclass(frozen=True)
class Closeness:
    """How far the figures of one family are off what was published, in per cent; those that can be
    said."""

    family: str
    figures: int
    off: Sequence[float]

    def within(self, per_cent: float) -> int:
        return sum(abs(x) <= per_cent for x in self.off)


def families(rows: Sequence[Mapping[str, Any]]) -> list[Closeness]:
    """How close each family is, the most figures first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for r in rows:
        found.setdefault(family_of(r["measure"]), []).append(r)
    return [
        Closeness(name, len(mine), [r["off"] for r in mine if r["off"] is not None])
        for name, mine in sorted(found.items(), key=lambda f: -len(f[1]))
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


FAMILIES = Listing(
    "families",
    "How close each family is",
    Column(
        "family",
        "Family",
        lambda x: _capital(x.family),
        link=lambda x: f"{reverse('calibration')}?{urlencode({'measure': x.family})}",
    ),
    Column("figures", "Figures", numeric=True),
    Column("close", "Within 1%", lambda x: x.within(1), numeric=True),
    Column("near", "Within 5%", lambda x: x.within(NEAR_PCT), numeric=True),
    Column(
        "median",
        "Half are within",
        lambda x: median(map(abs, x.off)) if x.off else None,
        WITHIN,
    ),
    Column(
        "worst",
        "The furthest",
        lambda x: max(x.off, key=abs, default=None),
        OFF,
        note="sorts by size",
    ),
    empty=NOT_FITTED,
)


CAPTIONS = {
    ALL: "Every figure: published beside made",
    "": "The furthest off: published beside made",
}


def _figure(which: str) -> Callable[[Mapping[str, Any]], Cell]:
    return lambda r: Cell(_said(r, which), sort=float(r[which]), csv=r[which])


CALIBRATION = Listing(
    "calibration",
    lambda c: CAPTIONS.get(c.wanted, f"{_capital(c.wanted)}: published beside made"),
    Column("measure", "Figure", lambda r: _capital(r["measure"])),
    Column("stratum", "Of"),
    Column("target", "Published", _figure("target"), numeric=True),
    Column("made", "Made", _figure("made"), numeric=True),
    Column("off", "Off by", show=OFF, note="sorts by size"),
    Column("unit", "Unit"),
    Column(
        "source",
        "Source",
        lambda r, c: c.sources[r["source"]],
        COUNT,
        note="listed below",
        csv="source",
    ),
    empty=NOT_FITTED,
)


def _said(row: Mapping[str, Any], which: str) -> str:
    """A figure with as many decimals as its line in the table has: a rate of 0.09 is not nought."""
    return paper.number(row[which], paper.decimals_for([row["target"], row["made"]], most=2))


def calibration_tiles(
    rows: Sequence[Mapping[str, Any]], figures: Mapping[str, Figure], *, all_of_them: bool = True
) -> list[dict[str, Any]]:
    """How close the rows are. Only what is said of all of them has a story of its own."""
    known = [r for r in rows if r["off"] is not None]
    if not known:
        return []
    worst = max(known, key=lambda r: abs(r["off"]))
    furthest = f"{worst['measure']}, {worst['stratum']}: {_said(worst, 'target')} published, {_said(worst, 'made')} made {worst['unit']}"
    said = {
        "compared": ("published figures compared", None),
        "within_1": ("within 1% of what was published", None),
        "within_5": ("within 5%", None),
        "furthest": ("the furthest off", furthest),
    }
    return [
        tile(figures.get(f"feeds.calibration.{k}"), name, note=note, story=all_of_them)
        for k, (name, note) in said.items()
    ]
