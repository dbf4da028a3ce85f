"""Entries: read by the core as they are declared, kept in every version, never overwritten
unseen."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3

import pytest

from oneplace.sources.entries import database_of, read_entries
from oneplace.tables.entries import ENTRIES

DAY = dt.date(2019, 10, 1)
KINDS = {
    "text": {"CharField", "TextField", "JSONField"},
    "bigint": {"BigAutoField", "BigIntegerField", "ForeignKey", "OneToOneField"},
    "integer": {"PositiveIntegerField"},
    "small": {"PositiveSmallIntegerField"},
    "date": {"DateField"},
    "datetime": {"DateTimeField"},
    "boolean": {"BooleanField"},
}


def models():
    from django.apps import apps

    return {m._meta.db_table: m for m in apps.get_models()}


@pytest.mark.parametrize("table", ENTRIES, ids=lambda t: t.name)
def test_a_declaration_is_its_model(site, table):
    model = models()[table.name]
    fields = {f.column: f for f in model._meta.concrete_fields}
    for column in table.columns:
        field = fields[column.name]
        assert field.get_internal_type() in KINDS[column.type], column.name
        assert field.null != column.required, column.name
        if column.values:
            assert {v for v, _ in field.choices} == set(column.values), column.name


def test_every_entry_that_a_person_writes_is_declared(site):
    from oneplace.web.history.models import Entry

    assert {m._meta.db_table for m in models().values() if issubclass(m, Entry)} <= {
        t.name for t in ENTRIES
    }


def review(site, **changes):
    from oneplace.web.neighbourhood.models import Review

    fields = {
        "person_id": 42,
        "team_code": "T1",
        "reviewed_on": DAY,
        "outcome": "discussed",
        "attended": "GP, nurse",
        "decision": "Falls clinic",
    }
    return Review.write(by=site.user("coordinator"), **{**fields, **changes})


def test_what_was_written_is_read_as_arrow(site):
    review(site, next_review_on=DAY + dt.timedelta(days=28))
    found = read_entries(database_of(site.folder, os.environ))
    assert set(found) == {t.name for t in ENTRIES}
    [row] = found["reviews"].to_pylist()
    assert (row["person_id"], row["reviewed_on"], row["decision"]) == (42, DAY, "Falls clinic")
    assert row["next_review_on"] == dt.date(2019, 10, 29)
    assert row["changed_at"].tzinfo is None
    assert found["reviews"].schema == next(t for t in ENTRIES if t.name == "reviews").arrow


def test_no_database_reads_as_empty_tables(tmp_path):
    found = read_entries(database_of(tmp_path, {}))
    assert {n: t.num_rows for n, t in found.items()} == {t.name: 0 for t in ENTRIES}


def test_a_database_without_the_tables_reads_as_empty_tables(tmp_path):
    file = tmp_path / "old.sqlite3"
    sqlite3.connect(file).close()
    assert read_entries(file)["actions"].num_rows == 0


def test_every_version_is_kept_with_its_author(site):
    first = review(site)
    second = first.revise(
        by=site.user("clinician"), base=1, decision="Falls clinic and a medicines review"
    )
    kept = [(v.version, v.saved_by.username, v.content["decision"]) for v in second.versions()]
    assert kept == [
        (1, "coordinator", "Falls clinic"),
        (2, "clinician", "Falls clinic and a medicines review"),
    ]


def test_the_second_of_two_savers_is_told_and_loses_nothing(site):
    from oneplace.web.history.models import StaleSave

    entry = review(site)
    entry.revise(by=site.user("clinician"), base=1, decision="hers")
    with pytest.raises(StaleSave) as stale:
        entry.revise(by=site.user("coordinator"), base=1, decision="mine")
    assert stale.value.kept.decision == "hers"
    assert stale.value.offered == {"decision": "mine"}
    entry.refresh_from_db()
    assert (entry.decision, entry.version) == ("hers", 2)


def every_transition():
    from django.apps import apps

    from oneplace.web.history.models import Entry

    return [m for m in apps.get_models() if issubclass(m, Entry) and m.TRANSITIONS]


def test_transitions_lead_only_to_states_that_exist(site):
    for model in every_transition():
        states = set(model.TRANSITIONS)
        assert {t for after in model.TRANSITIONS.values() for t in after} <= states
        assert {v for v, _ in model._meta.get_field("state").choices} == states
        assert model._meta.get_field("state").default in states


def test_a_step_that_is_not_drawn_is_refused(site):
    from oneplace.web.history.models import NoSuchStep
    from oneplace.web.neighbourhood.models import Action

    action = Action.write(
        by=site.user("coordinator"),
        person_id=1,
        team_code="T1",
        what="Call",
        owner="Nurse",
        due_on=DAY,
    )
    done = action.revise(by=site.user("coordinator"), base=1, state="cancelled", closed_on=DAY)
    with pytest.raises(NoSuchStep, match="cancelled may become nothing else"):
        done.revise(by=site.user("coordinator"), base=2, state="done")


@pytest.mark.parametrize(
    ("wrong", "changes"),
    [
        ("next_review", {"next_review_on": DAY}),
        ("outcome", {"outcome": "vanished"}),
        ("decision", {"decision": ""}),
        ("control", {"decision": "a\0b"}),
        ("long", {"decision": "x" * 5_001}),
    ],
)
def test_a_review_that_makes_no_sense_is_refused(site, wrong, changes):
    from django.core.exceptions import ValidationError

    from oneplace.web.neighbourhood.models import Review

    with pytest.raises(ValidationError):
        review(site, **changes)
    assert Review.objects.count() == 0


def test_a_frozen_agenda_does_not_change(site):
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from oneplace.web.neighbourhood.models import Agenda, AgendaLine

    agenda = Agenda.write(by=site.user("coordinator"), team_code="T1", meets_on=DAY)
    line = AgendaLine.objects.create(
        agenda=agenda, person_id=42, slot=1, why="list", reasons=["fell twice"]
    )
    agenda.revise(by=site.user("coordinator"), base=1, state="frozen", frozen_at=timezone.now())
    line.slot = 2
    with pytest.raises(ValidationError, match="does not change"):
        line.save()
