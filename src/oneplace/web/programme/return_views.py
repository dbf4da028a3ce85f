"""Returns: the lead's one page, with an account or by link; chasing who has not sent; what the
office says of a return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from oneplace.answers import plan
from oneplace.plan.assurance.movements import RULE
from oneplace.plan.programme import Claim, Scheme
from oneplace.safety.decide import Action, Kind, Purpose, Subject, Tie
from oneplace.web import desk, place
from oneplace.web.accounts.door import Opening, door, opens
from oneplace.web.accounts.models import Standing, User
from oneplace.web.components.forms import (
    Asked,
    Day,
    Words,
    attempt,
    base_version,
    errors_in,
    errors_of,
    labels_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.history.models import StaleSave
from oneplace.web.programme import actions, exception_lists, lists, presenters
from oneplace.web.programme import exception_presenters as exceptional
from oneplace.web.programme.models import STATUSES, Reminder, Return, ReturnLink, Verdict
from oneplace.web.programme.views import edit_plan, leads_of, plan_of_now, scheme_of, see_plan


def promised(scheme: Scheme) -> list[Claim]:
    """The promises that can be counted: a lead says how many events fewer there were so far."""
    return [c for c in scheme.claims if c.count is not None]


class ReturnForm(forms.Form):
    delivery = forms.ChoiceField(
        choices=STATUSES, error_messages={"required": "Choose how the work goes"}
    )
    benefit = forms.ChoiceField(
        choices=STATUSES, error_messages={"required": "Choose whether it brings what was promised"}
    )
    reason = Words(required=False)

    def __init__(self, scheme: Scheme, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        for m in scheme.milestones:
            self.fields[f"done-{m.id}"] = Day(required=False)
            self.fields[f"forecast-{m.id}"] = Day(required=False)
        for m in [*scheme.measures, *promised(scheme)]:
            self.fields[f"figure-{m.id}"] = forms.DecimalField(
                required=False,
                max_digits=18,
                error_messages={"invalid": "Write a number such as 1234 or 92.5"},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("delivery") in ("at_risk", "off_track") and not cleaned.get("reason"):
            self.add_error("reason", "Say why: a scheme at risk or off track needs a reason")
        for m in self.scheme.milestones:
            done = cleaned.get(f"done-{m.id}")
            if done and done > place.today():
                self.add_error(
                    f"done-{m.id}", "A day that has come: for a day to come, use the forecast"
                )
        return cleaned

    def answers(self) -> dict[str, Any]:
        c = self.cleaned_data

        def day(name: str) -> str | None:
            return c[name].isoformat() if c.get(name) else None

        milestones = {
            m.id: {"done": day(f"done-{m.id}"), "forecast": day(f"forecast-{m.id}")}
            for m in self.scheme.milestones
        }
        return {
            "delivery": c["delivery"],
            "benefit": c["benefit"],
            "reason": c["reason"],
            "milestones": {k: v for k, v in milestones.items() if any(v.values())},
            "figures": {
                m.id: str(c[f"figure-{m.id}"])
                for m in [*self.scheme.measures, *promised(self.scheme)]
                if c.get(f"figure-{m.id}") is not None
            },
        }


def prefilled(kept: Return | None) -> dict[str, Any]:
    if kept is None:
        return {}
    values: dict[str, Any] = {
        "delivery": kept.delivery,
        "benefit": kept.benefit,
        "reason": kept.reason,
    }
    for id, said in kept.milestones.items():
        values |= {
            f"done-{id}": said.get("done") or "",
            f"forecast-{id}": said.get("forecast") or "",
        }
    return values | {f"figure-{id}": v for id, v in kept.figures.items()}


def _return_page(
    request: HttpRequest, scheme_id: str, month: dt.date, lead: User, link: ReturnLink | None = None
) -> HttpResponse:
    found = scheme_of(scheme_id)
    kept = Return.objects.filter(scheme=scheme_id, month=month).first()
    before = (
        kept or Return.objects.filter(scheme=scheme_id, month__lt=month).order_by("-month").first()
    )
    form = ReturnForm(found, request.POST or None, initial=prefilled(before))
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            sent = actions.send_return(
                scheme_id, month, by=lead, base=base_version(request), link=link, **form.answers()
            )
            return page(
                request,
                "programme/return_sent.jinja",
                sent=sent,
                scheme=found,
                month=month,
                by_link=link,
            )
        except actions.LinkUsed:
            return _spent(request, link)
        except StaleSave as stale:
            # The flat names of the form, so that both sides can be shown and saved again.
            labels = _labels(found)
            stale.offered, kept_values = (
                {k: form.data.get(k, "") for k in labels},
                prefilled(stale.kept),
            )
            stale.kept.content = lambda: {k: kept_values.get(k, "") for k in labels}
            return stale_page(request, stale, labels, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    states = {
        m["id"]: m
        for m in plan.status(desk.session(), place.today())["milestones"]
        if m["scheme"] == scheme_id
    }
    verdict = getattr(before, "verdict", None) if before else None
    return page(
        request,
        "programme/return.jinja",
        scheme=found,
        month=month,
        lead=lead,
        states=states,
        promised=promised(found),
        statuses=[("", "Choose"), *STATUSES],
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        revising=kept is not None,
        from_before=before.month if before is not None and kept is None else None,
        challenge=verdict
        if verdict
        and verdict.state == "challenged"
        and before
        and verdict.about_version == before.version
        else None,
        rule=RULE,
        until=link.until if link else None,
        status=422 if errors else 200,
    )


def _labels(scheme: Scheme) -> dict[str, str]:
    labels = {"delivery": "The work", "benefit": "What it brings", "reason": "Reason"}
    for m in scheme.milestones:
        labels |= {
            f"done-{m.id}": f"{m.title}: done on",
            f"forecast-{m.id}": f"{m.title}: forecast",
        }
    labels |= {f"figure-{m.id}": m.title for m in scheme.measures}
    return labels | {f"figure-{c.id}": "Events fewer so far" for c in promised(scheme)}


def return_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """One page, one link, one minute: the token stands for the lead, only for this scheme and
    month, and only once."""
    link = actions.link_of(token)
    if link is None:
        raise Http404
    if link.spent:
        return _spent(request, link)
    request.user = link.lead
    door(request, Action.WRITE_RETURN, Subject(Kind.PROGRAMME, link.scheme), Purpose.PLANNING)
    return _return_page(request, link.scheme, link.month, link.lead, link)


return_by_link.opening = Opening(Action.WRITE_RETURN, Kind.PROGRAMME, (Purpose.PLANNING,), "token")


def _spent(request: HttpRequest, link: ReturnLink | None) -> HttpResponse:
    """Only the link's holder comes here: it says what became of the link, and how to get
    another."""
    link = ReturnLink.objects.get(pk=link.pk) if link else None
    return page(
        request,
        "programme/link_spent.jinja",
        link=link,
        scheme_id=link.scheme if link else "",
        status=410,
    )


@opens(Action.WRITE_RETURN, Kind.PROGRAMME, Purpose.PLANNING, subject="scheme_id")
def my_return(request: HttpRequest, scheme_id: str) -> HttpResponse:
    return _return_page(request, scheme_id, place.today().replace(day=1), request.user)


@opens(Action.WRITE_RETURN, Kind.PROGRAMME, Purpose.PLANNING, subject="scheme_id")
def answer_return(request: HttpRequest, scheme_id: str, return_id: int) -> HttpResponse:
    """The return that the office challenged, whichever month it is of: sent again it is the
    answer."""
    asked = get_object_or_404(
        Return.objects.select_related("verdict"), pk=return_id, scheme=scheme_id
    )
    if getattr(asked, "verdict", None) is None:
        raise Http404
    return _return_page(request, scheme_id, asked.month, request.user)


def challenged(schemes: Iterable[str]) -> list[Return]:
    """The returns of these schemes that the office does not believe, as they stand, the oldest
    first."""
    found = Return.objects.filter(scheme__in=list(schemes), verdict__state="challenged")
    return [
        r
        for r in found.select_related("verdict__changed_by").order_by("month", "scheme")
        if presenters.stands(r)
    ]


@see_plan
def my_returns(request: HttpRequest) -> HttpResponse:
    """The schemes of the reader, with what is due from them and what the office does not
    believe."""
    month = place.today().replace(day=1)
    mine = Standing.objects.filter(user=request.user, tie=Tie.SCHEME_LEAD.value).values_list(
        "subject", flat=True
    )
    schemes = [s for s in plan_of_now().schemes if s.id in set(mine)]
    returns = Return.objects.filter(scheme__in=[s.id for s in schemes]).select_related(
        "changed_by", "verdict__changed_by"
    )
    sent = {r.scheme: r for r in returns if r.month == month}
    return page(
        request,
        "programme/my_returns.jinja",
        lists.RETURNS.of(returns),
        schemes=schemes,
        sent=sent,
        month=month,
        challenged=challenged(s.id for s in schemes),
    )


# --- asking for returns -----------------------------------------------------------------------------------------------
def _absolute(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("return_by_link", args=[token]))


@edit_plan
@require_POST
def send_link(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Make a link for the lead; the planner sends it the way the place sends things."""
    found = scheme_of(scheme_id)
    given = request.POST.get("lead", "")
    lead = get_object_or_404(
        Standing,
        user_id=int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0,
        tie=Tie.SCHEME_LEAD.value,
        subject=found.id,
    ).user
    _, token = actions.make_link(found.id, place.today().replace(day=1), lead, by=request.user)
    request.session["return_link"] = {"to": lead.name, "address": _absolute(request, token)}
    return redirect("scheme", scheme_id=scheme_id)


