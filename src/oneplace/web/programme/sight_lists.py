"""The lists of the line of sight: what is claimed twice, what is not delivered, and the packs that
were frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from oneplace.report import words as paper
from oneplace.web.components.listing import Column, Context, Grid, Listing, to
from oneplace.web.components.notation import GBP, LIST, MONTH
from oneplace.web.programme.exception_lists import STATUS_NAMES
from oneplace.web.programme.lists import COLOURS, scheme_column

EVENTS: dict[str, tuple[str, str]] = {
    "nel": ("non-elective admission", "non-elective admissions"),
    "ae": ("A&E attendance", "A&E attendances"),
    "elective": ("elective admission", "elective admissions"),
    "outpatient": ("outpatient attendance", "outpatient attendances"),
    "community": ("community contact", "community contacts"),
    "prescribing": ("prescription", "prescriptions"),
}


def pairs(claims: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The schemes whose claims count on the same events, each pair of claims once."""
    found = {
        tuple(sorted(((c["scheme"], c["claim"]), (o["scheme"], o["claim"]))))
        for c in claims
        for o in c["overlaps"]
    }
    return [(a[0], b[0]) for a, b in sorted(found)]


DOUBLES = Listing(
    "doubles",
    "Claimed twice",
    scheme_column(lambda pair: pair[0], lambda pair, c: c.names.get(pair[0]), key="one"),
    scheme_column(
        lambda pair: pair[1],
        lambda pair, c: c.names.get(pair[1]),
        key="other",
        label="and scheme",
    ),
    Column(
        "what",
        "Why it matters",
        lambda _: (
            "the two count on some of the same events: the same event cannot be avoided twice"
        ),
    ),
    empty="No two claims count on the same events.",
)


def _of_what(s: Mapping[str, Any], c: Context) -> str:
    return paper.sentence(EVENTS[c.kinds[s["id"]]][1]).rstrip(".")


def _delivered(s: Mapping[str, Any]) -> Decimal | None:
    return Decimal(s["actual_count"]) if s["actual_count"] is not None else None


def _left(s: Mapping[str, Any]) -> Decimal | None:
    said = _delivered(s)
    return s["count"] - said if s["count"] is not None and said is not None else None


UNDELIVERED = Listing(
    "undelivered",
    "Claimed and not delivered",
    scheme_column(name=lambda s, c: c.names.get(s["scheme"])),
    Column("what", "Of what", _of_what),
    Column("promised", "Events claimed", "count", numeric=True, none="No count printed"),
    Column("delivered", "Reported so far", _delivered, numeric=True, none="No return says"),
    Column("left", "Not delivered yet", _left, numeric=True),
    Column(
        "value",
        "Printed value",
        lambda s: Decimal(s["planned_gbp"]) if s["planned_gbp"] else None,
        GBP,
    ),
    empty="No scheme claims a number.",
)

PACKS = Listing(
    "packs",
    "Frozen packs",
    Column("month", "Month", show=MONTH, link=to("pack", "pk")),
    Column("on", "Frozen on", "frozen_on"),
    Column("by", "By", "changed_by.name"),
    Column("plan", "Plan version", lambda p: p.said["about"]["plan"][:12]),
    Column("commentary", "Commentary", lambda p: p.commentary[:200]),
    empty="No pack has been frozen yet.",
)

# --- a frozen pack, from what it kept -------------------------------------------------------------
PACK_SCHEMES = Listing(
    "schemes",
    "Schemes",
    Column("scheme", "Scheme", lambda s: f"{s['scheme']} {s['name']}"),
    Column("programme", "Programme"),
    Column("aims", "Aims"),
    Column(
        "delivery",
        "Delivery",
        lambda s: COLOURS[s["delivery"]][0],
        tone=lambda s: COLOURS[s["delivery"]][1],
        beside="rule",
    ),
    Column(
        "benefit",
        "Benefit",
        lambda s: STATUS_NAMES[s["benefit"]] if s["benefit"] else "Not reported",
    ),
    Column("late", "Late milestones", numeric=True),
)

PACK_CLAIMS = Listing(
    "claims",
    "Claims beside the records",
    Column("scheme", "Scheme", lambda x: f"{x['scheme']} {x['scheme_name']}"),
    Column("activity", "What it counts"),
    Column("claimed", "Claimed", numeric=True, none="None printed"),
    Column("available", "There were", numeric=True, none="*"),
    Column("basis", "Basis"),
    Column("flags", "What to hear", show=LIST),
    empty="There was no build to put the claims beside.",
)

PACK_UNDELIVERED = Listing(
    "undelivered",
    "Claimed and not delivered",
    Column("scheme", "Scheme"),
    Column("promised", "Events claimed", "count", numeric=True),
    Column("delivered", "Reported", "actual_count", numeric=True, none="No return says"),
    empty="No scheme claimed a number.",
)


def of_a_pack(content: Mapping[str, Any]) -> list[Grid]:
    """A frozen pack's tables."""
    return [
        PACK_SCHEMES.of(content["schemes"]),
        PACK_CLAIMS.of(content["claims"]),
        PACK_UNDELIVERED.of(content["undelivered"]),
    ]
