"""What a person and whoever looks in their place do not see of their record: chosen entry by entry,
with a reason.

In: what staff chose (`Withholding`). Out: a `Withheld` that every page of the person and the copy
of everything asks; and the pages on which it is chosen, agreed by a second person, looked at again
within a year, and ended. A warning for whoever visits and anything about abuse is held back from
the first moment, but no longer than a week on one person's word.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose
from oneplace.web import place
from oneplace.web.accounts.door import opens
from oneplace.web.accounts.models import AuditRow, User
from oneplace.web.components.forms import Asked, Day, Words, attempt, base_version, labels_of, typed
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Cell, Column, Context, Listing
from oneplace.web.history.models import Entry, EntryVersion
from oneplace.web.neighbourhood import presenters
from oneplace.web.neighbourhood.doors import about, write_care
from oneplace.web.neighbourhood.kinds import NOTE_KINDS
from oneplace.web.neighbourhood.lists import person_column
from oneplace.web.neighbourhood.models import (
    Action,
    Note,
    Request,
    Review,
    ServiceReferral,
    Withholding,
)

MODELS: dict[str, type[Entry]] = {
    m.kind(): m for m in (Note, ServiceReferral, Request, Action, Review)
}
HELD_DAYS = 7  # how long something is kept back while a second person has not answered
TWO_PEOPLE = frozenset({"visit", "abuse"})
AUTHORS = "authors"
# Words that make a note a warning or speak of abuse, whatever it was called: then two people have
# to agree.
WARNING = re.compile(
    r"\b(two|2|pairs?|double|never|not|alone|lone)\b.{0,30}\bvisit|\bvisit.{0,30}\b(two|2|pairs?|alone)\b|abus|violen|coerc|"
    r"perpetrat|weapon|knife|threat|aggress|safeguard|\brefuge\b|marac|stalk",
    re.IGNORECASE | re.DOTALL,
)
see_audit = opens(Do.SEE_AUDIT, Kind.OVERSIGHT, Purpose.PLANNING, subject="withheld")


def needs_two(about: str, words: str) -> bool:
    """Must a second person agree? For warnings and abuse, said or written."""
    return about in TWO_PEOPLE or WARNING.search(words) is not None


def holds(w: Withholding, on: dt.date) -> bool:
    """Is it kept back on this day? What still waits for a second person only for a week."""
    return w.state == "in_force" or (
        w.state == "asked" and w.created_at.date() + dt.timedelta(days=HELD_DAYS) >= on
    )


class Withheld:
    """What is kept from one reader of one person's own record: from the person, or from a proxy."""

    def __init__(self, marks: Iterable[Withholding], *, proxy: bool, on: dt.date):
        held = [w for w in marks if holds(w, on) and (proxy or w.from_whom == "both")]
        self._entries = {(w.of, w.entry) for w in held if w.hides_entry}
        self._authors = {(w.of, w.entry) for w in held if w.hides_author}
        self._looks = {w.looks_of for w in held if w.looks_of and w.looks_of != AUTHORS}
        for w in held:
            if w.looks_of == AUTHORS:
                self._looks |= authors_of(w.of, w.entry)

    def shows(self, entry: Entry) -> bool:
        return (entry.kind(), entry.pk) not in self._entries

    def of(self, entries: Iterable[Any]) -> list[Any]:
        return [e for e in entries if self.shows(e)]

    def author(self, entry: Entry) -> str:
        """Who wrote the entry last, or nothing where that is kept back."""
        return "" if (entry.kind(), entry.pk) in self._authors else entry.changed_by.name

    def shows_author(self, entry: Entry) -> bool:
        return (entry.kind(), entry.pk) not in self._authors

    def looks(self, rows: Iterable[AuditRow]) -> list[AuditRow]:
        """The looks at the record that the reader may know of."""
        return [r for r in rows if r.actor not in self._looks]


def withheld_from(person_id: int, *, proxy: bool) -> Withheld:
    marks = Withholding.objects.filter(person_id=person_id, state__in=("asked", "in_force"))
    return Withheld(marks, proxy=proxy, on=place.today())


def authors_of(kind: str, entry: int) -> set[str]:
    """The user names of everybody who wrote a version of the entry."""
    found = EntryVersion.objects.filter(kind=kind, entry_id=entry).values_list(
        "saved_by__username",
        flat=True,
    )
    return set(found)


