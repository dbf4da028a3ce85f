"""From what was posted to clean values or a message for each field. A Django form does the
checking; this is its shape.

`errors_of` gives {field: message} in the order of the fields; a message without a field has the
name "".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from oneplace.web.components import words
from oneplace.web.history.models import NoSuchStep, StaleSave, no_control_characters

T = TypeVar("T")


class Words(forms.CharField):
    """A text that keeps its line ends as they were typed and refuses what cannot be shown."""

    def __init__(self, *, most: int = 2_000, **options: Any):
        super().__init__(max_length=most, strip=True, **options)
        self.validators.append(no_control_characters)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class Day(forms.DateField):
    """A day as a date input sends it (2019-04-01), or as people write it (1/4/2019, 1 April
    2019)."""

    def __init__(self, **options: Any):
        super().__init__(
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d %B %Y", "%d %b %Y"],
            **options,
        )
        self.error_messages["invalid"] = "Write the day like 6 August 2018 or 6/8/2018"


def errors_of(form: forms.Form) -> dict[str, str]:
    return {("" if name == "__all__" else name): str(said[0]) for name, said in form.errors.items()}


def errors_in(wrong: ValidationError) -> dict[str, str]:
    """The same from a model that refused."""
    if hasattr(wrong, "error_dict"):
        return {
            ("" if name == "__all__" else name): said[0]
            for name, said in wrong.message_dict.items()
        }
    return {"": wrong.messages[0]}


def typed(form: forms.Form) -> dict[str, Any]:
    """What was typed, to show it again beside its message; before anything was typed, what the form
    starts from."""
    if form.is_bound:
        return {name: form.data.get(name, "") for name in form.fields}
    start = {name: "" if value is None else value for name, value in form.initial.items()}
    days = [
        name for name, field in form.fields.items() if isinstance(field, Day) and start.get(name)
    ]
    return start | {name: words.day(start[name]) for name in days}


def stale_page(
    request: HttpRequest, stale: StaleSave, labels: Mapping[str, str], action: str
) -> HttpResponse:
    """409: what stands and what was written, field by field; saving again starts from what stands
    now."""
    kept = stale.kept.content()
    offered = {k: _text(v) for k, v in stale.offered.items() if k in labels}
    differing = [
        {"name": k, "label": labels[k], "kept": _text(kept[k]), "offered": v}
        for k, v in offered.items()
        if _text(kept[k]) != v
    ]
    same = [(k, v) for k, v in offered.items() if _text(kept[k]) == v]
    context = {
        "who": stale.kept.changed_by.name,
        "when": stale.kept.changed_at,
        "version": stale.kept.version,
        "differences": differing,
        "unchanged": same,
        "action": action,
    }
    return render(request, "components/stale.jinja", context, status=409)


@dataclass(frozen=True)
class Asked:
    """One question of a form, as `components/entry.jinja` asks it. `kind`: text, area, select or
    tick."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    options: tuple[tuple[Any, str], ...] = ()
    width: str = ""
    required: bool = True


def labels_of(asked: Iterable[Asked]) -> dict[str, str]:
    return {a.name: a.label for a in asked}


def attempt(
    request: HttpRequest,
    form: forms.Form,
    save: Callable[[dict[str, Any]], T],
    labels: Mapping[str, str],
) -> tuple[T | HttpResponse | None, dict[str, str]]:
    """What came of a posted form: what was saved; or the 409 page with both values; or None and a
    message a field."""
    if request.method != "POST":
        return None, {}
    if not form.is_valid():
        return None, errors_of(form)
    try:
        return save(form.cleaned_data), {}
    except StaleSave as stale:
        return stale_page(request, stale, labels, request.path), {}
    except NoSuchStep as wrong:
        return None, {"state" if "state" in labels else "": str(wrong).capitalize()}
    except ValidationError as wrong:
        return None, {(k if k in labels else ""): said for k, said in errors_in(wrong).items()}


def _text(value: Any) -> str:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return "" if value is None else str(value)


def base_version(request: HttpRequest) -> int:
    """The version the form was filled in on; nonsense counts as none, which is always stale."""
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
