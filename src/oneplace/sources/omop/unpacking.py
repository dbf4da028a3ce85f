"""Unpacking a zip of records, or single packed files, safely: by bare name into a folder of our
own, never more than the disk can hold."""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from oneplace.faults import Fault, InputAtFault

MOST_TIMES_LARGER = (
    1000  # what text of records compresses to at the very best; beyond it the zip is a trap
)
CHUNK = 1 << 20
GZ = ".gz"


def unpack(archive: Path, folder: Path) -> dict[str, Path]:
    """The members of a zip by name, each unpacked into `folder`; folders inside it count by their
    last name."""
    try:
        with zipfile.ZipFile(archive) as z:
            members = [m for m in z.infolist() if not m.is_dir() and not _hidden(m.filename)]
            _refuse_traps(members, archive, folder)
            return {
                _short(m.filename): _write(
                    z, m, folder / f"{i:04d}{Path(m.filename).suffix.lower()}", archive
                )
                for i, m in enumerate(members)
            }
    except (zipfile.BadZipFile, EOFError) as e:
        raise InputAtFault(
            Fault(
                what="this is not a whole zip file",
                file=archive.name,
                found=str(e),
                expected="a zip, complete to its end",
            )
        ) from None


def unpack_single(found: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """The same files by name, each that was packed by itself (person.csv.gz) unpacked into `folder`
    and called person.csv."""
    made = {}
    for i, (name, path) in enumerate(found.items()):
        if name.lower().endswith(GZ):
            made[name[: -len(GZ)]] = _gunzip(path, folder / f"gz-{i:04d}.csv", name)
        else:
            made[name] = path
    return made


def _gunzip(path: Path, to: Path, name: str) -> Path:
    """Never more than the disk holds, and never a trap: what text of records packs to at the very
    best is known."""
    most = min(
        shutil.disk_usage(to.parent).free, max(path.stat().st_size, 1024) * MOST_TIMES_LARGER
    )
    size = 0
    try:
        with gzip.open(path, "rb") as packed, to.open("wb") as out:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                if size > most:
                    found, expected = (
                        f"more than {most / 2**20:,.0f} MB",
                        "what the disk has room for",
                    )
                    raise InputAtFault(
                        Fault(
                            what="this unpacks to too much",
                            file=name,
                            found=found,
                            expected=expected,
                        )
                    )
                out.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as e:
        expected = "a file that unpacks whole"
        raise InputAtFault(
            Fault(what="a packed file is damaged", file=name, found=str(e), expected=expected)
        ) from None
    return to


def _write(z: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path, archive: Path) -> Path:
    try:
        with z.open(member) as packed, to.open("wb") as out:
            shutil.copyfileobj(packed, out, CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as e:
        raise InputAtFault(
            Fault(
                what="a file in the zip is damaged",
                file=f"{archive.name}/{member.filename}",
                found=str(e),
                expected="a file that unpacks whole",
            )
        ) from None
    return to


def _refuse_traps(members: list[zipfile.ZipInfo], archive: Path, folder: Path) -> None:
    for m in members:
        where = f"{archive.name}/{m.filename}"
        if m.flag_bits & 1:
            raise InputAtFault(
                Fault(
                    what="the zip is locked with a password",
                    file=where,
                    expected="a zip without one",
                )
            )
        if m.file_size > CHUNK and m.file_size > MOST_TIMES_LARGER * max(m.compress_size, 1):
            found = f"{m.compress_size:,} bytes that unpack to {m.file_size:,}"
            raise InputAtFault(
                Fault(
                    what="a file in the zip unpacks to far more than records do",
                    file=where,
                    found=found,
                )
            )
    needed, free = sum(m.file_size for m in members), shutil.disk_usage(folder).free
    if needed > free:
        found = f"{needed / 2**20:,.0f} MB unpacked, {free / 2**20:,.0f} MB free"
        raise InputAtFault(
            Fault(what="the disk has no room to unpack the zip", file=archive.name, found=found)
        )


def _short(name: str) -> str:
    """The last folder and the name: Export/2019/person/part-0.parquet -> person/part-0.parquet."""
    return "/".join(PurePosixPath(name.replace("\\", "/")).parts[-2:])


def _hidden(name: str) -> bool:
    return any(p.startswith((".", "_")) for p in PurePosixPath(name.replace("\\", "/")).parts)
