"""Figures in plain words: how a number, a sum of money, a date or a finding reads on a page and in
the paper.

Values come in (float, int, Decimal, date), text goes out. A missing or non-finite value reads "not
known", never "nan" or an empty gap. Rounding is half up, as finance rounds, on the number as it is
written (0.125 to 0.13).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal, TypeAlias

Number: TypeAlias = "float | int | Decimal | None"
Better = Literal["higher", "lower"]
Rule = Literal["outside", "trend", "two_of_three", "shift"]
Signal = Literal["common", "concern", "improvement", "neutral"]
Assurance = Literal["pass", "fail", "hit_and_miss"]

NOT_KNOWN = "not known"
MINUS = "\u2212"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


# --- numbers -------------------------------------------------------------------------------------------------------


def finite(value: Number) -> float | None:
    """The value as a float, or None when it is missing, not a number or infinite."""
    if value is None:
        return None
    found = float(value)
    return found if math.isfinite(found) else None


def number(value: Number, decimals: int = 0, *, signed: bool = False) -> str:
    """1234.5 reads "1,234.5"; a fall reads with a real minus sign; nothing ever reads "-0"."""
    found = finite(value)
    if found is None or value is None:
        return NOT_KNOWN
    if isinstance(value, int):
        body = f"{abs(value):,}" + ("." + "0" * decimals if decimals else "")
    elif isinstance(value, Decimal) or _may_tie(found, decimals):
        body = f"{abs(half_up(value, decimals)):,.{decimals}f}"
    else:
        body = f"{abs(found):,.{decimals}f}"
    if not body.strip("0.,"):
        return body
    return MINUS + body if found < 0 else f"+{body}" if signed else body


def _may_tie(value: float, decimals: int) -> bool:
    """Whether the last written digit is a 5 just past the place rounded to: only then does binary
    rounding differ from half up."""
    written = repr(value)
    return "e" in written or (
        written[-1] == "5" and len(written) - written.index(".") - 2 == decimals
    )


def exact(value: float | int | Decimal) -> Decimal:
    """The number as it is written: 0.1 becomes one tenth, not its binary neighbour."""
    return (
        value
        if isinstance(value, Decimal)
        else Decimal(value)
        if isinstance(value, int)
        else Decimal(repr(float(value)))
    )


def half_up(value: float | int | Decimal, decimals: int) -> Decimal:
    """The value rounded half away from zero, on its shortest decimal form, so that 0.285 gives 0.29
    as written."""
    with localcontext() as context:
        context.prec = 400
        return exact(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def decimals_for(values: Sequence[Number], *, most: int = 2) -> int:
    """The fewest decimals that show every value as it was given, at most `most`."""
    given = [v for v in values if v is not None and finite(v) is not None]
    for decimals in range(most):
        if all(abs(half_up(v, decimals) - half_up(v, 9)) < Decimal("1e-9") for v in given):
            return decimals
    return most


def percent(per_cent: Number, decimals: int = 1) -> str:
    """A figure already in per cent: 88.5 reads "88.5%"."""
    text = number(per_cent, decimals)
    return text if text == NOT_KNOWN else f"{text}%"


def chance(per_cent: Number) -> str:
    """How likely something is, in words that do not pretend to certainty: "Under 1%", "62%", "Over
    99%"."""
    if per_cent is None:
        return NOT_KNOWN
    return "Under 1%" if per_cent < 1 else "Over 99%" if per_cent > 99 else percent(per_cent, 0)


def share(fraction: Number, decimals: int = 1) -> str:
    """A fraction: 0.885 reads "88.5%"."""
    return (
        NOT_KNOWN
        if fraction is None or finite(fraction) is None
        else percent(exact(fraction) * 100, decimals)
    )


def one_in(probability: Number) -> str:
    """A risk as people say it: 0.14 reads "1 in 7". Above a half it counts in tens: 0.8 reads "8 in
    10"."""
    p = finite(probability)
    if p is None or not 0 <= p <= 1:
        return NOT_KNOWN
    if p == 0:
        return "none"
    if p > 0.95:
        return "nearly all" if p < 1 else "all"
    if p > 0.5:
        return f"{int(half_up(p * 10, 0))} in 10"
    return f"1 in {number(1 / p)}"


