"""Where a figure came from, and why it moved since an earlier paper said something else.

A `Trace` is kept beside every figure of a paper: its basis, its day, the query, table or document
behind it, the build and the digests of the data and of the documents that defined it. `moved` takes
the figure as it stood earlier and as it stands now, and splits the change into late data, restated
data, a changed definition, an edited plan and real change; the parts add up exactly, and what
cannot be told apart is said so. A figure made of the plan, the day and people's words alone has two
causes of its own: what merely fell due (time passed) and what somebody said (reported). Neither is
a real change. Where a figure names what it counts, each part lists what joined, left or became
another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, Literal, TypeAlias, get_args

from oneplace.report import words
from oneplace.report.words import Number

Basis = Literal["supplied", "published", "synthetic", "planned", "modelled"]
"""DOMAIN rule 1: the place's own records or totals; published; demonstration people; a plan; a
model."""

BASIS_WORDS: dict[Basis, str] = {
    "supplied": "from the place's own records",
    "published": "published figure",
    "synthetic": "from demonstration people, none of them real",
    "planned": "planned figure",
    "modelled": "modelled figure",
}
SourceKind = Literal["query", "table", "document"]
Status = Literal["provisional", "final", "not stated"]
Format = Literal[
    "number",
    "per_cent",
    "signed_per_cent",
    "chance",
    "gbp",
    "gbp_thousands",
    "gbp_millions",
    "gbp_variance",
    "gbp_thousands_variance",
    "one_in",
    "date",
    "text",
]
"""How a value reads; an adverse variance is negative and stands in brackets."""
Value: TypeAlias = "Number | str | date"


@dataclass(frozen=True)
class Source:
    """What was asked: a named query, a table, or a document with the path of the field in it.
    `note` holds publisher and licence."""

    kind: SourceKind
    name: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """All that is needed to find a figure again. Every rate names its denominator; `period` is what
    the figure is about.

    `data_digest` names the data it was worked out from: two builds of the same records have the
    same one. `document_digest` is the version of the documents named in `defined_in`, taken
    together (`digest_of`).
    """

    figure_id: str
    value: Value
    unit: str
    basis: Basis
    as_at: date
    source: Source
    build_id: str | None = None
    document_digest: str | None = None
    plan_digest: str | None = None
    period: str = ""
    denominator: str = ""
    status: Status = "not stated"
    entries_at: datetime | None = None
    data_digest: str | None = None
    defined_in: tuple[str, ...] = ()
    said: bool = False  # made of documents, the day and what people wrote, and of no records

    def __post_init__(self) -> None:
        if self.basis not in get_args(Basis):
            raise ValueError(
                f"{self.figure_id}: the basis is one of {', '.join(get_args(Basis))}, not {self.basis!r}"
            )

    def words(self) -> str:
        """The trace in one line, as it stands under a figure."""
        parts = [
            BASIS_WORDS[self.basis][:1].upper() + BASIS_WORDS[self.basis][1:],
            f"{self.source.kind} {self.source.name}"
            + (f" ({self.source.note})" if self.source.note else ""),
            self.period,
            f"per {self.denominator}" if self.denominator else "",
            f"as at {words.day(self.as_at)}",
            "" if self.status == "not stated" else self.status,
            f"build {self.build_id}" if self.build_id else "",
            f"definition {self.document_digest[:12]}" if self.document_digest else "",
            f"plan {self.plan_digest[:12]}" if self.plan_digest else "",
        ]
        return "; ".join(p for p in parts if p)

    def as_dict(self) -> dict[str, Any]:
        """For the paper's own record: Decimal as text, dates ISO, the kind of value beside it so
        that it reads back the same."""
        kind = _kind(self.value)
        return {
            **asdict(self),
            "value": self.value if kind in ("none", "int", "float", "text") else str(self.value),
            "value_kind": kind,
            "as_at": self.as_at.isoformat(),
            "entries_at": self.entries_at.isoformat() if self.entries_at else None,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Trace:
        given = dict(kept)
        kind, value = given.pop("value_kind"), given["value"]
        if kind == "decimal":
            given["value"] = Decimal(value)
        elif kind == "date":
            given["value"] = date.fromisoformat(value)
        elif kind == "float":
            given["value"] = float(value)
        given["as_at"] = date.fromisoformat(given["as_at"])
        given["entries_at"] = (
            datetime.fromisoformat(given["entries_at"]) if given["entries_at"] else None
        )
        given["source"] = Source(**given["source"])
        given["defined_in"] = tuple(given.get("defined_in", ()))
        return cls(**given)


def digest_of(names: Iterable[str], versions: Mapping[str, str]) -> str | None:
    """One version for several documents: a single one's own digest, else a digest over all of
    theirs; None where none is known."""
    known = [(n, versions[n]) for n in sorted(names) if n in versions]
    if len(known) < 2:
        return known[0][1] if known else None
    return hashlib.sha256("\n".join(f"{n} {v}" for n, v in known).encode()).hexdigest()


def _kind(value: Value) -> str:
    if value is None:
        return "none"
    kinds: tuple[tuple[type, str], ...] = (
        (Decimal, "decimal"),
        (date, "date"),
        (int, "int"),
        (float, "float"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "text")


@dataclass(frozen=True)
class Item:
    """One of what a figure counts or adds up: a milestone, a risk, an area. `amount` is what it
    brings to the figure."""

    id: str
    label: str
    amount: Decimal = Decimal(1)


@dataclass(frozen=True)
class Figure:
    """A figure of a paper: what it is called, how it reads, where it is from, and what it counts
    where that can be named. Its value is the trace's, held once."""

    label: str
    trace: Trace
    format: Format = "number"
    decimals: int = 0
    items: tuple[Item, ...] = ()
    lead: str = ""  # what stands before the value: "at least"

    @property
    def id(self) -> str:
        return self.trace.figure_id

    @property
    def value(self) -> Value:
        return self.trace.value

    @property
    def amount(self) -> Number:
        """The value where it is a number, else None."""
        return self.value if isinstance(self.value, int | float | Decimal) else None

    def words(self) -> str:
        return (
            f"{self.lead} {_read(self.value, self.format, self.decimals, self.trace.unit)}".lstrip()
        )

    def as_dict(self) -> dict[str, Any]:
        found = {
            "label": self.label,
            "format": self.format,
            "decimals": self.decimals,
            "trace": self.trace.as_dict(),
        }
        found |= {"lead": self.lead} if self.lead else {}
        return found | (
            {"items": [[i.id, i.label, str(i.amount)] for i in self.items]} if self.items else {}
        )

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Figure:
        items = tuple(
            Item(id, label, Decimal(amount)) for id, label, amount in kept.get("items", ())
        )
        return cls(
            kept["label"],
            Trace.from_dict(kept["trace"]),
            kept["format"],
            kept["decimals"],
            items,
            kept.get("lead", ""),
        )


