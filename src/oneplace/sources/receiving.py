"""What every source is given and what it gives back.

A source writes OMOP tables and `tables.people.RECEIVED` into `Target.facts`, and who the people are
into `Target.identity`; it turns its own person keys into pseudonyms with `Target.pseudonyms` and
keeps no other key of a person in the facts. What it could not accept goes to the table `rejects`, a
row a fault, and is counted by reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done, 0 to 1."""


def silent(_what: str, _share: float) -> None:
    """A progress that shows nothing."""
    return


@dataclass(frozen=True)
class Sink:
    """Where the rows go: two open DuckDB databases and the way to make pseudonyms (int64, all
    distinct or it raises)."""

    facts: duckdb.DuckDBPyConnection
    identity: duckdb.DuckDBPyConnection
    pseudonyms: Callable[[Sequence[str]], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class SourceFile:
    """One file that was read."""

    file: str
    sha256: str
    bytes: int
    rows: int | None


@dataclass(frozen=True)
class LoadReport:
    """What came in. `tables` counts accepted rows by OMOP or declared name; `rejects` counts
    refused rows by reason.

    `repeated` counts by table the rows that stood again and were left out: with accepted and
    refused rows, all there are. `refusals` has each kind of refusal with its first row
    (`refusing.summed_up`). `accepted_rejects` are tables refused whole that somebody said to go on
    without. `figures` are rows of target beside made (measure, stratum, target, made, unit, source)
    where a source has targets.
    """

    tables: dict[str, int]
    rejects: dict[str, int] = field(default_factory=dict)
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    figures: tuple[dict[str, Any], ...] = ()
    basis: str = "supplied"
    repeated: dict[str, int] = field(default_factory=dict)
    refusals: tuple[dict[str, Any], ...] = ()
    accepted_rejects: tuple[str, ...] = ()