def entry_of(kind: str, entry: int, person_id: int | None = None) -> Entry:
    model = MODELS.get(kind)
    found = (
        model.objects.filter(pk=entry).select_related("changed_by", "created_by").first()
        if model
        else None
    )
    if (
        found is None
        or (person_id is not None and found.person_id != person_id)
        or behind_own_door(found)
    ):
        raise Http404
    return found


def behind_own_door(entry: Entry) -> bool:
    """Is it an advance care document? Whoever cares for the person does not read it by that alone,
    and it is not kept back."""
    return isinstance(entry, Note) and NOTE_KINDS[entry.kind_of].advance_care


def words_of(e: Entry) -> str:
    """What an entry says, in a line."""
    if isinstance(e, Note):
        return "; ".join(said for _, said in presenters.note_facts(e))
    if isinstance(e, ServiceReferral):
        return e.need
    said: str = getattr(
        e, {"requests": "words", "actions": "what", "reviews": "decision"}[e.kind()]
    )
    return said


# --- writing --------------------------------------------------------------------------------------
def withhold(entry: Entry, *, by: User, **said: Any) -> Withholding:
    """Keep something back. Where two people have to agree it waits for the second, and is held back
    meanwhile."""
    _within_a_year(said["review_on"])
    if not (said["hides_entry"] or said["hides_author"] or said["looks_of"]):
        raise ValidationError(
            {"hides_entry": "Choose what is kept back: the entry, its author, or who looked"}
        )
    two = needs_two(said["about"], words_of(entry))
    fields = {
        "person_id": entry.person_id,
        "team_code": entry.team_code,
        "of": entry.kind(),
        "entry": entry.pk,
        **said,
    }
    if two and fields["about"] not in TWO_PEOPLE:
        fields["about"] = (
            "abuse"
            if re.search("abus|violen|coerc|refuge|marac|stalk", words_of(entry), re.I)
            else "visit"
        )
    try:
        return Withholding.write(by=by, **fields, state="asked" if two else "in_force")
    except IntegrityError:
        raise ValidationError("This is kept back already: open that and change it") from None


def _within_a_year(day: dt.date) -> None:
    on = place.today()
    if not on < day <= on + dt.timedelta(days=366):
        raise ValidationError(
            {
                "review_on": "A day within a year from today: whatever is kept back is looked at again each year"
            }
        )


def answer(
    w: Withholding, step: str, *, reason: str, review_on: dt.date | None, base: int, by: User
) -> Withholding:
    """A second person agrees or does not; anybody who cares for the person ends it, or looks at it
    again with a reason."""
    if step in ("agree", "decline"):
        if by.pk == w.created_by_id:
            raise ValidationError("Somebody else has to answer: you asked for it yourself")
        state = "in_force" if step == "agree" else "declined"
        return w.revise(by=by, base=base, state=state, agreed_by=by.name if step == "agree" else "")
    if not reason:
        raise ValidationError({"reason": "Say why"})
    if step == "end":
        return w.revise(by=by, base=base, state="ended", reason=reason)
    if step != "review" or review_on is None:
        raise ValidationError({"review_on": "Say when it is looked at next"})
    _within_a_year(review_on)
    with transaction.atomic():
        return w.revise(by=by, base=base, reason=reason, review_on=review_on)


def due(marks: Iterable[Withholding], on: dt.date) -> list[Withholding]:
    """What waits for somebody: a second person's answer, or the yearly look."""
    return [w for w in marks if w.state == "asked" or (w.state == "in_force" and w.review_on <= on)]


def said_of(w: Withholding, on: dt.date) -> str:
    if w.state == "asked":
        until = w.created_at.date() + dt.timedelta(days=HELD_DAYS)
        return (
            f"Waits for a second person; held back until {paper.day(until)}"
            if holds(w, on)
            else ("Shown: nobody agreed within a week")
        )
    return (
        "Review due" if w.state == "in_force" and w.review_on <= on else Withholding.STATES[w.state]
    )