def _read(value: Value, form: Format, decimals: int, unit: str) -> str:
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, str):
        return value
    if form == "number":
        return words.quantity(value, "" if unit in ("%", "GBP", "£") else unit, decimals)
    return {
        "per_cent": lambda: words.percent(value, decimals),
        "signed_per_cent": lambda: f"{words.number(value, decimals, signed=True)}%",
        "chance": lambda: words.chance(value),
        "gbp": lambda: words.money(value),
        "gbp_thousands": lambda: words.money(value, "thousands"),
        "gbp_millions": lambda: words.money(value, "millions", decimals or None),
        "gbp_variance": lambda: words.variance(value),
        "gbp_thousands_variance": lambda: words.variance(value, "thousands"),
        "one_in": lambda: words.one_in(value),
    }.get(form, lambda: words.number(value, decimals))()


MOST_ITEMS = 8
"""Of more items than these a sentence names the first and counts the rest; the page about the
figure has them all."""


# --- why it moved --------------------------------------------------------------------------------------------------

Cause = Literal[
    "time passed",
    "reported",
    "late data",
    "restated data",
    "late or restated data",
    "definition change",
    "plan edit",
    "real change",
    "not told apart",
    "not explained",
]
_ORDER: tuple[Cause, ...] = (
    "time passed",
    "reported",
    "late data",
    "restated data",
    "late or restated data",
    "definition change",
    "plan edit",
    "real change",
)


