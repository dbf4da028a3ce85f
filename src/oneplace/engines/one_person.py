"""One person's rows out of tens of millions, in a millisecond: where they stand in each table is noted at the build.

In: a finished engine (`note_whereabouts`), then an open one and a pseudonym (`OnePerson`). Out: rows of the river tables.
A person's rows mostly stand together, so the first and the last row number bound what has to be read; rows of others
between them are left out by their pseudonym, so the answer is right however the records were ordered. A build without
the note is read in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from oneplace.engines.duck import DuckEngine
from oneplace.people.records import NEEDS, filled, river_selects

WHEREABOUTS = "whereabouts"
_MADE_OF = {"admissions": ("contacts", "diagnoses")}  # river tables that are made of other river tables
_MAY_USE = {"people": ("death",), "admissions": ("condition_occurrence",)}


def note_whereabouts(engine: DuckEngine, identity: DuckEngine) -> None:
    """Keep the first and the last row of everybody in every table of the records, to be called when no row moves any
    more; and an index on the identity file, which is asked for single people only."""
    if "person_identity" in identity.columns():
        identity.execute("CREATE INDEX IF NOT EXISTS identity_by_person ON person_identity (person_id)")
    tables = sorted(t for t in _bases() if "person_id" in engine.columns().get(t, ()))
    columns = ", ".join(f"{t}.first AS {t}_first, {t}.last AS {t}_last" for t in tables)
    joins = " ".join(
        f"LEFT JOIN (SELECT person_id, min(rowid) AS first, max(rowid) AS last FROM main.{t} GROUP BY person_id) {t} "
        "USING (person_id)"
        for t in tables
    )
    engine.execute(
        f"CREATE OR REPLACE TABLE {WHEREABOUTS} AS SELECT person_id, {columns} "
        f"FROM (SELECT DISTINCT person_id FROM main.person) everybody {joins} ORDER BY person_id"
    )


class OnePerson:
    """One person's rows of any river table. Small answers, fetched as they are."""

    def __init__(self, engine: DuckEngine, person_id: int):
        self.engine, self.person_id = engine, int(person_id)
        self.texts = _texts(engine)
        self.at = self._whereabouts()

    @property
    def known(self) -> bool:
        """Do the records hold this person at all?"""
        return self.at is not None if WHEREABOUTS in self.texts.columns else bool(self.rows("people"))

    def rows(self, table: str, select: str = "SELECT * FROM it", params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """This person's rows of a river table, or what `select` says of them; the table is named `it` there."""
        if table not in self.texts.selects:
            return []
        named = ", ".join(f"{name} AS ({sql})" for name, sql in (*self._bases_of(table), *self._parts_of(table)))
        return self._fetch(f"WITH {named}, it AS ({self.texts.selects[table]}) {select}", params)

    def _bases_of(self, table: str) -> Iterable[tuple[str, str]]:
        for base in dict.fromkeys((*NEEDS[table], *_MAY_USE.get(table, ()))):
            if "person_id" in self.texts.columns.get(base, ()):
                yield base, f"SELECT * FROM main.{base} WHERE {self._bounds(base)}person_id = {self.person_id}"

    def _parts_of(self, table: str) -> Iterable[tuple[str, str]]:
        for part in _MADE_OF.get(table, ()):
            if part in self.texts.selects:
                yield part, self.texts.selects[part]

    def _bounds(self, base: str) -> str:
        if self.at is None or f"{base}_first" not in self.at:
            return ""
        first, last = self.at[f"{base}_first"], self.at[f"{base}_last"]
        return "FALSE AND " if first is None else f"rowid BETWEEN {first} AND {last} AND "

    def _whereabouts(self) -> dict[str, Any] | None:
        if WHEREABOUTS not in self.texts.columns:
            return None
        found = self._fetch(f"SELECT * FROM {WHEREABOUTS} WHERE person_id = {self.person_id}")
        return found[0] if found else None

    def _fetch(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        return self.engine.rows(sql, params)


class _Texts:
    """What does not change while a database is open: its columns and the text of each river table it can fill."""

    def __init__(self, engine: DuckEngine):
        self.columns = engine.columns()
        can = filled(self.columns)
        self.selects = {name: sql for name, sql in river_selects(self.columns).items() if name in can}


_known: WeakKeyDictionary[DuckEngine, _Texts] = WeakKeyDictionary()


def _texts(engine: DuckEngine) -> _Texts:
    if engine not in _known:
        _known[engine] = _Texts(engine)
    return _known[engine]


def _bases() -> set[str]:
    return {t for needs in (*NEEDS.values(), *_MAY_USE.values()) for t in needs}
