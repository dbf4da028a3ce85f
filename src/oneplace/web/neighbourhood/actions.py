"""Writes of a neighbourhood team: the agenda and what changes it by hand, reviews with their
actions, notes on the record, reminders, escalations, referrals and answers to what people ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from oneplace.answers.agenda import Slot
from oneplace.web import place
from oneplace.web.history.models import MOST_CHARACTERS
from oneplace.web.neighbourhood.kinds import NOTE_KINDS
from oneplace.web.neighbourhood.models import (
    Action,
    Agenda,
    AgendaChange,
    AgendaLine,
    Note,
    Objection,
    Request,
    Review,
    ServiceReferral,
)
from oneplace.web.programme.models import Risk

REGISTER = "the risk register"
DAYS_TO_REVIEW_AN_ISSUE = 28


# --- the agenda -----------------------------------------------------------------------------------
def freeze(team: str, meets_on: dt.date, slots: Sequence[Slot], *, build: str, by: Any) -> Agenda:
    """Write the agenda down as it is on the screen. From then on it does not change; what was
    changed by hand is used."""
    if not slots:
        raise ValidationError("There is nobody to discuss, so there is no agenda to freeze")
    if Agenda.objects.filter(team_code=team, meets_on=meets_on).exists():
        raise ValidationError("The agenda of this day is frozen already")
    with transaction.atomic():
        agenda = Agenda.write(by=by, team_code=team, meets_on=meets_on, build=build)
        AgendaLine.objects.bulk_create(
            AgendaLine(
                agenda=agenda,
                person_id=s.person_id,
                slot=i,
                why=s.why,
                reasons=list(s.reasons),
            )
            for i, s in enumerate(slots, start=1)
        )
        for change in waiting_changes(team):
            change.revise(by=by, base=change.version, agenda=agenda)
        return agenda.revise(by=by, base=1, state="frozen", frozen_at=timezone.now())


def waiting_changes(team: str) -> list[AgendaChange]:
    """What the team changed by hand since its last agenda was frozen."""
    found = AgendaChange.objects.filter(team_code=team, agenda=None, state="standing")
    return list(found.select_related("created_by"))


def change_agenda(person_id: int, team: str, what: str, reason: str, *, by: Any) -> AgendaChange:
    """Put somebody on the next agenda or take them off it. The latest change of a person stands."""
    with transaction.atomic():
        for earlier in AgendaChange.objects.filter(
            person_id=person_id, agenda=None, state="standing"
        ):
            earlier.revise(by=by, base=earlier.version, state="undone")
        return AgendaChange.write(
            by=by,
            person_id=person_id,
            team_code=team,
            what=what,
            reason=reason,
        )


# --- reviews, actions -----------------------------------------------------------------------------
def record_review(
    person_id: int,
    team: str,
    *,
    by: Any,
    agenda: Agenda | None,
    to_do: Sequence[dict[str, Any]],
    **said: Any,
) -> Review:
    """A review and the actions that came of it, all or nothing; who it names as key worker stands
    on the record."""
    with transaction.atomic():
        review = Review.write(by=by, person_id=person_id, team_code=team, agenda=agenda, **said)
        name_key_worker(person_id, team, said.get("key_worker", ""), by=by)
        for one in to_do:
            Action.write(by=by, review=review, person_id=person_id, team_code=team, **one)
    return review


def revise_review(
    review: Review, *, by: Any, base: int, to_do: Sequence[dict[str, Any]], **said: Any
) -> Review:
    """The review as it reads now, and further actions; all or nothing."""
    with transaction.atomic():
        revised = review.revise(by=by, base=base, **said)
        name_key_worker(review.person_id, review.team_code, said.get("key_worker", ""), by=by)
        for one in to_do:
            Action.write(
                by=by,
                review=review,
                person_id=review.person_id,
                team_code=review.team_code,
                **one,
            )
    return revised


def name_key_worker(person_id: int, team: str, who: str, *, by: Any) -> None:
    """The record has one key worker; naming nobody leaves it as it is."""
    now = Note.objects.filter(person_id=person_id, kind_of="key_worker", state="current").first()
    if not who or (now and now.who == who):
        return
    if now:
        now.revise(by=by, base=now.version, who=who, part="", contact="")
    else:
        Note.write(by=by, person_id=person_id, team_code=team, kind_of="key_worker", who=who)


def close_action(action: Action, *, state: str, note: str, base: int, by: Any) -> Action:
    """Done, declined or cancelled, with the day; or open again."""
    closed = None if state == "open" else place.today()
    return action.revise(by=by, base=base, state=state, note=note, closed_on=closed)


def remind(actions: Iterable[Action], *, by: Any) -> int:
    """The owner was told today, by whatever way the team uses: each action says so."""
    told = 0
    with transaction.atomic():
        for action in actions:
            action.revise(by=by, base=action.version, reminded_on=place.today())
            told += 1
    return told


def escalate(
    action: Action, *, to: str, why: str, impact: int, owner: str, base: int, by: Any
) -> Risk | None:
    """To a named lead, or to the risk register, where it becomes an issue; the action says to whom
    and since when."""
    with transaction.atomic():
        issue = None
        if to == REGISTER:
            issue = Risk.write(
                by=by,
                kind_of="issue",
                title=f"An action of team {action.team_code} is not done",
                description=why,
                likelihood=5,  # an issue has happened
                impact=impact,
                owner=owner,
                review_on=place.today() + dt.timedelta(days=DAYS_TO_REVIEW_AN_ISSUE),
            )
            to = f"{REGISTER}, issue {issue.pk}"
        action.revise(by=by, base=base, escalated_to=to, escalated_on=place.today(), note=why)
    return issue


# --- notes on the record --------------------------------------------------------------------------
def write_note(person_id: int, team: str, kind: str, *, by: Any, **said: Any) -> Note:
    """A new note; of a single kind there is one at a time, whoever else writes at the same
    moment."""
    try:
        return Note.write(by=by, person_id=person_id, team_code=team, kind_of=kind, **said)
    except IntegrityError:
        raise ValidationError(
            f"Somebody wrote this already: open “{NOTE_KINDS[kind].title}” and change it"
        ) from None


# --- referrals, requests, objections --------------------------------------------------------------
def refer(person_id: int, team: str, *, by: Any, service: str, need: str) -> ServiceReferral:
    return ServiceReferral.write(
        by=by,
        person_id=person_id,
        team_code=team,
        service=service,
        need=need,
        made_on=place.today(),
    )


def answer_referral(
    referral: ServiceReferral, *, state: str, answer: str, base: int, by: Any
) -> ServiceReferral:
    if state == "declined" and not answer:
        raise ValidationError({"answer": "Say why the service declined"})
    answered = referral.answered_on if state == referral.state else place.today()
    return referral.revise(by=by, base=base, state=state, answer=answer, answered_on=answered)


def ask(person_id: int, team: str, *, by: Any, what: str, words: str, service: str) -> Request:
    return Request.write(
        by=by,
        person_id=person_id,
        team_code=team,
        what=what,
        words=words,
        service=service,
        asked_on=place.today(),
    )


def answer_request(request: Request, *, state: str, answer: str, base: int, by: Any) -> Request:
    """Accept or decline. An accepted wish for a service is a referral to it, made in the same
    moment."""
    if state == "declined" and not answer:
        raise ValidationError({"answer": "Say why, so that the person knows"})
    with transaction.atomic():
        if state == "accepted" and request.state == "asked" and request.service:
            refer(
                request.person_id,
                request.team_code,
                by=by,
                service=request.service,
                need=request.words,
            )
        if request.what == "correction" and request.state == "asked":
            _stand_beside(request, accepted=state == "accepted", answer=answer, by=by)
        return request.revise(
            by=by,
            base=base,
            state=state,
            answer=answer,
            answered_on=place.today(),
        )


def _stand_beside(request: Request, *, accepted: bool, answer: str, by: Any) -> None:
    """What the person said stands beside the record from the answer on, also where it was declined:
    then with the reason."""
    said = "accepted" if accepted else "declined"
    words = f"{request.words}\n\n{said.capitalize()} on {place.today():%-d %B %Y}{': ' + answer if answer else ''}"
    Note.write(
        by=by,
        person_id=request.person_id,
        team_code=request.team_code,
        kind_of="correction",
        words=words[:MOST_CHARACTERS],
        who="The person",
    )


def object_to(
    person_id: int, team: str, what: str, *, refuses: bool, words: str, base: int, by: Any
) -> Objection:
    """Refuse something, or withdraw the refusal; both stay in the history."""
    kept = Objection.objects.filter(person_id=person_id, what=what).first()
    state = "in_force" if refuses else "withdrawn"
    if kept is None:
        return Objection.write(
            by=by,
            person_id=person_id,
            team_code=team,
            what=what,
            words=words,
            since=place.today(),
        )
    since = kept.since if kept.state == state else place.today()
    return kept.revise(by=by, base=base, state=state, words=words, since=since, team_code=team)
