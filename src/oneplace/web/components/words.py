"""The paper's words, taking also what a template may hold: an ISO text, a moment in UTC, a
suppressed figure.

The way a figure reads is said once, in `report.words`; here is only what a page needs before asking
it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from oneplace.report import words as paper

plural = paper.plural


def day(value: Any) -> str:
    """6 August 2018; text is taken as an ISO date when it is one."""
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value[:10])
        except ValueError:
            return value
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return paper.day(value or None)


def moment(value: dt.datetime | None) -> str:
    """6 August 2018 at 5:30pm, in the place's time."""
    return paper.moment(
        timezone.localtime(value) if value is not None and timezone.is_aware(value) else value,
    )


def number(value: Any, decimals: int | None = None) -> str:
    """1,234; 12.5. What is not a number, such as a suppressed *, stays as it is."""
    if value is not None and not isinstance(value, (int, float, Decimal)):
        return str(value)
    return paper.number(
        value,
        paper.decimals_for([value], most=1) if decimals is None else decimals,
    )


def gbp(value: Any, scale: paper.Scale = "pounds") -> str:
    return str(value) if isinstance(value, str) else paper.money(value, scale)
