"""Accounts as an administrator keeps them: made, changed, tied, closed, unlocked, signed out; each
change audited first.

In: who does it, to whom, what. Out: the account. The audit row commits before the change, so that
there is no change without one. Used by the pages and by `oneplace accounts`, which acts as nobody's
account and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from oneplace.safety.decide import Action, Actor, Decision, Kind, Purpose, Role, Subject, Tie
from oneplace.web import desk, place
from oneplace.web.accounts import audit
from oneplace.web.accounts.models import Standing, User

COMMAND_LINE = Actor("command line")
Refused = ValidationError
"""What `make`, `change` and `tie` raise: a message for each field."""
# Ties that somebody gives; the others come about by what people do: a referral, an agenda, broken
# glass.
GIVEN = (Tie.CARE_TEAM, Tie.REGISTERED_PRACTICE, Tie.SCHEME_LEAD, Tie.SELF, Tie.CHOSEN_CARER)
LAST_ADMINISTRATOR = "This is the last administrator: make another one first"


@dataclass(frozen=True)
class Doing:
    """Who keeps the accounts, and in which request."""

    actor: Actor
    request: str

    def note(self, username: str, what: str) -> None:
        """The audit row of a change, before it is made."""
        subject = Subject(Kind.OVERSIGHT, f"account {username}"[:80])
        said = Decision(True, what, frozenset({"audit"}))
        audit.write(
            self.actor,
            Action.MANAGE_ACCOUNTS,
            subject,
            Purpose.PLANNING,
            said,
            at=timezone.now(),
            request=self.request,
        )


def make(username: str, *, name: str, role: str, by: Doing, **fields: Any) -> User:
    """An account without a password: its one-time link lets its owner choose one."""
    user = User(username=User.normalize_username(username), name=name, role=role, **fields)
    user.set_unusable_password()
    user.full_clean()
    by.note(user.username, f"made the account of {user.name}, {user.role_name}")
    user.save(force_insert=True)
    return user


def change(user: User, *, by: Doing, **fields: Any) -> User:
    """Name, role, organisation, address, training. A new role ends the ties of the old one: they
    were given with it."""
    differing = {k: v for k, v in fields.items() if getattr(user, k) != v}
    if not differing:
        return user
    if "role" in differing and user.role == Role.ADMINISTRATOR and not others(user):
        raise ValidationError({"role": LAST_ADMINISTRATOR})
    said = ", ".join(
        f"{k} from {getattr(user, k) or 'nothing'} to {v or 'nothing'}"
        for k, v in differing.items()
    )
    for k, v in differing.items():
        setattr(user, k, v)
    user.full_clean()
    by.note(user.username, f"changed {said}")
    with transaction.atomic():
        if "role" in differing:
            _end(Standing.objects.filter(user=user, until=None))
            user.signed_out_at = timezone.now()
        user.save()
    return user


def others(user: User) -> bool:
    """Is there another administrator who can sign in here?"""
    found = User.objects.filter(role=Role.ADMINISTRATOR.value, is_active=True).exclude(pk=user.pk)
    return (
        found.exists()
        if place.place().demonstration
        else found.filter(demonstration=False).exists()
    )


def close(user: User, *, by: Doing) -> None:
    """Nobody signs in with it any more, and whoever is signed in is out; what was written stays."""
    if user.role == Role.ADMINISTRATOR and not others(user):
        raise ValidationError(LAST_ADMINISTRATOR)
    by.note(user.username, "closed the account")
    User.objects.filter(pk=user.pk).update(is_active=False, signed_out_at=timezone.now())


def open_again(user: User, *, by: Doing) -> None:
    by.note(user.username, "opened the account again")
    User.objects.filter(pk=user.pk).update(is_active=True)


def sign_out_everywhere(user: User, *, by: Doing) -> None:
    by.note(user.username, "signed the account out everywhere")
    User.objects.filter(pk=user.pk).update(signed_out_at=timezone.now())


# --- ties -----------------------------------------------------------------------------------------
def tie(
    user: User, kind: str, subject: str, *, by: Doing, until: dt.datetime | None = None
) -> Standing:
    """A relationship from now on; its subject has to exist, and a carer's names its end."""
    if kind not in {t.value for t in GIVEN}:
        raise ValidationError({"tie": "Choose one of the ties"})
    if kind == Tie.CHOSEN_CARER and until is None:
        raise ValidationError({"until": "A chosen carer’s tie names its end"})
    if not known(kind, subject):
        raise ValidationError(
            {"subject": "The place knows no such team, practice, scheme or person"}
        )
    now = timezone.now()
    if Standing.objects.filter(user=user, tie=kind, subject=subject, until=None).exists():
        raise ValidationError({"subject": "The account has this tie already"})
    made = Standing(user=user, tie=kind, subject=subject, since=now, until=until)
    made.full_clean()
    by.note(user.username, f"tied as {kind.replace('_', ' ')} to {subject}")
    made.save()
    return made


