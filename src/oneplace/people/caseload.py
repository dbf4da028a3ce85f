"""The caseload: each team's register in order of risk, a short agenda on top of it, and nobody lost
on the way.

In: `caseload.yaml`, for everyone features, scores, segment and risk, and who refused to be listed.
Out: SQL for the caseload and for the lines that lead from a team's registered people, past each
reason for being set aside, to its register; reasons in words and whom a meeting about the person
needs. Whoever has several reasons to be set aside counts under the first. Where there are no teams,
the place is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from oneplace.documents import Document
from oneplace.documents.expressions import (
    Condition,
    ExpressionError,
    Kind,
    Value,
    check_condition,
    parse_expression,
    quoted,
)
from oneplace.documents.parts import Part
from oneplace.faults import Fault
from oneplace.people.features import Step
from oneplace.people.features.parts import Key

WHOLE_PLACE = "place"
REFUSED = "refused"
REFUSED_SENTENCE = "Refused to be listed by their risk; their practice looks after them as before"
REFUSED_OWNER = "Their practice"


class SetAside(Part):
    """A reason for not being on the register, and who owns those whom it sets aside."""

    id: Key
    when: Condition
    sentence: str = Field(min_length=1, description="why, and who looks after these people instead")
    owner: str = Field(
        default="",
        description="the role or service whose list they are on instead; a group has one",
    )


class AgendaSize(Part):
    """How many people a meeting discusses: so many for each 10,000 registered people, within
    limits."""

    per_10000_registered: Annotated[float, Field(gt=0)]
    least: Annotated[int, Field(ge=1)] = 10
    most: Annotated[int, Field(ge=1)] = 20

    @model_validator(mode="after")
    def _in_order(self) -> AgendaSize:
        if self.most < self.least:
            raise ValueError(f"most is not below least, {self.least}")
        return self


class TieBreak(Part):
    """How people of equal risk are put in order."""

    by: Condition
    order: Annotated[str, Field(pattern="^(greatest|least) first$")] = "greatest first"


class AlsoSay(Part):
    """A reason in words for people of whom the model's reasons say too little."""

    when: Condition
    say: str = Field(min_length=1)


class Professional(Part):
    """Whom the meeting about a person needs, when this holds of them."""

    when: Condition
    who: str = Field(min_length=1, description="the profession, as the team calls it")


class Caseload(Document):
    """`caseload.yaml`."""

    title: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    set_aside: tuple[SetAside, ...] = ()
    ties: tuple[TieBreak, ...] = Field(
        default=(), description="after these, by pseudonym, which means nothing and is fixed"
    )
    agenda: AgendaSize
    reasons: Annotated[int, Field(ge=1, le=10)] = Field(
        default=3, description="reasons given for a person"
    )
    reasons_for_top: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=100, description="people of each register"
    )
    also_say: tuple[AlsoSay, ...] = ()
    professionals: tuple[Professional, ...] = ()


def caseload_faults(doc: Caseload, kinds: Mapping[str, Kind], *, file: str) -> Iterator[Fault]:
    """Conditions that do not fit, reasons that stand twice or take a name that the lines use."""
    texts: list[tuple[str, str, Kind]] = []
    for i, aside in enumerate(doc.set_aside):
        texts.append((aside.when, f"set_aside[{i}].when", "boolean"))
        taken = {a.id for a in doc.set_aside[:i]} | {
            "registered",
            "register",
            "agenda",
            "elsewhere",
            "in_teams",
            REFUSED,
        }
        if aside.id in taken:
            yield Fault(
                what="the name is taken", file=file, path=f"set_aside[{i}].id", found=aside.id
            )
        if not aside.owner.strip():
            yield Fault(
                what="nobody owns the people who are set aside",
                file=file,
                path=f"set_aside[{i}].owner",
                found=f"no owner for {aside.id}",
                expected="the role or service whose list they are on instead, or no such group: then they stay on the register",
            )
    texts += [(t.by, f"ties[{i}].by", "number") for i, t in enumerate(doc.ties)]
    texts += [(a.when, f"also_say[{i}].when", "boolean") for i, a in enumerate(doc.also_say)]
    texts += [
        (p.when, f"professionals[{i}].when", "boolean") for i, p in enumerate(doc.professionals)
    ]
    for text, path, wants in texts:
        try:
            check_condition(text, kinds, wants=wants)
        except ExpressionError as e:
            yield e.fault(file=file, path=path)


def names_used(doc: Caseload) -> set[str]:
    texts = [a.when for a in doc.set_aside] + [t.by for t in doc.ties]
    texts += [a.when for a in doc.also_say] + [a.when for a in doc.professionals]
    return {n for t in texts for n in parse_expression(t).names()}


