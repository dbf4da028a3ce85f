"""What people wrote on the site and what it says now: one line for each entry, for the paper and
for the first pages alike.

In: rows of `tables.entries` and the names of what they are about. Out: `Entered` lines by the kind
of entry, and the sections of the paper that hold them. Entries about a person are no lines here:
they leave a team's own pages as counts only (`PERSONAL`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from oneplace.plan.assurance.framework import HeldRisk
from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Chapter,
    Grid,
    Jump,
    Line,
    Paragraph,
    Section,
    Tile,
    Tiles,
)
from oneplace.report.trace import Figure

Row = Mapping[str, Any]
PERSONAL = frozenset(
    {
        "agendas",
        "agenda_lines",
        "reviews",
        "actions",
        "service_referrals",
        "agenda_changes",
        "notes",
        "requests",
        "objections",
        "withholdings",
        "proxies",
        "retention_decisions",
    }
)
"""Entries about people: never a line in a paper or on a page that is not the team's."""
RATINGS = {
    "not_started": "not started",
    "on_track": "on track",
    "at_risk": "at risk",
    "off_track": "off track",
    "complete": "complete",
}
GATES = {
    "mandate": "mandate",
    "outline_case": "outline case",
    "quality_impact": "quality impact assessment",
    "full_case": "full business case",
    "delivery": "into delivery",
    "closure": "closure",
}
FINDINGS = {"works": "it works", "partly": "it works in part", "fails": "it does not work"}
STAGES = {
    "identified": "identified",
    "in_development": "in development",
    "unidentified": "unidentified",
}


@dataclass(frozen=True, kw_only=True)
class Entered:
    """One entry as it stands. `about` names its page, `asks` is true while somebody has to do
    something about it, `draft` while it is not yet for a paper; `scheme` is the scheme it belongs
    to, empty where to none."""

    kind: str
    entry: int
    about: str
    subject: str
    says: str
    at: datetime
    who: str = ""
    by: date | None = None
    asks: bool = False
    draft: bool = False
    scheme: str = ""

    def words(self) -> str:
        """The line as it stands in a list."""
        carried = "; ".join(
            p for p in (self.who, f"by {words.day(self.by)}" if self.by else "") if p
        )
        said = words.sentence(f"{self.subject}: {self.says}")
        return f"{said} ({carried})" if carried else said


@dataclass(frozen=True, kw_only=True)
class About:
    """What entries are about, by their keys, and the day on which they are read."""

    on: date
    schemes: Mapping[str, str] = field(default_factory=dict)
    savings: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    duties: Mapping[tuple[str, str], str] = field(default_factory=dict)
    bound: Mapping[tuple[str, str], str] = field(default_factory=dict)
    risks: Mapping[int, HeldRisk] = field(default_factory=dict)

    def scheme(self, id: str) -> str:
        return f"{id} {self.schemes[id]}" if id in self.schemes else f"scheme {id}"


Rows = Mapping[str, Sequence[Row]]


def entered(rows: Rows, about: About) -> dict[str, tuple[Entered, ...]]:
    """Each kind that is given with its lines: those that ask for something first, then the
    newest."""
    found = {kind: list(make(rows, about)) for kind, make in MAKERS.items() if kind in rows}
    return {
        k: tuple(sorted(v, key=lambda e: (not e.asks, -e.at.timestamp(), e.entry)))
        for k, v in found.items()
    }


def _line(kind: str, r: Row, about: str, subject: str, says: str, **more: Any) -> Entered:
    return Entered(
        kind=kind,
        entry=r["id"],
        about=about,
        subject=subject,
        says=says,
        at=r["changed_at"],
        **more,
    )


def _told(first: str, *more: str) -> str:
    """Sentences after one another; the first goes on from what stands before it."""
    known = (p.strip().rstrip(".") for p in more if p and p.strip())
    return ". ".join([first.strip().rstrip("."), *(p[:1].upper() + p[1:] for p in known)])


