"""The risk model’s card. In: the card and its test on a later year. Out: lists, figures and a chart
from counts that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oneplace.methods.rates import proportion
from oneplace.report import words as paper
from oneplace.report.charts import (
    Calibration,
    RiskBand,
)
from oneplace.report.trace import Figure
from oneplace.safety.disclose import HIDDEN, disclose
from oneplace.web.analyst.presenters.compare import ABBREVIATIONS
from oneplace.web.components.listing import Cell, Column, Listing, item
from oneplace.web.components.notation import Notation, nothing, number
from oneplace.web.components.tiles import tile


def model_tiles(test: Mapping[str, Any], figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    happened = (
        f"{paper.number(test['observed'])} happened, {paper.number(test['expected'])} were expected"
    )
    said = {
        "auc": ("discrimination (AUC)", "0.5 is a coin, 1 is perfect"),
        "calibration_slope": (
            "calibration slope",
            "1 is right; below 1 the extremes are overstated",
        ),
        "observed_to_expected": ("observed over expected", happened),
        "brier": ("Brier score", "0 is perfect"),
    }
    return [
        tile(figures.get(f"feeds.model.{k}"), name, note=note) for k, (name, note) in said.items()
    ]


def calibration_chart(test: Mapping[str, Any], profile: str) -> Calibration:
    """Tenths of predicted risk: what was predicted beside what happened, from counts that may be
    shown."""
    groups = []
    for d in test["deciles"]:
        shown = disclose([d["observed"], d["people"] - d["observed"]], profile, totals=False).cells
        if any(c is None for c in shown):
            continue
        found = proportion([d["observed"]], [d["people"]])
        groups.append(
            RiskBand(
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


def deciles(test: Mapping[str, Any], profile: str) -> list[dict[str, Any]]:
    """The tenths of risk, each with what happened as far as it may be shown."""
    shown = _observed([d["observed"] for d in test["deciles"]], profile)
    return [{**d, "shown": n} for d, n in zip(test["deciles"], shown, strict=True)]


def _over_expected(d: Mapping[str, Any]) -> float | None:
    return d["shown"] / d["expected"] if d["shown"] is not None and d["expected"] else None


DECILES = Listing(
    "deciles",
    "Tenths of predicted risk",
    Column("decile", "Tenth of risk", numeric=True),
    Column("people", "People", numeric=True),
    Column(
        "risk",
        "Mean risk",
        lambda d: d["expected"] / d["people"],
        Notation(paper.one_in, csv=nothing),
    ),
    Column("expected", "Expected", show=number(1)),
    Column("observed", "Happened", lambda d: count_cell(d["shown"]), numeric=True),
    Column("ratio", "Happened over expected", _over_expected, number(2)),
    empty="The model was not tested.",
)


def groups(test: Mapping[str, Any], profile: str) -> list[dict[str, Any]]:
    """How good it is for whom; of a group whose count may not be shown nothing that would tell
    it."""
    rows = []
    for kind, of_kind in test["by_group"].items():
        shown = _observed([g["observed"] for g in of_kind], profile)
        people = _observed([g["people"] for g in of_kind], profile)
        for g, n, of in zip(of_kind, shown, people, strict=True):
            told = g if n is not None else {}
            rows.append({**told, "kind": kind, "group": g["group"], "shown": n, "of": of})
    return rows


def _far_off(g: Mapping[str, Any]) -> str | None:
    return "more than a tenth off" if abs(g["observed_to_expected"] - 1) > 0.1 else None


# Fair only if it is as good for each.
GROUPS = Listing(
    "groups",
    "How good it is for whom",
    Column("kind", "By", lambda g: g["kind"].replace("_", " ").capitalize()),
    Column("group", "Group", lambda g: str(g["group"]).replace("_", " ")),
    Column("people", "People", lambda g: count_cell(g["of"]), numeric=True),
    Column("expected", "Expected", show=number(1)),
    Column("observed", "Happened", lambda g: count_cell(g["shown"]), numeric=True),
    Column(
        "ratio",
        "Happened over expected",
        "observed_to_expected",
        number(3),
        beside=_far_off,
    ),
    Column("auc", "AUC", show=number(3)),
    Column("brier", "Brier", show=number(4)),
    empty="The model was not tested by group.",
)


def _best(d: Mapping[str, Any]) -> Cell:
    """What does the most good at this threshold: the list, seeing everyone, or seeing nobody."""
    everyone = d["net_benefit_of_seeing_everyone"]
    if d["net_benefit"] > max(0, everyone):
        return Cell("The list", tone="blue")
    return Cell("Seeing everyone" if everyone > 0 else "Seeing nobody", tone="grey")


DECISION = Listing(
    "decision",
    "Decision curve",
    Column(
        "threshold",
        "See whoever is above",
        lambda d: f"{paper.one_in(d['threshold'])} ({paper.share(d['threshold'], 0)})",
        sort="threshold",
    ),
    Column("seen", "People seen", "people_seen", numeric=True),
    Column(
        "benefit",
        "Net benefit of the list",
        lambda d: 1000 * d["net_benefit"],
        number(1),
        note="per 1,000 people",
    ),
    Column(
        "all",
        "Of seeing everyone",
        lambda d: 1000 * d["net_benefit_of_seeing_everyone"],
        number(1),
        note="per 1,000 people",
    ),
    Column("best", "Best", _best),
    empty="No decision curve was worked out.",
)


def _said(key: str) -> str:
    said = " ".join(ABBREVIATIONS.get(w, w) for w in key.split("_"))
    return said[:1].upper() + said[1:]


COEFFICIENTS = Listing(
    "coefficients",
    "What the model weighs",
    Column("term", "Term", lambda x: _said(x[0])),
    Column(
        "value",
        "Coefficient",
        item(1),
        Notation(lambda v: paper.number(v, 3, signed=True), numeric=True),
        note="log odds",
    ),
    empty="None.",
)
