"""Money: every printed table with its reconciliation line, and the printed differences in one
place.

In: the money document, and what was supplied, forecast and reported beside it. Out: a `Chapter`.
Printed totals stand as printed; where the lines do not reach them the difference is shown beside
them and nothing is forced. An adverse variance stands in brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from oneplace.plan.money import (
    Finances,
    Reconciliation,
    contingency,
    differences,
    reconcile,
    required_spend,
    savings_by_recurrence,
)
from oneplace.plan.money.control import MoneyHeld, Verdict
from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Cell,
    Chapter,
    Grid,
    Heading,
    Jump,
    Line,
    Missing,
    Origin,
    Paragraph,
    Picture,
    Section,
    Tile,
    Tiles,
)
from oneplace.report.board.position import ContractStem, answer, position
from oneplace.report.charts import BarRow, Bars, Stair, Waterfall
from oneplace.report.trace import Figure, Format

FORMATS: dict[str, Format] = {"GBP": "gbp", "%": "per_cent"}


def money(
    finances: Finances | None,
    origin: Origin | None,
    held: MoneyHeld,
    figures: Mapping[str, Figure],
    *,
    stem: ContractStem = str,
    supplied: Sequence[Grid] = (),
) -> Chapter:
    """`held` is what was supplied and forecast beside the printed plan, `figures` its figures,
    `stem` names those of a contract, `supplied` lists the months that came in."""
    stands = [*position(held, figures, stem=stem), *supplied]
    if finances is None or origin is None:
        missing = Missing(
            "this place has no money document.",
            "Write money.yaml with any of its tables: each is optional.",
        )
        return Chapter(sections=(Section("money", "Money", (missing, *stands)),))
    return _Money(finances, origin, held, figures, stands).part()


class _Money:
    def __init__(
        self,
        f: Finances,
        origin: Origin,
        held: MoneyHeld,
        figures: Mapping[str, Figure],
        stands: Sequence[Block],
    ):
        self.f, self.origin, self.held, self.figures, self.stands = f, origin, held, figures, stands
        self.checks = reconcile(f)
        self.differ = differences(f)

    def part(self) -> Chapter:
        tables: tuple[Callable[[], list[Block]], ...] = (
            self.allocation,
            self.expenditure,
            self.bridge,
            self.savings,
            self.standard,
            self.networks,
            self.contract,
        )
        blocks = [b for table in tables for b in table()]
        return Chapter(
            sections=(Section("money", "Money", (*self.stands, *blocks, *self.all_differences())),),
            well=self.well(),
            concern=self.concern(),
            decide=self.decide(),
            tiles=Tiles("Money", self.tiles()) if self.tiles() else None,
        )

    # --- figures ---

    def gbp(self, id: str, label: str, value: Decimal, where: str) -> Figure:
        return self.origin.part(f"money.yaml: {where}").figure(
            f"money.{id}", label, value, format="gbp"
        )

    def millions(self, id: str, label: str, value: Decimal, where: str) -> Figure:
        """Printed to one decimal of a million; the trace keeps pounds."""
        return self.origin.part(f"money.yaml: {where}").figure(
            f"money.{id}", label, value * 1_000_000, format="gbp_millions"
        )

    def thousands(self, id: str, label: str, value: Decimal, where: str) -> Figure:
        return self.origin.part(f"money.yaml: {where}").figure(
            f"money.{id}", label, value * 1000, format="gbp_thousands"
        )

    def counted(self, what: str, items: Sequence[Reconciliation]) -> Figure:
        label = {
            "agree": "Printed sums that agree with their lines",
            "differ": "Printed sums that do not",
            "checks": "Printed sums checked",
        }[what]
        return self.origin.part("money.yaml: every printed sum").figure(
            f"money.{what}", label, len(items)
        )

    def line(self, table: str) -> Line:
        """The reconciliation line of one table: how many of its printed sums agree, and which do
        not, by how much."""
        mine = [r for r in self.checks if r.table == table]
        wrong = [r for r in mine if not r.agrees]
        if not wrong:
            return (
                f"Reconciliation: all {words.plural(len(mine), 'printed sum')} of this table {'agrees' if len(mine) == 1 else 'agree'}.",
            )
        parts: list[str | Figure | Jump] = [
            f"Reconciliation: {len(mine) - len(wrong)} of {words.plural(len(mine), 'printed sum')} agree. "
        ]
        for i, r in enumerate(wrong):
            tail = f" ({r.note})" if r.note else ""
            parts += [
                f"{'; ' if i else ''}{r.what}: printed ",
                self.amount(r, "printed"),
                ", recomputed ",
                self.amount(r, "recomputed"),
                ", difference ",
                self.amount(r, "difference"),
                tail,
            ]
        return (*parts, ".")

    def amount(self, r: Reconciliation, which: str) -> Figure:
        value: Decimal = getattr(r, which)
        label = f"{r.table.capitalize()}, {r.what}: {which}"
        own, name = self.origin.part(f"money.yaml: {r.table}"), f"money.check.{r.id}.{which}"
        if r.unit == "GBP m":
            places = max(1, words.decimals_for([value], most=3))
            return own.figure(
                name, label, value * 1_000_000, format="gbp_millions", decimals=places
            )
        if r.unit == "GBP 000":
            return own.figure(name, label, value * 1000, format="gbp_thousands")
        return own.figure(
            name,
            label,
            value,
            unit="" if r.unit in FORMATS else r.unit,
            format=FORMATS.get(r.unit, "number"),
            decimals=words.decimals_for([value]),
        )

    # --- tables ---

    def allocation(self) -> list[Block]:
        a = self.f.allocation
        if a is None:
            return []

        def row(key: str, name: str, x: object) -> tuple[Cell, ...]:
            cells = [
                self.thousands(f"allocation.{key}.{c}", f"{name}, {c}", getattr(x, c), "allocation")
                for c in ("before", "after", "growth")
            ]
            return (name, *cells)

        rows = [row(x.id, x.line, x) for x in a.lines]
        rows += [
            row("recurrent", "Recurrent", a.recurrent),
            row("non-recurrent", "Non-recurrent", a.non_recurrent),
            row("in-year", "In the year", a.in_year),
        ]
        growth = self.origin.part("money.yaml: allocation").figure(
            "money.allocation.growth_pct",
            "Growth of the programme baseline",
            a.baseline_growth_pct,
            format="per_cent",
            decimals=2,
        )
        grid = Grid(
            "Allocation",
            ("Line", str(a.year_before), str(a.year), "Growth"),
            tuple(rows),
            right=(1, 2, 3),
            total=3,
            note=("Growth of the programme baseline: ", growth, ". ", *self.line("allocation")),
        )
        return [Heading("What the place is given"), grid]

    def expenditure(self) -> list[Block]:
        e = self.f.expenditure
        if e is None:
            return []
        ordered = sorted(e.lines, key=lambda x: -x.gbp_m)
        figures = tuple(
            self.millions(f"expenditure.{x.id}", f"{x.area}: planned", x.gbp_m, "expenditure")
            for x in ordered
        )
        total = self.millions(
            "expenditure.total",
            "Programme expenditure as printed",
            e.printed_total_gbp_m,
            "expenditure",
        )
        most = ordered[0]
        bars = Bars(
            id="money-expenditure",
            title="Where the money goes",
            measure="Planned expenditure",
            unit="£m",
            decimals=1,
            finding=f"{most.area} takes {words.money(most.gbp_m * 1_000_000, 'millions')} of the {words.money(e.printed_total_gbp_m * 1_000_000, 'millions')} printed, {words.percent(most.pct, 0)}",
            rows=tuple(BarRow(x.area, x.gbp_m) for x in ordered),
        )
        out: list[Block] = [
            Heading("Where it goes"),
            Picture(bars, (*figures, total)),
            Paragraph(self.line("expenditure"), "small"),
        ]
        left = contingency(self.f)
        if left is not None:
            own = self.origin.part("money.yaml: allocation, expenditure")
            stated = own.figure(
                "money.contingency.stated",
                "Contingency the plan states",
                left.stated_pct,
                format="per_cent",
                decimals=1,
            )
            derived = own.figure(
                "money.contingency.left",
                "What is left, as a share of allocation (our derivation)",
                left.left_pct,
                format="per_cent",
                decimals=2,
            )
            amount = self.millions(
                "contingency.left_gbp",
                "What is left (our derivation)",
                left.left_gbp_m,
                "allocation, expenditure",
            )
            out.append(
                Paragraph(
                    (
                        "Contingency: the plan states ",
                        stated,
                        ". Allocation less expenditure less running costs leaves ",
                        amount,
                        ", ",
                        derived,
                        " of allocation; the derivation is ours.",
                    )
                )
            )
        return out

    def bridge(self) -> list[Block]:
        b = self.f.bridge
        if b is None:
            return []
        figures = tuple(
            self.millions(f"bridge.{x.id}", f"Bridge: {x.line}", x.gbp_m, "bridge") for x in b.lines
        )
        chart = Waterfall(
            id="money-bridge",
            title="How the change in allocation is used",
            measure="Sources and uses",
            unit="£m",
            steps=tuple(Stair(x.line, x.gbp_m) for x in b.lines),
        )
        return [
            Heading("From source to use"),
            Picture(chart, figures),
            Paragraph(self.line("bridge"), "small"),
        ]

    def savings(self) -> list[Block]:
        s = self.f.savings
        if s is None:
            return []
        rows: list[tuple[Cell, ...]] = [
            (
                o.line.area,
                o.line.recurrence,
                o.line.lead or "not stated",
                self.figures[f"savings.{o.line.id}.planned"],
                self.figures.get(f"savings.{o.line.id}.reported", "no return"),
                words.variance(o.reported_gbp - o.line.gbp) if o.reported_gbp is not None else "",
            )
            for o in self.held.outlooks
        ]
        printed = self.gbp("savings.total", "Savings as printed", s.printed_total_gbp, "savings")
        rows.append(("Printed total", "", "", printed, "", ""))
        ordered = sorted(s.lines, key=lambda x: -x.gbp)
        kinds = ", ".join(
            f"{name} {words.money(v)}" for name, v in savings_by_recurrence(self.f).items() if v
        )
        bars = Bars(
            id="money-savings",
            title="Cash-releasing savings by line",
            measure="Planned saving",
            unit="GBP",
            decimals=0,
            rows=tuple(BarRow(x.area, x.gbp) for x in ordered),
            finding=f"{words.plural(len(ordered), 'line')}; {kinds}",
        )
        figures = tuple(self.figures[f"savings.{x.id}.planned"] for x in ordered)
        header = ("Line", "Counts", "Lead", "Planned", "Reported", "Reported less planned")
        grid = Grid(
            "Cash-releasing savings",
            header,
            tuple(rows),
            right=(3, 4, 5),
            total=1,
            note=(*self.line("savings"), " What is short of the plan stands in brackets."),
        )
        return [Heading("What is to be saved"), Picture(bars, figures), grid]

    def standard(self) -> list[Block]:
        m = self.f.investment_standard
        if m is None:
            return []
        where = "investment_standard"
        rows: list[tuple[Cell, ...]] = []
        for x in m.lines:
            cells = [
                self.millions(f"mhis.{x.id}.{c}", f"{x.line}: {c}", getattr(x, f"{c}_gbp_m"), where)
                for c in ("before", "uplift", "required")
            ]
            rows.append((x.line, *cells))
        t = m.printed_total
        rows.append(
            (
                "Printed total",
                *(
                    self.millions(
                        f"mhis.total.{c}", f"Printed total: {c}", getattr(t, f"{c}_gbp_m"), where
                    )
                    for c in ("before", "uplift", "required")
                ),
            )
        )
        for key, r in zip(("wide", "narrow"), required_spend(m), strict=True):
            cells = [
                self.millions(
                    f"mhis.{key}.{c}",
                    f"Recomputed {r.reading}: {c}",
                    getattr(r, f"{c}_gbp_m"),
                    where,
                )
                for c in ("before", "uplift", "required")
            ]
            rows.append((f"Recomputed, {r.reading}", *cells))
        rate = self.origin.part(f"money.yaml: {where}").figure(
            "money.mhis.rate",
            "Growth that the standard asks for",
            m.required_pct,
            format="per_cent",
            decimals=2,
        )
        grid = Grid(
            "Mental Health Investment Standard, both readings",
            ("Line", "Year before", "Uplift", "Required"),
            tuple(rows),
            right=(1, 2, 3),
            total=3,
            note=(f"Required growth in {m.year}: ", rate, ". ", *self.line("investment standard")),
        )
        return [Heading("What mental health must get"), grid]

    def networks(self) -> list[Block]:
        n = self.f.networks
        if n is None:
            return []
        rows: list[tuple[Cell, ...]] = []
        for x in n.lines:
            rate = (
                words.money(x.rate_gbp, "pence") + " a head"
                if x.rate_gbp is not None
                else "by network"
            )
            rows.append(
                (
                    x.line,
                    rate,
                    f"{x.months} months",
                    f"to each {x.paid_to}",
                    self.gbp(f"networks.{x.id}", f"{x.line}: payment", x.payment_gbp, "networks"),
                )
            )
        rows.append(
            (
                "Printed total",
                "",
                "",
                "",
                self.gbp(
                    "networks.total", "Network funding as printed", n.printed_total_gbp, "networks"
                ),
            )
        )
        grid = Grid(
            "Primary care networks",
            ("Payment", "Rate", "For", "Paid", "Sum"),
            tuple(rows),
            right=(4,),
            total=1,
            note=self.line("networks"),
        )
        return [Heading("What primary care networks get"), grid]

    def contract(self) -> list[Block]:
        c = self.f.contract
        if c is None:
            return []
        rate = (
            words.percent(c.marginal_rate_pct, 0)
            if c.marginal_rate_pct is not None
            else "no marginal rate is printed"
        )
        tolerance = (
            words.percent(c.tolerance_pct, 0)
            if c.tolerance_pct is not None
            else "no tolerance is printed"
        )
        note = f" {words.sentence(c.note)}" if c.note else ""
        return [
            Paragraph(
                (f"Contract: {c.name}. Marginal rate: {rate}; tolerance: {tolerance}.{note}",),
                "small",
            )
        ]

    def all_differences(self) -> list[Block]:
        if not self.checks:
            return []
        head = Heading("Printed figures that do not agree")
        if not self.differ:
            return [
                head,
                Paragraph(
                    (
                        "All ",
                        self.counted("checks", self.checks),
                        " printed sums agree with their lines.",
                    )
                ),
            ]
        rows = tuple(
            (
                r.what[0].upper() + r.what[1:],
                r.table,
                self.amount(r, "printed"),
                self.amount(r, "recomputed"),
                self.amount(r, "difference"),
                r.note or "",
            )
            for r in self.differ
        )
        header = ("What", "Table", "Printed", "Recomputed", "Difference", "Remark")
        note: Line = (
            self.counted("agree", [r for r in self.checks if r.agrees]),
            " of ",
            self.counted("checks", self.checks),
            " printed sums agree within half of their last printed digit. Nothing was changed to make the rest agree.",
        )
        return [head, Grid("Printed beside recomputed", header, rows, right=(2, 3, 4), note=note)]

    # --- the first page ---

    def tiles(self) -> tuple[Tile, ...]:
        out: list[Tile] = []
        if self.f.allocation:
            out.append(
                Tile(
                    self.millions(
                        "allocation",
                        "Allocation in the year",
                        self.f.allocation.in_year.after / 1000,
                        "allocation",
                    ),
                    "allocation",
                    f"{self.f.allocation.year}",
                    "money",
                )
            )
        if self.f.savings:
            s = self.f.savings
            reported = self.figures.get("savings.reported")
            said = (
                f"{reported.words()} reported saved" if reported else "nothing reported saved yet"
            )
            out.append(
                Tile(
                    self.gbp("savings.total", "Savings as printed", s.printed_total_gbp, "savings"),
                    "to be saved",
                    said,
                    "money",
                )
            )
        if self.differ:
            out.append(
                Tile(
                    self.counted("differ", self.differ),
                    "printed sums do not agree",
                    f"of {len(self.checks)} checked",
                    "money",
                )
            )
        return tuple(out)

    def answered(self, *verdicts: Verdict) -> tuple[Line, ...]:
        """The answer to finance's own question, on the page where it belongs."""
        if self.held.control.verdict not in verdicts:
            return ()
        return ((*answer(self.held.control, self.figures), " ", Jump("See money", "money")),)

    def concern(self) -> tuple[Line, ...]:
        return self.answered("no", "cannot say")

    def well(self) -> tuple[Line, ...]:
        agree = [r for r in self.checks if r.agrees]
        if not agree:
            return self.answered("yes")
        return (
            *self.answered("yes"),
            (
                self.counted("agree", agree),
                f" of {words.plural(len(self.checks), 'printed sum')} of money agree with their own lines. ",
                Jump("See money", "money"),
            ),
        )

    def decide(self) -> tuple[Line, ...]:
        out: list[Line] = []
        if self.differ:
            said = (
                "sum of money does not agree with its"
                if len(self.differ) == 1
                else "sums of money do not agree with their"
            )
            ask = f" printed {said} lines: the finance lead to say which figure stands. "
            out.append((self.counted("differ", self.differ), ask, Jump("See which", "money")))
        return tuple(out)
