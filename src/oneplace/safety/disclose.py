"""Small numbers: the one function through which every count goes on its way to a page, file, chart
or sentence.

Comes in: true counts and a profile. Goes out: the counts that may be shown, and None where one may
not. Suppression looks at the true count and rounding comes after it. The profile belongs to the
source and to the audience, and the strictest wins (`effective`); a figure that is published already
is not treated again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from oneplace.safety.suppression import protect

HIDDEN: Final = "*"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """`least` to `most` are the counts not shown; `nearest` rounds the others; totals are true or
    made from what is shown."""

    name: str
    strictness: int
    sentence: str
    least: int | None = None
    most: int | None = None
    nearest: int | None = None
    totals_from_rounded: bool = False

    @property
    def hiding(self) -> str:
        """The part of the sentence about what is not shown, for counts that are exact where they
        are shown."""
        return f"{self.sentence.partition(';')[0].rstrip('.')}."


PROFILES: Final[dict[str, Profile]] = {
    p.name: p
    for p in (
        Profile(name="none", strictness=0, sentence="Exact counts, for direct care only."),
        Profile(name="published", strictness=1, sentence="As published by its source."),
        # Fewer than five is the customary line inside an organisation that holds the records.
        Profile(
            name="internal-planning",
            strictness=2,
            sentence="Counts of 1 to 4 are not shown.",
            least=1,
            most=4,
        ),
        # NHS Digital, Hospital Episode Statistics analysis guide (2018), disclosure control: 1 to 7
        # shown as *, every other sub-national count rounded to the nearest 5.
        Profile(
            name="hes",
            strictness=3,
            sentence="Counts of 1 to 7 are not shown; others are rounded to the nearest 5.",
            least=1,
            most=7,
            nearest=5,
        ),
        # OpenSAFELY, Statistical disclosure control for outputs: redact counts of 7 or fewer, then
        # round to the nearest 5, and recalculate totals from the rounded counts.
        Profile(
            name="opensafely",
            strictness=4,
            sentence="Counts of 7 or fewer are not shown; others are rounded to the nearest 5 and totals add up from those.",
            least=0,
            most=7,
            nearest=5,
            totals_from_rounded=True,
        ),
    )
}


@dataclass(frozen=True)
class Disclosed:
    """What may be shown: `cells` is shaped as the counts were; None stands for a count that is not
    shown.

    `hidden` says how many counts, totals included, are not shown.
    """

    profile: Profile
    cells: Any
    row_totals: tuple[int | None, ...] = ()
    column_totals: tuple[int | None, ...] = ()
    total: int | None = None
    hidden: int = 0


def show(value: int | None) -> str:
    """One disclosed count as text."""
    return HIDDEN if value is None else f"{value:,}"


def strictest(names: Iterable[str]) -> Profile:
    """The strictest of some profiles; a name that is no profile is refused, never passed over."""
    chosen = [_profile(n) for n in names]
    if not chosen:
        raise ValueError("a disclosure profile is needed")
    return max(chosen, key=lambda p: p.strictness)


def effective(sources: Iterable[str], audience: str) -> Profile:
    """The profile for figures made from these sources and shown to this audience.

    Only a figure made of published sources alone goes out as published; mixed with records it is
    treated like them.
    """
    of_sources = list(sources)
    if of_sources and all(_profile(n).name == "published" for n in of_sources):
        return PROFILES["published"]
    return strictest([*(n for n in of_sources if n != "published"), audience])


def disclose(
    counts: npt.ArrayLike,
    profile: Profile | str,
    *,
    totals: bool = True,
    earlier: Disclosed | None = None,
) -> Disclosed:
    """What may be shown of one count, a list or a two-way table.

    With `totals` the sums are given too, and further cells are hidden so that subtraction does not
    give the small ones. `earlier` is a release of the same table for people who are nearly the same
    (without one practice, say): cells that it hid stay hidden, and a cell whose difference from it
    would be a small count is hidden.
    """
    rule = _profile(profile) if isinstance(profile, str) else profile
    given = np.asarray(counts)
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise TypeError("disclosure works on whole counts")
    if given.ndim > 2:
        raise ValueError("a table has at most two ways")
    if given.size and given.min() < 0:
        raise ValueError("a count is not negative")
    exact = given.astype(np.int64)
    two_way, with_totals = exact.ndim == 2, totals and exact.ndim > 0
    table = _with_totals(np.atleast_2d(exact), two_way) if with_totals else np.atleast_2d(exact)
    hidden = _hidden(table, rule, earlier, with_totals=with_totals, two_way=two_way)
    shown = _rounded(table, rule)
    if with_totals and rule.totals_from_rounded:
        shown, hidden = _totals_from_shown(shown, hidden, two_way)
    values = [
        [None if h else int(v) for v, h in zip(r, m, strict=True)]
        for r, m in zip(shown, hidden, strict=True)
    ]
    return _disclosed(values, rule, exact.ndim, with_totals)


def too_small(count: float, of: float | None, profile: Profile | str, *, share: bool) -> bool:
    """Whether a count, the people it is of, or (of a share) those who are left over are too few to
    show."""
    rule = _profile(profile) if isinstance(profile, str) else profile
    if rule.least is None or rule.most is None:
        return False
    rest = () if of is None or not share else (of - count,)
    return rule.least <= round(count) <= rule.most or any(
        1 <= round(n) <= rule.most for n in ((of or 0), *rest)
    )


def _profile(name: str) -> Profile:
    try:
        return PROFILES[name]
    except KeyError:
        raise ValueError(f"no disclosure profile {name!r}: one of {', '.join(PROFILES)}") from None


def _with_totals(cells: npt.NDArray[np.int64], two_way: bool) -> npt.NDArray[np.int64]:
    across = np.hstack([cells, cells.sum(axis=1, keepdims=True)])
    return np.vstack([across, across.sum(axis=0, keepdims=True)]) if two_way else across


def _hidden(
    table: npt.NDArray[np.int64],
    rule: Profile,
    earlier: Disclosed | None,
    *,
    with_totals: bool,
    two_way: bool,
) -> npt.NDArray[np.bool_]:
    if rule.least is None or rule.most is None:
        return np.zeros(table.shape, dtype=bool)
    small = (table >= rule.least) & (table <= rule.most)
    if earlier is not None:
        small |= _differenced(table, rule, earlier, with_totals=with_totals)
    if not with_totals or rule.totals_from_rounded:
        return small
    return protect(table, small, most=rule.most, two_way=two_way)


def _differenced(
    table: npt.NDArray[np.int64], rule: Profile, earlier: Disclosed, *, with_totals: bool
) -> npt.NDArray[np.bool_]:
    """Cells that would betray a small count beside the earlier release. Rounded counts betray none
    exactly."""
    before = _as_table(earlier, with_totals)
    if before.shape != table.shape:
        raise ValueError("the earlier release is of a table of another shape")
    was_hidden = np.isnan(before)
    if rule.nearest is not None:
        return was_hidden & (table > 0)
    apart = np.abs(table - np.nan_to_num(before))
    return (table > 0) & (was_hidden | ((apart >= 1) & (apart <= (rule.most or 0))))


def _as_table(d: Disclosed, with_totals: bool) -> npt.NDArray[np.float64]:
    cells = np.atleast_2d(np.array(d.cells, dtype=float))
    if not with_totals:
        return cells
    if d.column_totals:
        across = np.hstack([cells, np.array(d.row_totals, dtype=float)[:, None]])
        return np.vstack([across, np.array([*d.column_totals, d.total], dtype=float)])
    return np.hstack([cells, np.array([[d.total]], dtype=float)])


def _rounded(table: npt.NDArray[np.int64], rule: Profile) -> npt.NDArray[np.int64]:
    if rule.nearest is None:
        return table
    return (table + rule.nearest // 2) // rule.nearest * rule.nearest


def _totals_from_shown(
    shown: npt.NDArray[np.int64], hidden: npt.NDArray[np.bool_], two_way: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Totals that add up from what is shown, so that they say nothing about what is not."""
    inner = (slice(None, -1) if two_way else slice(None), slice(None, -1))
    seen = np.where(hidden[inner], 0, shown[inner])
    totals = _with_totals(seen, two_way)
    none_shown = _with_totals((~hidden[inner]).astype(np.int64), two_way) == 0
    return totals, none_shown


def _disclosed(
    values: list[list[int | None]], rule: Profile, ways: int, with_totals: bool
) -> Disclosed:
    hidden = sum(v is None for row in values for v in row)
    if ways == 0:
        return Disclosed(rule, values[0][0], hidden=hidden)
    if not with_totals:
        return Disclosed(
            rule, tuple(map(tuple, values)) if ways == 2 else tuple(values[0]), hidden=hidden
        )
    if ways == 1:
        return Disclosed(rule, tuple(values[0][:-1]), total=values[0][-1], hidden=hidden)
    return Disclosed(
        rule,
        tuple(tuple(r[:-1]) for r in values[:-1]),
        row_totals=tuple(r[-1] for r in values[:-1]),
        column_totals=tuple(values[-1][:-1]),
        total=values[-1][-1],
        hidden=hidden,
    )
