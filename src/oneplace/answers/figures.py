"""Every figure that a reader meets, each with its trace: one list for pages, papers and the command
line.

In: a session and a day. Out: `Figure`s by their ids. A figure's first word names its family, and
the family says who may read it and how it is worked out, so the same figure can be asked of the
place as it is and of the place as it stood (`answers.why`). Counts of people that leave a team's
own pages pass the place's rule for what leaves it, here as in the paper.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, cast

from oneplace.answers import agenda as agenda_of
from oneplace.answers import (
    arrivals,
    assured,
    claims,
    comparing,
    people,
    performance,
    position,
    refusals,
)
from oneplace.answers.measured import figures_of_measure
from oneplace.answers.paper_values import CHAPTERS, LISTED, ChapterOf, Gathered
from oneplace.answers.plan import EVERYTHING, returns_of
from oneplace.answers.protecting import profile_of
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, IMPORTS, behind, rests_on
from oneplace.answers.session import Session
from oneplace.answers.written import entries, planned_on, written_digest, written_on
from oneplace.engines import store
from oneplace.faults import InputAtFault
from oneplace.plan.programme import Plan, Scheme
from oneplace.plan.scheme import delivery_status, milestone_states
from oneplace.report.board.milestones import items as steps
from oneplace.report.board.paper import Origin, figures_in_parts
from oneplace.report.trace import Basis, Figure, Item, Source

Audience = Literal["plan", "money", "risks", "board", "analysis", "team"]
Figures = Mapping[str, Figure]
WEEK = dt.timedelta(days=7)
MOST_UNITS = 120
"""Of more units than these, only the highest, the lowest and all together have a story of their
own."""


@dataclass(frozen=True)
class Family:
    """Figures that are worked out together. `about` says which part of an id narrows the question:
    a measure, a team. What they rest on is declared where they are made. `chapter`: the chapter of
    the paper that gives them."""

    name: str
    audience: Audience
    ask: Callable[[Session, dt.date, tuple[str, ...]], Figures]
    about: int = 0
    moves_with_the_day: bool = False
    chapter: ChapterOf | None = None

    @property
    def rests_on(self) -> frozenset[str]:
        """Of the build, the documents, what was imported, the day and the tables of entries, all
        that they are made of."""
        return behind(self.ask if self.chapter is None else self.chapter)


def _of(name: str, audience: Audience, *, moves_with_the_day: bool = False) -> Family:
    chapter = CHAPTERS[name]

    def ask(session: Session, on: dt.date, _about: tuple[str, ...]) -> Figures:
        return figures_in_parts([chapter(session, on)])

    return Family(name, audience, ask, moves_with_the_day=moves_with_the_day, chapter=chapter)


def family_of(figure_id: str) -> Family | None:
    """Who knows this figure; None where nobody does."""
    return FAMILIES.get(figure_id.split(".")[0])


def about(figure_id: str, family: Family) -> tuple[str, ...]:
    """What has to be known to work the figure out: the measure it is of, the team."""
    return tuple(figure_id.split(".")[1 : 1 + family.about])


def figure(session: Session, figure_id: str, *, on: dt.date) -> Figure | None:
    """One figure as the place gives it on the day; None where it gives none."""
    family = family_of(figure_id)
    return (
        None if family is None else family.ask(session, on, about(figure_id, family)).get(figure_id)
    )


# --- the programme's pages ---------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, "returns")
def programme(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Figures:
    """What needs the planner: due within a week, slipped, returns in and missing, schemes late or
    slipping by what came in; and each scheme's."""
    plan, origin = session.plan_documents.plan, planned_on(session, on, "plan.yaml")
    if plan is None or origin is None:
        return {}
    returns = returns_of(session.entries)
    states = milestone_states(plan, on=on, returns=returns, known=EVERYTHING)
    week = [
        s
        for s in states
        if s.state in ("due", "late") and (e := _end(s)) is not None and on <= e <= on + WEEK
    ]
    slipped = [s for s in states if s.forecast and (e := _end(s)) is not None and s.forecast > e]
    sent = {r["scheme"] for r in entries(session, "returns") if r["month"] == on.replace(day=1)} & {
        s.id for s in plan.schemes
    }
    troubled = {
        d.scheme
        for d in delivery_status(plan, on=on, returns=returns, known=EVERYTHING)
        if d.colour in ("red", "amber")
    }

    def schemes(ids: set[str]) -> list[Item]:
        return [Item(s.id, f"{s.id} {s.name}") for s in plan.schemes if s.id in ids]

    every = {s.id for s in plan.schemes}
    figures = [
        origin.figure(
            "programme.week", "Milestones due in the next 7 days", len(week), items=steps(week)
        ),
        origin.figure(
            "programme.slipped",
            "Milestones forecast later than planned",
            len(slipped),
            items=steps(slipped),
        ),
        origin.figure(
            "programme.returns", "Returns sent for the month", len(sent), items=schemes(sent)
        ),
        origin.figure(
            "programme.missing",
            "Schemes without a return for the month",
            len(every - sent),
            items=schemes(every - sent),
        ),
        origin.figure(
            "programme.troubled",
            "Schemes late or slipping by their returns",
            len(troubled),
            items=schemes(troubled),
        ),
    ]
    return {f.trace.figure_id: f for f in (*figures, *_of_schemes(plan, states, origin))}


