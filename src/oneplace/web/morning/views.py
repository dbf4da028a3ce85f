"""What changed since the reader last looked, what is due from them, what came in."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from oneplace.answers.position import MONEY
from oneplace.plan.money import differences
from oneplace.report import words as paper
from oneplace.report.board.entered import Entered
from oneplace.safety.decide import Role, Tie
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import signed_in
from oneplace.web.accounts.models import BrokenGlass, LastLook, Standing, User
from oneplace.web.accounts.sight import sight_for
from oneplace.web.board.models import BoardDecision
from oneplace.web.components.frame import page
from oneplace.web.components.paper import line
from oneplace.web.components.tiles import tile
from oneplace.web.history.models import EntryVersion
from oneplace.web.jobs.models import Job
from oneplace.web.neighbourhood import views as neighbourhood
from oneplace.web.neighbourhood.copies import due_on
from oneplace.web.neighbourhood.models import Action, Agenda, Proxy, Request, Review, Withholding
from oneplace.web.neighbourhood.practice import kept_with_practices
from oneplace.web.neighbourhood.team import lines_of
from oneplace.web.neighbourhood.withheld import due as due_marks
from oneplace.web.programme.models import Proposal, Return, Risk
from oneplace.web.programme.return_views import challenged
from oneplace.web.why import figures

Item = tuple[str, str]
SAME_LOOK = dt.timedelta(minutes=30)
CARE = (
    "reviews",
    "actions",
    "agendas",
    "service_referrals",
    "agenda_changes",
    "requests",
    "notes",
    "objections",
)
BOARD = (
    "board_decisions",
    "proposals",
    "approvals",
    "publications",
    "returns",
    "risks",
    "exception_reports",
    "packs",
)
OFFICE = (
    "returns",
    "verdicts",
    "gates",
    "reminders",
    "packs",
    "proposals",
    "approvals",
    "board_decisions",
    "risks",
    "exception_reports",
)
REGISTER = ("risks", "controls", "assurances", "risk_actions", "compliance_evidence", "gates")
LEAD = ("returns", "verdicts", "gates", "risks", "controls", "assurances", "risk_actions")
ANALYST = ("feed_decisions", "rebases", "exception_reports")
# What each role answers for or decides on: it stands on their first page as it stands in the next
# paper.
READS: dict[str, tuple[str, ...]] = {
    "coordinator": CARE,
    "clinician": CARE,
    "planner": OFFICE,
    "scheme_lead": (*LEAD, "reminders", "proposals", "approvals"),
    "analyst": (*ANALYST, "returns", "approvals"),
    "finance": (*MONEY, "approvals", "board_decisions"),
    "risk": (*REGISTER, "returns"),
    "board": BOARD,
    "privacy_officer": (),
    "administrator": (),
    "resident": (),
}
CALLED = {
    "reviews": "review",
    "actions": "action",
    "agendas": "agenda",
    "service_referrals": "referral",
    "agenda_changes": "change to an agenda",
    "requests": "request",
    "notes": "note on a record",
    "objections": "refusal",
    "returns": "return",
    "verdicts": "word on a return",
    "gates": "gate",
    "reminders": "reminder",
    "packs": "line of sight",
    "risks": "risk or issue",
    "controls": "control",
    "assurances": "assurance",
    "risk_actions": "action on a risk",
    "compliance_evidence": "piece of evidence",
    "proposals": "change to the plan",
    "approvals": "approval",
    "publications": "publication of a paper",
    "board_decisions": "decision",
    "exception_reports": "report on an exception",
    "rebases": "fresh start of a chart",
    "feed_decisions": "word on the records",
    "ledger_months": "month of the ledger",
    "outturn_forecasts": "forecast of an outturn",
    "saving_forecasts": "forecast of savings",
    "recovery_plans": "recovery plan",
    "contract_months": "month of contract monitoring",
}
SHOWN = 20


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The page asks every room that the role works in; no room is asked about a person."""
    user: User = request.user
    last = LastLook.objects.filter(user=user).first()
    now, build = timezone.now(), desk.session().build_id or ""
    since = last.at if last else None
    figures = seen(user)
    context: dict[str, Any] = {
        "since": since,
        "due": DUE[user.role](user),
        "came": came_in(user, since),
        "answer": money_answer()
        if "ledger_months" in READS[user.role] or user.role == "board"
        else None,
        "stands": standing_lines(user),
        "shown": SHOWN,
        "reads": bool(READS[user.role]),
        "moved": movements(last.seen if last else {}, figures),
        "new_build": build if last and last.build != build and build else "",
        "figures": figures,
        "standing": desk.standing(),
    }
    # A reload within the half hour is still the same look: what was new a moment ago does not
    # vanish.
    if last is None or now - last.at > SAME_LOOK:
        LastLook.objects.update_or_create(
            user=user,
            defaults={"at": now, "build": build, "seen": {f["name"]: f["value"] for f in figures}},
        )
    return page(request, "morning/home.jinja", **context)


