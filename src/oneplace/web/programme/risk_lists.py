"""The lists of the register, of one risk, of the assurance framework and of the compliance
matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from oneplace.methods.risk import RiskScore, risk_score
from oneplace.plan.assurance.compliance import ComplianceMatrix, DutyCell
from oneplace.plan.assurance.framework import AimHeld, ControlHeld, HeldRisk
from oneplace.report import words as paper
from oneplace.web.components import words
from oneplace.web.components.column import Accessor, function
from oneplace.web.components.listing import Cell, Column, Context, Listing, to
from oneplace.web.components.notation import CAPITAL, COUNT, DAY_OF, MOMENT, coded
from oneplace.web.programme.models import Assurance, Control, Risk, RiskAction

BAND_TONES = {"extreme": "red", "high": "orange", "moderate": "yellow", "low": "green"}
LINES = {value: label.partition(":")[0] for value, label in Assurance.LINES}
FINDINGS = dict(Assurance.FINDINGS)
CONTROL_STATES = dict(Control._meta.get_field("state").choices)
ACTION_STATES = dict(RiskAction._meta.get_field("state").choices)
MOVED = {"worse": "worse since", "better": "better since", "same": "unchanged"}


def score_column(score: Accessor, *, label: str = "Score") -> Column:
    """A score as its number in the colour of its band, with the band in words."""
    of = function(score)

    def cell(row: Any, c: Context) -> Cell | None:
        s: RiskScore | None = of(row, c)
        return Cell(str(s.score), sort=s.score, tone=BAND_TONES[s.band], note=s.band) if s else None

    return Column("score", label, cell)


def _scheme(h: HeldRisk, c: Context) -> str:
    if not h.risk["scheme"]:
        return "Whole plan"
    return f"{h.risk['scheme']} {c.schemes.get(h.risk['scheme'], '')}".strip()


def _escalated(h: HeldRisk) -> str | None:
    return f"to {h.risk['escalated_to']}" if h.risk["escalated_to"] else None


RISKS = Listing(
    "risks",
    "Risks and issues",
    Column("title", "Risk or issue", "risk.title", link=to("risk", "risk.id")),
    score_column("score.current", label="Score now"),
    Column("was", "First", "score.initial.score", beside=lambda h: MOVED[h.score.movement]),
    Column("target", "Target", "score.target.score", numeric=True, none="None set"),
    Column("kind", "Kind", "risk.kind_of", coded(dict(Risk.KINDS))),
    Column(
        "scheme",
        "Scheme",
        _scheme,
        link=lambda h: reverse("scheme", args=[h.risk["scheme"]]) if h.risk["scheme"] else None,
    ),
    Column("owner", "Owner", "risk.owner"),
    Column(
        "controls",
        "Controls",
        lambda h: paper.plural(len(h.controls), "control"),
        sort=lambda h: len(h.controls),
        beside=lambda h: f"{h.unassured} not assured" if h.unassured else None,
    ),
    Column(
        "review",
        "Review",
        "risk.review_on",
        DAY_OF,
        beside=lambda h: "overdue" if h.review_overdue else None,
    ),
    Column("state", "State", "risk.state", CAPITAL, beside=_escalated),
    empty="Nothing is on the register. The plan’s documents name no risks, so none were made up: add the first.",
)


# --- one risk -------------------------------------------------------------------------------------
def shown_by(c: ControlHeld) -> str:
    """The assurances of a control in a line: which line of defence, when, what, and what it
    found."""
    return "; ".join(
        f"{LINES[a['line']]} line, {words.day(a['given_on'])}: {a['what']} ({FINDINGS[a['finding']].lower()})"
        for a in c.assurances
    )


def gaps_of(c: ControlHeld | HeldRisk) -> str:
    """What is missing, as a sentence."""
    return paper.sentence("; ".join(c.gaps))


CONTROLS = Listing(
    "controls",
    "Controls and assurances",
    Column(
        "what",
        "Control",
        link=lambda x, c: reverse("edit_control", args=[x.id]) if c.edit else None,
    ),
    Column("owner", "Who runs it"),
    Column("state", "State", show=coded(CONTROL_STATES)),
    Column("assurance", "What shows that it works", shown_by, none="Nothing"),
    Column("gap", "Gap", gaps_of),
    Column(
        "add",
        "Next",
        lambda _: "Add assurance",
        link=to("new_assurance", "id"),
        when=lambda c: c.edit,
    ),
    empty="No control is written down: that is a gap.",
)

RISK_ACTIONS = Listing(
    "actions",
    "Actions",
    Column(
        "what",
        "Action",
        link=lambda a, c: reverse("edit_risk_action", args=[a["id"]]) if c.edit else None,
    ),
    Column("owner", "Owner"),
    Column(
        "due",
        "Due",
        "due_on",
        DAY_OF,
        beside=lambda a, c: "overdue" if a["state"] == "open" and a["due_on"] < c.on else None,
    ),
    Column("state", "State", show=coded(ACTION_STATES)),
    Column("evidence", "What shows it"),
    empty="Nothing is to be done about it yet.",
)

# How the score moved, and who moved it: the trend, with every step.
RISK_VERSIONS = Listing(
    "versions",
    "How it moved",
    Column("version", "Version", numeric=True),
    Column("at", "When", "saved_at", MOMENT),
    Column("by", "Who", "saved_by.name"),
    score_column(lambda v: risk_score(v.content["impact"], v.content["likelihood"])),
    Column("state", "State", "content.state", CAPITAL),
    Column("why", "Why", "content.evidence"),
)


# --- the assurance framework ----------------------------------------------------------------------
@dataclass(frozen=True)
class Threat:
    """A line of the framework: an aim, what threatens it, one control of that; none of them where
    none is known."""

    aim: str
    held: HeldRisk | None = None
    control: ControlHeld | None = None

    @property
    def gap(self) -> str:
        if self.held is None:
            return "Nobody has said what threatens this aim"
        if self.control is None:
            return gaps_of(self.held)
        return gaps_of(self.control) or "None known"


def threats(found: Iterable[AimHeld]) -> list[Threat]:
    """Every aim with its principal risks, every risk with its controls."""
    lines = []
    for a in found:
        lines += [Threat(a.aim.name)] if not a.risks else []
        for h in a.risks:
            lines += [Threat(a.aim.name, h, x) for x in h.controls] or [Threat(a.aim.name, h)]
    return lines


def _to_do(x: Threat) -> str | None:
    if x.held is None:
        return None
    left = (a for a in x.held.actions if a["state"] == "open")
    return (
        "; ".join(f"{a['what']} ({a['owner']}, {words.day(a['due_on'])})" for a in left) or "None"
    )


def _first_and_target(x: Threat) -> str | None:
    if x.held is None:
        return None
    s = x.held.score
    return f"{s.initial.score}, {s.target.score if s.target else 'none'}"


def _if_held(text: Any) -> Any:
    """What stands in a line without a control, where there is a risk at all."""
    return lambda x: text if x.held else None


FRAMEWORK = Listing(
    "framework",
    "Assurance framework",
    Column("aim", "Strategic aim"),
    Column(
        "risk",
        "Principal risk",
        "held.risk.title",
        link=lambda x: reverse("risk", args=[x.held.risk["id"]]),
        beside="held.risk.owner",
        none="No principal risk recorded",
    ),
    score_column("held.score.current", label="Score now"),
    Column("from", "First, target", _first_and_target, sort="held.score.initial.score"),
    Column("control", "Control", "control.what", none=_if_held("None")),
    Column(
        "assurance",
        "Assurance",
        lambda x: x.control and shown_by(x.control),
        none=_if_held("None"),
    ),
    Column("gap", "Gap"),
    Column("action", "Action", _to_do),
    empty="The plan names no aims. Write them into plan.yaml: aims.",
)

# --- the compliance matrix ------------------------------------------------------------------------
STATE_TONES = {"met": "green", "not met": "orange", "overdue": "red", "no evidence": "grey"}
SHORT = {"met": "Met", "not met": "Not met", "overdue": "Overdue", "no evidence": "None"}


def duty_counts(cells: Iterable[DutyCell]) -> dict[str, Counter[str]]:
    """Of each duty, how many stand in which state."""
    found: dict[str, Counter[str]] = {}
    for c in cells:
        found.setdefault(c.duty.id, Counter())[c.state] += 1
    return found


@dataclass(frozen=True)
class MatrixCounts:
    """A matrix, how many cells of it stand in which state, how many it binds."""

    matrix: ComplianceMatrix
    states: Mapping[str, int]
    who: int


def counted(m: ComplianceMatrix, cells: Iterable[DutyCell], who: int) -> MatrixCounts:
    """A matrix with its cells counted by state."""
    return MatrixCounts(m, Counter(c.state for c in cells), who)


def _bound(x: MatrixCounts) -> str:
    """Whom a matrix binds, in words: so many practices, and the commissioner where one of its
    duties is the commissioner's."""
    kinds = list(dict.fromkeys(d.binds or x.matrix.who for d in x.matrix.duties))
    single = [f"the {k}" for k in kinds if k in ("place", "commissioner")]
    many = [k for k in kinds if k not in ("place", "commissioner")]
    of_many = [paper.plural(x.who - len(single), many[0].rstrip("s"))] if len(many) == 1 else many
    return paper.sentence(paper.listing([*of_many, *single])).rstrip(".")


