"""Placing areas in quantiles by their value, ties together.

In: one value for each area, NaN where unknown. Out: quantile 1 to `number` for each, 0 where the
value is unknown or there are fewer areas than quantiles.

Source: OHID, Assigning deprivation categories (Fingertips guidance); the same rule as Excel's 1 +
int(n (rank - 1) / areas), written so that no division is rounded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def quantiles(values: ArrayLike, number: int, *, highest_first: bool = True) -> NDArray[np.int64]:
    """Quantile of each value; with `highest_first`, 1 holds the highest values."""
    if number < 1:
        raise ValueError(f"there is at least 1 quantile, not {number}")
    v = np.asarray(values, dtype=np.float64)
    known = np.isfinite(v)
    areas = int(known.sum())
    placed = np.zeros(v.shape, dtype=np.int64)
    if areas < number:
        return placed
    ordered = -v[known] if highest_first else v[known]
    rank = (
        np.searchsorted(np.sort(ordered), ordered, side="left") + 1
    )  # equal values share the least rank
    # Ceiling of (areas + 1 - rank) x number / areas, in whole numbers.
    from_the_end = -((-(areas + 1 - rank) * number) // areas)
    placed[known] = np.maximum(number + 1 - from_the_end, 1)
    return placed
