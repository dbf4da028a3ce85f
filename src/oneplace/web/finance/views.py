"""Position, savings, activity to money: what the plan's figures allow, and what has to be supplied
for the rest."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.answers import claims as claims_answers
from oneplace.faults import InputAtFault
from oneplace.plan.money import differences
from oneplace.plan.money.control import MILLION, MoneyHeld
from oneplace.plan.money.forms import Finances, SavingLine
from oneplace.plan.money.ledger import COLUMNS as LEDGER_COLUMNS
from oneplace.plan.money.monitoring import COLUMNS as MONITORING_COLUMNS
from oneplace.plan.money.positions import contingency, savings_by_recurrence
from oneplace.report import words
from oneplace.report import words as paper
from oneplace.report.board.paper import Paragraph, Picture
from oneplace.report.board.position import answer
from oneplace.report.trace import Figure
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import may, opens
from oneplace.web.components import paper as blocks
from oneplace.web.components.forms import Asked, Day, Words, attempt, base_version, labels_of, typed
from oneplace.web.components.frame import page
from oneplace.web.finance import lists, presenters, supplied
from oneplace.web.finance.models import (
    STAGES,
    ContractMonth,
    LedgerMonth,
    OutturnForecast,
    RecoveryPlan,
    SavingForecast,
)

MONEY = Subject(Kind.PROGRAMME, "money")
see_money = opens(
    Action.SEE_MONEY, Kind.PROGRAMME, Purpose.PLANNING, Purpose.BOARD, subject="money"
)
edit_money = opens(Action.EDIT_MONEY, Kind.PROGRAMME, Purpose.PLANNING, subject="money")

# The headings of the paper's money section under each page.
POSITION = ("What the place is given", "Where it goes", "From source to use")
REQUIRED = ("What mental health must get", "What primary care networks get")
DIFFERENCES = "Printed figures that do not agree"


def _finances() -> Finances | None:
    return desk.session().plan_documents.finances


def _plans() -> dict[str, tuple[str, Decimal]]:
    """The areas that the plan prints, with the year's pounds."""
    finances = _finances()
    lines = finances.expenditure.lines if finances and finances.expenditure else ()
    return {x.id: (x.area, x.gbp_m * MILLION) for x in lines}


def money_figures() -> dict[str, Figure]:
    """Every figure of the year's money: the same that the paper takes."""
    return {**desk.figures("savings"), **desk.figures("position")}


def _missing(held: MoneyHeld) -> list[tuple[str, str]]:
    return presenters.not_supplied(
        ledger=held.last is not None,
        outturns=any(a.outturn for a in held.areas),
        contracts=bool(held.contracts),
        full_year=any(s.effect for s in held.outlooks),
    )


@see_money
def position(request: HttpRequest) -> HttpResponse:
    """Do we hit the control total? As far as what was supplied can say."""
    section = parts.section("money")
    found = blocks.shown(
        [*blocks.under(section, *POSITION), *blocks.under(section, DIFFERENCES)],
        moves=parts.moves(),
    )
    tiles = parts.part("money").tiles
    held, figures, finances = parts.money_held(), money_figures(), _finances()
    return page(
        request,
        "finance/position.jinja",
        lists.AREAS.of(held.areas, held=held, figures=figures),
        *found.grids,
        blocks=found.blocks,
        answer=blocks.line(answer(held.control, figures)),
        tiles=[blocks.tile(t, parts.moves()) for t in tiles.tiles] if tiles else [],
        figures=presenters.position_tiles(
            held, figures, contingency(finances) if finances else None
        ),
        last=held.last,
        five=[
            (p.name, p.forecast_variance_gbp, p.outturn.reason if p.outturn else None, p.area)
            for p in presenters.worst_five(held.areas)
        ],
        has_money=finances is not None,
        not_supplied=_missing(held),
        notes=finances.notes if finances else (),
        may_edit=may(request, Action.EDIT_MONEY, MONEY, Purpose.PLANNING),
        standing=desk.standing(),
    )