@edit_plan
@require_POST
def chase(request: HttpRequest) -> HttpResponse:
    """Remind the leads chosen of every return they owe: an entry for each lead, a link for each
    return."""
    on = place.today()
    month = on.replace(day=1)
    sent = set(Return.objects.filter(month=month).values_list("scheme", flat=True))
    missing = {s.id: s for s in plan_of_now().schemes if s.id not in sent}
    owed: dict[int, tuple[User, list[str]]] = {}
    chosen = {
        int(v) for v in request.POST.getlist("lead") if v.isascii() and v.isdigit() and len(v) < 10
    }
    for scheme_id, standings in leads_of(list(missing.values())).items():
        for s in standings:
            if s.user_id in chosen:
                owed.setdefault(s.user_id, (s.user, []))[1].append(scheme_id)
    said = []
    for lead, schemes in owed.values():
        tokens = actions.remind(lead, month, schemes, by=request.user, on=on)
        links = [
            (f"{i} {missing[i].name}", _absolute(request, token)) for i, token in tokens.items()
        ]
        said.append(exceptional.reminder_text(lead, request.user, month, links))
    request.session["reminders"] = said
    return redirect("reminders")


@edit_plan
def reminders(request: HttpRequest) -> HttpResponse:
    """What to send to whom, once: the links are kept nowhere. Then who was reminded when."""
    found = Reminder.objects.select_related("lead", "created_by")[:200]
    return page(
        request,
        "programme/reminders.jinja",
        exception_lists.REMINDERS.of(found),
        told=request.session.pop("reminders", None),
        days=actions.LINK_DAYS,
        crumbs=[("Exceptions", reverse("exceptions"))],
    )


