"""What was found wrong about a build's records and documents, with how much it matters: for the end
of a build and for pages.

In: a manifest. Out: findings, the serious first. A check is *serious* when more than five times as
many rows fail as is usual, and more than one in a hundred: then lists and figures made from these
rows can be wrong in a way that a reader sees. The rest wants a look. Nothing is repaired here and
nobody is left out for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from oneplace.report.words import plural

TIMES_THE_USUAL, LEAST_SHARE = 5.0, 0.01


@dataclass(frozen=True)
class Concern:
    severity: Literal["serious", "look"]
    where: str
    sentence: str
    kind: str  # findings of one kind say the same of different columns


def findings(manifest: Mapping[str, Any]) -> tuple[Concern, ...]:
    """Checks that failed, rows that were refused, files that nothing reads."""
    found = [
        Concern(severity_of(check), _where(check), check["sentence"], check.get("kind", ""))
        for check in manifest.get("quality", ())
        if not check["passed"]
    ]
    found += _refused(manifest)
    found += [Concern("look", w.split(":")[0], w, "document") for w in manifest.get("warnings", ())]
    return tuple(sorted(found, key=lambda f: f.severity != "serious"))


def by_kind(found: Sequence[Concern]) -> list[list[Concern]]:
    """The findings of each kind and severity together, in the order of their first."""
    kinds: dict[tuple[str, str], list[Concern]] = {}
    for f in found:
        kinds.setdefault((f.severity, f.kind), []).append(f)
    return list(kinds.values())


def _where(check: Mapping[str, Any]) -> str:
    return (
        f"{check['table_name']} ({check['column_name']})"
        if check.get("column_name")
        else str(check["table_name"])
    )


def severity_of(check: Mapping[str, Any]) -> Literal["serious", "look"]:
    """Of one check of `people.quality`, as the manifest keeps it."""
    return (
        "serious"
        if check["share"] > max(TIMES_THE_USUAL * check["most_share"], LEAST_SHARE)
        else "look"
    )


def _refused(manifest: Mapping[str, Any]) -> list[Concern]:
    """By table; serious where a table went without, or lost more than one row in a hundred."""
    lost: dict[str, int] = {}
    for kind in manifest.get("refusals", ()):
        lost[kind["table_name"]] = lost.get(kind["table_name"], 0) + kind["rows"]
    found = []
    for table, rows in lost.items():
        of = rows + int(manifest["tables"].get(table, 0))
        serious = table in manifest.get("accepted_rejects", ()) or rows > LEAST_SHARE * of
        sentence = f"{table}: {rows:,} of {of:,} rows were refused."
        found.append(Concern("serious" if serious else "look", table, sentence, "refused"))
    return found


def in_one_line(manifest: Mapping[str, Any]) -> str:
    """For the foot of a list: empty where nothing serious was found."""
    serious = sum(f.severity == "serious" for f in findings(manifest))
    return (
        f"{plural(serious, 'serious finding')} about these records: see Feeds and data quality."
        if serious
        else ""
    )
