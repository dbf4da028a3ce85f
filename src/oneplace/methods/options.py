"""Options appraisal: weighted scores, their order, and how far a weight must move before another
option leads.

In: a score for each option on each criterion, and weights that sum to 100. Out: an `Appraisal`.
Arithmetic is in exact fractions, so that a tie is a tie and an order does not turn on the last
digit of a float.

Source: HM Treasury, The Green Book, 2018 supplementary guidance on multi-criteria decision analysis
(Department for Communities and Local Government, Multi-criteria analysis: a manual, 2009, chapter
6: swing weights and sensitivity).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Number = int | float | str


@dataclass(frozen=True)
class Switch:
    """At weight `share` (0 to 1) on the criterion, the others keeping their proportions, `new_top`
    draws level."""

    share: float
    new_top: str


@dataclass(frozen=True)
class Appraisal:
    """`switching[criterion]` is None when no weight on it, from none to all, lets another option
    lead."""

    weighted_score: dict[str, float]
    rank: tuple[str, ...]
    equal_weight_score: dict[str, float]
    equal_weight_rank: tuple[str, ...]
    switching: dict[str, Switch | None]
    do_nothing: str | None
    better_than_nothing: tuple[str, ...]


def appraise(
    scores: Mapping[str, Mapping[str, Number]],
    weights: Mapping[str, Number],
    *,
    do_nothing: str | None = None,
) -> Appraisal:
    """Score, rank and test the order. `do_nothing` names the option to beat; an appraisal without
    one says None."""
    shares = _shares(weights)
    table = _table(scores, shares)
    if do_nothing is not None and do_nothing not in table:
        raise ValueError(
            f"the do-nothing option {do_nothing!r} is not among the options: {', '.join(table)}"
        )
    total = {option: _total(row, shares) for option, row in table.items()}
    alike = dict.fromkeys(shares, Fraction(1, len(shares)))
    equal = {option: _total(row, alike) for option, row in table.items()}
    rank = _order(total)
    better = tuple(o for o in rank if do_nothing is not None and total[o] > total[do_nothing])
    return Appraisal(
        weighted_score={o: float(t) for o, t in total.items()},
        rank=rank,
        equal_weight_score={o: float(t) for o, t in equal.items()},
        equal_weight_rank=_order(equal),
        switching={c: _switch(c, table, shares, total, rank[0]) for c in shares},
        do_nothing=do_nothing,
        better_than_nothing=better,
    )


def _switch(
    criterion: str,
    table: Mapping[str, Mapping[str, Fraction]],
    shares: Mapping[str, Fraction],
    total: Mapping[str, Fraction],
    top: str,
) -> Switch | None:
    """The weight nearest to the present one at which another option draws level with the top.

    With weight s on the criterion an option scores s x its score there + (1 - s) x its average over
    the rest: a straight line in s, and two lines meet once or never.
    """
    now = shares[criterion]
    if now == 1:
        return None
    nearest: tuple[Fraction, Fraction, str] | None = None
    for option in table:
        if option == top:
            continue
        ahead_on_rest = (_rest(total, table, criterion, now, top)) - _rest(
            total, table, criterion, now, option
        )
        ahead_here = table[top][criterion] - table[option][criterion]
        if ahead_on_rest == ahead_here:
            continue
        share = ahead_on_rest / (ahead_on_rest - ahead_here)
        if 0 <= share <= 1 and (nearest is None or abs(share - now) < nearest[0]):
            nearest = (abs(share - now), share, option)
    return Switch(float(nearest[1]), nearest[2]) if nearest else None


def _rest(
    total: Mapping[str, Fraction],
    table: Mapping[str, Mapping[str, Fraction]],
    criterion: str,
    now: Fraction,
    option: str,
) -> Fraction:
    return (total[option] - now * table[option][criterion]) / (1 - now)


def _shares(weights: Mapping[str, Number]) -> dict[str, Fraction]:
    exact = {criterion: Fraction(str(weight)) for criterion, weight in weights.items()}
    for criterion, weight in exact.items():
        if weight < 0:
            raise ValueError(f"weight {criterion!r} is {weights[criterion]}; a weight is 0 or more")
    if sum(exact.values()) != 100:
        raise ValueError(f"the weights sum to {float(sum(exact.values())):g}; they sum to 100")
    return {criterion: weight / 100 for criterion, weight in exact.items()}


def _table(
    scores: Mapping[str, Mapping[str, Number]], shares: Mapping[str, Fraction]
) -> dict[str, dict[str, Fraction]]:
    if len(scores) < 2:
        raise ValueError("an appraisal compares two options at least")
    for option, row in scores.items():
        missing, unknown = [c for c in shares if c not in row], [c for c in row if c not in shares]
        if missing or unknown:
            wrong = [f"no score for {c}" for c in missing] + [f"no weight for {c}" for c in unknown]
            raise ValueError(f"option {option!r}: {', '.join(wrong)}")
    return {o: {c: Fraction(str(row[c])) for c in shares} for o, row in scores.items()}


def _total(row: Mapping[str, Fraction], shares: Mapping[str, Fraction]) -> Fraction:
    return sum((share * row[criterion] for criterion, share in shares.items()), Fraction(0))


def _order(total: Mapping[str, Fraction]) -> tuple[str, ...]:
    """Best first; options that tie keep the order in which they were given."""
    return tuple(sorted(total, key=lambda option: -total[option]))
