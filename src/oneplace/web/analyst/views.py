"""The analyst's pages: may I publish, what is counted, is it plausible, how good is the model; and
one pseudonymous record."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.answers import arrivals, claims, people, performance
from oneplace.answers.figures import calibrated
from oneplace.answers.findings import findings
from oneplace.answers.protecting import profile_of
from oneplace.faults import InputAtFault
from oneplace.report.trace import Figure
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.safety.disclose import PROFILES, strictest
from oneplace.simulate.claims import NOT_A_TEST, Assessed
from oneplace.simulate.showing import as_shown
from oneplace.web import desk, place
from oneplace.web.accounts.door import may, opens
from oneplace.web.accounts.sight import sight_of
from oneplace.web.analyst.compare_views import not_built
from oneplace.web.analyst.models import FeedDecision
from oneplace.web.analyst.presenters import calibration as calibration_page
from oneplace.web.analyst.presenters import claims as claims_page
from oneplace.web.analyst.presenters import feeds as feeds_page
from oneplace.web.analyst.presenters import measures as measures_page
from oneplace.web.analyst.presenters import model as model_page
from oneplace.web.components.forms import (
    Words,
    base_version,
    errors_in,
    errors_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.components.tiles import tile
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.neighbourhood.explained import sections

see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PLANNING, subject="analysis")
see_person = opens(Action.SEE_PERSON, Kind.PERSON, Purpose.PLANNING, subject="person_id")
decide_feed = opens(Action.EDIT_MEASURES, Kind.PROGRAMME, Purpose.PLANNING, subject="feeds")
FEEDS = Subject(Kind.PROGRAMME, "feeds")


def _profile(request: HttpRequest) -> str:
    """The rule for small numbers that the door set, or the stricter one of the place for its
    planners."""
    return strictest([*request.decision.disclosure, place.place().suppression.inside]).name


# --- feeds and data quality -------------------------------------------------------------------------------------------
@see_figures
def feeds(request: HttpRequest) -> HttpResponse:
    """May I publish? What came in, what was refused, what the checks say, what was decided."""
    if not desk.built():
        return not_built(request, "Feeds and data quality")
    quality = desk.answer(people.quality)
    arrived = desk.answer(arrivals.feeds)
    refused = desk.answer(arrivals.rejects)
    unmapped = desk.answer(arrivals.unmapped)
    checks = list(quality["checks"])
    failed = Counter(c["table_name"] for c in checks if not c["passed"])
    decided = {
        d.feed: d
        for d in FeedDecision.objects.filter(build=desk.session().build_id or "").select_related(
            "changed_by"
        )
    }
    odd = [f.name for f in arrived if "than usual" in f.usual]
    held, today = [d.feed for d in decided.values() if d.state == "held"], place.today()
    return page(
        request,
        "analyst/feeds.jinja",
        feeds_page.FEEDS.of(
            arrived, rejected=_refused_by_table(quality, refused), failed=failed, decided=decided
        ),
        feeds_page.CALENDAR.of(arrivals.calendar(desk.session(), place.today())),
        feeds_page.ARRIVED.of(desk.answer(arrivals.published, today)),
        feeds_page.RESTATEMENTS.of(desk.answer(arrivals.restatements, today)),
        feeds_page.CHECKS.of(checks, basis=desk.session().basis),
        feeds_page.REASONS.of(sorted(quality["rejects"].items(), key=lambda x: -x[1])),
        feeds_page.REJECTS.of(refused),
        feeds_page.UNMAPPED.of(unmapped),
        feeds_page.SILENT.of(desk.answer(arrivals.silent_practices)),
        feeds_page.SOURCES.of(quality["sources"]),
        figures=feeds_page.feeds_tiles(
            desk.figures("feeds"),
            tables=len(quality["tables"]),
            checks=len(checks),
            arrived=len(arrived),
            held=len(held),
        ),
        odd=odd,
        held=held,
        notes=quality["notes"],
        findings=findings(desk.session().manifest or {}),
        standing=desk.standing(),
    )


def _refused_by_table(quality: dict[str, Any], refused: list[dict[str, Any]]) -> Counter[str]:
    """Counted from the kept rows: a build that refused more than are kept says the reason's whole
    count beside them."""
    return Counter(r["table_name"] for r in refused)


class FeedForm(forms.Form):
    state = forms.ChoiceField(
        choices=[(s, s) for s in FeedDecision.TRANSITIONS],
        error_messages={"required": "Accept it or hold it"},
    )
    reason = Words(required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("state") == "held" and not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why it is held: everyone who reads these figures sees it")
        return said


FEED_LABELS = {"state": "Decision", "reason": "Why"}


def _feed(name: str) -> arrivals.Feed:
    found = (
        next((f for f in desk.answer(arrivals.feeds) if f.name == name), None)
        if desk.built()
        else None
    )
    if found is None:
        raise Http404
    return found


@see_figures
def feed(request: HttpRequest, name: str) -> HttpResponse:
    """One table: its rows by month, what was refused, its checks, and whether it may be published
    from."""
    return _feed_page(request, _feed(name), None, {})


@decide_feed
def judge_feed(request: HttpRequest, name: str) -> HttpResponse:
    """Accept or hold one table of this build."""
    found, build = _feed(name), desk.session().build_id or ""
    if request.method != "POST":
        return redirect("feed", name=name)
    form = FeedForm(request.POST)
    if not form.is_valid():
        return _feed_page(request, found, form, errors_of(form))
    kept = FeedDecision.objects.filter(build=build, feed=name).first()
    try:
        if kept:
            kept.revise(by=request.user, base=base_version(request), **form.cleaned_data)
        else:
            FeedDecision.write(by=request.user, build=build, feed=name, **form.cleaned_data)
        return redirect("feeds")
    except StaleSave as stale:
        return stale_page(request, stale, FEED_LABELS, request.path)
    except NoSuchStep as wrong:
        return _feed_page(request, found, form, {"state": f"Not possible: {wrong}"})
    except ValidationError as wrong:
        return _feed_page(request, found, form, errors_in(wrong))


def _feed_page(
    request: HttpRequest, found: arrivals.Feed, form: FeedForm | None, errors: dict[str, str]
) -> HttpResponse:
    quality = desk.answer(people.quality)
    refused = [r for r in desk.answer(arrivals.rejects) if r["table_name"] == found.name]
    unmapped = [r for r in desk.answer(arrivals.unmapped) if r["table_name"] == found.name]
    kept = (
        FeedDecision.objects.filter(build=desk.session().build_id or "", feed=found.name)
        .select_related("changed_by")
        .first()
    )
    return page(
        request,
        "analyst/feed.jinja",
        feeds_page.CHECKS.of(
            (c for c in quality["checks"] if c["table_name"] == found.name),
            basis=desk.session().basis,
        ),
        feeds_page.REJECTS.of(refused),
        feeds_page.UNMAPPED.of(unmapped),
        feed=found,
        figures=[
            tile(desk.figures("feeds").get(f"feeds.{found.name}.accepted"), "rows accepted"),
            tile(
                desk.figures("refused", found.name).get(f"refused.{found.name}"),
                "refused rows kept",
            ),
            {"value": found.usual.capitalize(), "name": "the last full month"},
        ],
        chart=feeds_page.feed_chart(found),
        decided=feeds_page.decided_when(kept) if kept else None,
        versions=list(kept.versions()) if kept else [],
        may_decide=may(request, Action.EDIT_MEASURES, FEEDS, Purpose.PLANNING),
        labels=FEED_LABELS,
        values=typed(form) if form else (kept.content() if kept else {"state": "accepted"}),
        errors=errors,
        version=kept.version if kept else 0,
        crumbs=[("Feeds", reverse("feeds"))],
        standing=desk.standing(),
        status=422 if errors else 200,
    )


# --- measures ---------------------------------------------------------------------------------------------------------
@see_figures
def measures(request: HttpRequest) -> HttpResponse:
    """Every measure's definition: what is counted, of how many, which way is better."""
    return page(
        request,
        "analyst/measures.jinja",
        measures_page.MEASURES.of(desk.session().plan_documents.measures),
        standing=desk.standing(),
    )


