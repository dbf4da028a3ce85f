"""The arrays that every method takes and gives; light, so that a module of plain arithmetic loads
no special functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
