"""One unit across many measures: where it stands between the lowest and the highest of its kind, on
each.

In: a session and a kind of unit. Out: for each indicator the spine (lowest, quarters, highest, the
place's average) and each unit's figure with its interval's verdict, all from protected counts.
Worked out once for each build.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from oneplace.answers import families, kept
from oneplace.answers.comparing import group_names
from oneplace.answers.families import FLAGS, By
from oneplace.answers.protecting import profile_of, protected
from oneplace.answers.rests import DAY, rests_on
from oneplace.measures.compare import FEWEST_TO_COMPARE, spine_of
from oneplace.methods.rates import proportion, rate
from oneplace.safety.disclose import Profile

if TYPE_CHECKING:
    from oneplace.answers.session import Session

# What people look at first, in the order of a page: use of hospitals, of practices, long-term
# conditions, circumstances.
HEADLINES = (
    "emergency_admissions_12m",
    "ae_attendances_12m",
    "ambulance_calls_12m",
    "fall_admissions_12m",
    "emergency_bed_days_12m",
    "planned_admissions_12m",
    "outpatient_attendances_12m",
    "gp_consultations_12m",
    "community_contacts_12m",
    "hypertension",
    "diabetes",
    "asthma",
    "copd",
    "coronary_heart_disease",
    "heart_failure",
    "atrial_fibrillation",
    "stroke_tia",
    "chronic_kidney_disease",
    "cancer",
    "dementia",
    "depression",
    "severe_mental_illness",
    "learning_disability",
    "smoker",
    "obesity",
    "housebound",
    "care_home_resident",
    "unpaid_carer",
)
UNITS: tuple[By, ...] = ("neighbourhood", "ward", "team", "network", "practice", "quintile")


@rests_on(DAY)
def profiles(session: Session, by: By) -> dict[str, Any]:
    """Every headline of every unit of this kind, as shown inside the place."""
    rule = profile_of(session, "inside")
    asked = kept.name_of(
        "profiles",
        by,
        rule.name,
        *(f"{k}={v}" for k, v in sorted(session.digests.items()) if k == "place.yaml"),
    )
    found: dict[str, Any] = json.loads(
        kept.text(session, asked, lambda: json.dumps(_worked_out(session, by, rule)))
    )
    return found


def _worked_out(session: Session, by: By, rule: Profile) -> dict[str, Any]:
    family, kinds = families.family(session, by), families.comparable(session)
    tally = families.tally(session, family)
    people = tally.people.sum(axis=1).astype(float)
    members = {c: m for c, m in sorted(family.members(by).items()) if people[m].sum()}
    names = group_names(session, by)
    rows = []
    for name in (h for h in HEADLINES if h in kinds):
        share = kinds[name] == FLAGS
        shown = protected(
            session, family, tally.of(name).sum(axis=1), people, "inside", share=share
        )
        counts = [shown.of(m) for m in members.values()]
        x = np.array([np.nan if n is None else n for n, _ in counts], dtype=float)
        d = np.array([np.nan if n is None else n for _, n in counts], dtype=float)
        per = 100.0 if share else 1000.0
        figures = (proportion if share else rate)(x, d, multiplier=per)
        good = np.isfinite(figures.value)
        if int(good.sum()) < FEWEST_TO_COMPARE:
            continue
        average = float(per * x[good].sum() / d[good].sum())
        higher, lower = figures.lower > average, figures.upper < average
        rows.append(
            {
                "id": name,
                "per": per,
                "kind": "proportion" if share else "rate",
                "spine": spine_of(figures.value, average),
                "units": {
                    code: {
                        "numerator": n,
                        "denominator": of,
                        "value": float(figures.value[i]) if good[i] else None,
                        "said": None
                        if not good[i]
                        else "higher"
                        if higher[i]
                        else "lower"
                        if lower[i]
                        else "no clear difference",
                    }
                    for i, (code, (n, of)) in enumerate(zip(members, counts, strict=True))
                },
            }
        )
    return {
        "by": by,
        "names": {c: names.get(c, c) for c in members},
        "indicators": rows,
        "suppression": rule.sentence,
        "basis": session.basis,
    }
