"""One person's rows out of tens of millions, in a millisecond: where they stand in each table is
noted at the build.

In: a finished engine (`note_whereabouts`), then an open one and a pseudonym (`OnePerson`). Out:
rows of the river tables, but for `admissions`, which `people.stays` puts together from one person's
contacts. A person's rows mostly stand together, so the first and the last row number bound what has
to be read; rows of others between them are left out by their pseudonym, so the answer is right
however the records were ordered. A build without the note is read in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from oneplace.engines.duck import DuckEngine
from oneplace.people.records import DEATHS, NEEDS, filled, river_selects

WHEREABOUTS = "whereabouts"
MOST_KEPT = (
    500  # people whose whereabouts a process keeps: one page asks for the same person several times
)
_MAY_USE = {"people": (DEATHS,)}


def note_whereabouts(engine: DuckEngine, identity: DuckEngine, *, as_of: date) -> None:
    """Keep the first and the last row of everybody in every table of the records, to be called when
    no row moves any more, with what every page about a person needs (sex, birth, death, practice on
    the day); and an index on the identity file, which is asked for single people only."""
    if "person_identity" in identity.columns():
        identity.execute(
            "CREATE INDEX IF NOT EXISTS identity_by_person ON person_identity (person_id)"
        )
    tables = sorted(t for t in _bases() if "person_id" in engine.columns().get(t, ()))
    columns = ", ".join(f"{t}.first AS {t}_first, {t}.last AS {t}_last" for t in tables)
    joins = " ".join(
        f"LEFT JOIN (SELECT person_id, min(rowid) AS first, max(rowid) AS last FROM main.{t} GROUP BY person_id) {t} "
        "USING (person_id)"
        for t in tables
    )
    can = filled(engine.columns())
    if "people" in can:
        columns += ", about.sex, about.birth_date, about.death_date"
        joins += " LEFT JOIN (SELECT person_id, sex, birth_date, death_date FROM people) about USING (person_id)"
    if "registrations" in can:
        columns += ", listed.practice_code"
        joins += (
            " LEFT JOIN (SELECT person_id, max(practice_code) AS practice_code FROM registrations "
            f"WHERE start_date <= DATE '{as_of}' AND (end_date IS NULL OR end_date >= DATE '{as_of}') GROUP BY person_id) "
            "listed USING (person_id)"
        )
    engine.execute(
        f"CREATE OR REPLACE TABLE {WHEREABOUTS} AS SELECT person_id, {columns} "
        f"FROM (SELECT DISTINCT person_id FROM main.person) everybody {joins} ORDER BY person_id"
    )


def rows_of(table: str, person_id: int) -> tuple[str, list[int]]:
    """Everything that a table of the build holds of one person."""
    return f'SELECT * FROM main."{table}" WHERE person_id = ?', [int(person_id)]


class OnePerson:
    """One person's rows of any river table. Small answers, fetched as they are."""

    def __init__(self, engine: DuckEngine, person_id: int):
        self.engine, self.person_id = engine, int(person_id)
        self.texts = _texts(engine)
        self.at = self._whereabouts()

    @property
    def known(self) -> bool:
        """Do the records hold this person at all?"""
        return (
            self.at is not None if WHEREABOUTS in self.texts.columns else bool(self.rows("people"))
        )

    def rows(
        self, table: str, select: str = "SELECT * FROM it", params: Sequence[Any] = ()
    ) -> list[dict[str, Any]]:
        """This person's rows of a river table, or what `select` says of them; the table is named
        `it` there. Where the person has no rows there are none to say anything of, and the database
        is not asked."""
        if table not in self.texts.selects or self._has_none(table):
            return []
        named = ", ".join(f"{name} AS ({sql})" for name, sql in self._bases_of(table))
        return self._fetch(f"WITH {named}, it AS ({self.texts.selects[table]}) {select}", params)

    def contacts(self, kinds: Iterable[int]) -> list[dict[str, Any]]:
        """Contacts of these kinds: number, kind, first and last day."""
        only = ", ".join(map(str, kinds))
        return self.rows(
            "contacts",
            f"SELECT visit_occurrence_id, contact_id, start_date, end_date FROM it WHERE contact_id IN ({only})",
        )

    def prescriptions(self, until: date, months: int) -> list[dict[str, Any]]:
        """What was issued in so many months to a day, the day included: medicine and day."""
        return self.rows(
            "prescriptions",
            f"SELECT medicine_id, start_date FROM it WHERE start_date <= DATE '{until}' "
            f"AND start_date > DATE '{until}' - INTERVAL {months} MONTH",
        )

    def referrals(self) -> list[dict[str, Any]]:
        """Kind, and the days on which the clock started and stopped."""
        return self.rows("referrals", "SELECT kind_id, clock_start_date, clock_stop_date FROM it")

    def packages(self) -> list[dict[str, Any]]:
        """Care at home: kind, first and last day."""
        return self.rows("packages", "SELECT kind_id, start_date, end_date FROM it")

    def about(self) -> dict[str, Any]:
        """Sex, day of birth and of death: as noted at the build, or asked where an older build has
        not noted them."""
        if self.at is not None and "birth_date" in self.at:
            return {name: self.at[name] for name in ("sex", "birth_date", "death_date")}
        return self.rows("people", "SELECT sex, birth_date, death_date FROM it")[0]

    def practice(self, as_of: date) -> str | None:
        """The practice whose list the person is on, on the build's day."""
        if self.at is not None and "practice_code" in self.at:
            found: str | None = self.at["practice_code"]
            return found
        rows = self.rows(
            "registrations",
            "SELECT max(practice_code) AS practice_code FROM it WHERE start_date <= CAST(? AS DATE) "
            "AND (end_date IS NULL OR end_date >= CAST(? AS DATE))",
            [as_of, as_of],
        )
        return rows[0]["practice_code"] if rows else None

    def _has_none(self, table: str) -> bool:
        if self.at is None:
            return False
        return all(
            f"{base}_first" in self.at and self.at[f"{base}_first"] is None for base in NEEDS[table]
        )

    def _bases_of(self, table: str) -> Iterable[tuple[str, str]]:
        for base in dict.fromkeys((*NEEDS[table], *_MAY_USE.get(table, ()))):
            if "person_id" in self.texts.columns.get(base, ()):
                yield (
                    base,
                    f"SELECT * FROM main.{base} WHERE {self._bounds(base)}person_id = {self.person_id}",
                )

    def _bounds(self, base: str) -> str:
        if self.at is None or f"{base}_first" not in self.at:
            return ""
        first, last = self.at[f"{base}_first"], self.at[f"{base}_last"]
        return "FALSE AND " if first is None else f"rowid BETWEEN {first} AND {last} AND "

    def _whereabouts(self) -> dict[str, Any] | None:
        if WHEREABOUTS not in self.texts.columns:
            return None
        kept = self.texts.whereabouts
        if self.person_id not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = self._fetch(f"SELECT * FROM {WHEREABOUTS} WHERE person_id = {self.person_id}")
            kept[self.person_id] = found[0] if found else None
        return kept[self.person_id]

    def _fetch(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        return self.engine.rows(sql, params)


class _Texts:
    """What does not change while a database is open: its columns and the text of each river table
    it can fill."""

    def __init__(self, engine: DuckEngine):
        self.columns = engine.columns()
        self.whereabouts: dict[int, dict[str, Any] | None] = {}
        can = filled(self.columns)
        self.selects = {
            name: sql for name, sql in river_selects(self.columns).items() if name in can
        }


_known: WeakKeyDictionary[DuckEngine, _Texts] = WeakKeyDictionary()


def _texts(engine: DuckEngine) -> _Texts:
    if engine not in _known:
        _known[engine] = _Texts(engine)
    return _known[engine]


def _bases() -> set[str]:
    return {t for needs in (*NEEDS.values(), *_MAY_USE.values()) for t in needs}