def plural(count: Number, one: str, many: str | None = None) -> str:
    """ "1 person", "2,000 people"; the plural adds an s unless it is given."""
    text = number(count)
    return f"{text} {one if text == '1' else many or one + 's'}"


def quantity(value: Number, unit: str = "", decimals: int = 1) -> str:
    """A figure with its unit: "88.5%", "£456,332", "32,911 pathways"."""
    if finite(value) is None:
        return NOT_KNOWN
    if unit == "%":
        return percent(value, decimals)
    if unit in ("GBP", "£"):
        return money(value)
    return f"{number(value, decimals)} {unit}".strip()


# --- money ---------------------------------------------------------------------------------------------------------

Scale = Literal["pounds", "pence", "thousands", "millions"]
_SCALES: dict[str, tuple[int, int, str]] = {
    "pounds": (1, 0, ""),
    "pence": (1, 2, ""),
    "thousands": (1_000, 0, "k"),
    "millions": (1_000_000, 1, "m"),
}


def money(gbp: Number, scale: Scale = "pounds", decimals: int | None = None) -> str:
    """ "£456,332"; in millions "£13.8m". Exact in Decimal: nothing is lost before the rounding."""
    if gbp is None or finite(gbp) is None:
        return NOT_KNOWN
    divisor, usual, suffix = _SCALES[scale]
    text = number(exact(gbp) / divisor, usual if decimals is None else decimals)
    return f"{MINUS if text.startswith(MINUS) else ''}£{text.removeprefix(MINUS)}{suffix}"


def variance(
    gbp: Number, scale: Scale = "pounds", *, adverse: Literal["positive", "negative"] = "negative"
) -> str:
    """A variance as finance prints it: adverse in brackets, favourable plain. `adverse` says which
    sign is bad here."""
    text = money(gbp, scale)
    if text == NOT_KNOWN or not any(c in "123456789" for c in text):
        return text
    bare = text.removeprefix(MINUS)
    return f"({bare})" if text.startswith(MINUS) == (adverse == "negative") else bare


# --- dates ---------------------------------------------------------------------------------------------------------


def day(on: date | None) -> str:
    """ "6 August 2018"."""
    return NOT_KNOWN if on is None else f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def days_in(text: str) -> str:
    """The same text with every day in figures as people say it: "on 2019-04-01" reads "on 1 April
    2019"."""
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: day(date.fromisoformat(found[0])), text)


def month(period: date | None) -> str:
    """ "April 2019"."""
    return NOT_KNOWN if period is None else f"{MONTHS[period.month - 1]} {period.year}"


def short_month(period: date | None) -> str:
    """ "Apr 2019", as on an axis."""
    return NOT_KNOWN if period is None else f"{MONTHS[period.month - 1][:3]} {period.year}"


def short_day(on: date | None) -> str:
    """ "6 Aug 2018", as in a table."""
    return NOT_KNOWN if on is None else f"{on.day} {short_month(on)}"


def span(first: date, last: date) -> str:
    """From one day to another, both included: "April 2018 to March 2019" where they are whole
    months, else by days."""
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if whole and month(first) == month(last):
        return month(first)
    return f"{month(first)} to {month(last)}" if whole else f"{day(first)} to {day(last)}"


def span_of(text: str) -> str:
    """The same from its form for machines: "2018-04-01 to 2019-03-31" reads "April 2018 to March
    2019"."""
    first, _, last = text.partition(" to ")
    return span(date.fromisoformat(first), date.fromisoformat(last))


def clock(at: time | datetime | None) -> str:
    """ "5:30pm", "9am", "midday", "midnight"."""
    if at is None:
        return NOT_KNOWN
    if (at.hour, at.minute) in ((0, 0), (12, 0)):
        return "midnight" if at.hour == 0 else "midday"
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def moment(at: datetime | None) -> str:
    """ "6 August 2018 at 5:30pm"."""
    return NOT_KNOWN if at is None else f"{day(at.date())} at {clock(at)}"


# --- findings ------------------------------------------------------------------------------------------------------


