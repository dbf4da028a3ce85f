"""What is written on the board's pages: decisions with an owner and a day, rebases of charts,
reports on exceptions."""

from __future__ import annotations

from django.db import models

from oneplace.web.history.models import Entry, short_field, words_field


class BoardDecision(Entry):
    """A question put to the board and what it decided."""

    TRANSITIONS = {
        "asked": ("decided", "withdrawn"),
        "decided": ("done",),
        "done": (),
        "withdrawn": (),
    }

    paper = models.CharField(max_length=40, blank=True, help_text="the paper it was decided on")
    question = words_field(max_length=2_000)
    decision = words_field(blank=True, max_length=2_000)
    owner = short_field(blank=True)
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, default="asked", choices=[(s, s) for s in TRANSITIONS])

    class Meta:
        db_table = "board_decisions"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=("asked", "withdrawn")) | ~models.Q(decision=""),
                name="decided_has_words",
                violation_error_message="Write what was decided",
            ),
        )


class Publication(Entry):
    """A kept paper that the board made public. Withdrawn, it is no longer open to everyone; it is
    never unmade."""

    TRANSITIONS = {"published": ("withdrawn",), "withdrawn": ("published",)}

    paper = models.CharField(
        max_length=40,
        unique=True,
        help_text="month and number of the kept paper, such as 2019-10/1",
    )
    note = words_field(blank=True, max_length=2_000)
    state = models.CharField(
        max_length=10, default="published", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "publications"
        ordering = ("-paper",)


class MeasureRebase(Entry):
    """A process changed and somebody knows why: the chart's limits start afresh from that month.
    Withdrawn, they no longer do."""

    TRANSITIONS = {"standing": ("withdrawn",), "withdrawn": ()}

    measure = models.CharField(max_length=80, help_text="the measure's id")
    organisation = models.CharField(
        max_length=20,
        blank=True,
        help_text="whose chart; empty: everybody's",
    )
    month = models.DateField(help_text="first day of the first month of the changed process")
    reason = words_field(max_length=2_000)
    author = short_field(help_text="who says so")
    said_on = models.DateField()
    withdrawn_reason = words_field(blank=True, max_length=2_000)
    state = models.CharField(
        max_length=10, default="standing", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "rebases"
        ordering = ("measure", "month", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(month__day=1),
                name="rebase_starts_a_month",
                violation_error_message="A rebase starts with a month’s first day",
            ),
            models.CheckConstraint(
                condition=models.Q(state="standing") | ~models.Q(withdrawn_reason=""),
                name="withdrawn_has_a_reason",
                violation_error_message="Say why it is withdrawn",
            ),
        )


class ExceptionReport(Entry):
    """What was found about a measure that needs attention, what is done about it, by whom and by
    when."""

    TRANSITIONS = {
        "open": ("in hand", "closed"),
        "in hand": ("open", "closed"),
        "closed": ("open",),
    }

    measure = models.CharField(max_length=80, help_text="the measure's id")
    organisation = models.CharField(
        max_length=20,
        blank=True,
        help_text="whose figure; empty: the place's",
    )
    signal = words_field(max_length=2_000, help_text="what happened, in words")
    action = words_field(max_length=2_000)
    owner = short_field()
    due_on = models.DateField()
    state = models.CharField(max_length=10, default="open", choices=[(s, s) for s in TRANSITIONS])

    class Meta:
        db_table = "exception_reports"
        ordering = ("-id",)
