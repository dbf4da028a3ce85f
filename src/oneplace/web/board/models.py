"""What the board writes: decisions, each with an owner and a day."""

from __future__ import annotations

from django.db import models

from oneplace.web.history.models import Entry, short_field, words_field


class BoardDecision(Entry):
    """A question put to the board and what it decided."""

    TRANSITIONS = {"asked": ("decided", "withdrawn"), "decided": ("done",), "done": (), "withdrawn": ()}

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
    """A kept paper that the board made public. Withdrawn, it is no longer open to everyone; it is never unmade."""

    TRANSITIONS = {"published": ("withdrawn",), "withdrawn": ("published",)}

    paper = models.CharField(
        max_length=40, unique=True, help_text="month and number of the kept paper, such as 2019-10/1"
    )
    note = words_field(blank=True, max_length=2_000)
    state = models.CharField(max_length=10, default="published", choices=[(s, s) for s in TRANSITIONS])

    class Meta:
        db_table = "publications"
        ordering = ("-paper",)
