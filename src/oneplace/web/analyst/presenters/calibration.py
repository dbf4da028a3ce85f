"""Published figures beside those made. In: rows of the build’s calibration. Out: a grid and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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


def calibration_grid(rows: Sequence[Mapping[str, Any]], sources: Mapping[str, int]) -> Grid:
    made = []
    for r in rows:
        decimals = paper.decimals_for([r["target"], r["made"]], most=2)
        made.append(
            {
                "measure": r["measure"][:1].upper() + r["measure"][1:],
                "stratum": r["stratum"],
                "target": Cell(paper.number(r["target"], decimals), sort=float(r["target"]), csv=r["target"]),
                "made": Cell(paper.number(r["made"], decimals), sort=float(r["made"]), csv=r["made"]),
                "off": Cell(f"{paper.number(r['off'], 1, signed=True)}%", sort=abs(r["off"]), csv=round(r["off"], 4))
                if r["off"] is not None
                else None,
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
    empty = "The records of this place were supplied, so nothing was fitted to published figures."
    return Grid("calibration", "Published beside made", columns, made, searchable=True, empty=empty)


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
