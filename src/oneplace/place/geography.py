"""A place in hand: its document and its tables, read when asked for and checked against their
declarations.

In: the place's folder (`place.yaml` and `tables/*.csv`). Out: a `PlaceInHand` whose `table(name)`
is an Arrow table. A table that the place does not have reads as an empty one, because a place of
records alone has no areas or teams.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneplace.documents import read
from oneplace.faults import Fault, InputAtFault
from oneplace.place.document import Place
from oneplace.tables.csv import read_csv, read_rows, rows_again
from oneplace.tables.place import TABLES

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# Which column points at which table: table.column -> the table whose key it must be.
POINTS_AT: tuple[tuple[str, str, str], ...] = (
    ("areas", "ward_code", "wards"),
    ("population_by_area_age", "area_code", "areas"),
    ("ethnicity_by_area", "area_code", "areas"),
    ("practices", "network_code", "networks"),
    ("team_practices", "team_code", "teams"),
    ("team_practices", "practice_code", "practices"),
    ("neighbourhood_areas", "neighbourhood_code", "neighbourhoods"),
    ("neighbourhood_areas", "area_code", "areas"),
    ("ae_monthly", "provider_code", "providers"),
)


@dataclass(frozen=True)
class PlaceInHand:
    """A place's document and its tables."""

    dir: Path
    document: Place
    _read: dict[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)

    def has(self, name: str) -> bool:
        return name in self.document.tables

    def table(self, name: str) -> pa.Table:
        """One table, checked, as it is declared; empty where the place has none. KeyError for a
        name not declared."""
        declared = TABLES[name]
        if not self.has(name):
            return declared.arrow.empty_table()
        if name not in self._read:
            self._read[name] = read_csv(
                self.dir / "tables" / f"{name}.csv", declared, name=f"tables/{name}.csv"
            )
        return self._read[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The same as dictionaries, without making an Arrow table of it where nobody has."""
        if not self.has(name):
            return []
        if name in self._read:
            found: list[dict[str, Any]] = self._read[name].to_pylist()
            return found
        return read_rows(
            self.dir / "tables" / f"{name}.csv", TABLES[name], name=f"tables/{name}.csv"
        )


def must_be_a_place(dir: Path) -> None:
    """Refuse a folder without `place.yaml` before anything asks it for more."""
    if not (dir / "place.yaml").is_file():
        raise InputAtFault(
            Fault(
                what="this folder is not a place",
                file=str(dir),
                found="no place.yaml"
                if dir.is_dir()
                else "a file"
                if dir.exists()
                else "no such folder",
                expected="a folder with place.yaml: `oneplace new DIR` makes one",
            )
        )


def read_place(dir: Path) -> PlaceInHand:
    """Read `place.yaml`; every table it names must be a file, and the reverse. Rows are read when
    asked."""
    must_be_a_place(dir)
    document = read(dir / "place.yaml", Place, name="place.yaml")
    files = {p.stem for p in (dir / "tables").glob("*.csv")}
    faults = [
        Fault(
            what="the table has no file",
            file="place.yaml",
            path=f"tables.{name}",
            expected=f"tables/{name}.csv",
        )
        for name in sorted(set(document.tables) - files)
    ]
    faults += [
        fault for name in sorted(files - set(document.tables)) if (fault := _unaccounted(name))
    ]
    if faults:
        raise InputAtFault(faults)
    return PlaceInHand(dir=dir, document=document)


def unreadable(dir: Path) -> Iterator[Fault]:
    """Documents and tables that are there by name and cannot be read: folders, links to nothing,
    files kept from us."""
    for path in sorted([*dir.glob("*.yaml"), *dir.glob("*/*.yaml"), *dir.glob("tables/*.csv")]):
        if path.is_file() and os.access(path, os.R_OK):
            continue
        if path.is_dir():
            found = "a folder"
        elif path.is_symlink() and not path.exists():
            found = f"a link to {path.readlink()}, which is not there"
        else:
            found = "a file that may not be read" if path.is_file() else "something that is no file"
        file = path.relative_to(dir).as_posix()
        yield Fault(
            what="this cannot be read", file=file, found=found, expected="a file that may be read"
        )


def _unaccounted(name: str) -> Fault | None:
    """A table of places that nobody vouches for, or one whose name is nearly that. Other rooms keep
    tables here too."""
    file = f"tables/{name}.csv"
    if name in TABLES:
        found, expected = (
            "no entry under tables in place.yaml",
            "publisher, period, licence and citation",
        )
        return Fault(
            what="nobody says where this table came from", file=file, found=found, expected=expected
        )
    near = get_close_matches(name, TABLES, n=1, cutoff=0.85)
    return (
        Fault(what="no table has this name", file=file, found=name, expected=f"{near[0]}?")
        if near
        else None
    )


def check_tables(place: PlaceInHand) -> tuple[Fault, ...]:
    """Read every table; say what is wrong in each and which codes point at nothing."""
    faults: list[Fault] = []
    for name in place.document.tables:
        try:
            place.table(name)
        except InputAtFault as e:
            faults.extend(e.faults)
    if faults:
        return tuple(faults)
    for name, column, target in POINTS_AT:
        if not place.has(name) or not place.has(target):
            continue
        known = set(place.table(target)[TABLES[target].key[0]].to_pylist())
        left_out = {line for line, _ in rows_again(place.table(name))}
        lines = (line for line in count(2) if line not in left_out)
        for line, code in zip(lines, place.table(name)[column].to_pylist(), strict=False):
            if code is not None and code not in known:
                faults.append(
                    Fault(
                        what="the code is not known",
                        file=f"tables/{name}.csv",
                        line=line,
                        path=column,
                        found=code,
                        expected=f"a code in tables/{target}.csv",
                    )
                )
    return tuple(faults)


def repeated_rows(place: PlaceInHand) -> Iterator[Fault]:
    """A warning for each table in which rows stand again that are equal to one before: they are
    counted once."""
    for name in place.document.tables:
        again = rows_again(place.table(name))
        if again:
            which = ", ".join(f"{line} as {first}" for line, first in again[:5]) + (
                " ..." if len(again) > 5 else ""
            )
            yield Fault(
                what=f"{len(again):,} {'row stands' if len(again) == 1 else 'rows stand'} again and are counted once",
                file=f"tables/{name}.csv",
                line=again[0][0],
                found=f"lines that are equal: {which}",
                expected="each row once",
                severity="warning",
            )


def local_rank(national_rank: Sequence[int], codes: Sequence[str]) -> list[int]:
    """Position of each area inside the place, 1 for the most deprived; equal national ranks in the
    order of codes."""
    order = sorted(range(len(codes)), key=lambda i: (national_rank[i], codes[i]))
    ranks = [0] * len(codes)
    for position, i in enumerate(order, start=1):
        ranks[i] = position
    return ranks


def local_group(rank: int, areas: int, groups: int) -> int:
    """Which of `groups` groups of nearly equally many areas a local rank falls in; 1 is the most
    deprived."""
    return (rank - 1) * groups // areas + 1


def metres(latitude: Iterable[float], longitude: Iterable[float]) -> np.ndarray:
    """Points on a flat local map, in metres east and north of their mean: right to 0.1% across a
    city.

    Equirectangular projection at the mean latitude, mean Earth radius 6,371,008.8 m (IUGG 1980,
    R1).
    """
    import numpy as np

    lat, lon = (
        np.radians(np.asarray(list(latitude), float)),
        np.radians(np.asarray(list(longitude), float)),
    )
    if not len(lat):
        return np.empty((0, 2))
    middle = lat.mean()
    return 6_371_008.8 * np.column_stack([(lon - lon.mean()) * np.cos(middle), lat - middle])