# --- the programme -----------------------------------------------------------------------------------------------------
def _returns(rows: Rows, about: About) -> Iterator[Entered]:
    """The last return of each scheme: ratings with their reason, what was said of milestones and
    figures."""
    last: dict[str, Row] = {}
    for r in sorted(rows.get("returns", ()), key=lambda r: (r["month"], r["id"])):
        last[r["scheme"]] = r
    for scheme, r in last.items():
        steps, figures = (
            json.loads(r["milestones"] or "{}").values(),
            json.loads(r["figures"] or "{}"),
        )
        done, forecast = (
            sum(bool(s.get("done")) for s in steps),
            sum(bool(s.get("forecast")) for s in steps),
        )
        said = [
            f"{words.month(r['month'])}: delivery {RATINGS[r['delivery']]}, benefit {RATINGS[r['benefit']]}",
            r["reason"],
            f"{words.plural(done, 'milestone')} reported done" if done else "",
            f"{words.plural(forecast, 'milestone')} forecast anew" if forecast else "",
            f"{words.plural(len(figures), 'figure')} given" if figures else "",
        ]
        troubled = {r["delivery"], r["benefit"]} & {"at_risk", "off_track"}
        yield _line(
            "returns",
            r,
            scheme,
            about.scheme(scheme),
            _told(*said),
            asks=bool(troubled),
            scheme=scheme,
        )


def _verdicts(rows: Rows, about: About) -> Iterator[Entered]:
    returns = {r["id"]: r for r in rows.get("returns", ())}
    for v in rows.get("verdicts", ()):
        r = returns.get(v["about_id"])
        if r is None:
            continue
        stands = v["about_version"] == r["version"]
        state = v["state"] if stands else f"{v['state']}, and answered since"
        subject = f"{about.scheme(r['scheme'])}, return of {words.month(r['month'])}"
        asks = stands and v["state"] == "challenged"
        yield _line(
            "verdicts",
            v,
            r["scheme"],
            subject,
            _told(f"the programme office: {state}", v["words"]),
            asks=asks,
            scheme=r["scheme"],
        )


def _gates(rows: Rows, about: About) -> Iterator[Entered]:
    for g in rows.get("gates", ()):
        decided = f" on {words.day(g['decided_on'])}" if g["decided_on"] else ""
        said = f"{GATES[g['gate']]}: {g['state'].replace('_', ' ')}{decided}"
        asks = g["state"] in ("awaiting", "refused")
        yield _line(
            "gates",
            g,
            g["scheme"],
            about.scheme(g["scheme"]),
            _told(said, g["reason"]),
            who=g["decided_by"],
            asks=asks,
            scheme=g["scheme"],
        )


def _reminders(rows: Rows, about: About) -> Iterator[Entered]:
    sent = {(r["scheme"], r["month"]) for r in rows.get("returns", ())}
    for r in rows.get("reminders", ()):
        schemes = json.loads(r["schemes"] or "[]")
        owed = [s for s in schemes if (s, r["month"]) not in sent]
        subject = f"Returns of {words.month(r['month'])}"
        said = f"the lead of {words.listing(schemes)} was reminded on {words.day(r['reminded_on'])}"
        came = "all have come in" if not owed else f"not yet in: {words.listing(owed)}"
        yield _line("reminders", r, str(r["lead_id"]), subject, _told(said, came), asks=bool(owed))


def _packs(rows: Rows, about: About) -> Iterator[Entered]:
    for p in rows.get("packs", ()):
        draft = p["state"] == "draft"
        state = "draft" if draft else f"frozen on {words.day(p['frozen_on'])}"
        subject = f"Line of sight of {words.month(p['month'])}"
        yield _line(
            "packs",
            p,
            str(p["id"]),
            subject,
            _told(state, p["commentary"]),
            asks=draft,
            draft=draft,
        )


