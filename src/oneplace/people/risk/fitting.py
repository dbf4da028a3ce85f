"""Fitting the risk model on rows of predictors, and judging it on people it has not seen.

In: arrays (predictors of a sample of people, and whether the outcome came). Out: a `Model`; how
well one did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from oneplace.people.risk import Model

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def sample_of(people: npt.NDArray[np.int64], *, at_most: int, seed: int) -> npt.NDArray[np.int64]:
    """A fixed random sample: each person's number is mixed with the seed (SplitMix64: Steele, Lea,
    Flood, OOPSLA 2014, figure 16) and those with the least results are taken, whatever order people
    come in."""
    if len(people) <= at_most:
        return np.sort(people)
    with np.errstate(over="ignore"):
        z = people.astype(np.uint64) ^ _mixed(np.array([seed], dtype=np.uint64))[0]
        chosen = np.lexsort((people, _mixed(z)))[:at_most]
    return np.sort(people[chosen])


def _mixed(z: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


# --- fitting and judging ---------------------------------------------------------------------------------------------
def fit(x: Floats, y: Bools, names: Sequence[str], *, penalty: float) -> Model:
    """Fit on rows of predictors and whether the outcome came. Predictors that never vary get no
    weight."""
    means, spread = x.mean(axis=0), x.std(axis=0)
    varies = spread > 1e-12
    z = np.zeros_like(x)
    z[:, varies] = (x[:, varies] - means[varies]) / spread[varies]
    beta = _newton(np.column_stack([np.ones(len(z)), z]), y.astype(float), penalty)
    weights = np.where(varies, beta[1:] / np.where(varies, spread, 1.0), 0.0)
    return Model(
        tuple(names),
        float(beta[0] - weights @ means),
        tuple(float(w) for w in weights),
        tuple(float(m) for m in means),
    )


def _newton(
    z: Floats, y: Floats, penalty: float, *, offset: Floats | None = None, steps: int = 50
) -> Floats:
    beta = np.zeros(z.shape[1])
    ridge = np.full(z.shape[1], penalty)
    ridge[0] = 0.0
    if offset is None:
        mean = min(max(float(y.mean()), 1e-9), 1 - 1e-9)
        beta[0] = np.log(mean / (1 - mean))
    before = _penalised(z, y, beta, ridge, offset)
    for _ in range(steps):
        p = _logistic(z @ beta + (0.0 if offset is None else offset))
        gradient = z.T @ (y - p) - ridge * beta
        hessian = (z * (p * (1 - p))[:, None]).T @ z + np.diag(ridge + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        # Far from the top a whole step can overshoot and never come back: halve it until the
        # likelihood does not fall.
        while (after := _penalised(z, y, beta + step, ridge, offset)) < before - 1e-9 * abs(before):
            step = step / 2
        beta, before = beta + step, after
        if np.max(np.abs(step)) < 1e-10:
            break
    return beta


def _penalised(z: Floats, y: Floats, beta: Floats, ridge: Floats, offset: Floats | None) -> float:
    """The log-likelihood less the penalty: what the fit makes as great as it can be."""
    log_odds = z @ beta + (0.0 if offset is None else offset)
    return float(y @ log_odds - np.logaddexp(0.0, log_odds).sum() - 0.5 * (ridge @ beta**2))


def _logistic(log_odds: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -36, 36)))
    return p


def predict(model: Model, x: Floats) -> Floats:
    return _logistic(model.intercept + x @ np.array(model.coefficients))


def auc(p: Floats, y: Bools) -> float | None:
    """Area under the ROC curve as the Mann-Whitney statistic, ties counted half (Hanley and McNeil,
    Radiology 1982)."""
    positives, negatives = int(y.sum()), int((~y).sum())
    if positives == 0 or negatives == 0:
        return None
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[y].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def judge(p: Floats, y: Bools, groups: Mapping[str, Sequence[str | None]]) -> dict[str, Any]:
    """How the model did on people it was not fitted on: discrimination, calibration, use, each by
    group."""
    found: dict[str, Any] = {**_measures(p, y), **_calibration(p, y)}
    found["deciles"] = _deciles(p, y)
    found["decision_curve"] = [_net_benefit(p, y, t) for t in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)]
    found["by_group"] = {}
    for name, labels in groups.items():
        of = np.array(["not known" if v is None else str(v) for v in labels])
        found["by_group"][name] = [
            {"group": str(g), **_measures(p[of == g], y[of == g])}
            for g in dict.fromkeys(sorted(of.tolist(), key=_natural))
        ]
    return found


def _natural(label: str) -> tuple[int, str]:
    digits = "".join(c for c in label.split(" ")[0] if c.isdigit())
    return (int(digits) if digits else 10**6, label)


def _measures(p: Floats, y: Bools) -> dict[str, Any]:
    expected, observed = float(p.sum()), int(y.sum())
    area = auc(p, y)
    return {
        "people": len(p),
        "observed": observed,
        "expected": round(expected, 1),
        "observed_to_expected": round(observed / expected, 3) if expected else None,
        "auc": None if area is None else round(area, 4),
        "brier": round(float(np.mean((p - y) ** 2)), 5) if len(p) else None,
    }


def _calibration(p: Floats, y: Bools) -> dict[str, Any]:
    """Slope and intercept of the outcome on the log-odds, and the intercept alone (Cox, Biometrika
    1958; Van Calster et al., BMC Medicine 2019)."""
    if not 0 < y.sum() < len(y):
        return {
            "calibration_slope": None,
            "calibration_intercept": None,
            "calibration_in_the_large": None,
        }
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    log_odds = np.log(clipped / (1 - clipped))
    both = _newton(np.column_stack([np.ones(len(p)), log_odds]), y.astype(float), 0.0)
    alone = _newton(np.ones((len(p), 1)), y.astype(float), 0.0, offset=log_odds)
    return {
        "calibration_slope": round(float(both[1]), 4),
        "calibration_intercept": round(float(both[0]), 4),
        "calibration_in_the_large": round(float(alone[0]), 4),
    }


def _deciles(p: Floats, y: Bools) -> list[dict[str, Any]]:
    """Ten groups of equally many people by risk, each with what was expected and what came."""
    order = np.argsort(p, kind="stable")
    return [
        {
            "decile": i,
            **{
                k: v
                for k, v in _measures(p[part], y[part]).items()
                if k in ("people", "observed", "expected")
            },
        }
        for i, part in enumerate(np.array_split(order, 10), start=1)
    ]


def _net_benefit(p: Floats, y: Bools, threshold: float) -> dict[str, Any]:
    """Net benefit of seeing everyone above a threshold (Vickers and Elkin, Medical Decision Making
    2006)."""
    seen, odds, n = p >= threshold, threshold / (1 - threshold), len(p)
    model = (float((seen & y).sum()) - odds * float((seen & ~y).sum())) / n
    everyone = (float(y.sum()) - odds * float((~y).sum())) / n
    return {
        "threshold": threshold,
        "people_seen": int(seen.sum()),
        "net_benefit": round(model, 5),
        "net_benefit_of_seeing_everyone": round(everyone, 5),
    }
