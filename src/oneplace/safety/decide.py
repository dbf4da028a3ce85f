"""May this actor do this, to this subject, for this purpose, given how they stand to each other
now?

Comes in: who asks, what they would do, to what, why, the relationships that the door has gathered,
and the moment. Goes out: a `Decision` with the reason in words and the obligations that bind
whoever asked. Nothing is fetched here. The rules are the Cedar text in `policies.cedar`; this
module only turns the question into Cedar's terms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import cedarpy


class Role(StrEnum):
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    PLANNER = "planner"
    SCHEME_LEAD = "scheme_lead"
    ANALYST = "analyst"
    FINANCE = "finance"
    RISK = "risk"
    BOARD = "board"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    RESIDENT = "resident"


class Purpose(StrEnum):
    DIRECT_CARE = "direct_care"
    PLANNING = "planning"
    BOARD = "board"
    PUBLIC = "public"


class Tie(StrEnum):
    """How an actor stands to a subject. All end; an MDT window and a chosen carer always name their
    end."""

    CARE_TEAM = "care_team"
    REGISTERED_PRACTICE = "registered_practice"
    OPEN_REFERRAL = "open_referral"
    MDT_WINDOW = "mdt_window"
    SCHEME_LEAD = "scheme_lead"
    SELF = "self"
    CHOSEN_CARER = "chosen_carer"
    BREAK_GLASS = "break_glass"


class Sensitivity(StrEnum):
    """Restricted is the record whose very address is protected; sensitive is for the own team or
    practice."""

    NORMAL = "normal"
    SENSITIVE = "sensitive"
    RESTRICTED = "restricted"


class OptOut(StrEnum):
    """Planning is the national data opt-out; sharing keeps the record within the person's own
    practice."""

    PLANNING = "planning"
    SHARING = "sharing"


class Kind(StrEnum):
    """What a subject is. Programme covers plan, money, risks and papers; oversight covers audit and
    accounts."""

    PERSON = "Person"
    CASELOAD = "Caseload"
    FIGURES = "Figures"
    PROGRAMME = "Programme"
    DIRECTORY = "Directory"
    OVERSIGHT = "Oversight"


class Action(StrEnum):
    """What may be asked for. `identify` shows who someone is; `reidentify` does so from a risk
    list; `see_end_of_life` who is thought to be dying; `export_record` takes everything held about
    someone away."""

    SEE_PERSON = "see_person"
    IDENTIFY = "identify"
    REIDENTIFY = "reidentify"
    WRITE_CARE = "write_care"
    SEE_ADVANCE_CARE = "see_advance_care"
    WRITE_ADVANCE_CARE = "write_advance_care"
    SEE_END_OF_LIFE = "see_end_of_life"
    EXPORT_RECORD = "export_record"
    WRITE_OWN = "write_own"
    SEE_CASELOAD = "see_caseload"
    SEE_PRACTICE_LIST = "see_practice_list"
    SEE_FIGURES = "see_figures"
    EXPORT = "export"
    SEE_PLAN = "see_plan"
    SEE_MONEY = "see_money"
    SEE_RISKS = "see_risks"
    SEE_PAPERS = "see_papers"
    EDIT_PLAN = "edit_plan"
    EDIT_RISKS = "edit_risks"
    RAISE_RISK = "raise_risk"
    EDIT_PAPERS = "edit_papers"
    EDIT_MEASURES = "edit_measures"
    EDIT_MONEY = "edit_money"
    WRITE_RETURN = "write_return"
    APPROVE = "approve"
    DECIDE = "decide"
    RUN = "run"
    SEE_DIRECTORY = "see_directory"
    EDIT_DIRECTORY = "edit_directory"
    SEE_AUDIT = "see_audit"
    REVIEW_ACCESS = "review_access"
    MANAGE_ACCOUNTS = "manage_accounts"


# Which groups of the policies a role belongs to, besides its own name.
GROUPS: Final[dict[Role, frozenset[str]]] = {
    Role.COORDINATOR: frozenset({"care", "staff"}),
    Role.CLINICIAN: frozenset({"care", "staff"}),
    Role.PLANNER: frozenset({"programme", "staff"}),
    Role.SCHEME_LEAD: frozenset({"programme", "staff"}),
    Role.ANALYST: frozenset({"programme", "staff"}),
    Role.FINANCE: frozenset({"programme", "staff"}),
    Role.RISK: frozenset({"programme", "staff"}),
    Role.BOARD: frozenset({"programme"}),
    Role.PRIVACY_OFFICER: frozenset({"staff"}),
    Role.ADMINISTRATOR: frozenset(),
    Role.RESIDENT: frozenset(),
}

GLASS_BROKEN: Final = "the glass was broken; the reason is kept beside this row"
NOT_PERMITTED: Final = (
    "nothing permits this role to do this for this purpose without a current relationship"
)


@dataclass(frozen=True)
class Actor:
    """Who asks. Someone who is not signed in has an empty id and no roles; `trained` is in advance
    care planning."""

    id: str
    roles: frozenset[Role] = frozenset()
    trained: bool = False


@dataclass(frozen=True)
class Subject:
    """What is asked about; `id` is a pseudonym, a team, a scheme or the name of a table of
    figures."""

    kind: Kind
    id: str = ""
    sensitivity: Sensitivity = Sensitivity.NORMAL
    opt_outs: frozenset[OptOut] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Relationship:
    """A tie of the actor to one subject from `since` up to, not including, `until`. Breaking the
    glass needs `reason`."""

    tie: Tie
    subject: str
    since: datetime
    until: datetime | None = None
    reason: str = ""

    def holds(self, *, subject: str, now: datetime) -> bool:
        return (
            self.subject == subject
            and self.since <= now
            and (self.until is None or now < self.until)
        )


@dataclass(frozen=True)
class Decision:
    """`obligations` are words such as audit, pseudonyms_only, break_glass_review, disclose:hes;
    `policies` decided it."""

    allowed: bool
    reason: str
    obligations: frozenset[str] = frozenset()
    policies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def disclosure(self) -> tuple[str, ...]:
        """The disclosure profiles that bind what is shown, for `disclose.effective`."""
        return tuple(
            sorted(
                o.removeprefix("disclose:") for o in self.obligations if o.startswith("disclose:")
            )
        )


def decide(
    actor: Actor,
    action: Action,
    subject: Subject,
    purpose: Purpose,
    relationships: Iterable[Relationship] = (),
    *,
    now: datetime,
) -> Decision:
    """Deny by default; a forbidding policy wins; what several permitting policies oblige is all
    owed."""
    if now.tzinfo is None:
        raise ValueError("a decision needs a moment with its time zone")
    rules = _rules()
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "User", "id": actor.id},
            "action": {"type": "Action", "id": action.value},
            "resource": {"type": subject.kind.value, "id": subject.id},
            "context": _context(subject, purpose, relationships, now),
        },
        rules.parsed,
        _entities(actor, subject),
    )
    if answer.diagnostics.errors:
        raise RuntimeError(f"the policies could not be evaluated: {answer.diagnostics.errors}")
    names = sorted(answer.diagnostics.id_annotations_by_reason.values())
    if not answer.allowed:
        return Decision(
            False,
            "; ".join(rules.reasons[n] for n in names) or NOT_PERMITTED,
            policies=tuple(names),
        )
    owed = frozenset().union(*(rules.obligations[n] for n in names))
    return Decision(True, "; ".join(rules.reasons[n] for n in names), owed, tuple(names))


def _context(
    subject: Subject, purpose: Purpose, relationships: Iterable[Relationship], now: datetime
) -> dict[str, Any]:
    current = [r for r in relationships if r.holds(subject=subject.id, now=now)]
    context: dict[str, Any] = {
        "purpose": purpose.value,
        "relationships": sorted({r.tie.value for r in current if r.tie is not Tie.BREAK_GLASS}),
    }
    broken = [r for r in current if r.tie is Tie.BREAK_GLASS]
    if broken:
        best = max(broken, key=lambda r: (len(r.reason.strip()) >= 20, r.since))
        context["break_glass"] = {
            "reason_characters": len(best.reason.strip()),
            "minutes": int((now - best.since).total_seconds() // 60),
        }
    return context


def _entities(actor: Actor, subject: Subject) -> list[dict[str, Any]]:
    groups = sorted({str(r) for r in actor.roles}.union(*(GROUPS[r] for r in actor.roles)))
    attributes: dict[str, Any] = {}
    if subject.kind is Kind.PERSON:
        attributes = {
            "sensitivity": subject.sensitivity.value,
            "opt_outs": sorted(o.value for o in subject.opt_outs),
        }
    return [
        {
            "uid": {"type": "User", "id": actor.id},
            "attrs": {"trained": actor.trained},
            "parents": [{"type": "Role", "id": g} for g in groups],
        },
        {"uid": {"type": subject.kind.value, "id": subject.id}, "attrs": attributes, "parents": []},
    ]


def in_an_emergency(reason: str) -> bool:
    """Does a decision's reason, as the audit keeps it, say that the glass was broken?"""
    rules = _rules()
    owed = [
        said
        for name, said in rules.reasons.items()
        if "break_glass_review" in rules.obligations[name]
    ]
    return GLASS_BROKEN in reason or any(said in reason for said in owed)


@dataclass(frozen=True)
class _Rules:
    parsed: Any
    reasons: dict[str, str]
    obligations: dict[str, frozenset[str]]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    """The shipped policies, parsed once: they are part of the code, not a setting."""
    text = (resources.files("oneplace.safety") / "policies.cedar").read_text(encoding="utf-8")
    written = [
        p["annotations"]
        for p in json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    ]
    return _Rules(
        parsed=cedarpy.PolicySet.from_str(text),
        reasons={a["id"]: a["reason"] for a in written},
        obligations={a["id"]: frozenset(a.get("obligations", "").split()) for a in written},
    )
