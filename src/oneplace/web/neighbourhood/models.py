"""What a neighbourhood team writes: the agenda it froze, the reviews it held, the actions and
referrals that followed, notes on the record; what a person asks of the team or refuses; who looks
in the person's place, and what they do not see."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from oneplace.web.history.models import Entry, no_control_characters, short_field, words_field
from oneplace.web.neighbourhood.kinds import NOTE_KINDS


class Agenda(Entry):
    """One team's list for one meeting. Frozen, it no longer changes: the paper on the table is the
    one on the screen."""

    TRANSITIONS = {"draft": ("frozen",), "frozen": ("held",), "held": ()}

    team_code = models.CharField(max_length=40)
    meets_on = models.DateField()
    state = models.CharField(max_length=10, default="draft", choices=[(s, s) for s in TRANSITIONS])
    build = models.CharField(max_length=80, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agendas"
        ordering = ("-meets_on", "team_code")
        constraints = (
            models.UniqueConstraint(fields=("team_code", "meets_on"), name="one_agenda_a_meeting"),
            models.CheckConstraint(
                condition=Q(state="draft", frozen_at__isnull=True)
                | (~Q(state="draft") & Q(frozen_at__isnull=False)),
                name="frozen_has_its_moment",
            ),
        )


class AgendaLine(models.Model):
    """One person on an agenda: where, and why in words as they stood when it was frozen."""

    WHY = (
        ("urgent", "Urgent"),
        ("carried", "Carried over"),
        ("list", "From the list"),
        ("added", "Added by the team"),
    )

    agenda = models.ForeignKey(Agenda, on_delete=models.PROTECT, related_name="lines")
    person_id = models.BigIntegerField()
    slot = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=10, choices=WHY)
    reasons = models.JSONField(default=list)

    class Meta:
        db_table = "agenda_lines"
        ordering = ("agenda", "slot")
        constraints = (
            models.UniqueConstraint(
                fields=("agenda", "person_id"),
                name="a_person_once_on_an_agenda",
            ),
            models.UniqueConstraint(fields=("agenda", "slot"), name="one_person_a_slot"),
        )
        indexes = (models.Index(fields=("person_id",), name="agenda_line_by_person"),)

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk and Agenda.objects.filter(pk=self.agenda_id, frozen_at__isnull=False).exists():
            raise ValidationError("A frozen agenda does not change")
        super().save(*args, **kwargs)


class Review(Entry):
    """What a meeting decided about one person."""

    OUTCOMES = (
        ("discussed", "Discussed"),
        ("carried", "Not reached: carried to the next meeting"),
        ("stepped_down", "Stepped down from the list"),
    )

    agenda = models.ForeignKey(
        Agenda,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reviews",
    )
    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40)
    reviewed_on = models.DateField()
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    attended = words_field(max_length=500, help_text="who was there, by profession")
    decision = words_field()
    key_worker = short_field(blank=True)
    next_review_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "reviews"
        ordering = ("-reviewed_on", "-id")
        indexes = (models.Index(fields=("person_id",), name="review_by_person"),)
        constraints = (
            models.UniqueConstraint(
                fields=("agenda", "person_id"),
                name="one_review_a_person_and_meeting",
            ),
            models.CheckConstraint(
                condition=Q(next_review_on__isnull=True) | Q(next_review_on__gt=F("reviewed_on")),
                name="next_review_comes_after",
                violation_error_message="The next review has to come after this one",
            ),
        )


class Action(Entry):
    """One thing to do, with one owner and a day it is due."""

    TRANSITIONS = {
        "open": ("done", "declined", "cancelled"),
        "done": ("open",),
        "declined": ("open",),
        "cancelled": (),
    }

    review = models.ForeignKey(
        Review,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
    )
    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40)
    what = words_field(max_length=1_000)
    owner = short_field()
    organisation = short_field(blank=True)
    due_on = models.DateField()
    state = models.CharField(max_length=10, default="open", choices=[(s, s) for s in TRANSITIONS])
    closed_on = models.DateField(null=True, blank=True)
    note = words_field(blank=True, max_length=1_000)
    reminded_on = models.DateField(null=True, blank=True)
    escalated_to = short_field(blank=True)
    escalated_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "actions"
        ordering = ("due_on", "id")
        indexes = (
            models.Index(fields=("team_code", "state", "due_on"), name="action_by_team"),
            models.Index(fields=("person_id",), name="action_by_person"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", closed_on__isnull=True)
                | (~Q(state="open") & Q(closed_on__isnull=False)),
                name="closed_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(escalated_to="", escalated_on__isnull=True)
                | (~Q(escalated_to="") & Q(escalated_on__isnull=False)),
                name="escalated_has_its_day",
            ),
        )


class ServiceReferral(Entry):
    """A person is referred to a service of the directory."""

    STATES = {
        "made": "Sent",
        "accepted": "Accepted",
        "declined": "Declined",
        "seen": "Seen",
        "closed": "Completed",
    }
    TRANSITIONS = {
        "made": ("accepted", "declined"),
        "accepted": ("seen", "closed"),
        "seen": ("closed",),
        "declined": (),
        "closed": (),
    }

    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40)
    service = models.CharField(max_length=80, validators=[no_control_characters])
    need = words_field(max_length=1_000)
    made_on = models.DateField()
    state = models.CharField(max_length=10, default="made", choices=[(s, s) for s in TRANSITIONS])
    answered_on = models.DateField(null=True, blank=True)
    answer = words_field(blank=True, max_length=1_000)

    class Meta:
        db_table = "service_referrals"
        ordering = ("-made_on", "-id")
        indexes = (models.Index(fields=("person_id",), name="service_referral_by_person"),)


class AgendaChange(Entry):
    """Somebody was put on the next agenda by hand, or taken off it before it was frozen, and why.
    The freezing uses it up."""

    TRANSITIONS = {"standing": ("undone",), "undone": ()}
    WHAT = (("added", "Added"), ("taken_off", "Taken off"))

    team_code = models.CharField(max_length=40)
    person_id = models.BigIntegerField()
    what = models.CharField(max_length=10, choices=WHAT)
    reason = words_field(max_length=500)
    agenda = models.ForeignKey(
        Agenda,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="changes",
    )
    state = models.CharField(
        max_length=10, default="standing", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "agenda_changes"
        ordering = ("id",)
        indexes = (models.Index(fields=("team_code", "state"), name="agenda_change_by_team"),)
        constraints = (
            models.UniqueConstraint(
                fields=("person_id",),
                condition=Q(state="standing", agenda__isnull=True),
                name="one_change_a_person_and_agenda",
                violation_error_message="Somebody changed this person’s place on the agenda already",
            ),
        )


class Note(Entry):
    """One thing that the record says of a person: an alert, what matters to them, a carer, the care
    plan. `kinds` says for each kind which of the fields it uses, what they are called and who may
    write it."""

    TRANSITIONS = {"current": ("ended",), "ended": ("current",)}
    AGREED = (("", "Not said"), ("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked yet"))

    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40, blank=True)
    kind_of = models.CharField(
        max_length=20, choices=[(k.key, k.title) for k in NOTE_KINDS.values()]
    )
    words = words_field(blank=True)
    more = words_field(blank=True)
    who = short_field(blank=True)
    part = short_field(blank=True)
    contact = short_field(blank=True)
    on_day = models.DateField(null=True, blank=True)
    agreed = models.CharField(max_length=10, blank=True, choices=AGREED)
    state = models.CharField(
        max_length=10, default="current", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "notes"
        ordering = ("kind_of", "id")
        indexes = (models.Index(fields=("person_id", "state"), name="note_by_person"),)
        constraints = (
            models.UniqueConstraint(
                fields=("person_id", "kind_of"),
                condition=Q(
                    state="current",
                    kind_of__in=sorted(k.key for k in NOTE_KINDS.values() if k.single),
                ),
                name="one_current_note_of_a_single_kind",
                violation_error_message="Somebody wrote this already: open it and change it",
            ),
        )


class Request(Entry):
    """What a person asks of their team: a correction of the record, or an appointment. The team
    answers it."""

    TRANSITIONS = {
        "asked": ("accepted", "declined"),
        "accepted": ("done", "declined"),
        "declined": (),
        "done": (),
    }
    STATES = {
        "asked": "Waiting for an answer",
        "accepted": "Accepted",
        "declined": "Declined",
        "done": "Done",
    }
    WHAT = (
        ("correction", "Correct something in my record"),
        ("appointment", "An appointment or a service"),
        ("access", "A copy of everything that is held about me"),
    )

    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40, blank=True)
    what = models.CharField(max_length=20, choices=WHAT)
    service = models.CharField(max_length=80, blank=True, validators=[no_control_characters])
    words = words_field(max_length=2_000)
    asked_on = models.DateField()
    state = models.CharField(max_length=10, default="asked", choices=[(s, s) for s in TRANSITIONS])
    answer = words_field(blank=True, max_length=1_000)
    answered_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "requests"
        ordering = ("-asked_on", "-id")
        indexes = (
            models.Index(fields=("person_id",), name="request_by_person"),
            models.Index(fields=("team_code", "state"), name="request_by_team"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state="asked", answered_on__isnull=True)
                | (~Q(state="asked") & Q(answered_on__isnull=False)),
                name="answered_has_its_day",
            ),
        )


class Objection(Entry):
    """What a person refuses: sharing beyond their practice, being listed by risk, or uses beyond
    their own care."""

    TRANSITIONS = {"in_force": ("withdrawn",), "withdrawn": ("in_force",)}
    WHAT = (
        ("sharing", "Share my record with my practice only"),
        ("risk", "Do not put me on a list by my risk"),
        ("planning", "Do not use my record for planning"),
    )

    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40, blank=True)
    what = models.CharField(max_length=20, choices=WHAT)
    words = words_field(blank=True, max_length=1_000)
    since = models.DateField()
    state = models.CharField(
        max_length=10, default="in_force", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "objections"
        ordering = ("person_id", "what")
        constraints = (
            models.UniqueConstraint(fields=("person_id", "what"), name="one_objection_of_a_kind"),
        )


class Withholding(Entry):
    """One entry of the record, its author or somebody's looks, kept from the person or from whoever
    looks in their place: why, for how long at most, and who answers for looking at it again. Two
    people agree on warnings and abuse."""

    TRANSITIONS = {
        "asked": ("in_force", "declined", "ended"),
        "in_force": ("ended",),
        "declined": (),
        "ended": (),
    }
    STATES = {
        "asked": "Waits for a second person to agree",
        "in_force": "In force",
        "declined": "Not agreed",
        "ended": "Ended",
    }
    OF = (
        ("notes", "Note"),
        ("service_referrals", "Referral"),
        ("requests", "Request or appointment"),
        ("actions", "Action"),
        ("reviews", "Review"),
    )
    FROM = (
        ("both", "The person and whoever looks for them"),
        ("proxies", "Only whoever looks for the person"),
    )
    ABOUT = (
        ("other", "Something else"),
        ("visit", "A warning for whoever visits"),
        ("abuse", "Domestic abuse, or somebody at risk"),
    )

    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40, blank=True)
    of = models.CharField(max_length=20, choices=OF)
    entry = models.BigIntegerField()
    about = models.CharField(max_length=10, choices=ABOUT)
    from_whom = models.CharField(max_length=10, default="both", choices=FROM)
    hides_entry = models.BooleanField(default=True)
    hides_author = models.BooleanField(default=False)
    looks_of = models.CharField(max_length=80, blank=True, validators=[no_control_characters])
    reason = words_field(max_length=1_000)
    owner = short_field()
    review_on = models.DateField()
    agreed_by = short_field(blank=True)
    state = models.CharField(max_length=10, default="asked", choices=[(s, s) for s in TRANSITIONS])

    class Meta:
        db_table = "withholdings"
        ordering = ("review_on", "id")
        indexes = (models.Index(fields=("person_id", "state"), name="withholding_by_person"),)
        constraints = (
            models.UniqueConstraint(
                fields=("of", "entry"),
                condition=Q(state__in=("asked", "in_force")),
                name="one_withholding_an_entry",
                violation_error_message="This is kept back already: open that and change it",
            ),
            models.CheckConstraint(
                condition=Q(hides_entry=True) | Q(hides_author=True) | ~Q(looks_of=""),
                name="a_withholding_keeps_something_back",
                violation_error_message="Choose what is kept back",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force", about__in=("visit", "abuse"), agreed_by=""),
                name="two_people_agree_on_warnings",
                violation_error_message="A second person has to agree",
            ),
        )


class Proxy(Entry):
    """Somebody who looks at a record in the person's place: who, on what ground, how much of it and
    until when."""

    TRANSITIONS = {"granted": ("ended",), "ended": ()}
    SCOPES = (
        ("everything", "Everything the person sees"),
        ("plan", "What matters, the care plan, reviews and actions"),
        ("appointments", "Appointments, referrals and what was asked for"),
    )
    GROUNDS = (
        ("asked", "The person wants it"),
        ("parent", "Parental responsibility"),
        ("deputy", "Lasting power of attorney or deputy for health and welfare"),
    )

    person_id = models.BigIntegerField()
    team_code = models.CharField(max_length=40, blank=True)
    account = models.CharField(max_length=80, validators=[no_control_characters])
    relation = short_field()
    scope = models.CharField(max_length=20, choices=SCOPES)
    ground = models.CharField(max_length=10, choices=GROUNDS)
    reason = words_field(blank=True, max_length=1_000)
    since = models.DateField()
    until = models.DateField()
    state = models.CharField(
        max_length=10, default="granted", choices=[(s, s) for s in TRANSITIONS]
    )

    class Meta:
        db_table = "proxies"
        ordering = ("state", "until", "id")
        indexes = (models.Index(fields=("person_id", "state"), name="proxy_by_person"),)
        constraints = (
            models.UniqueConstraint(
                fields=("person_id", "account"),
                condition=Q(state="granted"),
                name="one_access_a_proxy_and_person",
                violation_error_message="This account looks at the record already: end that first",
            ),
            models.CheckConstraint(
                condition=Q(until__gte=F("since")),
                name="proxy_ends_after_it_begins",
                violation_error_message="The last day has to come after today",
            ),
        )


class RetentionDecision(Entry):
    """What was decided about records of one kind that are past their time: keep them longer, or let
    the place's own process destroy them. This program deletes nothing."""

    WHAT = (("keep", "Keep for longer"), ("destroy", "To be destroyed by the place’s own process"))

    record = models.CharField(max_length=40)
    decided = models.CharField(max_length=10, choices=WHAT)
    until = models.DateField(null=True, blank=True)
    reason = words_field(max_length=1_000)
    decided_on = models.DateField()

    class Meta:
        db_table = "retention_decisions"
        ordering = ("-decided_on", "-id")
