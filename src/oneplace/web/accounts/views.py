"""Signing in and out, opening a record in an emergency, and the privacy officer's pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from oneplace.safety.decide import Action, Kind, Purpose, Role
from oneplace.web import desk, place
from oneplace.web.accounts import actions, audit
from oneplace.web.accounts.door import anyone, may, opens, signed_in, subject_of
from oneplace.web.accounts.models import ROLE_NAMES, AuditRow, BrokenGlass, User
from oneplace.web.accounts.presenters import AUDIT, glass_openings
from oneplace.web.components.forms import Day, Words, errors_in, errors_of, typed
from oneplace.web.components.frame import page
from oneplace.web.history import statements

LONGEST_PASSWORD = 200  # Argon2 takes time in proportion to nothing here, but a megabyte is still nobody's password
MOST_ON_PAGE, MOST_IN_CSV = 120, 100_000
see_audit = opens(Action.SEE_AUDIT, Kind.OVERSIGHT, Purpose.PLANNING, subject="audit")
review_access = opens(
    Action.REVIEW_ACCESS, Kind.OVERSIGHT, Purpose.PLANNING, subject="broken glass"
)


class SignIn(forms.Form):
    username = forms.CharField(max_length=80, error_messages={"required": "Enter your user name"})
    password = forms.CharField(
        max_length=LONGEST_PASSWORD, strip=False, error_messages={"required": "Enter your password"}
    )


@anyone
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignIn(request.POST or None)
    errors = {}
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if getattr(request, "axes_locked_out", False):
            return locked_out(request)
        # A demonstration account's password is on this very page: it opens nothing at a real place.
        if user is not None and (not user.demonstration or place.place().demonstration):
            login(request, user)
            return redirect(onward(request))
        errors = {"username": "The user name or the password is not right"}
    elif request.method == "POST":
        errors = errors_of(form)
    accounts = []
    if place.place().demonstration:
        accounts = list(
            User.objects.filter(demonstration=True).values_list("username", "name", "role"),
        )
        accounts = [(u, n, ROLE_NAMES[Role(r)]) for u, n, r in accounts]
    context = {
        "errors": errors,
        "values": {"username": request.POST.get("username", "")},
        "onward": onward(request, default=""),
        "accounts": accounts,
        "password": actions.DEMONSTRATION_PASSWORD,
    }
    return render(request, "accounts/sign_in.jinja", context, status=200 if not errors else 422)


def onward(request: HttpRequest, default: str = "/") -> str:
    """The page that was asked for before signing in, if it is one of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        asked,
        allowed_hosts={request.get_host()},
        require_https=request.is_secure(),
    )
    return asked if ours else default


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    return render(request, "accounts/locked_out.jinja", status=429)


@anyone
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@anyone
def healthz(request: HttpRequest) -> HttpResponse:
    """For the proxy and the service manager: the database answers. Says nothing about what is in
    it."""
    return JsonResponse({"ok": statements.alive()})


