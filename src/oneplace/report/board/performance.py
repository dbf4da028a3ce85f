"""Performance: A&E month by month as XmR charts, and the plan's trajectories beside their
standards.

In: the published A&E rows, the trusts' names, the plan's trajectories and measures, the day of the
paper. Out: a `Chapter`. A month after the day of the paper is not used, so that a paper says what
could be known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from oneplace.measures import MeasureDefinition, Trajectory
from oneplace.measures.forms import Rebase
from oneplace.measures.page import latest_of_month
from oneplace.measures.trajectories import MEETS
from oneplace.methods.spc import Restart as ChartRebase
from oneplace.methods.spc import Xmr, xmr
from oneplace.place.standards import SAID, Pledge, in_force
from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Cell,
    Chapter,
    Grid,
    Heading,
    Icon,
    Jump,
    Line,
    Missing,
    Origin,
    Picture,
    Section,
    Tile,
    Tiles,
    as_line,
    figures_in,
)
from oneplace.report.charts import DatedStandard, Limits, LinePoint, limits_by_segment
from oneplace.report.charts import Line as LineChart
from oneplace.report.charts import RebaseMark as DrawnRebase
from oneplace.report.trace import Figure
from oneplace.report.words import Assurance, Rule, Signal

SIGNAL: dict[str | None, Signal] = {
    None: "common",
    "common_cause": "common",
    "special_cause_concern": "concern",
    "special_cause_improvement": "improvement",
    "special_cause_neutral_high": "neutral",
    "special_cause_neutral_low": "neutral",
}
VARIATION: dict[Signal, str] = {
    "common": "Usual variation",
    "concern": "Change for the worse",
    "improvement": "Change for the better",
    "neutral": "A change",
}
ASSURANCE: dict[str, tuple[Assurance, str]] = {
    "consistent_pass": ("pass", "Standard met every month"),
    "consistent_fail": ("fail", "Standard will not be met"),
    "inconsistent": ("hit_and_miss", "Standard met in some months"),
}


FEW = "too few months"  # of a segment of the chart: no limits, no icon


@dataclass(frozen=True)
class Series:
    """One trust's months: attendances, those over four hours, and emergency admissions by way of
    A&E."""

    code: str
    name: str
    months: tuple[date, ...]
    attendances: tuple[int, ...]
    over: tuple[int, ...]
    admissions: tuple[int | None, ...]
    major: bool

    def within(self) -> list[float | None]:
        return [
            100 * (1 - o / a) if a else None
            for o, a in zip(self.over, self.attendances, strict=True)
        ]


@dataclass(frozen=True)
class Actual:
    """The newest figure beside a planned course: what it is, of which month, whose, and whether
    only a local estimate."""

    figure: Figure
    month: date
    name: str
    estimate: bool


def performance(
    *,
    ae: Sequence[Mapping[str, Any]],
    providers: Mapping[str, str],
    ae_origin: Origin | None,
    trajectories: Sequence[Trajectory],
    measures: Sequence[MeasureDefinition],
    plan_origin: Origin | None,
    on: date,
    four_hours: Sequence[Pledge] = (),
    rebases: Sequence[Rebase] = (),
    actuals: Mapping[str, Actual] = MappingProxyType({}),
) -> Chapter:
    """The section, its annex, and what it says on the first page. `four_hours` are the dated
    standards of waits in A&E, `rebases` the months from which its charts start afresh, `actuals`
    the newest figure of the place for each measure with a planned course."""
    waits = _Waits(series_of(ae, providers, until=on), ae_origin, four_hours, rebases)
    courses = _Courses(trajectories, {m.id: m for m in measures}, plan_origin, on, actuals)
    blocks: tuple[Block, ...] = (*waits.blocks(), *courses.blocks())
    sections = [Section("performance", "Performance", blocks)]
    if waits.annex():
        sections.append(
            Section(
                "ae-months", "A&E attendances and admissions by trust", waits.annex(), annex=True
            )
        )
    tiles = (*waits.tiles(), *courses.tiles())
    return Chapter(
        sections=tuple(sections),
        well=(*waits.well(), *courses.well()),
        concern=(*waits.concern(), *courses.concern()),
        decide=courses.decide(),
        tiles=Tiles("Performance", tiles) if tiles else None,
    )


def series_of(
    rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, until: date
) -> tuple[Series, ...]:
    """One series for each trust, its departments added up, largest first; months after `until` left
    out."""
    sums: dict[str, dict[date, list[int]]] = {}
    major: set[str] = set()
    uncounted: set[tuple[str, date]] = set()
    for r in rows:
        if r["month"] <= until:
            month = sums.setdefault(r["provider_code"], {}).setdefault(r["month"], [0, 0, 0])
            for i, column in enumerate(("attendances", "over_four_hours", "admissions")):
                month[i] += int(r[column] or 0)
            if r["admissions"] is None:
                uncounted.add((r["provider_code"], r["month"]))
            if r["department"] == "1":
                major.add(r["provider_code"])
    found = []
    for code, months in sums.items():
        ordered = sorted(months)
        a, o, e = (tuple(months[m][i] for m in ordered) for i in range(3))
        admitted = tuple(
            None if (code, m) in uncounted else n for m, n in zip(ordered, e, strict=True)
        )
        found.append(
            Series(code, names.get(code, code), tuple(ordered), a, o, admitted, code in major)
        )
    return tuple(sorted(found, key=lambda s: (-sum(s.attendances), s.code)))


# --- waits in A&E --------------------------------------------------------------------------------------------------


class _Waits:
    def __init__(
        self,
        series: Sequence[Series],
        origin: Origin | None,
        standards: Sequence[Pledge],
        rebases: Sequence[Rebase],
    ):
        self.all, self.origin = series, origin
        self.series = [s for s in series if s.major]
        newest = max((s.months[-1] for s in self.series), default=None)
        pledge = in_force(standards, newest) if newest else None
        self.source = pledge.source if pledge else None
        self.standard = float(pledge.value) if pledge else None
        self.charts = {s.code: self._chart(s, rebases) for s in self.series}

    def _chart(self, s: Series, rebases: Sequence[Rebase]) -> Xmr:
        started = [
            ChartRebase(at=s.months.index(r.month), reason=r.reason, author=r.author, on=r.on)
            for r in latest_of_month(rebases, s.code)
            if r.month in s.months
        ]
        return xmr(s.within(), direction="increase", target=self.standard, rebases=started)

    def blocks(self) -> tuple[Block, ...]:
        if not self.series or self.origin is None:
            return (
                Heading("Waits in A&E"),
                Missing(
                    "no A&E figures are in this place's tables for the months before the paper.",
                    "Import the monthly file: oneplace measures import, or tables/ae_monthly.csv.",
                ),
            )
        last = max(s.months[-1] for s in self.series)
        rows = tuple(self._row(s) for s in self.series)
        others = [s.name for s in self.all if not s.major]
        aside = (
            f" Without a major department, and so without a chart: {words.listing(others)}."
            if others
            else ""
        )
        wanted = (
            f"Standard: at least {self.standard:g}% within four hours (in force in {words.month(last)}: {self.source}; the plan does not print it). "
            if self.standard is not None
            else "No dated standard is declared for it. "
        )
        note: Line = (
            f"Every patient of the trust, wherever they live, all departments together. {wanted}The last month published in this place's tables is {words.month(last)}.{aside}",
        )
        header = (
            "Trust",
            "Latest month",
            "Within 4 hours",
            "Mean",
            "Usual range",
            "Variation",
            self._standard("Standard of {:g}%"),
        )
        grid = Grid(
            "Left A&E within four hours of arrival", header, rows, right=(2, 3, 4), note=note
        )
        return Heading("Waits in A&E"), grid, *(self._picture(s) for s in self.series)

    def _standard(self, said: str) -> str:
        return said.format(self.standard) if self.standard is not None else "Standard"

    def _row(self, s: Series) -> tuple[Cell, ...]:
        x, own = self.charts[s.code], self._origin(s)
        latest = own.figure(
            f"ae.{s.code}.within",
            f"{s.name}: within four hours",
            s.within()[-1],
            format="per_cent",
            decimals=1,
        )
        mean = own.figure(
            f"ae.{s.code}.mean",
            f"{s.name}: mean of the months",
            x.mean[-1],
            format="per_cent",
            decimals=1,
        )
        lower = own.figure(
            f"ae.{s.code}.lower",
            f"{s.name}: lower limit",
            x.lower[-1],
            format="per_cent",
            decimals=1,
        )
        upper = own.figure(
            f"ae.{s.code}.upper",
            f"{s.name}: upper limit",
            _capped(x.upper[-1]),
            format="per_cent",
            decimals=1,
        )
        variation, assured = self._icons(x)
        return (
            s.name,
            words.month(s.months[-1]),
            latest,
            mean,
            (lower, " to ", upper),
            variation,
            assured,
        )

    def _origin(self, s: Series) -> Origin:
        assert self.origin is not None
        period = f"{words.short_month(s.months[0])} to {words.short_month(s.months[-1])}"
        return self.origin.about(period, denominator="attendance at the trust")

    def _icons(self, x: Xmr) -> tuple[Icon | str, Icon | str]:
        signal = _latest_signal(x)
        if x.variation_icon is None:
            return FEW, FEW
        assured = ASSURANCE.get(x.assurance) if x.assurance else None
        return Icon("variation", signal, VARIATION[signal]), Icon(
            "assurance", *assured
        ) if assured else "-"

    def _picture(self, s: Series) -> Picture:
        x = self.charts[s.code]
        drawing = LineChart(
            id=f"ae-within-{s.code}",
            title=f"{s.name}: left A&E within four hours",
            finding=_finding(s, x, target=self._standard("{:g}% standard")),
            measure="Left within four hours",
            unit="%",
            points=_points(s.months, x.value, x),
            limits=limits_by_segment(s.months, x.segment, x.mean, x.lower, x.upper),
            targets=(DatedStandard("Standard", self.standard),)
            if self.standard is not None
            else (),
            rebases=tuple(DrawnRebase(s.months[r.at], r.reason) for r in x.rebases),
        )
        row = self._row(s)
        return Picture(
            drawing, figures_in(row), icons=tuple(i for i in self._icons(x) if isinstance(i, Icon))
        )

    def annex(self) -> tuple[Block, ...]:
        attendances = [
            self._counted(s, "attendances", "A&E attendances", s.attendances) for s in self.series
        ]
        title = "emergency admissions by way of A&E"
        admitted = [
            self._counted(s, "admissions", title, s.admissions)
            for s in self.series
            if any(s.admissions)
        ]
        return (*attendances, *admitted)

    def _counted(self, s: Series, what: str, title: str, given: Sequence[int | None]) -> Picture:
        """A trust's monthly count: more is neither better nor worse. Months that nobody counted are
        left out."""
        assert self.origin is not None
        counts = [n for n in given if n is not None]
        s = replace(
            s, months=tuple(m for m, n in zip(s.months, given, strict=True) if n is not None)
        )
        x = xmr(list(map(float, counts)), direction="neutral")
        own = self.origin.about(
            f"{words.short_month(s.months[0])} to {words.short_month(s.months[-1])}"
        )
        label = f"{s.name}: {title} in {words.month(s.months[-1])}"
        drawing = LineChart(
            id=f"ae-{what}-{s.code}",
            title=f"{s.name}: {title}",
            finding=_finding(s, x, unit=what, decimals=0),
            measure=title[0].upper() + title[1:],
            unit=what,
            decimals=0,
            points=_points(s.months, counts, x),
            limits=(Limits(s.months[0], s.months[-1], x.mean[-1], x.lower[-1], x.upper[-1]),),
        )
        return Picture(drawing, (own.figure(f"ae.{s.code}.{what}", label, counts[-1]),))

    def tiles(self) -> tuple[Tile, ...]:
        if not self.series or self.origin is None:
            return ()
        failing = [s for s in self.series if self.charts[s.code].assurance == "consistent_fail"]
        last = max(s.months[-1] for s in self.series)
        figure = self.origin.about(f"to {words.month(last)}").figure(
            "ae.failing",
            "Trusts that will not meet the four-hour standard unless the process changes",
            len(failing),
        )
        total = words.plural(len(self.series), "trust")
        return (
            Tile(
                figure,
                f"of {total} will not meet the A&E standard as they run",
                f"to {words.month(last)}",
                "performance",
            ),
        )

    def concern(self) -> tuple[Line, ...]:
        tile = self.tiles()
        if not tile or not tile[0].figure.value:
            return ()
        last = words.month(max(s.months[-1] for s in self.series))
        trusts = words.plural(len(self.series), "trust")
        said = f" of {trusts} will not meet the four-hour standard as they run now (figures to {last}). "
        return (("A&E: ", tile[0].figure, said, Jump("See performance", "performance")),)

    def well(self) -> tuple[Line, ...]:
        better = [s for s in self.series if _latest_signal(self.charts[s.code]) == "improvement"]
        return tuple(
            (
                f"A&E waits at {s.name} have changed for the better: ",
                *as_line(self._row(s)[2]),
                f" in {words.month(s.months[-1])}.",
            )
            for s in better
        )


def _points(
    months: Sequence[date], values: Sequence[float | None], x: Xmr
) -> tuple[LinePoint, ...]:
    signals: list[Signal] = [SIGNAL[t] for t in x.point_type]
    return tuple(LinePoint(m, v, t) for m, v, t in zip(months, values, signals, strict=True))


def _capped(upper: float | None) -> float | None:
    """A share above 100% is arithmetic, not something that can happen."""
    return None if upper is None else min(upper, 100.0)


def _latest_signal(x: Xmr) -> Signal:
    return SIGNAL[x.variation_icon]


def _finding(
    s: Series, x: Xmr, *, unit: str = "%", decimals: int = 1, target: str = "standard"
) -> str:
    cause = next((c for c in reversed(x.cause) if c is not None), "Common Cause")
    rule = _rule(cause)
    return words.xmr_finding(
        x.value[-1],
        s.months[-1],
        mean=x.mean[-1],
        lower=x.lower[-1],
        upper=x.upper[-1],
        rule=rule,
        signal=_latest_signal(x),
        run_months=_run(x),
        unit=unit,
        decimals=decimals,
        target=target,
        assurance=ASSURANCE[x.assurance][0] if x.assurance else None,
    )


def _rule(cause: str) -> Rule | None:
    if cause in ("Above UCL", "Below LCL"):
        return "outside"
    if "Trend" in cause:
        return "trend"
    if cause.startswith("2 in 3"):
        return "two_of_three"
    return "shift" if cause.startswith("7 Points") else None


def _run(x: Xmr) -> int:
    """How many points at the end share the last one's cause."""
    known = [c for c in x.cause if c is not None]
    count = 0
    for cause in reversed(known):
        if cause != known[-1]:
            break
        count += 1
    return count


