"""Performance: what measures count, planned courses beside standards, quantified aims."""

from oneplace.plan.performance.forms import MeasureDefinition, Target, Targets
from oneplace.plan.performance.trajectories import (
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
