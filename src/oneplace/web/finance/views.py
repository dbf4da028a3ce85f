"""Position, savings, activity to money: what the plan's figures allow, and what has to be supplied for the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.plan.money.forms import Finances, SavingLine
from oneplace.plan.money.positions import savings_by_recurrence
from oneplace.plan.scheme import latest
from oneplace.report import words as paper
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.visit.plan import returns_of
from oneplace.web import desk
from oneplace.web.accounts.door import may, opens
from oneplace.web.board import parts
from oneplace.web.components import paper as blocks
from oneplace.web.components.forms import Day, Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.config import place
from oneplace.web.finance import presenters
from oneplace.web.finance.models import STAGES, SavingForecast
from oneplace.web.history.models import StaleSave

MONEY = Subject(Kind.PROGRAMME, "money")
see_money = opens(Action.SEE_MONEY, Kind.PROGRAMME, Purpose.PLANNING, Purpose.BOARD, subject="money")
edit_money = opens(Action.EDIT_MONEY, Kind.PROGRAMME, Purpose.PLANNING, subject="money")

# The headings of the paper's money section under each page.
POSITION = ("What the place is given", "Where it goes", "From source to use")
REQUIRED = ("What mental health must get", "What primary care networks get")
DIFFERENCES = "Printed figures that do not agree"


def _finances() -> Finances | None:
    return desk.visit().plan_documents.finances


def _reported() -> dict[str, Decimal]:
    """What returns say was saved, by line."""
    said = latest(returns_of(desk.visit().entries), on=place.today())
    return {id: r.value for id, r in said.items() if r.value is not None}


@see_money
def position(request: HttpRequest) -> HttpResponse:
    """Do we hit the control total? As far as a printed year can say."""
    section = parts.section("money")
    found = blocks.shown([*blocks.under(section, *POSITION), *blocks.under(section, DIFFERENCES)], moves=parts.moves())
    tiles = parts.part("money").tiles
    return page(
        request,
        "finance/position.jinja",
        *found.grids,
        blocks=found.blocks,
        tiles=[blocks.tile(t, parts.moves()) for t in tiles.tiles] if tiles else [],
        has_money=_finances() is not None,
        not_supplied=presenters.NOT_SUPPLIED,
        notes=finances.notes if (finances := _finances()) else (),
        standing=desk.standing(),
    )


@see_money
def savings(request: HttpRequest) -> HttpResponse:
    """Where is what is to be saved?"""
    finances = _finances()
    lines: tuple[SavingLine, ...] = finances.savings.lines if finances and finances.savings else ()
    reported = _reported()
    forecasts = presenters.last_forecasts(SavingForecast.objects.filter(month__lte=place.today()))
    section = parts.section("money")
    differ = blocks.shown(b for b in blocks.under(section, "What is to be saved") if type(b).__name__ == "Picture")
    return page(
        request,
        "finance/savings.jinja",
        presenters.savings_grid(lines, reported, forecasts),
        presenters.recurrence_grid(savings_by_recurrence(finances)) if finances else presenters.recurrence_grid({}),
        figures=presenters.savings_figures(lines, finances.savings.printed_total_gbp, reported, forecasts)
        if finances and finances.savings
        else [],
        charts=differ.blocks,
        differing=[r for r in _differences() if r["table"] == "savings"],
        may_edit=may(request, Action.EDIT_MONEY, MONEY, Purpose.PLANNING),
        standing=desk.standing(),
    )


def _differences() -> list[dict[str, Any]]:
    """Printed sums that their lines do not reach: shown, never forced."""
    from oneplace.plan.money import differences
    from oneplace.report import words

    finances = _finances()
    if finances is None:
        return []
    return [
        {
            "table": r.table,
            "what": r.what,
            "printed": words.quantity(
                r.printed, "" if r.unit.startswith("GBP") else r.unit, words.decimals_for([r.printed])
            ),
            "recomputed": words.quantity(r.recomputed, "", words.decimals_for([r.recomputed])),
            "difference": words.number(r.difference, words.decimals_for([r.difference])),
            "unit": r.unit,
            "note": r.note,
        }
        for r in differences(finances)
    ]


class ForecastForm(forms.Form):
    forecast_gbp = forms.IntegerField(
        min_value=-10_000_000_000,
        max_value=10_000_000_000,
        error_messages={
            "required": "Write what the line will save by the end of the year",
            "invalid": "Write whole pounds, such as 250000",
            "max_value": "Write at most 10,000,000,000",
            "min_value": "Write at least -10,000,000,000",
        },
    )
    stage = forms.ChoiceField(choices=STAGES, error_messages={"required": "Choose how far it is thought out"})
    reason = Words(error_messages={"required": "Say why: the forecast without its reason helps nobody"})
    recovery_by = Day(required=False)

    def __init__(self, data: Any = None, **kwargs: Any):
        if data is not None:
            data = data.copy()
            given = data.get("forecast_gbp", "")
            data["forecast_gbp"] = given.replace("£", "").replace(",", "").strip()
        super().__init__(data, **kwargs)


LABELS = {
    "forecast_gbp": "Forecast for the year, in pounds",
    "stage": "Stage",
    "reason": "Why",
    "recovery_by": "Recovery plan asked for by",
}


def _line(line_id: str) -> SavingLine:
    finances = _finances()
    found = (
        next((x for x in finances.savings.lines if x.id == line_id), None) if finances and finances.savings else None
    )
    if found is None:
        raise Http404
    return found


@see_money
def saving(request: HttpRequest, line_id: str) -> HttpResponse:
    """One line: what was planned, reported and forecast, and what was asked for."""
    line = _line(line_id)
    history = SavingForecast.objects.filter(line=line.id).select_related("changed_by")
    return page(
        request,
        "finance/saving.jinja",
        presenters.forecast_history(history),
        line=line,
        facts=presenters.line_facts(line, _reported().get(line.id)),
        may_edit=may(request, Action.EDIT_MONEY, MONEY, Purpose.PLANNING),
        month=place.today().replace(day=1),
        crumbs=[("Savings", reverse("savings"))],
        standing=desk.standing(),
    )


@edit_money
def forecast(request: HttpRequest, line_id: str) -> HttpResponse:
    """Write or revise this month's forecast of a line, with its reason."""
    line, month = _line(line_id), place.today().replace(day=1)
    kept = SavingForecast.objects.filter(line=line.id, month=month).first()
    before = kept or SavingForecast.objects.filter(line=line.id, month__lt=month).first()
    initial = before.content() if before else {"forecast_gbp": int(line.gbp), "stage": "identified"}
    form = ForecastForm(request.POST or None, initial=initial)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            if kept:
                kept.revise(by=request.user, base=base_version(request), **form.cleaned_data)
            else:
                SavingForecast.write(by=request.user, line=line.id, month=month, **form.cleaned_data)
            return redirect("saving", line_id=line.id)
        except StaleSave as stale:
            return stale_page(request, stale, LABELS, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return page(
        request,
        "finance/forecast.jinja",
        line=line,
        month=month,
        values=typed(form),
        errors=errors,
        labels=LABELS,
        stages=[("", "Choose"), *STAGES],
        version=kept.version if kept else 0,
        carried=before.month if before is not None and kept is None else None,
        crumbs=[("Savings", reverse("savings")), (line.area, reverse("saving", args=[line.id]))],
        status=422 if errors else 200,
    )


@see_money
def activity_to_money(request: HttpRequest) -> HttpResponse:
    """What a promised admission is worth: at tariff, under the contract, in cash."""
    section = parts.section("money")
    given = blocks.under(section, *REQUIRED)
    contract = [b for b in section.blocks if type(b).__name__ == "Words" and "Contract:" in str(getattr(b, "line", ""))]
    found = blocks.shown([*given, *(b for b in contract if b not in given)], moves=parts.moves())
    claims = desk.answer("assessed claims", lambda v: v.assessed_claims()) if desk.built() else ()
    return page(
        request,
        "finance/activity_to_money.jinja",
        presenters.effects_grid(claims),
        *found.grids,
        blocks=found.blocks,
        figures=presenters.effects_figures(claims, _finances()),
        of_all=[paper.sentence(n) for n in presenters.common_notes(claims)],
        built=desk.built(),
        notice=desk.visit().notice,
        not_supplied=presenters.NOT_SUPPLIED[3:],
        standing=desk.standing(),
    )
