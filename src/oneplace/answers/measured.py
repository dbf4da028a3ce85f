"""The figures of one measure's page with their traces. In: the page's answer. Out: latest month,
mean, standard, chance."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from oneplace.answers.session import Session
from oneplace.measures.goals import chance_of
from oneplace.place.standards import SAID
from oneplace.report import words
from oneplace.report.board.paper import Origin
from oneplace.report.trace import Basis, Figure, Source, Status


def figures_of_measure(session: Session, page: Mapping[str, Any], on: dt.date) -> list[Figure]:
    """What the page shows first, each with where it is from."""
    last = page["latest"]
    if last is None:
        return []
    id, title, unit = page["measure"]["id"], page["measure"]["title"], page["measure"]["unit"]
    stem, name = f"measure.{id}.{page['organisation']}", page["name"]
    origin = _measure_origin(session, page, on)
    month = last["month"][:7]
    share: dict[str, Any] = (
        {"format": "per_cent", "unit": "%"} if unit.startswith("%") else {"unit": unit}
    )
    value: Any = "withheld" if last["suppressed"] else last["value"]

    def places(number: float) -> int:
        return 1 if unit.startswith("%") else words.decimals_for([number], most=1)

    now = origin.about(month, denominator=page["measure"].get("denominator") or "")
    found = [
        now.figure(
            f"{stem}.latest",
            f"{title}, {name}: latest month",
            value,
            decimals=0 if last["suppressed"] else places(value),
            **share,
        )
    ]
    point = page["points"][-1] if page["points"] else None
    if point and point["mean"] is not None:
        span = origin.about(f"{page['points'][0]['month'][:7]} to {month}")
        mean = span.figure(
            f"{stem}.mean",
            f"{title}, {name}: mean of the months",
            point["mean"],
            decimals=places(point["mean"]),
            **share,
        )
        found.append(mean)
    if page["standard"]:
        said = Source("document", "standards.yaml", page["standard"]["source"])
        own = replace(origin, basis="planned", source=said, data_digest=None, build_id=None)
        label = f"{title}: standard, {page['standard']['called']}"
        wanted, operator = page["standard"]["value"], page["standard"]["operator"]
        standard = own.figure(
            f"{stem}.standard", label, wanted, decimals=places(wanted), lead=SAID[operator], **share
        )
        found.append(standard)
    best = chance_of(page)
    if best:
        label = f"{title}, {name}: chance of {best['what']} in {best['month'][:7]}"
        chance = replace(now, basis="modelled").figure(
            f"{stem}.chance", label, 100 * best["chance"], format="chance", unit="%"
        )
        found.append(chance)
    return found


def _measure_origin(session: Session, page: Mapping[str, Any], on: dt.date) -> Origin:
    """The data of a measure are its months; equal months are the same data, whatever build or
    import they came with."""
    last, id = page["latest"], page["measure"]["id"]
    months = [
        (p["month"], p["value"], p.get("numerator"), p.get("denominator"), p.get("status"))
        for p in page["points"]
    ]
    from_records = last["basis"] == "synthetic" or last["source"].startswith("records of build")
    origin = Origin(
        basis=cast(Basis, last["basis"]),
        as_at=on,
        source=Source("query" if from_records else "table", f"months of {id}", last["source"]),
        build_id=session.build_id if from_records else None,
        status=cast(Status, last["status"]),
        data_digest=hashlib.sha256(repr(months).encode()).hexdigest(),
    )
    return origin.defined(session.digests, f"measures/{id}.yaml", "standards.yaml")
