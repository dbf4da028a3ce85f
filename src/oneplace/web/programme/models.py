"""What the programme writes: monthly returns, risks and issues, proposals to change a document and their approval."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from oneplace.web.history.models import Entry, short_field, words_field

STATUSES = (
    ("not_started", "Not started"),
    ("on_track", "On track"),
    ("at_risk", "At risk"),
    ("off_track", "Off track"),
    ("complete", "Complete"),
)


class Return(Entry):
    """A scheme lead's answer for one month. `milestones` and `figures` are named by the plan's own ids."""

    scheme = models.CharField(max_length=80)
    month = models.DateField(help_text="first day of the month")
    delivery = models.CharField(max_length=20, choices=STATUSES)
    benefit = models.CharField(max_length=20, choices=STATUSES)
    reason = words_field(blank=True, max_length=2_000)
    milestones = models.JSONField(default=dict, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    sent_on = models.DateField()

    class Meta:
        db_table = "returns"
        ordering = ("-month", "scheme")
        constraints = (
            models.UniqueConstraint(fields=("scheme", "month"), name="one_return_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="month_is_its_first_day"),
            models.CheckConstraint(
                condition=~Q(delivery__in=("at_risk", "off_track")) | ~Q(reason=""),
                name="trouble_has_a_reason",
                violation_error_message="Say why: a scheme at risk or off track needs a reason",
            ),
        )


class ReturnLink(models.Model):
    """The link a scheme lead was sent. The token itself is signed and not kept; used or withdrawn, it opens nothing."""

    scheme = models.CharField(max_length=80)
    month = models.DateField()
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "return_links"


class Risk(Entry):
    """A risk or an issue, scored likelihood x impact on the 5 x 5 matrix."""

    TRANSITIONS = {
        "open": ("accepted", "escalated", "closed"),
        "accepted": ("open", "closed"),
        "escalated": ("open", "closed"),
        "closed": ("open",),
    }
    KINDS = (("risk", "Risk"), ("issue", "Issue"))

    kind_of = models.CharField(max_length=10, choices=KINDS, default="risk")
    scheme = models.CharField(max_length=80, blank=True)
    title = short_field()
    description = words_field(max_length=2_000)
    likelihood = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    impact = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    controls = words_field(blank=True, max_length=2_000)
    owner = short_field()
    review_on = models.DateField()
    state = models.CharField(max_length=10, default="open", choices=[(s, s) for s in TRANSITIONS])

    class Meta:
        db_table = "risks"
        ordering = ("state", "review_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(likelihood__range=(1, 5), impact__range=(1, 5)), name="risk_score_is_on_the_matrix"
            ),
        )


class Proposal(Entry):
    """A changed document that waits for approval: it names the digest it changes and the digest it would become."""

    TRANSITIONS = {"proposed": ("approved", "refused", "withdrawn"), "approved": (), "refused": (), "withdrawn": ()}

    document = short_field(help_text="the file in the place's folder")
    base_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    summary = words_field(max_length=2_000)
    state = models.CharField(max_length=10, default="proposed", choices=[(s, s) for s in TRANSITIONS])

    class Meta:
        db_table = "proposals"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=~Q(digest=F("base_digest")), name="a_proposal_changes_something"),
        )


class Approval(Entry):
    """What the board said about one digest. It stands for that digest and no other."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="approval")
    digest = models.CharField(max_length=64)
    approved = models.BooleanField()
    note = words_field(blank=True, max_length=2_000)

    class Meta:
        db_table = "approvals"
        ordering = ("-id",)
