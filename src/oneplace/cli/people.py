"""Commands about people: caseload, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from oneplace.cli.output import Dir, Json, Today, answer, on_its_day, table
from oneplace.people.caseload import WHOLE_PLACE

if TYPE_CHECKING:
    from rich.console import Console

ROWS_SHOWN = 8

Team = Annotated[
    str | None, typer.Option("--team", help="The team's code; without teams, leave it out.")
]


def add(app: typer.Typer) -> None:
    app.command("caseload")(caseload)
    app.command("explain")(explain)
    app.command("calibration")(calibration)


def caseload(
    folder: Dir,
    team: Team = None,
    whole: Annotated[
        bool, typer.Option("--register", help="The whole ranked register, not the agenda alone.")
    ] = False,
    identify: Annotated[
        bool,
        typer.Option("--identify", help="With names: needs --as and --purpose, and is audited."),
    ] = False,
    user: Annotated[str | None, typer.Option("--as", help="Who is asking.", metavar="USER")] = None,
    purpose: Annotated[str | None, typer.Option(help="Why: direct_care.")] = None,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """A team's list: the agenda of its next meeting and the register it was drawn from. Whoever
    refuses to be shared, listed or used for planning is not on it; with --identify, whoever refuses
    that to USER. Who is thought to be dying is not said here."""
    from oneplace.answers import last_phase, open_place, people, refusals
    from oneplace.cli.identify import agenda_of, with_names

    session = open_place(on_its_day(folder, today))
    value = last_phase.from_register(
        session, people.documents(session), people.caseload(session, team, whole=True)
    )
    if identify:
        value = with_names(session, value, user=user, purpose=purpose, whole=whole)
    else:
        kept = {p: refusals.first_wish(what) for p, what in refusals.in_force(session).items()}
        value = refusals.without(value, kept)
        value = value if whole else agenda_of(value)
    answer(value, as_json=as_json, words=lambda console: show_caseload(console, value))


def explain(
    folder: Dir,
    person: Annotated[
        str, typer.Argument(help="The person's pseudonym, as the lists show it.", metavar="PERSON")
    ],
    today: Today = None,
    as_json: Json = False,
) -> None:
    """Why this person has this segment, these scores and this place on the list, down to the
    rows."""
    from oneplace.answers import last_phase, open_place, people, refusals
    from oneplace.faults import NotAllowed

    session = open_place(on_its_day(folder, today))
    value = last_phase.from_explanation(people.documents(session), people.explain(session, person))
    refused = refusals.in_force(session).get(int(person), frozenset())
    if refused & {"sharing", "planning"}:
        raise NotAllowed(
            f"{refusals.LINES[refusals.first_wish(refused - {'risk'})]}: the site shows it to whom the person lets see it"
        )
    if "risk" in refused:
        value = refusals.unlisted(value)
    answer(value, as_json=as_json, words=lambda console: show_person(console, value))


def calibration(
    folder: Dir,
    every: Annotated[
        bool, typer.Option("--all", help="Every figure, not the 30 furthest off alone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What demonstration people were fitted to: each figure's target beside what was made, the
    furthest off first."""
    from oneplace.answers import open_place, people

    with open_place(folder) as session:
        rows = sorted(people.calibration(session), key=lambda r: -abs(_off(r) or 0.0))

    def words(console: Console) -> None:
        if not rows:
            console.print("These records were supplied, not made: there is nothing to calibrate.")
            return
        shown = rows if every else rows[:30]
        lines = [
            (
                r["measure"],
                r["stratum"],
                _number(r["target"]),
                _number(r["made"]),
                r["unit"],
                _percent(_off(r)),
                r["source"],
            )
            for r in shown
        ]
        columns = ("measure", "of", "target", "made", "unit", "off", "source of the target")
        title = f"{len(shown)} of {len(rows):,} figures; demonstration people, who do not exist"
        console.print(table(title, columns, lines, right=("target", "made", "off")))

    answer(rows, as_json=as_json, words=words)


def _off(row: dict[str, Any]) -> float | None:
    """How far the made figure is from its target, as a share of the target."""
    target, made = row["target"], row["made"]
    return (float(made) - float(target)) / float(target) if target and made is not None else None


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:+.1%}"


def _number(value: Any) -> str:
    if value is None:
        return ""
    return (
        f"{value:,}"
        if isinstance(value, int)
        else f"{float(value):,.4g}"
        if abs(float(value)) < 1000
        else f"{float(value):,.0f}"
    )


