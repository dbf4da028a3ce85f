"""What is wrong with what somebody gave us, said so that they can mend it.

A `Fault` names one thing: what, where, what was found and what was expected. `InputAtFault` carries
all of them at once, because a planner with thirty slips in a workbook wants thirty lines, not
thirty runs. The command line turns `InputAtFault` into exit status 1, `NotAllowed` into 4 and
anything else into 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["fault", "warning"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing to mend. `file` is relative to the place where that is possible; `path` is a field
    (schemes[3].due). A fault stops a build; a warning does not, and is said until it is mended."""

    what: str
    file: str
    line: int | None = None
    path: str | None = None
    found: str | None = None
    expected: str | None = None
    severity: Severity = "fault"

    def __str__(self) -> str:
        where = (
            self.file
            + (f":{self.line}" if self.line else "")
            + (f" ({self.path})" if self.path else "")
        )
        tail = "; ".join(
            f"{label} {value}"
            for label, value in (("found", self.found), ("expected", self.expected))
            if value is not None
        )
        return f"{where}: {self.what}" + (f": {tail}" if tail else "")

    def as_dict(self) -> dict[str, str | int | None]:
        return asdict(self)


class InputAtFault(Exception):
    """The input is at fault, and each fault is named."""

    def __init__(self, faults: Iterable[Fault] | Fault):
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


class NotAllowed(Exception):
    """The actor may not do this; the message says what would be needed, never what is behind the
    door."""


class MissingPart(Exception):
    """Something the machine needs is not installed; the message says what to install and what works
    without it."""