# --- the plan's own courses ----------------------------------------------------------------------------------------


class _Courses:
    def __init__(
        self,
        found: Sequence[Trajectory],
        measures: Mapping[str, MeasureDefinition],
        origin: Origin | None,
        on: date,
        actuals: Mapping[str, Actual],
    ):
        self.found, self.measures, self.origin, self.on, self.actuals = (
            found,
            measures,
            origin,
            on,
            actuals,
        )
        # Beside a planned month stands what came in that month; the newest such pair says whether
        # the course is kept.
        newest = (
            (t, next((p for p in reversed(t.points) if p.actual is not None), None)) for t in found
        )
        self.beside = {
            t.measure: MEETS[t.operator](p.actual, p.planned)
            for t, p in newest
            if p is not None and p.actual is not None
        }

    def title(self, t: Trajectory) -> str:
        known = self.measures.get(t.measure)
        return known.title if known else t.measure

    def blocks(self) -> tuple[Block, ...]:
        if not self.found or self.origin is None:
            return (
                Heading("The plan's trajectories"),
                Missing(
                    "the plan has no trajectories.",
                    "Put planned values by month into tables/trajectories.csv.",
                ),
            )
        rows = tuple(self._row(t) for t in self.found)
        header = (
            "Measure",
            "Standard",
            f"Planned, {words.month(self.on)}",
            "Latest actual",
            "Whose actual",
            "Planned, last",
            "First planned to meet",
            "Promised in summary",
            "Plan keeps the promise",
        )
        if self.beside:
            said: Line = (
                f"Actual figures stand beside the planned ones for {len(self.beside)} of {words.plural(len(self.found), 'measure')}.",
            )
        else:
            said = (
                "No actual figure has been received for any of these measures: what follows is what was planned, not what happened.",
            )
        grid = Grid("Planned course beside the standard", header, rows, right=(2, 3, 5), note=said)
        return Heading("The plan's trajectories"), grid, *(self._picture(t) for t in self.found)

    def _standard(self, t: Trajectory, value: Decimal) -> str:
        return f"{SAID[t.operator]} {_said(value, t.unit)}"

    def _own(self, t: Trajectory) -> Origin:
        assert self.origin is not None
        period = f"{t.points[0].period} to {t.points[-1].period}"
        known = self.measures.get(t.measure)
        return self.origin.about(period, denominator=(known.denominator or "") if known else "")

    def _row(self, t: Trajectory) -> tuple[Cell, ...]:
        own, title = self._own(t), self.title(t)
        here = next((p for p in t.points if p.period.covers(self.on)), None)
        decimals = words.decimals_for([p.planned for p in t.points])
        form: Any = {"format": "per_cent"} if t.unit.startswith("%") else {"unit": t.unit}
        now = (
            own.about(_when(here.period)).figure(
                f"trajectory.{t.measure}.now",
                f"{title}: planned for {here.period}",
                here.planned,
                decimals=decimals,
                **form,
            )
            if here
            else "outside the plan"
        )
        last = t.points[-1]
        end = own.figure(
            f"trajectory.{t.measure}.last",
            f"{title}: planned for {last.period}",
            last.planned,
            decimals=decimals,
            **form,
        )
        standards = list(dict.fromkeys(self._standard(t, p.standard) for p in t.points))
        promised = _when(t.promised) if t.promised else "no promise printed"
        kept = {True: "yes", False: "no", None: "-"}[t.promised_met]
        meets = own.figure(
            f"trajectory.{t.measure}.meets",
            f"{title}: first planned to meet",
            _first(t),
            format="text",
        )
        came = self.actuals.get(t.measure)
        actual: Cell = (came.figure, f" in {words.month(came.month)}") if came else "none received"
        return (
            title,
            ", then ".join(standards),
            now,
            actual,
            came.name if came else "",
            end,
            meets,
            promised,
            kept,
        )

    def _picture(self, t: Trajectory) -> Picture:
        title, row = self.title(t), self._row(t)
        steps = _steps([(p.period.start, p.standard) for p in t.points])
        unit = "%" if t.unit.startswith("%") else t.unit
        first = _first(t)
        said = (
            f"Planned to meet the standard of {row[1]} from {first}"
            if t.first_meeting
            else f"Not planned to meet the standard of {row[1]} in the plan's period"
        )
        if t.first_meeting and t.first_staying != t.first_meeting:
            said += (
                ", but not to hold it"
                if t.first_staying is None
                else f", and to hold it from {_when(t.first_staying)}"
            )
        if t.promised_met is False:
            said += (
                f"; the summary's promise for {_when(t.promised)} is not met by the planned value"
            )
        actual = tuple(
            LinePoint(p.period.start, p.actual) for p in t.points if p.actual is not None
        )
        drawing = LineChart(
            id=f"trajectory-{t.measure}",
            title=f"{title}: planned course",
            finding=said,
            measure=title,
            unit=unit,
            points=actual,
            targets=tuple(DatedStandard("Standard", v, start, end) for start, end, v in steps),
            trajectory=tuple((p.period.start, p.planned) for p in t.points),
            decimals=words.decimals_for([p.planned for p in t.points]),
        )
        return Picture(drawing, figures_in(row), note="" if unit == t.unit else f"In {t.unit}.")

    def tiles(self) -> tuple[Tile, ...]:
        """How many keep to the plan's course by what came; where nothing has come, how many were
        planned to meet their standard."""
        if not self.found or self.origin is None:
            return ()
        if self.beside:
            label = "Measures whose newest actual figure is as planned or better"
            kept = self.origin.about(words.month(self.on)).figure(
                "trajectory.as_planned", label, sum(self.beside.values())
            )
            said = f"of {words.plural(len(self.beside), 'measure')} with an actual figure {_are(len(self.beside))} as planned or better"
            return (Tile(kept, said, self._whose(), "performance"),)
        now = [p.planned_meets for t in self.found for p in t.points if p.period.covers(self.on)]
        count = self.origin.about(words.month(self.on)).figure(
            "trajectory.meeting_now", "Measures planned to meet their standard now", sum(now)
        )
        return (
            Tile(
                count,
                f"of {words.plural(len(self.found), 'measure')} planned to meet the standard in {words.month(self.on)}",
                "no actual figure stands beside the plan's course",
                "performance",
            ),
        )

    def _whose(self) -> str:
        estimates = [m for m in self.beside if m in self.actuals and self.actuals[m].estimate]
        return (
            "local estimates"
            if len(estimates) == len(self.beside)
            else ""
            if not estimates
            else f"{len(estimates)} of them local estimates"
        )

    def well(self) -> tuple[Line, ...]:
        """Only what happened: that a plan gets there on paper is no news, and a local estimate
        gives no verdict."""
        good = [t for t in self.found if self.beside.get(t.measure) and t.measure in self.actuals]
        return tuple(
            (
                f"{self.title(t)}: as planned or better, ",
                self.actuals[t.measure].figure,
                f" in {words.month(self.actuals[t.measure].month)} ({self.actuals[t.measure].name}). ",
                Jump("See trajectories", "performance"),
            )
            for t in good
            if not self.actuals[t.measure].estimate
        )

    def concern(self) -> tuple[Line, ...]:
        tile = self.tiles()
        if not tile:
            return ()
        if self.beside:
            behind = [t for t in self.found if self.beside.get(t.measure) is False]
            if not behind or self.origin is None:
                return ()
            names = words.listing([self.title(t) for t in behind])
            count = self.origin.figure(
                "trajectory.behind", "Measures behind the plan's course", len(behind)
            )
            by = self._whose()
            said = f" of {words.plural(len(self.beside), 'measure')} with an actual figure {_are(len(behind))} behind the plan's course{f' ({by})' if by else ''}: {names}. "
            return ((count, said, Jump("See trajectories", "performance")),)
        return (
            (
                tile[0].figure,
                f" of {words.plural(len(self.found), 'measure')} are planned to meet their standard in {words.month(self.on)}, and no actual figure stands in the plan's table beside any.",
            ),
        )

    def decide(self) -> tuple[Line, ...]:
        broken = [t for t in self.found if t.promised_met is False]
        return tuple(
            (
                f"{self.title(t)}: the summary promises more than the plan's own course gives in {_when(t.promised)}. Which of the two stands? ",
                Jump("See trajectories", "performance"),
            )
            for t in broken
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _said(value: Decimal, unit: str) -> str:
    decimals = words.decimals_for([value])
    return (
        words.percent(value, decimals)
        if unit.startswith("%")
        else words.quantity(value, unit, decimals)
    )


def _first(t: Trajectory) -> str:
    return _when(t.first_meeting) if t.first_meeting else "not in the plan's period"


def _when(period: Any) -> str:
    """ "March 2020" for a month, "July to September 2019" for a quarter."""
    start, end = period.start, period.end
    if end is not None and (start.year, start.month) != (end.year, end.month):
        if start.year == end.year:
            return f"{words.MONTHS[start.month - 1]} to {words.month(end)}"
        return f"{words.month(start)} to {words.month(end)}"
    return words.month(start)


def _steps(
    standards: Sequence[tuple[date, Decimal]],
) -> list[tuple[date | None, date | None, Decimal]]:
    """A standard that changes in the period, as targets with the days on which each is in force."""
    out: list[tuple[date | None, date | None, Decimal]] = []
    for i, (start, value) in enumerate(standards):
        if i == 0 or value != standards[i - 1][1]:
            if out:
                out[-1] = (out[-1][0], standards[i - 1][0], out[-1][2])
            out.append((None if i == 0 else start, None, value))
    return out