@see_money
def savings(request: HttpRequest) -> HttpResponse:
    """Where is what is to be saved?"""
    finances, held, figures = _finances(), parts.money_held(), money_figures()
    section = parts.section("money")
    parts_of = savings_by_recurrence(finances) if finances else {}
    differ = blocks.shown(
        b for b in blocks.under(section, "What is to be saved") if isinstance(b, Picture)
    )
    return page(
        request,
        "finance/savings.jinja",
        lists.savings(held, figures),
        lists.RECURRENCE.of(parts_of.items(), total=sum(parts_of.values())),
        figures=presenters.savings_tiles(held.outlooks, finances.savings.printed_total_gbp, figures)
        if finances and finances.savings
        else [],
        charts=differ.blocks,
        leads=any(s.line.lead for s in held.outlooks),
        differing=[r for r in _differences() if r["table"] == "savings"],
        may_edit=may(request, Action.EDIT_MONEY, MONEY, Purpose.PLANNING),
        standing=desk.standing(),
    )


def _differences() -> list[dict[str, Any]]:
    """Printed sums that their lines do not reach: shown, never forced."""
    finances = _finances()
    if finances is None:
        return []
    return [
        {
            "table": r.table,
            "what": r.what,
            "printed": words.quantity(
                r.printed,
                "" if r.unit.startswith("GBP") else r.unit,
                words.decimals_for([r.printed]),
            ),
            "recomputed": words.quantity(r.recomputed, "", words.decimals_for([r.recomputed])),
            "difference": words.number(r.difference, words.decimals_for([r.difference])),
            "unit": r.unit,
            "note": r.note,
        }
        for r in differences(finances)
    ]


class Pounds(forms.IntegerField):
    """Whole pounds as people write them: 250000, 250,000, £250,000."""

    def __init__(self, *, missing: str = "", **options: Any):
        said = {
            "invalid": "Write whole pounds, such as 250000",
            "max_value": "Write at most 10,000,000,000",
            "min_value": "Write at least -10,000,000,000",
        }
        options["error_messages"] = said | ({"required": missing} if missing else {})
        super().__init__(min_value=-10_000_000_000, max_value=10_000_000_000, **options)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(
            value.replace("£", "").replace(",", "").strip() if isinstance(value, str) else value
        )


class ForecastForm(forms.Form):
    forecast_gbp = Pounds(missing="Write what the line will save by the end of the year")
    stage = forms.ChoiceField(
        choices=STAGES, error_messages={"required": "Choose how far it is thought out"}
    )
    reason = Words(
        error_messages={"required": "Say why: the forecast without its reason helps nobody"}
    )
    starts_on = Day(required=False)
    full_year_gbp = Pounds(required=False)
    confidence_pct = forms.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        error_messages={
            "invalid": "A whole per cent, 0 to 100",
            "min_value": "A whole per cent, 0 to 100",
            "max_value": "A whole per cent, 0 to 100",
        },
    )
    mitigation = Words(required=False)


ASKED = (
    Asked(
        "forecast_gbp",
        "Forecast for the year, in pounds",
        hint="Whole pounds, such as 250000",
        width="10",
    ),
    Asked("stage", "How far is it thought out?", "select", options=(("", "Choose"), *STAGES)),
    Asked("reason", "Why", "area"),
    Asked("starts_on", "Saves from", hint="For example, 6/8/2019", width="10", required=False),
    Asked(
        "full_year_gbp",
        "In a whole year, in pounds",
        hint="With the start it gives the part-year and next year’s effect",
        width="10",
        required=False,
    ),
    Asked(
        "confidence_pct",
        "Of what is still to come, how much is safe, in per cent",
        width="3",
        required=False,
    ),
    Asked("mitigation", "What is done if it falls short", "area", required=False),
)


def _line(line_id: str) -> SavingLine:
    finances = _finances()
    found = (
        next((x for x in finances.savings.lines if x.id == line_id), None)
        if finances and finances.savings
        else None
    )
    if found is None:
        raise Http404
    return found


