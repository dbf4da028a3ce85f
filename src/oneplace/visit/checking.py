"""Every document and table of a place, checked without a build."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from oneplace.build import check_for_build, document_kinds
from oneplace.faults import Fault, InputAtFault
from oneplace.place.geography import read_place, unreadable
from oneplace.place.services import check_directory
from oneplace.plan.assurance.checking import check_plan


def check_place(folder: Path) -> tuple[Fault, ...]:
    """All faults of the place's documents and tables; empty when nothing is wrong."""
    faults: list[Fault] = list(unreadable(folder))
    if faults:  # whatever reads them would stumble or wait for ever
        return tuple(faults)
    try:
        check_for_build(folder)
    except InputAtFault as e:
        faults.extend(e.faults)
        if not (folder / "place.yaml").exists():
            return tuple(faults)
    faults.extend(check_plan(folder))
    faults.extend(_services(folder))
    faults.extend(_misnamed(folder))
    return tuple(dict.fromkeys(faults))


def must_be_right(folder: Path) -> None:
    """Refuse a place with a fault, before an hour is spent on building it."""
    if faults := check_place(folder):
        raise InputAtFault(faults)


def _services(folder: Path) -> tuple[Fault, ...]:
    try:
        wards = {w["ward_code"] for w in read_place(folder).rows("wards")}
    except InputAtFault:  # told already
        wards = set()
    return check_directory(folder, wards)


def _misnamed(folder: Path) -> Iterator[Fault]:
    """Documents that nothing reads and whose name is nearly that of one that is missing: most likely a slip."""
    names = {*document_kinds(), "services.yaml"}
    documents = {n for n in names if "/" not in n}
    for path in sorted(folder.glob("*.yaml")):
        yield from _nearly(path, documents, folder)
    folders = {n.split("/")[0] for n in names if "/" in n}
    for path in sorted({p.parent for p in folder.glob("[!.]*/*.yaml")}):
        yield from _nearly(path, folders, folder)


def _nearly(path: Path, known: set[str], folder: Path) -> Iterator[Fault]:
    near = [] if path.name in known else get_close_matches(path.name, known, n=1, cutoff=0.8)
    if near and not (folder / near[0]).exists():
        what = "nothing reads a document or folder of this name"
        yield Fault(what=what, file=path.name, found=path.name, expected=f"{near[0]}?")