def _state_of_matrix(state: str) -> Column:
    key = state.replace(" ", "_")
    return Column(
        key,
        state.capitalize(),
        lambda x: x.states[state],
        COUNT,
        figure=lambda x: f"duties.{x.matrix.id}.{key}",
    )


MATRICES = Listing(
    "matrices",
    "Compliance matrices",
    Column("title", "Matrix", "matrix.title", link=to("compliance_matrix", "matrix.id")),
    Column("who", "Who", _bound),
    Column("duties", "Duties", lambda x: len(x.matrix.duties), numeric=True),
    *map(_state_of_matrix, STATE_TONES),
    empty="This place has no compliance document. Write one into compliance/NAME.yaml: who, duties, due, evidence.",
)


def _state_of_duty(state: str) -> Column:
    def many(d: Any, c: Context) -> int:
        return c.counts.get(d.id, Counter())[state]

    return Column(state.replace(" ", "_"), state.capitalize(), many, numeric=True)


DUTIES = Listing(
    "duties",
    "By duty",
    Column(
        "duty",
        "Duty",
        lambda d: f"{d.id} {d.asked}",
        link=to("compliance_duty", lambda _, c: c.matrix.id, "id"),
        sort="id",
    ),
    Column(
        "due",
        "Due",
        lambda d: str(d.due) if d.due else None,
        sort=lambda d: d.due.end.isoformat() if d.due.end else "9999",
        none="No date printed",
    ),
    Column("binds", "Whose duty", lambda d, c: paper.sentence(d.binds or c.matrix.who).rstrip(".")),
    Column("standard", "Standard"),
    Column("wanted", "Evidence wanted", "evidence", none="Not stated"),
    *map(_state_of_duty, STATE_TONES),
)


