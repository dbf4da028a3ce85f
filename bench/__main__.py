"""Run the benches that were named, or all of them, write build/bench.json, and fail when a row is
over its limit.

A limit is what was asked for, or about three times what a quiet machine measured where that is far
less: a row that cannot fail says nothing. `asked` is printed beside it where the two differ.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bench

RESULT = Path(__file__).resolve().parent.parent / "build" / "bench.json"
COLUMNS = ("name", "unit", "ours", "twin", "peer", "peer_name", "ratio", "limit", "asked", "ok")


def main(asked: list[str]) -> int:
    parts = [
        m.name.removesuffix("_bench")
        for m in pkgutil.iter_modules(bench.__path__)
        if m.name.endswith("_bench")
    ]
    unknown = sorted(set(asked) - set(parts))
    if unknown:
        print(f"no bench named {', '.join(unknown)}; one of: {', '.join(parts)}")
        return 2
    rows: list[dict[str, Any]] = []
    for part in asked or parts:
        for row in _rows(part):
            rows.append({c: row.get(c) for c in COLUMNS})
            print("  ".join(_cell(rows[-1][c]) for c in COLUMNS), flush=True)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    missed = [r["name"] for r in rows if r["ok"] is False]
    print(
        f"{len(rows)} rows in {RESULT.relative_to(RESULT.parent.parent)}; over the limit: {', '.join(missed) or 'none'}"
    )
    return 1 if missed else 0


def _rows(part: str) -> Iterator[Mapping[str, Any]]:
    """A part that fails is a row of its own, over any limit; the other parts run all the same."""
    try:
        yield from importlib.import_module(f"bench.{part}_bench").rows()
    except Exception as failure:
        said = getattr(failure, "stderr", None) or ""
        print("".join(traceback.format_exception(failure)), said[-2000:], file=sys.stderr)
        yield {
            "name": f"{part}: did not run to its end ({type(failure).__name__})",
            "unit": "failures",
            "ours": 1,
            "limit": 0,
            "ok": False,
        }


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "-" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
