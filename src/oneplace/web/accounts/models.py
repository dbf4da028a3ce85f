"""Who may come in, how they stand to people and teams, what they looked at, and what they last
saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from oneplace.safety.decide import Actor, Relationship, Role, Tie
from oneplace.web.history.models import short_field, words_field

ROLE_NAMES = {
    Role.COORDINATOR: "Neighbourhood coordinator",
    Role.CLINICIAN: "GP",
    Role.PLANNER: "Planner",
    Role.SCHEME_LEAD: "Scheme lead",
    Role.ANALYST: "Analyst",
    Role.FINANCE: "Finance lead",
    Role.RISK: "Risk and quality lead",
    Role.BOARD: "Board member",
    Role.PRIVACY_OFFICER: "Privacy officer",
    Role.ADMINISTRATOR: "Administrator",
    Role.RESIDENT: "Resident",
}


class UserManager(BaseUserManager):
    def create_user(self, username: str, password: str | None, **fields: object) -> User:
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean()
        user.save()
        return user


class User(AbstractBaseUser):
    """One account, one role: someone with two jobs has two accounts, so that the audit says which
    job looked."""

    username = models.CharField(max_length=80, unique=True)
    name = short_field(help_text="as colleagues know the person")
    role = models.CharField(max_length=20, choices=[(r.value, n) for r, n in ROLE_NAMES.items()])
    organisation = short_field(blank=True)
    email = models.EmailField(
        blank=True,
        help_text="where reminders are addressed; the site itself sends nothing",
    )
    is_active = models.BooleanField(default=True)
    demonstration = models.BooleanField(
        default=False,
        help_text="may sign in only at a demonstration place",
    )
    trained = models.BooleanField(
        default=False,
        help_text="a clinician trained in advance care planning",
    )
    signed_out_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="sessions begun before this moment are over",
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ("name", "role")
    objects = UserManager()

    class Meta:
        db_table = "accounts"
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in ROLE_NAMES]), name="role_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.role_name}"

    @property
    def role_name(self) -> str:
        return ROLE_NAMES[Role(self.role)]

    def get_session_auth_hash(self) -> str:
        """What every session of this account carries: another password or a sign-out everywhere
        ends them all."""
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | None) -> str:
        ended = self.signed_out_at.isoformat() if self.signed_out_at else ""
        return salted_hmac(
            "oneplace sessions", self.password + ended, secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def actor(self) -> Actor:
        return Actor(self.username, frozenset({Role(self.role)}), self.trained)


class Standing(models.Model):
    """A tie of one account to a team, a practice, a scheme or a person, for a time."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="standings",
    )
    tie = models.CharField(
        max_length=30, choices=[(t.value, t.value.replace("_", " ")) for t in Tie]
    )
    subject = models.CharField(
        max_length=80,
        help_text="team, practice or scheme code, or a person's pseudonym",
    )
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "standings"
        indexes = (models.Index(fields=("user", "tie"), name="standing_by_user"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=models.F("since")),
                name="ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(tie=Tie.BREAK_GLASS.value),
                name="glass_is_broken_elsewhere",
            ),
        )

    def relationship(self, subject: str | None = None) -> Relationship:
        return Relationship(
            tie=Tie(self.tie),
            subject=subject or self.subject,
            since=self.since,
            until=self.until,
        )


GLASS_MINUTES = 60


class BrokenGlass(models.Model):
    """A clinician looked at somebody they had no current relationship with, and said why; it waits
    for its review."""

    REVIEWS = (("justified", "Justified"), ("not_justified", "Not justified: taken further"))

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField()
    reason = words_field(max_length=2_000)
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when its reader closed it before its time",
    )
    review = models.CharField(max_length=20, choices=REVIEWS, blank=True)
    review_note = words_field(blank=True, max_length=2_000)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
    )
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "broken_glass"
        ordering = ("-at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(review="", reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (~Q(review="") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
                name="review_is_whole_or_absent",
            ),
        )

    @property
    def until(self) -> dt.datetime:
        """The moment from which it opens nothing any more."""
        end = self.at + dt.timedelta(minutes=GLASS_MINUTES)
        return end if self.closed_at is None else min(end, self.closed_at)

    @classmethod
    def open_now(cls, user: User, person_id: int, now: dt.datetime) -> BrokenGlass | None:
        """The opening through which this account may read this person now."""
        since = now - dt.timedelta(minutes=GLASS_MINUTES)
        found = cls.objects.filter(
            user=user,
            person_id=person_id,
            at__gt=since,
            at__lte=now,
            closed_at=None,
        )
        return found.order_by("-at").first()


class AuditRow(models.Model):
    """One link of the audit chain. Nothing in this program changes or deletes one, and triggers
    refuse who tries."""

    number = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=40)
    actor = models.CharField(max_length=80)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=80)
    purpose = models.CharField(max_length=20)
    allowed = models.BooleanField()
    reason = models.TextField()
    request = models.CharField(max_length=40)
    before = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    SAID = (
        "at",
        "actor",
        "role",
        "action",
        "kind",
        "subject",
        "purpose",
        "allowed",
        "reason",
        "request",
    )

    class Meta:
        db_table = "audit"
        ordering = ("number",)
        indexes = (
            models.Index(fields=("subject", "number"), name="audit_by_subject"),
            models.Index(fields=("actor", "number"), name="audit_by_actor"),
        )


class LastLook(models.Model):
    """What a reader had in front of them when they last looked: the build, the moment and the
    counts by name."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="last_look",
    )
    at = models.DateTimeField()
    build = models.CharField(max_length=80, blank=True)
    seen = models.JSONField(default=dict)

    class Meta:
        db_table = "last_looks"