def _end(state: Any) -> dt.date | None:
    due = state.milestone.due
    return due.end if due else None


def _late(own: Origin, s: Scheme, late: list[Any]) -> Figure:
    return own.figure(
        f"scheme.{s.id}.late", f"{s.name}: milestones late", len(late), items=steps(late)
    )


def _of_schemes(plan: Plan, states: Any, origin: Origin) -> list[Figure]:
    late = [s for s in states if s.state == "late"]
    found = []
    for s in plan.schemes:
        value = sum((c.value_gbp or Decimal(0) for c in s.claims), Decimal(0))
        own = origin.part(f"plan.yaml: schemes[{s.id}]")
        found += [
            own.figure(f"scheme.{s.id}.milestones", f"{s.name}: milestones", len(s.milestones)),
            _late(own, s, [x for x in late if x.scheme.id == s.id]),
            own.figure(f"scheme.{s.id}.claims", f"{s.name}: claims in numbers", len(s.claims)),
            own.figure(
                f"scheme.{s.id}.value", f"{s.name}: claimed value", value, unit="GBP", format="gbp"
            ),
        ]
        for c in s.claims:
            said = own.part(f"plan.yaml: schemes[{s.id}].claims[{c.id}]")
            if c.count is not None:
                found.append(
                    said.figure(f"claimed.{c.id}.fewer", f"{s.name}: claimed fewer", c.count)
                )
            if c.value_gbp is not None:
                found.append(
                    said.figure(
                        f"claimed.{c.id}.value",
                        f"{s.name}: claimed value",
                        c.value_gbp,
                        unit="GBP",
                        format="gbp",
                    )
                )
    return found


# --- performance -------------------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY, *performance.OF_CHARTS)
def measure(session: Session, on: dt.date, about: tuple[str, ...]) -> Figures:
    """One measure of one organisation: its latest month, the mean of the months, its standard, the
    chance of meeting it."""
    id, code = (*about, "", "")[:2]
    try:
        page = performance.measure_page(session, id, code or None, on=on)
    except InputAtFault:
        return {}
    return {f.trace.figure_id: f for f in figures_of_measure(session, page, on)}


