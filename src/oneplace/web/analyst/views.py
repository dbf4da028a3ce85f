"""The analyst's pages, and one pseudonymous record to check how somebody was counted."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from oneplace.faults import InputAtFault
from oneplace.report.charts.scatter import Calibration, Group
from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web import desk
from oneplace.web.accounts.door import opens
from oneplace.web.components.frame import page
from oneplace.web.components.grid import Cell, Column, Grid

see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PLANNING, subject="analysis")
see_person = opens(Action.SEE_PERSON, Kind.PERSON, Purpose.PLANNING, subject="person_id")


def _plain_grid(name: str, caption: str, rows: list[dict[str, Any]], empty: str) -> Grid:
    """A table of whatever columns the rows have, in their own order."""
    keys = list(dict.fromkeys(k for r in rows for k in r))
    columns = tuple(
        Column(
            k,
            k.replace("_", " ").capitalize(),
            any(isinstance(r.get(k), (int, float)) and not isinstance(r.get(k), bool) for r in rows),
        )
        for k in keys
    )
    shown = [{k: (v if isinstance(v, (str, int, float, type(None))) else str(v)) for k, v in r.items()} for r in rows]
    return Grid(name, caption, columns, shown, empty=empty, searchable=len(rows) > 12)


@see_figures
def feeds(request: HttpRequest) -> HttpResponse:
    """May I publish? What came in, what was refused, what the checks say."""
    if not desk.built():
        return page(request, "analyst/not_built.jinja", title="Feeds and data quality")
    quality = desk.answer("quality", lambda v: v.quality())
    rejects = [{"reason": k, "rows": v} for k, v in quality["rejects"].items()]
    tables = [{"table": k, "rows": v} for k, v in quality["tables"].items()]
    return page(
        request,
        "analyst/feeds.jinja",
        _plain_grid(
            "sources",
            "Files that were read",
            [
                {"file": s["file"], "rows": s["rows"], "bytes": s["bytes"], "sha256": s["sha256"][:16]}
                for s in quality["sources"]
            ],
            "No file was read: the records were made by the program.",
        ),
        _plain_grid("tables", "Rows accepted", tables, "No rows."),
        _plain_grid("rejects", "Rows refused, by reason", rejects, "No row was refused."),
        _plain_grid("checks", "Checks", list(quality["checks"]), "This build carries no checks."),
        notes=quality["notes"],
        standing=desk.standing(),
    )


@see_figures
def calibration(request: HttpRequest) -> HttpResponse:
    """How close what was made is to what is published, figure by figure."""
    if not desk.built():
        return page(request, "analyst/not_built.jinja", title="Calibration")
    return page(
        request,
        "analyst/calibration.jinja",
        _plain_grid(
            "calibration",
            "Target beside made",
            desk.answer("calibration", lambda v: v.calibration()),
            "The records of this place were supplied, so nothing was fitted to published figures.",
        ),
        standing=desk.standing(),
    )


@see_figures
def model_card(request: HttpRequest) -> HttpResponse:
    """What is known of the risk model, and what it must not be used for."""
    if not desk.built():
        return page(request, "analyst/not_built.jinja", title="Risk model")
    card = desk.answer("model card", lambda v: v.model_card())
    groups = card.get("calibration") or card.get("groups") or []
    chart = None
    if groups and all({"predicted", "observed"} <= set(g) for g in groups):
        chart = Calibration(
            id="calibration",
            title="Predicted beside observed",
            outcome="emergency admission",
            groups=tuple(
                Group(
                    100 * g["predicted"],
                    100 * g["observed"],
                    100 * g["low"] if g.get("low") is not None else None,
                    100 * g["high"] if g.get("high") is not None else None,
                    g.get("people"),
                )
                for g in groups
            ),
        )
    lists = [
        (k, v)
        for k, v in card.items()
        if isinstance(v, list) and v and isinstance(v[0], dict) and k not in ("calibration", "groups")
    ]
    facts = [(k.replace("_", " ").capitalize(), str(v)) for k, v in card.items() if not isinstance(v, (list, dict))]
    grids = [_plain_grid(k.replace("_", "-"), k.replace("_", " ").capitalize(), v, "None.") for k, v in lists]
    said = [
        (k.replace("_", " ").capitalize(), v)
        for k, v in card.items()
        if isinstance(v, list) and v and isinstance(v[0], str)
    ]
    nested = [(k.replace("_", " ").capitalize(), list(v.items())) for k, v in card.items() if isinstance(v, dict)]
    return page(
        request,
        "analyst/model_card.jinja",
        *grids,
        facts=facts,
        chart=chart,
        said=said,
        nested=nested,
        names=[g.name for g in grids],
        standing=desk.standing(),
    )


@see_figures
def measures(request: HttpRequest) -> HttpResponse:
    """Every measure's definition: what is counted, of how many, which way is better."""
    rows = [
        {
            "title": Cell(m.title),
            "numerator": m.numerator,
            "denominator": m.denominator or "None: it is a count",
            "unit": m.unit,
            "better": m.better.capitalize(),
            "standards": ", ".join(m.standards),
            "frequency": m.frequency.capitalize(),
            "lag": m.lag_months,
            "basis": m.basis,
        }
        for m in desk.visit().plan_documents.measures
    ]
    columns = (
        Column("title", "Measure"),
        Column("numerator", "What is counted"),
        Column("denominator", "Of how many"),
        Column("unit", "Unit"),
        Column("better", "Better"),
        Column("standards", "Standards"),
        Column("frequency", "Every"),
        Column("lag", "Months until published", numeric=True),
        Column("basis", "Basis"),
    )
    return page(
        request,
        "analyst/measures.jinja",
        Grid("measures", "Measures", columns, rows, empty="This place defines no measure. Put one into measures/."),
        standing=desk.standing(),
    )


@see_person
def pseudonym(request: HttpRequest, person_id: int) -> HttpResponse:
    """One record, without a name, down to the rows it was counted from."""
    if not desk.built():
        raise Http404
    try:
        found = desk.visit().explain(str(person_id))
    except InputAtFault:
        raise Http404 from None
    return page(request, "analyst/pseudonym.jinja", person=person_id, explained=found, standing=desk.standing())
