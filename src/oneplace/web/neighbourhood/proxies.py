"""Who looks at a record in the person's place: granted by the person, or by staff on a stated
ground; ended by either.

In: forms of the person and of whoever cares for them. Out: a `Proxy` with its scope and last day,
and the tie that the door asks for, made and ended in the same moment. The person and the privacy
officer see all of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose, Role, Tie
from oneplace.web import place
from oneplace.web.accounts.door import opens
from oneplace.web.accounts.models import Standing, User
from oneplace.web.components.forms import Asked, Day, Words, attempt, base_version, labels_of, typed
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Column, Listing
from oneplace.web.neighbourhood.doors import about, write_care
from oneplace.web.neighbourhood.models import Proxy
from oneplace.web.neighbourhood.person import standing_or_404

MOST_YEARS = 3
# Which parts of the own page each scope opens; the person sees all of them.
PARTS = {
    "everything": frozenset({"facts", "notes", "plan", "asked", "record", "looked"}),
    "plan": frozenset({"notes", "plan"}),
    "appointments": frozenset({"asked"}),
}
see_audit = opens(Do.SEE_AUDIT, Kind.OVERSIGHT, Purpose.PLANNING, subject="proxies")


def scope_of(user: User, person_id: int) -> frozenset[str]:
    """The parts of somebody's page that this proxy sees. A tie that an administrator gave has no
    narrower scope."""
    found = Proxy.objects.filter(
        account=user.username, person_id=person_id, state="granted"
    ).first()
    return PARTS[found.scope if found else "everything"]


def grant(person_id: int, team: str, *, by: User, **said: Any) -> Proxy:
    """Access from now until the last day, with the tie that opens the door."""
    on = place.today()
    named = said.pop("account")
    user = User.objects.filter(username=named, role=Role.RESIDENT.value, is_active=True).first()
    if (
        user is None
        or Standing.objects.filter(user=user, tie=Tie.SELF.value, subject=str(person_id)).exists()
    ):
        raise ValidationError(
            {
                "account": "No account of somebody else has this user name: ask them for it as they sign in with it"
            }
        )
    if not on < said["until"] <= on + dt.timedelta(days=366 * MOST_YEARS):
        raise ValidationError(
            {
                "until": f"A day after today and within {MOST_YEARS} years: then it is granted anew or ends"
            }
        )
    if said["ground"] != "asked" and not said["reason"]:
        raise ValidationError(
            {"reason": "Say what shows it: the order, the certificate, who checked it"}
        )
    with transaction.atomic():
        made = Proxy.write(
            by=by,
            person_id=person_id,
            team_code=team,
            account=user.username,
            since=on,
            **said,
        )
        # The door's clock is the machine's; a demonstration's own day may lie in another year.
        end = timezone.now() + (
            dt.datetime.combine(said["until"], dt.time()) - dt.datetime.combine(on, dt.time())
        )
        Standing.objects.create(
            user=user,
            tie=Tie.CHOSEN_CARER.value,
            subject=str(person_id),
            until=end + dt.timedelta(days=1),
        )
    return made


def end(proxy: Proxy, *, by: User, base: int) -> Proxy:
    """It is over at once, whoever ends it."""
    with transaction.atomic():
        ended = proxy.revise(by=by, base=base, state="ended")
        now = timezone.now()
        ties = Standing.objects.filter(
            user__username=proxy.account, tie=Tie.CHOSEN_CARER.value, subject=str(proxy.person_id)
        )
        ties.filter(until__gt=now, since__lt=now).update(until=now)
    return ended


def standing_of(p: Proxy, on: dt.date) -> str:
    return "Ended" if p.state == "ended" else "Over" if p.until < on else "Looks now"


class ProxyForm(forms.Form):
    account = Words(most=80, error_messages={"required": "Enter the user name they sign in with"})
    relation = Words(most=200, error_messages={"required": "Say who they are to the person"})
    scope = forms.ChoiceField(
        choices=Proxy.SCOPES,
        error_messages={"required": "Choose how much they see"},
    )
    until = Day(error_messages={"required": "Say until when"})
    ground = forms.ChoiceField(choices=Proxy.GROUNDS, required=False)
    reason = Words(required=False, most=1_000)


def _asked(own: bool) -> tuple[Asked, ...]:
    hint = "Their own account’s; this site sends no invitation"
    basis = (
        Asked("ground", "What it rests on", "select", options=Proxy.GROUNDS),
        Asked(
            "reason",
            "What shows it",
            "area",
            hint="Needed unless the person wants it",
            required=False,
        ),
    )
    return (
        Asked(
            "account",
            "The user name of whoever looks for you"
            if own
            else "The user name of whoever looks for the person",
            hint=hint,
        ),
        Asked(
            "relation",
            "Who they are to you" if own else "Who they are to the person",
            hint="Daughter, neighbour, solicitor",
        ),
        Asked("scope", "How much they see", "select", options=(("", "Choose"), *Proxy.SCOPES)),
        Asked(
            "until",
            "Until",
            width="10",
            hint=f"Within {MOST_YEARS} years. For example, 6/8/2020",
        ),
        *(() if own else basis),
    )


def form_page(
    request: HttpRequest, person_id: int, *, own: bool, back: str, crumbs: list[tuple[str, str]]
) -> HttpResponse:
    """The form and who looks now, for the person or for staff."""
    asked, on = _asked(own), place.today()
    team = standing_or_404(person_id)["team_code"] or ""
    form = ProxyForm(request.POST or None, initial={"ground": "asked"})

    def save(said: dict[str, Any]) -> Proxy:
        said["ground"] = "asked" if own else said["ground"] or "asked"
        return grant(person_id, team, by=request.user, **said)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect(back)
    granted = list(Proxy.objects.filter(person_id=person_id).select_related("created_by"))
    return page(
        request,
        "components/entry.jinja",
        PROXIES.of(granted, on=on, page="own_proxy" if own else "proxy", person=False),
        heading="Who may look for me" if own else "Who looks in the person’s place",
        lede="Whoever you name sees your record on their own account until the day you choose, cannot write in it, and every look is written down. You may end it at any time."
        if own
        else "Whoever is named sees the record on their own account, cannot write in it, and every look is written down. The person and the privacy officer see this list.",
        asked=asked,
        values=typed(form),
        errors=errors,
        button="Let them look",
        crumbs=crumbs,
        status=422 if errors else 200,
    )


@write_care
def proxies(request: HttpRequest, person_id: int) -> HttpResponse:
    back = reverse("proxies", args=[person_id])
    return form_page(
        request,
        person_id,
        own=False,
        back=back,
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
    )


def end_page(request: HttpRequest, found: Proxy, back: str) -> HttpResponse:
    """One proxy: what was granted, and the way to end it."""
    on = place.today()

    def save(_said: dict[str, Any]) -> Proxy:
        return end(found, by=request.user, base=base_version(request))

    done, errors = attempt(request, forms.Form(request.POST or None), save, {})
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect(back)
    return page(
        request,
        "neighbourhood/proxy.jinja",
        found=found,
        facts=facts_of(found, on),
        version=found.version,
        errors=errors,
        versions=list(found.versions()),
        crumbs=[("Who may look", back)],
        status=422 if errors else 200,
    )


@about(Proxy)
def proxy(request: HttpRequest, found: Proxy) -> HttpResponse:
    return end_page(request, found, reverse("proxies", args=[found.person_id]))


def name_of_account(username: str) -> str:
    return User.objects.filter(username=username).values_list("name", flat=True).first() or username


def facts_of(p: Proxy, on: dt.date) -> list[tuple[str, Any]]:
    return [
        ("Who", f"{name_of_account(p.account)} ({p.account})"),
        ("Relation", p.relation),
        ("Sees", p.get_scope_display()),
        ("Rests on", p.get_ground_display()),
        ("What shows it", p.reason),
        ("From", f"{p.since:%-d %B %Y}"),
        ("Until", f"{p.until:%-d %B %Y}"),
        ("Granted by", p.created_by.name),
        ("State", standing_of(p, on)),
    ]


@see_audit
def all_proxies(request: HttpRequest) -> HttpResponse:
    """For the privacy officer: who looks in whose place, on what ground and until when."""
    granted = list(Proxy.objects.select_related("created_by"))
    return page(
        request,
        "neighbourhood/all_proxies.jinja",
        PROXIES.of(granted, on=place.today(), page="", person=True),
    )


PROXIES = Listing(
    "proxies",
    "Who looks in the person’s place",
    Column(
        "who",
        "Who looks",
        lambda p: name_of_account(p.account),
        link=lambda p, c: reverse(c.page, args=[p.pk]) if c.page else None,
        beside="relation",
    ),
    Column("person", "Person", lambda p: str(p.person_id), when=lambda c: c.person),
    Column("scope", "Sees", "get_scope_display"),
    Column("ground", "Rests on", "get_ground_display"),
    Column("since", "From"),
    Column("until", "Until"),
    Column("by", "Granted by", "created_by.name"),
    Column(
        "state",
        "State",
        lambda p, c: standing_of(p, c.on),
        tone=lambda p, c: "blue" if standing_of(p, c.on) == "Looks now" else "grey",
    ),
    empty="Nobody looks in anybody’s place.",
)
