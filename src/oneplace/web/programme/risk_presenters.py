"""The register, one risk, the assurance framework and the compliance matrix as plain values: grids, figures, a matrix."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.methods.risk import CONSEQUENCES, LIKELIHOODS, RiskScore, risk_score
from oneplace.methods.risk import matrix as cells_of_matrix
from oneplace.plan.assurance.compliance import Cell as DutyCell
from oneplace.plan.assurance.compliance import ComplianceMatrix, Duty
from oneplace.plan.assurance.framework import AimHeld, ControlHeld, HeldRisk
from oneplace.report import words as paper
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.history.models import EntryVersion
from oneplace.web.programme.models import Assurance, Control, Risk, RiskAction

BAND_TONES = {"extreme": "red", "high": "orange", "moderate": "yellow", "low": "green"}
LINES = {value: label.partition(":")[0] for value, label in Assurance.LINES}
FINDINGS = dict(Assurance.FINDINGS)
CONTROL_STATES = dict(Control._meta.get_field("state").choices)
# What the register can be narrowed to: how it is called, and which risks it keeps.
NARROW: dict[str, tuple[str, Callable[[HeldRisk], bool]]] = {
    "extreme": ("extreme", lambda h: h.score.current.band == "extreme" and h.risk["state"] != "closed"),
    "overdue": ("with an overdue review", lambda h: h.review_overdue),
    "escalated": ("escalated", lambda h: h.risk["state"] == "escalated"),
    "unassured": ("with a control that nothing shows to work", lambda h: bool(h.unassured) and h.risk["state"] != "closed"),
    "uncontrolled": ("without a control", lambda h: bool(h.gaps) and h.risk["state"] != "closed"),
    "actions": ("with an overdue action", lambda h: bool(h.actions_overdue) and h.risk["state"] != "closed"),
}  # fmt: skip


def narrowed(found: Sequence[HeldRisk], only: str) -> list[HeldRisk]:
    kept = NARROW[only][1] if only in NARROW else lambda h: True
    return [h for h in found if kept(h)]


def score_cell(s: RiskScore | None) -> Cell | None:
    return Cell(str(s.score), sort=s.score, tone=BAND_TONES[s.band], note=s.band) if s else None


def register_figures(found: Sequence[HeldRisk]) -> list[dict[str, Any]]:
    open_ones = [h for h in found if h.risk["state"] != "closed"]
    unassured = sum(h.unassured for h in open_ones)

    def to(only: str) -> str:
        return reverse("risks") + f"?show={only}"

    def many(only: str) -> str:
        return paper.number(len(narrowed(found, only)))

    return [
        {"value": paper.number(len(open_ones)), "name": "not closed", "note": f"{len(found)} in all", "href": reverse("risks"), "figure": "risks.open"},
        {"value": many("extreme"), "name": "extreme, scored 15 or more", "href": to("extreme"), "figure": "risks.extreme"},
        {"value": many("overdue"), "name": "with an overdue review", "href": to("overdue"), "figure": "risks.overdue"},
        {"value": many("escalated"), "name": "escalated", "href": to("escalated"), "figure": "risks.escalated"},
        {"value": paper.number(unassured), "name": "controls in place that nothing shows to work", "href": to("unassured"), "figure": "risks.unassured"},
        {"value": many("uncontrolled"), "name": "without a control", "href": to("uncontrolled"), "figure": "risks.uncontrolled"},
        {"value": many("actions"), "name": "with an overdue action", "href": to("actions"), "figure": "risks.actions"},
    ]  # fmt: skip


def register_grid(found: Iterable[HeldRisk], schemes: Mapping[str, str], *, on: dt.date) -> Grid:
    rows = []
    for h in found:
        r = h.risk
        controls = paper.plural(len(h.controls), "control")
        rows.append(
            {
                "score": score_cell(h.score.current),
                "was": Cell(f"{h.score.initial.score}", sort=h.score.initial.score, note=moved(h)),
                "target": Cell(str(h.score.target.score), sort=h.score.target.score) if h.score.target else "None set",
                "title": Cell(r["title"], href=reverse("risk", args=[r["id"]])),
                "kind": dict(Risk.KINDS)[r["kind_of"]],
                "scheme": Cell(f"{r['scheme']} {schemes.get(r['scheme'], '')}".strip(), href=reverse("scheme", args=[r["scheme"]]))
                if r["scheme"]
                else "Whole plan",
                "owner": r["owner"],
                "controls": Cell(controls, sort=len(h.controls), note=f"{h.unassured} not assured" if h.unassured else None),
                "review": Cell(words.day(r["review_on"]), sort=r["review_on"].isoformat(), note="overdue" if h.review_overdue else None),
                "state": Cell(r["state"].capitalize(), note=f"to {r['escalated_to']}" if r["escalated_to"] else None),
            }
        )  # fmt: skip
    columns = (
        Column("title", "Risk or issue"),
        Column("score", "Score now"),
        Column("was", "First"),
        Column("target", "Target", numeric=True),
        Column("kind", "Kind"),
        Column("scheme", "Scheme"),
        Column("owner", "Owner"),
        Column("controls", "Controls"),
        Column("review", "Review"),
        Column("state", "State"),
    )
    empty = "Nothing is on the register. The plan’s documents name no risks, so none were made up: add the first."
    return Grid("risks", "Risks and issues", columns, rows, searchable=True, empty=empty)


def moved(h: HeldRisk) -> str:
    return {"worse": "worse since", "better": "better since", "same": "unchanged"}[h.score.movement]


def matrix(found: Iterable[HeldRisk]) -> dict[str, Any]:
    """The 5 x 5 matrix with how many open risks stand in each cell, impact from catastrophic down."""
    count = Counter((h.risk["impact"], h.risk["likelihood"]) for h in found if h.risk["state"] != "closed")
    return {
        "likelihoods": list(enumerate(LIKELIHOODS, 1)),
        "rows": [
            (
                (row[0].consequence, CONSEQUENCES[row[0].consequence - 1]),
                [(c.score, c.band, count[c.consequence, c.likelihood]) for c in row],
            )
            for row in cells_of_matrix()
        ],
    }


def scores(h: HeldRisk) -> list[dict[str, Any]]:
    """First, now, target: the same three figures wherever a risk is shown."""
    s = h.score
    says = {"worse": "worse than first scored", "better": "better than first scored", "same": "as first scored"}
    found = [
        {"value": str(s.initial.score), "name": "when first scored", "note": says_of(s.initial)},
        {"value": str(s.current.score), "name": f"now, {s.current.band}", "note": f"{says_of(s.current)}; {says[s.movement]}"},
    ]  # fmt: skip
    if s.target:
        note = "reached" if s.at_target else "not reached"
        found.append({"value": str(s.target.score), "name": "target", "note": f"{says_of(s.target)}; {note}"})
    else:
        found.append({"value": "None", "name": "target", "note": "change the risk to set one"})
    return found


def says_of(s: RiskScore) -> str:
    return f"likelihood {s.likelihood}, impact {s.consequence}"


def risk_facts(r: Risk, schemes: Mapping[str, str], aims: Mapping[str, str], *, on: dt.date) -> list[tuple[str, str]]:
    overdue = r.state != "closed" and r.review_on < on
    return [
        ("What may happen", r.description),
        ("Owner", r.owner),
        ("Scheme", f"{r.scheme} {schemes.get(r.scheme, '')}" if r.scheme else "The whole plan"),
        ("Strategic aim", aims.get(r.aim, r.aim) or "None: not a principal risk"),
        ("Next review", words.day(r.review_on) + (", overdue" if overdue else "")),
        ("State", r.state.capitalize() + (f" to {r.escalated_to}" if r.escalated_to else "")),
        ("Why, and what shows it", r.evidence),
    ]


def shown_by(c: ControlHeld) -> str:
    return "; ".join(
        f"{LINES[a['line']]} line, {words.day(a['given_on'])}: {a['what']} ({FINDINGS[a['finding']].lower()})"
        for a in c.assurances
    )


def controls_grid(h: HeldRisk, *, edit: bool) -> Grid:
    rows = [
        {
            "what": Cell(c.what, href=reverse("edit_control", args=[c.id]) if edit else None),
            "owner": c.owner,
            "state": CONTROL_STATES[c.state],
            "assurance": shown_by(c) or "Nothing",
            "gap": paper.sentence("; ".join(c.gaps)) if c.gaps else None,
            **({"add": Cell("Add assurance", href=reverse("new_assurance", args=[c.id]))} if edit else {}),
        }
        for c in h.controls
    ]
    columns = (
        Column("what", "Control"),
        Column("owner", "Who runs it"),
        Column("state", "State"),
        Column("assurance", "What shows that it works"),
        Column("gap", "Gap"),
        *((Column("add", "Next"),) if edit else ()),
    )
    return Grid(
        "controls", "Controls and assurances", columns, rows, empty="No control is written down: that is a gap."
    )


def risk_actions_grid(h: HeldRisk, *, edit: bool, on: dt.date) -> Grid:
    states = dict(RiskAction._meta.get_field("state").choices)
    rows = [
        {
            "what": Cell(a["what"], href=reverse("edit_risk_action", args=[a["id"]]) if edit else None),
            "owner": a["owner"],
            "due": Cell(words.day(a["due_on"]), sort=a["due_on"].isoformat(), note="overdue" if a["state"] == "open" and a["due_on"] < on else None),
            "state": states[a["state"]],
            "evidence": a["evidence"],
        }
        for a in h.actions
    ]  # fmt: skip
    columns = (
        Column("what", "Action"),
        Column("owner", "Owner"),
        Column("due", "Due"),
        Column("state", "State"),
        Column("evidence", "What shows it"),
    )
    return Grid("actions", "Actions", columns, rows, empty="Nothing is to be done about it yet.")


def versions_grid(versions: Iterable[EntryVersion]) -> Grid:
    """How the score moved, and who moved it: the trend, with every step."""
    rows = [
        {
            "version": v.version,
            "at": Cell(words.moment(v.saved_at), sort=v.saved_at.isoformat()),
            "by": v.saved_by.name,
            "score": score_cell(risk_score(v.content["impact"], v.content["likelihood"])),
            "state": v.content["state"].capitalize(),
            "why": v.content.get("evidence", ""),
        }
        for v in versions
    ]
    columns = (
        Column("version", "Version", numeric=True),
        Column("at", "When"),
        Column("by", "Who"),
        Column("score", "Score"),
        Column("state", "State"),
        Column("why", "Why"),
    )
    return Grid("versions", "How it moved", columns, rows)


# --- the assurance framework ------------------------------------------------------------------------------------------
def framework_figures(found: Sequence[AimHeld]) -> list[dict[str, Any]]:
    risks = {h.risk["id"]: h for a in found for h in a.risks}.values()
    controls = [c for h in risks for c in h.controls]
    bare = sum(not a.risks for a in found)
    return [
        {"value": paper.number(len(found)), "name": "strategic aims", "note": f"{bare} without a principal risk" if bare else None, "figure": "framework.aims"},
        {"value": paper.number(len(risks)), "name": "principal risks not closed", "figure": "framework.risks"},
        {"value": paper.number(len(controls)), "name": "controls", "note": f"{sum(bool(c.gaps) for c in controls)} with a gap", "figure": "framework.controls"},
        {"value": paper.number(sum(h.actions_overdue for h in risks)), "name": "actions overdue", "figure": "framework.actions"},
    ]  # fmt: skip


def framework_grid(found: Sequence[AimHeld], *, caption: str) -> Grid:
    rows = [row for a in found for row in _aim_rows(a)]
    columns = (
        Column("aim", "Strategic aim"),
        Column("risk", "Principal risk"),
        Column("score", "Score now"),
        Column("from", "First, target"),
        Column("control", "Control"),
        Column("assurance", "Assurance"),
        Column("gap", "Gap"),
        Column("action", "Action"),
    )
    return Grid("framework", caption, columns, rows, searchable=True, empty="The plan names no aims. Write them into plan.yaml: aims.")  # fmt: skip


def _aim_rows(a: AimHeld) -> list[dict[str, Any]]:
    if not a.risks:
        return [{"aim": a.aim.name, "risk": "No principal risk recorded", "gap": "Nobody has said what threatens this aim"}]  # fmt: skip
    rows = []
    for h in a.risks:
        target = str(h.score.target.score) if h.score.target else "none"
        common = {
            "aim": a.aim.name,
            "risk": Cell(h.risk["title"], href=reverse("risk", args=[h.risk["id"]]), note=h.risk["owner"]),
            "score": score_cell(h.score.current),
            "from": Cell(f"{h.score.initial.score}, {target}", sort=h.score.initial.score),
            "action": "; ".join(
                f"{x['what']} ({x['owner']}, {words.day(x['due_on'])})" for x in h.actions if x["state"] == "open"
            )
            or "None",
        }
        if not h.controls:
            rows.append({**common, "control": "None", "assurance": "None", "gap": paper.sentence("; ".join(h.gaps))})
        rows += [
            {
                **common,
                "control": c.what,
                "assurance": shown_by(c) or "None",
                "gap": paper.sentence("; ".join(c.gaps)) if c.gaps else "None known",
            }
            for c in h.controls
        ]
    return rows


# --- the compliance matrix --------------------------------------------------------------------------------------------
STATE_TONES = {"met": "green", "not met": "orange", "overdue": "red", "no evidence": "grey"}
SHORT = {"met": "Met", "not met": "Not met", "overdue": "Overdue", "no evidence": "None"}


def due(d: Duty) -> str:
    """The day, the month or the span by which a duty is due, in words."""
    if d.due is None:
        return "No date printed"
    first, last = d.due.start, d.due.end
    if last is None:
        return f"from {paper.day(first)}"
    if first == last:
        return paper.day(first)
    whole = first.day == 1 and (last + dt.timedelta(days=1)).day == 1
    if whole and (first.year, first.month) == (last.year, last.month):
        return paper.month(first)
    return f"{paper.day(first)} to {paper.day(last)}"


def duty_counts(cells: Iterable[DutyCell]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for c in cells:
        found.setdefault(c.duty.id, Counter())[c.state] += 1
    return found


def duty_cell(m: ComplianceMatrix, state: str, count: int) -> Cell:
    return Cell(paper.number(count), sort=count, figure=f"duties.{m.id}.{state.replace(' ', '_')}")


def matrices_grid(found: Iterable[tuple[ComplianceMatrix, Sequence[DutyCell], int]]) -> Grid:
    rows = []
    for m, cells, who in found:
        n = Counter(c.state for c in cells)
        rows.append(
            {
                "title": Cell(m.title, href=reverse("compliance_matrix", args=[m.id])),
                "who": _bound(m, who),
                "duties": len(m.duties),
                **{state.replace(" ", "_"): duty_cell(m, state, n[state]) for state in STATE_TONES},
            }
        )
    columns = (
        Column("title", "Matrix"),
        Column("who", "Who"),
        Column("duties", "Duties", numeric=True),
        *(Column(s.replace(" ", "_"), s.capitalize(), numeric=True) for s in STATE_TONES),
    )
    empty = "This place has no compliance document. Write one into compliance/NAME.yaml: who, duties, due, evidence."
    return Grid("matrices", "Compliance matrices", columns, rows, empty=empty)


def _bound(m: ComplianceMatrix, who: int) -> str:
    """Whom a matrix binds, in words: so many practices, and the commissioner where one of its duties is the commissioner's."""
    kinds = list(dict.fromkeys(d.binds or m.who for d in m.duties))
    single = [f"the {k}" for k in kinds if k in ("place", "commissioner")]
    many = [k for k in kinds if k not in ("place", "commissioner")]
    counted = [paper.plural(who - len(single), many[0].rstrip("s"))] if len(many) == 1 else many
    return paper.sentence(paper.listing([*counted, *single])).rstrip(".")


