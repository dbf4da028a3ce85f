"""Names on the command line: through the same door as on the site, one audited decision for each person.

Every decision is written to the audit before the identity file is opened. One refusal refuses the whole list: a list
with holes would say who is missing.
"""

from __future__ import annotations

import secrets
from typing import Any

from oneplace.faults import Fault, InputAtFault, NotAllowed
from oneplace.visit.opening import Visit


def with_names(visit: Visit, value: dict[str, Any], *, user: str | None, purpose: str | None) -> dict[str, Any]:
    """The list with a name beside each pseudonym. NotAllowed without a user and a purpose, or where the door refuses."""
    if not user or not purpose:
        raise NotAllowed("--identify needs --as USER and --purpose direct_care: who is asking, and why; it is audited")
    from oneplace.web.serve import prepare

    prepare(visit.folder)
    from oneplace.safety.decide import Action, Kind, Purpose
    from oneplace.visit.record import identities
    from oneplace.web.accounts import door
    from oneplace.web.accounts.models import User

    if purpose not in {p.value for p in Purpose}:
        raise InputAtFault(
            Fault(what="no such purpose", file="--purpose", found=purpose, expected="one of: " + ", ".join(Purpose))
        )
    account = User.objects.filter(username=user, is_active=True).first()
    request = f"cli-{secrets.token_hex(6)}"
    for person in value["people"]:
        subject = door.subject_of(Kind.PERSON, person["person"])
        decision = door.decided(account, Action.REIDENTIFY, subject, Purpose(purpose), request=request)
        if not decision.allowed:
            raise NotAllowed(
                "names are shown to the care team and the registered practice, for direct care. The refusal is in the audit."
            )
    known = identities(visit, [int(p["person"]) for p in value["people"]])
    people = [
        {**p, "name": _name(known.get(int(p["person"]))), "nhs_number": _number(known.get(int(p["person"])))}
        for p in value["people"]
    ]
    return {**value, "people": people, "identified_by": user, "purpose": purpose, "audit_request": request}


def _name(identity: dict[str, Any] | None) -> str | None:
    if identity is None:
        return None
    return " ".join(p for p in (identity["given_name"], identity["family_name"]) if p) or None


def _number(identity: dict[str, Any] | None) -> str | None:
    return identity["nhs_number"] if identity else None
