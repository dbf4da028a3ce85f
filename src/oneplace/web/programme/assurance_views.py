"""The assurance framework, and the compliance matrices with the evidence that is recorded here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.answers.plan import bound_by, duty_cells
from oneplace.plan.assurance.compliance import ComplianceMatrix, Duty, DutyCell
from oneplace.plan.assurance.framework import framework as framework_of
from oneplace.web import desk, place
from oneplace.web.components import words
from oneplace.web.components.forms import (
    Asked,
    Day,
    Words,
    attempt,
    base_version,
    errors_of,
    labels_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.history.models import StaleSave
from oneplace.web.programme import risk_lists as lists
from oneplace.web.programme import risk_presenters as presenters
from oneplace.web.programme.models import ComplianceEvidence
from oneplace.web.programme.risk_views import edit_risks, held, may_edit, see_risks

ANSWERS = (("yes", "Met"), ("no", "Not met"))


@see_risks
def framework(request: HttpRequest) -> HttpResponse:
    """Aims, what threatens them, what keeps that down, what shows it, what is missing, what is
    done. Called here what the place calls it on this day."""
    on, plan = place.today(), desk.session().plan_documents.plan
    term = place.place().words(on).get("assurance framework", "Assurance framework")
    found = framework_of(plan.aims if plan else (), held(on))
    principal = {h.risk["id"] for a in found for h in a.risks}
    loose = [h for h in held(on) if h.risk["state"] != "closed" and h.risk["id"] not in principal]
    return page(
        request,
        "programme/framework.jinja",
        lists.FRAMEWORK.of(lists.threats(found), caption=term),
        term=term,
        figures=presenters.framework_tiles(found, desk.figures("framework")),
        bare=[a.aim.name for a in found if not a.risks],
        loose=len(loose),
        may_edit=may_edit(request),
        on=on,
        standing=desk.standing(),
    )


# --- compliance -------------------------------------------------------------------------------------------------------
def _matrix(matrix_id: str) -> ComplianceMatrix:
    found = next((m for m in desk.session().plan_documents.compliance if m.id == matrix_id), None)
    if found is None:
        raise Http404
    return found


def _cells(m: ComplianceMatrix, on: dt.date) -> tuple[Sequence[DutyCell], dict[str, str]]:
    """How every duty stands for everybody bound by it, and their names."""
    session = desk.session()
    return duty_cells(session.place, session.entries, m, on), bound_by(session.place, m)


@see_risks
def compliance(request: HttpRequest) -> HttpResponse:
    """Every matrix of the place with what is met, not met, overdue and without evidence."""
    on = place.today()
    found = [(m, *_cells(m, on)) for m in desk.session().plan_documents.compliance]
    grid = lists.MATRICES.of(lists.counted(m, c, len(names)) for m, c, names in found)
    return page(request, "programme/compliance.jinja", grid, on=on, standing=desk.standing())


@see_risks
def compliance_matrix(request: HttpRequest, matrix_id: str) -> HttpResponse:
    m, on = _matrix(matrix_id), place.today()
    found, names = _cells(m, on)
    return page(
        request,
        "programme/compliance_matrix.jinja",
        lists.DUTIES.of(m.duties, matrix=m, counts=lists.duty_counts(found)),
        lists.WHO_BY_DUTY.of(lists.by_who(found), matrix=m, names=names, edit=may_edit(request)),
        matrix=m,
        on=on,
        figures=presenters.duty_tiles(f"duties.{m.id}", desk.figures("duties", m.id), len(found)),
        crumbs=[("Compliance", reverse("compliance"))],
        standing=desk.standing(),
    )


class EvidenceForm(forms.Form):
    met = forms.ChoiceField(
        choices=ANSWERS, error_messages={"required": "Choose whether the duty is met"}
    )
    given_on = Day(error_messages={"required": "Say on which day it was shown"})
    said_by = Words(most=200, error_messages={"required": "Name who says so"})
    evidence = Words(error_messages={"required": "Say what shows it"})

    def clean_given_on(self) -> dt.date:
        given: dt.date = self.cleaned_data["given_on"]
        if given > place.today():
            raise forms.ValidationError("A day that has come")
        return given

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        return {**said, "met": said["met"] == "yes"} if "met" in said else said


ASKED = (
    Asked("met", "Is the duty met?", "select", options=(("", "Choose"), *ANSWERS)),
    Asked("given_on", "Shown on", width="10", hint="For example, 6/8/2019"),
    Asked("said_by", "Who says so", hint="The practice’s declaration, an audit, a visit"),
    Asked("evidence", "What shows it", "area"),
)


def _duty(m: ComplianceMatrix, duty_id: str) -> Duty:
    found = next((d for d in m.duties if d.id == duty_id), None)
    if found is None:
        raise Http404
    return found


@see_risks
def compliance_duty(request: HttpRequest, matrix_id: str, duty_id: str) -> HttpResponse:
    """One duty and everybody who has it."""
    return _duty_page(request, _matrix(matrix_id), duty_id, {}, {})


def _duty_page(
    request: HttpRequest,
    m: ComplianceMatrix,
    duty_id: str,
    values: dict[str, Any],
    errors: dict[str, str],
) -> HttpResponse:
    duty, on, edit = _duty(m, duty_id), place.today(), may_edit(request)
    found, names = _cells(m, on)
    kept = ComplianceEvidence.objects.filter(matrix=m.id, duty=duty_id)
    said = dict(kept.values_list("who", "evidence"))
    return page(
        request,
        "programme/compliance_duty.jinja",
        lists.WHO_HAS_IT.of(
            (c for c in found if c.duty.id == duty_id), matrix=m, names=names, said=said, edit=edit
        ),
        duty=duty,
        matrix=m,
        asked=ASKED,
        values=values or {"given_on": words.day(on)},
        errors=errors,
        may_edit=edit,
        facts=[
            ("Due", presenters.due(duty)),
            ("Evidence wanted", duty.evidence or "Not stated"),
            ("Standard", duty.standard or ""),
            ("Note", duty.note or ""),
        ],
        crumbs=[
            ("Compliance", reverse("compliance")),
            (m.title, reverse("compliance_matrix", args=[m.id])),
        ],
        status=422 if errors else 200,
    )


@edit_risks
def compliance_several(request: HttpRequest, matrix_id: str, duty_id: str) -> HttpResponse:
    """The same evidence for everybody chosen: all are written or none."""
    m = _matrix(matrix_id)
    duty = _duty(m, duty_id)
    if request.method != "POST":
        return redirect("compliance_duty", matrix_id=m.id, duty_id=duty_id)
    names = bound_by(desk.session().place, m, duty)
    chosen = [w for w in dict.fromkeys(request.POST.getlist("who")) if w in names]
    form = EvidenceForm(request.POST)
    errors = errors_of(form)
    if not chosen:
        errors = {"": "Choose at least one of those who have not shown anything yet", **errors}
    if errors:
        return _duty_page(request, m, duty_id, typed(form), errors)
    try:
        with transaction.atomic():
            for who in chosen:
                kept = ComplianceEvidence.objects.filter(matrix=m.id, duty=duty_id, who=who).first()
                if kept is not None:
                    raise StaleSave(kept, dict(form.cleaned_data), 0)
                ComplianceEvidence.write(
                    by=request.user, matrix=m.id, duty=duty_id, who=who, **form.cleaned_data
                )
    except StaleSave as stale:
        # Somebody wrote about one of them meanwhile: that one is settled on its own page, and the
        # others were not written.
        return _stale(
            request, stale, reverse("compliance_evidence", args=[m.id, duty_id, stale.kept.who])
        )
    return redirect("compliance_duty", matrix_id=m.id, duty_id=duty_id)


def _stale(request: HttpRequest, stale: StaleSave, address: str) -> HttpResponse:
    """Both values as the form has them: yes and no, not true and false."""
    stale.offered["met"] = "yes" if stale.offered["met"] else "no"
    content = stale.kept.content()
    stale.kept.content = lambda: {**content, "met": "yes" if content["met"] else "no"}
    return stale_page(request, stale, labels_of(ASKED), address)


@edit_risks
def compliance_evidence(
    request: HttpRequest, matrix_id: str, duty_id: str, who: str
) -> HttpResponse:
    """What one of them has shown about one duty."""
    m = _matrix(matrix_id)
    duty = _duty(m, duty_id)
    names = bound_by(desk.session().place, m, duty)
    if who not in names:
        raise Http404
    kept = ComplianceEvidence.objects.filter(matrix=m.id, duty=duty_id, who=who).first()
    initial = (
        {**kept.content(), "met": "yes" if kept.met else "no"}
        if kept
        else {"given_on": place.today()}
    )
    form = EvidenceForm(request.POST or None, initial=initial)

    def save(said: dict[str, Any]) -> ComplianceEvidence | HttpResponse:
        key = {"matrix": m.id, "duty": duty_id, "who": who}
        if kept is None:
            return ComplianceEvidence.write(by=request.user, **key, **said)
        try:
            return kept.revise(by=request.user, base=base_version(request), **said)
        except StaleSave as stale:
            return _stale(request, stale, request.path)

    done, errors = attempt(request, form, save, labels_of(ASKED))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("compliance_duty", matrix_id=m.id, duty_id=duty_id)
    return page(
        request,
        "components/entry.jinja",
        heading=f"{names[who]}: {duty.id} {duty.asked}",
        lede=f"Due: {presenters.due(duty)}",
        asked=ASKED,
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        crumbs=[
            ("Compliance", reverse("compliance")),
            (m.title, reverse("compliance_matrix", args=[m.id])),
            (f"{duty.id} {duty.asked}", reverse("compliance_duty", args=[m.id, duty_id])),
        ],
        status=422 if errors else 200,
    )
