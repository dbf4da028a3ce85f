"""Features for everyone, as named SQL steps: one scan of each event table, then one join.

In: the declared features, the day, which tables there are. Out: steps in DuckDB's dialect that
leave one row for each person of the place on the day. A person belongs when born (not longer ago
than anybody lives), alive, and registered or resident on the day; where the records know neither
lists nor homes, under observation on the day. Words are numbered, so that sixty of them fit the
bits of one integer: one aggregate answers for sixty conditions. A feature whose table is not there
is missing for everyone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from oneplace.documents.expressions import parse_expression, quoted, sql_literal
from oneplace.people.features import declare as d
from oneplace.people.features import unknown as u
from oneplace.people.features.windows import Window, back
from oneplace.people.readings import MOST
from oneplace.people.records import FIRST_LOCAL, INCOMPLETE, NEEDS, OLDEST
from oneplace.people.stays import ADMISSION_KINDS, rows_before, stays_sql
from oneplace.tables.declare import SQL_TYPES
from oneplace.tables.vocabulary import concept, keys

BITS = 62
RECORDS = {table for needs in NEEDS.values() for table in needs}
REFUSED_IN = "refused_in"  # the column with a person's incomplete river tables, as bits
Bounds = tuple[date | None, date]
# A reading is kept as one whole number, so that the greatest is the latest: its day, its time to
# four seconds, the number of its row, and its value to three decimals, where 0 is a reading that
# was refused.
READING_SCALE = 1_000
READING_SECONDS = 4
READING_ROOM = 2**31
READING_EPOCH = date(1900, 1, 1)


@dataclass(frozen=True)
class Step:
    """One statement: what it makes, its SQL, and what a progress line says meanwhile."""

    name: str
    sql: str
    says: str


@dataclass
class _Stage:
    """Aggregates over one table, collected while features are walked; equal ones are made once."""

    source: str
    columns: dict[str, str] = field(default_factory=dict)
    wanted: dict[Bounds, set[int]] = field(default_factory=dict)

    def column(self, sql: str) -> str:
        for name, known in self.columns.items():
            if known == sql:
                return name
        name = f"a{len(self.columns)}"
        self.columns[name] = sql
        return name

    def note(self, bounds: Bounds, words: Iterable[int]) -> None:
        self.wanted.setdefault(bounds, set()).update(words)


def compile_features(
    doc: d.Features,
    *,
    as_of: date,
    present: Collection[str],
    into: str = "features",
    prefix: str = "f",
    only: Collection[str] | None = None,
    sample: str | None = None,
    temporary: bool = False,
) -> list[Step]:
    """Steps that leave `into`, in which "no" and nought are missing where they are not known
    (`features.unknown`), and `<into>_read`, in which they stand for "no row was read". `present`
    names the filled river tables and, of the place, `areas` and `team_practices` (which the engine
    holds as place_areas and place_team_practices). `only` restricts the columns; `sample` is a
    table of person_id to restrict the people to."""
    names = {f.name for f in doc.features} if only is None else d.needed(doc, set(only))
    first = _Compiler(doc, as_of, frozenset(present), prefix, sample, {})
    first.walk(names)
    covers = {source: set(stage.wanted) for source, stage in first.stages.items()}
    return _Compiler(doc, as_of, frozenset(present), prefix, sample, covers).steps(
        names, into, temporary
    )


class _Compiler:
    """Features are walked twice: once to learn which windows each scan covers, once to write the
    SQL."""

    def __init__(
        self,
        doc: d.Features,
        as_of: date,
        present: frozenset[str],
        prefix: str,
        sample: str | None,
        covers: dict[str, set[Bounds]],
    ):
        self.doc, self.as_of, self.present, self.prefix, self.sample = (
            doc,
            as_of,
            present,
            prefix,
            sample,
        )
        self.day = sql_literal(as_of)
        self.covers = covers
        self.stages: dict[str, _Stage] = {}
        self.before: list[Step] = []
        self.joins: list[str] = []
        self.ended: set[int] = set()
        self.over_blocks: set[int] = set()
        self.masks: list[str] = []
        self.masked: dict[str, tuple[int, int]] = {}
        self.stays = False

    def walk(self, names: set[str]) -> tuple[list[str], list[list[d.Feature]]]:
        layers = [[f for f in layer if f.name in names] for layer in d.in_order(self.doc)]
        return [self.select(f) for f in layers[0]], [layer for layer in layers[1:] if layer]

    def steps(self, names: set[str], into: str, temporary: bool) -> list[Step]:
        base, layers = self.walk(names)
        made = [
            *self.population(),
            *self.stays_steps(),
            *self.over_steps(),
            *self.before,
            *map(self.stage_step, self.stages.values()),
        ]
        base += [f"{mask} AS m{n}" for n, mask in enumerate(self.masks)]
        if self.incomplete:
            base.append(f"p.{REFUSED_IN}")
        source = f"SELECT {', '.join(['p.person_id', *base])}\nFROM {self.prefix}_people p{''.join(self.joins)}"
        for layer in layers:
            source = f"SELECT *, {', '.join(self.derived(f) for f in layer)}\nFROM ({source})"
        wanted = [f for f in self.doc.features if f.name in names]
        drop = [Step(s.name, f"DROP TABLE IF EXISTS {s.name}", "tidying") for s in made]
        return [*made, *self.kept(wanted, source, into, temporary), *drop]

    def kept(
        self, wanted: Sequence[d.Feature], source: str, into: str, temporary: bool
    ) -> list[Step]:
        """What is true or false is kept as bits, sixty-two to a column, under a view that shows
        each by its name: on disk that is a tenth of the size and, for half a million people, a CPU
        second less."""
        kind = "TEMP" if temporary else ""
        packed: list[str] = []
        shown: dict[str, str] = {}
        for name, (mask, wanted_bits) in self.masked.items():
            if f"m{mask}" not in packed:
                packed.append(f"m{mask}")
            shown[name] = f"(m{mask} & {wanted_bits}) <> 0 AS {quoted(name)}"
        flags = [
            f.name
            for f in wanted
            if f.column_type == "boolean" and self.known(f) and f.name not in shown
        ]
        for n, low in enumerate(range(0, len(flags), BITS)):
            part = flags[low : low + BITS]
            bits = " + ".join(
                f"CASE WHEN {quoted(name)} THEN {1 << i} ELSE 0 END" for i, name in enumerate(part)
            )
            packed.append(f"CAST({bits} AS BIGINT) AS bits{n}")
            shown |= {
                name: f"(bits{n} & {1 << i}) <> 0 AS {quoted(name)}" for i, name in enumerate(part)
            }
        for f in wanted:
            if f.name not in shown and not self.known(f):
                shown[f.name] = f"CAST(NULL AS {SQL_TYPES[f.column_type]}) AS {quoted(f.name)}"
        plain = [quoted(f.name) for f in wanted if f.name not in shown]
        if self.incomplete:
            packed.append(REFUSED_IN)
        columns = ", ".join(["person_id", *(shown.get(f.name, quoted(f.name)) for f in wanted)])
        return [
            Step(
                f"{into}_kept",
                f"CREATE OR REPLACE {kind} TABLE {into}_kept AS\nSELECT {', '.join(['person_id', *plain, *packed])}\n"
                f"FROM ({source})",
                "joining features",
            ),
            Step(
                f"{into}_read",
                f"CREATE OR REPLACE {kind} VIEW {into}_read AS\nSELECT {columns}\nFROM {into}_kept",
                "naming features",
            ),
            Step(
                into,
                f"CREATE OR REPLACE {kind} VIEW {into} AS\n"
                f"{self.known_only(wanted, columns + (f', {REFUSED_IN}' if self.incomplete else ''), f'{into}_kept')}",
                "naming features",
            ),
        ]

    # --- what is not known ---------------------------------------------------------------------------------------
    @property
    def incomplete(self) -> bool:
        """Were rows of anybody refused?"""
        return INCOMPLETE in self.present

    def may_be_unknown(self, f: d.Feature) -> str | None:
        """When the feature's "no" or nought is not known, as a condition; None where it always
        is."""
        if u.lacks_table(self.doc, f, self.present):
            return "TRUE"
        bits = (
            u.bits_of(u.rests_on(self.doc, [f.name]))
            if isinstance(f, d.Derived | u.SaysNone)
            else 0
        )
        return f"({REFUSED_IN} & {bits}) <> 0" if bits and self.incomplete else None

    def known_only(self, wanted: Sequence[d.Feature], columns: str, kept: str) -> str:
        """The features with "no" and nought only where they are known. What is made from others is
        made again from what is known of them, layer by layer, for those of whom something is
        not."""
        unknown = {f.name: when for f in wanted if (when := self.may_be_unknown(f)) is not None}
        if not unknown:
            return (
                f"SELECT * EXCLUDE ({REFUSED_IN}) FROM (SELECT {columns} FROM {kept})"
                if self.incomplete
                else (f"SELECT {columns}\nFROM {kept}")
            )
        replaced = []
        for f in wanted:
            if f.name in unknown and not isinstance(f, d.Derived):
                name, none = quoted(f.name), "NOT " if f.column_type == "boolean" else "0 = "
                replaced.append(
                    f"CASE WHEN {none}{name} AND {unknown[f.name]} THEN NULL ELSE {name} END AS {name}"
                )
        sql = f"SELECT {columns}\nFROM {kept}"
        if replaced:
            sql = f"SELECT * REPLACE ({', '.join(replaced)})\nFROM ({sql})"
        for layer in d.in_order(self.doc)[1:]:
            again = [self.known_again(f, unknown[f.name]) for f in layer if f.name in unknown]
            if again:
                sql = f"SELECT * REPLACE ({', '.join(again)})\nFROM ({sql})"
        return f"SELECT * EXCLUDE ({REFUSED_IN})\nFROM ({sql})" if self.incomplete else sql

    def known_again(self, f: d.Feature, when: str) -> str:
        name = quoted(f.name)
        if isinstance(f, d.CountOf):
            sums = " + ".join(f"CASE WHEN {quoted(n)} THEN 1 ELSE 0 END" for n in f.of)
            missing = " OR ".join(f"{quoted(n)} IS NULL" for n in f.of)
            again = (
                f"CASE WHEN ({sums}) = 0 AND ({missing}) THEN NULL ELSE CAST({sums} AS INTEGER) END"
            )
        else:
            assert isinstance(f, d.Rule)
            again = parse_expression(f.when).to_sql()
        return f"CASE WHEN {when} THEN {again} ELSE {name} END AS {name}"

    def known(self, f: d.Feature) -> bool:
        return all(t in self.present for t in f.tables)

    # --- who belongs ---------------------------------------------------------------------------------------------
    def population(self) -> list[Step]:
        made = []
        member, joins, columns = [], "", ["p.person_id", "p.sex", "p.ethnicity", self.age()]
        for table, column, alias in (
            ("registrations", "practice_code", "r"),
            ("residence", "area_code", "h"),
        ):
            if table in self.present:
                made.append(self.state_on_the_day(table, column))
                joins += (
                    f"\nLEFT JOIN {self.prefix}_{table} {alias} ON {alias}.person_id = p.person_id"
                )
                columns.append(f"{alias}.{column}")
                member.append(f"{alias}.{column} IS NOT NULL")
            else:
                columns.append(f"CAST(NULL AS VARCHAR) AS {column}")
        if not member and "observed" in self.present:
            made.append(self.inside_observation())
            joins += f"\nLEFT JOIN {self.prefix}_observed o ON o.person_id = p.person_id"
            member.append("COALESCE(o.inside, TRUE)")
        if self.incomplete:
            made.append(self.refused_tables())
            joins += f"\nLEFT JOIN {self.prefix}_incomplete i ON i.person_id = p.person_id"
            columns.append(f"COALESCE(i.tables, 0) AS {REFUSED_IN}")
            if member:
                member.append(
                    f"(COALESCE(i.tables, 0) & {u.bits_of(u.deciding(self.present))}) <> 0"
                )
        if self.sample:
            joins = f"\nJOIN {self.sample} s ON s.person_id = p.person_id" + joins
        where = f"p.birth_date <= {self.day} AND p.birth_date > {sql_literal(back(self.as_of, OLDEST + 1, 'years'))}"
        where += f" AND (p.death_date IS NULL OR p.death_date >= {self.day})"
        where += f" AND ({' OR '.join(member)})" if member else ""
        sql = f"SELECT {', '.join(columns)}\nFROM people p{joins}\nWHERE {where}"
        made.append(self.temp("people", sql, "finding who belongs to the place"))
        return made

    def refused_tables(self) -> Step:
        """The river tables of which each person's rows are incomplete, as bits."""
        whens = " ".join(
            f"WHEN '{t}' THEN {mask}" for t in sorted(RECORDS) if (mask := u.mask_of([t]))
        )
        sql = f"SELECT person_id, bit_or(CAST(CASE table_name {whens} ELSE 0 END AS BIGINT)) AS tables\nFROM {INCOMPLETE}\nGROUP BY person_id"
        return self.temp("incomplete", sql, "finding whose rows were refused")

    def inside_observation(self) -> Step:
        """Is the day inside a span in which the person was observed? Nobody says so of those
        without any span."""
        inside = (
            f"bool_or(start_date <= {self.day} AND (end_date IS NULL OR end_date >= {self.day}))"
        )
        sql = f"SELECT person_id, {inside} AS inside\nFROM observed\nGROUP BY person_id"
        return self.temp("observed", sql, "reading who was observed")

    def state_on_the_day(self, table: str, column: str) -> Step:
        """The entry that holds on the day; of several the one that began last, then the greatest
        code."""
        latest = f"substr(max(CAST(start_date AS VARCHAR) || COALESCE({column}, '')), 11)"
        return self.temp(
            table,
            f"SELECT person_id, NULLIF({latest}, '') AS {column}\nFROM {table}\nWHERE start_date <= {self.day} "
            f"AND (end_date IS NULL OR end_date >= {self.day})\nGROUP BY person_id",
            f"reading {table}",
        )

    def age(self) -> str:
        birthday = "EXTRACT(month FROM p.birth_date) * 100 + EXTRACT(day FROM p.birth_date)"
        return (
            f"CAST({self.as_of.year} - EXTRACT(year FROM p.birth_date) - CASE WHEN {birthday} > "
            f"{self.as_of.month * 100 + self.as_of.day} THEN 1 ELSE 0 END AS INTEGER) AS age"
        )

    def temp(self, name: str, sql: str, says: str) -> Step:
        name = f"{self.prefix}_{name}"
        return Step(name, f"CREATE OR REPLACE TEMP TABLE {name} AS\n{sql}", says)

    # --- one feature ---------------------------------------------------------------------------------------------
    def select(self, f: d.Feature) -> str:
        """The column of a feature, noting the aggregates it needs."""
        if not self.known(f):
            return f"CAST(NULL AS {SQL_TYPES[f.column_type]}) AS {quoted(f.name)}"
        return f"{self.value(f)} AS {quoted(f.name)}"

    def value(self, f: d.Feature) -> str:
        match f:
            case d.Age() | d.Sex() | d.Ethnicity():
                return f"p.{f.kind}"
            case d.Registered():
                return "(p.practice_code IS NOT NULL)"
            case d.Resident():
                return "(p.area_code IS NOT NULL)"
            case d.Practice():
                return "p.practice_code"
            case d.Team():
                return self.place_column("team_practices", "practice_code", "team_code")
            case d.Area():
                cast = SQL_TYPES[f.column_type]
                return f"CAST({self.place_column('areas', 'area_code', f.column)} AS {cast})"
            case d.HasDiagnosis():
                return self.any_bit(
                    f.name, "standing" if f.state == "current" else "diagnoses", f.of, f.window
                )
            case d.CountDiagnoses():
                return self.counted("diagnoses", "condition_id", f.of, f.window)
            case d.CountContacts(diagnosis=()):
                return self.counted(self.contacts_of(f.of), "contact_id", f.of, f.window)
            case d.CountContacts():
                also = f" AND diagnosis_id IN ({_listed(f.diagnosis)})"
                return self.counted(self.contacts_of(f.of), "contact_id", f.of, f.window, also)
            case d.HasMedicine():
                return self.any_bit(f.name, "prescriptions", f.of, f.window)
            case d.CountMedicines():
                return self.bits_set(f)
        return self.other_value(f)

    def other_value(self, f: d.Feature) -> str:
        match f:
            case d.DaysSince():
                source = self.contacts_of(f.of)
                stage = self.stage(source, f.window, f.of)
                test = _any("contact_id", f.of) + self.within(source, f.window)
                name = stage.column(f"max(CASE WHEN {test} THEN start_date END)")
                return f"CAST({self.day} - {self.ref(source, name)} AS INTEGER)"
            case d.LastReading():
                return self.last_reading(f)
            case d.BedDays():
                return self.nights(f)
            case d.Gap():
                return self.gap(f)
            case d.HasPackage():
                return self.on_the_day("packages", f.of, "start_date", "end_date") + " > 0"
            case d.Waiting():
                return self.on_the_day("referrals", f.of, "clock_start_date", "clock_stop_date")
        raise TypeError(f"no SQL for features of kind {f.kind}")

    def derived(self, f: d.Feature) -> str:
        if isinstance(f, d.CountOf):
            parts = " + ".join(f"CASE WHEN {quoted(n)} THEN 1 ELSE 0 END" for n in f.of)
            return f"CAST({parts} AS INTEGER) AS {quoted(f.name)}"
        assert isinstance(f, d.Rule)
        return f"COALESCE({parse_expression(f.when).to_sql()}, FALSE) AS {quoted(f.name)}"

    def place_column(self, table: str, key: str, column: str) -> str:
        alias = f"place_{table}"
        join = f"\nLEFT JOIN {alias} ON {alias}.{key} = p.{key}"
        if join not in self.joins:
            self.joins.append(join)
        return f"{alias}.{quoted(column)}"

    # --- aggregates ----------------------------------------------------------------------------------------------
    def stage(self, source: str, window: Window, words: Sequence[str]) -> _Stage:
        stage = self.stages.setdefault(source, _Stage(source))
        stage.note(window.bounds(self.as_of), (concept(w) for w in words))
        return stage

    def contacts_of(self, of: Sequence[str]) -> str:
        """Where these kinds are counted: admissions as stays, which are made once; other contacts
        as they are."""
        admissions = set(of) & set(ADMISSION_KINDS)
        if not admissions:
            return "contacts"
        self.stays = True
        return "stays" if admissions == set(of) else "stays_and_contacts"

    def within(self, source: str, window: Window) -> str:
        """The window as a condition; nothing where the whole scan has that window."""
        bounds = window.bounds(self.as_of)
        if self.covers.get(source) == {bounds}:
            return ""
        return _between(_WORD_AND_DAY[source][1], bounds, no_later_than=self.as_of)

    def counted(
        self, source: str, word: str, of: Sequence[str], window: Window, also: str = ""
    ) -> str:
        stage = self.stage(source, window, of)
        name = stage.column(
            f"count(CASE WHEN {_any(word, of)}{also}{self.within(source, window)} THEN 1 END)"
        )
        return f"CAST(COALESCE({self.ref(source, name)}, 0) AS INTEGER)"

    def any_bit(self, feature: str, source: str, of: Sequence[str], window: Window) -> str:
        stage = self.stage(source, window, of)
        tests = []
        blocks = _blocks(concept(w) for w in of)
        for low, bits in blocks:
            mask = self.ref(source, stage.column(self.mask(source, low, window)))
            over = f" & ~COALESCE({self.over(low, of)}, 0)" if source == "standing" else ""
            tests.append(f"(COALESCE({mask}, 0){over} & {bits}) <> 0")
            whole = f"COALESCE({mask}, 0){over}"
            if whole not in self.masks:
                self.masks.append(whole)
            if len(blocks) == 1:
                self.masked[feature] = (self.masks.index(whole), bits)
        return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"

    def bits_set(self, f: d.CountMedicines) -> str:
        of = f.of or keys("medicine")
        stage = self.stage("prescriptions", f.window, of)
        parts = []
        for low, bits in _blocks(concept(w) for w in of):
            name = stage.column(self.mask("prescriptions", low, f.window))
            parts.append(f"bit_count(COALESCE({self.ref('prescriptions', name)}, 0) & {bits})")
        return f"CAST({' + '.join(parts)} AS INTEGER)"

    def over(self, low: int, of: Sequence[str]) -> str:
        """The conditions from `low` that are over on the day: ended, and not recorded later than
        their latest end."""
        self.ended |= {concept(w) for w in of}
        self.over_blocks.add(low)
        join = f"\nLEFT JOIN {self.prefix}_over ON {self.prefix}_over.person_id = p.person_id"
        if join not in self.joins:
            self.joins.append(join)
        return f"{self.prefix}_over.over{low % FIRST_LOCAL}"

    def mask(self, source: str, low: int, window: Window) -> str:
        """One bit for each word from `low`: set when a row in the window has it. The same text
        whichever words are wanted, so that a stage holds one mask for all features of a window."""
        word, _ = _WORD_AND_DAY[source]
        test = f"{word} BETWEEN {low} AND {low + BITS - 1}{self.within(source, window)}"
        return f"bit_or(CASE WHEN {test} THEN CAST(1 AS BIGINT) << ({word} - {low}) ELSE 0 END)"

    def last_reading(self, f: d.LastReading) -> str:
        stage = self.stage("readings", f.window, f.of)
        name = stage.column(
            f"max(CASE WHEN reading_id = {concept(f.of[0])}{self.within('readings', f.window)} THEN packed END)"
        )
        kept = f"NULLIF(CAST({self.ref('readings', name)} % {READING_ROOM} AS BIGINT), 0)"
        return f"(CAST({kept} - {MOST * READING_SCALE} AS DOUBLE) / {READING_SCALE})"

    def nights(self, f: d.BedDays) -> str:
        start, end = f.window.bounds(self.as_of)
        last = sql_literal(end)
        first = f"GREATEST(start_date, {sql_literal(start)})" if start else "start_date"
        name = f"{self.prefix}_nights{len(self.before)}"
        overlap = f"start_date < {last}" + (
            f" AND (end_date IS NULL OR end_date > {sql_literal(start)})" if start else ""
        )
        source = self.events(self.contacts_of(f.of))  # always stays: only admissions have nights
        self.before.append(
            self.temp(
                f"nights{len(self.before)}",
                f"SELECT person_id, sum(GREATEST(0, LEAST(end_date, {last}) - {first})) AS nights\nFROM {source}\n"
                f"WHERE contact_id IN ({_listed(f.of)}) AND {overlap}\nGROUP BY person_id",
                "counting nights in hospital",
            )
        )
        self.joins.append(f"\nLEFT JOIN {name} ON {name}.person_id = p.person_id")
        return f"CAST(COALESCE({name}.nights, 0) AS INTEGER)"

    def gap(self, f: d.Gap) -> str:
        name = f"{self.prefix}_gap{len(self.before)}"
        source = self.events(self.contacts_of(f.of))
        self.before.append(
            self.temp(
                f"gap{len(self.before)}",
                "SELECT person_id, min(GREATEST(0, start_date - ended_on)) AS days\nFROM (SELECT person_id, start_date, "
                "lag(end_date) OVER (PARTITION BY person_id ORDER BY start_date, end_date, visit_occurrence_id) AS ended_on\n"
                f"FROM {source} WHERE contact_id IN ({_listed(f.of)})"
                f"{_between('start_date', f.window.bounds(self.as_of))})\nWHERE ended_on IS NOT NULL\nGROUP BY person_id",
                "measuring time between contacts",
            )
        )
        self.joins.append(f"\nLEFT JOIN {name} ON {name}.person_id = p.person_id")
        return f"CAST({name}.days AS INTEGER)"

    def on_the_day(self, source: str, of: Sequence[str], start: str, end: str) -> str:
        stage = self.stages.setdefault(source, _Stage(source))
        stage.note((None, self.as_of + timedelta(days=1)), (concept(w) for w in of))
        test = f"kind_id IN ({_listed(of)}) AND {start} <= {self.day} AND ({end} IS NULL OR {end} >= {self.day})"
        return f"CAST(COALESCE({self.ref(source, stage.column(f'count(CASE WHEN {test} THEN 1 END)'))}, 0) AS INTEGER)"

    def ref(self, source: str, column: str) -> str:
        alias = f"{self.prefix}_{source}_sums"
        join = f"\nLEFT JOIN {alias} ON {alias}.person_id = p.person_id"
        if join not in self.joins:
            self.joins.append(join)
        return f"{alias}.{column}"

    # --- one scan of one table -----------------------------------------------------------------------------------
    def stays_steps(self) -> list[Step]:
        """Every stay that began before the day. All admissions are read, whatever the windows: a
        row before a window may be the beginning of a stay that reaches into it."""
        if not self.stays:
            return []
        rows = rows_before(self.as_of, whose=f" AND {self.in_sample()}" if self.sample else "")
        stays = stays_sql(rows, gap_days=self.doc.stays.gap_days)
        return [self.temp("stays", stays, "putting stays together")]

    def events(self, source: str) -> str:
        """What is counted, as a query or table. A contact that is no admission ends on its first
        day where nothing else is written."""
        if source == "stays":
            return f"{self.prefix}_stays"
        columns = "visit_occurrence_id, person_id, contact_id, start_date"
        contacts = f"SELECT {columns}, COALESCE(end_date, start_date) AS end_date FROM {self.sampled('contacts')}"
        if source == "contacts":
            return f"({contacts})"
        others = f"{contacts} WHERE contact_id NOT IN ({_listed(ADMISSION_KINDS)})"
        return f"(SELECT {columns}, end_date FROM {self.prefix}_stays UNION ALL {others})"

    def over_steps(self) -> list[Step]:
        """Few conditions ever end: what is over is found among those that did, so that the scan of
        all needs no join."""
        if not self.ended:
            return []
        courses = self.doc.courses
        ends = {
            how: {n for n in self.ended if courses[n].ended_by(how)}
            for how in ("list", "ends", "remits")
        }
        by = " OR ".join(
            f"how = '{how}' AND {_in('condition_id', numbers)}"
            for how, numbers in ends.items()
            if numbers
        )
        ended = self.temp(
            "ended",
            f"SELECT person_id, condition_id, max(end_date) AS ended_on\nFROM {self.sampled('endings')}\n"
            f"WHERE end_date < {self.day} AND ({by})\nGROUP BY person_id, condition_id",
            "reading what has ended",
        )
        columns = []
        for low in sorted(self.over_blocks):
            bit = f"CAST(1 AS BIGINT) << (condition_id - {low})"
            inside = f"condition_id BETWEEN {low} AND {low + BITS - 1}"
            columns.append(
                f"bit_or(CASE WHEN NOT again AND {inside} THEN {bit} ELSE 0 END) "
                f"& ~bit_or(CASE WHEN again AND {inside} THEN {bit} ELSE 0 END) AS over{low % FIRST_LOCAL}"
            )
        again = (
            f"SELECT d.person_id, d.condition_id, TRUE FROM diagnoses d JOIN {self.prefix}_ended e "
            "ON e.person_id = d.person_id AND e.condition_id = d.condition_id "
            f"WHERE d.start_date > e.ended_on AND d.start_date < {self.day}{self.holding(self.ended, 'd.')}"
        )
        over = self.temp(
            "over",
            f"SELECT person_id, {', '.join(columns)}\nFROM (SELECT person_id, condition_id, FALSE AS again "
            f"FROM {self.prefix}_ended\nUNION ALL {again})\nGROUP BY person_id",
            "finding what is over",
        )
        return [ended, over]

    def holding(self, numbers: Iterable[int], row: str = "") -> str:
        """Conditions on rows of diagnoses, as their words' courses say: not longer ago than it
        lasts, and not in an encounter that is over where the course ends with that."""
        spans: dict[date, set[int]] = {}
        ending: set[int] = set()
        for n in numbers:
            course = self.doc.courses[n]
            first = course.span.bounds(self.as_of)[0]
            if first is not None:
                spans.setdefault(first, set()).add(n)
            if course.ends_with_encounter:
                ending.add(n)
        word = f"{row}condition_id"
        sql = "".join(
            f" AND NOT ({_in(word, words)} AND {row}start_date < {sql_literal(first)})"
            for first, words in sorted(spans.items())
        )
        if ending:
            over = f"{row}end_date < {self.day} AND NOT {row}on_list"
            sql += f" AND NOT ({_in(word, ending)} AND COALESCE({over}, FALSE))"
        return sql

    def sampled(self, source: str) -> str:
        """The table, cut to the people of the sample before anything is counted."""
        return f"(SELECT * FROM {source} WHERE {self.in_sample()})" if self.sample else source

    def in_sample(self) -> str:
        return f"person_id IN (SELECT person_id FROM {self.sample})"

    def stage_step(self, stage: _Stage) -> Step:
        columns = ", ".join(f"{sql} AS {name}" for name, sql in stage.columns.items())
        sql = f"SELECT t.person_id, {columns}\nFROM {self.rows(stage)}\nGROUP BY t.person_id"
        return self.temp(f"{stage.source}_sums", sql, f"counting {stage.source}")

    def rows(self, stage: _Stage) -> str:
        """The table cut down to the rows that any aggregate can use."""
        word, day = _WORD_AND_DAY[stage.source]
        where = _rows_wanted(word, day, stage.wanted, self.as_of)
        if stage.source in ("stays", "stays_and_contacts"):
            return f"{self.events(stage.source)} t\nWHERE {where}"
        if stage.source == "standing":
            where += self.holding({n for numbers in stage.wanted.values() for n in numbers})
            return f"{self.sampled('diagnoses')} t\nWHERE {where}"
        source = self.sampled(stage.source)
        if stage.source == "readings":
            when = f"(reading_date - {sql_literal(READING_EPOCH)}) * {2**15} + at_second // {READING_SECONDS}"
            kept = f"CAST(floor(value * {READING_SCALE} + 0.5) AS BIGINT) + {MOST * READING_SCALE}"
            packed = (
                f"CAST({when} AS HUGEINT) * {2**95}::HUGEINT + (CAST(entry AS HUGEINT) + {2**63}::HUGEINT) * {READING_ROOM} "
                f"+ COALESCE({kept}, 0)"
            )
            where += f" AND reading_date >= {sql_literal(READING_EPOCH)}"
            return f"(SELECT person_id, reading_id, reading_date, {packed} AS packed FROM {source} WHERE {where}) t"
        return f"{source} t\nWHERE {where}"


