"""How a meeting ties its team to whoever is discussed: the door asks this
(`accounts.door.also_tied_by`)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from oneplace.safety.decide import Relationship, Subject, Tie
from oneplace.web.accounts.models import Standing
from oneplace.web.neighbourhood.models import AgendaLine

MDT_DAYS = 7


def of_frozen_agendas(
    standings: list[Standing], subject: Subject, now: dt.datetime
) -> list[Relationship]:
    """A team's members may read whoever stands on its frozen agenda, from the freezing until a week
    after the meeting."""
    teams = [s.subject for s in standings if s.tie == Tie.CARE_TEAM]
    lines = AgendaLine.objects.filter(
        person_id=int(subject.id), agenda__team_code__in=teams, agenda__frozen_at__isnull=False
    ).values_list("agenda__frozen_at", "agenda__meets_on")
    ties = []
    for frozen_at, meets_on in lines:
        until = timezone.make_aware(dt.datetime.combine(meets_on, dt.time())) + dt.timedelta(
            days=MDT_DAYS
        )
        if until > frozen_at:
            ties.append(
                Relationship(tie=Tie.MDT_WINDOW, subject=subject.id, since=frozen_at, until=until)
            )
    return ties