@see_figures
def measure(request: HttpRequest, measure_id: str) -> HttpResponse:
    """One measure: its definition, its dated standards, the plan's course."""
    documents = desk.session().plan_documents
    found = next((m for m in documents.measures if m.id == measure_id), None)
    if found is None:
        raise Http404
    known = {s.id: s for s in documents.standards.standards} if documents.standards else {}
    planned = performance.course(desk.session(), measure_id, place.today())
    return page(
        request,
        "analyst/measure.jinja",
        measures_page.STANDARDS.of(known[s] for s in found.standards if s in known),
        measures_page.COURSE.of(planned.points if planned else (), planned=planned),
        title=found.title,
        facts=measures_page.measure_facts(
            found, desk.session().digests.get(f"measures/{measure_id}.yaml")
        ),
        measure_id=measure_id,
        crumbs=[("Measures", reverse("measures"))],
        standing=desk.standing(),
    )


# --- calibration, model -----------------------------------------------------------------------------------------------
@see_figures
def calibration(request: HttpRequest) -> HttpResponse:
    """How close what was made is to what is published, figure by figure."""
    if not desk.built():
        return not_built(request, "Calibration")
    rows = calibration_page.calibration_rows(people.calibration(desk.session()))
    wanted = request.GET.get("measure", "")
    shown = calibration_page.narrowed(rows, wanted)
    if not shown:  # no such family: the page as it opens
        wanted, shown = "", calibration_page.narrowed(rows, "")
    whole = wanted in ("", calibration_page.ALL)
    sources = {s: i for i, s in enumerate(dict.fromkeys(r["source"] for r in shown), start=1)}
    return page(
        request,
        "analyst/calibration.jinja",
        *([] if wanted else [calibration_page.FAMILIES.of(calibration_page.families(rows))]),
        calibration_page.CALIBRATION.of(shown, sources=sources, wanted=wanted),
        figures=calibration_page.calibration_tiles(rows, desk.figures("feeds"))
        if whole
        else calibration_page.calibration_tiles(
            shown, calibrated(desk.session(), shown), all_of_them=False
        ),
        every=f"{len(rows):,}",
        wanted=wanted,
        crumbs=[("Calibration", reverse("calibration"))] if wanted else [],
        sources=list(sources),
        notice=desk.session().notice,
        standing=desk.standing(),
    )