@see_money
def saving(request: HttpRequest, line_id: str) -> HttpResponse:
    """One line: what was planned, reported and forecast, and what was asked for."""
    line = _line(line_id)
    history = SavingForecast.objects.filter(line=line.id).select_related("changed_by")
    asked = RecoveryPlan.objects.filter(line=line.id).select_related("changed_by").first()
    return page(
        request,
        "finance/saving.jinja",
        lists.FORECASTS.of(history),
        line=line,
        facts=presenters.line_facts(line, money_figures()),
        recovery=asked,
        recovery_facts=presenters.recovery_facts(asked),
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

    def save(said: dict[str, Any]) -> SavingForecast:
        if kept:
            return kept.revise(by=request.user, base=base_version(request), **said)
        return SavingForecast.write(by=request.user, line=line.id, month=month, **said)

    carried = (
        f" Your forecast of {paper.month(before.month)} is filled in."
        if before and not kept
        else ""
    )
    return _written(
        request,
        form,
        save,
        ASKED,
        to=("saving", line.id),
        heading=f"Forecast for {paper.month(month)}: {line.area}",
        lede=f"Planned: {paper.money(line.gbp)}. The plan stays as it was approved; this is what you expect now.{carried}",
        version=kept.version if kept else 0,
        crumbs=[("Savings", reverse("savings")), (line.area, reverse("saving", args=[line.id]))],
    )


def _written(
    request: HttpRequest,
    form: forms.Form,
    save: Callable[[dict[str, Any]], Any],
    asked: tuple[Asked, ...],
    *,
    to: tuple[str, ...],
    **context: Any,
) -> HttpResponse:
    """An entry's form, saved and gone on from, or shown again with what is wrong."""
    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect(to[0], *to[1:])
    return page(
        request,
        "components/entry.jinja",
        asked=asked,
        values=typed(form),
        errors=errors,
        status=422 if errors else 200,
        **context,
    )


class RecoveryForm(forms.Form):
    asked_of = Words(most=200, error_messages={"required": "Name who is to write it"})
    why = Words(error_messages={"required": "Say why it is asked for"})
    due_on = Day(error_messages={"required": "Say by when"})
    plan = Words(most=5_000, required=False)
    state = forms.ChoiceField(choices=RecoveryPlan._meta.get_field("state").choices)


RECOVERY_ASKED = (
    Asked("asked_of", "Of whom"),
    Asked("why", "Why", "area"),
    Asked("due_on", "By when", hint="For example, 6/8/2019", width="10"),
    Asked("state", "State", "select", options=tuple(RecoveryPlan._meta.get_field("state").choices)),
    Asked("plan", "What was sent", "area", hint="Needed once it is received", required=False),
)


@edit_money
def recovery(request: HttpRequest, line_id: str) -> HttpResponse:
    """Ask for a recovery plan, or write what came of it."""
    line = _line(line_id)
    kept = RecoveryPlan.objects.filter(line=line.id).first()
    initial = kept.content() if kept else {"asked_of": line.lead or "", "state": "asked"}
    form = RecoveryForm(request.POST or None, initial=initial)

    def save(said: dict[str, Any]) -> RecoveryPlan:
        if kept:
            return kept.revise(by=request.user, base=base_version(request), **said)
        return RecoveryPlan.write(by=request.user, line=line.id, **said)

    return _written(
        request,
        form,
        save,
        RECOVERY_ASKED,
        to=("saving", line.id),
        heading=f"Recovery plan: {line.area}",
        version=kept.version if kept else 0,
        crumbs=[("Savings", reverse("savings")), (line.area, reverse("saving", args=[line.id]))],
    )


# --- areas and what finance supplies ----------------------------------------------------------------------------------
def _area(area: str) -> str:
    """The area's name; a page of an area that neither plan nor ledger knows does not exist."""
    if area in _plans():
        return _plans()[area][0]
    if any(area in m.lines for m in LedgerMonth.objects.all()):
        return area
    raise Http404


@see_money
def area(request: HttpRequest, area: str) -> HttpResponse:
    """One area: its months, what is expected of it, and why."""
    name, on, held, figures = _area(area), place.today(), parts.money_held(), money_figures()
    mine = next((p for p in held.areas if p.area == area), None)
    history = OutturnForecast.objects.filter(area=area).select_related("changed_by")
    return page(
        request,
        "finance/area.jinja",
        lists.AREA_MONTHS.of((m for m in held.months if area in m.areas), area=area),
        lists.OUTTURNS.of(history),
        name=name,
        area=area,
        facts=presenters.area_facts(mine, figures),
        month=on.replace(day=1),
        may_edit=may(request, Action.EDIT_MONEY, MONEY, Purpose.PLANNING),
        crumbs=[("Position", reverse("position"))],
        standing=desk.standing(),
    )


class OutturnForm(forms.Form):
    best_gbp = Pounds(missing="Write the least the area may spend")
    likely_gbp = Pounds(missing="Write what the area is likely to spend")
    worst_gbp = Pounds(missing="Write the most the area may spend")
    unmitigated_risk_gbp = Pounds(missing="Write 0 when every risk is mitigated")
    reason = Words(
        error_messages={"required": "Say why: the forecast without its reason helps nobody"}
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if {"best_gbp", "likely_gbp", "worst_gbp"} <= said.keys() and not said["best_gbp"] <= said[
            "likely_gbp"
        ] <= said["worst_gbp"]:
            self.add_error("likely_gbp", "Best spends least, worst most: likely lies between them")
        return said


OUTTURN_ASKED = (
    Asked("best_gbp", "Best: the year’s spending, in pounds", width="10"),
    Asked("likely_gbp", "Likely", width="10"),
    Asked("worst_gbp", "Worst", width="10"),
    Asked("unmitigated_risk_gbp", "Risk that nothing mitigates, in pounds", width="10"),
    Asked("reason", "Why", "area"),
)


@edit_money
def outturn(request: HttpRequest, area: str) -> HttpResponse:
    """This month's forecast of an area's year."""
    name, month = _area(area), place.today().replace(day=1)
    kept = OutturnForecast.objects.filter(area=area, month=month).first()
    before = kept or OutturnForecast.objects.filter(area=area, month__lt=month).first()
    mine = next((p for p in parts.money_held().areas if p.area == area), None)
    start = mine.forecast_gbp if mine else None
    initial = (
        before.content()
        if before
        else {"likely_gbp": round(start) if start is not None else "", "unmitigated_risk_gbp": 0}
    )
    form = OutturnForm(request.POST or None, initial=initial)

    def save(said: dict[str, Any]) -> OutturnForecast:
        if kept:
            return kept.revise(by=request.user, base=base_version(request), **said)
        return OutturnForecast.write(by=request.user, area=area, month=month, **said)

    planned = (
        f"Planned: {paper.money(mine.plan_gbp)}." if mine and mine.plan_gbp is not None else ""
    )
    rate = (
        f" At the rate so far: {paper.money(mine.run_rate_gbp)}."
        if mine and mine.run_rate_gbp is not None
        else ""
    )
    return _written(
        request,
        form,
        save,
        OUTTURN_ASKED,
        to=("area", area),
        heading=f"Outturn forecast for {paper.month(month)}: {name}",
        lede=planned + rate,
        version=kept.version if kept else 0,
        crumbs=[("Position", reverse("position")), (name, reverse("area", args=[area]))],
    )


class SupplyForm(forms.Form):
    source = Words(
        most=200,
        error_messages={
            "required": "Say where it is from, such as the ledger’s report and its day"
        },
    )
    file = forms.FileField(required=False, error_messages={"empty": "The file is empty"})
    rows = forms.CharField(required=False, max_length=1_000_000, strip=False)
    final = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("file"):
            try:
                said["text"] = said["file"].read().decode("utf-8-sig")
            except UnicodeDecodeError as wrong:
                self.add_error(
                    "file", f"Save it as CSV in UTF-8: byte {wrong.start} cannot be read"
                )
        elif said.get("rows", "").strip():
            said["text"] = said["rows"]
        elif "file" not in self.errors:
            self.add_error("file", "Choose a CSV file, or paste its rows below")
        return said


@edit_money
def supply(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a month, or several, of the ledger or of contract monitoring: all of it or nothing."""
    if kind not in ("ledger", "contracts"):
        raise Http404
    columns = ", ".join(LEDGER_COLUMNS if kind == "ledger" else MONITORING_COLUMNS)
    form = SupplyForm(request.POST or None, request.FILES or None)
    faults: list[str] = []

    def save(said: dict[str, Any]) -> Any:
        common = {"source": said["source"], "final": said["final"], "by": request.user}
        try:
            if kind == "ledger":
                return supplied.take_ledger(
                    said["text"], areas={k: n for k, (n, _) in _plans().items()}, **common
                )
            return supplied.take_monitoring(said["text"], **common)
        except InputAtFault as wrong:
            faults.extend(str(f) for f in wrong.faults)
            raise ValidationError(
                {
                    "rows": f"Nothing was taken: {paper.plural(len(wrong.faults), 'fault')}, listed below"
                }
            ) from None

    asked = (
        Asked("source", "Where it is from", hint="For example: ledger report of 10 October 2019"),
        Asked(
            "file",
            "CSV file",
            "file",
            hint=f"Columns: {columns}. A month reads 2019-09; money is in pounds, pence allowed"
            + (
                ". A row “total” for each month holds the ledger’s own total"
                if kind == "ledger"
                else ""
            ),
        ),
        Asked("rows", "or paste its rows", "area", required=False),
        Asked("final", "The month is closed: these figures are final", "tick"),
    )
    found = LedgerMonth.objects.all() if kind == "ledger" else ContractMonth.objects.all()
    done, errors = attempt(request, form, save, labels_of(asked))
    if done is not None and not isinstance(done, HttpResponse):
        return redirect("position" if kind == "ledger" else "activity_to_money")
    return page(
        request,
        "finance/supply.jinja",
        lists.SUPPLIED.of(found.select_related("changed_by"), name=kind, ledger=kind == "ledger"),
        heading="Supply the ledger" if kind == "ledger" else "Supply contract monitoring",
        lede="A month that stands already becomes a new version, a restatement; the earlier one is kept.",
        asked=asked,
        values=typed(form),
        errors=errors,
        faults=faults[:50],
        more=max(0, len(faults) - 50),
        upload=True,
        button="Take it",
        areas=[f"{k} ({n})" for k, (n, _) in _plans().items()] if kind == "ledger" else [],
        crumbs=[
            ("Position", reverse("position"))
            if kind == "ledger"
            else ("Activity to money", reverse("activity_to_money"))
        ],
        status=422 if errors else 200,
    )


@see_money
def activity_to_money(request: HttpRequest) -> HttpResponse:
    """What a claimed admission is worth: at tariff, under the contract, in cash."""
    held, figures, section = parts.money_held(), money_figures(), parts.section("money")
    given = blocks.under(section, *REQUIRED)
    contract = [
        b
        for b in section.blocks
        if isinstance(b, Paragraph) and "Contract:" in str(getattr(b, "line", ""))
    ]
    found = blocks.shown([*given, *(b for b in contract if b not in given)], moves=parts.moves())
    claims = desk.answer(claims_answers.assessed) if desk.built() else ()
    common = lists.common_notes(claims)
    return page(
        request,
        "finance/activity_to_money.jinja",
        lists.EFFECTS.of(claims, common=common),
        lists.CONTRACTS.of(held.contracts, figures=figures),
        lists.FULL_YEAR.of(s for s in held.outlooks if s.effect),
        *found.grids,
        blocks=found.blocks,
        figures=[
            *presenters.effects_tiles(
                claims, {**desk.figures("claims"), **desk.figures("effects")}
            ),
            *presenters.required_tiles(_finances(), desk.figures("money")),
        ],
        of_all=[paper.sentence(n) for n in common],
        built=desk.built(),
        notice=desk.session().notice,
        until=max((r.month for r in held.contracts), default=None),
        not_supplied=[x for x in _missing(held) if not x[0].startswith(("Month,", "Best,"))],
        may_edit=may(request, Action.EDIT_MONEY, MONEY, Purpose.PLANNING),
        standing=desk.standing(),
    )