def duties_grid(m: ComplianceMatrix, cells: Sequence[DutyCell]) -> Grid:
    counts = duty_counts(cells)
    rows = [
        {
            "duty": Cell(f"{d.id} {d.asked}", href=reverse("compliance_duty", args=[m.id, d.id]), sort=d.id),
            "due": Cell(str(d.due), sort=d.due.end.isoformat() if d.due.end else "9999")
            if d.due
            else "No date printed",
            "standard": d.standard,
            "binds": paper.sentence(d.binds or m.who).rstrip("."),
            "wanted": d.evidence or "Not stated",
            **{state.replace(" ", "_"): counts.get(d.id, Counter())[state] for state in STATE_TONES},
        }
        for d in m.duties
    ]
    columns = (
        Column("duty", "Duty"),
        Column("due", "Due"),
        Column("binds", "Whose duty"),
        Column("standard", "Standard"),
        Column("wanted", "Evidence wanted"),
        *(Column(s.replace(" ", "_"), s.capitalize(), numeric=True) for s in STATE_TONES),
    )
    return Grid("duties", "By duty", columns, rows)


def who_grid(m: ComplianceMatrix, cells: Sequence[DutyCell], names: Mapping[str, str], *, edit: bool) -> Grid:
    """One row for each who, a column for each duty: how it stands, and the day of the evidence."""
    by: dict[str, dict[str, DutyCell]] = {}
    for c in cells:
        by.setdefault(c.who, {})[c.duty.id] = c
    rows = []
    for code, mine in by.items():
        row: dict[str, Any] = {
            "who": Cell(names[code], note=code if names[code] != code else None),
            "late": sum(c.state == "overdue" for c in mine.values()),
            "missing": sum(c.state == "no evidence" for c in mine.values()),
        }
        for duty, c in mine.items():
            note = paper.short_day(c.evidence.on) if c.evidence else None
            href = reverse("compliance_evidence", args=[m.id, duty, code]) if edit else None
            row[duty] = Cell(SHORT[c.state], href=href, note=note, csv=c.state)
        rows.append(row)
    columns = (
        Column("who", "Who"),
        Column("late", "Overdue", numeric=True),
        Column("missing", "No evidence", numeric=True),
        *(Column(d.id, d.id) for d in m.duties),
    )
    empty = f"The place’s tables name no {m.who}, so there is nobody to bind."
    return Grid("matrix", "Who by duty", columns, rows, searchable=True, empty=empty)


