"""Published figures beside those made. In: rows of the build’s calibration. Out: how close each family of figures is, the lines of
one family or those furthest off, their figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from oneplace.report import words as paper
from oneplace.web.components.grid import Cell, Column, Grid


def calibration_rows(figures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each published target beside what was made, the furthest off first; a target of nought has no share."""
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


def families_grid(rows: Sequence[Mapping[str, Any]]) -> Grid:
    """How close each family is, the most figures first, with the way into its lines."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for r in rows:
        found.setdefault(family_of(r["measure"]), []).append(r)
    made = []
    for name, mine in sorted(found.items(), key=lambda f: -len(f[1])):
        off = [r["off"] for r in mine if r["off"] is not None]
        worst = max(off, key=abs) if off else None
        made.append(
            {
                "family": Cell(
                    name[:1].upper() + name[1:], href=f"{reverse('calibration')}?{urlencode({'measure': name})}"
                ),
                "figures": len(mine),
                "close": sum(abs(x) <= 1 for x in off),
                "near": sum(abs(x) <= NEAR_PCT for x in off),
                "median": _per_cent(median(map(abs, off)) if off else None, signed=False),
                "worst": _per_cent(worst),
            }
        )
    columns = (
        Column("family", "Family"),
        Column("figures", "Figures", numeric=True),
        Column("close", "Within 1%", numeric=True),
        Column("near", "Within 5%", numeric=True),
        Column("median", "Half are within", numeric=True),
        Column("worst", "The furthest", numeric=True, note="sorts by size"),
    )
    return Grid("families", "How close each family is", columns, made, empty=NOT_FITTED)


NEAR_PCT = 5
NOT_FITTED = "The records of this place were supplied, so nothing was fitted to published figures."


def _per_cent(value: float | None, *, signed: bool = True) -> Cell | None:
    if value is None:
        return None
    return Cell(f"{paper.number(value, 1, signed=signed)}%", sort=abs(value), csv=round(value, 4))


def calibration_grid(rows: Sequence[Mapping[str, Any]], sources: Mapping[str, int], wanted: str = ALL) -> Grid:
    made = []
    for r in rows:
        decimals = paper.decimals_for([r["target"], r["made"]], most=2)
        made.append(
            {
                "measure": r["measure"][:1].upper() + r["measure"][1:],
                "stratum": r["stratum"],
                "target": Cell(paper.number(r["target"], decimals), sort=float(r["target"]), csv=r["target"]),
                "made": Cell(paper.number(r["made"], decimals), sort=float(r["made"]), csv=r["made"]),
                "off": _per_cent(r["off"]),
                "unit": r["unit"],
                "source": Cell(str(sources[r["source"]]), sort=sources[r["source"]], csv=r["source"]),
            }
        )
    columns = (
        Column("measure", "Figure"),
        Column("stratum", "Of"),
        Column("target", "Published", numeric=True),
        Column("made", "Made", numeric=True),
        Column("off", "Off by", numeric=True, note="sorts by size"),
        Column("unit", "Unit"),
        Column("source", "Source", numeric=True, note="listed below"),
    )
    captions = {ALL: "Every figure: published beside made", "": "The furthest off: published beside made"}
    caption = captions.get(wanted, f"{wanted[:1].upper()}{wanted[1:]}: published beside made")
    return Grid("calibration", caption, columns, made, searchable=True, empty=NOT_FITTED)


def _said(row: Mapping[str, Any], which: str) -> str:
    """A figure with as many decimals as its line in the table has: a rate of 0.09 is not nought."""
    return paper.number(row[which], paper.decimals_for([row["target"], row["made"]], most=2))


def calibration_figures(rows: Sequence[Mapping[str, Any]], *, all_of_them: bool = True) -> list[dict[str, Any]]:
    """How close the rows are. Only what is said of all of them has a story of its own."""
    stem = "feeds.calibration" if all_of_them else None
    known = [abs(r["off"]) for r in rows if r["off"] is not None]
    if not known:
        return []
    worst = max((r for r in rows if r["off"] is not None), key=lambda r: abs(r["off"]))
    return [
        {
            "value": paper.number(len(rows)),
            "name": "published figures compared",
            "figure": stem and f"{stem}.compared",
        },
        {
            "value": paper.share(sum(k <= 1 for k in known) / len(known), 0),
            "name": "within 1% of what was published",
            "figure": stem and f"{stem}.within_1",
        },
        {
            "value": paper.share(sum(k <= 5 for k in known) / len(known), 0),
            "name": "within 5%",
            "figure": stem and f"{stem}.within_5",
        },
        {
            "value": f"{paper.number(worst['off'], 1, signed=True)}%",
            "name": "the furthest off",
            "figure": stem and f"{stem}.furthest",
            "note": f"{worst['measure']}, {worst['stratum']}: {_said(worst, 'target')} published, {_said(worst, 'made')} made {worst['unit']}",
        },
    ]
