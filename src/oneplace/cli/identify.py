"""Names on the command line: through the same door as on the site, one audited decision for each
person.

Every decision is written to the audit before the identity file is opened. One refusal refuses the
whole list: a list with holes would say who is missing.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from oneplace.answers.session import Session
from oneplace.faults import Fault, InputAtFault, NotAllowed


def with_names(
    session: Session, value: dict[str, Any], *, user: str | None, purpose: str | None, whole: bool
) -> dict[str, Any]:
    """A whole register as this account sees it, cut to the agenda unless it is asked for `whole`,
    with a name beside each pseudonym. NotAllowed without a user and a purpose, or where the door
    refuses."""
    if not user or not purpose:
        raise NotAllowed(
            "--identify needs --as USER and --purpose direct_care: who is asking, and why; it is audited"
        )
    from oneplace.web.settling import prepare

    session.close()  # the site opens the same build in its own way
    prepare(session.folder)
    from oneplace.answers.record import identities
    from oneplace.safety.decide import Action, Kind, Purpose
    from oneplace.web.accounts import door
    from oneplace.web.accounts.models import User
    from oneplace.web.accounts.sight import Sight

    if purpose not in {p.value for p in Purpose}:
        raise InputAtFault(
            Fault(
                what="no such purpose",
                file="--purpose",
                found=purpose,
                expected="one of: " + ", ".join(Purpose),
            )
        )
    account = User.objects.filter(username=user, is_active=True).first()
    seen = Sight(account, Purpose(purpose), now=dt.datetime.now(dt.UTC))
    value = seen.register(value, {int(p["person"]): p for p in value["people"]})
    value = value if whole else agenda_of(value)
    request = f"cli-{secrets.token_hex(6)}"
    for person in value["people"]:
        subject = door.subject_of(Kind.PERSON, person["person"])
        decision = door.decided(
            account, Action.REIDENTIFY, subject, Purpose(purpose), request=request
        )
        if not decision.allowed:
            raise NotAllowed(
                "names are shown to the care team and the registered practice, for direct care. The refusal is in the audit."
            )
    known = identities(session, [int(p["person"]) for p in value["people"]])
    people = [
        {
            **p,
            "name": _name(known.get(int(p["person"]))),
            "nhs_number": _number(known.get(int(p["person"]))),
        }
        for p in value["people"]
    ]
    return {
        **value,
        "people": people,
        "identified_by": user,
        "purpose": purpose,
        "audit_request": request,
    }


def agenda_of(value: dict[str, Any]) -> dict[str, Any]:
    """A whole register cut to its agenda."""
    return {**value, "people": [p for p in value["people"] if p["on_agenda"]]}


def _name(identity: dict[str, Any] | None) -> str | None:
    if identity is None:
        return None
    return " ".join(p for p in (identity["given_name"], identity["family_name"]) if p) or None


def _number(identity: dict[str, Any] | None) -> str | None:
    return identity["nhs_number"] if identity else None
