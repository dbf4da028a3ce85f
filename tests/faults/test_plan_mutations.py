"""Slips in Hamlet's plan documents and tables: each is refused with file, line, value and
expectation.

What stands last in each row is the whole message. Files that are broken as files are in
test_plan_files.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oneplace.plan.assurance.checking import check_plan

HAMLET = Path(__file__).resolve().parents[2] / "places" / "hamlet"

# what is wrong: file, text, put in its place, every message
SLIPS: list[tuple[str, str, str, str, list[str]]] = [
    (
        "words for a number",
        "plan.yaml",
        "count: 3\n",
        "count: three\n",
        [
            "plan.yaml:37 (schemes[0].claims[0].count): the value does not fit: found 'three'; expected a valid integer"
        ],
    ),
    (
        "half an event",
        "plan.yaml",
        "count: 3\n",
        "count: 3.5\n",
        [
            "plan.yaml:37 (schemes[0].claims[0].count): the value does not fit: found 3.5; expected a valid integer"
        ],
    ),
    (
        "true for a number",
        "plan.yaml",
        "count: 3\n",
        "count: true\n",
        [
            "plan.yaml:37 (schemes[0].claims[0].count): the value does not fit: found True; expected a valid integer"
        ],
    ),
    (
        "a quoted count",
        "plan.yaml",
        "count: 3\n",
        'count: "3"\n',
        [
            "plan.yaml:37 (schemes[0].claims[0].count): the value does not fit: found '3'; expected a valid integer"
        ],
    ),
    (
        "a claim of nothing",
        "plan.yaml",
        "count: 3\n",
        "count: 0\n",
        [
            "plan.yaml:37 (schemes[0].claims[0].count): the value does not fit: found 0; expected greater than or equal to 1"
        ],
    ),
    (
        "a slip in a field name",
        "plan.yaml",
        "        count: 3\n",
        "        cuont: 3\n",
        [
            "plan.yaml:37 (schemes[0].claims[0].cuont): unknown field: found cuont; expected one of: condition, count, id, kind, note, otherwise, reason, selection, selects, value_basis, value_gbp"
        ],
    ),
    (
        "no id",
        "plan.yaml",
        "  - id: H2\n    name",
        "  - name",
        ["plan.yaml:41 (schemes[1].id): a field is missing: expected id"],
    ),
    (
        "a scheme twice",
        "plan.yaml",
        "  - id: H2\n",
        "  - id: H1\n",
        [
            "plan.yaml:41 (schemes[1].id): the id stands twice: found H1; expected an id of its own; line 20 has it already"
        ],
    ),
    (
        "another scheme's milestone id",
        "plan.yaml",
        "{id: H2-M01",
        "{id: H1-M01",
        [
            "plan.yaml:49 (schemes[1].milestones[0].id): the id stands twice: found H1-M01; expected an id of its own; line 28 has it already"
        ],
    ),
    (
        "a milestone number twice",
        "plan.yaml",
        "{id: H1-M02, n: 2",
        "{id: H1-M02, n: 1",
        [
            "plan.yaml:29 (schemes[0].milestones[1].n): the number stands twice: found 1; expected each number once"
        ],
    ),
    (
        "the 30th of February",
        "plan.yaml",
        "due: 2019-06-03",
        "due: 2019-02-30",
        ["plan.yaml:29: there is no such day: found 2019-02-30; expected a date of the calendar"],
    ),
    (
        "a thirteenth month",
        "plan.yaml",
        "due: 2019-04,",
        "due: 2019-13,",
        [
            "plan.yaml:28 (schemes[0].milestones[0].due): the value does not fit: found '2019-13'; expected month must be in 1..12"
        ],
    ),
    (
        "a month in words",
        "plan.yaml",
        "due: 2019-04,",
        "due: April 2019,",
        [
            "plan.yaml:28 (schemes[0].milestones[0].due): the value does not fit: found 'April 2019'; expected a day (2019-10-01), a month (2019-10), a year (2019), a financial year (2019/20), a financial quarter (2019-Q1 begins on 1 April), from/to (2019-04/2019-06) or from/.. without an end"
        ],
    ),
    (
        "an interval that ends first",
        "plan.yaml",
        "due: 2019-07/2019-09",
        "due: 2019-09/2019-07",
        [
            "plan.yaml:30 (schemes[0].milestones[2].due): the value does not fit: found '2019-09/2019-07'; expected the interval ends on 2019-07-31 before it starts on 2019-09-01"
        ],
    ),
    (
        "negative money",
        "plan.yaml",
        "value_gbp: 6150",
        "value_gbp: -6150",
        [
            "plan.yaml:38 (schemes[0].claims[0].value_gbp): the value does not fit: found -6150; expected greater than or equal to 0"
        ],
    ),
    (
        "not a number",
        "plan.yaml",
        "value_gbp: 6150",
        "value_gbp: .nan",
        [
            "plan.yaml:38 (schemes[0].claims[0].value_gbp): the value does not fit: found nan; expected a finite number"
        ],
    ),
    (
        "infinite money",
        "plan.yaml",
        "value_gbp: 6150",
        "value_gbp: .inf",
        [
            "plan.yaml:38 (schemes[0].claims[0].value_gbp): the value does not fit: found inf; expected a finite number"
        ],
    ),
    (
        "thousand separators",
        "plan.yaml",
        "value_gbp: 6150",
        "value_gbp: 6,150",
        [
            "plan.yaml:38 (schemes[0].claims[0].value_gbp): the value does not fit: found '6,150'; expected a number written with digits and at most one point, without thousand separators or signs"
        ],
    ),
    (
        "a pound sign",
        "plan.yaml",
        "value_gbp: 6150",
        "value_gbp: £6150",
        [
            "plan.yaml:38 (schemes[0].claims[0].value_gbp): the value does not fit: found '£6150'; expected a number written with digits and at most one point, without thousand separators or signs"
        ],
    ),
    (
        "a title left empty",
        "plan.yaml",
        "title: Hamlet's plan 2019/20",
        "title:",
        ["plan.yaml:5 (title): the value does not fit: found None; expected a valid string"],
    ),
    (
        "unknown programme",
        "plan.yaml",
        "programme: inclusion",
        "programme: inclussion",
        [
            "plan.yaml:84 (schemes[3].programme): unknown programme: found inclussion; expected perhaps inclusion"
        ],
    ),
    (
        "unknown aim",
        "plan.yaml",
        "aims: [prevention]\n    aim_basis: inferred",
        "aims: [prevent]\n    aim_basis: inferred",
        [
            "plan.yaml:124 (schemes[5].aims[0]): unknown aim: found prevent; expected perhaps prevention"
        ],
    ),
    (
        "unknown condition",
        "plan.yaml",
        "diagnosis: [copd]}\n        selection: plan\n  - id: H2",
        "diagnosis: [cpod]}\n        selection: plan\n  - id: H2",
        [
            "plan.yaml:39 (schemes[0].claims[0].selects.diagnosis[0]): unknown condition: found cpod; expected perhaps copd"
        ],
    ),
    (
        "unknown medicine",
        "plan.yaml",
        "self_care_medicine",
        "aspirins",
        [
            "plan.yaml:118 (schemes[4].claims[0].selects.medicine[0]): unknown medicine: found aspirins; expected one of: acid_suppressant, antibiotic, anticoagulant, antidepressant, antidiabetic, antiepileptic, antihypertensive, antiplatelet, antipsychotic, bone_protection, dementia_medicine, diuretic ..."
        ],
    ),
    (
        "unknown event",
        "plan.yaml",
        "event: ae_attendance",
        "event: a&e",
        [
            "plan.yaml:98 (schemes[3].claims[0].selects.event): the value does not fit: found 'a&e'; expected 'emergency_admission', 'elective_admission', 'day_case', 'ae_attendance', 'outpatient_first', 'outpatient_follow_up', 'community_contact', 'gp_consultation' or 'prescribing'"
        ],
    ),
    (
        "unknown circumstance",
        "plan.yaml",
        "people: homelessness",
        "people: homeless",
        [
            "plan.yaml:98 (schemes[3].claims[0].selects.people): unknown segment, condition or circumstance: found homeless; expected perhaps homelessness"
        ],
    ),
    (
        "no expression",
        "plan.yaml",
        "people: homelessness",
        "people: age >> 3",
        [
            "plan.yaml:98 (schemes[3].claims[0].selects.people): this is no expression: found age >> 3; expected at character 6: '>' cannot stand here; expected a name, a value or an opening parenthesis"
        ],
    ),
    (
        "ages upside down",
        "plan.yaml",
        "ages: [65, null]",
        "ages: [65, 18]",
        [
            "plan.yaml:80 (schemes[2].claims[0].selects): the value does not fit: expected ages run from 65 to 18: the first must not be greater"
        ],
    ),
    (
        "an age below nought",
        "plan.yaml",
        "ages: [65, null]",
        "ages: [-1, 18]",
        [
            "plan.yaml:80 (schemes[2].claims[0].selects.ages[0]): the value does not fit: found -1; expected greater than or equal to 0"
        ],
    ),
    (
        "our selection without a reason",
        "plan.yaml",
        "        reason: the plan says complex needs, which is no diagnosis; it serves people without a home\n",
        "",
        [
            "plan.yaml:93 (schemes[3].claims[0]): the value does not fit: found H4-ae; expected selection: ours needs a reason"
        ],
    ),
    (
        "a claim without number",
        "plan.yaml",
        "        value_gbp: 5200\n",
        "",
        [
            "plan.yaml:114 (schemes[4].claims[0]): the value does not fit: found H5-prescribing; expected a claim has a count, a value or both; what is not quantified belongs in `unquantified`"
        ],
    ),
    (
        "a tab",
        "plan.yaml",
        "    programme: respiratory\n    aims: [community]",
        "\tprogramme: respiratory\n    aims: [community]",
        [
            "plan.yaml:22: this is not valid YAML: found character '\\t' that cannot start any token; expected while scanning for the next token"
        ],
    ),
    (
        "a field twice",
        "plan.yaml",
        "    name: Breathless today\n",
        "    name: Breathless today\n    name: Breathless\n",
        [
            'plan.yaml:43: this is not valid YAML: found duplicate key "name" with value "Breathless" (original value: "Breathless today"); expected while constructing a mapping'
        ],
    ),
    (
        "a number with its sign",
        "plan.yaml",
        "target: 75",
        "target: 75%",
        [
            "plan.yaml:32 (schemes[0].measures[0].target): the value does not fit: found '75%'; expected a number written with digits and at most one point, without thousand separators or signs, or a valid boolean, unable to interpret input"
        ],
    ),
    (
        "a list for a number",
        "plan.yaml",
        "target: 75",
        "target: [75]",
        [
            "plan.yaml:32 (schemes[0].measures[0].target): the value does not fit: found [75]; expected Decimal input should be an integer, float, string or Decimal object, or a valid boolean"
        ],
    ),
    (
        "a later edition",
        "plan.yaml",
        "schema: 1",
        "schema: 9",
        [
            "plan.yaml:3 (schema): this file was written for a later edition of its form; bring the program up to date: found 9; expected at most 1"
        ],
    ),
    (
        "a percentage over a hundred",
        "standards.yaml",
        "value: 92",
        "value: 920",
        [
            "standards.yaml:5 (standards[0]): the value does not fit: found S01; expected a percentage lies between 0 and 100, not at 920"
        ],
    ),
    (
        "a threshold without a value",
        "standards.yaml",
        'operator: ">=", value: 92, ',
        "",
        [
            "standards.yaml:5 (standards[0]): the value does not fit: found S01; expected a threshold has an operator and a value, and nothing else has both"
        ],
    ),
    (
        "an operator turned round",
        "standards.yaml",
        'operator: ">="',
        'operator: "=>"',
        [
            "standards.yaml:5 (standards[0].operator): the value does not fit: found '=>'; expected '<', '<=', '=', '>=' or '>'"
        ],
    ),
    (
        "unknown standard",
        "measures/rtt-incomplete.yaml",
        "[S01]",
        "[S9]",
        [
            "measures/rtt-incomplete.yaml:8 (standards[0]): unknown standard: found S9; expected one of: S01, S02"
        ],
    ),
    (
        "a measure that is not called as its file",
        "measures/rtt-incomplete.yaml",
        "id: rtt-incomplete",
        "id: rtt",
        [
            "measures/rtt-incomplete.yaml:2 (id): a measure is called as its file: found rtt; expected rtt-incomplete",
            "tables/trajectories.csv:2 (measure): unknown measure: found rtt-incomplete; expected one of: ae-4-hours, rtt",
        ],
    ),
    (
        "growth to nothing",
        "activity.yaml",
        "pct: 2.2",
        "pct: -100",
        [
            "activity.yaml:19 (points[2].growth[1].pct): the value does not fit: found -100; expected greater than -100"
        ],
    ),
    (
        "unknown point of delivery",
        "activity.yaml",
        "id: elective",
        "id: electives",
        [
            "activity.yaml:16 (points[2].id): the value does not fit: found 'electives'; expected 'referrals', 'outpatient', 'elective', 'non_elective' or 'ae'"
        ],
    ),
    (
        "a saving twice",
        "money.yaml",
        "id: heating",
        "id: medicines",
        [
            "money.yaml:7 (savings.lines[1].id): the id stands twice: found medicines; expected an id of its own; line 6 has it already"
        ],
    ),
    (
        "a rate over a hundred",
        "money.yaml",
        "marginal_rate_pct: 70",
        "marginal_rate_pct: 170",
        [
            "money.yaml:12 (contract.marginal_rate_pct): the value does not fit: found 170; expected less than or equal to 100"
        ],
    ),
    (
        "unknown recurrence",
        "money.yaml",
        "recurrence: non-recurrent",
        "recurrence: never",
        [
            "money.yaml:8 (savings.lines[2].recurrence): the value does not fit: found 'never'; expected 'recurrent', 'non-recurrent' or 'partly recurrent'"
        ],
    ),
    (
        "wrong header",
        "tables/trajectories.csv",
        "record,measure,period",
        "record,measure,month",
        [
            "tables/trajectories.csv:1 (month): unknown column: found 'month'; expected one of: record, measure, period, period_type, operator, standard, unit, planned, source, note",
            "tables/trajectories.csv:1 (period): a column is missing: expected period",
        ],
    ),
    (
        "semicolons",
        "tables/trajectories.csv",
        "record,measure,period,",
        "record;measure;period;",
        [
            "tables/trajectories.csv:1 (record;measure;period;period_type): unknown column: found 'record;measure;period;period_type'; expected one of: record, measure, period, period_type, operator, standard, unit, planned, source, note",
            "tables/trajectories.csv:1 (record): a column is missing: expected record",
            "tables/trajectories.csv:1 (measure): a column is missing: expected measure",
            "tables/trajectories.csv:1 (period): a column is missing: expected period",
            "tables/trajectories.csv:1 (period_type): a column is missing: expected period_type",
        ],
    ),
    (
        "a ragged row",
        "tables/trajectories.csv",
        ",88.0,invented,",
        ",88.0,invented",
        [
            "tables/trajectories.csv:2: the row has not as many cells as the header: found 9; expected 10"
        ],
    ),
    (
        "a decimal comma",
        "tables/trajectories.csv",
        "88.0",
        '"88,0"',
        [
            "tables/trajectories.csv:2 (planned): the value has the wrong type: found '88,0'; expected a number such as 12.5"
        ],
    ),
    (
        "a planned percentage over a hundred",
        "tables/trajectories.csv",
        "88.0",
        "188.0",
        [
            "tables/trajectories.csv:2 (planned): the planned does not fit: found 188.0; expected a percentage of at most 100"
        ],
    ),
    (
        "a negative planned value",
        "tables/trajectories.csv",
        "88.0",
        "-88.0",
        [
            "tables/trajectories.csv:2 (planned): the value is out of range: found '-88.0'; expected 0 or more"
        ],
    ),
    (
        "not a number in a table",
        "tables/trajectories.csv",
        "88.0",
        "nan",
        [
            "tables/trajectories.csv:2 (planned): the value has the wrong type: found 'nan'; expected a number such as 12.5"
        ],
    ),
    (
        "a thirteenth month in a table",
        "tables/trajectories.csv",
        "2019-05",
        "2019-13",
        [
            "tables/trajectories.csv:3 (period): the period does not fit: found 2019-13; expected month must be in 1..12"
        ],
    ),
    (
        "a period twice",
        "tables/trajectories.csv",
        "2019-05",
        "2019-04",
        [
            "tables/trajectories.csv:3 (record, measure, period): the key stands twice: found trajectory, rtt-incomplete, 2019-04; expected once, or rows that are equal; it stands on line 2 already, and the rows differ"
        ],
    ),
    (
        "a planned value left out",
        "tables/trajectories.csv",
        "88.0",
        "",
        [
            "tables/trajectories.csv:2 (planned): the planned does not fit: found None; expected a value in the rows of a trajectory and none in the others"
        ],
    ),
    (
        "unknown measure",
        "tables/trajectories.csv",
        "trajectory,rtt-incomplete,2019-05",
        "trajectory,rtt-complete,2019-05",
        [
            "tables/trajectories.csv:3 (measure): unknown measure: found rtt-complete; expected perhaps rtt-incomplete"
        ],
    ),
    (
        "another unit",
        "tables/trajectories.csv",
        "92,%,90.0",
        "92,percent,90.0",
        [
            "tables/trajectories.csv:3 (unit): the unit is not the measure's: found percent; expected %"
        ],
    ),
    (
        "an operator turned round in a table",
        "tables/trajectories.csv",
        "2019-05,month,>=",
        "2019-05,month,=>",
        [
            "tables/trajectories.csv:3 (operator): the value is not on the list: found '=>'; expected one of: <, <=, =, >=, >"
        ],
    ),
]


@pytest.fixture
def hamlet(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HAMLET, tmp_path / "hamlet"))


@pytest.mark.parametrize(
    ("file", "text", "instead", "messages"), [pytest.param(*s[1:], id=s[0]) for s in SLIPS]
)
def test_a_slip_is_named(
    hamlet: Path, file: str, text: str, instead: str, messages: list[str]
) -> None:
    path = hamlet / file
    good = path.read_text(encoding="utf-8")
    assert text in good
    path.write_text(good.replace(text, instead, 1), encoding="utf-8")
    assert [str(f) for f in check_plan(hamlet)] == messages