# --- risks and duties --------------------------------------------------------------------------------------------------
def _risks(rows: Rows, about: About) -> Iterator[Entered]:
    for h in about.risks.values():
        r, closed = h.risk, h.risk["state"] == "closed"
        state = f"escalated to {r['escalated_to']}" if r["state"] == "escalated" else r["state"]
        score = f"{r['kind_of']} scored {r['likelihood'] * r['impact']} ({h.score.current.band}: likelihood {r['likelihood']}, impact {r['impact']})"
        gaps = [*h.gaps, *(g for c in h.controls for g in c.gaps)]
        said = _told(
            f"{score}, {state}",
            r["description"],
            r["evidence"],
            "; ".join(dict.fromkeys(gaps)) if not closed else "",
        )
        of = f"{r['title']} ({about.scheme(r['scheme'])})" if r["scheme"] else r["title"]
        asks = not closed and (
            h.score.current.band == "extreme" or r["state"] == "escalated" or h.review_overdue
        )
        yield _line(
            "risks",
            r,
            str(r["id"]),
            of,
            said,
            who=r["owner"],
            by=None if closed else r["review_on"],
            asks=asks,
            scheme=r["scheme"],
        )


def _of_risk(about: About, risk_id: int) -> tuple[str, str]:
    """A risk's title and its scheme."""
    held = about.risks.get(risk_id)
    return (held.risk["title"], held.risk["scheme"]) if held else (f"risk {risk_id}", "")


def _controls(rows: Rows, about: About) -> Iterator[Entered]:
    gaps = {c.id: c.gaps for h in about.risks.values() for c in h.controls}
    for c in rows.get("controls", ()):
        subject, scheme = _of_risk(about, c["risk_id"])
        missing = gaps.get(c["id"], ())
        said = _told(f"control {c['state'].replace('_', ' ')}: {c['what']}", "; ".join(missing))
        yield _line(
            "controls",
            c,
            str(c["risk_id"]),
            subject,
            said,
            who=c["owner"],
            asks=bool(missing),
            scheme=scheme,
        )


def _assurances(rows: Rows, about: About) -> Iterator[Entered]:
    controls = {c["id"]: c for c in rows.get("controls", ())}
    for a in rows.get("assurances", ()):
        control = controls.get(a["control_id"])
        subject, scheme = (
            _of_risk(about, control["risk_id"]) if control else (f"control {a['control_id']}", "")
        )
        said = _told(
            f"{FINDINGS[a['finding']]}, {a['line']} line, {words.day(a['given_on'])}: {a['what']}"
        )
        asks = a["finding"] != "works" or (a["again_on"] is not None and a["again_on"] < about.on)
        where = str(control["risk_id"]) if control else ""
        yield _line(
            "assurances", a, where, subject, said, by=a["again_on"], asks=asks, scheme=scheme
        )


def _risk_actions(rows: Rows, about: About) -> Iterator[Entered]:
    for a in rows.get("risk_actions", ()):
        subject, scheme = _of_risk(about, a["risk_id"])
        overdue = a["state"] == "open" and a["due_on"] < about.on
        said = _told(f"{'overdue' if overdue else a['state']}: {a['what']}", a["evidence"])
        due = a["due_on"] if a["state"] == "open" else None
        yield _line(
            "risk_actions",
            a,
            str(a["risk_id"]),
            subject,
            said,
            who=a["owner"],
            by=due,
            asks=overdue,
            scheme=scheme,
        )


def _evidence(rows: Rows, about: About) -> Iterator[Entered]:
    for e in rows.get("compliance_evidence", ()):
        duty = about.duties.get((e["matrix"], e["duty"]), e["duty"])
        subject = f"{duty}, {about.bound.get((e['matrix'], e['who']), e['who'])}"
        said = _told(
            f"{'met' if e['met'] else 'not met'} on {words.day(e['given_on'])}", e["evidence"]
        )
        yield _line(
            "compliance_evidence",
            e,
            f"{e['matrix']}/{e['duty']}",
            subject,
            said,
            who=e["said_by"],
            asks=not e["met"],
        )


