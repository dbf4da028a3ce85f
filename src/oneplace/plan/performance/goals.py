"""The register of goals, the domains, the breaches and the exceptions: each a list that a board reads, each row with its reason.

In: standards, measures and their newest figures, evidence for deliverables, schemes. Out: plain rows. A goal without a figure is "no data",
never met; a domain's score says how much of it is missing; nobody is made the owner of anything.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oneplace.place.standards import Standard
from oneplace.plan.performance.forms import MeasureDefinition
from oneplace.plan.performance.judging import Judgement, judge
from oneplace.plan.performance.page import due_in_words, is_share
from oneplace.plan.performance.series import Figure, following

Row = dict[str, Any]
_MONTHS = {name.casefold(): i for i, name in enumerate(calendar.month_name) if name}
_LEVEL = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{4}}) level", re.IGNORECASE)


def register(
    standards: Sequence[Standard],
    measures: Sequence[MeasureDefinition],
    figures: Mapping[str, Sequence[Figure]],
    *,
    on: dt.date,
    evidence: Mapping[str, str] | None = None,
) -> list[Row]:
    """One row for each standard. `figures` holds each measure's months up to the day; `evidence` what is known of a deliverable."""
    by_standard: dict[str, list[MeasureDefinition]] = {}
    for m in measures:
        for s in m.standards:
            by_standard.setdefault(s, []).append(m)
    return [_goal(s, by_standard.get(s.id, []), figures, on, (evidence or {}).get(s.id)) for s in standards]


def _goal(
    s: Standard,
    measures: Sequence[MeasureDefinition],
    figures: Mapping[str, Sequence[Figure]],
    on: dt.date,
    evidence: str | None,
) -> Row:
    # Of several measures the first that has a figure speaks; each keeps its own page.
    measure = next((m for m in measures if figures.get(m.id)), measures[0] if measures else None)
    mine = list(figures.get(measure.id, ())) if measure else []
    latest = mine[-1] if mine else None
    judged, verdict = _judged(s, measure, mine)
    if s.kind == "deliverable":
        verdict, why = "deliverable", evidence or "no evidence was received"
    elif judged is None:
        why = "no measure counts it" if measure is None else "no figure up to this day"
    else:
        why = judged.why
    return {
        "id": s.id,
        "domain": s.domain,
        "title": s.title,
        "kind": s.kind,
        "wanted": wanted(s),
        "by": str(s.by) if s.by else None,
        "due": due_in_words(s, on),
        "scope": s.scope,
        "verdict": verdict,
        "why": why,
        "short_by": judged.short_by if judged else None,
        "measure": measure.id if measure else None,
        "value": latest.value if latest else None,
        "as_at": latest.month.isoformat() if latest else None,
        "basis": latest.basis if latest else None,
        "status": latest.status if latest else None,
        "source": s.source,
    }


def _judged(s: Standard, measure: MeasureDefinition | None, mine: Sequence[Figure]) -> tuple[Judgement | None, str]:
    if measure is None or not mine:
        return None, "no data"
    if s.kind == "threshold" and s.operator:
        value = s.value if s.value is not None else _level(s, mine)
        if value is None:
            return Judgement("no data", f"the level to compare with ({s.value_in_words}) is not known"), "no data"
        found = judge(mine[-1], operator=s.operator, value=value, share=is_share(measure))
        return found, found.verdict
    if s.kind == "direction":
        found = _moving(s, measure, mine)
        return found, found.verdict
    return None, "deliverable"


def _level(s: Standard, mine: Sequence[Figure]) -> Decimal | None:
    """A level given as a month's own figure, such as the list of March 2018."""
    hit = _LEVEL.search(s.value_in_words or "")
    if not hit:
        return None
    month = dt.date(int(hit[2]), _MONTHS[hit[1].casefold()], 1)
    at = next((f for f in mine if f.month == month), None)
    return Decimal(repr(at.value)) if at and at.value is not None else None


def _moving(s: Standard, measure: MeasureDefinition, mine: Sequence[Figure]) -> Judgement:
    """Against the same month of the year before; a difference of nothing is no movement."""
    latest = mine[-1]
    before = next((f for f in mine if following(f.month, 12) == latest.month), None)
    if before is None or before.value is None or latest.value is None:
        return Judgement("no data", "the same month of the year before is not known")
    wish = {"decrease": -1, "increase": 1, "improve": 1 if measure.better == "higher" else -1}[s.direction or "improve"]
    change = latest.value - before.value
    why = f"{latest.value:,.6g} in {latest.month:%B %Y} beside {before.value:,.6g} a year before"
    return Judgement("met" if change * wish > 0 else "not met", why)