def listing(items: Sequence[str]) -> str:
    """ "a, b and c"."""
    return (
        items[0]
        if len(items) == 1
        else f"{', '.join(items[:-1])} and {items[-1]}"
        if items
        else "none"
    )


def within(label: str) -> str:
    """A label inside a sentence: the field's own common nouns lose their capital, names keep it."""
    first = label.split(" ", 1)[0]
    return label[:1].lower() + label[1:] if first in _COMMON else label


_COMMON = {
    "Standard",
    "Target",
    "Trajectory",
    "Ambition",
    "Threshold",
    "Plan",
    "Planned",
    "Average",
    "National",
    "Operational",
}


def sentence(text: str) -> str:
    """The text on one line, with a capital and a full stop."""
    flat = " ".join(text.split())
    if not flat:
        return ""
    return flat[0].upper() + flat[1:] + ("" if flat[-1] in ".?!" else ".")


_TAIL: dict[Signal, str] = {
    "common": "",
    "neutral": "",
    "concern": ", a change for the worse",
    "improvement": ", a change for the better",
}
_ASSURED: dict[Assurance, str] = {
    "pass": "the {target} can be expected to be met every month",
    "fail": "the {target} will not be met without a change to the process",
    "hit_and_miss": "the {target} will be met in some months and missed in others by chance",
}


def xmr_finding(
    latest: Number,
    period: date,
    *,
    mean: Number,
    lower: Number = None,
    upper: Number = None,
    rule: Rule | None = None,
    signal: Signal = "common",
    run_months: int = 0,
    unit: str = "%",
    decimals: int = 1,
    target: str = "",
    assurance: Assurance | None = None,
) -> str:
    """What the latest point of an XmR chart says, in one sentence: first variation, then the
    standard if there is one."""
    value, centre = finite(latest), finite(mean)
    if value is None or centre is None:
        return sentence(
            f"There are too few months to say what is usual; {month(period)} is {quantity(latest, unit, decimals)}"
        )
    above = value > centre
    side, end = ("above", "rose") if above else ("below", "fell")
    edge, limit = ("upper", upper) if above else ("lower", lower)
    here = f"{month(period)} at {quantity(latest, unit, decimals)}"
    usual = f"the mean of {quantity(mean, unit, decimals)}"
    said = {
        "outside": f"{here} is {side} the {edge} limit of {quantity(limit, unit, decimals)}",
        "shift": f"the last {plural(run_months, 'month')} are {side} {usual}",
        "trend": f"the last {plural(run_months, 'month')} each {end}, to {quantity(latest, unit, decimals)} in {month(period)}",
        "two_of_three": f"2 of the last 3 months are close to the {edge} limit of {quantity(limit, unit, decimals)}",
        None: f"{here} is within the usual variation around {usual}",
    }[rule]
    ahead = f"; {_ASSURED[assurance].format(target=target)}" if assurance and target else ""
    return sentence(said + (_TAIL[signal] if rule else "") + ahead)


def gap_finding(
    what: str,
    worst: Number,
    best: Number,
    *,
    worst_name: str,
    best_name: str,
    unit: str = "years",
    decimals: int = 1,
) -> str:
    """A gap inside the place: "Life expectancy is 10.2 years lower in the most deprived tenth
    (73.1) than in ..."."""
    if worst is None or best is None or finite(worst) is None or finite(best) is None:
        lost = worst_name if finite(worst) is None else best_name
        return sentence(f"the gap in {what} cannot be given: a figure for {lost} is missing")
    gap = half_up(worst, decimals) - half_up(best, decimals)
    ends = f"({number(worst, decimals)})", f"({number(best, decimals)})"
    if gap == 0:
        return sentence(f"{what} is the same in {worst_name} {ends[0]} and {best_name} {ends[1]}")
    size = (
        f"{number(abs(gap), decimals)} percentage points"
        if unit == "%"
        else quantity(abs(gap), unit, decimals)
    )
    return sentence(
        f"{what} is {size} {'lower' if gap < 0 else 'higher'} in {worst_name} {ends[0]} than in {best_name} {ends[1]}"
    )