# --- the board ---------------------------------------------------------------------------------------------------------
def _decisions(rows: Rows, about: About) -> Iterator[Entered]:
    for d in rows.get("board_decisions", ()):
        overdue = d["state"] == "decided" and d["due_on"] is not None and d["due_on"] < about.on
        said = _told(
            "asked" if d["state"] == "asked" else f"{d['state']}{', overdue' if overdue else ''}",
            d["decision"],
        )
        yield _line(
            "board_decisions",
            d,
            str(d["id"]),
            d["question"],
            said,
            who=d["owner"],
            by=d["due_on"],
            asks=d["state"] == "asked" or overdue,
        )


def _proposals(rows: Rows, about: About) -> Iterator[Entered]:
    for p in rows.get("proposals", ()):
        said = f"{p['state']}, {p['document']}, version {p['digest'][:12]}"
        yield _line("proposals", p, str(p["id"]), p["summary"], said, asks=p["state"] == "proposed")


def _approvals(rows: Rows, about: About) -> Iterator[Entered]:
    summaries = {p["id"]: p["summary"] for p in rows.get("proposals", ())}
    for a in rows.get("approvals", ()):
        said = _told(
            f"the board {'approved' if a['approved'] else 'refused'} version {a['digest'][:12]}",
            a["note"],
        )
        subject = summaries.get(a["proposal_id"], f"proposal {a['proposal_id']}")
        yield _line("approvals", a, str(a["proposal_id"]), subject, said)


def _publications(rows: Rows, about: About) -> Iterator[Entered]:
    for p in rows.get("publications", ()):
        yield _line(
            "publications", p, p["paper"], f"Board paper {p['paper']}", _told(p["state"], p["note"])
        )


# --- measures and records ----------------------------------------------------------------------------------------------
def _rebases(rows: Rows, about: About) -> Iterator[Entered]:
    for r in rows.get("rebases", ()):
        whose = f", {r['organisation']}" if r["organisation"] else ""
        start = f"limits start afresh from {words.month(r['month'])}"
        said = _told(
            start if r["state"] == "standing" else f"withdrawn: {r['withdrawn_reason']}",
            r["reason"],
        )
        yield _line(
            "rebases",
            r,
            r["measure"],
            f"{about.measures.get(r['measure'], r['measure'])}{whose}",
            said,
            who=r["author"],
        )


def _exceptions(rows: Rows, about: About) -> Iterator[Entered]:
    for r in rows.get("exception_reports", ()):
        whose = f", {r['organisation']}" if r["organisation"] else ""
        going = r["state"] != "closed"
        subject = f"{about.measures.get(r['measure'], r['measure'])}{whose}"
        said = _told(f"{r['state']}: {r['signal']}", r["action"])
        yield _line(
            "exception_reports",
            r,
            r["measure"],
            subject,
            said,
            who=r["owner"],
            by=r["due_on"] if going else None,
            asks=going,
        )


def _feeds(rows: Rows, about: About) -> Iterator[Entered]:
    for r in rows.get("feed_decisions", ()):
        said = _told(f"{r['state']} in build {r['build']}", r["reason"])
        yield _line(
            "feed_decisions", r, r["feed"], f"Records, {r['feed']}", said, asks=r["state"] == "held"
        )


# --- money -------------------------------------------------------------------------------------------------------------
def _forecasts(rows: Rows, about: About) -> Iterator[Entered]:
    for r in _last(rows.get("saving_forecasts", ()), "line"):
        said = _told(
            f"{words.month(r['month'])}: forecast {words.money(r['forecast_gbp'])}, {STAGES[r['stage']]}",
            r["reason"],
            r["mitigation"],
        )
        yield _line(
            "saving_forecasts",
            r,
            r["line"],
            about.savings.get(r["line"], r["line"]),
            said,
            asks=r["stage"] == "unidentified",
        )