_WORD_AND_DAY = {
    "diagnoses": ("condition_id", "start_date"),
    "standing": ("condition_id", "start_date"),  # the diagnoses that hold, as their courses say
    "contacts": ("contact_id", "start_date"),
    "stays": ("contact_id", "start_date"),
    "stays_and_contacts": ("contact_id", "start_date"),
    "prescriptions": ("medicine_id", "start_date"),
    "readings": ("reading_id", "reading_date"),
    "packages": ("kind_id", "start_date"),
    "referrals": ("kind_id", "clock_start_date"),
}


def _listed(of: Iterable[str]) -> str:
    return ", ".join(str(concept(w)) for w in of)


def _in(word: str, numbers: Iterable[int]) -> str:
    """Exactly these numbers."""
    return f"{word} IN ({', '.join(map(str, sorted(numbers)))})"


def _any(word: str, of: Sequence[str]) -> str:
    return f"{word} = {concept(of[0])}" if len(of) == 1 else f"{word} IN ({_listed(of)})"


def _rows_wanted(word: str, day: str, wanted: dict[Bounds, set[int]], as_of: date) -> str:
    """Words with the days they are wanted for; a word that a wider window wants is not asked for
    twice."""
    left = {
        bounds: {
            n
            for n in numbers
            if not any(n in wanted[w] for w in wanted if w != bounds and _holds(w, bounds))
        }
        for bounds, numbers in wanted.items()
    }
    parts = [
        f"({_among(word, numbers)}{_between(day, bounds)})"
        for bounds, numbers in left.items()
        if numbers
    ]
    if len(parts) == 1:
        return parts[0]
    # The widest bounds first, as plain conditions: a scan skips blocks of rows by these, not by
    # alternatives.
    starts = [start for start, _ in wanted]
    earliest = min(s for s in starts if s) if all(starts) else None
    words = {n for numbers in wanted.values() for n in numbers}
    over_all = f"{word} BETWEEN {min(words)} AND {max(words)}{_between(day, (earliest, as_of))}"
    return f"{over_all} AND ({' OR '.join(parts)})"


