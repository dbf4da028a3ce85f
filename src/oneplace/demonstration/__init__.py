"""Demonstration people: a whole place made from its published figures, in which nobody exists.

In: a place with population tables, a `Target`, a seed. Out: every table a place's records have, and
a report that sets target beside made for each figure used. The same seed makes the same people;
each topic draws from a stream of its own. All figures that the place does not bring stand in the
CSV files of this package with their sources.
"""

from __future__ import annotations

from oneplace.demonstration.loading import load_synthetic

__all__ = ["load_synthetic"]
