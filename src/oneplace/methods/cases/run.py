"""The names of the methods, reading a file of cases, and running them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from oneplace.faults import Fault, InputAtFault
from oneplace.methods.cases import indicators, planning
from oneplace.methods.cases.form import Case, Field

Method = Callable[[Case], tuple[Any, list[str]]]

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
    "forecast": planning.forecast_share,
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

# CSV: methods of which every row is a case of its own; elsewhere the rows together are the inputs of one case.
ROW_IS_CASE = {"mhis", "pye-fye", "pcn", "risk-matrix", "waterfall"}
FIELDS_OF_CASE = ("id", "function", "inputs", "params", "expected", "tolerance", "quirk", "source", "note")


def run_cases(name: str, cases: Any, *, file: str = "cases") -> list[dict[str, Any]]:
    """Run one method on every case: `[{"id", "result"}, ...]`, with `notes` where there is something to say.

    What a case expects is never read. Every case at fault is named in one `InputAtFault`.
    """
    method = METHODS.get(name)
    if method is None:
        raise InputAtFault(Fault(what="there is no such method", file=file, found=name, expected=", ".join(NAMES)))
    answers: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for case in _checked(cases, file):
        try:
            result, notes = method(case)
        except InputAtFault as refusal:
            faults += refusal.faults
            continue
        except ValueError as refusal:
            faults += case.refuse(str(refusal)).faults
            continue
        answers.append({"id": case.id, "result": result} | ({"notes": notes} if notes else {}))
    if faults:
        raise InputAtFault(faults)
    return answers


def run_file(name: str, path: Path | None) -> list[Any]:
    """Run one method on a file of cases; the name `list` gives the names and needs no file."""
    if name == "list":
        return list(NAMES)
    if name not in METHODS:
        raise InputAtFault(
            Fault(what="there is no such method", file=str(path or "method"), found=name, expected=", ".join(NAMES))
        )
    if path is None:
        raise InputAtFault(Fault(what="no file of cases was given", file=name, expected="--input FILE, JSON or CSV"))
    return run_cases(name, load_cases(name, path), file=str(path))


def load_cases(name: str, path: Path) -> Any:
    """The cases in a JSON or CSV file, ready for `run_cases`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputAtFault(Fault(what="the file is missing", file=str(path), expected="JSON or CSV")) from None
    except UnicodeDecodeError as e:
        found = f"byte {e.object[e.start]:#04x} at {e.start}"
        raise InputAtFault(Fault(what="the file is not UTF-8 text", file=str(path), found=found)) from None
    except OSError as e:
        raise InputAtFault(Fault(what="the file cannot be read", file=str(path), found=e.strerror)) from None
    if path.suffix.lower() == ".csv":
        return _cases_of_table(name, text, str(path), path.stem)
    return _cases_of_json(text, str(path))


def _cases_of_json(text: str, file: str) -> Any:
    def no_such_number(word: str) -> Any:
        raise InputAtFault(Fault(what="JSON has no such number", file=file, found=word, expected="a number or null"))

    try:
        return json.loads(text, parse_constant=no_such_number)
    except json.JSONDecodeError as e:
        raise InputAtFault(
            Fault(what="this is not valid JSON", file=file, line=e.lineno, found=e.msg, expected="a list of cases")
        ) from None


def _checked(cases: Any, file: str) -> Iterable[Case]:
    if not isinstance(cases, list):
        found = (
            f"{type(cases).__name__} with {', '.join(list(cases)[:5])}" if isinstance(cases, dict) else repr(cases)[:80]
        )
        raise InputAtFault(Fault(what="the input is not a list of cases", file=file, found=found, expected="a list"))
    faults: list[Fault] = []
    checked: list[Case] = []
    seen: set[str] = set()
    for i, case in enumerate(cases):
        where = f"[{i}]"
        if not isinstance(case, Mapping):
            expected = "an object with id, function, inputs and params"
            faults.append(
                Fault(what="this is not a case", file=file, path=where, found=repr(case)[:80], expected=expected)
            )
            continue
        name = case.get("id")
        if not isinstance(name, str) or not name or name in seen:
            what = "two cases have the same id" if name in seen else "the case has no id"
            faults.append(
                Fault(what=what, file=file, path=f"{where}.id", found=repr(name)[:80], expected="an id of its own")
            )
            continue
        seen.add(name)
        faults += [
            Fault(
                what="unknown field", file=file, path=f"case {name}", found=str(key), expected=", ".join(FIELDS_OF_CASE)
            )
            for key in case
            if key not in FIELDS_OF_CASE and key != "lines"
        ]
        lines = tuple(case.get("lines", ()))
        params = {} if case.get("params") is None else case["params"]
        if not isinstance(params, Mapping):
            faults.append(
                Fault(
                    what="params are not named",
                    file=file,
                    path=f"case {name}: params",
                    found=repr(params)[:80],
                    expected="an object",
                )
            )
            continue
        line = lines[0] if lines else None
        checked.append(
            Case(
                name,
                Field(case.get("inputs"), f"case {name}: inputs", file, lines, line),
                Field(dict(params), f"case {name}: params", file, (), line),
                file,
            )
        )
    if faults:
        raise InputAtFault(faults)
    return checked


def _cases_of_table(name: str, text: str, file: str, stem: str) -> list[dict[str, Any]]:
    """A CSV table as cases. A column headed `param.NAME` is a parameter, the same in all rows of a case."""
    header, rows = _table(text, file)
    if not rows:
        raise InputAtFault(
            Fault(what="the table has no rows", file=file, found=f"{len(header)} columns", expected="one row at least")
        )
    lines = [line for line, _ in rows]
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
    plain = [{k: v for k, v in row.items() if not k.startswith("param.")} for _, row in rows]
    case = {
        "id": stem,
        "params": _params([row for _, row in rows], file),
        "inputs": _together(name, plain, file),
        "lines": lines,
    }
    return [case]


def _alone(name: str, row: dict[str, Any]) -> dict[str, Any]:
    given = {k: v for k, v in row.items() if k != "id" and not k.startswith("param.")}
    if name == "waterfall":
        return {"baseline": given.pop("baseline", None), "factors": {k: v for k, v in given.items() if v is not None}}
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
        criteria = {str(row.get("option")): {k: v for k, v in row.items() if k != "option"} for row in rows}
        return {"weights": criteria.pop("weight"), "scores": criteria}
    if name == "reconcile":
        printed = [row.get("amount") for row in rows if row.get("line") == "printed"]
        lines = {str(row.get("line")): row.get("amount") for row in rows if row.get("line") != "printed"}
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
        k: [_value(part) for part in v.split(";")] if isinstance(v, str) and ";" in v else v for k, v in params.items()
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
            rows.append((reader.line_num, dict(zip(header, (_value(cell) for cell in cells), strict=True))))
    except csv.Error as e:
        raise InputAtFault(Fault(what="this is not valid CSV", file=file, line=reader.line_num, found=str(e))) from None
    return header, rows


def _value(cell: str) -> Any:
    """A cell as JSON would have it: empty is null, true and false are flags, numbers are numbers, the rest is text."""
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
