"""How a value of a list reads, sorts and leaves in a CSV: said once for each kind of value, not
once for each column.

In: a value as an answer gives it, never None. Out: text for the reader, what it sorts by (None: its
text), what a CSV holds (None: its text).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from oneplace.report import words as paper
from oneplace.web.components import words

Sort = int | float | str | dt.date
ISO = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")


def itself(value: Any) -> Any:
    return value


def nothing(_: Any) -> None:
    return None


@dataclass(frozen=True)
class Notation:
    """`text`: what a reader sees; `sort`: what it is put in order by; `csv`: what is taken away;
    `numeric`: set to the right, offered as lowest or highest first."""

    text: Callable[[Any], str | SafeString]
    sort: Callable[[Any], Sort | None] = itself
    csv: Callable[[Any], Any] = itself
    numeric: bool = False


def coded(names: Mapping[Any, str]) -> Notation:
    """A code that reads as its name, and sorts and leaves as it reads."""
    return Notation(lambda v: names[v], nothing, nothing)


def number(decimals: int, *, exact: bool = False) -> Notation:
    """A number to so many decimals, on the page and in the CSV; `exact`: the CSV has all that there
    are."""
    rounded = itself if exact else lambda v: paper.half_up(v, decimals)
    return Notation(lambda v: paper.number(v, decimals), csv=rounded, numeric=True)


def percent(decimals: int) -> Notation:
    """A figure of a hundred to so many decimals: 88.5 reads 88.5%."""
    return Notation(lambda v: paper.percent(v, decimals), csv=nothing, numeric=True)


def share(decimals: int) -> Notation:
    """A figure of one to so many decimals: 0.885 reads 88.5%."""
    return Notation(lambda v: paper.share(v, decimals), csv=nothing, numeric=True)


GBP = Notation(paper.money, numeric=True)
VARIANCE = Notation(paper.variance, numeric=True)  # adverse in brackets
AS_GIVEN = Notation(
    lambda v: paper.number(v, paper.decimals_for([v])), numeric=True
)  # with its own decimals
COUNT = Notation(paper.number, numeric=True)
PERCENT = percent(1)
PER_CENT = Notation(
    lambda v: f"{v}%", csv=nothing, numeric=True
)  # as somebody wrote it, with its own decimals
DAY = Notation(words.day)
DAY_OF = Notation(words.day, csv=nothing)  # the day of a moment
SHORT_DAY = Notation(paper.short_day)
MONTH = Notation(paper.month, csv=nothing)
# A month as answers keep it, by any day of it in a text: 2019-04 or 2019-04-01.
MONTH_OF_TEXT = Notation(lambda v: paper.month(dt.date.fromisoformat(v[:7] + "-01")), csv=nothing)
MOMENT = Notation(words.moment, csv=nothing)
MOMENT_OF_TEXT = Notation(lambda v: words.moment(dt.datetime.fromisoformat(v)))
CAPITAL = Notation(lambda v: v.capitalize(), nothing, nothing)
LIST = Notation("; ".join, nothing, nothing)


def shown(value: Any) -> str:
    """A value as the page prints it where its column declares no format."""
    if value is None:
        return ""
    if type(value) is str:
        return day_or_month(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return words.day(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return words.number(value)
    return str(value)


def day_or_month(text: str) -> str:
    """Documents keep days and months as 2019-04-01 and 2019-04; a page says 1 April 2019 and April
    2019."""
    if len(text) in (7, 10) and text[4:5] == "-" and ISO.fullmatch(text):
        return words.day(text) if len(text) == 10 else words.day(f"{text}-01").partition(" ")[2]
    return text


TEXT = Notation(itself, nothing, nothing)
PLAIN = Notation(shown)