def wanted(s: Standard) -> str:
    """What a standard asks for, in words."""
    if s.kind == "threshold":
        said = {">=": "at least", "<=": "at most", "<": "under", ">": "over", "=": "exactly"}[s.operator or "="]
        value = f"{s.value.normalize():,f}" if s.value is not None else s.value_in_words
        unit = "%" if s.unit == "%" else f" {s.unit}" if s.unit else ""
        return f"{said} {value}{unit}"
    if s.kind == "direction":
        return {"decrease": "fewer", "increase": "more", "improve": "better"}[s.direction or "improve"]
    return "to be in place"


def domains(rows: Sequence[Row]) -> list[Row]:
    """How many goals of each domain are met, of those that can be judged; and how many cannot."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = found.setdefault(row["domain"], {"met": 0, "not met": 0, "no data": 0, "deliverable": 0})
        counts[row["verdict"]] += 1
    answers = []
    for domain, c in found.items():
        judged = c["met"] + c["not met"]
        answers.append(
            {
                "domain": domain,
                "goals": sum(c.values()),
                **{k.replace(" ", "_"): v for k, v in c.items()},
                "score_percent": 100 * c["met"] / judged if judged else None,
                "said": f"{c['met']} of {judged} judged are met; {c['no data']} have no figure, {c['deliverable']} are deliverables"
                if judged
                else f"nothing can be judged: {c['no data']} have no figure, {c['deliverable']} are deliverables",
            }
        )
    return answers


def breaches(
    measures: Sequence[MeasureDefinition], figures: Mapping[tuple[str, str], Sequence[Figure]], *, on: dt.date
) -> list[Row]:
    """Each organisation that misses a pledge in its newest month, and for how many months in a row it has."""
    rows = []
    for m in measures:
        pledge = m.constitution
        if pledge is None:
            continue
        for (measure, organisation), mine in figures.items():
            if measure != m.id or not mine:
                continue
            judged = [
                judge(f, operator=pledge.operator, value=pledge.value, share=is_share(m))
                for f in mine
                if pledge.in_force(f.month)
            ]
            if not judged or judged[-1].verdict != "not met":
                continue
            run = 0
            for j in reversed(judged):
                if j.verdict != "not met":
                    break
                run += 1
            latest = mine[-1]
            rows.append(
                {
                    "measure": m.id,
                    "title": m.title,
                    "organisation": organisation,
                    "month": latest.month.isoformat(),
                    "value": latest.value,
                    "numerator": latest.numerator,
                    "denominator": latest.denominator,
                    "standard": f"{pledge.operator} {pledge.value.normalize():f}",
                    "why": judged[-1].why,
                    "short_by": judged[-1].short_by,
                    "months_in_a_row": run,
                    "basis": latest.basis,
                    "status": latest.status,
                    "source": pledge.source,
                }
            )
    return sorted(rows, key=lambda r: (r["measure"], -(r["short_by"] or 0), r["organisation"]))


def exceptions(pages: Sequence[Row], actions: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Measures that need a board's attention, each with why, what is being done and by whom. Empty where nobody is named."""
    rows = []
    for page in pages:
        why = _why_exceptional(page)
        if not why:
            continue
        doing = list(actions.get(page["measure"]["id"], ()))
        rows.append(
            {
                "measure": page["measure"]["id"],
                "title": page["measure"]["title"],
                "organisation": page["organisation"],
                "latest": page["latest"],
                "basis": page["basis"],
                "why": why,
                "chance_by_date": next(
                    (d for d in page["forecast"].get("by_date", ()) if d["met_by"] is not None), None
                ),
                "actions": doing,
                "action": doing[0]["action"] if doing else None,
                "due": doing[0]["due"] if doing else None,
                "owner": page["measure"]["owner"] or (doing[0]["owner"] if doing else None),
            }
        )
    return rows


def _why_exceptional(page: Row) -> list[str]:
    why = [f"{s['id']}: {s['why']}" for s in page["standards"] if s["judged"] == "not met"]
    pledge = page["constitution"]
    if pledge and pledge["judged"] == "not met" and not why:
        why.append(f"NHS Constitution: {pledge['why']}")
    chart = page["chart"]
    if chart and chart["variation"] == "special_cause_concern":
        why.append("special-cause variation for the worse")
    if chart and chart["assurance"] == "consistent_fail":
        why.append("the process as it is will not meet its standard")
    behind = [p for p in (page["trajectory"] or {}).get("points", ()) if p["behind"]]
    if behind:
        why.append(f"behind the plan's trajectory in {behind[-1]['period']}")
    unlikely = [d for d in page["forecast"].get("by_date", ()) if d["met_by"] is not None and d["met_by"] < 0.5]
    if unlikely:
        d = unlikely[0]
        why.append(f"{100 * d['met_by']:.0f}% chance of meeting it by {d['month'][:7]}")
    return why
