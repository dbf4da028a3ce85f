"""What every page has around it: the place's name, the reader, the menu of their role, the nonce of
this answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from oneplace.faults import InputAtFault
from oneplace.safety.decide import Role
from oneplace.web import desk, place
from oneplace.web.components.grid import Grid

CARE, PROGRAMME = (Role.COORDINATOR, Role.CLINICIAN), (Role.PLANNER, Role.SCHEME_LEAD)
# (what it says, the page's name, who has it in the menu). A test opens every entry as every role
# that has it.
STAFF = (*PROGRAMME, Role.ANALYST, Role.FINANCE, Role.RISK, Role.BOARD)
MENU: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("Since you last looked", "home", tuple(Role)),
    ("Neighbourhood", "neighbourhood", CARE),
    ("Kept with the practice", "practices", (Role.CLINICIAN,)),
    ("Emergency access", "break_glass", (Role.CLINICIAN,)),
    ("My record", "my_record", (Role.RESIDENT,)),
    ("Exceptions", "exceptions", (Role.PLANNER,)),
    ("My return", "my_returns", (Role.SCHEME_LEAD,)),
    ("The place on a page", "overview", STAFF),
    ("Schemes", "schemes", STAFF),
    ("Milestones", "milestones", (*PROGRAMME, Role.RISK, Role.BOARD)),
    ("Line of sight", "line_of_sight", (Role.PLANNER, Role.ANALYST)),
    ("Performance", "performance", STAFF),
    ("Claims", "claims", (Role.PLANNER, Role.FINANCE, Role.BOARD)),
    ("Activity", "activity", (Role.PLANNER, Role.ANALYST, Role.FINANCE, Role.BOARD)),
    ("Inequality", "inequality", (Role.PLANNER, Role.ANALYST, Role.BOARD)),
    ("Money", "money", (Role.PLANNER,)),
    ("Position", "position", (Role.FINANCE, Role.BOARD)),
    ("Savings", "savings", (Role.FINANCE, Role.BOARD, Role.PLANNER)),
    ("Activity to money", "activity_to_money", (Role.FINANCE,)),
    ("Risks", "risks", (*PROGRAMME, Role.RISK, Role.BOARD)),
    ("Assurance framework", "framework", (Role.RISK, Role.BOARD)),
    ("Compliance", "compliance", (Role.RISK, Role.PLANNER)),
    ("Feeds", "feeds", (Role.ANALYST,)),
    ("Measures", "measures", (Role.ANALYST,)),
    ("Compare", "compare", (Role.ANALYST, Role.PLANNER)),
    ("Claims", "claim_list", (Role.ANALYST,)),
    ("Calibration", "calibration", (Role.ANALYST,)),
    ("Risk model", "model_card", (Role.ANALYST,)),
    ("Decisions", "decisions", (Role.PLANNER, Role.BOARD)),
    ("Builds", "jobs", (Role.PLANNER, Role.ANALYST)),
    ("Emergency openings", "glass", (Role.PRIVACY_OFFICER,)),
    ("Who looked", "who_looked", (Role.PRIVACY_OFFICER,)),
    ("Proxy access", "all_proxies", (Role.PRIVACY_OFFICER,)),
    ("Corrections and copies", "asked_by_people", (Role.PRIVACY_OFFICER,)),
    ("Kept back", "kept_back", (Role.PRIVACY_OFFICER,)),
    ("Retention", "retention", (Role.PRIVACY_OFFICER,)),
    ("Accounts", "account_list", (Role.ADMINISTRATOR,)),
    ("Board papers", "papers", STAFF),
    ("Find a service", "directory", (*CARE, Role.RESIDENT, Role.PRIVACY_OFFICER)),
)


@dataclass(frozen=True)
class MenuItem:
    label: str
    href: str
    here: bool


def menu(request: HttpRequest) -> list[MenuItem]:
    """The role's pages in order; nobody signed in has the public ones."""
    if not request.user.is_authenticated:
        entries = [(label, name) for label, name in PUBLIC]
    else:
        entries = [(label, name) for label, name, roles in MENU if request.user.role in roles]
    found = [(label, reverse(name)) for label, name in entries]
    if hasattr(request, "nowhere"):
        return [MenuItem(label, href, False) for label, href in found]
    under = [
        h
        for _, h in found
        if request.path == h or (h != "/" and request.path.startswith(h.rstrip("/") + "/"))
    ]
    here = max(under, key=len, default="")
    return [MenuItem(label, href, href == here) for label, href in found]


PUBLIC: tuple[tuple[str, str], ...] = (("Find a service", "directory"), ("Board papers", "papers"))


def frame(request: HttpRequest) -> dict[str, object]:
    return {
        "place_name": place.place().name,
        "demonstration": place.place().demonstration,
        "as_if": place.today() if place.place().demonstration else None,
        "records_end": _records_end(),
        "stale_files": _stale_files(),
        "glass": _glass(request),
        "reader": request.user
        if getattr(request, "user", None) and request.user.is_authenticated
        else None,
        "menu": menu(request) if hasattr(request, "user") else [],
        # The nonce is falsy until it was read once, so templates that test it would leave it out.
        "csp_nonce": str(request.csp_nonce) if hasattr(request, "csp_nonce") else "",
    }


def _records_end() -> str | None:
    """What is said first where the records are older than the place's today."""
    try:
        return desk.session().records_end
    except InputAtFault:
        return None  # the page itself says so


def _glass(request: HttpRequest) -> dict[str, object] | None:
    """The emergency opening through which this page is read: which, until when, whole minutes
    left."""
    opened = getattr(request, "glass", None)
    if opened is None:
        return None
    left = (opened.until - timezone.now()).total_seconds()
    until = timezone.localtime(opened.until)
    return {"id": opened.pk, "until": f"{until:%H:%M}", "left": max(math.ceil(left / 60), 0)}


def _stale_files() -> list[str]:
    """What is wrong with the place's files, when pages show it as it was before somebody edited
    them."""
    try:
        found = desk.wrong()
    except InputAtFault:
        return []  # the page itself says so
    return [str(f) for f in found.faults] if found else []


def page(
    request: HttpRequest, template: str, *grids: Grid, status: int = 200, **context: object
) -> HttpResponse:
    """A page with its tables arranged as the address asks; `?csv=NAME` gives one table as CSV
    instead."""
    arranged = {g.name: g.arranged(request.GET) for g in grids}
    wanted = arranged.get(request.GET.get("csv", ""))
    if wanted is not None:
        return wanted.as_csv()
    return render(request, template, {**context, "grids": arranged}, status=status)
