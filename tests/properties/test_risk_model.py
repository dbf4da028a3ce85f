"""The risk model: the fit against an independent one, measures against their definitions, the
sample against its promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from oneplace.people.risk.fitting import auc, fit, judge, predict, sample_of

RNG = np.random.default_rng(7)
X = np.column_stack([RNG.normal(size=4000), RNG.random(4000) < 0.2, RNG.poisson(1.5, 4000)]).astype(
    float
)
Y = RNG.random(4000) < 1 / (1 + np.exp(2 - 0.8 * X[:, 0] - 1.1 * X[:, 1] - 0.3 * X[:, 2]))


def test_the_fit_is_that_of_scikit_learn() -> None:
    spread = X.std(axis=0)
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(
        (X - X.mean(axis=0)) / spread, Y
    )
    ours = fit(X, Y, ("a", "b", "c"), penalty=1.0)
    assert np.allclose(ours.coefficients, theirs.coef_[0] / spread, rtol=1e-5)
    assert np.allclose(
        predict(ours, X), theirs.predict_proba((X - X.mean(axis=0)) / spread)[:, 1], atol=1e-6
    )


def test_a_column_that_never_varies_gets_no_weight() -> None:
    ours = fit(np.column_stack([X, np.ones(len(X))]), Y, ("a", "b", "c", "same"), penalty=1.0)
    assert ours.coefficients[3] == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    p, y = np.array([r[0] / 10 for r in rows]), np.array([r[1] for r in rows])
    pairs = [(a, b) for a in p[y] for b in p[~y]]
    wanted = sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs) if pairs else None
    assert auc(p, y) == (None if wanted is None else pytest.approx(wanted))


def test_a_model_on_its_own_people_has_slope_one_and_expects_what_came() -> None:
    model = fit(X, Y, ("a", "b", "c"), penalty=0.0)
    found = judge(predict(model, X), Y, {"b": ["yes" if v else "no" for v in X[:, 1]]})
    assert found["calibration_slope"] == pytest.approx(1, abs=1e-3)
    assert found["calibration_intercept"] == pytest.approx(0, abs=1e-3)
    assert found["observed_to_expected"] == pytest.approx(1, abs=1e-3)
    assert sum(d["people"] for d in found["deciles"]) == len(Y)
    assert sum(d["observed"] for d in found["deciles"]) == int(Y.sum())
    assert [g["group"] for g in found["by_group"]["b"]] == ["no", "yes"]
    assert sum(g["observed"] for g in found["by_group"]["b"]) == int(Y.sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.permutations(range(1, 40)))
def test_the_sample_does_not_depend_on_the_order_of_people(seed: int, order: list[int]) -> None:
    people = np.array(order, dtype=np.int64) * 10**15
    found = sample_of(people, at_most=10, seed=seed)
    assert len(found) == 10
    assert set(found) <= set(people)
    assert np.array_equal(found, sample_of(np.sort(people), at_most=10, seed=seed))


def test_the_sample_is_no_run_of_neighbouring_numbers_and_changes_with_the_seed() -> None:
    people = np.arange(1, 100_001, dtype=np.int64)
    one, other = (sample_of(people, at_most=10_000, seed=s) for s in (1, 2))
    for found in (one, other):
        assert abs(found.mean() - 50_000) < 1_500  # five standard errors of a mean of 10,000
        counts = np.histogram(found, bins=20, range=(1, 100_001))[0]
        assert 20 < ((counts - 500) ** 2 / 500).sum() + 20 < 20 + 45
    assert 800 < len(set(one) & set(other)) < 1_200
