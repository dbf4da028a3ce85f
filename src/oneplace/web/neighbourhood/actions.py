"""Writes of a neighbourhood team: freezing an agenda, recording a review with its actions, closing an action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from oneplace.web.config import place
from oneplace.web.neighbourhood.agenda import Slot
from oneplace.web.neighbourhood.models import Action, Agenda, AgendaLine, Review, ServiceReferral


def freeze(team: str, meets_on: dt.date, slots: Sequence[Slot], *, build: str, by: Any) -> Agenda:
    """Write the agenda down as it is on the screen. From then on it does not change."""
    if not slots:
        raise ValidationError("There is nobody to discuss, so there is no agenda to freeze")
    if Agenda.objects.filter(team_code=team, meets_on=meets_on).exists():
        raise ValidationError("The agenda of this day is frozen already")
    with transaction.atomic():
        agenda = Agenda.write(by=by, team_code=team, meets_on=meets_on, build=build)
        AgendaLine.objects.bulk_create(
            AgendaLine(agenda=agenda, person_id=s.person_id, slot=i, why=s.why, reasons=list(s.reasons))
            for i, s in enumerate(slots, start=1)
        )
        return agenda.revise(by=by, base=1, state="frozen", frozen_at=timezone.now())


def record_review(
    person_id: int, team: str, *, by: Any, agenda: Agenda | None, to_do: Sequence[dict[str, Any]], **said: Any
) -> Review:
    """A review and the actions that came of it, all or nothing."""
    with transaction.atomic():
        review = Review.write(by=by, person_id=person_id, team_code=team, agenda=agenda, **said)
        for one in to_do:
            Action.write(by=by, review=review, person_id=person_id, team_code=team, **one)
    return review


def close_action(action: Action, *, state: str, note: str, base: int, by: Any) -> Action:
    """Done, declined or cancelled, with the day; or open again."""
    closed = None if state == "open" else place.today()
    return action.revise(by=by, base=base, state=state, note=note, closed_on=closed)


def refer(person_id: int, team: str, *, by: Any, service: str, need: str) -> ServiceReferral:
    return ServiceReferral.write(
        by=by, person_id=person_id, team_code=team, service=service, need=need, made_on=place.today()
    )
