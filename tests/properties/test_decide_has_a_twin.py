"""The Cedar policies say what a plain-Python truth table says, for any combination at all."""

from datetime import UTC, datetime, timedelta
from importlib import resources

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.safety.decide import (
    Action,
    Actor,
    Kind,
    OptOut,
    Purpose,
    Relationship,
    Role,
    Sensitivity,
    Subject,
    Tie,
    decide,
)

NOW = datetime(2019, 4, 1, 9, tzinfo=UTC)
CARE = {Role.CLINICIAN, Role.COORDINATOR}
PROGRAMME = {Role.PLANNER, Role.SCHEME_LEAD, Role.ANALYST, Role.FINANCE, Role.RISK, Role.BOARD}
STAFF = (CARE | PROGRAMME | {Role.PRIVACY_OFFICER}) - {Role.BOARD}
OF_KIND = {
    Kind.PERSON: {
        *(Action.SEE_PERSON, Action.IDENTIFY, Action.REIDENTIFY, Action.WRITE_CARE),
        *(Action.SEE_ADVANCE_CARE, Action.WRITE_ADVANCE_CARE, Action.WRITE_OWN),
        *(Action.SEE_END_OF_LIFE, Action.EXPORT_RECORD),
    },
    Kind.CASELOAD: {Action.SEE_CASELOAD, Action.SEE_PRACTICE_LIST, Action.SEE_END_OF_LIFE},
    Kind.FIGURES: {Action.SEE_FIGURES, Action.EXPORT},
    Kind.DIRECTORY: {Action.SEE_DIRECTORY, Action.EDIT_DIRECTORY},
    Kind.OVERSIGHT: {Action.SEE_AUDIT, Action.REVIEW_ACCESS, Action.MANAGE_ACCOUNTS},
}
OF_KIND[Kind.PROGRAMME] = set(Action) - set().union(*OF_KIND.values())


def person(roles, trained, action, subject, purpose, ties, glass):
    if subject.sensitivity == Sensitivity.RESTRICTED and not (
        Tie.SELF in ties
        or (Role.CLINICIAN in roles and ties & {Tie.CARE_TEAM, Tie.REGISTERED_PRACTICE})
    ):
        return False
    if subject.sensitivity == Sensitivity.SENSITIVE and not (
        glass or ties & {Tie.CARE_TEAM, Tie.REGISTERED_PRACTICE, Tie.SELF}
    ):
        return False
    if OptOut.SHARING in subject.opt_outs and not (
        glass or ties & {Tie.REGISTERED_PRACTICE, Tie.SELF, Tie.CHOSEN_CARER}
    ):
        return False
    if purpose == Purpose.PLANNING:
        return (
            Role.ANALYST in roles
            and action == Action.SEE_PERSON
            and OptOut.PLANNING not in subject.opt_outs
        )
    if purpose != Purpose.DIRECT_CARE:
        return False
    near = {Tie.CARE_TEAM, Tie.REGISTERED_PRACTICE}
    if action == Action.REIDENTIFY:
        return bool(roles & CARE and ties & near)
    own = Role.RESIDENT in roles and Tie.SELF in ties
    if action == Action.WRITE_OWN:
        return own
    if action == Action.EXPORT_RECORD:
        return own or bool(roles & CARE and ties & near)
    if action == Action.SEE_END_OF_LIFE:
        return (
            Role.CLINICIAN in roles
            and trained
            and bool(ties & (near | {Tie.OPEN_REFERRAL, Tie.MDT_WINDOW}))
        )
    if action in {Action.SEE_ADVANCE_CARE, Action.WRITE_ADVANCE_CARE}:
        clinician = Role.CLINICIAN in roles and trained
        if clinician and ties & (near | {Tie.OPEN_REFERRAL, Tie.MDT_WINDOW}):
            return True
        return action == Action.SEE_ADVANCE_CARE and ((clinician and glass) or own)
    if roles & CARE and ties & (near | {Tie.OPEN_REFERRAL, Tie.MDT_WINDOW}):
        return True
    if action == Action.WRITE_CARE:
        return False
    return glass or (Role.RESIDENT in roles and bool(ties & {Tie.SELF, Tie.CHOSEN_CARER}))


def programme(roles, action, purpose, ties):
    reads = {Action.SEE_PLAN, Action.SEE_MONEY, Action.SEE_RISKS, Action.SEE_PAPERS}
    if purpose == Purpose.BOARD:
        return bool(
            (action in reads and roles & PROGRAMME)
            or (Role.BOARD in roles and action in {Action.APPROVE, Action.DECIDE})
        )
    if purpose != Purpose.PLANNING:
        return False
    writes = {
        Action.EDIT_PLAN: {Role.PLANNER},
        Action.EDIT_RISKS: {Role.PLANNER, Role.RISK}
        | ({Role.SCHEME_LEAD} if Tie.SCHEME_LEAD in ties else set()),
        Action.EDIT_PAPERS: {Role.PLANNER},
        Action.EDIT_MEASURES: {Role.ANALYST},
        Action.EDIT_MONEY: {Role.FINANCE},
        Action.RUN: {Role.PLANNER, Role.ANALYST},
        Action.WRITE_RETURN: {Role.SCHEME_LEAD} if Tie.SCHEME_LEAD in ties else set(),
        Action.RAISE_RISK: CARE,
        Action.SEE_PLAN: PROGRAMME | CARE,
        Action.SEE_PAPERS: PROGRAMME | CARE,
        Action.SEE_MONEY: PROGRAMME,
        Action.SEE_RISKS: PROGRAMME,
    }
    return bool(roles & writes.get(action, set()))


