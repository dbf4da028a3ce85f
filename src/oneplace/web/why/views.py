"""Where a figure is from, what each paper and build said of it, and why it moved."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse

from oneplace.answers import last_phase
from oneplace.answers.figures import Family, family_of
from oneplace.answers.paper_values import SHOWN_BY_RULE
from oneplace.answers.people import documents
from oneplace.answers.rests import DAY, rests_on
from oneplace.answers.session import Session
from oneplace.answers.why import Said, explained, said_then
from oneplace.report.trace import Figure
from oneplace.web import desk, parts
from oneplace.web.accounts.door import door, signed_in, subject_of
from oneplace.web.accounts.sight import Sight, sight_of
from oneplace.web.components.frame import page
from oneplace.web.why import figures, presenters


@signed_in
def why(request: HttpRequest, figure_id: str) -> HttpResponse:
    """Open to whoever may open the page that the figure stands on."""
    family = family_of(figure_id)
    if family is None:
        raise Http404
    opening = figures.OPENINGS[family.audience]
    assert opening.action is not None and opening.kind is not None
    subject = subject_of(opening.kind, figures.subject_of(family, figure_id))
    door(request, opening.action, subject, opening.purpose_of(request.user))
    found = figures.figure(figure_id, request.user)
    sight = figures.reader_of(family, request.user)
    told = story(figure_id, sight)
    figure = found or next((s.figure for s in told if s.figure is not None), None)
    if figure is None:
        raise Http404
    chosen = _chosen(told, request.GET.get("since", ""), figure)
    split = None
    if chosen and found:
        split = _as_read(
            desk.answer_to(sight, _Split(family), found, chosen.stand.id),
            request,
            family,
            figure_id,
        )
    return page(
        request,
        "why/why.jinja",
        presenters.story(told, figure),
        *([presenters.parts(split.why, figure)] if split and split.why and split.why.parts else []),
        figure={"value": figure.words(), "name": figure.label},
        gone=found is None,
        split=split,
        in_a_paper=any(s.given for s in told),
        compared=any(s.figure for s in told),
        facts=presenters.figure_facts(figure),
        title=figure.label,
        disclosure=_disclosure(figure),
        standing=desk.standing(),
    )


def _as_read(split: Said, request: HttpRequest, family: Family, figure_id: str) -> Said:
    """Who joined and left a team's list by reason, without saying to anybody untrained that
    somebody is dying."""
    if (
        split.why is None
        or family.name != "list"
        or sight_of(request).last_phase(figures.subject_of(family, figure_id))
    ):
        return split
    return replace(
        split,
        why=replace(
            split.why, people=last_phase.in_words(documents(desk.session()), split.why.people)
        ),
    )


def _disclosure(figure: Figure) -> str | None:
    """The rule for what leaves the place stands beside a figure to which it was applied: a
    measure's exact month has none."""
    return parts.disclosure() if SHOWN_BY_RULE in figure.trace.source.note else None


def story(figure_id: str, sight: Sight | None) -> list[Said]:
    """What every stand said, counted through the reader's sight. Asked once for a figure and the
    papers and builds there are."""
    return desk.answer_to(sight, _story, figure_id, tuple(s.id for s in figures.earlier()))


@rests_on(DAY)
def _story(session: Session, figure_id: str, _stands: tuple[str, ...]) -> list[Said]:
    out = []
    for stand in figures.earlier():
        with figures.since(stand, session) as between:
            out.append(Said(stand, said_then(between, figure_id), None))
    return out


def _chosen(told: list[Said], since: str, figure: Figure) -> Said | None:
    """The stand that is asked for; else the last one that said something else; else the last one
    that knew the figure."""
    known = [s for s in told if s.figure is not None]
    asked = next((s for s in known if s.stand.id == since), None)
    other = next(
        (s for s in known if s.figure is not None and s.figure.value != figure.value), None
    )
    return asked or other or next(iter(known), None)


@dataclass(frozen=True)
class _Split:
    """Why a figure of a family moved since a stand."""

    family: Family

    @property
    def rests_on(self) -> frozenset[str]:
        return self.family.rests_on | {DAY}

    def __call__(self, session: Session, figure: Figure, since: str) -> Said:
        [stand] = [s for s in figures.earlier() if s.id == since]
        with figures.since(stand, session) as between:
            return explained(between, figure.trace.figure_id, figure)
