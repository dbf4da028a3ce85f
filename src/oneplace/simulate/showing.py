"""Claims as they may be shown: every count of events or people behind them through the rule for
small numbers.

In: claims as assessed, with exact counts, and a profile. Out: the same claims with None where a
count may not be shown, and sentences that do not tell it either. What remains of a claim's events
beside another claim's is protected with them: 50 events of which 48 are shared would name two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from oneplace.safety.disclose import Profile, disclose, too_small
from oneplace.simulate.claims import Assessed, Overlap

K = TypeVar("K")
TOO_FEW = "too few to show"


def as_shown(claims: Iterable[Assessed], rule: Profile) -> tuple[Assessed, ...]:
    """Each claim with the counts that this rule shows."""
    return tuple(_shown(c, rule) for c in claims)


def _shown(c: Assessed, rule: Profile) -> Assessed:
    available = _one(c.available, rule)
    hidden = c.available is not None and available is None
    overlaps = tuple(
        replace(o, events=None if hidden else _shared(o, c.available, rule)) for o in c.overlaps
    )
    share = (
        None
        if hidden or not available or c.claimed is None
        else round(100 * c.claimed / available, 1)
    )
    flags = tuple(said for f in c.flags if (said := _said(f, c, available, overlaps)))
    return replace(
        c,
        available=available,
        people=None if hidden else _one(c.people, rule),
        in_period=_one(c.in_period, rule),
        share_percent=share if c.share_percent is not None else None,
        overlaps=overlaps,
        flags=flags,
        flag=flags[0] if flags else "",
        otherwise=None
        if c.otherwise is None
        else replace(c.otherwise, available=_one(c.otherwise.available, rule)),
        by_month=_list(c.by_month, rule, hidden),
        by_quintile=_list(c.by_quintile, rule, hidden),
    )


def _one(count: int | None, rule: Profile) -> int | None:
    if count is None:
        return None
    shown: int | None = disclose(count, rule, totals=False).cells
    return shown


def _shared(o: Overlap, available: int | None, rule: Profile) -> int | None:
    if o.events is None or (
        available is not None and too_small(o.events, available, rule, share=True)
    ):
        return None
    return _one(o.events, rule)


def _list(
    counts: tuple[tuple[K, int | None], ...], rule: Profile, hidden: bool
) -> tuple[tuple[K, int | None], ...]:
    shown = disclose([n or 0 for _, n in counts], rule).cells if counts else ()
    return tuple((k, None if hidden else n) for (k, _), n in zip(counts, shown, strict=True))


def _said(flag: str, c: Assessed, available: int | None, overlaps: tuple[Overlap, ...]) -> str:
    """The sentence with the counts that are shown."""
    if flag.startswith("EXCEEDS WHAT EXISTS"):
        start = flag.rsplit(", ", 1)[0]
        return f"{start}, {f'{available:,} available' if available is not None else f'{TOO_FEW} what is available'}"
    if flag.startswith("claims ") and flag.endswith("of everything of its kind"):
        return (
            f"claims {100 * (c.claimed or 0) / available:.0f}% of everything of its kind"
            if available
            else ""
        )
    if flag.startswith("the same events are claimed by"):
        named = (
            f"{o.claim} ({f'{o.events:,} events' if o.events is not None else TOO_FEW})"
            for o in overlaps
        )
        return "the same events are claimed by " + ", ".join(named)
    return flag