def _holds(wide: Bounds, narrow: Bounds) -> bool:
    begins = wide[0] is None or (narrow[0] is not None and wide[0] <= narrow[0])
    return begins and wide[1] >= narrow[1]


def _between(day: str, bounds: Bounds, *, no_later_than: date | None = None) -> str:
    """The bounds as conditions; an end that every row keeps anyhow (`no_later_than`) is left
    out."""
    start, end = bounds
    sql = f" AND {day} >= {sql_literal(start)}" if start else ""
    return sql if end == no_later_than else f"{sql} AND {day} < {sql_literal(end)}"


def _among(word: str, numbers: set[int]) -> str:
    """Runs of numbers as ranges (with holes of one or two: the aggregates look again), the rest as
    a list."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n - runs[-1][-1] <= 3:
            runs[-1].append(n)
        else:
            runs.append([n])
    tests = [f"{word} BETWEEN {run[0]} AND {run[-1]}" for run in runs if len(run) > 2]
    single = [n for run in runs if len(run) <= 2 for n in run]
    if single:
        tests.append(
            f"{word} IN ({', '.join(map(str, single))})"
            if len(single) > 1
            else f"{word} = {single[0]}"
        )
    return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"


def _blocks(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as bits: the first number of each block of 62, and the bits that stand for these
    numbers in it."""
    found: dict[int, int] = {}
    for number in numbers:
        low = FIRST_LOCAL + (number - FIRST_LOCAL - 1) // BITS * BITS + 1
        found[low] = found.get(low, 0) | 1 << (number - low)
    return sorted(found.items())
