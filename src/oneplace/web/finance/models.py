"""What a finance lead writes: forecasts of savings and of areas with their reason, recovery plans
that were asked for, and the months of the ledger and of the contracts as they were supplied."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from oneplace.web.history.models import Entry, short_field, words_field

STAGES = (
    ("identified", "Identified"),
    ("in_development", "In development"),
    ("unidentified", "Unidentified"),
)


class SavingForecast(Entry):
    """What a line is now expected to save by the end of the year, in whole pounds. The plan stays
    as it was approved."""

    line = models.CharField(max_length=80)
    month = models.DateField(help_text="first day of the month")
    forecast_gbp = models.BigIntegerField()
    stage = models.CharField(max_length=20, choices=STAGES)
    reason = words_field(max_length=2_000)
    starts_on = models.DateField(null=True, blank=True, help_text="from when it saves")
    full_year_gbp = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="what it saves in a whole year",
    )
    confidence_pct = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="how much of what is still to come is safe",
    )
    mitigation = words_field(
        blank=True,
        max_length=2_000,
        help_text="what is done if it falls short",
    )

    class Meta:
        db_table = "saving_forecasts"
        ordering = ("-month", "line")
        constraints = (
            models.UniqueConstraint(fields=("line", "month"), name="one_forecast_a_month"),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="forecast_month_is_its_first_day",
            ),
        )


class RecoveryPlan(Entry):
    """A recovery plan that was asked for: of whom, why, by when, and what came of it."""

    TRANSITIONS: ClassVar[dict[str, tuple[str, ...]]] = {
        "asked": ("received", "withdrawn"),
        "received": ("agreed", "asked", "withdrawn"),
        "agreed": ("asked",),
        "withdrawn": ("asked",),
    }

    line = models.CharField(max_length=80, unique=True)
    asked_of = short_field()
    why = words_field(max_length=2_000)
    due_on = models.DateField()
    plan = words_field(blank=True, max_length=5_000, help_text="what was sent")
    state = models.CharField(
        max_length=10, default="asked", choices=[(s, s.capitalize()) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "recovery_plans"
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=("received", "agreed")) | ~Q(plan=""),
                name="a_received_plan_is_there",
                violation_error_message="Write what was sent",
            ),
        )


class LedgerMonth(Entry):
    """One month of the ledger by area, as it was supplied. A later version is a restatement;
    earlier ones are kept."""

    month = models.DateField(unique=True, help_text="first day of the month")
    source = short_field(help_text="where it is from: the ledger's report and its day")
    control_total_pence = models.BigIntegerField(
        help_text="the ledger's own total of the month, in pence",
    )
    final = models.BooleanField(default=False)
    lines = models.JSONField(help_text="area -> {budget, actual} in pounds and pence, as text")

    class Meta:
        db_table = "ledger_months"
        ordering = ("-month",)
        constraints = (
            models.CheckConstraint(condition=Q(month__day=1), name="ledger_month_is_its_first_day"),
        )


class OutturnForecast(Entry):
    """What an area is now expected to spend in the year: best, likely, worst, and the risk that
    nothing mitigates."""

    area = models.CharField(max_length=80)
    month = models.DateField(help_text="first day of the month")
    best_gbp = models.BigIntegerField()
    likely_gbp = models.BigIntegerField()
    worst_gbp = models.BigIntegerField()
    unmitigated_risk_gbp = models.BigIntegerField(default=0)
    reason = words_field(max_length=2_000)

    class Meta:
        db_table = "outturn_forecasts"
        ordering = ("-month", "area")
        constraints = (
            models.UniqueConstraint(fields=("area", "month"), name="one_outturn_a_month"),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="outturn_month_is_its_first_day",
            ),
            models.CheckConstraint(
                condition=Q(
                    best_gbp__lte=models.F("likely_gbp"), worst_gbp__gte=models.F("likely_gbp")
                ),
                name="best_likely_worst_in_order",
                violation_error_message="Best spends least, worst most, likely lies between them",
            ),
        )


class ContractMonth(Entry):
    """One month of contract monitoring by contract and point of delivery, as it was supplied."""

    month = models.DateField(unique=True, help_text="first day of the month")
    source = short_field()
    final = models.BooleanField(default=False)
    lines = models.JSONField(
        help_text="rows of contract, pod, plan, actual, price, tolerance and marginal rate, as text"
    )

    class Meta:
        db_table = "contract_months"
        ordering = ("-month",)
        constraints = (
            models.CheckConstraint(
                condition=Q(month__day=1), name="contract_month_is_its_first_day"
            ),
        )