def came_in(user: User, since: dt.datetime | None) -> list[tuple[dt.datetime, str]]:
    """What colleagues wrote since then, newest first; the reader's own writing is no news."""
    kinds = READS[user.role]
    found = (
        EntryVersion.objects.filter(kind__in=kinds)
        .exclude(saved_by=user)
        .select_related("saved_by")
        .order_by("-saved_at")
    )
    found = found.filter(saved_at__gt=since) if since else found
    if user.role in ("coordinator", "clinician"):
        found, sight = found.filter(content__team_code__in=list(teams(user))), sight_for(user)
        seen_by = (
            v for v in found.iterator(chunk_size=200) if sight.shows(v.content.get("person_id", 0))
        )
        return [(v.saved_at, said(v)) for v in islice(seen_by, SHOWN)]
    return [(v.saved_at, said(v)) for v in found[:SHOWN]]


def money_answer() -> Any:
    """Finance's own question, answered as on its page and in the paper."""
    found = parts.money_answer()
    return line(found) if found else None


def standing_lines(user: User) -> list[tuple[str, str]]:
    """What was written and stands, for whoever answers for it: what asks for something first, each
    with the way to it. The same lines stand in the next paper. Nothing about a person is among
    them."""
    found = [e for kind in READS[user.role] for e in parts.entered().get(kind, ())]
    if user.role == "scheme_lead":
        mine = set(schemes(user))
        found = [
            e
            for e in found
            if e.scheme in mine or (e.kind == "reminders" and e.about == str(user.pk))
        ]
        found += [e for k in ("proposals", "approvals") for e in parts.entered()[k]]
    ordered = sorted(found, key=lambda e: (not e.asks, -e.at.timestamp()))
    return [(e.words(), href) for e in ordered if (href := where(e, user.role)) is not None]


def where(e: Entered, role: str) -> str | None:
    """The page of an entry."""
    if e.kind in WHERE:
        page, named = WHERE[e.kind]
        return reverse(page, args=[e.about] if named else [])
    if e.kind == "compliance_evidence":
        matrix, _, duty = e.about.partition("/")
        return (
            reverse("goals")
            if matrix == "goals"
            else reverse("compliance_duty", args=[matrix, duty])
        )
    if e.kind in ("ledger_months", "contract_months"):
        return reverse("position" if e.kind == "ledger_months" else "activity_to_money")
    month, number = e.about.split("/")
    return reverse("paper_about", args=[month, int(number)])


# The page of each kind of entry, and whether it is named by what the entry is about.
WHERE: dict[str, tuple[str, bool]] = {
    "returns": ("scheme", True),
    "verdicts": ("scheme", True),
    "gates": ("scheme", True),
    "reminders": ("exceptions", False),
    "packs": ("line_of_sight", False),
    "risks": ("risk", True),
    "controls": ("risk", True),
    "assurances": ("risk", True),
    "risk_actions": ("risk", True),
    "board_decisions": ("decisions", False),
    "proposals": ("proposal", True),
    "approvals": ("proposal", True),
    "exception_reports": ("measure_page", True),
    "rebases": ("measure_page", True),
    "feed_decisions": ("feed", True),
    "saving_forecasts": ("saving", True),
    "recovery_plans": ("saving", True),
    "outturn_forecasts": ("area", True),
}


def said(v: EntryVersion) -> str:
    about = (
        v.content.get("scheme")
        or v.content.get("title")
        or v.content.get("summary")
        or v.content.get("question")
        or ""
    )
    # A resident's name is identity, and nobody was identified on the way to this page.
    who = "A resident" if v.saved_by.role == Role.RESIDENT.value else v.saved_by.name
    article = "an" if CALLED[v.kind][0] in "aeiou" else "a"
    did = "wrote" if v.version == 1 else "changed"
    return f"{who} {did} {article} {CALLED[v.kind]}{': ' + about if about else ''}"


def teams(user: User) -> list[str]:
    return list(
        Standing.objects.filter(user=user, tie=Tie.CARE_TEAM.value).values_list(
            "subject", flat=True
        )
    )


def schemes(user: User) -> list[str]:
    return list(
        Standing.objects.filter(user=user, tie=Tie.SCHEME_LEAD.value).values_list(
            "subject", flat=True
        )
    )


