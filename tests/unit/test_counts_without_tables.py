"""The negative binomial without `scipy.stats` is the one of `scipy.stats`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from oneplace.methods.forecast_counts import nbinom_cdf, nbinom_quantile


@pytest.mark.parametrize("shape", [0.5, 1.5, 12.5, 119.5])
@pytest.mark.parametrize("share", [0.05, 0.4, 0.92, 0.999])
def test_chances_and_quantiles_are_those_of_the_library(shape, share):
    counts = np.arange(-1, 200)
    np.testing.assert_allclose(
        nbinom_cdf(counts, shape, share), stats.nbinom.cdf(counts, shape, share), atol=1e-12
    )
    chances = np.array([1e-6, 0.025, 0.1, 0.5, 0.9, 0.975, 0.999999])
    assert (
        nbinom_quantile(chances, shape, share).tolist()
        == stats.nbinom.ppf(chances, shape, share).tolist()
    )


def test_a_quantile_on_a_step_is_the_step():
    for k in range(6):
        at = float(nbinom_cdf(k, 2.5, 0.4))
        assert nbinom_quantile(at - 1e-9, 2.5, 0.4) == k
        assert nbinom_quantile(at + 1e-9, 2.5, 0.4) == k + 1