def known(kind: str, subject: str) -> bool:
    """Does what a tie is to exist in this place?"""
    if kind in (Tie.SELF, Tie.CHOSEN_CARER):
        number = (
            subject.isascii() and subject.isdigit() and len(subject) <= 19 and int(subject) < 2**63
        )
        return bool(number) and desk.place_of(int(subject)) is not None
    return subject in dict(subjects(kind))


def subjects(kind: str) -> list[tuple[str, str]]:
    """What a tie of this kind may be to, with its name; people are not listed here."""
    session = desk.session()
    if kind == Tie.SCHEME_LEAD:
        plan = session.plan_documents.plan
        return [(s.id, s.name) for s in plan.schemes] if plan else []
    table, one = {
        Tie.CARE_TEAM: ("teams", "team"),
        Tie.REGISTERED_PRACTICE: ("practices", "practice"),
    }.get(Tie(kind), ("", ""))
    if not table or not session.place.has(table):
        return []
    return [(r[f"{one}_code"], r[f"{one}_name"]) for r in session.place.table(table).to_pylist()]


def end_tie(standing: Standing, *, by: Doing) -> None:
    by.note(
        standing.user.username,
        f"ended the tie as {standing.tie.replace('_', ' ')} to {standing.subject}",
    )
    _end([standing])


def _end(standings: Iterable[Standing]) -> None:
    """A tie that has not lasted a moment is deleted: it would end before it began."""
    now = timezone.now()
    for s in standings:
        if s.since < now:
            Standing.objects.filter(pk=s.pk).update(until=now)
        else:
            s.delete()


# --- passwords and locks --------------------------------------------------------------------------
_tokens = PasswordResetTokenGenerator()


def one_time_link(user: User, *, by: Doing) -> str:
    """The path of a page where the account's owner chooses a password, once and within a day. The
    old password, older links and every session end now. The token is kept nowhere."""
    by.note(
        user.username,
        "made a one-time link to choose a password; the old password no longer opens anything",
    )
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return f"{urlsafe_base64_encode(str(user.pk).encode())}/{_tokens.make_token(user)}"


def owner_of(named: str, token: str) -> User | None:
    """Whose link this is, while it opens something."""
    try:
        key = int(urlsafe_base64_decode(named))
        user = User.objects.filter(pk=key, is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and _tokens.check_token(user, token) else None


def choose_password(user: User, password: str, *, request: str, why: str) -> None:
    """A password its owner chose; the audit says that it changed, and nothing of it."""
    Doing(user.actor, request).note(user.username, why)
    user.set_password(password)
    user.save(update_fields=["password"])


def locked(user: User) -> bool:
    """Too many wrong passwords within the last minutes."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tries = AccessAttempt.objects.filter(username=user.username, attempt_time__gt=since)
    return tries.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT).exists()


def unlock(user: User, *, by: Doing) -> None:
    by.note(user.username, "unlocked the account after wrong passwords")
    reset(username=user.username)