@anyone
def accessibility(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/accessibility.jinja")


class GlassForm(forms.Form):
    person = Words(
        most=40,
        error_messages={"required": "Enter the person’s NHS number, or the number a list shows"},
    )
    reason = Words(error_messages={"required": "Write why you need this record now"})


@signed_in
def break_glass(request: HttpRequest) -> HttpResponse:
    """A clinician opens one record without a current relationship, with a written reason, for 60
    minutes. Who may open it anyway is led there, and nothing is broken."""
    if request.user.role != Role.CLINICIAN:
        raise Http404
    form = GlassForm(request.POST or None, initial={"person": request.GET.get("person", "")})
    errors, has = {}, None
    if request.method == "POST":
        errors = errors_of(form)
        try:
            person_id = whose(request.POST.get("person", "")) if "person" not in errors else None
            has = _has_access(request, person_id) if person_id is not None else None
            if has is None and form.is_valid():
                actions.break_glass(
                    person_id,
                    form.cleaned_data["reason"],
                    by=request.user,
                    request=request.id,
                )
                return redirect("person", person_id=person_id)
        except ValidationError as wrong:
            errors = {**errors, **errors_in(wrong)}
    errors = {} if has else errors
    context = {
        "values": typed(form),
        "errors": errors,
        "has": has,
        "closed": "closed" in request.GET,
    }
    return page(request, "accounts/break_glass.jinja", status=422 if errors else 200, **context)


def _has_access(request: HttpRequest, person_id: int) -> dict[str, Any] | None:
    """How the reader may open this record already: as one of those who care for the person, or
    through an opening that has not ended."""
    glass = BrokenGlass.open_now(request.user, person_id, timezone.now())
    subject = subject_of(Kind.PERSON, str(person_id))
    if glass is None and not may(request, Action.IDENTIFY, subject, Purpose.DIRECT_CARE):
        return None
    return {"person": person_id, "glass": glass}


@signed_in
@require_POST
def close_glass(request: HttpRequest, glass_id: int) -> HttpResponse:
    """Whoever opened a record in an emergency closes it before its time."""
    broken = get_object_or_404(BrokenGlass, pk=glass_id, user=request.user)
    actions.close_glass(broken, by=request.user, request=request.id)
    return redirect(reverse("break_glass") + "?closed=1")


def whose(typed_number: str) -> int:
    """The person whom an NHS number or a pseudonym means: whoever stands before a clinician has the
    one, a list the other."""
    digits = "".join(typed_number.split())
    found = None
    if digits.isascii() and digits.isdigit() and desk.built():
        found = desk.person_with(digits) if len(digits) == 10 else int(digits)
    if found is None or found >= 2**63 or desk.standing_of(found) is None:
        raise ValidationError(
            {"person": "Nobody in these records has this number: check it and enter it again"}
        )
    return found


@review_access
def glass(request: HttpRequest) -> HttpResponse:
    """What waits for the privacy officer's review, then what was reviewed."""
    return page(
        request,
        "accounts/glass.jinja",
        glass_openings(BrokenGlass.objects.select_related("user", "reviewed_by")),
    )


class GlassReview(forms.Form):
    review = forms.ChoiceField(
        choices=BrokenGlass.REVIEWS,
        error_messages={"required": "Choose what you found"},
    )
    review_note = Words(error_messages={"required": "Write how you know"})


@review_access
def glass_review(request: HttpRequest, glass_id: int) -> HttpResponse:
    broken = get_object_or_404(
        BrokenGlass.objects.select_related("user", "reviewed_by"),
        pk=glass_id,
    )
    form = GlassReview(request.POST or None)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            actions.review_glass(
                broken,
                form.cleaned_data["review"],
                form.cleaned_data["review_note"],
                by=request.user,
            )
            return redirect("glass")
        except ValidationError as wrong:
            errors = errors_in(wrong)
    seen = AuditRow.objects.filter(subject=str(broken.person_id), actor=broken.user.username)
    context = {
        "broken": broken,
        "values": typed(form),
        "errors": errors,
        "reviews": BrokenGlass.REVIEWS,
    }
    return page(
        request,
        "accounts/glass_review.jinja",
        AUDIT.of(seen),
        status=422 if errors else 200,
        **context,
    )


def subjects_named(typed_words: str) -> Q:
    """Which rows a reader means who types an NHS number, a pseudonym, its last six digits as lists
    show them, or another subject such as a team. ValidationError where nobody has the NHS number.
    """
    digits = "".join(c for c in typed_words if c.isdigit() and c.isascii())
    spoken = "".join(c for c in typed_words if not c.isspace() and c not in "-…\u2060")
    if spoken != digits or not digits:
        return Q(subject=typed_words.strip())
    if len(digits) == 10 and not AuditRow.objects.filter(subject=digits).exists():
        found = desk.person_with(digits) if desk.built() else None
        if found is None:
            raise ValidationError(
                {
                    "person": "Nobody in these records has this NHS number: check it and enter it again"
                }
            )
        return Q(subject=str(found))
    if len(digits) == 6:
        return Q(kind=Kind.PERSON.value, subject__endswith=digits)
    return Q(subject=digits)


def readers_named(typed_words: str) -> list[str]:
    """The accounts that a user name or the name of a person means."""
    named = User.objects.filter(Q(username__iexact=typed_words) | Q(name__iexact=typed_words))
    return list(named.values_list("username", flat=True)) or [typed_words]


class AuditSearch(forms.Form):
    person = Words(most=80, required=False)
    actor = Words(most=80, required=False)
    since = Day(required=False)
    until = Day(required=False)


@see_audit
def who_looked(request: HttpRequest) -> HttpResponse:
    """Who looked at whom: the last rows of the audit, or those about one person, by one reader,
    between two days; how many emergency openings wait; and whether the chain was whole when it was
    last checked."""
    form = AuditSearch({k: request.GET.get(k, "") for k in AuditSearch.base_fields})
    errors = errors_of(form)
    said = form.cleaned_data
    rows = AuditRow.objects.order_by("-number")
    try:
        rows = rows.filter(subjects_named(said["person"])) if said.get("person") else rows
    except ValidationError as wrong:
        errors, rows = errors_in(wrong), rows.none()
    rows = rows.filter(actor__in=readers_named(said["actor"])) if said.get("actor") else rows
    rows = rows.filter(at__gte=_utc(said["since"])) if said.get("since") else rows
    rows = (
        rows.filter(at__lt=_utc(said["until"] + dt.timedelta(days=1)))
        if said.get("until")
        else rows
    )
    whole = audit.check(now=timezone.now()) if request.GET.get("verify") else None
    most = MOST_IN_CSV if request.GET.get("csv") else MOST_ON_PAGE
    return page(
        request,
        "accounts/who_looked.jinja",
        AUDIT.of(rows[:most], sought=any(said.get(k) for k in said)),
        values=form.data,
        errors=errors,
        whole=whole,
        checked=audit.last_check(),
        total=AuditRow.objects.count(),
        found=rows.count() if any(said.get(k) for k in said) else None,
        most=MOST_ON_PAGE,
        waiting=BrokenGlass.objects.filter(review="").count(),
        status=422 if errors else 200,
    )


def _utc(day: dt.date) -> str:
    """The beginning of a day of the place, as the audit writes moments."""
    return (
        timezone.make_aware(dt.datetime.combine(day, dt.time()))
        .astimezone(dt.UTC)
        .isoformat(
            timespec="microseconds",
        )
    )
