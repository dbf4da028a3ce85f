"""Features: what is known of each person on a day. Declared in a document, compiled to staged SQL,
worked out by hand.

`declare` is the document, `courses` what becomes of a recorded condition, `windows` its windows of
time, `staged` the SQL for everyone, `plain` one person in Python.
"""

from oneplace.people.features.courses import ConditionState, Course, states
from oneplace.people.features.declare import (
    Feature,
    Features,
    faults_of,
    features_table,
    not_yet_known,
)
from oneplace.people.features.staged import Step, compile_features
from oneplace.people.features.windows import AsWindow, Window, window

__all__ = [
    "AsWindow",
    "ConditionState",
    "Course",
    "Feature",
    "Features",
    "Step",
    "Window",
    "compile_features",
    "faults_of",
    "features_table",
    "not_yet_known",
    "states",
    "window",
]