@rests_on(
    BUILD, DOCUMENTS, IMPORTS, DAY, *performance.OF_CHARTS, "board_decisions", "compliance_evidence"
)
def goals(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Figures:
    """How many goals are met, not met, without a figure; how many measures need attention; how many
    pledges are missed."""
    answer = performance.goals(session, on=on)
    attention = performance.exceptions(session, on=on)["exceptions"]
    missed = performance.breaches(session, on=on)["breaches"]
    own = Origin(
        basis=cast(Basis, session.basis),
        as_at=on,
        source=Source("query", "every goal beside its newest figure"),
        build_id=session.build_id,
        period=f"on {on.isoformat()}",
        data_digest=store.records_digest(session.manifest) if session.manifest else None,
    ).defined(
        session.digests,
        "standards.yaml",
        *(n for n in session.digests if n.startswith("measures/")),
    )
    names = {
        "met": "Goals met",
        "not met": "Goals not met",
        "estimate": "Goals with a local estimate only",
        "no data": "Goals without a figure",
        "deliverable": "Deliverables",
    }
    found = [
        own.figure(f"goals.{k.replace(' ', '_')}", n, answer["counts"][k]) for k, n in names.items()
    ]
    found.append(own.figure("goals.attention", "Measures that need attention", len(attention)))
    found.append(own.figure("goals.breaches", "Pledges of the Constitution missed", len(missed)))
    return {f.trace.figure_id: f for f in found}


@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY)
def waiting(session: Session, on: dt.date, about: tuple[str, ...]) -> Figures:
    """The waiting list of a kind of referral as stock and flow."""
    kind = (*about, "")[0]
    try:
        a = performance.waiting_list(session, kind=kind, on=on)
    except (InputAtFault, KeyError):
        return {}
    if a.get("why_none") or session.manifest is None:
        return {}
    own = Origin(
        basis=cast(Basis, a["basis"]),
        as_at=on,
        source=Source("query", f"referrals of the kind {kind}"),
        build_id=session.build_id,
        period=f"at the end of {a['at_end_of'][:7]}",
        data_digest=store.records_digest(session.manifest),
    )
    flow, title = a["a_month"], kind.replace("_", " ")
    figures = [
        own.figure(f"waiting.{kind}.size", f"Waiting for {title}", a["size"]),
        own.figure(
            f"waiting.{kind}.share",
            f"Waiting for {title}: under 18 weeks",
            100 * a["share_within_18_weeks"],
            unit="%",
            format="per_cent",
            decimals=1,
        ),
        own.figure(
            f"waiting.{kind}.joining", f"Waiting for {title}: join a month", round(flow["joining"])
        ),
        own.figure(
            f"waiting.{kind}.treated",
            f"Waiting for {title}: are treated a month",
            round(flow["treated"]),
        ),
    ]
    relief = round(a["queue"]["relief_capacity_a_week"])
    figures.append(
        own.figure(f"waiting.{kind}.relief", f"Waiting for {title}: relief capacity a week", relief)
    )
    if a["load"]["load"] is not None:
        label = f"Waiting for {title}: load, joining over leaving"
        figures.append(own.figure(f"waiting.{kind}.load", label, a["load"]["load"], decimals=2))
    return {f.trace.figure_id: f for f in figures}


@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY)
def compared(session: Session, on: dt.date, about: tuple[str, ...]) -> Figures:
    """A measure unit beside unit inside the place: all together, the highest, the lowest, how many
    stand out."""
    what, by = (*about, "", "")[:2]
    try:
        c = comparing.compare(session, what, cast(comparing.By, by), on=on)
    except InputAtFault:
        return {}
    return of_compared(session, c, what, by)


def of_compared(session: Session, c: Mapping[str, Any], what: str, by: str) -> Figures:
    """The figures of one comparison: of the newest period beside all others as every page has it,
    or of what a reader chose."""
    shown = [r for r in c["rows"] if r.get("value") is not None]
    if not c["compared"] or not shown:
        return {}
    own = Origin(
        basis=cast(Basis, c["basis"]),
        as_at=session.as_of,
        source=Source("query", f"{c['title']} by {by}", c["suppression"]),
        build_id=session.build_id,
        period=str(c.get("period") or c.get("month") or ""),
        denominator=c.get("denominator") or "",
        data_digest=store.records_digest(session.manifest) if session.manifest else None,
    ).defined(session.digests, "features.yaml", f"measures/{what}.yaml")
    top, low = max(shown, key=lambda r: r["value"]), min(shown, key=lambda r: r["value"])
    stem, title = f"compare.{what}.{by}", c["title"]
    out = sum("0.001" in (r["significance"] or "") for r in shown)
    figures = [
        own.figure(f"{stem}.average", f"{title}: all together", c["average"], decimals=1),
        own.figure(
            f"{stem}.highest", f"{title}: the highest, {top['name']}", top["value"], decimals=1
        ),
        own.figure(
            f"{stem}.lowest", f"{title}: the lowest, {low['name']}", low["value"], decimals=1
        ),
        own.figure(f"{stem}.outside", f"{title}: beyond the 99.8% limits", out),
    ]
    if len(shown) <= MOST_UNITS:
        figures += [
            own.figure(f"{stem}.of.{r['code']}", f"{title}: {r['name']}", r["value"], decimals=1)
            for r in shown
        ]
    gain = (c.get("opportunity") or {}).get("gain")
    if gain:
        figures.append(
            own.figure(f"{stem}.gain", f"{title}: if the worst fifth reached the median", gain)
        )
    return {f.trace.figure_id: f for f in figures}


