"""What the programme writes: returns and what is said of them, gates, risks with their controls,
assurances and actions, evidence of duties, reminders, packs, proposals to change a document and
their approval."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from oneplace.web.history.models import Entry, short_field, words_field

STATUSES = (
    ("not_started", "Not started"),
    ("on_track", "On track"),
    ("at_risk", "At risk"),
    ("off_track", "Off track"),
    ("complete", "Complete"),
)


def score_field(**options: Any) -> models.PositiveSmallIntegerField:
    """1 to 5, as the matrix has them."""
    return models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        **options,
    )


class Return(Entry):
    """A scheme lead's answer for one month. `milestones` and `figures` are named by the plan's own
    ids."""

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
    """The link a scheme lead was sent. The token itself is signed and not kept; used,
    withdrawn or run out, it opens nothing."""

    scheme = models.CharField(max_length=80)
    month = models.DateField()
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
    )
    until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "return_links"

    @property
    def spent(self) -> bool:
        """Used, withdrawn for a newer one, or run out."""
        return (
            self.used_at is not None
            or self.withdrawn_at is not None
            or self.until <= timezone.now()
        )


class Risk(Entry):
    """A risk or an issue on the 5 x 5 matrix: as it was first scored, as it is now, as it is meant
    to become."""

    TRANSITIONS = {
        "open": ("accepted", "escalated", "closed"),
        "accepted": ("open", "closed"),
        "escalated": ("open", "accepted", "closed"),
        "closed": ("open",),
    }
    KINDS = (("risk", "Risk"), ("issue", "Issue"))

    kind_of = models.CharField(max_length=10, choices=KINDS, default="risk")
    scheme = models.CharField(max_length=80, blank=True)
    aim = models.CharField(
        max_length=80,
        blank=True,
        help_text="the strategic aim it threatens: a principal risk",
    )
    title = short_field()
    description = words_field(max_length=2_000)
    likelihood = score_field()
    impact = score_field()
    initial_likelihood = score_field(editable=False)
    initial_impact = score_field(editable=False)
    target_likelihood = score_field(null=True, blank=True)
    target_impact = score_field(null=True, blank=True)
    owner = short_field()
    review_on = models.DateField()
    state = models.CharField(max_length=10, default="open", choices=[(s, s) for s in TRANSITIONS])
    escalated_to = short_field(blank=True)
    evidence = words_field(
        blank=True,
        max_length=2_000,
        help_text="why it was accepted or escalated; what shows it may close",
    )

    class Meta:
        db_table = "risks"
        ordering = ("state", "review_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(likelihood__range=(1, 5), impact__range=(1, 5)),
                name="risk_score_is_on_the_matrix",
            ),
            models.CheckConstraint(
                condition=Q(target_likelihood__isnull=True, target_impact__isnull=True)
                | Q(target_likelihood__range=(1, 5), target_impact__range=(1, 5)),
                name="target_is_whole_or_absent",
                violation_error_message="Give both likelihood and impact of the target, or neither",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(evidence=""),
                name="a_step_has_its_reason",
                violation_error_message="Say why, and what shows it",
            ),
            models.CheckConstraint(
                condition=~Q(state="escalated") | ~Q(escalated_to=""),
                name="escalated_to_somebody",
                violation_error_message="Say to whom it is escalated",
            ),
        )

    @classmethod
    def write(cls, *, by: Any, **fields: Any) -> Risk:
        """The first scoring is kept for good: later ones are measured against it."""
        first = {"initial_likelihood": fields["likelihood"], "initial_impact": fields["impact"]}
        return super().write(by=by, **first, **fields)


class Control(Entry):
    """What keeps a risk down. One that is only planned, or that nobody has assured, is a gap."""

    TRANSITIONS = {
        "in_place": ("planned", "withdrawn"),
        "planned": ("in_place", "withdrawn"),
        "withdrawn": ("planned", "in_place"),
    }

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT)
    what = words_field(max_length=2_000)
    owner = short_field()
    state = models.CharField(
        max_length=10,
        default="in_place",
        choices=[(s, s.replace("_", " ").capitalize()) for s in TRANSITIONS],
    )

    class Meta:
        db_table = "controls"
        ordering = ("risk_id", "id")


class Assurance(Entry):
    """What shows that a control works, by the three lines of defence: who runs it, who oversees it,
    who is independent."""

    LINES = (
        ("first", "First: who runs it"),
        ("second", "Second: who oversees it"),
        ("third", "Third: independent"),
    )
    FINDINGS = (
        ("works", "It works"),
        ("partly", "It works in part"),
        ("fails", "It does not work"),
    )

    control = models.ForeignKey(Control, on_delete=models.PROTECT, related_name="assurances")
    line = models.CharField(max_length=10, choices=LINES)
    what = words_field(max_length=2_000, help_text="the report, audit or return that says so")
    given_on = models.DateField()
    finding = models.CharField(max_length=10, choices=FINDINGS)
    again_on = models.DateField(null=True, blank=True, help_text="when it is to be shown again")

    class Meta:
        db_table = "assurances"
        ordering = ("control_id", "-given_on", "-id")


class RiskAction(Entry):
    """What is done about a gap: one owner, one day; done when something shows it."""

    TRANSITIONS = {"open": ("done", "cancelled"), "done": ("open",), "cancelled": ("open",)}

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="actions")
    what = words_field(max_length=2_000)
    owner = short_field()
    due_on = models.DateField()
    state = models.CharField(
        max_length=10, default="open", choices=[(s, s.capitalize()) for s in TRANSITIONS]
    )
    evidence = words_field(blank=True, max_length=2_000)

    class Meta:
        db_table = "risk_actions"
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(evidence=""),
                name="an_ended_action_shows_why",
                violation_error_message="Say what shows that it is done, or why it is not needed",
            ),
        )


class ComplianceEvidence(Entry):
    """What was shown about one duty of one organisation; the duties are the place's
    `compliance/*.yaml`."""

    matrix = models.CharField(max_length=80)
    who = models.CharField(
        max_length=80,
        help_text="code of the practice, network or provider; or `place`",
    )
    duty = models.CharField(max_length=80)
    given_on = models.DateField()
    met = models.BooleanField()
    said_by = short_field(help_text="who says so")
    evidence = words_field(max_length=2_000)

    class Meta:
        db_table = "compliance_evidence"
        ordering = ("matrix", "duty", "who")
        constraints = (
            models.UniqueConstraint(fields=("matrix", "who", "duty"), name="one_evidence_a_duty"),
        )


class Gate(Entry):
    """One gate of one scheme: awaited, passed, refused, or not needed. Nobody has said anything: no
    row."""

    GATES = (
        ("mandate", "Mandate"),
        ("outline_case", "Outline case"),
        ("quality_impact", "Quality impact assessment"),
        ("full_case", "Full business case"),
        ("delivery", "Into delivery"),
        ("closure", "Closure"),
    )
    TRANSITIONS = {
        "awaiting": ("passed", "refused", "not_needed"),
        "passed": ("awaiting",),
        "refused": ("awaiting",),
        "not_needed": ("awaiting",),
    }

    scheme = models.CharField(max_length=80)
    gate = models.CharField(max_length=20, choices=GATES)
    state = models.CharField(
        max_length=10,
        default="awaiting",
        choices=[(s, s.replace("_", " ").capitalize()) for s in TRANSITIONS],
    )
    decided_on = models.DateField(null=True, blank=True)
    decided_by = short_field(blank=True)
    reason = words_field(blank=True, max_length=2_000)

    class Meta:
        db_table = "gates"
        ordering = ("scheme", "id")
        constraints = (
            models.UniqueConstraint(fields=("scheme", "gate"), name="each_gate_once_a_scheme"),
            models.CheckConstraint(
                condition=Q(state="awaiting") | (Q(decided_on__isnull=False) & ~Q(decided_by="")),
                name="a_decided_gate_says_who_and_when",
                violation_error_message="Say who decided, and on which day",
            ),
        )


class Verdict(Entry):
    """What the programme office says of a return: accepted, or challenged with the question that
    the lead has to answer."""

    TRANSITIONS = {"challenged": ("accepted",), "accepted": ("challenged",)}

    about = models.OneToOneField(Return, on_delete=models.PROTECT, related_name="verdict")
    about_version = models.PositiveIntegerField(
        help_text="the version of the return that was judged",
    )
    state = models.CharField(
        max_length=10, default="accepted", choices=[(s, s.capitalize()) for s in TRANSITIONS]
    )
    words = words_field(blank=True, max_length=2_000)

    class Meta:
        db_table = "verdicts"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="challenged") | ~Q(words=""),
                name="a_challenge_asks_something",
                violation_error_message="Say what is not believed, so that the lead can answer",
            ),
        )


class Reminder(Entry):
    """A lead was chased for the returns of a month; the links themselves are kept nowhere."""

    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="first day of the month")
    schemes = models.JSONField(default=list)
    reminded_on = models.DateField()

    class Meta:
        db_table = "reminders"
        ordering = ("-id",)


class Pack(Entry):
    """The line of sight of a month with its commentary. Frozen, it keeps what it said and changes
    no more."""

    TRANSITIONS = {"draft": ("frozen",), "frozen": ()}

    month = models.DateField(help_text="first day of the month")
    commentary = words_field(blank=True, max_length=5_000)
    said = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=10, default="draft", choices=[(s, s.capitalize()) for s in TRANSITIONS]
    )
    frozen_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "packs"
        ordering = ("-month", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("month",),
                condition=Q(state="draft"),
                name="one_draft_pack_a_month",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", frozen_on__isnull=True)
                | Q(state="frozen", frozen_on__isnull=False),
                name="a_frozen_pack_has_its_day",
            ),
        )


class Proposal(Entry):
    """A changed document that waits for approval: it names the digest it changes and the digest it
    would become."""

    TRANSITIONS = {
        "proposed": ("approved", "refused", "withdrawn"),
        "approved": (),
        "refused": (),
        "withdrawn": (),
    }

    document = short_field(help_text="the file in the place's folder")
    base_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    summary = words_field(max_length=2_000)
    state = models.CharField(
        max_length=10, default="proposed", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "proposals"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(digest=F("base_digest")),
                name="a_proposal_changes_something",
            ),
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
