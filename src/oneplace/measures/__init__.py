"""Performance: what measures count, planned courses beside standards, quantified aims."""

from oneplace.measures.forms import MeasureDefinition, Target, Targets
from oneplace.measures.trajectories import (
    Point,
    Trajectory,
    TrajectoryRow,
    read_trajectories,
    trajectories,
)

__all__ = [
    "MeasureDefinition",
    "Point",
    "Target",
    "Targets",
    "Trajectory",
    "TrajectoryRow",
    "read_trajectories",
    "trajectories",
]
