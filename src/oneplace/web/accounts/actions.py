"""Writes about accounts: breaking the glass, reviewing it, and the accounts of a demonstration
place."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from oneplace.faults import NotAllowed
from oneplace.safety.decide import GLASS_BROKEN, Action, Decision, Kind, Purpose, Role, Subject
from oneplace.web import place
from oneplace.web.accounts import audit
from oneplace.web.accounts.models import BrokenGlass, Standing, User

FEWEST_CHARACTERS = 20
DEMONSTRATION_PASSWORD = "demonstration"  # noqa: S105  shown on the sign-in page of a demonstration place, and only there
DEMONSTRATION_PEOPLE = {
    Role.COORDINATOR: "Priya Nair",
    Role.CLINICIAN: "Dr Owen Hughes",
    Role.PLANNER: "Amina Rahman",
    Role.SCHEME_LEAD: "Tom Ashworth",
    Role.ANALYST: "Grace Mbeki",
    Role.FINANCE: "Daniel Quirke",
    Role.RISK: "Ruth Calloway",
    Role.BOARD: "Margaret Ellis",
    Role.PRIVACY_OFFICER: "Samuel Okafor",
    Role.ADMINISTRATOR: "Nadia Kaur",
    Role.RESIDENT: "Joan Birch",
}


def break_glass(person_id: int, reason: str, *, by: User, request: str) -> BrokenGlass:
    """Note the reason before anything opens. It opens for 60 minutes and waits for the privacy
    officer's review."""
    reason = " ".join(reason.split())
    if len(reason) < FEWEST_CHARACTERS:
        raise ValidationError(
            {"reason": f"Write a reason of at least {FEWEST_CHARACTERS} characters"}
        )
    broken = BrokenGlass(user=by, person_id=person_id, reason=reason)
    broken.full_clean(exclude=["reviewed_by", "reviewed_at"])
    broken.save()
    said = Decision(True, GLASS_BROKEN, frozenset({"audit"}))
    subject = Subject(Kind.PERSON, str(person_id))
    audit.write(
        by.actor,
        Action.IDENTIFY,
        subject,
        Purpose.DIRECT_CARE,
        said,
        at=timezone.now(),
        request=request,
    )
    return broken


def close_glass(broken: BrokenGlass, *, by: User, request: str) -> None:
    """The reader needs the record no longer: it closes now, and its review waits as before."""
    said = Decision(True, "closed the record that was opened in an emergency", frozenset({"audit"}))
    subject = Subject(Kind.PERSON, str(broken.person_id))
    audit.write(
        by.actor,
        Action.IDENTIFY,
        subject,
        Purpose.DIRECT_CARE,
        said,
        at=timezone.now(),
        request=request,
    )
    BrokenGlass.objects.filter(pk=broken.pk, closed_at=None).update(closed_at=timezone.now())


def review_glass(broken: BrokenGlass, review: str, note: str, *, by: User) -> BrokenGlass:
    """The privacy officer's finding; a review is made once, and not by whoever broke the glass."""
    if by.pk == broken.user_id:
        raise ValidationError("Somebody else has to review this: you broke the glass yourself")
    with transaction.atomic():
        kept = BrokenGlass.objects.select_for_update().get(pk=broken.pk)
        if kept.review:
            raise ValidationError("This was reviewed already")
        kept.review, kept.review_note, kept.reviewed_by, kept.reviewed_at = (
            review,
            note,
            by,
            timezone.now(),
        )
        kept.full_clean()
        kept.save()
    return kept


def make_demonstration_accounts(
    standings: dict[Role, list[tuple[str, str]]] | None = None,
) -> list[User]:
    """One account for each role, and its ties (tie, subject); run again it only adds what is
    missing."""
    if not place.place().demonstration:
        raise NotAllowed(
            "demonstration accounts have a public password: they are made at a demonstration place only"
        )
    made = []
    for role, name in DEMONSTRATION_PEOPLE.items():
        user = User.objects.filter(username=role.value).first()
        if user is None:
            fields: dict[str, Any] = {"name": name, "role": role.value, "demonstration": True}
            fields["trained"] = role is Role.CLINICIAN
            user = User.objects.create_user(role.value, DEMONSTRATION_PASSWORD, **fields)
        for tie, subject in (standings or {}).get(role, []):
            Standing.objects.get_or_create(user=user, tie=tie, subject=subject)
        made.append(user)
    return made
