"""What the page of one person's place says of odd values: fractions, predictors without words,
nobody's list."""

from __future__ import annotations

import pytest

pytest.importorskip("django")

from oneplace.web.neighbourhood.explained import MOST_ROWS_NAMED, Explanation, sections

ROW = {
    "table": "ae_attendances",
    "on": "2019-03-01",
    "until": None,
    "what": "RBL",
    "reason": None,
    "value": None,
}


def _found(**more):
    plain = {
        "caseload": None,
        "segment": None,
        "other_segments": {},
        "scores": [],
        "risk": None,
        "features": [],
    }
    return plain | {"conditions": [], "incomplete": []} | more


def _one(title: str, found) -> Explanation:
    return next(s for s in sections(found) if s.title.startswith(title))


def test_a_frailty_index_is_not_rounded_to_nothing():
    part = {"points": 0.08, "sentence": "High blood pressure", "when": "x"}
    score = {
        "title": "Electronic frailty index",
        "value": 0.306,
        "band": "moderate",
        "parts": [part],
    }
    found = _one("Electronic", _found(scores=[score]))
    assert found.title == "Electronic frailty index: 0.306, moderate"
    assert found.rows == [("High blood pressure", "0.08")]


def test_a_predictor_without_words_is_named_and_one_that_changes_nothing_is_counted():
    parts = [
        {"name": "efi", "value": 1, "adds_log_odds": 0.0001, "words": ""},
        {"name": "gp_consultations", "value": 1, "adds_log_odds": -0.5, "words": ""},
        {"name": "dementia", "value": 1, "adds_log_odds": 0.6931, "words": "dementia"},
    ]
    found = _one("Risk", _found(risk={"risk": 0.4927, "contributions": parts}))
    assert found.title == "Risk: 1 in 2 (49.3%)"
    assert found.rows == [("dementia", "2.00"), ("Gp consultations", "0.61")]
    assert "1 other predictor" in found.notes[1]


def test_rows_beyond_the_dozen_are_counted_and_facts_that_are_none_are_left_out():
    many = {
        "sentence": "Attendances",
        "value": 20,
        "unit": None,
        "state": None,
        "differs_from": None,
        "rows": [ROW] * 20,
    }
    none = {
        "sentence": "Falls",
        "value": False,
        "unit": None,
        "state": None,
        "differs_from": None,
        "rows": [],
    }
    found = _one("Facts", _found(features=[many, none]))
    assert len(found.rows) == 1
    assert found.rows[0][2].count("1 March 2019, ae attendances: RBL") == MOST_ROWS_NAMED
    assert found.rows[0][2].endswith("and 8 more")


def test_somebody_on_no_list_and_in_no_segment_is_said_to_be():
    assert _one("Place on the list", _found()).notes == ("This person is on the list of no team.",)
    assert _one("Segment", _found()).notes == ("No rule puts this person in a segment.",)


def test_a_condition_says_its_state_and_one_that_is_over_says_why():
    said = "not on the practice's list: recorded in hospital only"
    copd = {
        "sentence": "COPD",
        "value": True,
        "unit": None,
        "state": said,
        "differs_from": None,
        "rows": [ROW],
    }
    over = {
        "condition": "Asthma",
        "holds": False,
        "since": None,
        "state": "resolved since 2015-01-01",
    }
    found = _found(
        features=[copd],
        conditions=[over, {**over, "condition": "COPD", "holds": True, "state": said}],
    )
    assert _one("Facts", found).rows[0][:2] == ("COPD", f"Yes: {said}")
    assert _one("Conditions that are over", found).rows == [("Asthma", "Resolved since 2015-01-01")]