def _name(scheme_id: str) -> str:
    """The scheme's name; a return may speak of one that has left the plan since."""
    return next(
        (f"{s.id} {s.name}" for s in plan_of_now().schemes if s.id == scheme_id),
        f"Scheme {scheme_id}",
    )


# --- what the office says of a return ---------------------------------------------------------------------------------
class VerdictForm(forms.Form):
    words = Words(required=False)


@edit_plan
def judge_return(request: HttpRequest, return_id: int, state: str) -> HttpResponse:
    """Accept a return, or challenge it with the question that its lead has to answer."""
    about = get_object_or_404(Return.objects.select_related("changed_by"), pk=return_id)
    if state not in Verdict.TRANSITIONS:
        raise Http404
    kept = Verdict.objects.filter(about=about).first()
    challenge = state == "challenged"
    asked = (
        Asked(
            "words",
            "What has the lead to answer?" if challenge else "Note",
            "area",
            required=challenge,
        ),
    )
    form = VerdictForm(request.POST or None)

    def save(said: dict[str, Any]) -> Verdict:
        fields = {"state": state, "words": said["words"], "about_version": about.version}
        if kept is None:
            return Verdict.write(by=request.user, about=about, **fields)
        return kept.revise(by=request.user, base=base_version(request), **fields)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("scheme", scheme_id=about.scheme)
    return page(
        request,
        "components/entry.jinja",
        heading=f"{'Challenge' if challenge else 'Accept'} the return of {about.scheme} for {presenters.paper.month(about.month)}",
        facts=[
            ("Sent by", f"{about.changed_by.name}, version {about.version}"),
            ("Delivery", about.get_delivery_display()),
            ("Benefit", about.get_benefit_display()),
            ("Reason", about.reason or "None given"),
        ],
        asked=asked,
        values=typed(form),
        errors={"words": next(iter(errors.values()))} if errors else {},
        version=kept.version if kept else 0,
        button="Challenge it" if challenge else "Accept it",
        crumbs=[
            ("Schemes", reverse("schemes")),
            (_name(about.scheme), reverse("scheme", args=[about.scheme])),
        ],
        status=422 if errors else 200,
    )
