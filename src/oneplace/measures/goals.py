"""The register of goals, the domains, the breaches and the exceptions: each a list that a board
reads, each row with its reason.

In: standards, measures and their newest figures, evidence for deliverables, schemes. Out: plain
rows. A goal without a figure is "no data", never met; a domain's score says how much of it is
missing; nobody is made the owner of anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oneplace.measures.forms import MeasureDefinition
from oneplace.measures.judging import judge, judge_goal
from oneplace.measures.page import due_in_words, is_share
from oneplace.measures.series import Observation
from oneplace.place.standards import SAID, Pledge, Standard, in_force

Row = dict[str, Any]


def register(
    standards: Sequence[Standard],
    measures: Sequence[MeasureDefinition],
    figures: Mapping[str, Sequence[Observation]],
    *,
    on: dt.date,
    evidence: Mapping[str, GoalEvidence] | None = None,
) -> list[Row]:
    """One row for each standard. `figures` holds each measure's months up to the day; `evidence`
    what was shown of each goal.

    A figure speaks before evidence. Evidence makes a deliverable met or not met, and a threshold
    without a figure as attested.
    """
    by_standard: dict[str, list[MeasureDefinition]] = {}
    for m in measures:
        for s in m.standards:
            by_standard.setdefault(s, []).append(m)
    return [
        _goal(s, by_standard.get(s.id, []), figures, on, (evidence or {}).get(s.id))
        for s in standards
    ]


def _goal(
    s: Standard,
    measures: Sequence[MeasureDefinition],
    figures: Mapping[str, Sequence[Observation]],
    on: dt.date,
    evidence: GoalEvidence | None,
) -> Row:
    # Of several measures the first that has a figure speaks; each keeps its own page.
    measure = next((m for m in measures if figures.get(m.id)), measures[0] if measures else None)
    mine = list(figures.get(measure.id, ())) if measure else []
    latest = mine[-1] if mine else None
    judged = (
        judge_goal(s, mine, share=is_share(measure), better=measure.better, on=on)
        if measure and mine
        else None
    )
    verdict: str = judged.verdict if judged else "no data"
    shown = evidence.verdict if evidence else None
    if judged is not None and verdict in ("met", "not met"):
        why = judged.why
    elif shown is not None and evidence is not None:
        verdict, why = shown, evidence.why
    elif s.kind == "deliverable":
        verdict, why = "deliverable", evidence.why if evidence else "nobody has shown anything yet"
    elif evidence is not None:
        why = evidence.why
    elif judged is not None:
        why = judged.why
    else:
        why = "no measure counts it" if measure is None else "no figure up to this day"
    counted = next((f for f in mine if judged and f.month == judged.month), latest)
    needed = None if verdict in ("met", "not met") else feed_of(s, measure)
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
        "value": counted.value if counted else None,
        "as_at": counted.month.isoformat() if counted else None,
        "basis": counted.basis if counted else None,
        "status": counted.status if counted else None,
        "source": s.source,
        "shown_by": "figure"
        if judged and judged.verdict in ("met", "not met")
        else "evidence"
        if shown
        else None,
        "evidence": evidence.answer() if evidence else None,
        "feed": needed,
    }


@dataclass(frozen=True)
class GoalEvidence:
    """What was shown about one goal: on itself, or about the duties behind it, organisation by
    organisation."""

    verdict: str | None
    why: str
    who: str | None = None
    on: dt.date | None = None
    document: str | None = None
    entry: int | None = None
    version: int | None = None

    def answer(self) -> Row:
        return {
            "who": self.who,
            "on": self.on.isoformat() if self.on else None,
            "document": self.document,
            "entry": self.entry,
            "version": self.version,
        }


OF_GOALS = "goals"  # evidence about a goal itself is kept as a duty of the place under this name


def evidence_of_goals(
    rows: Sequence[Mapping[str, Any]],
    duties: Mapping[tuple[str, str], str],
    bound: Mapping[tuple[str, str], int],
    titles: Mapping[str, str],
    *,
    on: dt.date,
) -> dict[str, GoalEvidence]:
    """What entries of evidence say of each goal on a day.

    `rows` are entries (matrix, who, duty, given_on, met, said_by, evidence, id, version); `duties`
    is (matrix, duty) -> goal; `bound` how many each duty binds; `titles` how each matrix is called.
    A goal that many have to keep is met when all have shown it, not met when one has shown that it
    is not, and open while some have shown nothing. Evidence on the goal itself speaks first.
    """
    found: dict[str, GoalEvidence] = {}
    known = [r for r in rows if r["given_on"] <= on]
    by_duty: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for r in known:
        by_duty.setdefault((r["matrix"], r["duty"]), []).append(r)
    for (matrix, duty), goal in duties.items():
        mine = by_duty.get((matrix, duty), [])
        of, met = bound.get((matrix, duty), 0), sum(bool(r["met"]) for r in mine)
        missed = len(mine) - met
        where = f"{titles.get(matrix, matrix)}, {duty}"
        if not mine:
            found[goal] = GoalEvidence(
                None, f"nobody has shown anything yet: a duty of {of} ({where})"
            )
            continue
        said = f"{met} of {of} have shown that they meet it, {missed} that they do not ({where})"
        verdict = "not met" if missed else "met" if met >= of else None
        found[goal] = GoalEvidence(verdict, said, on=max(r["given_on"] for r in mine))
    for r in known:
        if r["matrix"] == OF_GOALS:
            state = "met" if r["met"] else "not met"
            said = f"{state} as {r['said_by']} says, {r['given_on']:%d %B %Y}: {r['evidence']}"
            found[r["duty"]] = GoalEvidence(
                state,
                said,
                who=r["said_by"],
                on=r["given_on"],
                document=r["evidence"],
                entry=r["id"],
                version=r["version"],
            )
    return found


# Which feed would supply a figure of each kind of goal; the first text that stands in the goal's
# title says which.
FEEDS: tuple[tuple[str, str], ...] = (
    ("iapt", "NHS England, Talking Therapies monthly activity (importer iapt)"),
    ("dementia diagnosis", "NHS England, Primary Care Dementia Data, monthly (plain CSV)"),
    ("psychosis", "NHS England, Mental Health Services Monthly Statistics, EIP (plain CSV)"),
    (
        "eating disorder",
        "NHS England, Children and Young People with an Eating Disorder, quarterly (plain CSV)",
    ),
    (
        "children and young people",
        "NHS England, Mental Health Services Monthly Statistics, CYP access (plain CSV)",
    ),
    ("out-of-area", "NHS England, Out of Area Placements, monthly (plain CSV)"),
    (
        "severe mental illness",
        "NHS England, Physical Health Checks for people with SMI, quarterly (plain CSV)",
    ),
    ("therapists", "Health Education England workforce returns: national, not held by place"),
    ("suicide", "ONS, Suicides in England by local authority, annual (plain CSV)"),
    ("two-week", "NHS England, Cancer Waiting Times (importers cancer, cancer_14)"),
    ("31 days", "NHS England, Cancer Waiting Times (importers cancer, cancer_31)"),
    ("62 days", "NHS England, Cancer Waiting Times (importers cancer, cancer_62)"),
    ("hpv", "UKHSA, HPV vaccine coverage by local authority, annual (plain CSV)"),
    ("waiting list", "NHS England, RTT full extract (importer rtt)"),
    ("52 weeks", "NHS England, RTT full extract (importer rtt)"),
    ("18 weeks", "NHS England, RTT full extract (importer rtt)"),
    (
        "6 months or more contacted",
        "the trusts' own return under the 26-week choice offer (evidence entry)",
    ),
    ("diagnostic", "NHS England, DM01 full extract (importer dm01)"),
    ("handover", "NHS England, UEC daily situation reports, winter (plain CSV)"),
    (
        "ambulance",
        "NHS England, Ambulance Quality Indicators, by ambulance service, monthly (plain CSV)",
    ),
    ("ehcp", "the council's EHCP return, SEN2 (plain CSV)"),
    (
        "ld annual health check",
        "NHS England, Learning Disabilities Health Check Scheme, quarterly (plain CSV)",
    ),
    (
        "annual health check",
        "NHS England, Health and Care of People with Learning Disabilities, or the pathway's own list (plain CSV)",
    ),
    ("learning disability/autism", "NHS England, Assuring Transformation, monthly (plain CSV)"),
    ("ld/autism", "NHS England, Assuring Transformation, monthly (plain CSV)"),
    ("leder", "the LeDeR programme's own platform, quarterly return (evidence entry)"),
    (
        "smoking in pregnancy",
        "NHS England, Statistics on Women's Smoking Status at Time of Delivery, quarterly (plain CSV)",
    ),
    ("stillbirth", "MBRRACE-UK perinatal mortality, annual (plain CSV)"),
    ("continuity of carer", "NHS England, Maternity Services Monthly Statistics (plain CSV)"),
    ("maternity digital", "NHS England, national programme return: national, not held by place"),
    (
        "appointments bookable",
        "NHS England, Patient Online Management Information, monthly (plain CSV)",
    ),
    ("fax", "the practices' declarations (compliance matrix)"),
    ("wheelchair", "NHS England, National Wheelchair Data Collection, quarterly (plain CSV)"),
    ("adhd", "NHS England, ADHD and community waits, or the trusts' own return (plain CSV)"),
    ("asd", "NHS England, Autism Waiting Time Statistics, quarterly (plain CSV)"),
    ("personal health budget", "NHS England, Personal Health Budgets, quarterly (plain CSV)"),
    (
        "health action plan",
        "NHS England, Health and Care of People with Learning Disabilities, annual (plain CSV)",
    ),
    ("satisfaction", "the council's and the parent carer forum's survey (evidence entry)"),
    ("quality of life", "the council's and the parent carer forum's survey (evidence entry)"),
    ("equipment", "the community trust's own return (plain CSV)"),
)


def feed_of(s: Standard, measure: MeasureDefinition | None) -> str:
    """What would have to come in for this goal to be judged."""
    if s.kind == "deliverable":
        return "evidence"
    title = s.title.casefold()
    for words, feed in FEEDS:
        if words in title:
            return feed
    if measure is not None and measure.source:
        return measure.source
    return "no publication is known to count it: evidence by whoever answers for it"


def wanted(s: Standard) -> str:
    """What a standard asks for, in words."""
    if s.kind == "threshold":
        said = SAID[s.operator or "="]
        value = f"{s.value.normalize():,f}" if s.value is not None else s.value_in_words
        unit = "%" if s.unit == "%" else f" {s.unit}" if s.unit else ""
        return f"{said} {value}{unit}"
    if s.kind == "direction":
        return {"decrease": "fewer", "increase": "more", "improve": "better"}[
            s.direction or "improve"
        ]
    return "to be in place"


VERDICTS = ("met", "not met", "estimate", "no data", "deliverable")


def domains(rows: Sequence[Row]) -> list[Row]:
    """How many goals of each domain are met, of those that can be judged; and how many cannot."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = found.setdefault(row["domain"], dict.fromkeys(VERDICTS, 0))
        counts[row["verdict"]] += 1
    answers = []
    for domain, c in found.items():
        judged = c["met"] + c["not met"]
        rest = f"{c['estimate']} have a local estimate, {c['no data']} no figure, {c['deliverable']} are deliverables"
        answers.append(
            {
                "domain": domain,
                "goals": sum(c.values()),
                **{k.replace(" ", "_"): v for k, v in c.items()},
                "score_percent": 100 * c["met"] / judged if judged else None,
                "said": f"{c['met']} of {judged} judged are met; {rest}"
                if judged
                else f"nothing can be judged: {rest}",
            }
        )
    return answers


