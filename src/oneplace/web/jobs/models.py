"""Work in the background: who asked for it, how far it is, how it ended."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One build, board paper or check of the claims. Only the worker moves it on; a reader may ask
    it to stop."""

    KINDS = (("build", "Build"), ("paper", "Board paper"), ("claims", "Check of the claims"))
    TRANSITIONS = {
        "waiting": ("running", "cancelled"),
        "running": ("done", "failed", "cancelled"),
        "done": (),
        "failed": (),
        "cancelled": (),
    }

    kind = models.CharField(max_length=20, choices=KINDS)
    options = models.JSONField(default=dict)
    state = models.CharField(
        max_length=10, default="waiting", choices=[(s, s) for s in TRANSITIONS]
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    doing = models.CharField(max_length=200, blank=True)
    share = models.FloatField(default=0)
    stop_asked = models.BooleanField(default=False)
    said = models.TextField(blank=True)

    class Meta:
        db_table = "jobs"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(share__range=(0, 1)), name="share_of_the_whole"),
            models.UniqueConstraint(
                fields=("kind",),
                condition=Q(state__in=("waiting", "running")),
                name="one_of_a_kind_at_a_time",
            ),
        )
