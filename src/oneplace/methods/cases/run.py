"""The names of the methods, reading a file of cases, and running them."""

from __future__ import annotations

import csv
import difflib
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oneplace.faults import Fault, InputAtFault
from oneplace.methods.cases import indicators, planning
from oneplace.methods.cases.form import Field, MethodCase

Method = Callable[[MethodCase], tuple[Any, list[str]]]

METHODS: dict[str, Method] = {
    "proportion": indicators.proportion,
    "rate": indicators.rate,
    "dsr": indicators.dsr,
    "smr": indicators.smr,
    "mean": indicators.mean,
    "quantile": indicators.quantile,
    "funnel": indicators.funnel_plot,
    "life-expectancy": indicators.life_expectancy,
    "healthy-life-expectancy": indicators.healthy_life_expectancy,
    "sii": indicators.sii,
    "arriaga": indicators.arriaga,
    "xmr": planning.xmr,
    "forecast": planning.forecast_months,
    "waiting-list": planning.waiting_list,
    "waterfall": planning.activity_waterfall,
    "impact-fraction": planning.impact_fraction,
    "options": planning.options_appraisal,
    "risk-matrix": planning.risk_matrix,
    "mhis": planning.mhis,
    "pye-fye": planning.pye_fye,
    "cres": planning.cres,
    "pcn": planning.pcn,
    "tariff-impact": planning.tariff_impact,
    "reconcile": planning.reconcile,
}
NAMES: tuple[str, ...] = tuple(METHODS)

# CSV: methods of which every row is a case of its own; elsewhere the rows together are the inputs
# of one case.
ROW_IS_CASE = {"mhis", "pye-fye", "pcn", "risk-matrix", "waterfall"}
FIELDS_OF_CASE = (
    "id",
    "function",
    "inputs",
    "params",
    "expected",
    "tolerance",
    "quirk",
    "source",
    "note",
)


def run_cases(name: str, cases: Any, *, file: str = "cases") -> list[dict[str, Any]]:
    """As `each_case`, for callers who want all of it or nothing: every case at fault is named in
    one `InputAtFault`."""
    answers, faults = each_case(name, cases, file=file)
    if faults:
        raise InputAtFault(faults)
    return answers