def compile_caseload(
    doc: Caseload, *, source: str, team: str | None, refused: bool = False
) -> list[Step]:
    """Steps that leave `caseload_kept` and `reconciliation`. `source` has features, scores,
    segment, risk and priority of everyone; `team` is the column with the team, None where there are
    no teams; `refused` says that the table of that name holds people who are not to be listed."""
    code = quoted(team) if team else f"'{WHOLE_PLACE}'"
    whens = (
        f"WHEN person_id IN (SELECT person_id FROM {REFUSED}) THEN '{REFUSED}' " if refused else ""
    )
    whens += " ".join(
        f"WHEN {parse_expression(a.when).to_sql()} THEN '{a.id}'" for a in doc.set_aside
    )
    aside = f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"
    ties = [
        f"CAST({parse_expression(t.by).to_sql()} AS DOUBLE) AS tie{i}"
        for i, t in enumerate(doc.ties)
    ]
    tied = [
        f"tie{i} {'DESC' if t.order.startswith('greatest') else 'ASC'} NULLS LAST"
        for i, t in enumerate(doc.ties)
    ]
    order = ", ".join(["priority DESC", *tied, "person_id"])
    size = (
        f"GREATEST({doc.agenda.least}, LEAST({doc.agenda.most}, "
        f"CAST(floor(count(*) * {doc.agenda.per_10000_registered!r}::DOUBLE / 10000 + 0.5) AS INTEGER)))"
    )
    members = ", ".join(
        [
            "person_id",
            f"{code} AS team_code",
            f"{aside} AS set_aside",
            "risk",
            "priority",
            "segment",
            *ties,
        ]
    )
    return [
        Step(
            "caseload_members",
            f"CREATE OR REPLACE TEMP TABLE caseload_members AS\nSELECT {members}\nFROM {source} s",
            "sorting people to teams",
        ),
        Step(
            "caseload_sizes",
            f"CREATE OR REPLACE TEMP TABLE caseload_sizes AS\nSELECT team_code, {size} AS size\nFROM caseload_members "
            "WHERE team_code IS NOT NULL GROUP BY team_code",
            "sizing agendas",
        ),
        Step(
            "caseload_kept",
            "CREATE OR REPLACE TABLE caseload_kept AS\n"
            "SELECT r.person_id, r.team_code, r.set_aside, r.rank, r.risk, CASE WHEN r.set_aside IS NULL THEN r.priority END "
            "AS priority, r.segment, COALESCE(r.rank <= z.size, FALSE) AS on_agenda\nFROM (\n"
            "SELECT person_id, team_code, set_aside, risk, priority, segment, CAST(row_number() OVER "
            f"(PARTITION BY team_code ORDER BY {order}) AS INTEGER) AS rank\n"
            "FROM caseload_members WHERE team_code IS NOT NULL AND set_aside IS NULL\nUNION ALL\n"
            "SELECT person_id, team_code, set_aside, risk, priority, segment, NULL FROM caseload_members "
            "WHERE team_code IS NOT NULL AND set_aside IS NOT NULL) r\n"
            "JOIN caseload_sizes z ON z.team_code = r.team_code",
            "ranking each team's register",
        ),
        _reconciliation(doc, teams=team is not None, refused=refused),
    ]


def _reconciliation(doc: Caseload, *, teams: bool, refused: bool) -> Step:
    """Who came in is counted among everyone, who is listed or set aside among the rows of the list:
    they must agree."""
    whole = (
        "Registered with the team's practices on the day"
        if teams
        else "Everyone, on one list for the whole place"
    )
    lines = [("registered", whole, "people")]
    asides = [(REFUSED, REFUSED_SENTENCE)] if refused else []
    asides += [(a.id, a.sentence) for a in doc.set_aside]
    lines += [
        (what, said, f"CASE WHEN set_aside = '{what}' THEN people ELSE 0 END")
        for what, said in asides
    ]
    lines += [
        ("register", "On the register", "ranked"),
        ("agenda", "Of these, on the agenda of the next meeting", "agenda"),
    ]
    parts = [
        f"SELECT team_code, {n} AS line, '{what}' AS what, '{_escaped(sentence)}' AS sentence, sum({counted}) AS people "
        f"FROM {'listed' if n else 'members WHERE team_code IS NOT NULL'} GROUP BY team_code"
        for n, (what, sentence, counted) in enumerate(lines)
    ]
    place = [
        ("everyone", "Everyone of the place on the day", "people"),
        (
            "elsewhere",
            "Not registered with a practice of any team",
            "CASE WHEN team_code IS NULL THEN people ELSE 0 END",
        ),
        (
            "in_teams",
            "Registered with the practices of the teams",
            "CASE WHEN team_code IS NULL THEN 0 ELSE people END",
        ),
    ]
    parts += [
        f"SELECT '{WHOLE_PLACE}', {n}, '{what}', '{sentence}', COALESCE(sum({counted}), 0) FROM members"
        for n, (what, sentence, counted) in enumerate(
            place if teams else place[:1], start=-len(place)
        )
    ]
    sql = (
        "CREATE OR REPLACE TABLE reconciliation AS\nWITH members AS MATERIALIZED (SELECT team_code, count(*) AS people "
        "FROM caseload_members GROUP BY team_code),\n"
        "listed AS MATERIALIZED (SELECT team_code, set_aside, count(*) AS people, count(rank) AS ranked, "
        "count(CASE WHEN on_agenda THEN 1 END) AS agenda FROM caseload_kept GROUP BY team_code, set_aside)\n"
        "SELECT team_code, CAST(line AS SMALLINT) AS line, what, sentence, CAST(people AS INTEGER) AS people FROM (\n"
        + "\nUNION ALL\n".join(parts)
        + "\n) ORDER BY team_code, line"
    )
    return Step("reconciliation", sql, "reconciling lists with populations")


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def said(doc: Caseload, row: Mapping[str, Value], given: list[str]) -> list[str]:
    """The model's reasons, filled up with the document's own where there are too few."""
    found = list(dict.fromkeys(given))[: doc.reasons]
    for also in doc.also_say:
        if len(found) >= doc.reasons:
            break
        if also.say not in found and parse_expression(also.when).evaluate(row) is True:
            found.append(also.say)
    return found


def needed(doc: Caseload, row: Mapping[str, Value]) -> list[str]:
    """The professions that a meeting about this person needs, in the document's order, each
    once."""
    return list(
        dict.fromkeys(
            p.who for p in doc.professionals if parse_expression(p.when).evaluate(row) is True
        )
    )