def _recoveries(rows: Rows, about: About) -> Iterator[Entered]:
    for r in rows.get("recovery_plans", ()):
        said = _told(f"recovery plan {r['state']}: {r['why']}", r["plan"])
        asks = r["state"] in ("asked", "received")
        yield _line(
            "recovery_plans",
            r,
            r["line"],
            about.savings.get(r["line"], r["line"]),
            said,
            who=r["asked_of"],
            by=r["due_on"] if asks else None,
            asks=asks,
        )


def _outturns(rows: Rows, about: About) -> Iterator[Entered]:
    for r in _last(rows.get("outturn_forecasts", ()), "area"):
        spread = f"best {words.money(r['best_gbp'])}, worst {words.money(r['worst_gbp'])}"
        said = _told(
            f"{words.month(r['month'])}: outturn likely {words.money(r['likely_gbp'])}, {spread}",
            r["reason"],
        )
        yield _line("outturn_forecasts", r, r["area"], about.areas.get(r["area"], r["area"]), said)


def _ledger(rows: Rows, about: About) -> Iterator[Entered]:
    for r in rows.get("ledger_months", ()):
        spent = words.money(Decimal(r["control_total_pence"]) / 100)
        yield _line(
            "ledger_months",
            r,
            "ledger",
            f"Ledger of {words.month(r['month'])}",
            f"{spent} spent, {_supplied(r)}",
        )


def _contracts(rows: Rows, about: About) -> Iterator[Entered]:
    for r in rows.get("contract_months", ()):
        lines = words.plural(len(json.loads(r["lines"])), "row")
        yield _line(
            "contract_months",
            r,
            "contracts",
            f"Contract monitoring of {words.month(r['month'])}",
            f"{lines}, {_supplied(r)}",
        )


def _supplied(r: Row) -> str:
    restated = f", restated in version {r['version']}" if r["version"] > 1 else ""
    return f"{'final' if r['final'] else 'provisional'}{restated}; from {r['source']}"


def _last(rows: Iterable[Row], key: str) -> Iterable[Row]:
    """The latest month's row of each line or area."""
    found = {r[key]: r for r in sorted(rows, key=lambda r: (r["month"], r["id"]))}
    return found.values()


MAKERS: dict[str, Callable[[Rows, About], Iterator[Entered]]] = {
    "returns": _returns,
    "verdicts": _verdicts,
    "gates": _gates,
    "reminders": _reminders,
    "packs": _packs,
    "risks": _risks,
    "controls": _controls,
    "assurances": _assurances,
    "risk_actions": _risk_actions,
    "compliance_evidence": _evidence,
    "board_decisions": _decisions,
    "proposals": _proposals,
    "approvals": _approvals,
    "publications": _publications,
    "exception_reports": _exceptions,
    "rebases": _rebases,
    "feed_decisions": _feeds,
    "ledger_months": _ledger,
    "outturn_forecasts": _outturns,
    "saving_forecasts": _forecasts,
    "recovery_plans": _recoveries,
    "contract_months": _contracts,
}
CALLED = {
    "returns": "What the leads report, and why",
    "verdicts": "What the programme office says of it",
    "gates": "Gates",
    "reminders": "Leads who were reminded",
    "packs": "The line of sight, in the office's words",
    "risks": "Risks and issues",
    "controls": "What keeps them down",
    "assurances": "What shows that it does",
    "risk_actions": "What is done about the gaps",
    "compliance_evidence": "What was shown of the duties",
    "board_decisions": "Questions and decisions",
    "proposals": "Changes put forward",
    "approvals": "What was decided on them",
    "publications": "Papers made public",
    "exception_reports": "Exceptions and what is done",
    "rebases": "Charts that start afresh",
    "feed_decisions": "Records accepted and held",
    "ledger_months": "The ledger as it was supplied",
    "outturn_forecasts": "Outturn forecasts and why",
    "saving_forecasts": "Savings forecasts and why",
    "recovery_plans": "Recovery plans that were asked for",
    "contract_months": "Contract monitoring as it was supplied",
}
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("reported", "What was reported", ("returns", "verdicts", "gates", "reminders", "packs")),
    (
        "risks",
        "Risks and duties",
        ("risks", "controls", "assurances", "risk_actions", "compliance_evidence"),
    ),
    ("decisions", "Decisions", ("board_decisions", "proposals", "approvals", "publications")),
    ("exceptions", "Exceptions and records", ("exception_reports", "rebases", "feed_decisions")),
)
MOST_ROWS = 60
"""Of more lines of a kind a paper lists those that ask for something first, and says how many more
there are."""