@see_figures
def model_card(request: HttpRequest) -> HttpResponse:
    """What is known of the risk model, and what it must not be used for."""
    if not desk.built():
        return not_built(request, "Risk model")
    card, profile = desk.answer(people.model_card), _profile(request)
    test = card.get("test")
    if not test:
        return page(
            request,
            "analyst/model_card.jinja",
            model_page.COEFFICIENTS.of(card.get("coefficients", {}).items()),
            card=card,
            standing=desk.standing(),
        )
    return page(
        request,
        "analyst/model_card.jinja",
        model_page.DECILES.of(model_page.deciles(test, profile)),
        model_page.GROUPS.of(model_page.groups(test, profile)),
        model_page.DECISION.of(test["decision_curve"]),
        model_page.COEFFICIENTS.of(card.get("coefficients", {}).items()),
        card=card,
        test=test,
        figures=model_page.model_tiles(test, desk.figures("feeds")),
        chart=model_page.calibration_chart(test, profile),
        rule=claims_page.rule_words(profile),
        standing=desk.standing(),
    )


# --- claims -----------------------------------------------------------------------------------------------------------
def _promises(request: HttpRequest) -> list[claims_page.Promise]:
    exact: tuple[Assessed, ...] = desk.answer(claims.assessed)
    return claims_page.promises(as_shown(exact, PROFILES[_profile(request)]), exact)


def _of_claim(request: HttpRequest, claim_id: str) -> dict[str, Figure]:
    """What is claimed; and what exists beside it, for whoever reads by the rule by which that
    figure is counted."""
    same = _profile(request) == profile_of(desk.session(), "inside").name
    return {**desk.figures("claims"), **(desk.figures("exists", claim_id) if same else {})}


@see_figures
def claim_list(request: HttpRequest) -> HttpResponse:
    """Every claim, each with the way into its cohort."""
    if not desk.built():
        return not_built(request, "Claims in detail")
    return page(
        request,
        "analyst/claim_list.jinja",
        claims_page.CLAIMS.of(_promises(request)),
        not_a_test=NOT_A_TEST if desk.session().basis == "synthetic" else None,
        rule=claims_page.rule_words(_profile(request)),
        standing=desk.standing(),
    )


@see_figures
def claim(request: HttpRequest, claim_id: str) -> HttpResponse:
    """Is it plausible? One claim: its cohort in words, what exists, who else claims the same, its
    money."""
    all_of_them = _promises(request) if desk.built() else []
    found = next((p for p in all_of_them if p.shown.claim == claim_id), None)
    if found is None:
        raise Http404
    return page(
        request,
        "analyst/claim.jinja",
        claims_page.OVERLAPS.of(
            found.shown.overlaps, others={p.shown.claim: p.shown for p in all_of_them}
        ),
        claim=found.shown,
        loud=claims_page.loud(found),
        figures=claims_page.claim_tiles(found, _of_claim(request, claim_id)),
        facts=claims_page.claim_facts(found),
        money=claims_page.money_facts(found),
        charts=[c for c in (claims_page.claim_months(found), claims_page.claim_fifths(found)) if c],
        not_a_test=NOT_A_TEST if found.shown.basis == "synthetic" else None,
        rule=claims_page.rule_words(_profile(request)),
        crumbs=[("Claims", reverse("claim_list"))],
        standing=desk.standing(),
    )


# --- one record -------------------------------------------------------------------------------------------------------
@see_person
def pseudonym(request: HttpRequest, person_id: int) -> HttpResponse:
    """One record, without a name, down to the rows it was counted from."""
    if not desk.built():
        raise Http404
    try:
        found = sight_of(request).explained(people.explain(desk.session(), str(person_id)))
    except InputAtFault:
        raise Http404 from None
    return page(
        request,
        "analyst/pseudonym.jinja",
        person=person_id,
        sections=sections(found),
        standing=desk.standing(),
    )
