"""What was worked out from a build once and is kept beside the builds, so that the first reader
does not wait for it.

In: a session, what is asked, how to ask it. Out: the answer, from the disk where some process asked
before. A build never changes, so what was asked of it stays right, and what was asked of its
records alone is right for every build of the same records; a folder that cannot be written does
without. `.oneplace/counted/` may be deleted at any time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from oneplace.documents.versions import write_atomically
from oneplace.engines import store

if TYPE_CHECKING:
    from oneplace.answers.session import Session

Arrays = Mapping[str, npt.NDArray[Any]]


def folder(session: Session, *, of_records: bool = False) -> Path:
    """Where answers are kept: of one build, or (`of_records`) of all builds of its records,
    whatever their day. By the build's name: a draft that is published keeps its answers, though its
    folder is renamed."""
    shared = of_records and session.manifest
    return (
        session.folder
        / store.STATE
        / "counted"
        / (store.answers_of_records(shared) if shared else session.build_id or "none")
    )


def name_of(*asked: str) -> str:
    """The file's name for what was asked: equal questions, equal names."""
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()


def text(session: Session, name: str, ask: Callable[[], str], *, of_records: bool = False) -> str:
    """A text, made once for each build, or for each set of records."""
    path = folder(session, of_records=of_records) / f"{name}.json"
    with suppress(OSError):
        return path.read_text(encoding="utf-8")
    made = ask()
    with suppress(OSError):
        write_atomically(path, made)
    return made


def has(session: Session, name: str, *, of_records: bool = False) -> bool:
    """Whether a text is there already."""
    return (folder(session, of_records=of_records) / f"{name}.json").exists()


def rows(session: Session, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Rows of a question put to the build's facts, asked once for each build."""

    return _rows(session, name_of(sql, repr(list(params))), lambda: session.ask(sql, params))


def _rows(
    session: Session, name: str, ask: Callable[[], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    def said() -> str:
        return json.dumps([list(map(dict, ask()))], default=_tagged)

    found: list[dict[str, Any]] = json.loads(text(session, name, said), object_hook=_untagged)[0]
    return found


class Statements:
    """A question in several statements: those that prepare (temporary tables) and those that count.
    What was counted after the same preparations is kept; the preparations are made only when
    something has to be counted after all."""

    def __init__(self, session: Session):
        self.session = session
        self.said: list[str] = []
        self.made = 0

    def __call__(self, sql: str) -> list[dict[str, Any]]:
        if not sql.lstrip().upper().startswith("SELECT"):
            self.said.append(sql)
            return []
        return _rows(self.session, name_of(*self.said, sql), lambda: self._counted(sql))

    def _counted(self, sql: str) -> list[dict[str, Any]]:
        for preparation in self.said[self.made :]:
            self.session.engine.execute(preparation)
        self.made = len(self.said)
        return self.session.ask(sql)


def _tagged(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return {"a day": value.isoformat()}
    raise TypeError(f"a kept answer holds no {type(value).__name__}")


def _untagged(found: dict[str, Any]) -> Any:
    return dt.date.fromisoformat(found["a day"]) if set(found) == {"a day"} else found


def arrays(session: Session, name: str, ask: Callable[[], Arrays]) -> dict[str, npt.NDArray[Any]]:
    """Named arrays, made once for each build."""
    path = folder(session) / f"{name}.npz"
    with suppress(OSError, ValueError), np.load(path, allow_pickle=False) as kept:
        return {k: kept[k] for k in kept.files}
    made = dict(ask())
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with draft.open("wb") as out:
            np.savez(out, allow_pickle=False, **made)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    return made