def breaches(
    measures: Sequence[MeasureDefinition],
    figures: Mapping[tuple[str, str], Sequence[Observation]],
    pledges: Mapping[str, Sequence[Pledge]],
    *,
    on: dt.date,
) -> list[Row]:
    """Each organisation that misses a pledge in its newest month, and for how many months in a row;
    each month by the pledge then in force."""
    rows = []
    for m in measures:
        mine_to_keep = pledges.get(m.id, ())
        for (measure, organisation), mine in figures.items():
            if measure != m.id or not mine:
                continue
            judged = [
                (pledge, judge(f, operator=pledge.operator, value=pledge.value, share=is_share(m)))
                for f in mine
                if (pledge := in_force(mine_to_keep, f.month)) is not None
            ]
            latest = mine[-1]
            if (
                not judged
                or judged[-1][1].verdict != "not met"
                or in_force(mine_to_keep, latest.month) is None
            ):
                continue
            run = 0
            for _, j in reversed(judged):
                if j.verdict != "not met":
                    break
                run += 1
            pledge, found = judged[-1]
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
                    "pledge": pledge.id,
                    "since": pledge.start.isoformat(),
                    "why": found.why,
                    "short_by": found.short_by,
                    "months_in_a_row": run,
                    "basis": latest.basis,
                    "status": latest.status,
                    "source": pledge.source,
                }
            )
    return sorted(rows, key=lambda r: (r["measure"], -(r["short_by"] or 0), r["organisation"]))