@dataclass(frozen=True)
class Moved:
    """One item that joined, left or brings another amount now; `amount` is what that changes in the
    figure."""

    item: Item
    how: Literal["joined", "left", "changed"]
    amount: Decimal


@dataclass(frozen=True)
class Change:
    """One part of a movement, exact, with the causes it covers (several where they cannot be told
    apart) and a sentence; and the items that it moved, where the figure names them."""

    cause: Cause
    amount: Decimal
    because: str
    covers: tuple[Cause, ...] = ()
    items: tuple[Moved, ...] = ()

    def listed(self, figure: Figure, *, most: int = MOST_ITEMS) -> str:
        """The items in words: which joined, which left, which changed and by how much."""
        said = []
        for how in ("joined", "left", "changed"):
            mine = [m for m in self.items if m.how == how]
            names = [
                m.item.label
                if how != "changed"
                else f"{m.item.label} {size_words(m.amount, figure)}"
                for m in mine[:most]
            ]
            more = [f"{len(mine) - most} more"] if len(mine) > most else []
            said += [f"{how}: {', '.join(names + more)}"] if mine else []
        return "; ".join(said)


@dataclass(frozen=True)
class Why:
    """The movement of one figure. `total` is None where either side is not a number; the parts then
    only name causes. `people` says who came and went in counts by reason, where a figure counts
    people whom no page may name."""

    figure_id: str
    before: str
    now: str
    total: Decimal | None
    parts: tuple[Change, ...]
    sentence: str
    brief: str
    people: str = ""


@dataclass(frozen=True, kw_only=True)
class Recalculated:
    """The earlier period's figure, worked out again with one thing changed after another, in this
    order, as far as known.

    `late_data`: with the rows that arrived since. `data_now`: with all data of the present build.
    `definition_now`: then with today's definition. `plan_now`: then with today's plan. A value left
    out is not known, and its cause joins the next known one. Of a figure that people's words make,
    `time_passed` comes first: with the documents and the words of then, on the day of now; and the
    others are of the day of now too. `items` has what the figure counted at each of these steps, by
    the step's name.
    """

    time_passed: Value = None
    late_data: Value = None
    data_now: Value = None
    definition_now: Value = None
    plan_now: Value = None
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)


def moved(
    earlier: Figure,
    now: Figure,
    recalculated: Recalculated | None = None,
    *,
    then: str = "in the earlier paper",
) -> Why:
    """Split what stood earlier and what stands now into its causes. The parts add up to the
    difference exactly. `then` says when."""
    if earlier.trace.figure_id != now.trace.figure_id:
        raise ValueError(
            f"two different figures: {earlier.trace.figure_id} and {now.trace.figure_id}"
        )
    if earlier.trace.unit != now.trace.unit:
        raise ValueError(
            f"{now.trace.figure_id} is in {now.trace.unit!r} now and was in {earlier.trace.unit!r}"
        )
    causes = happened(earlier.trace, now.trace)
    steps = _steps(causes, recalculated or Recalculated(), now)
    start, end = _exact(earlier.amount), _exact(now.amount)
    if start is None or end is None:
        return _not_numbers(earlier, now, _causes_that_told(earlier.value, steps), then)
    parts = _split(start, end, steps, earlier, now)
    total = _exactly(end, start)
    whole, brief = _told(earlier, now, total, parts, then)
    return Why(now.trace.figure_id, earlier.words(), now.words(), total, parts, whole, brief)


def happened(earlier: Trace, now: Trace) -> tuple[Cause, ...]:
    """What differs between two traces, as causes in the order in which they are taken out."""
    found: set[Cause] = set()
    if _data_differs(earlier, now):
        found.add("reported" if now.said else "late or restated data")
    if earlier.document_digest != now.document_digest:
        found.add("definition change")
    if earlier.plan_digest != now.plan_digest:
        found.add("plan edit")
    if earlier.period != now.period:
        found.add("time passed" if now.said else "real change")
    return tuple(c for c in _ORDER if c in found)


