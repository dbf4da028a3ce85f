"""Which month a file is for, however the publisher writes it: RTT-March-2019, MSitAE-MARCH-2019,
31/03/2019, Mar-19, 2019-03.

In: the text of a cell, a file's name, a title above a table. Out: the first day of the month, or
None where the text names no month. A day is read the British way, and must be the first or last of
its month: 03/01/2019 is nobody's month.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence

_NAMES = {name.casefold(): i for i, name in enumerate(calendar.month_name) if name} | {
    name.casefold(): i for i, name in enumerate(calendar.month_abbr) if name
}
_NAMES["sept"] = 9
_WORD = "|".join(sorted(_NAMES, key=len, reverse=True))
_WORD_YEAR = re.compile(rf"(?<![a-z])({_WORD})[\s_,.\-]*(?:(20\d\d)|'?(\d\d))(?!\d)", re.IGNORECASE)
_YEAR_WORD = re.compile(rf"(?<!\d)(20\d\d)[\s_\-]*({_WORD})(?![a-z])", re.IGNORECASE)
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)(?:-(\d\d))?(?:[T ]00:00(?::00(?:\.0+)?)?)?(?!\d)")
_BRITISH = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(20\d\d)(?:\s+00:00(?::00)?)?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(\d\d)?(?!\d)")
_LONGER = re.compile(
    r"\bq[1-4]\b|quarter|year[\s-]*(to[\s-]*date|end)|\bytd\b|annual|week[\s-]*(end|comm|begin)|rolling|(?<!\d)20\d\d-\d\d[\s_-]*q[1-4]",
    re.IGNORECASE,
)
_OF_THE_FILE = re.compile(
    r"publi(sh|cation)|releas|revis|updat|extract|download|creat|print|contact|correct|next",
    re.IGNORECASE,
)
_PERIOD = re.compile(r"\s*(reporting\s+)?(period|month)\b", re.IGNORECASE)
_FINANCIAL = re.compile(r"(20\d\d)[-/](?:20)?(\d\d)")


def month_of(text: str) -> dt.date | None:
    """The one month that a text names; None where it names none, or more than one."""
    found = set(months_in(text))
    return found.pop() if len(found) == 1 else None


def months_in(text: str) -> list[dt.date]:
    """Every month that a text names; none where it speaks of a quarter, a year or a week."""
    if _LONGER.search(text.replace("_", " ")):
        return []
    found = [
        dt.date(int(m[2] or f"20{m[3]}"), _NAMES[m[1].casefold()], 1)
        for m in _WORD_YEAR.finditer(text)
    ]
    found += [dt.date(int(m[1]), _NAMES[m[2].casefold()], 1) for m in _YEAR_WORD.finditer(text)]
    for year, month, day in (
        *((m[1], m[2], m[3]) for m in _ISO.finditer(text)),
        *((m[3], m[2], m[1]) for m in _BRITISH.finditer(text)),
        *((m[1], m[2], m[3]) for m in _COMPACT.finditer(text)),
    ):
        if (made := _month(int(year), int(month), int(day) if day else None)) is not None:
            found.append(made)
    return found


def month_of_title(cells: Sequence[str]) -> dt.date | None:
    """The month that the cells above a table name: the one beside the word period, else the only
    one that is no date of publication."""
    others: list[dt.date] = []
    label = ""
    for cell in cells:
        months = months_in(cell)
        if len(months) == 1 and _PERIOD.match(label if not _PERIOD.match(cell) else cell):
            return months[0]
        if not _OF_THE_FILE.search(cell) and not (
            _OF_THE_FILE.search(label) and not months_in(label)
        ):
            others += months
        label = cell
    return others[0] if len(set(others)) == 1 else None


def month_in_year(month: str, year: str) -> dt.date | None:
    """A month's name beside a financial year: MARCH of 2018-19 is March 2019."""
    hit, number = _FINANCIAL.search(year), _NAMES.get(re.sub(r"[^a-z]", "", month.casefold()))
    if hit is None or number is None or (int(hit[1]) + 1) % 100 != int(hit[2]):
        return None
    return dt.date(int(hit[1]) + (number < 4), number, 1)


def _month(year: int, month: int, day: int | None) -> dt.date | None:
    if not 1 <= month <= 12:
        return None
    if day is not None and day not in (1, calendar.monthrange(year, month)[1]):
        return None
    return dt.date(year, month, 1)
