"""The people river, run on an engine: from records to each team's caseload, and from one person
back to the rows.

In: an open engine that holds the records, the place's documents and tables, the day. Out: the
result tables (declared in `tables.results` and by the documents) in the same database, and a report
of what was made and what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from oneplace.documents.expressions import quoted
from oneplace.engines.duck import DuckEngine
from oneplace.engines.explain import explain_person
from oneplace.faults import Fault, InputAtFault
from oneplace.people import risk as r
from oneplace.people.caseload import REFUSED, compile_caseload, needed, said
from oneplace.people.documents import (
    PeopleDocuments,
    check_day,
    people_document_kinds,
    read_people_documents,
)
from oneplace.people.features import Step, compile_features, features_table
from oneplace.people.features import unknown as u
from oneplace.people.features.declare import Team
from oneplace.people.features.staged import REFUSED_IN
from oneplace.people.records import (
    FIRST_LOCAL,
    INCOMPLETE,
    admissions_made,
    filled,
    impossible_days,
    read_as_ours,
    river_views,
    unmapped_codes,
)
from oneplace.people.risk import fitting
from oneplace.people.scores import compile_scores, score_kinds, scores_declared, show_scores
from oneplace.people.scores import names_used as names_of_scores
from oneplace.people.segments import compile_segments, segments_declared
from oneplace.people.stays import ROWS as ADMISSION_ROWS
from oneplace.tables.declare import Table
from oneplace.tables.results import (
    CASELOAD,
    CASELOAD_REASONS,
    RECONCILIATION,
    REVIEWED,
    RISK_MODEL,
    RISKS,
    UNMAPPED,
)
from oneplace.tables.vocabulary import words

__all__ = [
    "PeopleDocuments",
    "PlaceTables",
    "RiverReport",
    "explain_person",
    "people_document_kinds",
    "read_people_documents",
    "run_people_river",
]

Progress = Callable[[str, float], None]
PLACE_TABLES = ("areas", "team_practices")
DEMONSTRATION_CARD = "Demonstration people, who do not exist: these figures measure the program that made them, not the model."


class PlaceTables(Protocol):
    """The tables of a place; an empty one where the place has none."""

    def table(self, name: str) -> pa.Table: ...


@dataclass(frozen=True)
class RiverReport:
    """What was made: rows by table, their declarations, the model's card, and what could not be
    worked out."""

    results: dict[str, int]
    tables: tuple[Table, ...]
    model: dict[str, Any]
    notes: tuple[str, ...] = ()
    fitted: r.Model | None = None


def run_people_river(
    engine: DuckEngine,
    documents: PeopleDocuments,
    place: PlaceTables,
    *,
    as_of: date,
    basis: str,
    seed: int,
    progress: Progress,
    model: r.Model | None = None,
    refused: Sequence[int] = (),
    reviewed: pa.Table | None = None,
    like: RiverReport | None = None,
) -> RiverReport:
    """Work everything out for everyone as of the day. With `model`, that one is used and none is
    fitted; whoever `refused` to be listed by risk stands on no register; `reviewed` is kept beside
    the lists. `like` is the report of another day of the same records and documents: where its
    model was fitted on the same days, the same comes out and is taken over."""
    check_day(documents, as_of=as_of)
    engine.keep(REVIEWED, REVIEWED.arrow.empty_table() if reviewed is None else reviewed)
    return _River(engine, documents, place, as_of, basis, seed, progress, tuple(refused)).run(
        model, like
    )


@dataclass
class _River:
    engine: DuckEngine
    documents: PeopleDocuments
    place: PlaceTables
    as_of: date
    basis: str
    seed: int
    progress: Progress
    refused: tuple[int, ...] = ()
    present: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    def run(self, model: r.Model | None, like: RiverReport | None) -> RiverReport:
        docs, engine = self.documents, self.engine
        self.read_records()
        self.steps(
            compile_features(docs.features, as_of=self.as_of, present=self.present), 0.0, 0.4
        )
        self.steps([*compile_scores(docs.scores), self.shown_scores()], 0.4, 0.45)
        both = _joined(
            ("features_read", docs.features.kinds), ("scores_read", score_kinds(docs.scores))
        )
        self.steps(compile_segments((docs.segments, *docs.segmentations), source=both), 0.45, 0.5)
        if model is None and like is not None and self.same_days(like):
            model, card = self.taken_over(like)
        elif model is None:
            model, card = self.fit()
        else:
            card = {**self.card_head(), "fitted": "earlier"}
            self.engine.keep(RISK_MODEL, _model_rows(model))
        self.steps(r.compile_risks(docs.risk, model, source=both), 0.8, 0.85)
        self.engine.execute(f"DROP TABLE IF EXISTS {ADMISSION_ROWS}")
        self.list_people(model)
        tables = (
            features_table(docs.features),
            scores_declared(docs.scores),
            segments_declared((docs.segments, *docs.segmentations)),
            RISKS,
            RISK_MODEL,
            CASELOAD,
            RECONCILIATION,
            REVIEWED,
            UNMAPPED,
        )
        self.progress("the people river is done", 1.0)
        rows = {
            t.name: int(engine.rows(f"SELECT count(*) AS n FROM {t.name}")[0]["n"]) for t in tables
        }
        return RiverReport(rows, tables, card, tuple(self.notes), model)

    def steps(self, steps: Sequence[Step], begins: float, ends: float) -> None:
        self.engine.run(
            steps, lambda says, share: self.progress(says, begins + (ends - begins) * share)
        )

    def shown_scores(self) -> Step:
        """The scores as they are shown: nought only where it is known."""
        docs, unknown = self.documents, {}
        for doc in docs.scores:
            used = names_of_scores((doc,)) & docs.features.kinds.keys()
            bits = u.bits_of(u.rests_on(docs.features, used)) if INCOMPLETE in self.present else 0
            if u.scores_unknown(docs.features, used, self.present, 0):
                unknown[doc.name] = "TRUE"
            elif bits:
                unknown[doc.name] = f"k.{REFUSED_IN} & {bits} <> 0"
        return show_scores(docs.scores, unknown, kept="features_kept")

    # --- the records -------------------------------------------------------------------------------------------------
    def read_records(self) -> None:
        columns = self.engine.columns()
        if "person" not in columns:
            raise InputAtFault(
                Fault(what="the records hold no people", file="records", expected="a table person")
            )
        for view in river_views(columns, readings=self.documents.features.readings):
            self.engine.execute(view)
        for made in admissions_made(
            columns, as_of=self.as_of, gap_days=self.documents.features.stays.gap_days
        ):
            self.engine.execute(made)
        present = filled(columns)
        for name in PLACE_TABLES:
            rows = self.place.table(name)
            if len(rows):
                self.engine.take(f"place_{name}", rows)
                present.add(name)
        self.present = frozenset(present)
        self.note_what_is_missing()
        self.note_readings()
        self.note_what_cannot_be(columns)
        if self.basis != "synthetic":
            self.note_what_is_read_as_ours(columns)
        sql = unmapped_codes(columns)
        empty = f"SELECT {', '.join(f'CAST(NULL AS {c.sql}) AS {c.name}' for c in UNMAPPED.columns)} WHERE FALSE"
        self.engine.execute(f"CREATE OR REPLACE TABLE unmapped_codes AS {sql or empty}")

    def note_what_is_missing(self) -> None:
        without: dict[str, list[str]] = {}
        for f in self.documents.features.features:
            for table in f.tables:
                if table not in self.present:
                    without.setdefault(table, []).append(f.name)
        for table, names in without.items():
            listed = ", ".join(names[:5]) + (
                f" and {len(names) - 5} more" if len(names) > 5 else ""
            )
            whose = "The place has" if table in PLACE_TABLES else "The records hold"
            self.notes.append(
                f"{whose} no {table.replace('_', ' ')}; without them these are not known: {listed}."
            )

    def note_what_is_read_as_ours(self, columns: dict[str, set[str]]) -> None:
        """Other people's own concepts have the numbers of our words, too; where nobody names them,
        that is said."""
        for row in self.engine.rows(read_as_ours(columns)):
            self.notes.append(
                f"{row['rows']:,} rows of {row['table_name']} hold codes from {FIRST_LOCAL:,} up and are read as local "
                "words of OnePlace: where they are the records' own, name them in tables/code_list.csv."
            )

    def note_readings(self) -> None:
        """Readings that have no value, with the reason, and those beyond what is usual."""
        if "readings" not in self.present:
            return
        title = {w.concept_id: w.title for w in words()}
        found = self.engine.rows(
            "SELECT reading_id, COALESCE(refused, 'beyond what is usual') AS what, count(*) AS rows FROM readings "
            "WHERE refused IS NOT NULL OR extreme GROUP BY ALL ORDER BY what, rows DESC, reading_id"
        )
        for what in dict.fromkeys(row["what"] for row in found):
            mine = [row for row in found if row["what"] == what]
            listed = ", ".join(f"{title[row['reading_id']]} {row['rows']:,}" for row in mine)
            total = sum(row["rows"] for row in mine)
            fate = "kept and flagged" if what == "beyond what is usual" else "without a value"
            self.notes.append(f"{total:,} readings are {fate} ({what}): {listed}.")

    def note_what_cannot_be(self, columns: Mapping[str, set[str]]) -> None:
        for says, sql in impossible_days(columns, as_of=self.as_of):
            n = int(self.engine.rows(sql)[0]["n"])
            if n:
                self.notes.append(
                    f"{says.format(n=f'{n:,} ' + ('person' if n == 1 else 'people'))}."
                )
        if not {"registrations", "residence"} & self.present and "observed" in self.present:
            day = f"DATE '{self.as_of}'"
            alive = f"SELECT person_id FROM people WHERE death_date IS NULL OR death_date >= {day}"
            inside = f"bool_or(start_date <= {day} AND (end_date IS NULL OR end_date >= {day}))"
            sql = (
                f"SELECT count(*) AS n FROM (SELECT person_id FROM observed WHERE person_id IN ({alive}) "
                f"GROUP BY person_id HAVING NOT {inside})"
            )
            if n := int(self.engine.rows(sql)[0]["n"]):
                self.notes.append(
                    f"{n:,} people were not under observation on {self.as_of} and are not of the day."
                )

    # --- the model ---------------------------------------------------------------------------------------------------
    def fit(self) -> tuple[r.Model | None, dict[str, Any]]:
        """Fit on one year, test on the next, keep the model and write its card."""
        doc = self.documents.risk
        fit_day, test_day = doc.days(self.as_of)
        people = self.engine.arrow("SELECT person_id FROM people")["person_id"].to_numpy()
        ids = fitting.sample_of(people, at_most=doc.people, seed=self.seed)
        self.engine.take("risk_sample", pa.table({"person_id": ids}))
        card = {**self.card_head(), "fit": _period(doc, fit_day), "test": _period(doc, test_day)}
        x, y, _ = self.sampled(fit_day, 0.5)
        card["fit"] |= {"people": len(y), "events": int(y.sum())}
        model = None
        if (reason := r.too_rare(doc, int(y.sum()), len(y))) is not None:
            card["not_fitted"] = reason
            self.notes.append(reason)
        else:
            model = fitting.fit(x, y, [p.name for p in doc.predictors], penalty=doc.penalty)
            x, y, groups = self.sampled(test_day, 0.65)
            card["test"] |= fitting.judge(fitting.predict(model, x), y, groups)
            card["coefficients"] = dict(
                zip(model.names, (round(c, 5) for c in model.coefficients), strict=True)
            )
        self.engine.keep(RISK_MODEL, _model_rows(model))
        return model, card

    def same_days(self, like: RiverReport) -> bool:
        """Whether a model of that report was fitted and tested on the days that ours would be."""
        days = tuple(day.isoformat() for day in self.documents.risk.days(self.as_of))
        return days == tuple(like.model.get(what, {}).get("as_of") for what in ("fit", "test"))

    def taken_over(self, like: RiverReport) -> tuple[r.Model | None, dict[str, Any]]:
        """The model of that report and its card, with our own day."""
        self.engine.keep(RISK_MODEL, _model_rows(like.fitted))
        self.notes += [like.model["not_fitted"]] if "not_fitted" in like.model else []
        return like.fitted, {**like.model, **self.card_head()}

    def card_head(self) -> dict[str, Any]:
        doc = self.documents.risk
        return {
            "name": doc.name,
            "title": doc.title,
            "sentence": doc.sentence,
            "outcome": doc.outcome.sentence,
            "horizon_months": doc.outcome.horizon_months,
            "scored_as_of": self.as_of.isoformat(),
            "basis": self.basis,
            "caution": DEMONSTRATION_CARD if self.basis == "synthetic" else None,
            "seed": self.seed,
            "people_in_sample_at_most": doc.people,
            "penalty": doc.penalty,
        }

    def sampled(
        self, day: date, share: float
    ) -> tuple[fitting.Floats, fitting.Bools, dict[str, list[str | None]]]:
        """Predictors of the sample as of a day, what then happened, and the groups to judge by."""
        doc, scores = self.documents.risk, self.documents.scores
        used = r.names_used(doc)
        wanted = tuple(s for s in scores if {s.name, f"{s.name}_band"} & used)
        features = {n for n in used | names_of_scores(wanted) if n in self.documents.features.kinds}
        steps = compile_features(
            self.documents.features,
            as_of=day,
            present=self.present,
            into="risk_features",
            prefix="rf",
            only=features,
            sample="risk_sample",
            temporary=True,
        )
        steps += compile_scores(
            wanted, features="risk_features_read", into="risk_scores", temporary=True
        )
        self.steps(steps, share, share + 0.15)
        both = _joined(
            ("risk_features_read", dict.fromkeys(features, "number")),
            ("risk_scores", score_kinds(wanted)),
        )
        groups = [g.feature for g in doc.judged_by]
        sql = r.sample_sql(doc, day=day, source=both, groups=groups)
        rows = self.engine.arrow(sql)
        count = len(doc.predictors)
        x = np.column_stack([rows[f"x{i}"].to_numpy() for i in range(count)]).astype(float)
        y = rows["y"].to_numpy(zero_copy_only=False).astype(bool)
        return (
            x,
            y,
            {
                g.feature: r.banded(g, rows[f"g{i}"].to_pylist())
                for i, g in enumerate(doc.judged_by)
            },
        )

    # --- the lists ---------------------------------------------------------------------------------------------------
    def list_people(self, model: r.Model | None) -> None:
        docs = self.documents
        has_teams = {"team_practices", "registrations"} <= self.present
        team = (
            next((f.name for f in docs.features.features if isinstance(f, Team)), None)
            if has_teams
            else None
        )
        if has_teams and team is None:
            self.notes.append(
                "There are teams but no feature of kind team: the place has one list."
            )
        source = _joined(
            ("features_read", docs.features.kinds),
            ("scores_read", score_kinds(docs.scores)),
            ("segments", {"segment": "text"}),
            ("risks", {"risk": "number", "priority": "number"}),
        )
        if self.refused:
            self.engine.take(REFUSED, pa.table({"person_id": pa.array(self.refused, pa.int64())}))
        self.steps(
            compile_caseload(docs.caseload, source=source, team=team, refused=bool(self.refused)),
            0.85,
            0.95,
        )
        self.give_reasons(model, source)

    def give_reasons(self, model: r.Model | None, source: str) -> None:
        docs = self.documents
        top = self.engine.rows(
            f"SELECT s.* FROM {source} s JOIN caseload_kept c ON c.person_id = s.person_id "
            f"WHERE c.rank <= {docs.caseload.reasons_for_top}"
        )
        words, whom = [], []
        for row in top:
            given = r.reasons(docs.risk, model, row, most=docs.caseload.reasons)
            words.append("\n".join(said(docs.caseload, row, given)) or None)
            whom.append("\n".join(needed(docs.caseload, row)) or None)
        rows = {"person_id": pa.array([row["person_id"] for row in top], pa.int64())}
        rows |= {
            "reasons": pa.array(words, pa.string()),
            "professionals": pa.array(whom, pa.string()),
        }
        self.engine.keep(CASELOAD_REASONS, pa.table(rows))
        of = dict.fromkeys(set(CASELOAD_REASONS.names) - {"person_id"}, "w") | {"incomplete": "i"}
        columns = ", ".join(f"{of.get(n, 'c')}.{n}" for n in CASELOAD.names)
        self.engine.execute(
            f"CREATE OR REPLACE VIEW caseload AS SELECT {columns} FROM caseload_kept c "
            "LEFT JOIN caseload_reasons w ON w.person_id = c.person_id "
            f"LEFT JOIN ({self.whose_records()}) i ON i.person_id = c.person_id"
        )

    def whose_records(self) -> str:
        """The people whose records are incomplete, with the tables."""
        if INCOMPLETE not in self.present:
            return "SELECT CAST(NULL AS BIGINT) AS person_id, CAST(NULL AS VARCHAR) AS incomplete WHERE FALSE"
        return (
            "SELECT person_id, string_agg(table_name, chr(10) ORDER BY table_name) AS incomplete "
            f"FROM {INCOMPLETE} GROUP BY person_id"
        )


def _joined(*tables: tuple[str, Any]) -> str:
    """Tables of one row for each person side by side, as a parenthesised query."""
    first = tables[0][0]
    columns = [f"{first}.person_id"] + [f"{t}.{quoted(n)}" for t, names in tables for n in names]
    joins = "".join(
        f" JOIN {t} ON {t}.person_id = {first}.person_id" for t, names in tables[1:] if names
    )
    return f"(SELECT {', '.join(columns)} FROM {first}{joins})"


def _period(doc: r.Risk, day: date) -> dict[str, Any]:
    return {"as_of": day.isoformat(), "outcome_known": doc.outcome_end(day).isoformat()}


def _model_rows(model: r.Model | None) -> pa.Table:
    if model is None:
        return RISK_MODEL.arrow.empty_table()
    return pa.table(
        {
            "term": ["intercept", *model.names],
            "coefficient": [model.intercept, *model.coefficients],
            "mean": [1.0, *model.means],
        }
    )