def exceptions(pages: Sequence[Row], actions: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Measures that need a board's attention, each with why, what is being done and by whom. Empty
    where nobody is named."""
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
                "chance": chance_of(page),
                "actions": doing,
                "action": doing[0]["action"] if doing else None,
                "due": doing[0]["due"] if doing else None,
                "owner": page["measure"]["owner"] or (doing[0]["owner"] if doing else None),
            }
        )
    return rows


def chance_of(page: Mapping[str, Any]) -> Row | None:
    """The promise whose chance is told first: the earliest that has one."""
    told = [d for d in page["forecast"]["by_date"] if d["chance"] is not None]
    return min(told, key=lambda d: str(d["month"]), default=None)


def _why_exceptional(page: Row) -> list[str]:
    judged = [(s["id"], s) for s in page["standards"]] + [
        ("NHS Constitution", page["constitution"])
    ]
    why = [f"{name}: {j['why']}" for name, j in judged if j and j["judged"] == "not met"]
    held = page["standard"]
    if held and held["judged"] == "not met" and not why:
        why.append(f"{held['called']}: {held['why']}")
    if held and held["judged"] == "estimate" and held["missed"]:
        why.append(f"{held['called']}: {held['why']}")
    chart = page["chart"]
    if chart and chart["variation"] == "special_cause_concern":
        why.append("special-cause variation for the worse")
    if chart and chart["assurance"] == "consistent_fail":
        why.append("the process as it is will not meet its standard")
    behind = [p for p in (page["trajectory"] or {}).get("points", ()) if p["behind"] is not None]
    if behind and behind[-1]["behind"]:
        why.append(f"behind the plan's course in {_month_in_words(behind[-1]['period'])}")
    chance = chance_of(page)
    if chance and chance["chance"] < 0.5:
        said = f"{100 * chance['chance']:.0f}%" if chance["chance"] >= 0.01 else "under 1%"
        why.append(f"{said} chance of {chance['what']} in {_month_in_words(chance['month'])}")
    return why


def _month_in_words(said: str) -> str:
    """`2019-09` and `2019-09-01` read September 2019; a quarter or a year stays as it is
    written."""
    found = re.fullmatch(r"(\d{4})-(\d{2})(?:-\d{2})?", said)
    return f"{dt.date(int(found[1]), int(found[2]), 1):%B %Y}" if found else said
