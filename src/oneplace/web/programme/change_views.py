"""Changing the plan: an edit, its difference, the proposal; re-baselining; the gates of a
scheme."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from oneplace.documents.versions import Stale
from oneplace.faults import InputAtFault
from oneplace.plan.assurance.movements import Slip
from oneplace.plan.programme import Plan, Scheme
from oneplace.report import words as paper
from oneplace.web import place
from oneplace.web.components.forms import (
    Asked,
    Day,
    Words,
    attempt,
    base_version,
    errors_of,
    labels_of,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.programme import actions
from oneplace.web.programme.change_words import in_words
from oneplace.web.programme.models import Gate
from oneplace.web.programme.risk_views import edit_risks
from oneplace.web.programme.views import edit_plan, scheme_of, slips_of


class SchemeForm(forms.Form):
    lead = Words(required=False, most=200)
    purpose = Words(error_messages={"required": "Say what the scheme does"})
    summary = Words(
        most=500,
        error_messages={"required": "Say what changes and why: the board reads this first"},
    )

    def __init__(self, scheme: Scheme, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for m in scheme.milestones:
            self.fields[f"due-{m.id}"] = Words(required=False, most=40)


@edit_plan
def edit_scheme(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Fill in, see the difference, propose. The plan itself changes when the board approves the
    digest."""
    plan, now = actions.head()
    slipped = (
        {f"due-{s.milestone.milestone.id}": s for s in slips_of(scheme_id, place.today())}
        if request.GET.get("rebaseline")
        else {}
    )
    found = next((s for s in plan.schemes if s.id == scheme_id), None)
    if found is None:
        raise Http404
    standing = {
        "lead": found.lead or "",
        "purpose": found.purpose,
        **{f"due-{m.id}": str(m.due) if m.due else "" for m in found.milestones},
    }
    form = SchemeForm(found, request.POST or None, initial={**standing, **_rebaselined(slipped)})
    errors = errors_of(form) if request.method == "POST" else {}
    context: dict[str, Any] = {
        "scheme": found,
        "base": request.POST.get("base", now),
        "slipped": list(slipped.values()),
        "crumbs": [
            ("Schemes", reverse("schemes")),
            (found.name, reverse("scheme", args=[scheme_id])),
        ],
    }
    changes: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            changed = _changed(plan, found, form)
            if request.POST.get("base") != now:
                return _stale_plan(request, found, standing, form, now)
            changes = actions.compare(plan, changed)
            if not changes:
                errors = {"": "Nothing differs from the plan as it stands"}
            elif request.POST.get("step") == "propose":
                made = actions.propose(
                    changed,
                    base=now,
                    summary=form.cleaned_data["summary"],
                    by=request.user,
                )
                return redirect("proposal", proposal_id=made.pk)
        except InputAtFault as wrong:
            errors = {_field(f.path or "", found): f"{f.what}: {f.expected}" for f in wrong.faults}
            changes = []
        except Stale:
            return _stale_plan(request, found, standing, form, actions.head()[1])
    return page(
        request,
        "programme/edit_scheme.jinja",
        values=typed(form),
        errors=errors,
        changes=in_words(changes, plan),
        status=422 if errors else 200,
        **context,
    )


def _rebaselined(slipped: dict[str, Slip]) -> dict[str, str]:
    """What re-baselining asks the board for: the day that is forecast becomes the day that is due,
    and why is to be said."""
    if not slipped:
        return {}
    said = "; ".join(
        f"{s.milestone.milestone.id} from {paper.day(s.baseline)} to {paper.day(s.forecast)}"
        for s in slipped.values()
    )
    dues = {name: s.forecast.isoformat() for name, s in slipped.items()}
    return {**dues, "summary": f"Re-baseline: {said}. Because "[:500]}


def _changed(plan: Plan, found: Scheme, form: SchemeForm) -> Plan:
    said = form.cleaned_data
    dues = {
        m.id: {"due": said[f"due-{m.id}"]}
        for m in found.milestones
        if said[f"due-{m.id}"] != (str(m.due) if m.due else "")
    }
    return actions.edited(plan, found.id, {"lead": said["lead"], "purpose": said["purpose"]}, dues)


def _field(path: str, found: Scheme) -> str:
    """The form's field that a fault in the document belongs to."""
    at = re.search(r"milestones\[(\d+)\]", path)
    if at and int(at[1]) < len(found.milestones):
        return f"due-{found.milestones[int(at[1])].id}"
    return "lead" if path.endswith("lead") else "purpose" if path.endswith("purpose") else ""


def _stale_plan(
    request: HttpRequest, found: Scheme, standing: dict[str, str], form: SchemeForm, now: str
) -> HttpResponse:
    """Somebody changed the plan since this form was opened: both values, and the form starts from
    the plan of now."""
    labels = {
        "lead": "Lead",
        "purpose": "Purpose",
        **{f"due-{m.id}": f"{m.title}: due" for m in found.milestones},
    }
    offered = {k: form.cleaned_data.get(k, "") for k in labels}
    return render(
        request,
        "components/stale.jinja",
        {
            "who": "Somebody",
            "when": None,
            "version": 0,
            "differences": [
                {"name": k, "label": labels[k], "kept": standing[k], "offered": v}
                for k, v in offered.items()
                if v != standing[k]
            ],
            "unchanged": [
                ("base", now),
                ("summary", form.cleaned_data.get("summary", "")),
                *((k, v) for k, v in offered.items() if v == standing[k]),
            ],
            "action": request.path,
        },
        status=409,
    )


# --- gates ----------------------------------------------------------------------------------------
class GateForm(forms.Form):
    state = forms.ChoiceField(choices=Gate._meta.get_field("state").choices)
    decided_on = Day(required=False)
    decided_by = Words(most=200, required=False)
    reason = Words(required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("state") not in (None, "awaiting"):
            if not said.get("decided_on") and "decided_on" not in self.errors:
                self.add_error("decided_on", "Say on which day it was decided")
            if not said.get("decided_by"):
                self.add_error("decided_by", "Name who decided")
        if said.get("decided_on") and said["decided_on"] > place.today():
            self.add_error("decided_on", "A day that has come")
        return said


GATE_ASKED = (
    Asked("state", "State", "select", options=tuple(Gate._meta.get_field("state").choices)),
    Asked("decided_on", "Decided on", hint="For example, 6/8/2019", width="10", required=False),
    Asked("decided_by", "Who decided", required=False),
    Asked("reason", "Why", "area", required=False),
)


@edit_risks
def gate(request: HttpRequest, scheme_id: str, gate: str) -> HttpResponse:
    """One gate of a scheme, the quality impact assessment among them: awaited, passed, refused, not
    needed."""
    found = scheme_of(scheme_id)
    if gate not in dict(Gate.GATES):
        raise Http404
    kept = Gate.objects.filter(scheme=scheme_id, gate=gate).first()
    form = GateForm(request.POST or None, initial=kept.content() if kept else {"state": "awaiting"})

    def save(said: dict[str, Any]) -> Gate:
        if kept is None:
            return Gate.write(by=request.user, scheme=scheme_id, gate=gate, **said)
        return kept.revise(by=request.user, base=base_version(request), **said)

    done, errors = attempt(request, form, save, labels_of(GATE_ASKED))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("scheme", scheme_id=scheme_id)
    return page(
        request,
        "components/entry.jinja",
        heading=f"{dict(Gate.GATES)[gate]}: {found.id} {found.name}",
        asked=GATE_ASKED,
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        crumbs=[("Schemes", reverse("schemes")), (found.name, reverse("scheme", args=[scheme_id]))],
        status=422 if errors else 200,
    )
