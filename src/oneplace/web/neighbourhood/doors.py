"""The doors of the neighbourhood's pages: a team's list, one person, and whatever was written about
one person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose
from oneplace.web.accounts.door import Opening, decided, door, opens, subject_of
from oneplace.web.history.models import Entry

see_caseload = opens(
    Do.SEE_CASELOAD, Kind.CASELOAD, Purpose.DIRECT_CARE, Purpose.PLANNING, subject="team"
)
own_team = opens(Do.SEE_CASELOAD, Kind.CASELOAD, Purpose.DIRECT_CARE, subject="team")
identify = opens(Do.IDENTIFY, Kind.PERSON, Purpose.DIRECT_CARE, subject="person_id")
write_care = opens(Do.WRITE_CARE, Kind.PERSON, Purpose.DIRECT_CARE, subject="person_id")
see_advance_care = opens(Do.SEE_ADVANCE_CARE, Kind.PERSON, Purpose.DIRECT_CARE, subject="person_id")
View = Callable[..., HttpResponse]


def open_person(request: HttpRequest, person_id: int, do: Do) -> Any:
    """One person, decided and audited now; raises Http404 when refused."""
    return door(request, do, subject_of(Kind.PERSON, str(person_id)), Purpose.DIRECT_CARE)


def opened(request: HttpRequest, person_id: int, do: Do) -> bool:
    """The same as an answer: decided and audited, for a list of which some may be refused."""
    subject = subject_of(Kind.PERSON, str(person_id))
    return decided(request.user, do, subject, Purpose.DIRECT_CARE, request=request.id).allowed


def about(
    model: type[Entry], do: Do = Do.WRITE_CARE, *, of: Callable[[Any], Do] | None = None
) -> Callable[[View], View]:
    """An entry about a person opens as the person does: the view gets the entry. `of` says what is
    asked for when it depends on the entry."""

    def bind(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, entry_id: int) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            entry = get_object_or_404(
                model.objects.select_related("changed_by", "created_by"),
                pk=entry_id,
            )
            request.decision = open_person(request, entry.person_id, of(entry) if of else do)
            return view(request, entry)

        checked.opening = Opening(do, Kind.PERSON, (Purpose.DIRECT_CARE,), "person_id")
        return checked

    return bind
