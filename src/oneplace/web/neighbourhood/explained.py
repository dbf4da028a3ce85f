"""Why a person stands where they stand, as tables for whoever checks: in comes the session's
explanation, out come sections.

The list, the segment and the rules tried before it, what moves the risk, every score point by
point, and each fact with the rows it was computed from.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oneplace.answers.people import in_words
from oneplace.people.features import unknown
from oneplace.report import words as paper

NO_CHANGE = "1.00"
MOST_ROWS_NAMED = 12  # of one fact; how many more there are is said


@dataclass(frozen=True)
class Explanation:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    notes: tuple[str, ...] = ()


def sections(found: Mapping[str, Any]) -> list[Explanation]:
    """Everything the explanation holds, in the order in which somebody checks it."""
    return [
        *_incomplete(found["incomplete"]),
        *([UNLISTED] if found.get("unlisted") else _listed(found["caseload"])),
        _segment("Segment", found["segment"]),
        *_risk(found["risk"]),
        *(_score(s) for s in found["scores"] if s["value"] is not None),
        *(
            _segment(f"Other segments: {name.replace('_', ' ')}", s)
            for name, s in found["other_segments"].items()
        ),
        *_over(found["conditions"]),
        _facts(found["features"]),
    ]


UNLISTED = Explanation(
    "Place on the list",
    ("What", "Value"),
    [],
    ("This person refuses to be listed by risk: no place and no risk is shown.",),
)


def _incomplete(refused: list[Mapping[str, Any]]) -> list[Explanation]:
    said = unknown.in_words({r["table_name"]: r["rows"] for r in refused})
    rows = [(unknown.TELLS.get(r["table_name"], r["table_name"]), r["rows"]) for r in refused]
    return (
        [Explanation("Records incomplete", ("Of", "Rows refused"), rows, (said,))] if said else []
    )


def _listed(line: Mapping[str, Any] | None) -> list[Explanation]:
    if line is None:
        return [
            Explanation(
                "Place on the list",
                ("What", "Value"),
                [],
                ("This person is on the list of no team.",),
            )
        ]
    rank = f"{line['rank']:,} of {line['register']:,}" if line["rank"] else "Not on the register"
    said = [
        ("Place on the register", rank),
        ("Set aside because", line["set_aside_because"] or ""),
        ("Risk of an emergency admission in the next year", _chance(line["risk"])),
        ("On the computed agenda", "Yes" if line["on_agenda"] else "No"),
        ("Reasons", "; ".join(line["reasons"])),
        ("Needed at the meeting", ", ".join((line["professionals"] or "").split("\n"))),
    ]
    return [Explanation("Place on the list", ("What", "Value"), [r for r in said if r[1]])]


def _chance(risk: float | None) -> str:
    return "" if risk is None else f"{in_words(risk)} ({risk:.1%})"


def _segment(title: str, found: Mapping[str, Any] | None) -> Explanation:
    columns = ("Rule tried", "Asks for", "Answer")
    if found is None:
        return Explanation(title, columns, [], ("No rule puts this person in a segment.",))
    tried = [(_spoken(f["segment"]), f["because"], "No") for f in found["failed"]]
    last = (found["title"], found["because"], "Yes: this is the segment")
    return Explanation(
        title,
        columns,
        [*tried, last],
        ("Rules are tried in this order; the first that holds decides.",),
    )


def _spoken(name: str) -> str:
    return (name[:1].upper() + name[1:]).replace("_", " ")


def _risk(found: Mapping[str, Any] | None) -> list[Explanation]:
    if not found or found.get("risk") is None:
        return []
    parts = sorted(found.get("contributions") or (), key=lambda c: -abs(c["adds_log_odds"]))
    moved = [(c, f"{math.exp(c['adds_log_odds']):.2f}") for c in parts]
    rows = [(c["words"] or _spoken(c["name"]), times) for c, times in moved if times != NO_CHANGE]
    notes = [
        "The odds of an emergency admission are multiplied by this: above 1 raises the risk, below 1 lowers it."
    ]
    if left := len(moved) - len(rows):
        notes.append(f"{paper.plural(left, 'other predictor')} changed nothing that can be seen.")
    return [
        Explanation(
            f"Risk: {_chance(found['risk'])}", ("What counts", "Odds times"), rows, tuple(notes)
        )
    ]


def _score(found: Mapping[str, Any]) -> Explanation:
    band = f", {found['band'].replace('_', ' ')}" if found["band"] else ""
    rows = [(p["sentence"], _figure(p["points"])) for p in found["parts"]]
    return Explanation(
        f"{found['title']}: {_figure(found['value'])}{band}",
        ("What counts", "Points"),
        rows,
        () if rows else ("Nothing on the record counts.",),
    )


def _facts(features: list[Mapping[str, Any]]) -> Explanation:
    kept = [f for f in features if f["rows"] or f["value"] not in (None, False, 0, "")]
    rows = [
        (f["sentence"], _with_state(_value(f["value"], f["unit"]), f["state"]), _rows(f["rows"]))
        for f in kept
    ]
    note = f"{paper.plural(len(features) - len(kept), 'other fact')} asked for: none, not known, or nothing on the record."
    differ = [f["sentence"] for f in features if f["differs_from"] is not None]
    wrong = (
        (f"Worked out again these differ from the build: {'; '.join(differ)}.",) if differ else ()
    )
    return Explanation(
        "Facts, and the rows they come from",
        ("Fact", "Value", "Rows"),
        rows,
        (note, *wrong),
    )


def _with_state(value: str, state: str | None) -> str:
    return f"{value}: {state}" if state else value


def _over(conditions: list[Mapping[str, Any]]) -> list[Explanation]:
    """What the records name and the day no longer holds, with what ended it."""
    rows = [
        (c["condition"], c["state"][:1].upper() + c["state"][1:])
        for c in conditions
        if not c["holds"]
    ]
    return (
        [Explanation("Conditions that are over", ("Condition", "Why it does not count"), rows)]
        if rows
        else []
    )


def _value(value: Any, unit: str | None) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (int, float)):
        return f"{_figure(value)}{' ' + unit if unit else ''}"
    return "" if value is None else str(value).replace("_", " ")


def _figure(value: float) -> str:
    """A score is a fraction or a count: 0.306 keeps what says something of it, 8.0 is 8."""
    return paper.number(value) if value == int(value) else f"{value:,.3g}"


def _rows(rows: list[Mapping[str, Any]]) -> str:
    """The newest first."""
    newest = sorted(rows, key=lambda r: r["on"], reverse=True)
    named = "; ".join(_row(r) for r in newest[:MOST_ROWS_NAMED])
    more = len(newest) - MOST_ROWS_NAMED
    return f"{named}; and {more:,} more" if more > 0 else named


def _row(row: Mapping[str, Any]) -> str:
    until = f" to {_day(row['until'])}" if row["until"] else ""
    said = [str(p) for p in (row["what"], row["reason"], row["value"]) if p is not None]
    return f"{_day(row['on'])}{until}, {row['table'].replace('_', ' ')}: {', '.join(said)}"


def _day(iso: str) -> str:
    return paper.day(dt.date.fromisoformat(iso[:10]))
