"""Writes of the programme: returns, links to them, changes to the plan from proposal to approval,
the risk register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError as PydanticError

from oneplace.documents import digest, read
from oneplace.documents.versions import Stale, compare, save, snapshot, version
from oneplace.faults import Fault, InputAtFault
from oneplace.plan.assurance.movements import is_upgrade
from oneplace.plan.programme import Plan
from oneplace.web import place
from oneplace.web.accounts.models import User
from oneplace.web.programme.models import Approval, Proposal, Reminder, Return, ReturnLink

PLAN = "plan.yaml"
LINK_DAYS = 21
_SALT = "oneplace return link"


# --- returns --------------------------------------------------------------------------------------
class LinkUsed(Exception):
    """The link was used or withdrawn while its page was open."""


def send_return(
    scheme: str,
    month: dt.date,
    *,
    by: User,
    base: int,
    link: ReturnLink | None = None,
    **answers: Any,
) -> Return:
    """A first return of the month, or a revision of the one that stands at version `base`. A link
    is used up with it.

    A rating may go down freely; it goes up only with a reason that was not there before, and the
    name of who sends it.
    """
    kept = Return.objects.filter(scheme=scheme, month=month).first()
    before = (
        kept or Return.objects.filter(scheme=scheme, month__lt=month).order_by("-month").first()
    )
    better = [
        w for w in ("delivery", "benefit") if before and is_upgrade(getattr(before, w), answers[w])
    ]
    if better and answers.get("reason", "") in ("", before.reason if before else ""):
        raise ValidationError(
            {"reason": "Better than it was said to be: say why. Your name stands beside it"}
        )
    answers = {**answers, "sent_on": place.today()}
    with transaction.atomic():
        if link is not None:
            taken = ReturnLink.objects.filter(pk=link.pk, used_at=None, withdrawn_at=None).update(
                used_at=timezone.now()
            )
            if not taken:
                raise LinkUsed
        if kept is None:
            return Return.write(by=by, scheme=scheme, month=month, **answers)
        return kept.revise(by=by, base=base, **answers)


def make_link(scheme: str, month: dt.date, lead: User, *, by: User) -> tuple[ReturnLink, str]:
    """A link that opens one return of one scheme for its lead, once; the token stands nowhere but
    in the link."""
    now = timezone.now()
    with transaction.atomic():
        ReturnLink.objects.filter(
            scheme=scheme, month=month, lead=lead, used_at=None, withdrawn_at=None
        ).update(withdrawn_at=now)
        link = ReturnLink.objects.create(
            scheme=scheme,
            month=month,
            lead=lead,
            made_at=now,
            made_by=by,
            until=now + dt.timedelta(days=LINK_DAYS),
        )
    return link, signing.dumps({"link": link.pk, "lead": lead.pk}, salt=_SALT, compress=False)


def link_of(token: str) -> ReturnLink | None:
    """The link a token names, whether or not it still opens something; None for a token that we did
    not make."""
    try:
        said = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    found = ReturnLink.objects.select_related("lead").filter(pk=said["link"], lead_id=said["lead"])
    return found.filter(lead__is_active=True).first()


def remind(
    lead: User, month: dt.date, schemes: list[str], *, by: User, on: dt.date
) -> dict[str, str]:
    """An entry that this lead was chased, and a new link's token for each scheme."""
    with transaction.atomic():
        Reminder.write(by=by, lead=lead, month=month, schemes=schemes, reminded_on=on)
        return {s: make_link(s, month, lead, by=by)[1] for s in schemes}


# --- changes to the plan --------------------------------------------------------------------------
def head() -> tuple[Plan, str]:
    """The plan as it is in the folder, and its digest."""
    plan = read(place.folder() / PLAN, Plan, name=PLAN)
    kept = _digested.get("plan")
    if (
        kept is None or kept[0] is not plan
    ):  # an unchanged file reads as the same plan, and a digest takes 0.2 s
        kept = _digested["plan"] = (plan, digest(plan))
    return kept


_digested: dict[str, tuple[Plan, str]] = {}


def edited(
    plan: Plan, scheme: str, changes: dict[str, Any], milestones: dict[str, dict[str, Any]]
) -> Plan:
    """The plan with one scheme changed; InputAtFault names what does not fit."""
    content = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for s in content["schemes"]:
        if s["id"] != scheme:
            continue
        for name, value in changes.items():
            if value in (None, ""):
                s.pop(name, None)
            else:
                s[name] = value
        for m in s.get("milestones", ()):
            for name, value in milestones.get(m["id"], {}).items():
                if value in (None, ""):
                    m.pop(name, None)
                else:
                    m[name] = value
    try:
        return Plan.model_validate(content)
    except PydanticError as wrong:
        raise InputAtFault(_fault(e) for e in wrong.errors()) from None


def _fault(error: Any) -> Fault:
    """One slip with its path in the document; the content came from a form, so there is no line."""
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"]).lstrip(".")
    expected = error["msg"].removeprefix("Value error, ")
    return Fault(
        what="the value does not fit",
        file=PLAN,
        path=path,
        found=str(error.get("input"))[:200],
        expected=expected,
    )


def propose(changed: Plan, *, base: str, summary: str, by: User) -> Proposal:
    """Keep the changed plan and put it forward; `Stale` when the plan is no longer the one that was
    opened."""
    plan, now = head()
    if now != base:
        raise Stale(PLAN, base=base, theirs=plan, ours=changed)
    snapshot(place.folder(), plan)
    name = snapshot(place.folder(), changed)
    return Proposal.write(by=by, document=PLAN, base_digest=base, digest=name, summary=summary)


def decide_on(proposal: Proposal, *, approved: bool, note: str, base: int, by: User) -> Approval:
    """The board's word on one digest. Approved, it becomes the head, unless the head has changed
    since the proposal."""
    with transaction.atomic():
        proposal.revise(by=by, base=base, state="approved" if approved else "refused")
        approval = Approval.write(
            by=by,
            proposal=proposal,
            digest=proposal.digest,
            approved=approved,
            note=note,
        )
        if approved:
            changed = version(place.folder(), proposal.digest, Plan)
            save(place.folder(), proposal.document, changed, base=proposal.base_digest)
    return approval


def differences(proposal: Proposal) -> list[Any]:
    """Field by field, what the proposal changes in the version that it was made from."""
    return compare(
        version(place.folder(), proposal.base_digest, Plan),
        version(place.folder(), proposal.digest, Plan),
    )


__all__ = [
    "compare",
    "decide_on",
    "differences",
    "edited",
    "head",
    "link_of",
    "make_link",
    "propose",
    "send_return",
]
