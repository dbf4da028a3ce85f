"""The risk model’s card. In: the card and its test on a later year. Out: grids, figures and a chart from counts that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oneplace.methods.rates import proportion
from oneplace.report import words as paper
from oneplace.report.charts import (
    Calibration,
    Group,
)
from oneplace.safety.disclose import HIDDEN, disclose
from oneplace.web.analyst.presenters.compare import ABBREVIATIONS
from oneplace.web.components.grid import Cell, Column, Grid


def model_figures(test: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "value": paper.number(test["auc"], 3),
            "name": "discrimination (AUC)",
            "note": "0.5 is a coin, 1 is perfect",
            "figure": "feeds.model.auc",
        },
        {
            "value": paper.number(test["calibration_slope"], 2),
            "name": "calibration slope",
            "note": "1 is right; below 1 the extremes are overstated",
            "figure": "feeds.model.calibration_slope",
        },
        {
            "value": paper.number(test["observed_to_expected"], 3),
            "name": "observed over expected",
            "note": f"{paper.number(test['observed'])} happened, {paper.number(test['expected'])} were expected",
            "figure": "feeds.model.observed_to_expected",
        },
        {
            "value": paper.number(test["brier"], 4),
            "name": "Brier score",
            "note": "0 is perfect",
            "figure": "feeds.model.brier",
        },
    ]


def calibration_chart(test: Mapping[str, Any], profile: str) -> Calibration:
    """Tenths of predicted risk: what was predicted beside what happened, from counts that may be shown."""
    groups = []
    for d in test["deciles"]:
        shown = disclose([d["observed"], d["people"] - d["observed"]], profile, totals=False).cells
        if any(c is None for c in shown):
            continue
        found = proportion([d["observed"]], [d["people"]])
        groups.append(
            Group(
                100 * d["expected"] / d["people"],
                float(found.value[0]),
                float(found.lower[0]),
                float(found.upper[0]),
                d["people"],
            )
        )
    return Calibration(
        id="calibration",
        title="What was predicted beside what happened",
        outcome="emergency admission",
        groups=tuple(groups),
        missing="the groups are too small to show",
    )


def _observed(counts: Sequence[int], profile: str) -> list[int | None]:
    return list(disclose(counts, profile, totals=True).cells) if len(counts) else []


def count_cell(value: int | None) -> Cell:
    return Cell(
        HIDDEN if value is None else f"{value:,}",
        sort=-1 if value is None else value,
        csv=HIDDEN if value is None else value,
    )


def deciles_grid(test: Mapping[str, Any], profile: str) -> Grid:
    shown = _observed([d["observed"] for d in test["deciles"]], profile)
    rows = [
        {
            "decile": d["decile"],
            "people": d["people"],
            "expected": Cell(paper.number(d["expected"], 1), sort=d["expected"]),
            "observed": count_cell(n),
            "ratio": Cell(paper.number(n / d["expected"], 2), sort=n / d["expected"])
            if n is not None and d["expected"]
            else None,
            "risk": Cell(paper.one_in(d["expected"] / d["people"]), sort=d["expected"] / d["people"]),
        }
        for d, n in zip(test["deciles"], shown, strict=True)
    ]
    columns = (
        Column("decile", "Tenth of risk", numeric=True),
        Column("people", "People", numeric=True),
        Column("risk", "Mean risk"),
        Column("expected", "Expected", numeric=True),
        Column("observed", "Happened", numeric=True),
        Column("ratio", "Happened over expected", numeric=True),
    )
    return Grid("deciles", "Tenths of predicted risk", columns, rows, empty="The model was not tested.")


def groups_grid(test: Mapping[str, Any], profile: str) -> Grid:
    """How good it is for whom: fair only if it is as good for each."""
    rows = []
    for kind, groups in test["by_group"].items():
        shown = _observed([g["observed"] for g in groups], profile)
        of = _observed([g["people"] for g in groups], profile)
        for g, n, people in zip(groups, shown, of, strict=True):
            rows.append(
                {
                    "kind": kind.replace("_", " ").capitalize(),
                    "group": str(g["group"]).replace("_", " "),
                    "people": count_cell(people),
                    "expected": Cell(paper.number(g["expected"], 1), sort=g["expected"]) if n is not None else None,
                    "observed": count_cell(n),
                    "ratio": _ratio(g["observed_to_expected"]) if n is not None else None,
                    "auc": Cell(paper.number(g["auc"], 3), sort=g["auc"])
                    if n is not None and g["auc"] is not None
                    else None,
                    "brier": Cell(paper.number(g["brier"], 4), sort=g["brier"])
                    if n is not None and g["brier"] is not None
                    else None,
                }
            )
    columns = (
        Column("kind", "By"),
        Column("group", "Group"),
        Column("people", "People", numeric=True),
        Column("expected", "Expected", numeric=True),
        Column("observed", "Happened", numeric=True),
        Column("ratio", "Happened over expected", numeric=True),
        Column("auc", "AUC", numeric=True),
        Column("brier", "Brier", numeric=True),
    )
    return Grid(
        "groups", "How good it is for whom", columns, rows, searchable=True, empty="The model was not tested by group."
    )


def _ratio(value: float | None) -> Cell | None:
    if value is None:
        return None
    off = abs(value - 1) > 0.1
    return Cell(paper.number(value, 3), sort=value, note="more than a tenth off" if off else None)


def decision_grid(test: Mapping[str, Any]) -> Grid:
    rows = [
        {
            "threshold": Cell(
                f"{paper.one_in(d['threshold'])} ({paper.share(d['threshold'], 0)})", sort=d["threshold"]
            ),
            "seen": d["people_seen"],
            "benefit": Cell(paper.number(1000 * d["net_benefit"], 1), sort=d["net_benefit"]),
            "all": Cell(
                paper.number(1000 * d["net_benefit_of_seeing_everyone"], 1), sort=d["net_benefit_of_seeing_everyone"]
            ),
            "best": Cell("The list", tone="blue")
            if d["net_benefit"] > max(0, d["net_benefit_of_seeing_everyone"])
            else Cell("Seeing everyone" if d["net_benefit_of_seeing_everyone"] > 0 else "Seeing nobody", tone="grey"),
        }
        for d in test["decision_curve"]
    ]
    columns = (
        Column("threshold", "See whoever is above"),
        Column("seen", "People seen", numeric=True),
        Column("benefit", "Net benefit of the list", numeric=True, note="per 1,000 people"),
        Column("all", "Of seeing everyone", numeric=True, note="per 1,000 people"),
        Column("best", "Best"),
    )
    return Grid("decision", "Decision curve", columns, rows, empty="No decision curve was worked out.")


def _said(key: str) -> str:
    said = " ".join(ABBREVIATIONS.get(w, w) for w in key.split("_"))
    return said[:1].upper() + said[1:]


def coefficients_grid(card: Mapping[str, Any]) -> Grid:
    rows = [
        {"term": _said(k), "value": Cell(paper.number(v, 3, signed=True), sort=v, csv=v)}
        for k, v in card.get("coefficients", {}).items()
    ]
    columns = (Column("term", "Term"), Column("value", "Coefficient", numeric=True, note="log odds"))
    return Grid("coefficients", "What the model weighs", columns, rows, empty="None.")