def _data_differs(earlier: Trace, now: Trace) -> bool:
    """By the digests of the data where both are known; else another build, or a later day for what
    no build made, may be other data."""
    if earlier.status != now.status:
        return True
    if earlier.data_digest and now.data_digest:
        return earlier.data_digest != now.data_digest
    if earlier.basis == now.basis == "planned" and not (earlier.data_digest or now.data_digest):
        return False  # what was planned rests on the plan, whose version is another question
    return earlier.build_id != now.build_id or (earlier.as_at != now.as_at and now.build_id is None)


Step: TypeAlias = "tuple[tuple[Cause, ...], Value, tuple[Item, ...] | None]"
"""The causes taken out, what the figure then comes to, and what it then counts."""


def _steps(causes: tuple[Cause, ...], known: Recalculated, end: Figure) -> list[Step]:
    """From the old value to the new one over every value in between that is known; a step takes the
    causes before it that are not."""
    items = known.items
    steps: list[tuple[Cause, Value, tuple[Item, ...] | None]] = []
    if "time passed" in causes:
        steps.append(("time passed", known.time_passed, items.get("time_passed")))
    if "reported" in causes:
        steps.append(("reported", known.data_now, items.get("data_now")))
    if "late or restated data" in causes:
        if known.late_data is not None:
            steps.append(("late data", known.late_data, items.get("late_data")))
            steps.append(("restated data", known.data_now, items.get("data_now")))
        else:
            steps.append(("late or restated data", known.data_now, items.get("data_now")))
    if "definition change" in causes:
        steps.append(("definition change", known.definition_now, items.get("definition_now")))
    if "plan edit" in causes:
        steps.append(("plan edit", known.plan_now, items.get("plan_now")))
    if "real change" in causes:
        steps.append(("real change", end.value, end.items))
    found: list[Step] = []
    waiting: tuple[Cause, ...] = ()
    for i, (cause, reached, counted) in enumerate(steps):
        waiting += (cause,)
        last = i == len(steps) - 1
        if last or reached is not None:
            found.append((waiting, end.value if last else reached, end.items if last else counted))
            waiting = ()
    return found


def _split(
    start: Decimal, end: Decimal, steps: list[Step], earlier: Figure, now: Figure
) -> tuple[Change, ...]:
    """Each step takes the causes it covers; what is left over at the end is said to be
    unexplained."""
    parts: list[Change] = []
    at, counted = start, earlier.items if earlier.items or not start else None
    for covers, reached, items in steps:
        level = _exact(reached) if isinstance(reached, int | float | Decimal) else None
        level = at if level is None else level
        moves = _moves(counted, items) if now.items or earlier.items else ()
        parts.append(replace(_change(_exactly(level, at), covers, earlier, now), items=moves))
        at, counted = level, items
    if at != end:
        parts.append(_change(_exactly(end, at), (), earlier, now))
    return tuple(p for p in parts if p.amount != 0 or p.items or len(parts) == 1)


def _moves(before: tuple[Item, ...] | None, after: tuple[Item, ...] | None) -> tuple[Moved, ...]:
    """What joined, left or changed its amount; nothing where either side does not say what it
    counts."""
    if before is None or after is None:
        return ()
    was, now = {i.id: i for i in before}, {i.id: i for i in after}
    joined = [Moved(i, "joined", i.amount) for k, i in now.items() if k not in was]
    left = [Moved(i, "left", -i.amount) for k, i in was.items() if k not in now]
    changed = [
        Moved(i, "changed", i.amount - was[k].amount)
        for k, i in now.items()
        if k in was and was[k].amount != i.amount
    ]
    return (*joined, *left, *changed)


def same(earlier: Figure, now: Figure) -> bool:
    """Whether nothing about it moved: the value, and, where both name what they count, the items
    too."""
    if earlier.value != now.value:
        return False
    return not (earlier.items and now.items) or not _moves(earlier.items, now.items)


def _causes_that_told(start: Value, steps: list[Step]) -> tuple[Cause, ...]:
    """For what is not a number: the causes of the steps at which it became another."""
    told: list[Cause] = []
    at = start
    for covers, reached, _ in steps:
        if reached != at:
            told += covers
        at = reached
    return tuple(told)


