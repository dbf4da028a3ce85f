"""Accounts for an administrator; the own account, password and sessions for everybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from oneplace.safety.decide import Action, Kind, Purpose, Role, Tie
from oneplace.web import place
from oneplace.web.accounts import keeping, presenters
from oneplace.web.accounts.door import anyone, opens, signed_in
from oneplace.web.accounts.models import ROLE_NAMES, AuditRow, Standing, User
from oneplace.web.components.forms import Asked, Day, Words, attempt, labels_of, typed
from oneplace.web.components.frame import page

manage = opens(Action.MANAGE_ACCOUNTS, Kind.OVERSIGHT, Purpose.PLANNING, subject="accounts")
LONGEST_PASSWORD = 200
TIES = tuple(
    (t.value, label)
    for t, label in (
        (Tie.CARE_TEAM, "Works in the team"),
        (Tie.REGISTERED_PRACTICE, "Works at the practice"),
        (Tie.SCHEME_LEAD, "Leads the scheme"),
        (Tie.SELF, "Is the person"),
        (Tie.CHOSEN_CARER, "Is a carer chosen by the person"),
    )
)


def _doing(request: HttpRequest) -> keeping.Doing:
    return keeping.Doing(request.user.actor, request.id)


@manage
def account_list(request: HttpRequest) -> HttpResponse:
    """Who has an account, which role, tied to what, and when they last signed in."""
    users = list(User.objects.order_by("-is_active", "role", "name").prefetch_related("standings"))
    locked = {u.pk for u in users if keeping.locked(u)}
    grid = presenters.ACCOUNTS.of(users, locked=locked, now=timezone.now())
    figures = [
        {"value": str(sum(u.is_active for u in users)), "name": "open accounts", "live": True},
        {
            "value": str(sum(u.is_active and u.last_login is None for u in users)),
            "name": "never signed in",
            "live": True,
        },
        {"value": str(len(locked)), "name": "locked after wrong passwords", "live": True},
        {"value": str(sum(not u.is_active for u in users)), "name": "closed", "live": True},
    ]
    return page(request, "accounts/accounts.jinja", grid, figures=figures)


class AccountForm(forms.Form):
    username = forms.RegexField(
        r"^[A-Za-z0-9._@-]{2,80}\Z",
        error_messages={
            "required": "Enter a user name",
            "invalid": "Letters, digits, dot, dash, underscore or @; at least two",
        },
    )
    name = Words(most=200, error_messages={"required": "Enter the name that colleagues know"})
    role = forms.ChoiceField(
        choices=[(r.value, n) for r, n in ROLE_NAMES.items()],
        error_messages={"required": "Choose a role"},
    )
    organisation = Words(most=200, required=False)
    email = forms.EmailField(
        required=False,
        max_length=254,
        error_messages={"invalid": "Write an address such as a.name@example.org"},
    )
    trained = forms.BooleanField(required=False)


ASKED = (
    Asked("name", "Name"),
    Asked(
        "role",
        "Role",
        "select",
        options=(("", "Choose"), *((r.value, n) for r, n in ROLE_NAMES.items())),
        hint="One account, one role: someone with two jobs has two accounts, so that the audit says which job looked",
    ),
    Asked("organisation", "Organisation", required=False),
    Asked(
        "email",
        "E-mail address",
        hint="Reminders are addressed to it; the site itself sends nothing",
        required=False,
    ),
    Asked("trained", "A clinician trained in advance care planning", "tick"),
)
USERNAME = Asked(
    "username", "User name", hint="Letters, digits, dot, dash, underscore or @", width="20"
)


@manage
def new_account(request: HttpRequest) -> HttpResponse:
    form, asked = AccountForm(request.POST or None), (USERNAME, *ASKED)
    done, errors = attempt(
        request, form, lambda said: keeping.make(**said, by=_doing(request)), labels_of(asked)
    )
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("account", account_id=done.pk)
    return page(
        request,
        "components/entry.jinja",
        heading="Make an account",
        lede="It has no password yet. On the next page, make a one-time link with which its owner chooses one.",
        asked=asked,
        values=typed(form),
        errors=errors,
        button="Make the account",
        crumbs=[("Accounts", reverse("account_list"))],
        status=422 if errors else 200,
    )


@manage
def edit_account(request: HttpRequest, account_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=account_id)
    initial = {k: getattr(user, k) for k in ("name", "role", "organisation", "email", "trained")}
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None:
        data["username"] = user.username if keeping_username(user) else "kept"
    form = AccountForm(data, initial=initial)

    def save(said: dict[str, Any]) -> User:
        said.pop("username")
        return keeping.change(user, by=_doing(request), **said)

    done, errors = attempt(request, form, save, labels_of(ASKED))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("account", account_id=user.pk)
    return page(
        request,
        "components/entry.jinja",
        heading=f"Change {user.name}",
        lede="Another role ends the account’s ties and signs it out.",
        asked=ASKED,
        values=typed(form),
        errors=errors,
        crumbs=[
            ("Accounts", reverse("account_list")),
            (user.name, reverse("account", args=[user.pk])),
        ],
        status=422 if errors else 200,
    )


def keeping_username(user: User) -> bool:
    """A user name of before these rules may have other characters; it is not asked for and not
    changed."""
    return len(user.username) >= 2 and all(
        c.isascii() and (c.isalnum() or c in "._@-") for c in user.username
    )


@manage
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=account_id)
    standings = list(user.standings.order_by("-since"))
    rows = AuditRow.objects.filter(subject=f"account {user.username}"[:80]).order_by("-number")[
        :100
    ]
    return page(
        request,
        "accounts/account.jinja",
        presenters.TIES.of(standings, now=timezone.now()),
        presenters.CHANGES.of(rows),
        user=user,
        facts=presenters.account_facts(user, locked=keeping.locked(user)),
        locked=keeping.locked(user),
        last=user.role == Role.ADMINISTRATOR and not keeping.others(user),
        link=request.session.pop("one_time_link", None),
        crumbs=[("Accounts", reverse("account_list"))],
    )


@manage
@require_POST
def account_step(request: HttpRequest, account_id: int, step: str) -> HttpResponse:
    """Close, open again, sign out everywhere, unlock, or a one-time link."""
    user, by = get_object_or_404(User, pk=account_id), _doing(request)
    if step == "link":
        if user.demonstration:
            raise Http404  # its password stands on the sign-in page, for every visitor
        address = request.build_absolute_uri("/password/set/" + keeping.one_time_link(user, by=by))
        request.session["one_time_link"] = address
        return redirect("account", account_id=user.pk)
    steps = {
        "close": keeping.close,
        "open": keeping.open_again,
        "sign-out": keeping.sign_out_everywhere,
        "unlock": keeping.unlock,
    }
    if step not in steps:
        raise Http404
    try:
        steps[step](user, by=by)
    except ValidationError as wrong:
        return page(
            request,
            "accounts/refused.jinja",
            said_why=wrong.messages[0],
            user=user,
            status=422,
        )
    return redirect("account", account_id=user.pk)


class TieForm(forms.Form):
    tie = forms.ChoiceField(
        choices=TIES,
        error_messages={"required": "Choose how the account stands to it"},
    )
    subject = Words(
        most=80,
        error_messages={"required": "Name the team, practice, scheme or person by its code"},
    )
    until = Day(required=False)


@manage
def new_tie(request: HttpRequest, account_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=account_id)
    form = TieForm(request.POST or None)
    asked = (
        Asked("tie", "How the account stands to it", "select", options=(("", "Choose"), *TIES)),
        Asked(
            "subject",
            "Code of the team, practice, scheme or person",
            width="20",
            hint="Codes are listed below; a person is named by the number on the list",
        ),
        Asked(
            "until",
            "Until",
            width="10",
            hint="Needed for a chosen carer. For example, 6/8/2019",
            required=False,
        ),
    )

    def save(said: dict[str, Any]) -> Standing:
        until = (
            timezone.make_aware(dt.datetime.combine(said["until"], dt.time()))
            if said["until"]
            else None
        )
        return keeping.tie(user, said["tie"], said["subject"], by=_doing(request), until=until)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("account", account_id=user.pk)
    return page(
        request,
        "components/entry.jinja",
        presenters.codes({label: keeping.subjects(t) for t, label in TIES[:3]}),
        heading=f"Tie {user.name} to a team, practice, scheme or person",
        asked=asked,
        values=typed(form),
        errors=errors,
        button="Tie",
        crumbs=[
            ("Accounts", reverse("account_list")),
            (user.name, reverse("account", args=[user.pk])),
        ],
        status=422 if errors else 200,
    )


@manage
@require_POST
def end_tie(request: HttpRequest, account_id: int, tie_id: int) -> HttpResponse:
    keeping.end_tie(get_object_or_404(Standing, pk=tie_id, user_id=account_id), by=_doing(request))
    return redirect("account", account_id=account_id)


# --- everybody's own ------------------------------------------------------------------------------
class ChoosePassword(forms.Form):
    password = forms.CharField(
        max_length=LONGEST_PASSWORD,
        strip=False,
        error_messages={"required": "Enter a new password"},
    )
    again = forms.CharField(
        max_length=LONGEST_PASSWORD,
        strip=False,
        error_messages={"required": "Enter it again"},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("password") and said.get("again") and said["password"] != said["again"]:
            self.add_error("again", "The two passwords are not the same")
        if said.get("password"):
            try:
                validate_password(said["password"], self.user)
            except ValidationError as wrong:
                self.add_error("password", wrong.messages[0])
        return said


class ChangePassword(ChoosePassword):
    now = forms.CharField(
        max_length=LONGEST_PASSWORD,
        strip=False,
        error_messages={"required": "Enter the password you have now"},
    )

    def clean_now(self) -> str:
        given: str = self.cleaned_data["now"]
        if not self.user.check_password(given):
            raise forms.ValidationError("This is not the password you have now")
        return given


PASSWORD_ASKED = (
    Asked(
        "password",
        "New password",
        "password",
        hint="At least 12 characters; three words that do not belong together are better than one with signs",
    ),
    Asked("again", "The same again", "password"),
)
CHANGE_ASKED = (Asked("now", "Password now", "password"), *PASSWORD_ASKED)


@signed_in
def my_account(request: HttpRequest) -> HttpResponse:
    """The reader's own account: role, ties, last sign-in, password, sessions."""
    return page(
        request,
        "accounts/my_account.jinja",
        presenters.TIES.of(request.user.standings.order_by("-since"), now=timezone.now()),
        facts=presenters.account_facts(request.user, locked=False),
    )


