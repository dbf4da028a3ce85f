"""Notes on the record, of whatever kind: one form, one history and one page on a stale save, made
from `kinds`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose
from oneplace.web import desk
from oneplace.web.accounts.door import Opening, signed_in
from oneplace.web.components.forms import (
    Day,
    Words,
    base_version,
    errors_in,
    errors_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.neighbourhood import actions, presenters
from oneplace.web.neighbourhood.doors import about, open_person, see_advance_care
from oneplace.web.neighbourhood.kinds import NOTE_KINDS, NoteKind
from oneplace.web.neighbourhood.models import Note


class RecordForm(forms.Form):
    """The fields that the kind uses, each required as the kind says."""

    def __init__(self, kind: NoteKind, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for f in kind.fields:
            said = {"required": f"Fill this in: {f.label[:1].lower()}{f.label[1:]}"}
            options: dict[str, Any] = {"required": f.needed, "error_messages": said}
            if f.column == "on_day":
                self.fields[f.column] = Day(**options)
            elif f.column == "agreed":
                choices = [c for c in Note.AGREED if c[0] or not f.needed]
                self.fields[f.column] = forms.ChoiceField(choices=choices, **options)
            else:
                self.fields[f.column] = Words(
                    most=5_000 if f.column in ("words", "more") else 200, **options
                )


def writes(kind: NoteKind) -> Do:
    return Do.WRITE_ADVANCE_CARE if kind.advance_care else Do.WRITE_CARE


@signed_in
def new_note(request: HttpRequest, person_id: int, kind: str) -> HttpResponse:
    """Write a note of one kind; where a person has one of the kind already, that one is changed
    instead."""
    declared = NOTE_KINDS.get(kind)
    if declared is None:
        raise Http404
    open_person(request, person_id, writes(declared))
    at = desk.standing_of(person_id) if desk.built() else None
    if at is None:
        raise Http404
    if declared.single:
        kept = Note.objects.filter(person_id=person_id, kind_of=kind, state="current").first()
        if kept and request.method != "POST":
            return redirect("note", entry_id=kept.pk)
    form = RecordForm(declared, request.POST or None)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_note(
                person_id,
                at["team_code"] or "",
                kind,
                by=request.user,
                **form.cleaned_data,
            )
            return redirect(_back(declared, person_id))
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return _form(request, declared, person_id, form, errors, None)


new_note.opening = Opening(Do.WRITE_CARE, Kind.PERSON, (Purpose.DIRECT_CARE,), "person_id")


@about(Note, of=lambda found: writes(NOTE_KINDS[found.kind_of]))
def note(request: HttpRequest, found: Note) -> HttpResponse:
    """Change a note, end it or bring it back; every version stays readable below."""
    kind = NOTE_KINDS[found.kind_of]
    form = RecordForm(kind, request.POST or None, initial=found.content())
    step = request.POST.get("step", "")
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = {} if step else errors_of(form)
        try:
            if step in ("end", "bring_back"):
                state = "ended" if step == "end" else "current"
                found.revise(by=request.user, base=base_version(request), state=state)
                return redirect(_back(kind, found.person_id))
            if form.is_valid():
                found.revise(by=request.user, base=base_version(request), **form.cleaned_data)
                return redirect(_back(kind, found.person_id))
        except StaleSave as stale:
            return stale_page(
                request, stale, {f.column: f.label for f in kind.fields}, request.path
            )
        except (ValidationError, NoSuchStep) as wrong:
            errors = (
                errors_in(wrong)
                if isinstance(wrong, ValidationError)
                else {"": f"Not possible: {wrong}"}
            )
    return _form(request, kind, found.person_id, form, errors, found)


def _back(kind: NoteKind, person_id: int) -> str:
    return reverse("advance_care" if kind.advance_care else "person", args=[person_id])


def _form(
    request: HttpRequest,
    kind: NoteKind,
    person_id: int,
    form: RecordForm,
    errors: dict[str, str],
    found: Note | None,
) -> HttpResponse:
    return page(
        request,
        "neighbourhood/note.jinja",
        kind=kind,
        short=presenters.short(person_id),
        found=found,
        choices={
            f.column: form.fields[f.column].choices for f in kind.fields if f.column == "agreed"
        },
        values=typed(form),
        errors=errors,
        version=found.version if found else 0,
        versions=presenters.note_versions(found, kind) if found else [],
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
        status=422 if errors else 200,
    )


@see_advance_care
def advance_care(request: HttpRequest, person_id: int) -> HttpResponse:
    """The pointer to a ReSPECT form or another advance care document: for clinicians trained in it,
    each look audited."""
    if request.user.role == "resident":
        return redirect("my_record")
    kind = NOTE_KINDS["advance_care"]
    found = Note.objects.filter(person_id=person_id, kind_of=kind.key, state="current").first()
    return page(
        request,
        "neighbourhood/advance_care.jinja",
        person=person_id,
        short=presenters.short(person_id),
        found=presenters.note_facts(found) if found else [],
        note=found,
        may_write="advance-care-by-training" in request.decision.policies,
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
    )
