"""Writes of the programme: returns, links to them, changes to the plan from proposal to approval, the risk register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError as PydanticError

from oneplace.documents import digest, read
from oneplace.documents.versions import Stale, compare, save, snapshot, version
from oneplace.faults import Fault, InputAtFault
from oneplace.plan.programme import Plan
from oneplace.web.accounts.models import User
from oneplace.web.config import place
from oneplace.web.programme.models import Approval, Proposal, Return, ReturnLink

PLAN = "plan.yaml"
LINK_DAYS = 21
_SALT = "oneplace return link"


# --- returns ----------------------------------------------------------------------------------------------------------
def send_return(scheme: str, month: dt.date, *, by: User, base: int, **answers: Any) -> Return:
    """A first return of the month, or a revision of the one that stands at version `base`."""
    kept = Return.objects.filter(scheme=scheme, month=month).first()
    answers = {**answers, "sent_on": place.today()}
    if kept is None:
        return Return.write(by=by, scheme=scheme, month=month, **answers)
    return kept.revise(by=by, base=base, **answers)


def make_link(scheme: str, month: dt.date, lead: User, *, by: User) -> tuple[ReturnLink, str]:
    """A link that opens one return of one scheme for its lead; the token stands nowhere but in the link."""
    now = timezone.now()
    with transaction.atomic():
        ReturnLink.objects.filter(scheme=scheme, month=month, withdrawn_at=None).update(withdrawn_at=now)
        link = ReturnLink.objects.create(
            scheme=scheme, month=month, lead=lead, made_at=now, made_by=by, until=now + dt.timedelta(days=LINK_DAYS)
        )
    return link, signing.dumps({"link": link.pk, "lead": lead.pk}, salt=_SALT, compress=False)


def link_of(token: str) -> ReturnLink | None:
    """The link a token names, while it still opens something."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=dt.timedelta(days=LINK_DAYS))
    except signing.BadSignature:
        return None
    return (
        ReturnLink.objects.select_related("lead")
        .filter(
            pk=said["link"], lead_id=said["lead"], withdrawn_at=None, until__gt=timezone.now(), lead__is_active=True
        )
        .first()
    )


# --- changes to the plan ----------------------------------------------------------------------------------------------
def head() -> tuple[Plan, str]:
    """The plan as it is in the folder, and its digest."""
    plan = read(place.folder() / PLAN, Plan, name=PLAN)
    kept = _digested.get("plan")
    if kept is None or kept[0] is not plan:  # an unchanged file reads as the same plan, and a digest takes 0.2 s
        kept = _digested["plan"] = (plan, digest(plan))
    return kept


_digested: dict[str, tuple[Plan, str]] = {}


def edited(plan: Plan, scheme: str, changes: dict[str, Any], milestones: dict[str, dict[str, Any]]) -> Plan:
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
        what="the value does not fit", file=PLAN, path=path, found=str(error.get("input"))[:200], expected=expected
    )


def propose(changed: Plan, *, base: str, summary: str, by: User) -> Proposal:
    """Keep the changed plan and put it forward; `Stale` when the plan is no longer the one that was opened."""
    plan, now = head()
    if now != base:
        raise Stale(PLAN, base=base, theirs=plan, ours=changed)
    snapshot(place.folder(), plan)
    name = snapshot(place.folder(), changed)
    return Proposal.write(by=by, document=PLAN, base_digest=base, digest=name, summary=summary)


def decide_on(proposal: Proposal, *, approved: bool, note: str, base: int, by: User) -> Approval:
    """The board's word on one digest. Approved, it becomes the head, unless the head has changed since the proposal."""
    with transaction.atomic():
        proposal.revise(by=by, base=base, state="approved" if approved else "refused")
        approval = Approval.write(by=by, proposal=proposal, digest=proposal.digest, approved=approved, note=note)
        if approved:
            changed = version(place.folder(), proposal.digest, Plan)
            save(place.folder(), proposal.document, changed, base=proposal.base_digest)
    return approval


def differences(proposal: Proposal) -> list[Any]:
    """Field by field, what the proposal changes in the version that it was made from."""
    return compare(version(place.folder(), proposal.base_digest, Plan), version(place.folder(), proposal.digest, Plan))


__all__ = ["compare", "decide_on", "differences", "edited", "head", "link_of", "make_link", "propose", "send_return"]
