"""From what was posted to clean values or a message for each field. A Django form does the checking; this is its shape.

`errors_of` gives {field: message} in the order of the fields; a message without a field has the name "".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from oneplace.web.components import words
from oneplace.web.history.models import StaleSave, no_control_characters


class Words(forms.CharField):
    """A text that keeps its line ends as they were typed and refuses what cannot be shown."""

    def __init__(self, *, most: int = 2_000, **options: Any):
        super().__init__(max_length=most, strip=True, **options)
        self.validators.append(no_control_characters)

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class Day(forms.DateField):
    """A day as a date input sends it (2019-04-01), or as people write it (1/4/2019, 1 April 2019)."""

    def __init__(self, **options: Any):
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d %B %Y", "%d %b %Y"], **options)
        self.error_messages["invalid"] = "Write the day like 6 August 2018 or 6/8/2018"


def errors_of(form: forms.Form) -> dict[str, str]:
    return {("" if name == "__all__" else name): str(said[0]) for name, said in form.errors.items()}


def errors_in(wrong: ValidationError) -> dict[str, str]:
    """The same from a model that refused."""
    if hasattr(wrong, "error_dict"):
        return {("" if name == "__all__" else name): said[0] for name, said in wrong.message_dict.items()}
    return {"": wrong.messages[0]}


def typed(form: forms.Form) -> dict[str, Any]:
    """What was typed, to show it again beside its message; before anything was typed, what the form starts from."""
    if form.is_bound:
        return {name: form.data.get(name, "") for name in form.fields}
    start = {name: "" if value is None else value for name, value in form.initial.items()}
    days = [name for name, field in form.fields.items() if isinstance(field, Day) and start.get(name)]
    return start | {name: words.day(start[name]) for name in days}


def stale_page(request: HttpRequest, stale: StaleSave, labels: Mapping[str, str], action: str) -> HttpResponse:
    """409: what stands and what was written, field by field; saving again starts from what stands now."""
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


def _text(value: Any) -> str:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return "" if value is None else str(value)


def base_version(request: HttpRequest) -> int:
    """The version the form was filled in on; nonsense counts as none, which is always stale."""
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
