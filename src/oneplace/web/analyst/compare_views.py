"""Comparing: one measure unit beside unit, and one unit across many measures. The address holds
every choice."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from oneplace.answers import comparing, profiles
from oneplace.answers.figures import of_compared
from oneplace.faults import InputAtFault
from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web import desk, place
from oneplace.web.accounts.door import opens
from oneplace.web.analyst.presenters import compare as compare_page
from oneplace.web.analyst.presenters import pictures as pictures_page
from oneplace.web.analyst.presenters import profile as profile_page
from oneplace.web.components.frame import page

see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PLANNING, subject="analysis")


def not_built(request: HttpRequest, title: str) -> HttpResponse:
    return page(request, "analyst/not_built.jinja", title=title)


@see_figures
def compare(request: HttpRequest) -> HttpResponse:
    """Any measure by area, practice, team or trust: is one of them really different?"""
    if not desk.built():
        return not_built(request, "Compare")
    known = desk.answer(comparing.indicators)
    choices = compare_page.indicator_choices(known)
    chosen = (
        given
        if (given := request.GET.get("measure", "")) in dict(choices)
        else "emergency_admissions_12m"
    )
    by = wanted if (wanted := request.GET.get("by", "")) in compare_page.BYS else "neighbourhood"
    peers = _one_of(request.GET.get("peers", ""), [p for p, _ in compare_page.peer_choices(by)])
    found = _compared(chosen, by, peers, _month(request.GET.get("period", "")))
    asked = request.GET.get("period") or request.GET.get("peers")  # of these the page alone tells
    found = {
        **found,
        "title": dict(choices).get(chosen, chosen),
        "figures": None if asked else f"compare.{chosen}.{by}",
    }
    pictures, charts = pictures_page.compare_charts(found, request.GET.get("show", ""))
    periods = compare_page.periods(found)
    return page(
        request,
        "analyst/compare.jinja",
        compare_page.ranked(found),
        *pictures_page.picture_grids(charts, request.GET.get("csv", "")),
        measures=choices,
        units=list(compare_page.BYS.items()),
        peers=compare_page.peer_choices(by),
        periods=periods,
        pictures=list(pictures.items()),
        values={
            "measure": chosen,
            "by": by,
            "peers": peers,
            "period": found.get("until") or (periods[0][0] if periods else ""),
            "show": charts[0].id if charts else "",
        },
        figures=compare_page.compare_tiles(
            found, of_compared(desk.session(), found, chosen, by), f"compare.{chosen}.{by}"
        )
        if asked
        else compare_page.compare_tiles(
            found, desk.figures("compare", chosen, by), f"compare.{chosen}.{by}"
        ),
        cautions=compare_page.compare_words(found),
        charts=charts,
        definition=chosen
        if any(i["id"] == chosen and i["of"] == "measure" for i in known)
        else None,
        title=f"{found['title']} by {compare_page.BYS[by].lower()}",
        standing=desk.standing(),
    )


def _compared(chosen: str, by: str, peers: str, until: dt.date | None) -> dict[str, Any]:
    try:
        ask = partial(desk.answer, comparing.compare, chosen, by, peers=peers, on=place.today())
        newest: dict[str, Any] = ask()
        month = until.isoformat() if until else ""
        if month not in newest.get("periods", [])[1:]:
            return newest
        found: dict[str, Any] = ask(until=until)
        return {**found, "until": month}
    except InputAtFault as wrong:
        why = wrong.faults[0].what
        return {
            "compared": False,
            "why": why,
            "rows": [],
            "hexagons": [],
            "by": by,
            "kind": "rate",
            "per": 1000.0,
        }


def _one_of(wanted: str, known: list[str]) -> str:
    return wanted if wanted in known else known[0]


def _month(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


@see_figures
def profile(request: HttpRequest) -> HttpResponse:
    """One unit across many figures: where does it stand out?"""
    if not desk.built():
        return not_built(request, "Profile")
    by = _one_of(request.GET.get("by", ""), list(profiles.UNITS))
    found = desk.answer(profiles.profiles, by)  # type: ignore[arg-type]
    units = profile_page.unit_choices(found)
    unit = _one_of(request.GET.get("unit", ""), [c for c, _ in units] or [""])
    return page(
        request,
        "analyst/profile.jinja",
        profile_page.SPINE.of(found["indicators"], found=found, unit=unit),
        kinds=[(k, v) for k, v in compare_page.BYS.items() if k in profiles.UNITS],
        units=units,
        values={"by": by, "unit": unit},
        figures=profile_page.spine_figures(found, unit) if units else [],
        title=found["names"].get(unit, "Profile"),
        rule=found["suppression"],
        notice=desk.session().notice,
        standing=desk.standing(),
    )
