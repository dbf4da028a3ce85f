"""The template environment: NHS macros, our own, and how figures, dates and money are printed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from oneplace.report import words as paper
from oneplace.web.components import words
from oneplace.web.components.grid import shown


def environment(**options: Any) -> Environment:
    """Autoescaped; a name that a page forgot shows nothing rather than failing a clinician's
    morning."""
    own = options.pop("loader")
    options |= {"undefined": ChainableUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = Environment(
        **{k: v for k, v in options.items() if k != "autoescape"},
        autoescape=True,
        loader=ChoiceLoader([own, PackageLoader("nhsuk_frontend_jinja")]),
        cache_size=400,
    )
    env.globals.update(static=staticfiles_storage.url, url=address)
    env.filters.update(
        day=words.day,
        moment=words.moment,
        number=words.number,
        gbp=words.gbp,
        plural=words.plural,
        percent=paper.percent,
        share=paper.share,
        one_in=paper.one_in,
        variance=paper.variance,
        month=paper.month,
        clock=paper.clock,
        quantity=paper.quantity,
        shown=shown,
    )
    return env


def address(name: str, *args: Any, **query: Any) -> str:
    """The address of a page by its name; what is left over becomes the query."""
    kept = {k: v for k, v in query.items() if v not in (None, "")}
    return reverse(name, args=args) + (f"?{urlencode(kept, doseq=True)}" if kept else "")
