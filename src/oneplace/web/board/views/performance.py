"""Performance: every measure, the goals, one measure, one chart of the paper."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from oneplace.answers import performance as of_measures
from oneplace.faults import InputAtFault
from oneplace.report.board.paper import Block, Picture
from oneplace.web import desk, parts
from oneplace.web.board import lists as board_lists
from oneplace.web.board import measure_lists, measures
from oneplace.web.board import performance_lists as lists
from oneplace.web.board.measure_views import may_attest, may_edit
from oneplace.web.board.views.doors import see_figures
from oneplace.web.components import paper as blocks
from oneplace.web.components.frame import page


@see_figures
def performance(request: HttpRequest) -> HttpResponse:
    """Every measure with what varies and whether its standard will be met; what needs attention;
    the pledges missed."""
    overview_, exceptions = (
        parts.measured(of_measures.measures_overview),
        parts.measured(of_measures.exceptions),
    )
    pictures = parts.pictures("performance")
    given: list[Block] = [
        b for b in parts.section("performance").blocks if not isinstance(b, Picture)
    ]
    found = blocks.shown(given, moves=parts.moves())
    tiles = parts.part("performance").tiles
    return page(
        request,
        "board/performance.jinja",
        *lists.overview(overview_),
        lists.EXCEPTIONS.of(exceptions["exceptions"]),
        lists.BREACHES.of(parts.measured(of_measures.breaches)["breaches"]),
        lists.DOMAINS.of(parts.measured(of_measures.goals)["domains"]),
        board_lists.CHARTS.of(pictures.values()),
        *found.grids,
        figures=measures.goal_tiles(desk.figures("goals")),
        tiles=[blocks.tile(t, parts.moves()) for t in tiles.tiles] if tiles else [],
        blocks=found.blocks,
        icons=ICON_WORDS,
        attention=len(exceptions["exceptions"]),
        of=len(overview_["measures"]),
        notice=overview_["notice"],
        standing=desk.standing(),
    )


ICON_WORDS = (
    ("grey", "~", "usual variation"),
    ("orange", "!", "a change for the worse"),
    ("blue", "+", "a change for the better"),
    ("blue", "P", "the standard will be met as it runs"),
    ("orange", "F", "the standard will be missed as it runs"),
    ("grey", "?", "met in some months and missed in others, by chance"),
)


@see_figures
def goals(request: HttpRequest) -> HttpResponse:
    """Every national and local goal with its verdict."""
    found = parts.measured(of_measures.goals)
    return page(
        request,
        "board/goals.jinja",
        lists.GOALS.of(found["goals"], attest=may_attest(request)),
        lists.DOMAINS.of(found["domains"]),
        figures=measures.goal_tiles(desk.figures("goals")),
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
    )


@see_figures
def measure_page(request: HttpRequest, measure: str) -> HttpResponse:
    """Signal or noise: one measure of one organisation, its chart, standards, chance, months."""
    if measure not in {m.id for m in desk.session().plan_documents.measures}:
        raise Http404
    organisation = request.GET.get("org") or None
    try:
        found = parts.measured(of_measures.measure_page, measure, organisation)
    except InputAtFault:
        raise Http404 from None
    beside = parts.compared(measure) if len(found["organisations"]) > 1 else None
    chart = found["chart"] or {}
    return page(
        request,
        "board/measure.jinja",
        *lists.of_a_measure(found),
        measure_lists.signals(found),
        measure_lists.ahead(found),
        measure_lists.PLEDGES.of(found["pledges"]),
        measure_lists.REBASES.of(found["rebase_log"], measure=measure, edit=may_edit(request)),
        *lists.breakdown(beside, measure, found["measure"]["unit"]),
        title=found["measure"]["title"],
        name=found["name"],
        figures=measures.tiles(found, desk.figures("measure", measure, found["organisation"])),
        icons=[
            c
            for c in (
                measures.variation(chart.get("variation")),
                measures.assurance(chart.get("assurance")),
            )
            if c
        ],
        chart=measures.chart(found),
        notes=measures.notes(found),
        facts=measures.definition_facts(found),
        accuracy=measures.past_accuracy(found),
        organisations=measures.organisations(found),
        values={"org": found["organisation"]},
        definition=measure,
        may_edit=may_edit(request),
        exception=found["exception"],
        organisation=found["organisation"],
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
    )


@see_figures
def chart_page(request: HttpRequest, chart: str) -> HttpResponse:
    """One chart of the paper's section on performance, with its months and where its figures are
    from."""
    picture = parts.pictures("performance").get(chart)
    if picture is None:
        raise Http404
    title = picture.drawing.title
    return page(
        request,
        "board/chart.jinja",
        board_lists.months(picture),
        board_lists.rebases(picture),
        picture=blocks.picture(picture),
        figures=[
            {
                "value": f.words(),
                "name": _short(f.label, title),
                "href": blocks.figure_link(f),
                "moved": parts.moves().get(f.trace.figure_id),
            }
            for f in picture.figures
        ],
        title=title,
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
    )


def _short(label: str, title: str) -> str:
    """A figure's name without the name of whom its page is about anyway."""
    about, _, rest = label.partition(": ")
    return rest[:1].upper() + rest[1:] if rest and title.startswith(about) else label
