"""The fit reaches the top that a general optimiser finds, also with a rare outcome and a few people
far out."""

import numpy as np
from scipy.optimize import minimize

from oneplace.people.risk.fitting import auc, fit, predict


def test_skewed_predictors_and_a_rare_outcome_reach_the_same_top_as_a_general_optimiser() -> None:
    rng = np.random.default_rng(20190401)
    people = 20_000
    heavy = rng.pareto(1.2, people).clip(0, 400)  # like contacts: most have few, some have hundreds
    rare = (rng.random(people) < 0.002).astype(float)
    x = np.column_stack([heavy, rare, heavy * rare, rng.normal(size=people)])
    true = -3 + 0.02 * heavy.clip(0, 30) + 3 * rare
    y = rng.random(people) < 1 / (1 + np.exp(-true))
    model = fit(x, y, ("heavy", "rare", "both", "noise"), penalty=1.0)

    mean, spread = x.mean(axis=0), x.std(axis=0)
    z = np.column_stack([np.ones(people), (x - mean) / spread])

    def lost(beta: np.ndarray) -> float:
        log_odds = z @ beta
        return float(np.logaddexp(0, log_odds).sum() - y @ log_odds + 0.5 * (beta[1:] ** 2).sum())

    slow = minimize(lost, np.zeros(z.shape[1]), method="BFGS", options={"gtol": 1e-4}).x
    ours = predict(model, x)
    theirs = 1 / (1 + np.exp(-(z @ slow)))
    assert np.abs(ours - theirs).max() < 1e-3
    assert abs(ours.sum() - y.sum()) < 1e-3  # a fitted intercept makes expected equal observed
    found = auc(ours, y)
    assert found is not None
    assert found > 0.5