def show_caseload(console: Console, value: dict[str, Any]) -> None:
    if value["demonstration"]:
        console.print("Demonstration people, who do not exist.")
    if value["records_end"]:
        console.print(value["records_end"], soft_wrap=True)
    console.print(
        f"{value['name']} on {value['as_of']}: {len(value['people'])} people listed", soft_wrap=True
    )
    named = any("name" in p for p in value["people"])
    columns = ("rank", "person", *(("name",) if named else ()), "age", "risk", "segment", "why")
    rows = [
        (
            p["rank"],
            p["person"],
            *((p.get("name"),) if named else ()),
            p["age"],
            p["risk_in_words"],
            p["segment"],
            "; ".join([*p["reasons"], *(["records incomplete"] if p["incomplete"] else [])]),
        )
        for p in value["people"]
    ]
    console.print(table("", columns, rows, right=("rank", "age")))
    parts = [(label, f"{count:,}") for label, count in value["reconciles"]["parts"].items()]
    total = value["reconciles"]["registered"]
    whom = (
        "Everyone on the place's one list"
        if value["team"] == WHOLE_PLACE
        else "Everyone registered with the team"
    )
    console.print(table(f"{whom}: {total:,}", ("of whom", "people"), parts, right=("people",)))


def show_person(console: Console, value: dict[str, Any]) -> None:
    """From the place on the list down to the rows: segment, list, risk, scores, then each feature
    that says something."""
    if value["demonstration"]:
        console.print("Demonstration people, who do not exist.")
    if value["records_end"]:
        console.print(value["records_end"], soft_wrap=True)
    console.print(f"{value['person']} on {value['as_of']}")
    if value["incomplete"]:
        refused = ", ".join(f"{r['rows']:,} of {r['table_name']}" for r in value["incomplete"])
        console.print(
            f"Records incomplete: rows refused, {refused}; what is not found there is not known",
            soft_wrap=True,
        )
    segment = value["segment"]
    console.print(
        f"Segment: {segment['title']}, because {segment['because']} ({segment['when'] or 'the last rule'})"
    )
    for failed in segment["failed"]:
        console.print(
            f"  not {failed['segment']}: {failed['because']} ({failed['when']}) does not hold"
        )
    _show_place(console, value["caseload"], unlisted=value.get("unlisted", False))
    if not value.get("unlisted"):
        _show_risk(console, value["risk"])
    rows = [
        (
            s["title"],
            s["value"],
            s["band"] or "",
            "; ".join(f"{p['points']:g} {p['sentence']}" for p in s["parts"]),
        )
        for s in value["scores"]
    ]
    console.print(table("Scores", ("score", "value", "band", "made of"), rows, right=("value",)))
    over = [f"{c['condition']}: {c['state']}" for c in value["conditions"] if not c["holds"]]
    if over:
        console.print(f"Over on the day: {'. '.join(over)}.", soft_wrap=True)
    for feature in value["features"]:
        if feature["value"] in (None, False, 0) and not feature["rows"]:
            continue
        _show_feature(console, feature)


def _show_place(console: Console, place: dict[str, Any] | None, *, unlisted: bool = False) -> None:
    if unlisted:
        console.print("Refuses to be listed by risk: no place on a list and no risk is shown.")
    elif place is None:
        console.print("On no team's list.")
    elif place["set_aside"]:
        console.print(
            f"Team {place['team_code']}, not on its register: {place['set_aside_because']}"
        )
    else:
        on = ", on the agenda" if place["on_agenda"] else ""
        console.print(
            f"Team {place['team_code']}: number {place['rank']:,} of {place['register']:,} on its register{on}"
        )
        for reason in place["reasons"]:
            console.print(f"  {reason}")


def _show_risk(console: Console, risk: dict[str, Any]) -> None:
    if risk["risk"] is None:
        console.print(f"No model could be fitted; ranked by {risk['ranked_by']}")
        return
    rows = [
        (c["name"], c["value"], f"{c['adds_log_odds']:+.2f}", c["words"] or "")
        for c in risk["contributions"]
    ]
    title = f"Risk {risk['risk']:.1%} ({risk['ranked_by']}); each line adds to the log-odds beside the average person"
    console.print(
        table(title, ("predictor", "value", "adds", "in words"), rows, right=("value", "adds"))
    )


def _show_feature(console: Console, feature: dict[str, Any]) -> None:
    unit = f" {feature['unit']}" if feature["unit"] else ""
    differs = (
        f" (the build holds {feature['differs_from']})"
        if feature["differs_from"] is not None
        else ""
    )
    state = f" ({feature['state']})" if feature["state"] else ""
    console.print(
        f"{feature['name']} {feature['value']}{unit}{differs}: {feature['sentence']}{state}",
        soft_wrap=True,
    )
    for row in feature["rows"][:ROWS_SHOWN]:
        until = f" to {row['until']}" if row["until"] else ""
        reason = f", {row['reason']}" if row["reason"] else ""
        amount = f", {row['value']:g}" if isinstance(row["value"], int | float) else ""
        console.print(
            f"    {row['on']}{until}  {row['what']}{reason}{amount}  ({row['table']})",
            soft_wrap=True,
        )
    more = len(feature["rows"]) - ROWS_SHOWN
    if more > 0:
        console.print(f"    and {more:,} more rows: --json gives them all")