# --- pages ----------------------------------------------------------------------------------------
@write_care
def withheld(request: HttpRequest, person_id: int) -> HttpResponse:
    """Entry by entry, what the person does not see, and the way to choose."""
    on = place.today()
    marks = {
        (w.of, w.entry): w
        for w in Withholding.objects.filter(person_id=person_id, state__in=("asked", "in_force"))
    }
    entries: list[Any] = [
        e
        for model in MODELS.values()
        for e in model.objects.filter(person_id=person_id).select_related("changed_by")
        if not behind_own_door(e)
    ]
    return page(
        request,
        "neighbourhood/withheld.jinja",
        ENTRIES.of(entries, marks=marks, on=on),
        short=presenters.short(person_id),
        person=person_id,
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
    )


def _mark(e: Any, c: Context) -> Withholding | None:
    return c.marks.get((e.kind(), e.pk))


def _kind(e: Any) -> str:
    return NOTE_KINDS[e.kind_of].title if isinstance(e, Note) else dict(Withholding.OF)[e.kind()]


def _next(e: Any, c: Context) -> Cell:
    mark = _mark(e, c)
    if mark:
        return Cell("Open", href=reverse("withholding", args=[mark.pk]))
    return Cell(
        "Keep from the person",
        href=reverse("withhold", args=[e.person_id, e.kind(), e.pk]),
    )


ENTRIES = Listing(
    "entries",
    "What is written about this person",
    Column("kind", "What", _kind),
    Column("words", "In words", lambda e: presenters.cut(words_of(e))),
    Column("by", "Written by", "changed_by.name"),
    Column(
        "state",
        "The person",
        lambda e, c: said_of(_mark(e, c), c.on) if _mark(e, c) else None,
        tone="orange",
        none="Shown",
    ),
    Column("owner", "Owner", lambda e, c: getattr(_mark(e, c), "owner", "")),
    Column("review", "Look again on", lambda e, c: getattr(_mark(e, c), "review_on", None)),
    Column("next", "Next", _next),
    empty="Nothing is written here yet.",
)

# What is kept back, with its owner and the day of the next look; the words themselves stand only on
# the record.
MARKS = Listing(
    "withheld",
    "Kept from the people it is about",
    Column(
        "due",
        "State",
        lambda w, c: said_of(w, c.on),
        tone=lambda w, c: "orange" if w.state == "asked" or w.review_on <= c.on else "grey",
        link=lambda w, c: reverse("withholding", args=[w.pk]) if c.linked else None,
    ),
    lambda c: [
        person_column() if c.linked else Column("person", "Person", lambda w: str(w.person_id))
    ],
    Column("what", "What", "get_of_display"),
    Column("about", "About", "get_about_display"),
    Column("owner", "Owner"),
    Column("review", "Look again on", "review_on"),
    Column("asked", "Asked by", "created_by.name"),
    Column("agreed", "Agreed by", "agreed_by"),
    empty="Nothing is kept from anybody.",
    usual={"names": {}},
)


class WithholdForm(forms.Form):
    about = forms.ChoiceField(
        choices=Withholding.ABOUT,
        error_messages={"required": "Say what it is about"},
    )
    from_whom = forms.ChoiceField(choices=Withholding.FROM)
    hides_entry = forms.BooleanField(required=False)
    hides_author = forms.BooleanField(required=False)
    looks_of = forms.CharField(required=False, max_length=80)
    reason = Words(most=1_000, error_messages={"required": "Say why the person is not to see it"})
    owner = Words(most=200, error_messages={"required": "Name who looks at it again"})
    review_on = Day(error_messages={"required": "Say when it is looked at again, within a year"})


def _asked_of(person_id: int) -> tuple[Asked, ...]:
    readers = (
        AuditRow.objects.filter(subject=str(person_id), allowed=True)
        .values_list("actor", flat=True)
        .distinct()
    )
    known = dict(User.objects.filter(username__in=list(readers)).values_list("username", "name"))
    looks = (
        ("", "Nobody’s"),
        (AUTHORS, "Of whoever wrote this"),
        *sorted(known.items(), key=lambda kv: kv[1]),
    )
    return (
        Asked(
            "about",
            "What is it about?",
            "select",
            hint="A warning for whoever visits, and anything about abuse, needs a second person",
            options=(("", "Choose"), *Withholding.ABOUT),
        ),
        Asked("from_whom", "Whom is it kept from?", "select", options=Withholding.FROM),
        Asked("hides_entry", "Keep back what it says", "tick"),
        Asked("hides_author", "Keep back who wrote it", "tick"),
        Asked(
            "looks_of",
            "Keep back whose looks at the record?",
            "select",
            options=looks,
            required=False,
        ),
        Asked(
            "reason",
            "Why",
            "area",
            hint="The person does not read this; whoever looks at it again does",
        ),
        Asked("owner", "Who looks at it again"),
        Asked("review_on", "When", width="10", hint="Within a year. For example, 6/8/2020"),
    )