def each_case(
    name: str, cases: Any, *, file: str = "cases"
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Run one method on every case: `[{"id", "result"}, ...]`, with `notes` where there is
    something to say, and all faults.

    What a case expects is never read. A case at fault has no result but its `faults`, and does not
    keep the others from theirs.
    """
    method = METHODS.get(name)
    if method is None:
        raise InputAtFault(
            Fault(what="there is no such method", file=file, found=name, expected=", ".join(NAMES))
        )
    if not isinstance(cases, list):
        found = (
            f"{type(cases).__name__} with {', '.join(list(cases)[:5])}"
            if isinstance(cases, dict)
            else repr(cases)[:80]
        )
        raise InputAtFault(
            Fault(
                what="the input is not a list of cases", file=file, found=found, expected="a list"
            )
        )
    answers: list[dict[str, Any]] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for i, given in enumerate(cases):
        try:
            case, notes = _checked(given, i, seen, file)
            result, said = _answered(method, case)
        except InputAtFault as refusal:
            named = given.get("id") if isinstance(given, Mapping) else None
            answers.append(
                {"id": named, "result": None, "faults": [f.as_dict() for f in refusal.faults]}
            )
            faults += refusal.faults
            continue
        notes = [*notes, *said, *_not_used(case)]
        answers.append({"id": given["id"], "result": result} | ({"notes": notes} if notes else {}))
    return answers, faults


def _answered(method: Method, case: MethodCase) -> tuple[Any, list[str]]:
    try:
        return method(case)
    except ValueError as refusal:
        raise case.refuse(str(refusal)) from None


def _not_used(case: MethodCase) -> list[str]:
    """Parameters that the method never asked for: most likely misspelt, and so worth a word."""
    return [
        f"parameter {name} is not one that this method knows"
        for name in case.params.never_asked() - {"kind"}
    ]


def run_file(name: str, path: Path | None) -> tuple[list[Any], list[Fault]]:
    """Run one method on a file of cases: answers and faults. The name `list` gives the names and
    needs no file."""
    if name == "list":
        return list(NAMES), []
    if name not in METHODS:
        raise InputAtFault(
            Fault(
                what="there is no such method",
                file=str(path or "method"),
                found=name,
                expected=", ".join(NAMES),
            )
        )
    if path is None:
        raise InputAtFault(
            Fault(
                what="no file of cases was given", file=name, expected="--input FILE, JSON or CSV"
            )
        )
    return each_case(name, load_cases(name, path), file=str(path))


def load_cases(name: str, path: Path) -> Any:
    """The cases in a JSON or CSV file, ready for `run_cases`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputAtFault(
            Fault(what="the file is missing", file=str(path), expected="JSON or CSV")
        ) from None
    except UnicodeDecodeError as e:
        found = f"byte {e.object[e.start]:#04x} at {e.start}"
        raise InputAtFault(
            Fault(what="the file is not UTF-8 text", file=str(path), found=found)
        ) from None
    except OSError as e:
        raise InputAtFault(
            Fault(what="the file cannot be read", file=str(path), found=e.strerror)
        ) from None
    if path.suffix.lower() == ".csv":
        return _cases_of_table(name, text, str(path), path.stem)
    return _cases_of_json(text, str(path))


def _cases_of_json(text: str, file: str) -> Any:
    def no_such_number(word: str) -> Any:
        raise InputAtFault(
            Fault(
                what="JSON has no such number", file=file, found=word, expected="a number or null"
            )
        )

    try:
        return json.loads(text, parse_constant=no_such_number)
    except json.JSONDecodeError as e:
        raise InputAtFault(
            Fault(
                what="this is not valid JSON",
                file=file,
                line=e.lineno,
                found=e.msg,
                expected="a list of cases",
            )
        ) from None


def _checked(given: Any, at: int, seen: set[str], file: str) -> tuple[MethodCase, list[str]]:
    """One case, its fields known by name; what else it carries is said in a note, what looks like a
    slip is a fault."""
    where = f"[{at}]"
    if not isinstance(given, Mapping):
        expected = "an object with id, function, inputs and params"
        raise InputAtFault(
            Fault(
                what="this is not a case",
                file=file,
                path=where,
                found=repr(given)[:80],
                expected=expected,
            )
        )
    named = given.get("id")
    name = str(named) if isinstance(named, int) and not isinstance(named, bool) else named
    if not isinstance(name, str) or not name or name in seen:
        what = (
            "two cases have the same id"
            if isinstance(name, str) and name in seen
            else "the case has no id"
        )
        raise InputAtFault(
            Fault(
                what=what,
                file=file,
                path=f"{where}.id",
                found=repr(named)[:80],
                expected="an id of its own",
            )
        )
    seen.add(name)
    notes = []
    for key in given:
        if key in FIELDS_OF_CASE or key == "lines":
            continue
        if difflib.get_close_matches(str(key), ("inputs", "params"), cutoff=0.7):
            known = ", ".join(FIELDS_OF_CASE)
            raise InputAtFault(
                Fault(
                    what="unknown field",
                    file=file,
                    path=f"case {name}",
                    found=str(key),
                    expected=known,
                )
            )
        notes.append(f"field {key} is no part of a case and was not read")
    params = {} if given.get("params") is None else given["params"]
    if not isinstance(params, Mapping):
        path = f"case {name}: params"
        raise InputAtFault(
            Fault(
                what="params are not named",
                file=file,
                path=path,
                found=repr(params)[:80],
                expected="an object",
            )
        )
    lines = tuple(given.get("lines", ()))
    line = lines[0] if lines else None
    inputs = Field(given.get("inputs"), f"case {name}: inputs", file, lines, line)
    return MethodCase(
        name, inputs, Field(dict(params), f"case {name}: params", file, (), line), file
    ), notes


def _cases_of_table(name: str, text: str, file: str, stem: str) -> list[dict[str, Any]]:
    """A CSV table as cases: one, or one for each value of a column `case`. `param.NAME` heads a
    parameter, the same in all rows of a case."""
    header, rows = _table(text, file)
    if not rows:
        raise InputAtFault(
            Fault(
                what="the table has no rows",
                file=file,
                found=f"{len(header)} columns",
                expected="one row at least",
            )
        )
    if name in ROW_IS_CASE or (name == "waiting-list" and "referral" not in header):
        return [
            {
                "id": str(row.get("id") or f"{stem}:{line}"),
                "lines": [line],
                "params": _params([row]),
                "inputs": _alone(name, row),
            }
            for line, row in rows
        ]
    groups: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for line, row in rows:
        groups.setdefault(str(row.pop("case", None) or stem), []).append((line, row))
    return [
        {
            "id": of,
            "params": _params([row for _, row in mine], file),
            "inputs": _together(
                name,
                [{k: v for k, v in row.items() if not k.startswith("param.")} for _, row in mine],
                file,
            ),
            "lines": [line for line, _ in mine],
        }
        for of, mine in groups.items()
    ]


def _alone(name: str, row: dict[str, Any]) -> dict[str, Any]:
    given = {k: v for k, v in row.items() if k != "id" and not k.startswith("param.")}
    if name == "waterfall":
        return {
            "baseline": given.pop("baseline", None),
            "factors": {k: v for k, v in given.items() if v is not None},
        }
    return given


def _together(name: str, rows: list[dict[str, Any]], file: str) -> Any:
    if name == "xmr":
        return {"y": [row.get("y") for row in rows]}
    if name == "waiting-list":
        return {column: [row.get(column) for row in rows] for column in ("referral", "removal")}
    if name == "options":
        weights = [row for row in rows if row.get("option") == "weight"]
        if len(weights) != 1:
            raise InputAtFault(
                Fault(
                    what="the weights are not one row",
                    file=file,
                    found=f"{len(weights)} rows",
                    expected="one row with option = weight",
                )
            )
        criteria = {
            str(row.get("option")): {k: v for k, v in row.items() if k != "option"} for row in rows
        }
        return {"weights": criteria.pop("weight"), "scores": criteria}
    if name == "reconcile":
        printed = [row.get("amount") for row in rows if row.get("line") == "printed"]
        lines = {
            str(row.get("line")): row.get("amount") for row in rows if row.get("line") != "printed"
        }
        return {"lines": lines, "printed": printed[0] if printed else None}
    return rows


def _params(rows: list[dict[str, Any]], file: str = "") -> dict[str, Any]:
    params: dict[str, Any] = {}
    for row in rows:
        for key, value in row.items():
            if not key.startswith("param.") or value is None:
                continue
            name = key.removeprefix("param.")
            if name in params and params[name] != value:
                raise InputAtFault(
                    Fault(
                        what="a parameter differs between rows",
                        file=file,
                        path=key,
                        found=str(value),
                        expected=str(params[name]),
                    )
                )
            params[name] = value
    return {
        k: [_value(part) for part in v.split(";")] if isinstance(v, str) and ";" in v else v
        for k, v in params.items()
    }


def _table(text: str, file: str) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows: list[tuple[int, dict[str, Any]]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        if not header or len(set(header)) != len(header) or "" in header:
            raise InputAtFault(
                Fault(
                    what="the first line does not name the columns",
                    file=file,
                    line=1,
                    found=", ".join(header),
                    expected="a name for each column, no two alike",
                )
            )
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise InputAtFault(
                    Fault(
                        what="the row is not as long as the header",
                        file=file,
                        line=reader.line_num,
                        found=f"{len(cells)} cells",
                        expected=f"{len(header)}",
                    )
                )
            rows.append(
                (reader.line_num, dict(zip(header, (_value(cell) for cell in cells), strict=True)))
            )
    except csv.Error as e:
        raise InputAtFault(
            Fault(what="this is not valid CSV", file=file, line=reader.line_num, found=str(e))
        ) from None
    return header, rows


def _value(cell: str) -> Any:
    """A cell as JSON would have it: empty is null, true and false are flags, numbers are numbers,
    the rest is text."""
    text = cell.strip()
    if not text:
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