def truth(roles, trained, action, subject, purpose, ties, glass):
    if action not in OF_KIND[subject.kind]:
        return False
    match subject.kind:
        case Kind.PERSON:
            return person(roles, trained, action, subject, purpose, ties, glass)
        case Kind.CASELOAD:
            if action == Action.SEE_END_OF_LIFE:
                near = ties & {
                    Tie.CARE_TEAM,
                    Tie.REGISTERED_PRACTICE,
                    Tie.OPEN_REFERRAL,
                    Tie.MDT_WINDOW,
                }
                return (
                    purpose == Purpose.DIRECT_CARE
                    and trained
                    and Role.CLINICIAN in roles
                    and bool(near)
                )
            if action == Action.SEE_PRACTICE_LIST:
                return purpose == Purpose.DIRECT_CARE and bool(
                    roles & CARE and Tie.REGISTERED_PRACTICE in ties
                )
            if purpose == Purpose.DIRECT_CARE:
                return bool(roles & CARE and Tie.CARE_TEAM in ties)
            return purpose == Purpose.PLANNING and Role.ANALYST in roles
        case Kind.FIGURES if action == Action.EXPORT:
            return purpose != Purpose.DIRECT_CARE and bool(roles & STAFF)
        case Kind.FIGURES:
            return {
                Purpose.PUBLIC: True,
                Purpose.BOARD: bool(roles & PROGRAMME),
                Purpose.PLANNING: bool(roles & STAFF),
                Purpose.DIRECT_CARE: bool(roles & CARE and Tie.CARE_TEAM in ties),
            }[purpose]
        case Kind.DIRECTORY:
            editors = {Role.COORDINATOR, Role.PLANNER}
            return action == Action.SEE_DIRECTORY or (
                purpose != Purpose.PUBLIC and bool(roles & editors)
            )
        case Kind.OVERSIGHT:
            keeper = (
                Role.ADMINISTRATOR if action == Action.MANAGE_ACCOUNTS else Role.PRIVACY_OFFICER
            )
            return purpose == Purpose.PLANNING and keeper in roles
        case Kind.PROGRAMME:
            return programme(roles, action, purpose, ties)


@st.composite
def ties_now(draw):
    """Relationships as the door might gather them: to this subject or another, current, over or not
    begun."""
    made = []
    for tie in draw(st.lists(st.sampled_from(list(Tie)), max_size=3)):
        since = NOW + timedelta(minutes=draw(st.sampled_from([-90, -60, -59, -1, 0, 1])))
        until = draw(
            st.sampled_from([None, NOW - timedelta(seconds=1), NOW, NOW + timedelta(minutes=5)])
        )
        reason = "r" * draw(st.sampled_from([0, 19, 20, 50]))
        made.append(
            Relationship(
                tie=tie,
                subject=draw(st.sampled_from(["7", "7", "8"])),
                since=since,
                until=until,
                reason=reason,
            )
        )
    return made


@st.composite
def questions(draw):
    kind = draw(st.sampled_from([Kind.PERSON] * 4 + list(Kind)))
    actions = st.sampled_from(sorted(OF_KIND[kind]))
    return (
        frozenset(draw(st.sets(st.sampled_from(list(Role)), max_size=2))),
        draw(st.one_of(actions, actions, actions, st.sampled_from(list(Action)))),
        Subject(
            kind,
            "7",
            draw(st.sampled_from(list(Sensitivity))),
            frozenset(draw(st.sets(st.sampled_from(list(OptOut))))),
        ),
        draw(st.sampled_from(list(Purpose))),
        draw(ties_now()),
        draw(st.booleans()),
    )


@settings(max_examples=2000, deadline=None)
@given(questions())
def test_the_policies_say_what_the_truth_table_says(question):
    roles, action, subject, purpose, relationships, trained = question
    current = [
        r
        for r in relationships
        if r.subject == "7" and r.since <= NOW and (r.until is None or r.until > NOW)
    ]
    ties = {r.tie for r in current} - {Tie.BREAK_GLASS}
    glass = Role.CLINICIAN in roles and any(
        r.tie == Tie.BREAK_GLASS and len(r.reason) >= 20 and NOW - r.since < timedelta(minutes=60)
        for r in current
    )
    decision = decide(Actor("u", roles, trained), action, subject, purpose, relationships, now=NOW)
    assert decision.allowed == truth(roles, trained, action, subject, purpose, ties, glass), (
        decision
    )
    if decision.allowed and action in {Action.IDENTIFY, Action.REIDENTIFY}:
        assert purpose == Purpose.DIRECT_CARE
        assert "audit" in decision.obligations
    if {"break-glass", "advance-care-through-broken-glass"} & set(
        decision.policies
    ) and decision.allowed:
        assert "break_glass_review" in decision.obligations


def test_the_policies_fit_their_schema():
    room = resources.files("oneplace.safety")
    policies, schema = (
        room.joinpath(n).read_text() for n in ("policies.cedar", "policies.cedarschema")
    )
    checked = cedarpy.validate_policies(policies, schema)
    assert checked.validation_passed, checked.errors


def test_every_action_and_tie_is_spoken_of():
    """An action nobody may ever do, or a tie that opens nothing, is a slip in the policies."""
    text = resources.files("oneplace.safety").joinpath("policies.cedar").read_text()
    assert {a for a in Action if f'"{a}"' not in text} == set()
    assert {t for t in Tie if t != Tie.BREAK_GLASS and f'"{t}"' not in text} == set()
