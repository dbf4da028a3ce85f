"""Charts: one drawing for page, PDF and Word.

Each chart is a frozen dataclass of values with `svg(variant)`, `title`, `description`, `finding`,
`table()` and `csv()`. The caller works the statistics out (`methods`, `measures`) and hands values
in; nothing here calculates a limit or a rate.
"""

from oneplace.report.charts.bars import BarRow, Bars, Comparator
from oneplace.report.charts.drawing import DataTable, Drawing
from oneplace.report.charts.hexmap import HexCell, HexMap
from oneplace.report.charts.ink import Variant
from oneplace.report.charts.line import (
    SIGNAL_OF,
    DatedStandard,
    Limits,
    Line,
    LinePoint,
    RebaseMark,
    limits_by_segment,
)
from oneplace.report.charts.scatter import Calibration, Funnel, FunnelLimit, FunnelPoint, RiskBand
from oneplace.report.charts.timeline import Diamond, Timeline
from oneplace.report.charts.waterfall import Stair, Waterfall

__all__ = [
    "SIGNAL_OF",
    "BarRow",
    "Bars",
    "Calibration",
    "Comparator",
    "DataTable",
    "DatedStandard",
    "Diamond",
    "Drawing",
    "Funnel",
    "FunnelLimit",
    "FunnelPoint",
    "HexCell",
    "HexMap",
    "Limits",
    "Line",
    "LinePoint",
    "RebaseMark",
    "RiskBand",
    "Stair",
    "Timeline",
    "Variant",
    "Waterfall",
    "limits_by_segment",
]
