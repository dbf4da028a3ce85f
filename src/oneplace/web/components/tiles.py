"""Figures at the top of a page: each a `Figure` as every page, paper and file has it, with a name
for this page.

In: a figure, or None where nobody has it. Out: what `show.figures` draws: words, name, note, the
page behind it, and the way to its own page. Nothing is counted here.
"""

from __future__ import annotations

from typing import Any

from oneplace.report.trace import Figure


def tile(
    figure: Figure | None,
    name: str,
    *,
    note: str | None = None,
    href: str | None = None,
    none: str = "Not known",
    story: bool = True,
) -> dict[str, Any]:
    """`none` stands where there is no figure; without a `story` the figure is this page's alone and
    leads nowhere."""
    return {
        "value": figure.words() if figure else none,
        "name": name,
        "note": note,
        "href": href,
        "figure": figure if story else None,
    }