@write_care
def keep_back(request: HttpRequest, person_id: int, kind: str, entry: int) -> HttpResponse:
    """Keep one entry, its author or looks from the person or from whoever looks for them."""
    found = entry_of(kind, entry, person_id)
    asked = _asked_of(person_id)
    on = place.today()
    start = {
        "hides_entry": True,
        "from_whom": "both",
        "owner": request.user.name,
        "review_on": _a_year_on(on),
    }
    form = WithholdForm(request.POST or None, initial=start)

    def save(said: dict[str, Any]) -> Withholding:
        if said["looks_of"] not in {value for value, _ in asked[4].options}:
            raise ValidationError({"looks_of": "Choose somebody who looked"})
        return withhold(found, by=request.user, **said)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("withheld", person_id=person_id)
    return page(
        request,
        "components/entry.jinja",
        heading="Keep from the person",
        facts=[("What it says", words_of(found)), ("For", presenters.short(person_id))],
        asked=asked,
        values=typed(form),
        errors=errors,
        button="Keep it back",
        crumbs=[("What the person does not see", reverse("withheld", args=[person_id]))],
        status=422 if errors else 200,
    )


def _a_year_on(on: dt.date) -> dt.date:
    return on + dt.timedelta(days=365)


class WithholdingForm(forms.Form):
    step = forms.ChoiceField(choices=[(s, s) for s in ("agree", "decline", "end", "review")])
    reason = Words(required=False, most=1_000)
    review_on = Day(required=False)


@about(Withholding)
def withholding(request: HttpRequest, found: Withholding) -> HttpResponse:
    """One thing kept back: the second person's answer, the yearly look, the end; every version
    below."""
    form = WithholdingForm(
        request.POST or None,
        initial={"reason": found.reason, "review_on": _a_year_on(place.today())},
    )

    def save(said: dict[str, Any]) -> Withholding:
        return answer(found, base=base_version(request), by=request.user, **said)

    done, errors = attempt(
        request, form, save, {"reason": "Why", "review_on": "Look again on", "step": "What to do"}
    )
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("withheld", person_id=found.person_id)
    entry, on = entry_of(found.of, found.entry), place.today()
    kept = [
        ("What it says", found.hides_entry),
        ("Who wrote it", found.hides_author),
        ("Looks at the record", found.looks_of),
    ]
    return page(
        request,
        "neighbourhood/withholding.jinja",
        found=found,
        facts=[
            ("For", presenters.short(found.person_id)),
            ("What it says", words_of(entry)),
            ("Kept back", ", ".join(said.lower() for said, held in kept if held)),
            ("From", found.get_from_whom_display()),
            ("About", found.get_about_display()),
            ("Why", found.reason),
            ("Asked by", found.created_by.name),
            ("Agreed by", found.agreed_by),
            ("Owner", found.owner),
            ("Look again on", paper.day(found.review_on)),
            ("State", said_of(found, on)),
        ],
        mine=found.created_by_id == request.user.pk,
        values=typed(form),
        errors=errors,
        version=found.version,
        versions=[(v, Withholding.STATES[v.content["state"]]) for v in found.versions()],
        crumbs=[("What the person does not see", reverse("withheld", args=[found.person_id]))],
        status=422 if errors else 200,
    )


@see_audit
def kept_back(request: HttpRequest) -> HttpResponse:
    """For the privacy officer: what is kept from whom, who answers for it, and what is due to be
    looked at again."""
    on = place.today()
    marks = list(
        Withholding.objects.filter(state__in=("asked", "in_force")).select_related("created_by"),
    )
    return page(
        request,
        "neighbourhood/kept_back.jinja",
        MARKS.of(marks, on=on, linked=False),
        due=len(due(marks, on)),
        total=len(marks),
    )
