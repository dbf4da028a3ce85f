"""Claims: what each scheme claims beside what exists to be changed, on which basis, and who else
claims the same.

In: the plan, the claims as assessed against records (or none), how to disclose a count. Out: a
`Chapter`. Where no records were asked, the claim stands alone and says so. Value at tariff, effect
under the contract and cash stand apart and are never added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from oneplace.plan.money import Contract
from oneplace.plan.money.contract import needs, terms
from oneplace.plan.programme import Plan, claim_totals, claims
from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Cell,
    Chapter,
    Grid,
    Jump,
    Line,
    Missing,
    Origin,
    Paragraph,
    Picture,
    Section,
    Tile,
    Tiles,
    figures_in,
)
from oneplace.report.charts import BarRow, Bars, Comparator
from oneplace.report.trace import Figure
from oneplace.simulate.claims import NOT_A_TEST, Assessed

Disclose = Callable[[int], int | None]


@dataclass(frozen=True)
class _ClaimRow:
    scheme: str
    claim: str
    activity: str
    count: int | None
    value_gbp: Decimal | None
    tariff: bool
    assessed: Assessed | None


def claims_part(
    plan: Plan | None,
    assessed: Sequence[Assessed] | None,
    *,
    plan_origin: Origin | None,
    records_origin: Origin | None,
    disclose: Disclose,
    why_not: str = "",
    held: tuple[int, int] | None = None,
    contract: Contract | None = None,
) -> Chapter:
    """`held` are the people registered in the records and on the practices' lists: part of a place
    cannot test a claim for all of it.

    `assessed` is None where the place has neither records nor totals; `why_not` then says what to
    do."""
    if plan is None or plan_origin is None:
        return Chapter(
            sections=(
                Section(
                    "claims",
                    "What schemes claim",
                    (Missing("this place has no plan.", "Write plan.yaml."),),
                ),
            )
        )
    return _Claims(
        plan, assessed, plan_origin, records_origin, disclose, why_not, held, _under(contract)
    ).part()


def _under(contract: Contract | None) -> str:
    printed, missing = terms(contract)
    if missing:
        return f"The effect under the contract {needs(contract)}."
    return f"The effect under the contract is another figure ({printed} are printed), shown beside each claim on its page."


_WHOLE = 0.9  # below this share of the practices' lists, the records are a part of the place


def partly_held(held: tuple[int, int] | None) -> str:
    """The sentence to say where the records hold only part of the people on the practices' lists;
    empty where they hold the place."""
    if held is None or not 0 < held[0] < _WHOLE * held[1]:
        return ""
    return f"The records hold {held[0]:,} of the {held[1]:,} people on the practices' lists, {words.one_in(held[0] / held[1])}."


class _Claims:
    def __init__(
        self,
        plan: Plan,
        assessed: Sequence[Assessed] | None,
        plan_origin: Origin,
        records: Origin | None,
        disclose: Disclose,
        why_not: str,
        held: tuple[int, int] | None = None,
        under_contract: str = "",
    ):
        self.under_contract = under_contract
        by_id = {a.claim: a for a in assessed or ()}
        self.plan, self.origin, self.records, self.disclose, self.why_not = (
            plan,
            plan_origin,
            records,
            disclose,
            why_not,
        )
        self.partly = partly_held(held)
        self.window = words.span_of(assessed[0].period) if assessed else ""
        self.rows = [
            _ClaimRow(
                s.name,
                c.id,
                by_id[c.id].activity if c.id in by_id else (c.condition or c.kind),
                c.count,
                c.value_gbp,
                c.value_basis == "tariff",
                by_id.get(c.id),
            )
            for s, c in claims(plan)
        ]
        self.exceeding = [r for r in self.rows if r.assessed and _exceeds(r.assessed)]
        self.overlapping = [r for r in self.rows if r.assessed and r.assessed.overlaps]

    def part(self) -> Chapter:
        if not self.rows:
            nothing = Paragraph(("No scheme of this plan claims an effect in numbers.",))
            return Chapter(sections=(Section("claims", "What schemes claim", (nothing,)),))
        return Chapter(
            sections=(Section("claims", "What schemes claim", self.blocks()),),
            concern=self.concern(),
            decide=self.decide(),
            tiles=Tiles("Claims", self.tiles()),
        )

    def blocks(self) -> tuple[Block, ...]:
        out: list[Block] = [self.lead()]
        if self.records is None:
            out.append(Missing("what exists beside each claim.", self.why_not))
        elif self.records.basis == "synthetic":
            out.append(Paragraph((f"Counted on demonstration people: {NOT_A_TEST}.",), "loud"))
        if self.records is not None and self.partly:
            out.append(
                Paragraph(
                    (
                        f"{self.partly} A claim for the whole place stands here beside a part of it, so each share is too large.",
                    ),
                    "loud",
                )
            )
        out.append(self.grid())
        if self.records is not None:
            out += self.picture()
            out.append(self.overlaps())
        out.append(
            Paragraph(
                (
                    f"Value at tariff is not cash. {self.under_contract} No printed savings line corresponds to these values, so none of this is "
                    "counted as saved.",
                ),
                "small",
            )
        )
        return tuple(out)

    def lead(self) -> Paragraph:
        return Paragraph(
            (
                self.total("rows"),
                " claims in ",
                self.total("schemes"),
                " schemes: ",
                self.total("nel"),
                " fewer non-elective admissions, valued in the plan at ",
                self.total("value"),
                " at tariff.",
            )
        )

    def total(self, which: Literal["rows", "schemes", "nel", "value"]) -> Figure:
        t, own = claim_totals(self.plan), self.origin.part("plan.yaml: schemes[].claims")
        if which == "rows":
            return own.figure("claims", "Claims in numbers", t.rows)
        if which == "schemes":
            return own.figure("claims.schemes", "Schemes with a claim in numbers", t.schemes)
        if which == "nel":
            count = t.count_by_kind.get("nel", 0)
            return own.figure(
                "claims.non_elective", "Non-elective admissions claimed to be fewer", count
            )
        tariff = sum(
            (r.value_gbp for r in self.rows if r.tariff and r.value_gbp is not None), Decimal(0)
        )
        return own.figure("claims.tariff", "Claimed value at tariff", tariff, format="gbp")

    def grid(self) -> Grid:
        header = ("Scheme", "Claim about", "Fewer", "What exists", "Share", "Value", "What to know")
        rows = tuple(self.row(r) for r in self.rows)
        what = f"in {self.window}" if self.records else "not counted"
        tariff: tuple[Cell, ...] = (
            "All claims at tariff",
            "",
            "",
            "",
            "",
            self.total("value"),
            "not cash",
        )
        note: Line = (
            (f"What exists: {words.days_in(self.rows[0].assessed.period)}.",)
            if self.records and self.rows[0].assessed
            else ()
        )
        if self.records is None:  # nothing was counted: no columns of blanks

            def bare(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
                return (*row[:3], *row[5:])

            names = (*header[:3], *header[5:])
            told = (*map(bare, rows), bare(tariff))
            return Grid("Claimed", names, told, right=(2, 3), total=1)
        return Grid(
            f"Claimed beside what exists ({what})",
            header,
            (*rows, tariff),
            right=(2, 3, 4, 5),
            total=1,
            note=note,
        )

    def row(self, r: _ClaimRow) -> tuple[Cell, ...]:
        own = self.origin.part("plan.yaml: schemes[].claims")
        fewer: Cell = (
            own.figure(f"claim.{r.claim}.claimed", f"{r.scheme}: claimed fewer", r.count)
            if r.count is not None
            else "none printed"
        )
        value: Cell = (
            own.figure(
                f"claim.{r.claim}.value",
                f"{r.scheme}: value {'at tariff' if r.tariff else 'as a cost'}",
                r.value_gbp,
                format="gbp",
            )
            if r.value_gbp is not None
            else "none printed"
        )
        available, share = self.available(r), self.share(r)
        return r.scheme, r.activity, fewer, available, share, value, self.flags(r)

    def available(self, r: _ClaimRow) -> Cell:
        if self.records is None or r.assessed is None or r.assessed.available is None:
            return "not counted"
        shown = self.disclose(r.assessed.available)
        own = self.records.about(r.assessed.period)
        return own.figure(
            f"claim.{r.claim}.available",
            f"{r.scheme}: {r.activity}, what exists",
            "1 to 7" if shown is None else shown,
        )

    def share(self, r: _ClaimRow) -> Cell:
        percent = self._percent(r)
        if percent is None or self.records is None:
            return ""
        return self.records.figure(
            f"claim.{r.claim}.share",
            f"{r.scheme}: claimed as a share of what exists",
            percent,
            format="per_cent",
        )

    def _percent(self, r: _ClaimRow) -> float | None:
        shown = (
            self.disclose(r.assessed.available)
            if r.assessed and r.assessed.available is not None
            else None
        )
        return 100 * r.count / shown if r.count is not None and shown else None

    def flags(self, r: _ClaimRow) -> Line:
        """What has to be heard, loudest first, without any exact count of people."""
        a, out = r.assessed, list[str]()
        if a is not None:
            if _exceeds(a):
                out.append("more than the records hold" if self.partly else "MORE THAN EXISTS")
            together = next(
                (
                    f.split(":")[0].removeprefix("EXCEEDS WHAT EXISTS TOGETHER WITH ")
                    for f in a.flags
                    if f.startswith("EXCEEDS WHAT EXISTS TOGETHER")
                ),
                "",
            )
            if together:
                out.append(
                    f"{'more than the records hold' if self.partly else 'MORE THAN EXISTS'}, together with {together}"
                )
            if a.overlaps:
                named = [o.claim for o in a.overlaps]
                others = words.listing(named) if len(named) <= 3 else f"{len(named)} others"
                out.append(f"the same events are claimed by {others}")
            out += [f for f in a.flags if f.startswith("totals do not know")]
        if r.count is None:
            out.append("no count printed, so only the value can be followed")
        if not r.tariff:
            out.append("printed as a cost, not at tariff")
        return ("; ".join(out),)

    def picture(self) -> list[Block]:
        shown = [(r, p) for r in self.rows if (p := self._percent(r)) is not None]
        if not shown or self.records is None:
            return []
        most = max(shown, key=lambda x: x[1])
        over, aside = (
            len(self.exceeding),
            sum(not any(r is x for x, _ in shown) for r in self.exceeding),
        )
        said = f"The largest claim is {words.percent(most[1], 0)} of what exists ({most[0].scheme})"
        said += (
            f"; {over} of {len(self.rows)} claim more than {'the records hold' if self.partly else 'there is'}"
            + (
                f" ({aside} not drawn: so few exist that the number may not be shown)"
                if aside
                else ""
            )
            if over
            else "; none alone claims more than there is"
        )
        bars = Bars(
            id="claims-share",
            title="Each claim as a share of what exists",
            finding=said,
            measure=f"Claimed, of all such events in {self.window}",
            unit="%",
            rows=tuple(BarRow(f"{r.scheme} ({r.claim})", p) for r, p in shown),
            comparator=Comparator("Everything that exists", 100),
            decimals=0,
        )
        return [Picture(bars, figures_in(self.share(r) for r, _ in shown))]

    def overlaps(self) -> Block:
        pairs: dict[tuple[str, str], int] = {}
        for r in self.rows:
            for o in r.assessed.overlaps if r.assessed else ():
                pairs[min(r.claim, o.claim), max(r.claim, o.claim)] = o.events or 0
        if not pairs or self.records is None:
            return Paragraph(("No two schemes claim to avoid the same events.",))
        name = {r.claim: r.scheme for r in self.rows}
        count = {r.claim: r.count for r in self.rows}
        rows = []
        for (one, two), events in pairs.items():
            shown = self.disclose(events)
            figure = self.records.figure(
                f"overlap.{one}.{two}",
                f"Events that {one} and {two} both select",
                "1 to 7" if shown is None else shown,
            )
            both = (count[one] or 0) + (count[two] or 0)
            neither = count[one] is None and count[two] is None
            rows.append(
                (
                    f"{name[one]} ({one})",
                    f"{name[two]} ({two})",
                    figure,
                    "none printed"
                    if neither
                    else self.origin.figure(
                        f"overlap.{one}.{two}.promised", f"{one} and {two}: claimed together", both
                    ),
                )
            )
        return Grid(
            "Claimed twice: events that two schemes both count on",
            ("Scheme", "And", "Events both select", "Claimed together"),
            tuple(rows),
            right=(2, 3),
            note=("Their claims cannot simply be added: an admission can be avoided once.",),
        )

    # --- the first page ---

    def tiles(self) -> tuple[Tile, ...]:
        out = [
            Tile(
                self.total("value"),
                "claimed, at tariff",
                "not cash: no savings line corresponds",
                "claims",
            )
        ]
        if self.records is not None:
            figure = self.records.figure(
                "claims.exceeding", "Claims of more than exists", len(self.exceeding)
            )
            out.append(
                Tile(
                    figure,
                    "claims of more than exists",
                    "not a test: the records hold only part of the place"
                    if self.partly
                    else "not a test: demonstration people"
                    if self.records.basis == "synthetic"
                    else "",
                    "claims",
                )
            )
        return tuple(out)

    def concern(self) -> tuple[Line, ...]:
        if not self.exceeding or self.records is None or self.partly:
            return ()  # claims for the whole place beside part of its people say nothing
        figure = self.records.figure(
            "claims.exceeding", "Claims of more than exists", len(self.exceeding)
        )
        tail = (
            " On demonstration people: not a test of the claim."
            if self.records.basis == "synthetic"
            else ""
        )
        return (
            (
                figure,
                f" of {words.plural(len(self.rows), 'claim')} {'is' if len(self.exceeding) == 1 else 'are'} for more than exists.{tail} ",
                Jump("See claims", "claims"),
            ),
        )

    def decide(self) -> tuple[Line, ...]:
        if not self.overlapping or self.records is None:
            return ()
        figure = self.records.figure(
            "claims.overlapping",
            "Claims that share their events with another",
            len(self.overlapping),
        )
        return (
            (
                figure,
                " claims count on the same admissions as another scheme: decide which scheme may count them. ",
                Jump("See claimed twice", "claims"),
            ),
        )


def _exceeds(a: Assessed) -> bool:
    return a.claimed is not None and a.available is not None and a.claimed > a.available