def movements(before: dict[str, str], figures: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Figures whose words differ from what the reader saw, each with the page that says why."""
    return [
        (
            f"{f['name'][:1].upper()}{f['name'][1:]}: {before[f['name']]} then, {f['value']} now",
            reverse("why", args=[f["figure"].id]) if f.get("figure") else f.get("href", ""),
        )
        for f in figures
        if f["name"] in before and before[f["name"]] != f["value"]
    ]


def seen(user: User) -> list[dict[str, Any]]:
    """The few figures of the role, each made by the room that also shows it."""
    if user.role in ("coordinator", "clinician") and desk.built():
        return [f for team in teams(user) for f in neighbourhood.counts(team, sight_for(user))]
    if user.role == "scheme_lead":
        return tiles_of([(f"scheme.{s}.late", reverse("scheme", args=[s])) for s in schemes(user)])
    if user.role in HEADLINES:
        return tiles_of([(id, reverse(page)) for id, page in HEADLINES[user.role]])
    if user.role == "privacy_officer":
        return [
            {
                "value": paper.number(BrokenGlass.objects.filter(review="").count()),
                "name": "emergency openings to review",
                "href": reverse("glass"),
                "live": True,
            }
        ]
    return []


# The figures that each role asks about first, and the page that says more of each.
HEADLINES: dict[str, tuple[tuple[str, str], ...]] = {
    "planner": (
        ("milestones.late", "exceptions"),
        ("milestones.due", "exceptions"),
        ("programme.slipped", "exceptions"),
        ("programme.missing", "exceptions"),
        ("programme.troubled", "schemes"),
    ),
    "analyst": (
        ("feeds.accepted", "feeds"),
        ("feeds.refused", "feeds"),
        ("feeds.failed", "feeds"),
        ("feeds.unmapped", "feeds"),
        ("goals.attention", "performance"),
    ),
    "finance": (
        ("position.gap", "position"),
        ("position.spent", "position"),
        ("position.to_date_variance", "position"),
        ("position.outturn", "position"),
        ("money.allocation", "position"),
        ("money.savings.total", "savings"),
        ("savings.reported", "savings"),
        ("savings.forecast", "savings"),
        ("money.differ", "position"),
    ),
    "risk": (
        ("risks.open", "risks"),
        ("risks.extreme", "risks"),
        ("risks.overdue", "risks"),
        ("risks.escalated", "risks"),
        ("milestones.late", "milestones"),
    ),
    "board": (
        ("milestones.late", "milestones"),
        ("goals.not_met", "performance"),
        ("claims.overlapping", "claims"),
        ("position.gap", "position"),
        ("money.savings.total", "savings"),
        ("risks.extreme", "risks"),
    ),
}


def tiles_of(wanted: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Figures by their ids, as their own pages give them; one that the place does not have is left
    out."""
    found = [(figures.figure(id), href) for id, href in wanted]
    return [tile(f, _lower(f.label), href=href) for f, href in found if f is not None]


def _lower(label: str) -> str:
    """A label inside a sentence; an abbreviation such as A&E stays as it is."""
    return label if label[1:2].isupper() or label[1:2] == "&" else label[:1].lower() + label[1:]


# --- what is due from whom --------------------------------------------------------------------------------------------
def _care(user: User) -> list[Item]:
    on, due, sight = place.today(), [], sight_for(user)
    for team in teams(user):
        after = reverse("after", args=[team])
        overdue = len(sight.of(Action.objects.filter(team_code=team, state="open", due_on__lt=on)))
        if overdue:
            due.append((f"{paper.plural(overdue, 'action')} overdue: remind or escalate", after))
        asked = len(sight.of(Request.objects.filter(team_code=team, state="asked")))
        if asked:
            due.append(
                (f"{paper.plural(asked, 'request')} of residents to answer", after + "#requests")
            )
        agenda = (
            Agenda.objects.filter(team_code=team, meets_on__gte=on).exclude(state="draft").first()
        )
        if agenda is None:
            due.append(
                ("Freeze the agenda of the next meeting", reverse("nine_o_clock", args=[team]))
            )
        else:
            reviewed = set(Review.objects.filter(agenda=agenda).values_list("person_id", flat=True))
            left = sum(line.person_id not in reviewed for line in lines_of(agenda, sight))
            if left:
                due.append(
                    (
                        f"{paper.plural(left, 'person', 'people')} on the frozen agenda still to review",
                        reverse("nine_o_clock", args=[team]),
                    )
                )
        marks = sight.of(
            Withholding.objects.filter(team_code=team, state__in=("asked", "in_force"))
        )
        waiting = due_marks(marks, on)
        if waiting:
            owners = ", ".join(dict.fromkeys(w.owner for w in waiting))
            said = f"{paper.plural(len(waiting), 'entry', 'entries')} kept from a person to look at again ({owners})"
            due.append((said, after + "#withheld"))
    return due + kept_with_practices(user, on)


def _planner(user: User) -> list[Item]:
    plan = desk.session().plan_documents.plan
    missing = (
        len(plan.schemes) - Return.objects.filter(month=place.today().replace(day=1)).count()
        if plan
        else 0
    )
    late = Risk.objects.filter(review_on__lt=place.today()).exclude(state="closed").count()
    due = (
        [(f"{paper.plural(missing, 'return')} not yet in: chase the leads", reverse("exceptions"))]
        if missing
        else []
    )
    return due + (
        [(f"{paper.plural(late, 'risk review')} overdue", reverse("risks"))] if late else []
    )


def _lead(user: User) -> list[Item]:
    month = place.today().replace(day=1)
    sent = set(Return.objects.filter(month=month).values_list("scheme", flat=True))
    asked = [
        (
            f"Answer the programme office on the {paper.month(r.month)} return of {r.scheme}: {r.verdict.words}",
            reverse("answer_return", args=[r.scheme, r.pk]),
        )
        for r in challenged(schemes(user))
    ]
    return asked + [
        (f"Send the {paper.month(month)} return of {s}", reverse("my_return", args=[s]))
        for s in schemes(user)
        if s not in sent
    ]


def _analyst(user: User) -> list[Item]:
    failed = Job.objects.first()
    due = (
        [("Build the place: nothing is known about its people yet", reverse("jobs"))]
        if not desk.built()
        else []
    )
    return due + (
        [("The last build failed: see why", reverse("jobs"))]
        if failed and failed.state == "failed"
        else []
    )


def _finance(user: User) -> list[Item]:
    finances = desk.session().plan_documents.finances
    wrong = len(differences(finances)) if finances else 0
    said = f"{paper.plural(wrong, 'printed total')} {'differs' if wrong == 1 else 'differ'} from the lines: explain"
    return [(said, reverse("position"))] if wrong else []


def _risk(user: User) -> list[Item]:
    late = Risk.objects.filter(review_on__lt=place.today()).exclude(state="closed").count()
    up = Risk.objects.filter(state="escalated").count()
    due = [(f"{paper.plural(late, 'review')} overdue", reverse("risks"))] if late else []
    return due + ([(f"{paper.plural(up, 'risk')} escalated", reverse("risks"))] if up else [])


def _board(user: User) -> list[Item]:
    waiting = Proposal.objects.filter(state="proposed")
    due = [(f"Decide on: {p.summary}", reverse("proposal", args=[p.pk])) for p in waiting[:10]]
    return due + [
        (f"Answer: {d.question}", reverse("decision", args=[d.pk]))
        for d in BoardDecision.objects.filter(state="asked")[:10]
    ]


def _privacy(user: User) -> list[Item]:
    on = place.today()
    waiting = BrokenGlass.objects.filter(review="").select_related("user")
    due = [
        (
            f"Review: {b.user.name} opened a record in an emergency",
            reverse("glass_review", args=[b.pk]),
        )
        for b in waiting[:20]
    ]
    asked = Request.objects.filter(what__in=("correction", "access"), state="asked")
    late = sum(due_on(r) < on for r in asked)
    if late:
        due.append(
            (
                f"{paper.plural(late, 'correction or copy', 'corrections or copies')} overdue",
                reverse("asked_by_people"),
            )
        )
    marks = due_marks(Withholding.objects.filter(state__in=("asked", "in_force")), on)
    if marks:
        said = f"{paper.plural(len(marks), 'entry', 'entries')} kept from people, to be looked at by their owners"
        due.append((said, reverse("kept_back")))
    return due


def _administrator(user: User) -> list[Item]:
    never = User.objects.filter(is_active=True, last_login=None, demonstration=False).count()
    return (
        [(f"{paper.plural(never, 'account')} nobody has signed in to yet", reverse("account_list"))]
        if never
        else []
    )


def _resident(user: User) -> list[Item]:
    """Who looks for the person is the person's to know, from the first page on."""
    own = Standing.objects.filter(user=user, tie=Tie.SELF.value).values_list("subject", flat=True)
    looking = Proxy.objects.filter(
        person_id__in=[int(s) for s in own], state="granted", until__gte=place.today()
    ).count()
    if not looking:
        return []
    return [
        (
            f"{paper.plural(looking, 'person looks', 'people look')} at your record for you: is that still right?",
            reverse("own_proxies"),
        )
    ]


DUE = {
    "coordinator": _care,
    "clinician": _care,
    "planner": _planner,
    "scheme_lead": _lead,
    "analyst": _analyst,
    "finance": _finance,
    "risk": _risk,
    "board": _board,
    "privacy_officer": _privacy,
    "administrator": _administrator,
    "resident": _resident,
}