def listed(found: Sequence[Entered], caption: str) -> Grid | None:
    """The lines of one kind as a table of the paper; drafts stay on the site."""
    lines = [e for e in found if not e.draft]
    if not lines:
        return None
    columns: list[tuple[str, Callable[[Entered], str]]] = [
        ("About", lambda e: e.subject),
        ("What is said", lambda e: words.sentence(e.says)),
        *([("Who", _who)] if any(e.who for e in lines) else []),
        *([("By when", _by)] if any(e.by for e in lines) else []),
    ]
    rows = tuple(tuple(said(e) for _, said in columns) for e in lines[:MOST_ROWS])
    more = len(lines) - len(rows)
    note: Line = (f"and {words.plural(more, 'line')} more, on the site.",) if more else ()
    return Grid(caption, tuple(head for head, _ in columns), rows, note=note)


def _who(e: Entered) -> str:
    return e.who


def _by(e: Entered) -> str:
    return words.day(e.by) if e.by else ""


def written(found: Mapping[str, Sequence[Entered]], figures: Mapping[str, Figure]) -> Chapter:
    """The sections of what was written. `figures`: the counts of the register, as its own page
    gives them."""
    made = []
    for id, title, kinds in SECTIONS:
        blocks: list[Block] = [_counts(figures)] if id == "risks" and figures else []
        blocks += [grid for k in kinds if (grid := listed(found.get(k, ()), CALLED[k]))]
        made.append(
            Section(
                id,
                title,
                tuple(blocks) or (Paragraph(("Nobody has written anything of this yet.",)),),
            )
        )
    return Chapter(sections=tuple(made), concern=_concern(found, figures), decide=_decide(found))


def _counts(figures: Mapping[str, Figure]) -> Tiles:
    return Tiles("The register", tuple(Tile(f, f.label, "", "") for f in figures.values()))


def _concern(
    found: Mapping[str, Sequence[Entered]], figures: Mapping[str, Figure]
) -> tuple[Line, ...]:
    out: list[Line] = []
    if "risks.extreme" in figures and figures["risks.extreme"].value:
        worst = next(e for e in found["risks"] if e.asks)
        out.append(
            (
                figures["risks.extreme"],
                " of ",
                figures["risks.open"],
                f" risks and issues not closed are extreme, first {worst.subject}. ",
                Jump("See the register", "risks"),
            )
        )
    troubled = [e for e in found.get("returns", ()) if e.asks]
    if troubled:
        said = words.plural(len(troubled), "scheme is", "schemes are")
        out.append(
            (
                f"{said} reported at risk or off track, first {troubled[0].subject}. ",
                Jump("See the reasons", "reported"),
            )
        )
    return tuple(out)


def _decide(found: Mapping[str, Sequence[Entered]]) -> tuple[Line, ...]:
    asked = [e for k in ("board_decisions", "proposals") for e in found.get(k, ()) if e.asks]
    return tuple(
        (f"{words.sentence(e.subject)} ", Jump("See decisions", "decisions")) for e in asked
    )


def of_schemes(found: Iterable[Entered], schemes: Iterable[str]) -> list[Entered]:
    """The lines that belong to these schemes."""
    mine = set(schemes)
    return [e for e in found if e.scheme in mine]


__all__ = [
    "CALLED",
    "MAKERS",
    "PERSONAL",
    "About",
    "Entered",
    "entered",
    "listed",
    "of_schemes",
    "written",
]
