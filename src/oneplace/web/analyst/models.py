"""What an analyst writes about a build: may these records be published from, or are they held, and
why."""

from __future__ import annotations

from django.db import models

from oneplace.web.history.models import Entry, short_field, words_field


class FeedDecision(Entry):
    """One table of records in one build: accepted, or held with the reason that readers of the
    board's pages see."""

    TRANSITIONS = {"accepted": ("held",), "held": ("accepted",)}

    build = models.CharField(max_length=80)
    feed = short_field(help_text="the table of records, as the build names it")
    reason = words_field(blank=True, max_length=2_000)
    state = models.CharField(
        max_length=10, default="accepted", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "feed_decisions"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("build", "feed"), name="one_decision_a_feed"),
            models.CheckConstraint(
                condition=~models.Q(state="held") | ~models.Q(reason=""),
                name="held_has_a_reason",
                violation_error_message="Say why it is held: everyone who reads these figures sees it",
            ),
        )
