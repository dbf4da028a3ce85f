"""Kept papers: as they were, about them, and opening one to everyone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from csp.decorators import csp_replace
from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from oneplace.answers.paper import last_day
from oneplace.faults import InputAtFault
from oneplace.place.calendar import months_later
from oneplace.report import words as in_words
from oneplace.report.kept import Kept, earlier_than
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import parts, place
from oneplace.web.accounts.door import may, signed_in
from oneplace.web.board import lists, presenters
from oneplace.web.board.models import BoardDecision, Publication
from oneplace.web.board.views.doors import BOTH, approve, held, public, see_papers
from oneplace.web.components import words
from oneplace.web.components.forms import Words, base_version, errors_of, stale_page
from oneplace.web.components.frame import page
from oneplace.web.history.models import StaleSave
from oneplace.web.jobs import asking
from oneplace.web.jobs import views as making

MONTHS_OFFERED = 6
PAPERS = Subject(Kind.PROGRAMME, "papers")


def _may_read(request: HttpRequest) -> bool:
    return request.user.is_authenticated and any(
        may(request, Action.SEE_PAPERS, PAPERS, p) for p in BOTH
    )


@public
def papers(request: HttpRequest) -> HttpResponse:
    """The published papers; for whoever may read them all, the others too."""
    return papers_page(request, {})


def papers_page(request: HttpRequest, errors: dict[str, str]) -> HttpResponse:
    """The list of papers; for whoever may make one, what becomes of it."""
    states = {p.paper: p for p in Publication.objects.all()}
    inside = _may_read(request)
    may_make = request.user.is_authenticated and making.may_ask(request, "paper")
    last = asking.latest("paper") if may_make else None
    going = last if last and last.state in ("waiting", "running") else None
    return page(
        request,
        "board/papers.jinja",
        lists.papers(parts.papers(), states, inside=inside),
        inside=inside,
        may_make=may_make,
        months=months() if may_make else [],
        going=going,
        ended=f"{last.state.capitalize()}, {words.moment(last.ended_at)}: {last.said}"
        if last and last.ended_at
        else "",
        errors=errors,
        status=422 if errors else 200,
    )


def _kept(request: HttpRequest, month: str, number: int) -> Kept:
    """The paper named, if it is published or the reader may read all of them."""
    found = next((k for k in parts.papers() if (k.month, k.number) == (month, number)), None)
    if found is None:
        raise Http404
    published = Publication.objects.filter(paper=presenters.key(found), state="published").exists()
    if not published and not _may_read(request):
        raise Http404
    return found


@public
def kept_paper(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """The page as it was kept, byte for byte. Its own style sheet is allowed by its hash, and
    nothing else."""
    return _as_kept(_kept(request, month, number).html)(request)


@lru_cache(maxsize=4)
def _read(path: Path) -> tuple[bytes, bytes, tuple[str, ...]]:
    """A kept page never changes: its bytes, the same compressed for the wire, the hashes of its
    style sheets. It holds nothing of the reader, so its length tells nobody anything."""
    content = path.read_bytes()
    sheets = re.findall(rb"<style>(.*?)</style>", content, re.S)
    hashes = tuple(
        f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in sheets
    )
    return content, gzip.compress(content, mtime=0), hashes


def _as_kept(path: Path) -> Any:
    content, packed, hashes = _read(path)

    @csp_replace(
        {"style-src": list(hashes) or ["'none'"], "script-src": ["'none'"], "img-src": ["data:"]}
    )
    def shown(request: HttpRequest) -> HttpResponse:
        takes = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(packed if takes else content)
        if takes:
            response["Content-Encoding"] = "gzip"
        response["Vary"] = "Accept-Encoding"
        return response

    return shown


@public
def paper_pdf(request: HttpRequest, month: str, number: int) -> FileResponse:
    found = _kept(request, month, number)
    if not found.pdf.exists():
        raise Http404
    return FileResponse(
        found.pdf.open("rb"),
        content_type="application/pdf",
        filename=f"board-paper-{month}-{number}.pdf",
    )


@see_papers
def paper_about(request: HttpRequest, month: str, number: int) -> HttpResponse:
    return _about(request, _kept(request, month, number), {})


def _about(
    request: HttpRequest, found: Kept, errors: dict[str, str], status: int = 200
) -> HttpResponse:
    before = earlier_than(
        [k for k in parts.papers()[::-1] if (k.month, k.number) < (found.month, found.number)],
        found.month,
    )
    publication = (
        Publication.objects.filter(paper=presenters.key(found)).select_related("changed_by").first()
    )
    return page(
        request,
        "board/paper_about.jinja",
        *([lists.movements(parts.said(found), parts.said(before))] if before else []),
        kept=found,
        called=parts.called(found),
        before=parts.called(before) if before else None,
        facts=presenters.paper_facts(found),
        publication=publication,
        version=publication.version if publication else 0,
        may_publish=may(request, Action.APPROVE, PAPERS, Purpose.BOARD),
        held=held(found.manifest["build"]) if found.manifest["build"] else [],
        decisions=BoardDecision.objects.filter(paper=presenters.key(found)),
        values={},
        errors=errors,
        crumbs=[("Board papers", reverse("papers"))],
        status=status,
    )


@approve
@require_POST
def publish(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """Open a kept paper to everyone, or take it back. Not while the analyst holds what it was
    counted from."""
    found = _kept(request, month, number)
    state = "withdrawn" if request.POST.get("answer") == "withdraw" else "published"
    kept = Publication.objects.filter(paper=presenters.key(found)).first()
    if state == "published" and found.manifest["build"] and held(found.manifest["build"]):
        errors = {
            "": "The analyst holds records that this paper was counted from: ask for them to be accepted first"
        }
        return _about(request, found, errors, status=422)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _about(request, found, errors_of(form), status=422)
    note = form.cleaned_data["note"]
    try:
        if kept is None:
            Publication.write(by=request.user, paper=presenters.key(found), note=note, state=state)
        elif kept.state != state:
            kept.revise(by=request.user, base=base_version(request), note=note, state=state)
    except StaleSave as stale:
        return stale_page(
            request,
            stale,
            {"note": "Note", "state": "State"},
            reverse("paper_about", args=[month, number]),
        )
    return redirect("paper_about", month=month, number=number)


class NoteForm(forms.Form):
    note = Words(required=False)


# --- making one -------------------------------------------------------------------------------------------------------
class PaperForm(forms.Form):
    month = forms.ChoiceField(
        error_messages={"required": "Choose a month", "invalid_choice": "Choose one of the months"}
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = months()


def months() -> list[tuple[str, str]]:
    """The months that are over, the last one first."""
    month, found = months_later(place.today(), -1), []
    for _ in range(MONTHS_OFFERED):
        found.append((f"{month:%Y-%m}", in_words.month(month)))
        month = month.replace(
            year=month.year - (month.month == 1), month=(month.month - 2) % 12 + 1
        )
    return found


def _not_over(month: str) -> str:
    """Why a month that is none of those offered has no paper yet; empty where it is another
    fault."""
    try:
        last_day(month, place.today())
    except InputAtFault as wrong:
        [fault] = wrong.faults
        said = f"{fault.what}: found {fault.found}; expected {fault.expected}"
        return said[:1].upper() + said[1:] if month else ""
    return ""


@signed_in
@require_POST
def ask_paper(request: HttpRequest) -> HttpResponse:
    """Make a month's paper, as a page and as PDF."""
    making.enter(request, "paper")
    form = PaperForm(request.POST)
    if not form.is_valid():
        return papers_page(
            request, {"month": _not_over(request.POST.get("month", "")) or form.errors["month"][0]}
        )
    try:
        asking.ask(
            "paper",
            by=request.user,
            month=form.cleaned_data["month"],
            today=place.today().isoformat(),
        )
    except ValidationError as wrong:
        return papers_page(request, {"": wrong.messages[0]})
    return redirect("papers")
