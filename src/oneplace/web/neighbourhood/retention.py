"""How long what is held here is kept, what is past that time, and what was decided about it.
Nothing is deleted here.

The periods are of the NHS Records Management Code of Practice (NHS England, 2021, updated 2023,
appendix II), as this project reads it; a place that goes live agrees its own with its records
manager.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose
from oneplace.web import place
from oneplace.web.accounts.door import may, signed_in, subject_of
from oneplace.web.accounts.models import AuditRow, BrokenGlass, User
from oneplace.web.components.forms import Asked, Day, Words, attempt, labels_of, typed
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Cell, Column, Context, Listing
from oneplace.web.neighbourhood.models import (
    Action,
    Agenda,
    Note,
    Objection,
    Proxy,
    Request,
    RetentionDecision,
    Review,
    ServiceReferral,
    Withholding,
)


@dataclass(frozen=True)
class Retained:
    """One kind of record: what it is, how many years from which moment, and why so long."""

    key: str
    title: str
    years: int
    since: str
    why: str
    models: tuple[Any, ...] = ()


ADULT = "Adult health record: 8 years after the last entry; children’s until they are 25"
SCHEDULE = (
    Retained(
        "care",
        "Notes, reviews, actions and referrals",
        8,
        "the last change",
        ADULT,
        (Note, Review, Action, ServiceReferral),
    ),
    Retained(
        "agendas",
        "Agendas of the meetings",
        8,
        "the last change",
        "They are part of the record of whoever stands on them",
        (Agenda,),
    ),
    Retained(
        "requests",
        "What people asked, corrections and copies",
        3,
        "the last change",
        "Subject access and correction: 3 years after the answer",
        (Request,),
    ),
    Retained(
        "wishes",
        "Refusals, who looks for whom, what is kept back",
        8,
        "the last change",
        "They say why the record was shown or not, so they stay as long as it",
        (Objection, Proxy, Withholding),
    ),
    Retained(
        "audit",
        "Who looked: the audit and emergency openings",
        8,
        "the day",
        "As long as the record they are about; the chain is never cut",
        (AuditRow, BrokenGlass),
    ),
    Retained(
        "builds",
        "Records that came in, and what was worked out of them",
        0,
        "the next build",
        "Only the last three builds keep their rows; the practice and the trusts keep the records themselves",
    ),
)
BY_KEY = {k.key: k for k in SCHEDULE}


def past_its_time(kept: Retained, today: dt.date) -> tuple[int, int]:
    """How many there are, and how many are past their time."""
    if not kept.models:
        return 0, 0
    try:
        line = today.replace(year=today.year - kept.years)
    except ValueError:
        line = today.replace(year=today.year - kept.years, day=28)
    total = past = 0
    for model in kept.models:
        moment = "at" if model in (AuditRow, BrokenGlass) else "changed_at"
        rows = model.objects.all()
        total += rows.count()
        before = {
            f"{moment}__lt": line.isoformat()
            if model is AuditRow
            else dt.datetime.combine(line, dt.time(), dt.UTC)
        }
        past += rows.filter(**before).count()
    return total, past


def _past(k: Retained, c: Context) -> Cell | str:
    if k.key not in c.counts:
        return ""
    past = c.counts[k.key][1]
    return Cell(f"{past:,}", tone="orange" if past else "grey", sort=past)


SCHEDULED = Listing(
    "schedule",
    "What is kept how long",
    Column("title", "What"),
    Column(
        "years",
        "Kept",
        lambda k: f"{k.years} years after {k.since}" if k.years else f"Until {k.since}",
    ),
    Column("why", "Why"),
    Column(
        "held",
        "Held",
        lambda k, c: c.counts[k.key][0] if k.key in c.counts else None,
        numeric=True,
        when=lambda c: c.officer,
    ),
    Column("past", "Past its time: to review", _past, numeric=True, when=lambda c: c.officer),
    sortable=False,
    searchable=False,
)

DECISIONS = Listing(
    "decisions",
    "What was decided",
    Column("on", "On", "decided_on"),
    Column(
        "record",
        "Records",
        lambda d: BY_KEY[d.record].title if d.record in BY_KEY else d.record,
    ),
    Column("decided", "Decided", "get_decided_display"),
    Column("until", "Until"),
    Column("reason", "Why"),
    Column("by", "Written by", "created_by.name"),
    empty="Nothing had to be decided yet.",
)


class RetentionForm(forms.Form):
    record = forms.ChoiceField(choices=[(k.key, k.title) for k in SCHEDULE if k.models])
    decided = forms.ChoiceField(choices=RetentionDecision.WHAT)
    until = Day(required=False)
    reason = Words(most=1_000, error_messages={"required": "Say why"})


def decide(said: dict[str, Any], *, by: User) -> RetentionDecision:
    """What was decided about records past their time; kept longer only until a day to come."""
    keep, on = said["decided"] == "keep", place.today()
    if keep and (said["until"] is None or said["until"] <= on):
        raise ValidationError({"until": "Say until when they are kept: a day to come"})
    until = said["until"] if keep else None
    return RetentionDecision.write(by=by, **{**said, "until": until}, decided_on=on)


def past(today: dt.date) -> dict[str, tuple[int, int]]:
    """Of each kind of record how many there are, and how many are past their time."""
    return {k.key: past_its_time(k, today) for k in SCHEDULE if k.models}


@signed_in
def retention(request: HttpRequest) -> HttpResponse:
    """What is kept how long, for everybody; what is past its time and what was decided, for the
    privacy officer."""
    officer = may(request, Do.SEE_AUDIT, subject_of(Kind.OVERSIGHT, "retention"), Purpose.PLANNING)
    asked = (
        Asked(
            "record",
            "Records",
            "select",
            options=tuple((k.key, k.title) for k in SCHEDULE if k.models),
        ),
        Asked("decided", "What was decided", "select", options=RetentionDecision.WHAT),
        Asked(
            "until",
            "Keep until",
            width="10",
            hint="Only for those kept longer. For example, 6/8/2030",
            required=False,
        ),
        Asked("reason", "Why, and who decided it", "area"),
    )
    form = RetentionForm(request.POST or None) if officer else RetentionForm()

    def save(said: dict[str, Any]) -> RetentionDecision:
        return decide(said, by=request.user)

    done, errors = attempt(request, form, save, labels_of(asked)) if officer else (None, {})
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("retention")
    # What is past its time is so by the real day, whichever day a demonstration stands on.
    counts = past(dt.date.today()) if officer else {}
    decisions = list(RetentionDecision.objects.select_related("created_by")) if officer else []
    return page(
        request,
        "neighbourhood/retention.jinja",
        SCHEDULED.of(SCHEDULE, officer=officer, counts=counts),
        *([DECISIONS.of(decisions)] if officer else []),
        officer=officer,
        asked=asked,
        values=typed(form),
        errors=errors,
        status=422 if errors else 200,
    )