def duty_grid(
    m: ComplianceMatrix, cells: Sequence[DutyCell], names: Mapping[str, str], said: Mapping[str, str], *, edit: bool
) -> Grid:
    """One duty, everybody who has it; with a tick to say the same of several at once."""
    from django.utils.html import format_html

    rows = []
    for c in cells:
        href = reverse("compliance_evidence", args=[m.id, c.duty.id, c.who]) if edit else None
        tick = (
            format_html('<input type="checkbox" class="op-tick" name="who" value="{}" form="evidence" aria-label="Choose {}">', c.who, names[c.who])
            if edit and c.evidence is None
            else ""
        )  # fmt: skip
        rows.append(
            {
                "who": Cell(names[c.who], href=href, note=c.who if names[c.who] != c.who else None),
                **({"tick": Cell(tick, csv="")} if edit else {}),
                "state": Cell(c.state.capitalize(), tone=STATE_TONES[c.state]),
                "on": c.evidence.on if c.evidence else None,
                "by": c.evidence.by if c.evidence else None,
                "evidence": said.get(c.who, ""),
            }
        )
    columns = (
        Column("who", "Who"),
        *((Column("tick", "Choose"),) if edit else ()),
        Column("state", "State"),
        Column("on", "Shown on"),
        Column("by", "Who says so"),
        Column("evidence", "Evidence"),
    )
    return Grid("duty", "Who has it", columns, rows, searchable=True)
