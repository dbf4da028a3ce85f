"""What a finance lead writes: the forecast of a savings line for a month, with its stage and the reason."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from oneplace.web.history.models import Entry, words_field

STAGES = (
    ("identified", "Identified"),
    ("in_development", "In development"),
    ("unidentified", "Unidentified"),
)


class SavingForecast(Entry):
    """What a line is now expected to save by the end of the year, in whole pounds. The plan stays as it was approved."""

    line = models.CharField(max_length=80)
    month = models.DateField(help_text="first day of the month")
    forecast_gbp = models.BigIntegerField()
    stage = models.CharField(max_length=20, choices=STAGES)
    reason = words_field(max_length=2_000)
    recovery_by = models.DateField(null=True, blank=True, help_text="by when a recovery plan was asked for")

    class Meta:
        db_table = "saving_forecasts"
        ordering = ("-month", "line")
        constraints = (
            models.UniqueConstraint(fields=("line", "month"), name="one_forecast_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="forecast_month_is_its_first_day"),
        )