@rests_on(BUILD, DOCUMENTS)
def inside(session: Session, on: dt.date, about: tuple[str, ...]) -> Figures:
    """What exists beside one claim, by the rule for who holds the records: exact where the paper's
    own figure is rounded."""
    if session.build is None or not session.build.facts.exists():
        return {}
    rule = profile_of(session, "inside")
    origin = Gathered(session, on).records
    found = next((c for c in claims.shown(session, "inside") if c.claim in about), None)
    if origin is None or found is None:
        return {}
    own = origin.part("events that a promise selects", "query", note=rule.sentence)
    own = replace(own, plan_digest=session.digests.get("plan.yaml")).about(found.period)
    stem, title = f"exists.{found.claim}", f"{found.scheme_name}: {found.activity}"
    figures = []
    if found.available is not None:
        figures.append(
            own.figure(f"{stem}.available", f"{title}, by the rule inside", found.available)
        )
    if found.share_percent is not None:
        label = f"{title}, claimed of all there are, by the rule inside"
        figures.append(
            own.figure(
                f"{stem}.share", label, found.share_percent, format="per_cent", unit="%", decimals=1
            )
        )
    return {f.trace.figure_id: f for f in figures}


# --- what a build says of itself ---------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, "feed_decisions")
def of_build(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Figures:
    """Rows accepted and refused, checks, codes without a meaning, how close made people are to
    published totals, the risk model."""
    manifest = session.manifest
    if manifest is None:
        return {}
    own, checks = _manifest_of(session), manifest.get("quality", [])
    found = [
        own.figure("feeds.accepted", "Rows accepted", sum(manifest["tables"].values())),
        own.figure("feeds.refused", "Rows refused", sum(manifest["rejects"].values())),
        own.figure("feeds.failed", "Checks failed", sum(not c["passed"] for c in checks)),
        _decided(session, on),
        own.figure(
            "feeds.unmapped",
            "Codes that no list maps",
            manifest["results"].get("unmapped_codes", 0),
        ),
        *(
            own.figure(f"feeds.{t}.accepted", f"{t}: rows accepted", n)
            for t, n in manifest["tables"].items()
        ),
        *calibrated(session, manifest["figures"]).values(),
    ]
    test = manifest.get("model", {}).get("test") or {}
    risk = own.defined(session.digests, "risk.yaml", "features.yaml")
    for key, label, decimals in (
        ("auc", "discrimination (AUC)", 3),
        ("calibration_slope", "calibration slope", 2),
        ("observed_to_expected", "observed over expected", 3),
        ("brier", "Brier score", 4),
    ):
        if test.get(key) is not None:
            found.append(
                replace(risk, basis="modelled").figure(
                    f"feeds.model.{key}", f"Risk model: {label}", test[key], decimals=decimals
                )
            )
    return {f.trace.figure_id: f for f in found}


def _manifest_of(session: Session) -> Origin:
    return Origin(
        basis=cast(Basis, session.basis),
        as_at=session.as_of,
        source=Source("query", "the build's manifest"),
        build_id=session.build_id,
        period=f"on {session.as_of.isoformat()}",
        data_digest=store.records_digest(session.manifest or {}),
    )


def _decided(session: Session, on: dt.date) -> Figure:
    """How many tables of the build somebody has accepted to publish from."""
    mine = [r for r in entries(session, "feed_decisions") if r["build"] == session.build_id]
    own = written_on(session, on, "feed_decisions").about(f"of the build {session.build_id}")
    return own.figure(
        "feeds.decided", "Tables accepted", sum(r["state"] == "accepted" for r in mine)
    )


@rests_on(BUILD, DOCUMENTS)
def refused(session: Session, on: dt.date, about: tuple[str, ...]) -> Figures:
    """The refused rows of one table that the build keeps to be looked at."""
    name = (*about, "")[0]
    if session.manifest is None or name not in session.manifest["tables"]:
        return {}
    kept = sum(r["table_name"] == name for r in arrivals.rejects(session))
    own = Origin(
        basis=cast(Basis, session.basis),
        as_at=session.as_of,
        source=Source("query", "the build's refused rows"),
        build_id=session.build_id,
        period=f"on {session.as_of.isoformat()}",
        data_digest=store.records_digest(session.manifest),
    )
    return {f"refused.{name}": own.figure(f"refused.{name}", f"{name}: refused rows kept", kept)}


def calibrated(session: Session, rows: Sequence[Mapping[str, Any]]) -> Figures:
    """How close what was made is to what is published, over some rows of a build's calibration or
    all."""
    off = [
        100 * (f["made"] - f["target"]) / f["target"] if f["target"] else 0.0
        for f in rows
        if f["target"] or not f["made"]
    ]
    if not off:
        return {}
    own = _manifest_of(session)
    share: dict[str, Any] = {"unit": "%"}
    figures = (
        own.figure("feeds.calibration.compared", "Published figures compared", len(rows)),
        own.figure(
            "feeds.calibration.within_1",
            "Within 1% of what was published",
            100 * sum(abs(x) <= 1 for x in off) / len(off),
            format="per_cent",
            **share,
        ),
        own.figure(
            "feeds.calibration.within_5",
            "Within 5% of what was published",
            100 * sum(abs(x) <= 5 for x in off) / len(off),
            format="per_cent",
            **share,
        ),
        own.figure(
            "feeds.calibration.furthest",
            "The furthest off what was published",
            max(off, key=abs),
            decimals=1,
            format="signed_per_cent",
            **share,
        ),
    )
    return {f.id: f for f in figures}


# --- a team's own figures ----------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, *agenda_of.WRITTEN, "requests")
def team(session: Session, on: dt.date, about: tuple[str, ...]) -> Figures:
    """A team's exact counts, for those who may see its list: registered, register, agenda, actions.
    Nobody whom a wish keeps from the session's reader is in a count of a list or of what was
    written; where that cannot be known there is none."""
    code, manifest = (*about, "")[0], session.manifest
    one = (
        next((x for x in manifest["overview"]["lists"] if x["team"] == code), None)
        if manifest
        else None
    )
    if one is None or manifest is None:
        return {}
    built = Origin(
        basis=cast(Basis, session.basis),
        as_at=session.as_of,
        source=Source("query", "the build's lists"),
        build_id=session.build_id,
        period=f"on {session.as_of.isoformat()}",
        data_digest=store.records_digest(manifest),
    )
    lists = built.defined(session.digests, *LISTED)
    written = Origin(
        basis="supplied",
        as_at=on,
        source=Source("table", "actions"),
        period=f"on {on.isoformat()}",
        entries_at=session.opened_at,
        data_digest=written_digest(session, "actions"),
        said=True,
    )
    waiting = [a for a in _written(session, "actions", code) if a["state"] == "open"]
    figures = [
        built.figure(f"list.{code}.registered", "Registered with the team", one["registered"]),
        written.figure(f"list.{code}.actions", "Open actions", len(waiting)),
        written.figure(
            f"list.{code}.overdue", "Overdue actions", sum(a["due_on"] < on for a in waiting)
        ),
    ]
    register, stand, frozen = (
        _as_it_was(session, one, on) if _is_past(session) else _today(session, code, on)
    )
    if register is not None:
        figures.append(lists.figure(f"list.{code}.register", "On the team's register", register))
    asked = [r for r in _written(session, "requests", code) if r["state"] == "asked"]
    requests = replace(
        written, source=Source("table", "requests"), data_digest=written_digest(session, "requests")
    )
    figures.append(requests.figure(f"list.{code}.requests", "Requests to answer", len(asked)))
    agenda = replace(
        lists,
        as_at=on,
        period=f"on {on.isoformat()}",
        data_digest=None,
        entries_at=session.opened_at,
    )
    if frozen:
        agenda = replace(
            agenda,
            source=Source("table", "agenda_lines"),
            build_id=None,
            defined_in=(),
            document_digest=None,
        )
    if stand is not None:
        figures.append(agenda.figure(f"list.{code}.agenda", "On the agenda", stand))
    return {f.trace.figure_id: f for f in figures}


def _is_past(session: Session) -> bool:
    """Whether a build's list is told as it was: of an earlier stand, or where its rows are kept no
    more."""
    return session.earlier or session.build is None or not session.build.facts.exists()


def _today(session: Session, code: str, on: dt.date) -> tuple[int | None, int | None, bool]:
    """How many are on the team's register and on its next agenda, and whether that was frozen: as
    its pages list them."""
    next_one = agenda_of.upcoming(session, code, on, people.caseload(session, code)["people"])
    return people.register_size(session, code), next_one.people, next_one.frozen is not None


def _as_it_was(
    session: Session, one: Mapping[str, Any], on: dt.date
) -> tuple[int | None, int | None, bool]:
    """The same as the build had it, without those whom a wish keeps from the reader; None where
    that cannot be known."""
    kept, frozen = refusals.kept_from(session, one["team"]), _frozen(session, one["team"], on)
    register, proposed = (
        (one["register"] - kept[0], one["agenda"] - kept[1]) if kept is not None else (None, None)
    )
    return register, proposed if frozen is None else frozen, frozen is not None


def _written(session: Session, name: str, code: str) -> list[dict[str, Any]]:
    """What the team wrote about people whom the session's reader sees."""
    sees = session.reader.shows if session.reader else _everybody
    return [e for e in entries(session, name) if e["team_code"] == code and sees(e["person_id"])]


def _everybody(_person: int) -> bool:
    return True


def _frozen(session: Session, code: str, on: dt.date) -> int | None:
    """How many whom the reader's meeting may discuss stand on the team's frozen agenda for its next
    meeting; None where none is frozen."""
    agendas = [
        a
        for a in entries(session, "agendas")
        if a["team_code"] == code and a["meets_on"] >= on and a["state"] != "draft"
    ]
    if not agendas:
        return None
    following: int = min(agendas, key=lambda a: a["meets_on"])["id"]
    lines = [
        line["person_id"]
        for line in entries(session, "agenda_lines")
        if line["agenda_id"] == following
    ]
    return sum(agenda_of.discusses(session, person) for person in lines)


_BY_WORD: tuple[tuple[tuple[str, ...], Family], ...] = (
    (
        ("people", "records", "segment", "condition", "teams", "caseload", "neighbourhood", "team"),
        _of("place", "board"),
    ),
    (("ae", "trajectory"), _of("performance", "board", moves_with_the_day=True)),
    (("milestones", "milestone", "schemes"), _of("milestones", "plan")),
    (("claims", "claim", "overlap"), _of("claims", "board")),
    (("activity",), _of("activity", "board")),
    (("money",), _of("money", "money")),
    (("sii", "life", "map", "fifth"), _of("inequality", "board")),
    (("programme", "scheme", "claimed"), Family("programme", "plan", programme)),
    (("savings",), Family("savings", "money", position.savings)),
    (("effects",), Family("effects", "money", position.effects)),
    (("exists",), Family("exists", "analysis", inside, about=1)),
    (("measure",), Family("measure", "board", measure, about=2, moves_with_the_day=True)),
    (("goals",), Family("goals", "board", goals, moves_with_the_day=True)),
    (("waiting",), Family("waiting", "board", waiting, about=1, moves_with_the_day=True)),
    (("position",), Family("position", "money", position.position)),
    (("risks",), Family("risks", "risks", assured.risks)),
    (("framework",), Family("framework", "risks", assured.framework)),
    (("duties",), Family("duties", "risks", assured.duties, about=1)),
    (("compare",), Family("compare", "analysis", compared, about=2)),
    (("feeds",), Family("feeds", "analysis", of_build)),
    (("refused",), Family("refused", "analysis", refused, about=1)),
    (("list",), Family("list", "team", team, about=1)),
)
FAMILIES: dict[str, Family] = {word: family for found, family in _BY_WORD for word in found}


def whole_families(session: Session) -> tuple[Family, ...]:
    """Every family that is asked for as a whole and that this place has: those of the plan's pages
    want a plan, the others say themselves what they have not."""
    planned = session.plan_documents.plan is not None
    found = {f.name: f for f in FAMILIES.values() if f.about == 0}
    return tuple(
        f for f in found.values() if planned or f.audience not in ("plan", "money", "risks")
    )


def tables_behind(session: Session, family: Family, found: Figure) -> frozenset[str]:
    """The tables of the place that a figure rests on. They are replaced whole and no versions of
    them are kept."""
    name = found.trace.source.name
    named = (
        {name.removeprefix("tables/").removesuffix(".csv")} if name.startswith("tables/") else set()
    )
    if family.name in ("measure", "goals", "performance"):
        wanted = {about(found.trace.figure_id, family)[0]} if family.name == "measure" else None
        for m in session.plan_documents.measures:
            if m.from_table is not None and (wanted is None or m.id in wanted):
                named.add(m.from_table.table)
    return frozenset(n for n in named if session.place.has(n))