def _change(amount: Decimal, covers: tuple[Cause, ...], earlier: Figure, now: Figure) -> Change:
    if not covers:
        return Change(
            "not explained", amount, "nothing recorded with the two figures explains this part"
        )
    if len(covers) == 1:
        return Change(covers[0], amount, _because(covers[0], earlier.trace, now.trace), covers)
    named = words.listing([str(c) for c in covers])
    return Change(
        "not told apart", amount, f"{named}: the figure was not worked out between them", covers
    )


def _because(cause: Cause, earlier: Trace, now: Trace) -> str:
    builds = (
        f"build {now.build_id} instead of {earlier.build_id}"
        if now.build_id != earlier.build_id
        else f"as at {words.day(now.as_at)}"
    )
    return {
        "time passed": f"from {_day_in(earlier)} to {_day_in(now)}",
        "reported": f"what was written since {_day_in(earlier)}",
        "late data": f"rows for {earlier.period or 'the same period'} that arrived after the earlier paper",
        "restated data": f"rows for {earlier.period or 'the same period'} that were changed at their source",
        "late or restated data": f"the data behind {earlier.period or 'it'} changed ({builds})",
        "definition change": f"the definition is another version ({_short(earlier.document_digest)}, now {_short(now.document_digest)})",
        "plan edit": f"the plan is another version ({_short(earlier.plan_digest)}, now {_short(now.plan_digest)})",
        "real change": f"{now.period or 'the later period'} against {earlier.period or 'the earlier period'}",
    }.get(cause, "")


def _day_in(trace: Trace) -> str:
    return words.day(trace.as_at)


def _short(digest: str | None) -> str:
    return digest[:12] if digest else "none"


def _told(
    earlier: Figure, now: Figure, total: Decimal, parts: tuple[Change, ...], then: str
) -> tuple[str, str]:
    """The whole sentence, and the short one that stands beside the figure itself."""
    before = f"{earlier.label or now.label} was {earlier.words()} {then}"
    if total == 0 and all(p.amount == 0 and not p.items for p in parts):
        return words.sentence(f"{before} and is the same now"), words.sentence(
            f"the same as {then}"
        )
    causes = words.listing([f"{size_words(p.amount, now)} {_NAMES[p.cause]}" for p in parts])
    return words.sentence(f"{before} and is {now.words()} now: {causes}"), words.sentence(
        f"Was {earlier.words()}: {causes}"
    )


_NAMES: dict[Cause, str] = {
    "time passed": "as time passed",
    "reported": "as reported",
    "late data": "from late data",
    "restated data": "from restated data",
    "late or restated data": "from late or restated data",
    "definition change": "from a changed definition",
    "plan edit": "from an edited plan",
    "real change": "real change",
    "not told apart": "from causes that cannot be told apart",
    "not explained": "not explained",
}


def size_words(amount: Decimal, figure: Figure) -> str:
    """A part as it reads: signed, with as many decimals as it takes not to read as nothing."""
    if figure.format.startswith("gbp"):
        text = words.money(amount, decimals=0 if amount == amount.to_integral_value() else 2)
        return text if amount < 0 else f"+{text}"
    places = figure.decimals
    while amount != 0 and places < 6 and words.half_up(amount, places) == 0:
        places += 1
    points = (
        " percentage points" if figure.format in ("per_cent", "signed_per_cent", "chance") else ""
    )
    return words.number(amount, places, signed=True) + points


def _not_numbers(earlier: Figure, now: Figure, causes: tuple[Cause, ...], then: str) -> Why:
    same = earlier.value == now.value
    parts = (
        ()
        if same
        else tuple(
            Change(c, Decimal(0), _because(c, earlier.trace, now.trace), (c,)) for c in causes
        )
    )
    why = words.listing([str(c) for c in causes]) if causes else "no recorded cause"
    tail = "is the same now" if same else f"is {now.words()} now ({why})"
    said = words.sentence(f"{now.label} was {earlier.words()} {then} and {tail}")
    brief = (
        words.sentence(f"the same as {then}")
        if same
        else words.sentence(f"Was {earlier.words()} ({why})")
    )
    return Why(now.trace.figure_id, earlier.words(), now.words(), None, parts, said, brief)


def _exact(value: Number) -> Decimal | None:
    return None if value is None or words.finite(value) is None else words.exact(value)


def _exactly(a: Decimal, b: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 400
        return a - b