@dataclass(frozen=True)
class Bound:
    """One who is bound, and how each of their duties stands."""

    who: str
    duties: Mapping[str, DutyCell]

    def many(self, state: str) -> int:
        return sum(c.state == state for c in self.duties.values())


def by_who(cells: Sequence[DutyCell]) -> list[Bound]:
    """One row for each who, with their duties by id."""
    by: dict[str, dict[str, DutyCell]] = {}
    for c in cells:
        by.setdefault(c.who, {})[c.duty.id] = c
    return [Bound(who, duties) for who, duties in by.items()]


def _code(x: Bound | DutyCell, c: Context) -> str | None:
    """The code beside a name, where there is a name."""
    return x.who if c.names[x.who] != x.who else None


def _evidence_page(c: Context, duty: str, who: str) -> str | None:
    return reverse("compliance_evidence", args=[c.matrix.id, duty, who]) if c.edit else None


def _duty(id: str) -> Column:
    """How one duty stands for everybody, and the day of the evidence."""

    def cell(x: Bound, c: Context) -> Cell | None:
        mine = x.duties.get(id)
        if mine is None:
            return None
        note = paper.short_day(mine.evidence.on) if mine.evidence else None
        return Cell(SHORT[mine.state], href=_evidence_page(c, id, x.who), note=note, csv=mine.state)

    return Column(id, id, cell)


WHO_BY_DUTY = Listing(
    "matrix",
    "Who by duty",
    Column("who", "Who", lambda x, c: c.names[x.who], beside=_code),
    Column("late", "Overdue", lambda x: x.many("overdue"), numeric=True),
    Column("missing", "No evidence", lambda x: x.many("no evidence"), numeric=True),
    lambda c: [_duty(d.id) for d in c.matrix.duties],
    empty=lambda c: f"The place’s tables name no {c.matrix.who}, so there is nobody to bind.",
)


def _tick(x: DutyCell, c: Context) -> SafeString | str:
    if x.evidence is not None:
        return ""
    return format_html(
        '<input type="checkbox" class="op-tick" name="who" value="{}" form="evidence" aria-label="Choose {}">',
        x.who,
        c.names[x.who],
    )


# One duty, everybody who has it; with a tick to say the same of several at once.
WHO_HAS_IT = Listing(
    "duty",
    "Who has it",
    Column(
        "who",
        "Who",
        lambda x, c: c.names[x.who],
        link=lambda x, c: _evidence_page(c, x.duty.id, x.who),
        beside=_code,
    ),
    Column("tick", "Choose", _tick, csv=lambda _: "", when=lambda c: c.edit),
    Column("state", "State", show=CAPITAL, tone=STATE_TONES),
    Column("on", "Shown on", "evidence.on"),
    Column("by", "Who says so", "evidence.by"),
    Column("evidence", "Evidence", lambda x, c: c.said.get(x.who)),
)
