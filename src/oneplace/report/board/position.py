"""Where the year's money stands: one answer to one question, then what it rests on, area by area.

In: what was supplied and forecast (`MoneyHeld`) and its figures by their ids. Out: the answer as a
line, and blocks for the section on money. Adverse variances stand in brackets; what nobody has
supplied has no column and no row, and the answer says that it is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from oneplace.plan.money.control import ControlTotal, MoneyHeld
from oneplace.plan.money.ledger import AreaPosition
from oneplace.report import words
from oneplace.report.board.paper import Block, Cell, Grid, Heading, Inline, Line, Paragraph
from oneplace.report.trace import Figure

QUESTION = "Do we hit the control total?"
Figures = Mapping[str, Figure]
ContractStem = Callable[..., str]
STAGES = {
    "identified": "identified",
    "in_development": "in development",
    "unidentified": "unidentified",
}


def answer(control: ControlTotal, figures: Figures) -> Line:
    """One sentence: yes, no, or what is missing to say; the gap; what it rests on."""
    said, whole = figures["position.answer"], figures.get("position.control")
    given = "" if control.named else " (what the plan gives its areas)"
    name: Line = (
        (" the control total of ", whole, given) if whole is not None else (" a control total",)
    )
    if control.verdict == "cannot say":
        return (
            said,
            " whether we hit",
            *name,
            f": {'; '.join(control.why_not)}.",
            *_covered(control, figures),
        )
    inside = "beyond" if control.verdict == "no" else "inside"
    return (
        said,
        ": the forecast outturn of ",
        figures["position.outturn"],
        " is ",
        figures["position.gap"],
        f" {inside}",
        *name,
        f". {words.sentence(_rests_on(control))}",
        *_beside(control, figures),
    )


def _covered(control: ControlTotal, figures: Figures) -> Line:
    """How far the forecast reaches where it does not reach the whole."""
    if "position.outturn" not in figures:
        return ()
    known = len(control.forecast) + len(control.at_run_rate)
    return (
        " Of the areas ",
        f"{known} of {known + len(control.silent)} come to ",
        figures["position.outturn"],
        ". ",
        words.sentence(_rests_on(control)),
    )


def _rests_on(control: ControlTotal) -> str:
    """The months and the forecasts behind an answer."""
    parts = []
    if control.come_in:
        parts.append(f"the ledger of {_months(control.come_in)}")
    if control.forecast:
        parts.append(
            f"the finance lead's forecasts of {words.plural(len(control.forecast), 'area')}"
        )
    if control.at_run_rate:
        parts.append(f"the run-rate of {words.plural(len(control.at_run_rate), 'area')}")
    said = f"it rests on {words.listing(parts)}"
    if not control.come_in:
        said += "; no ledger month has come in"
    if control.left_out:
        said += f"; {_months(control.left_out)} {'has' if len(control.left_out) == 1 else 'have'} not come in and year to date leaves {'it' if len(control.left_out) == 1 else 'them'} out"
    if control.due_since and control.come_in:
        said += f"; {words.month(control.due_since)} was due and has not come in"
    return said


def _beside(control: ControlTotal, figures: Figures) -> Line:
    """Risk and contingency stand beside the gap and are not taken into it."""
    out: list[Inline] = []
    if control.risk_gbp:
        out += [" Not in it: ", figures["position.risk"], " of risk that nothing mitigates"]
    if "position.contingency" in figures:
        out += [
            " and " if out else " Not in it: ",
            figures["position.contingency"],
            " of contingency left",
        ]
    return (*out, ".") if out else ()


def _months(found: Sequence[date]) -> str:
    """ "April to June 2019 and August 2019": runs of months that follow one another."""
    runs: list[list[date]] = []
    for m in found:
        if runs and (m.year * 12 + m.month) - (runs[-1][-1].year * 12 + runs[-1][-1].month) == 1:
            runs[-1].append(m)
        else:
            runs.append([m])
    return words.listing(
        [
            words.month(r[0]) if len(r) == 1 else f"{words.month(r[0])} to {words.month(r[-1])}"
            for r in runs
        ]
    )


def position(held: MoneyHeld, figures: Figures, *, stem: ContractStem) -> list[Block]:
    """The answer at the head, then the tables behind it."""
    tables = (
        by_area(held, figures),
        reasons(held, figures),
        forecasts(held, figures),
        recoveries(held),
        contracts(held, figures, stem),
    )
    return [
        Heading(QUESTION),
        Paragraph(answer(held.control, figures), "loud"),
        *(t for t in tables if t is not None),
    ]


def by_area(held: MoneyHeld, figures: Figures) -> Grid | None:
    """Month, year to date, forecast outturn: each with its variance. Nothing supplied and nothing
    forecast: no table."""
    if held.last is None and not held.control.forecast:
        return None
    month = words.month(held.last.month) if held.last else ""
    wanted = [
        (f"Spent, {month}", "month", held.last),
        ("Variance", "month_variance", held.last),
        ("Spent, year to date", "to_date", held.last),
        ("Variance", "to_date_variance", held.last),
        ("Year's plan", "plan", True),
        ("Forecast outturn", "outturn", True),
        ("Variance", "outturn_variance", True),
    ]
    columns = [(head, key) for head, key, there in wanted if there]

    def cells(area: AreaPosition) -> tuple[Cell, ...]:
        return (
            area.name,
            *(figures.get(f"position.{area.area}.{key}", "not known") for _, key in columns),
        )

    whole = {
        "month": "month",
        "month_variance": "month_variance",
        "to_date": "spent",
        "to_date_variance": "to_date_variance",
        "plan": "control" if not held.control.named else "none",
        "outturn": "outturn",
        "outturn_variance": "outturn_variance",
    }
    together = ("Together", *(figures.get(f"position.{whole[key]}", "") for _, key in columns))
    header = ("Area", *(head for head, _ in columns))
    note = (
        "Thousands of pounds, together in pounds or millions. Variances are budget or plan less actual or forecast; adverse ones stand in brackets. An outturn is the finance lead's forecast, else the run-rate.",
    )
    rows = tuple(cells(a) for a in held.areas)
    return Grid(
        "The position by area",
        header,
        (*rows, together),
        right=tuple(range(1, len(header))),
        total=1,
        note=note,
    )


def reasons(held: MoneyHeld, figures: Figures) -> Grid | None:
    """What the finance lead expects of an area, and why."""
    rows = tuple(
        (
            a.name,
            words.money(o.best_gbp, "thousands"),
            figures[f"position.{a.area}.outturn"],
            words.money(o.worst_gbp, "thousands"),
            figures[f"position.{a.area}.risk"],
            o.reason,
        )
        for a in held.areas
        if (o := a.outturn)
    )
    header = ("Area", "Best", "Likely", "Worst", "Unmitigated risk", "Why")
    return Grid("Outturn forecasts and why", header, rows, right=(1, 2, 3, 4)) if rows else None


def forecasts(held: MoneyHeld, figures: Figures) -> Grid | None:
    """What savings lines are expected to bring, how far they are thought out, and why."""
    rows = tuple(
        (
            s.line.area,
            figures[f"savings.{s.line.id}.planned"],
            figures[f"savings.{s.line.id}.forecast"],
            figures[f"savings.{s.line.id}.variance"],
            STAGES[e.stage],
            e.reason,
            e.mitigation,
        )
        for s in held.outlooks
        if (e := s.expected)
    )
    header = ("Savings line", "Plan", "Forecast", "Variance", "Stage", "Why", "If it falls short")
    return Grid("Savings forecasts and why", header, rows, right=(1, 2, 3)) if rows else None


def recoveries(held: MoneyHeld) -> Grid | None:
    names = {s.line.id: s.line.area for s in held.outlooks}
    rows = tuple(
        (
            names.get(r["line"], r["line"]),
            r["asked_of"],
            r["why"],
            words.day(r["due_on"]),
            r["state"],
            r["plan"],
        )
        for r in held.recoveries
    )
    header = ("Savings line", "Of whom", "Why", "By when", "State", "What was sent")
    return Grid("Recovery plans that were asked for", header, rows) if rows else None


def contracts(held: MoneyHeld, figures: Figures, stem: ContractStem) -> Grid | None:
    """Activity over plan at tariff and under the contract, which are never added; cash nobody can
    tell from activity."""
    rows = tuple(
        (
            m.contract,
            m.pod,
            words.month(m.month),
            words.number(m.plan),
            words.number(m.actual),
            figures[f"{stem(m)}.tariff"],
            figures.get(f"{stem(m)}.effect", "not known"),
        )
        for m in held.contracts
    )
    header = (
        "Contract",
        "Point of delivery",
        "To",
        "Plan",
        "Actual",
        "Difference at tariff",
        "Under the contract",
    )
    note = (
        "The difference at tariff is not money that anybody pays; cash cannot be told from activity.",
    )
    return (
        Grid("Contracts as they are monitored", header, rows, right=(3, 4, 5, 6), note=note)
        if rows
        else None
    )
