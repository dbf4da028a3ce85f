"""What is written and asked on a measure's pages: rebases, reports on exceptions, evidence of a
goal, what a waiting list takes.

In: requests. Out: pages, or a redirect to the page the entry is about. Rebases and reports are an
analyst's; evidence is a planner's or a quality lead's; the waiting list is asked by address, so
that an answer can be sent on.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.answers import performance
from oneplace.documents.values import when
from oneplace.faults import InputAtFault
from oneplace.measures.forms import MeasureDefinition
from oneplace.measures.goals import OF_GOALS
from oneplace.place.standards import Standard
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import may, opens
from oneplace.web.board import measure_lists, measures
from oneplace.web.board.models import ExceptionReport, MeasureRebase
from oneplace.web.components.forms import Asked, Day, Words, attempt, base_version, labels_of, typed
from oneplace.web.components.frame import page
from oneplace.web.programme.models import ComplianceEvidence

see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.BOARD, subject="figures")
edit_measures = opens(Action.EDIT_MEASURES, Kind.PROGRAMME, Purpose.PLANNING, subject="measures")
edit_evidence = opens(Action.EDIT_RISKS, Kind.PROGRAMME, Purpose.PLANNING, subject="goals")
MEASURES = Subject(Kind.PROGRAMME, "measures")
GOALS = Subject(Kind.PROGRAMME, "goals")


def may_edit(request: HttpRequest) -> bool:
    return may(request, Action.EDIT_MEASURES, MEASURES, Purpose.PLANNING)


def may_attest(request: HttpRequest) -> bool:
    return may(request, Action.EDIT_RISKS, GOALS, Purpose.PLANNING)


def definition(measure: str) -> MeasureDefinition:
    found = next((m for m in desk.session().plan_documents.measures if m.id == measure), None)
    if found is None:
        raise Http404
    return found


def _organisations(measure: str) -> tuple[tuple[str, str], ...]:
    answer = parts.measured(performance.measure_page, measure, None)
    return (("", "Everybody’s chart"), *measures.organisations(answer))


def _page_of(measure: str, organisation: str) -> str:
    address = reverse("measure_page", args=[measure])
    return f"{address}?org={organisation}" if organisation else address


def _crumbs(m: MeasureDefinition) -> list[tuple[str, str]]:
    return [
        ("Performance", reverse("performance")),
        (m.title, reverse("measure_page", args=[m.id])),
    ]


# --- rebases ----------------------------------------------------------------------------------------------------------
class RebaseForm(forms.Form):
    organisation = forms.CharField(required=False, max_length=20)
    month = Words(most=40, error_messages={"required": "Say from which month"})
    reason = Words(
        error_messages={
            "required": "Say what changed: limits are never started afresh without a reason"
        }
    )
    author = Words(most=200, error_messages={"required": "Name who says so"})
    said_on = Day(error_messages={"required": "Say on which day it was said"})

    def clean_month(self) -> dt.date:
        try:
            found = when(self.cleaned_data["month"])
        except ValueError:
            raise forms.ValidationError("Write the month like 2019-04") from None
        if found.end is None or (found.start.year, found.start.month) != (
            found.end.year,
            found.end.month,
        ):
            raise forms.ValidationError("One month, like 2019-04")
        return found.start.replace(day=1)

    def clean_said_on(self) -> dt.date:
        given: dt.date = self.cleaned_data["said_on"]
        if given > place.today():
            raise forms.ValidationError("A day that has come")
        return given


def _asked_of_rebase(measure: str) -> tuple[Asked, ...]:
    return (
        Asked(
            "organisation", "Whose chart", "select", options=_organisations(measure), required=False
        ),
        Asked(
            "month",
            "From which month",
            hint="The first month of the changed process, for example 2019-04",
            width="10",
        ),
        Asked(
            "reason",
            "What changed",
            "area",
            hint="It stands in the log and under the chart, in the paper too",
        ),
        Asked("author", "Who says so"),
        Asked("said_on", "Said on", hint="For example, 6/8/2019", width="10"),
    )


@edit_measures
def rebase_measure(request: HttpRequest, measure: str) -> HttpResponse:
    """The process changed: limits start afresh from a month, with reason, author and date."""
    m, asked = definition(measure), _asked_of_rebase(measure)
    organisation = request.GET.get("org", "")
    answer = parts.measured(performance.measure_page, measure, None)
    shown = (
        "" if organisation in ("", "place") and len(answer["organisations"]) < 2 else organisation
    )
    start = {"organisation": shown, "author": request.user.name, "said_on": place.today()}
    form = RebaseForm(request.POST or None, initial=start)

    def save(said: dict[str, Any]) -> MeasureRebase:
        if said["organisation"] not in {code for code, _ in _organisations(measure)}:
            raise forms.ValidationError({"organisation": "Choose one of the charts"})
        page_ = parts.measured(performance.measure_page, measure, said["organisation"] or None)
        months = [p["month"] for p in page_["points"]]
        if not months or not months[0] < said["month"].isoformat() <= months[-1]:
            span = f"from {months[1][:7]} to {months[-1][:7]}" if len(months) > 1 else "none"
            raise forms.ValidationError(
                {"month": f"A month that the chart has and does not begin with: {span}"}
            )
        standing = MeasureRebase.objects.filter(
            measure=measure,
            organisation=said["organisation"],
            month=said["month"],
            state="standing",
        )
        if standing.exists():
            raise forms.ValidationError(
                {"month": "This chart starts afresh there already; withdraw that rebase first"}
            )
        return MeasureRebase.write(by=request.user, measure=measure, **said)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect(_page_of(measure, done.organisation))
    return page(
        request,
        "components/entry.jinja",
        heading=f"{m.title}: start the limits afresh",
        lede="For a process that somebody knows has changed, not for a month that disappoints. It can be withdrawn, with a reason, and stays in the log.",
        asked=asked,
        values=typed(form),
        errors=errors,
        version=0,
        button="Start afresh",
        crumbs=_crumbs(m),
        status=422 if errors else 200,
    )


class WithdrawForm(forms.Form):
    withdrawn_reason = Words(error_messages={"required": "Say why it is withdrawn"})


WITHDRAW = (
    Asked(
        "withdrawn_reason",
        "Why is it withdrawn",
        "area",
        hint="It stays in the log beside the rebase",
    ),
)


@edit_measures
def withdraw_rebase(request: HttpRequest, measure: str, rebase_id: int) -> HttpResponse:
    """A rebase no longer holds: the chart is as it was before, and the log says why."""
    m = definition(measure)
    kept = get_object_or_404(MeasureRebase, pk=rebase_id, measure=measure)
    form = WithdrawForm(request.POST or None)

    def save(said: dict[str, Any]) -> MeasureRebase:
        return kept.revise(by=request.user, base=base_version(request), state="withdrawn", **said)

    done, errors = attempt(request, form, save, labels_of(WITHDRAW))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect(_page_of(measure, done.organisation))
    return page(
        request,
        "components/entry.jinja",
        heading=f"{m.title}: withdraw a rebase",
        facts=[
            ("From", f"{kept.month:%B %Y}"),
            ("Reason", kept.reason),
            ("Who said so", kept.author),
            ("State", kept.state.capitalize()),
        ],
        asked=WITHDRAW if kept.state == "standing" else (),
        values=typed(form),
        errors=errors,
        version=kept.version,
        button="Withdraw it",
        crumbs=_crumbs(m),
        status=422 if errors else 200,
    )


# --- exception reports ------------------------------------------------------------------------------------------------
class ReportForm(forms.Form):
    organisation = forms.CharField(required=False, max_length=20)
    signal = Words(error_messages={"required": "Say what happened, in words"})
    action = Words(error_messages={"required": "Say what is done about it"})
    owner = Words(most=200, error_messages={"required": "Name one owner"})
    due_on = Day(error_messages={"required": "Say by when"})
    state = forms.ChoiceField(choices=[(s, s) for s in ExceptionReport.TRANSITIONS])


@edit_measures
def report_exception(request: HttpRequest, measure: str) -> HttpResponse:
    """The report on a measure that needs attention; one stands at a time for each organisation, and
    may be closed."""
    m = definition(measure)
    given = request.POST.get("organisation", request.GET.get("org", ""))
    organisation = "" if given == "place" else given
    try:
        answer = parts.measured(performance.measure_page, measure, organisation or None)
    except InputAtFault:
        raise Http404 from None
    kept = (
        ExceptionReport.objects.filter(measure=measure, organisation=organisation)
        .exclude(state="closed")
        .first()
    )
    steps = (kept.state, *ExceptionReport.TRANSITIONS[kept.state]) if kept else ("open", "in hand")
    asked = (
        Asked(
            "organisation",
            "Whose figure",
            "select",
            options=(("", "The place’s own"), *measures.organisations(answer)),
            required=False,
        ),
        Asked(
            "signal",
            "What happened",
            "area",
            hint="As the chart says it; change the words where you know better",
        ),
        Asked("action", "What is done about it", "area"),
        Asked("owner", "Owner"),
        Asked("due_on", "By when", hint="For example, 6/8/2019", width="10"),
        Asked("state", "State", "select", options=tuple((s, s.capitalize()) for s in steps)),
    )
    start = (
        kept.content()
        if kept
        else {
            "organisation": organisation,
            "signal": measure_lists.signal_in_words(answer),
            "state": "open",
        }
    )
    form = ReportForm(request.POST or None, initial=start)

    def save(said: dict[str, Any]) -> ExceptionReport:
        if kept is not None:
            return kept.revise(by=request.user, base=base_version(request), **said)
        if said["state"] == "closed":
            raise forms.ValidationError({"state": "A report starts open or in hand"})
        return ExceptionReport.write(by=request.user, measure=measure, **said)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect(_page_of(measure, done.organisation))
    return page(
        request,
        "components/entry.jinja",
        heading=f"{m.title}: exception report",
        asked=asked,
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        button="Save",
        crumbs=_crumbs(m),
        status=422 if errors else 200,
    )


# --- evidence of a goal -----------------------------------------------------------------------------------------------
class GoalForm(forms.Form):
    met = forms.ChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        error_messages={"required": "Choose whether it is met"},
    )
    given_on = Day(error_messages={"required": "Say on which day it was shown"})
    said_by = Words(most=200, error_messages={"required": "Name who says so"})
    evidence = Words(error_messages={"required": "Name the document that shows it"})

    def clean_given_on(self) -> dt.date:
        given: dt.date = self.cleaned_data["given_on"]
        if given > place.today():
            raise forms.ValidationError("A day that has come")
        return given

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        return {**said, "met": said["met"] == "yes"} if "met" in said else said


OF_GOAL = (
    Asked(
        "met",
        "Is the goal met",
        "select",
        options=(("", "Choose"), ("yes", "Met"), ("no", "Not met")),
    ),
    Asked("given_on", "Shown on", hint="For example, 6/8/2019", width="10"),
    Asked("said_by", "Who says so", hint="A name and what they answer for"),
    Asked(
        "evidence",
        "The document that shows it",
        "area",
        hint="Its title, date and where it is kept",
    ),
)


def _goal(goal: str) -> Standard:
    document = desk.session().plan_documents.standards
    found = next((s for s in document.standards if s.id == goal), None) if document else None
    if found is None:
        raise Http404
    return found


@edit_evidence
def goal_evidence(request: HttpRequest, goal: str) -> HttpResponse:
    """What shows that a goal is met or not: who says so, when, and by which document."""
    s = _goal(goal)
    row = next(g for g in parts.measured(performance.goals)["goals"] if g["id"] == goal)
    kept = ComplianceEvidence.objects.filter(matrix=OF_GOALS, duty=goal, who="place").first()
    start = (
        {**kept.content(), "met": "yes" if kept.met else "no"}
        if kept
        else {"given_on": place.today()}
    )
    form = GoalForm(request.POST or None, initial=start)

    def save(said: dict[str, Any]) -> ComplianceEvidence:
        if kept is None:
            return ComplianceEvidence.write(
                by=request.user, matrix=OF_GOALS, duty=goal, who="place", **said
            )
        return kept.revise(by=request.user, base=base_version(request), **said)

    done, errors = attempt(request, form, save, labels_of(OF_GOAL))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("goals")
    return page(
        request,
        "components/entry.jinja",
        heading=f"{s.id}: {s.title}",
        lede="A figure speaks before evidence: where one is imported, the goal is judged by it.",
        facts=[
            ("Wanted", row["wanted"]),
            ("By", row["by"] or "No date printed"),
            ("Now", f"{row['verdict'].capitalize()}: {row['why']}"),
            ("Would be judged by", row["feed"] or "its figure"),
            ("Source", s.source),
        ],
        asked=OF_GOAL,
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        crumbs=[("Performance", reverse("performance")), ("Goals", reverse("goals"))],
        status=422 if errors else 200,
    )


# --- the waiting list -------------------------------------------------------------------------------------------------
KINDS = (
    ("elective_referral", "Treatment (RTT)"),
    ("diagnostic_referral", "Diagnostic tests"),
    ("cancer_referral", "Suspected cancer"),
)


def _asked_number(
    request: HttpRequest, name: str, low: float, high: float
) -> tuple[float | None, str | None]:
    """A number of the address, or why it is none; nothing given is no number and no fault."""
    text = request.GET.get(name, "").strip().replace(",", "")
    if not text:
        return None, None
    try:
        given = float(text)
    except ValueError:
        given = math.nan
    if not low <= given <= high:
        return None, f"A number from {low:,.0f} to {high:,.0f}"
    return given, None


@see_figures
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Stock and flow by months waited, load, and what it would take to reach a share by a month,
    with the reader's own numbers."""
    errors: dict[str, str] = {}
    capacity, wrong = _asked_number(request, "capacity", 0, 1e6)
    if wrong:
        errors["capacity"] = wrong
    share, wrong = _asked_number(request, "share", 1, 99.9)
    if wrong:
        errors["share"] = wrong
    by, text = None, request.GET.get("by", "").strip()
    if text:
        try:
            by = when(text).start.replace(day=1)
        except ValueError:
            errors["by"] = "A month, like 2020-03"
    known = {k for k, _ in KINDS}
    kind = given if (given := request.GET.get("kind", "")) in known else KINDS[0][0]
    own = parts.waiting_list(kind, target_percent=share or 92.0, by=by, capacity_a_month=capacity)
    trusts = parts.published_lists()
    return page(
        request,
        "board/waiting_list.jinja",
        measure_lists.needed(own),
        measure_lists.stock(own),
        measure_lists.flow(own),
        measure_lists.projection(own),
        measure_lists.TOLD.of(own.get("told_the_past", ())),
        measure_lists.PUBLISHED.of(trusts),
        figures=measure_lists.waiting_tiles(
            own,
            kind,
            desk.figures("waiting", kind),
            own_numbers=bool(capacity or by or share not in (None, 92.0)),
        ),
        chart=measure_lists.waiting_chart(own),
        answer=own,
        errors=errors,
        kinds=KINDS,
        values={
            "kind": kind,
            "capacity": request.GET.get("capacity", ""),
            "share": request.GET.get("share", "") or "92",
            "by": request.GET.get("by", "")
            or (own["needed"]["by"][:7] if own.get("needed") else ""),
        },
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
        status=422 if errors else 200,
    )