@signed_in
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    if request.user.demonstration:
        return page(
            request,
            "accounts/refused.jinja",
            said_why="A demonstration account keeps the password of the sign-in page",
            user=request.user,
        )
    form = ChangePassword(request.user, request.POST or None)

    def save(said: dict[str, Any]) -> User:
        keeping.choose_password(
            request.user,
            said["password"],
            request=request.id,
            why="changed the own password",
        )
        return request.user

    done, errors = attempt(request, form, save, labels_of(CHANGE_ASKED))
    if done is not None:
        update_session_auth_hash(
            request, request.user
        )  # this browser stays; every other one is signed out
        return redirect("my_account")
    return page(
        request,
        "components/entry.jinja",
        heading="Change your password",
        lede="Every other browser you are signed in with is signed out.",
        asked=CHANGE_ASKED,
        values={},
        errors=errors,
        button="Change the password",
        status=422 if errors else 200,
    )


@signed_in
@require_POST
def leave_everywhere(request: HttpRequest) -> HttpResponse:
    keeping.sign_out_everywhere(request.user, by=_doing(request))
    logout(request)
    return redirect("sign_in")


@anyone
@sensitive_post_parameters()
def set_password(request: HttpRequest, named: str, token: str) -> HttpResponse:
    """The page of a one-time link: its owner chooses a password and is signed in."""
    user = keeping.owner_of(named, token)
    if user is None or (user.demonstration and not place.place().demonstration):
        raise Http404
    form = ChoosePassword(user, request.POST or None)

    def save(said: dict[str, Any]) -> User:
        keeping.choose_password(
            user,
            said["password"],
            request=request.id,
            why="chose a password by a one-time link",
        )
        return user

    done, errors = attempt(request, form, save, labels_of(PASSWORD_ASKED))
    if done is not None:
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return page(
        request,
        "components/entry.jinja",
        heading="Choose your password",
        lede=f"For {user.name}, user name {user.username}. This link works once.",
        asked=PASSWORD_ASKED,
        values={},
        errors=errors,
        button="Choose this password",
        status=422 if errors else 200,
    )
