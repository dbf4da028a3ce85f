"""Who may do what, to whom and why: one line a case. y allowed, - refused."""

from datetime import UTC, datetime, timedelta

import pytest

from oneplace.safety.decide import (
    Action,
    Actor,
    Decision,
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

# role | action | purpose | tie | sensitivity | opt-out | answer
PERSON_CASES = """
clinician       | identify    | direct_care | care_team           | normal     |          | y
clinician       | identify    | direct_care | registered_practice | normal     |          | y
clinician       | identify    | direct_care | open_referral       | normal     |          | y
clinician       | identify    | direct_care | mdt_window          | normal     |          | y
clinician       | identify    | direct_care |                     | normal     |          | -
coordinator     | identify    | direct_care | care_team           | normal     |          | y
coordinator     | identify    | direct_care |                     | normal     |          | -
coordinator     | identify    | planning    | care_team           | normal     |          | -
clinician       | identify    | board       | care_team           | normal     |          | -
planner         | identify    | planning    |                     | normal     |          | -
planner         | identify    | direct_care | care_team           | normal     |          | -
board           | identify    | board       |                     | normal     |          | -
board           | see_person  | board       |                     | normal     |          | -
analyst         | see_person  | planning    |                     | normal     |          | y
analyst         | see_person  | planning    |                     | normal     | planning | -
analyst         | see_person  | board       |                     | normal     |          | -
analyst         | see_person  | planning    |                     | sensitive  |          | -
analyst         | identify    | planning    |                     | normal     |          | -
clinician       | identify    | direct_care | care_team           | normal     | planning | y
clinician       | identify    | direct_care | care_team           | normal     | sharing  | -
clinician       | identify    | direct_care | registered_practice | normal     | sharing  | y
clinician       | reidentify  | direct_care | care_team           | normal     |          | y
clinician       | reidentify  | direct_care | registered_practice | normal     |          | y
clinician       | reidentify  | direct_care | open_referral       | normal     |          | -
clinician       | reidentify  | direct_care | mdt_window          | normal     |          | -
analyst         | reidentify  | planning    | care_team           | normal     |          | -
clinician       | identify    | direct_care | open_referral       | sensitive  |          | -
clinician       | identify    | direct_care | care_team           | sensitive  |          | y
coordinator     | identify    | direct_care | care_team           | sensitive  |          | y
clinician       | identify    | direct_care | care_team           | restricted |          | y
coordinator     | identify    | direct_care | care_team           | restricted |          | -
clinician       | identify    | direct_care | mdt_window          | restricted |          | -
clinician       | write_care  | direct_care | care_team           | normal     |          | y
coordinator     | write_care  | direct_care | mdt_window          | normal     |          | y
coordinator     | write_care  | planning    | mdt_window          | normal     |          | -
clinician       | see_advance_care | direct_care | care_team      | normal     |          | -
resident        | see_advance_care | direct_care | self           | normal     |          | y
resident        | see_advance_care | direct_care | chosen_carer   | normal     |          | -
resident        | write_own   | direct_care | self                | normal     |          | y
resident        | write_own   | direct_care | chosen_carer        | normal     |          | -
coordinator     | write_own   | direct_care | care_team           | normal     |          | -
finance         | see_person  | planning    |                     | normal     |          | -
privacy_officer | identify    | direct_care |                     | normal     |          | -
resident        | identify    | direct_care | self                | normal     |          | y
resident        | identify    | direct_care | self                | restricted | sharing  | y
resident        | identify    | direct_care | chosen_carer        | normal     |          | y
resident        | identify    | direct_care | chosen_carer        | sensitive  |          | -
resident        | identify    | direct_care |                     | normal     |          | -
"""

# role | action | kind | purpose | tie | answer
OTHER_CASES = """
coordinator     | see_caseload    | Caseload  | direct_care | care_team   | y
coordinator     | see_caseload    | Caseload  | direct_care |             | -
analyst         | see_caseload    | Caseload  | planning    |             | y
planner         | see_caseload    | Caseload  | planning    |             | -
board           | see_caseload    | Caseload  | board       |             | -
planner         | see_figures     | Figures   | planning    |             | y
board           | see_figures     | Figures   | board       |             | y
board           | see_figures     | Figures   | planning    |             | -
nobody          | see_figures     | Figures   | public      |             | y
nobody          | see_figures     | Figures   | planning    |             | -
analyst         | export          | Figures   | planning    |             | y
board           | export          | Figures   | board       |             | -
planner         | edit_plan       | Programme | planning    |             | y
scheme_lead     | edit_plan       | Programme | planning    |             | -
scheme_lead     | write_return    | Programme | planning    | scheme_lead | y
scheme_lead     | write_return    | Programme | planning    |             | -
finance         | edit_money      | Programme | planning    |             | y
planner         | edit_money      | Programme | planning    |             | -
risk            | edit_risks      | Programme | planning    |             | y
board           | approve         | Programme | board       |             | y
planner         | approve         | Programme | planning    |             | -
coordinator     | raise_risk      | Programme | planning    |             | y
coordinator     | edit_risks      | Programme | planning    |             | -
board           | raise_risk      | Programme | planning    |             | -
clinician       | see_plan        | Programme | planning    |             | y
clinician       | see_money       | Programme | planning    |             | -
resident        | see_plan        | Programme | planning    |             | -
nobody          | see_directory   | Directory | public      |             | y
coordinator     | edit_directory  | Directory | direct_care |             | y
resident        | edit_directory  | Directory | public      |             | -
privacy_officer | see_audit       | Oversight | planning    |             | y
planner         | see_audit       | Oversight | planning    |             | -
privacy_officer | review_access   | Oversight | planning    |             | y
administrator   | manage_accounts | Oversight | planning    |             | y
privacy_officer | manage_accounts | Oversight | planning    |             | -
administrator   | see_audit       | Oversight | planning    |             | -
administrator   | see_plan        | Programme | planning    |             | -
administrator   | see_figures     | Figures   | planning    |             | -
"""


def rows(drawn: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in drawn.strip().splitlines()]


def ask(role: str, action: str, subject: Subject, purpose: str, tie: str) -> Decision:
    ties = (
        [Relationship(tie=Tie(tie), subject=subject.id, since=NOW - timedelta(days=1))]
        if tie
        else []
    )
    roles = frozenset() if role == "nobody" else frozenset({Role(role)})
    return decide(Actor("u1", roles), Action(action), subject, Purpose(purpose), ties, now=NOW)


@pytest.mark.parametrize(
    "role, action, purpose, tie, sensitivity, opt_out, answer", rows(PERSON_CASES)
)
def test_one_person(role, action, purpose, tie, sensitivity, opt_out, answer):
    subject = Subject(
        Kind.PERSON,
        "42",
        Sensitivity(sensitivity),
        frozenset({OptOut(opt_out)}) if opt_out else frozenset(),
    )
    decision = ask(role, action, subject, purpose, tie)
    assert decision.allowed == (answer == "y"), decision
    assert decision.reason
    if decision.allowed:
        assert "audit" in decision.obligations


@pytest.mark.parametrize(
    "role, trained, tie, action, allowed",
    [
        ("clinician", True, Tie.CARE_TEAM, Action.SEE_ADVANCE_CARE, True),
        ("clinician", True, Tie.CARE_TEAM, Action.WRITE_ADVANCE_CARE, True),
        ("clinician", True, Tie.SCHEME_LEAD, Action.SEE_ADVANCE_CARE, False),
        ("clinician", False, Tie.REGISTERED_PRACTICE, Action.SEE_ADVANCE_CARE, False),
        ("coordinator", True, Tie.CARE_TEAM, Action.SEE_ADVANCE_CARE, False),
    ],
)
def test_advance_care_is_for_clinicians_trained_in_it(role, trained, tie, action, allowed):
    near = Relationship(tie=tie, subject="42", since=NOW - timedelta(days=1))
    actor = Actor("u1", frozenset({Role(role)}), trained)
    assert (
        decide(
            actor, action, Subject(Kind.PERSON, "42"), Purpose.DIRECT_CARE, [near], now=NOW
        ).allowed
        == allowed
    )


@pytest.mark.parametrize("role, action, kind, purpose, tie, answer", rows(OTHER_CASES))
def test_everything_else(role, action, kind, purpose, tie, answer):
    decision = ask(role, action, Subject(Kind(kind), "s1"), purpose, tie)
    assert decision.allowed == (answer == "y"), decision


@pytest.mark.parametrize(
    "role, minutes, reason, sensitivity, person, allowed",
    [
        ("clinician", 0, "x" * 20, "normal", "42", True),
        ("clinician", 59, "found collapsed, no history", "normal", "42", True),
        ("clinician", 60, "found collapsed, no history", "normal", "42", False),
        ("clinician", -1, "found collapsed, no history", "normal", "42", False),
        ("clinician", 5, "x" * 19, "normal", "42", False),
        ("clinician", 5, " " * 30, "normal", "42", False),
        ("clinician", 5, "found collapsed, no history", "normal", "43", False),
        ("clinician", 5, "found collapsed, no history", "sensitive", "42", True),
        ("clinician", 5, "found collapsed, no history", "restricted", "42", False),
        ("coordinator", 5, "found collapsed, no history", "normal", "42", False),
        ("planner", 5, "found collapsed, no history", "normal", "42", False),
    ],
)
def test_breaking_the_glass(role, minutes, reason, sensitivity, person, allowed):
    glass = Relationship(
        tie=Tie.BREAK_GLASS, subject=person, since=NOW - timedelta(minutes=minutes), reason=reason
    )
    decision = decide(
        Actor("u1", frozenset({Role(role)})),
        Action.IDENTIFY,
        Subject(Kind.PERSON, "42", Sensitivity(sensitivity)),
        Purpose.DIRECT_CARE,
        [glass],
        now=NOW,
    )
    assert decision.allowed == allowed, decision
    if allowed:
        assert {"audit", "break_glass_review", "notify_privacy_officer"} <= decision.obligations


def test_what_is_shown_is_bound_to_a_disclosure_profile():
    by_purpose = {
        "planning": ask("planner", "see_figures", Subject(Kind.FIGURES), "planning", "").disclosure,
        "board": ask("board", "see_figures", Subject(Kind.FIGURES), "board", "").disclosure,
        "public": ask("nobody", "see_figures", Subject(Kind.FIGURES), "public", "").disclosure,
        "export": ask("planner", "export", Subject(Kind.FIGURES), "planning", "").disclosure,
    }
    assert by_purpose == {
        "planning": ("internal-planning",),
        "board": ("hes",),
        "public": ("hes",),
        "export": ("hes",),
    }


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        decide(
            Actor("u1"),
            Action.SEE_FIGURES,
            Subject(Kind.FIGURES),
            Purpose.PUBLIC,
            now=datetime(2019, 4, 1),
        )
