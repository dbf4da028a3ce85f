"""Makes Liverpool's plan documents from the transcribed facts of the printed plan.

In: `schemes.yaml`, `finance.yaml`, `standards.yaml`, `targets.yaml`, `trajectories.csv` in a folder
of facts. Out: `plan.yaml`, `money.yaml`, `standards.yaml`, `targets.yaml`, `measures/*.yaml` and
`tables/trajectories.csv` of `places/liverpool`. Figures and names are carried; which people and
activity a claim selects is decided in `liverpool_choices.py`, and where the plan does not say it
the reason stands beside it.

    python tools/make_liverpool_plan.py FACTS [PLACE]
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any

from liverpool_choices import (
    AIMS,
    BRIDGE,
    HEADS,
    KINDS,
    LINES,
    MEASURES,
    PLEDGES,
    REWORDED,
    SELECTS,
    SHORT,
    SOURCES,
    STANDARDS_OF,
)
from pydantic import BaseModel
from ruamel.yaml import YAML

from oneplace.documents import canonical
from oneplace.documents.values import when
from oneplace.documents.versions import write_atomically
from oneplace.measures import MeasureDefinition, Targets
from oneplace.place.standards import Standards
from oneplace.plan.assurance.compliance import ComplianceMatrix
from oneplace.plan.money import Finances
from oneplace.plan.programme import Plan


def plan(facts: dict[str, Any]) -> Plan:
    programmes = dict.fromkeys(s["programme"] for s in facts["schemes"])
    return Plan.model_validate(
        {
            "id": "one-liverpool-2019-20",
            "title": "One Liverpool operational plan 2019/20",
            "place": "liverpool",
            "period": "2019/20",
            "source": "Liverpool CCG, operational plan 2019/20, appendix 2, with its executive summary",
            "notes": [
                "Names, dates and figures are the plan's; purposes and doubts are in our words.",
                "Ticks for the aims did not survive in the text we have: aims follow the executive summary, else they are inferred.",
                "Scheme leads, risks and owners are not printed, so none are given.",
                LINES,
            ],
            "aims": [{"id": key, "name": name} for name, key in AIMS.items()],
            "programmes": [{"id": slug(p), "name": p} for p in programmes],
            "schemes": [scheme(s) for s in facts["schemes"]],
        }
    )


def scheme(s: dict[str, Any]) -> dict[str, Any]:
    other = s["exec_summary_name"]
    return without_empty(
        {
            "id": s["id"],
            "name": s["name"],
            "also_called": ours(other) if other and other != s["name"] else None,
            "programme": slug(s["programme"]),
            "aims": [AIMS[a] for a in s["aims"]],
            "aim_basis": s["aim_basis"],
            "purpose": s["purpose"],
            "implementation": implementation(s),
            "milestones": [milestone(s["id"], m) for m in s["milestones"]],
            "measures": [measure(s["id"], i, k) for i, k in enumerate(s["kpis"], start=1)],
            "claims": [
                claim(s["id"], i) for i in s["impacts"] if i["reduction"] or i["tariff_gbp"]
            ],
            "unquantified": [
                without_empty({"id": f"{s['id']}-U{n}", "kind": i["kind"], "note": i.get("note")})
                for n, i in enumerate(
                    (i for i in s["impacts"] if not (i["reduction"] or i["tariff_gbp"])), start=1
                )
            ],
            "doubts": [ours(d) for d in s["needs_review"]],
            "details": {
                k: ", ".join(map(str, v)) if isinstance(v, list) else str(v)
                for k, v in (s.get("extra") or {}).items()
            },
            "source": cited(s["source"]),
        }
    )


def implementation(s: dict[str, Any]) -> dict[str, Any]:
    confidence = s["implementation_confidence"]
    known = confidence in ("high", "medium", "low")
    return without_empty(
        {
            "when": s["implementation_date"],
            "printed": s["implementation_raw"],
            "confidence": confidence if known else "none",
            "note": None if known else confidence,
        }
    )


def milestone(of: str, m: dict[str, Any]) -> dict[str, Any]:
    complete = m.get("status") == "complete"
    return without_empty(
        {
            "id": f"{of}-M{m['n']:02d}",
            "n": m["n"],
            "title": m["title"],
            "due": m["due"],
            "printed": m["raw"],
            "printed_n": m.get("printed_n"),
            "printed_complete": complete or None,
            "confidence": m["match_confidence"],
            "doubt": None
            if m["match_confidence"] == "high"
            else "no printed date can be tied to it"
            if m["due"] is None
            else "its printed date may belong to another step",
        }
    )


def measure(of: str, n: int, k: dict[str, Any]) -> dict[str, Any]:
    return without_empty(
        {
            "id": f"{of}-K{n}",
            "title": ours(k["text"]),
            "metric": k["metric"],
            "baseline": k["baseline"],
            "target": k["target"],
            "unit": None if k["unit"] == "bool" else k["unit"],
            "direction": k["direction"],
            "by": k["by"],
            "when": printed_date(k["by"]),
            "standards": STANDARDS_OF.get(k["metric"]),
            "note": k.get("note"),
        }
    )


def claim(of: str, i: dict[str, Any]) -> dict[str, Any]:
    kind = KINDS[i["kind"]]
    chosen = SELECTS[of, kind]
    notes = [n for n in (i.get("note"), chosen.get("note")) if n]
    return without_empty(
        {
            "id": f"{of}-{kind}",
            "kind": kind,
            "condition": (i["condition"] or "").removesuffix(" (as printed)"),
            "count": i["reduction"],
            "value_gbp": i["tariff_gbp"],
            **chosen,
            "note": "; ".join(notes),
        }
    )


def finances(f: dict[str, Any]) -> Finances:
    head = f["headline"]
    return Finances.model_validate(
        {
            "title": "Financial plan 2019/20",
            "source": "Liverpool CCG, operational plan 2019/20, section 8, network table and executive summary",
            "headline": {
                "allocation_gbp_000": head["in_year_allocation_gbp_000"],
                "allocation_in_summary_gbp_m": head["exec_summary_gbp_m"],
                "expenditure_gbp_m": head["programme_expenditure_gbp_m"],
                "new_investment_gbp_m": head["new_investment_gbp_m"],
                "savings_gbp": head["cres_gbp"],
                "savings_in_summary_gbp_m": 13.8,
                "contingency_pct": head["contingency_pct"],
                "tracking": head["tracking"],
            },
            "allocation": allocation(f["allocation"]),
            "expenditure": {
                "lines": [
                    {"id": slug(x["area"]), "area": x["area"], "gbp_m": x["value"], "pct": x["pct"]}
                    for x in f["expenditure"]["lines"]
                ],
                "printed_total_gbp_m": f["expenditure"]["stated_total"],
                "note": f["expenditure"]["pct_note"],
            },
            "bridge": {
                "lines": [
                    {"id": BRIDGE[x["line"]], "line": x["line"], "gbp_m": x["value"]}
                    for x in f["source_and_application"]["lines"]
                ],
                "printed_net_gbp_m": f["source_and_application"]["stated_net"],
            },
            "savings": {
                "lines": [
                    {
                        "id": slug(x["area"]),
                        "area": x["area"],
                        "gbp": x["value"],
                        "recurrence": {
                            True: "recurrent",
                            False: "non-recurrent",
                            None: "partly recurrent",
                        }[x["recurrent"]],
                    }
                    for x in f["cres"]["lines"]
                ],
                "printed_total_gbp": f["cres"]["stated_total"],
            },
            "investment_standard": investment_standard(f["mhis"]),
            "investments": [investment(x) for x in f["additional_investments"]["lines"]],
            "networks": networks(f["pcn_funding"]),
            "contract": {
                "name": "Acting as One, North Mersey",
                "note": "has tolerances with marginal payment for more and for less activity; no rate is printed",
            },
            "earlier": [
                {
                    "id": f"E{n:02d}",
                    "item": x["item"],
                    "gbp": x["gbp"],
                    "source": cited(x["source"]),
                }
                for n, x in enumerate(f["earlier_investments"], start=1)
            ],
            "objectives": f["strategic_financial_objectives"],
            "notes": ["The governing body agreed the method on 12 March 2019."],
        }
    )


def allocation(a: dict[str, Any]) -> dict[str, Any]:
    def two(x: dict[str, Any]) -> dict[str, Any]:
        return {"before": x["y2018_19"], "after": x["y2019_20"], "growth": x["growth"]}

    ids = {"Running cost allocation": "running-cost", "Programme baseline": "baseline"}
    return {
        "year_before": "2018/19",
        "year": "2019/20",
        "lines": [
            {
                "id": ids.get(x["line"], slug(x["line"])),
                "line": x["line"],
                **two(x),
                **({"baseline": True} if x["line"] == "Programme baseline" else {}),
            }
            for x in a["lines"]
        ],
        "recurrent": two(a["total_recurrent"]),
        "non_recurrent": two(a["non_recurrent"]),
        "in_year": two(a["total_in_year"]),
        "baseline_growth_pct": a["baseline_growth_pct"],
        "drawdown_gbp_m": 10,
        "system_contribution_gbp_m": 4.2,
        "system_contribution_pct": 0.5,
        "notes": a["notes"],
    }


def investment_standard(m: dict[str, Any]) -> dict[str, Any]:
    def money(x: dict[str, Any]) -> dict[str, Any]:
        return {
            "before_gbp_m": x["y2018_19"],
            "uplift_gbp_m": x["uplift"],
            "required_gbp_m": x["required"],
        }

    return {
        "year": "2019/20",
        "allocation_growth_pct": m["growth_pct"],
        "extra_pct": m["extra_pct"],
        "required_pct": m["required_pct"],
        "lines": [
            {
                "id": slug(x["line"]),
                "line": x["line"],
                **money(x),
                **(
                    {"learning_disability_and_dementia": True} if x["line"].startswith("LD") else {}
                ),
            }
            for x in m["lines"]
        ],
        "printed_total": money(m["total"]),
        "absorbed_gbp_m": m["absorbed_by_tariff_and_demography"],
        "developments_gbp_m": m["needed_in_developments"],
    }


def investment(x: dict[str, Any]) -> dict[str, Any]:
    word, _, doubt = x["recurrence"].partition(" (")
    return without_empty(
        {
            "id": slug(x["line"]),
            "line": x["line"],
            "gbp_m": x["value"],
            "recurrence": word,
            "note": doubt.rstrip(")"),
        }
    )


def networks(p: dict[str, Any]) -> dict[str, Any]:
    def line(x: dict[str, Any]) -> dict[str, Any]:
        by_network = isinstance(x["rate"], list)
        director = x["line"] == "Clinical director"
        return without_empty(
            {
                "id": slug(x["line"]),
                "line": x["line"],
                "rate_gbp": None if by_network else x["rate"],
                "unrounded_rate_gbp": 0.514 if director else None,
                "list_size": x.get("list_size"),
                "by_network_gbp": x["rate"] if by_network else None,
                "networks": x.get("networks"),
                "months": x["months"],
                "paid_to": x["paid_to"],
                "period": x["period"],
                "first_payment": x["first_payment"],
                "payment_gbp": x["payment"],
                "note": "the payment implies 0.514, which is printed as 0.51"
                if director
                else x.get("note"),
            }
        )

    return {
        "lines": [line(x) for x in p["lines"]],
        "printed_total_gbp": p["stated_total"],
        "people_by_network": 45000,
        "registered": 539988,
    }


def standards(f: dict[str, Any]) -> Standards:
    def one(s: dict[str, Any]) -> dict[str, Any]:
        in_words = isinstance(s["value"], str)
        threshold = s["kind"] == "threshold"
        return without_empty(
            {
                "id": s["id"],
                "domain": s["domain"],
                "kind": s["kind"],
                "title": s["measure"],
                "operator": s["operator"] if threshold else None,
                "value": None if in_words else s["value"],
                "value_in_words": s["value"] if in_words else None,
                "direction": None if threshold else s["operator"],
                "unit": s["unit"],
                "by": s["by"],
                "population": s["population"],
                "scope": s["scope"],
                "source": cited(s["source"]),
                "note": s.get("note"),
            }
        )

    return Standards.model_validate(
        {
            "title": "National goals and deliverables 2019/20, with related standards",
            "notes": [*f["notes"], LINES],
            "mismatches": f["mismatches"],
            "pledges": PLEDGES,
            "standards": [one(s) for s in f["standards"]],
        }
    )


def targets(f: dict[str, Any]) -> Targets:
    def one(t: dict[str, Any]) -> dict[str, Any]:
        several = isinstance(t["value"], list)
        return without_empty(
            {
                "id": t["id"],
                "group": t["group"],
                "title": t["name"],
                "kind": t["kind"],
                "value": None if several else t["value"],
                "values": t["value"] if several else None,
                "unit": t["unit"],
                "operator": t["operator"],
                "by": t["by"],
                "when": printed_date(t["by"]),
                "baseline": t["baseline"],
                "baseline_at": t["baseline_at"],
                "source": cited(t["source"]),
                "note": t.get("note"),
            }
        )

    return Targets.model_validate(
        {
            "title": "Quantified aims of the source documents",
            "conflicts": f["conflicts"],
            "targets": [one(t) for t in f["targets"]],
        }
    )


def trajectories(text: str) -> str:
    """The rows with the measure's key in place of its printed name; whether a row meets the
    standard is computed."""
    keys = {m["printed"]: m["id"] for m in MEASURES}
    out = io.StringIO()
    columns = (
        "record",
        "measure",
        "period",
        "period_type",
        "operator",
        "standard",
        "unit",
        "planned",
        "source",
        "note",
    )
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in csv.DictReader(io.StringIO(text)):
        writer.writerow({**row, "measure": keys[row["measure"]], "source": cited(row["source"])})
    return out.getvalue()


def cited(source: str) -> str:
    """Where a fact stands, said for a reader who has the documents and not our numbering of
    them."""
    for number, title in SOURCES.items():
        source = re.sub(rf"\b{number}\b,? *", f"{title}, ", source)
    source = re.sub(r"\bl\.(?=\d+-)", "lines ", source)
    return re.sub(r"\bl\.(?=\d)", "line ", source).strip(", ")


def ours(text: str) -> str:
    """The text, or our wording in its place."""
    return next((new for beginning, new in REWORDED.items() if text.startswith(beginning)), text)


def slug(text: str) -> str:
    if text in SHORT:
        return SHORT[text]
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].rstrip("-")


def printed_date(text: str | None) -> str | None:
    try:
        return None if text is None else str(when(text))
    except ValueError:
        return None


def without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in fields.items() if v is not None and v != "" and v != [] and v != {}}


def documents(facts: Path) -> dict[str, BaseModel]:
    """Every document by its name in the place's folder."""
    load = YAML(typ="safe", pure=True)

    def fact(name: str) -> dict[str, Any]:
        return dict(load.load((facts / name).read_text(encoding="utf-8")))

    made: dict[str, BaseModel] = {
        "plan.yaml": plan(fact("schemes.yaml")),
        "money.yaml": finances(fact("finance.yaml")),
        "standards.yaml": standards(fact("standards.yaml")),
        "targets.yaml": targets(fact("targets.yaml")),
    }
    for m in MEASURES:
        made[f"measures/{m['id']}.yaml"] = MeasureDefinition.model_validate(
            {k: v for k, v in m.items() if k != "printed"} | {"also_called": m["printed"]}
        )
    made["compliance/gp-digital.yaml"] = gp_digital(fact("standards.yaml"))
    return made


# Of the standards for general practice: what the commissioner does for all of them, and what has to
# go.
THE_COMMISSIONERS, GONE = ("STD095", "STD096", "STD097"), ("Fax machines in use",)


def gp_digital(f: dict[str, Any]) -> ComplianceMatrix:
    """What general practices have to have in place, from the standards of that domain. What counts
    as evidence is not printed and is left open."""
    return ComplianceMatrix.model_validate(
        {
            "id": "gp-digital",
            "title": "Digital requirements of general practice",
            "who": "practices",
            "source": "operational plan, section 7",
            "duties": [
                without_empty(
                    {
                        "id": f"D{n:02d}",
                        "title": s["measure"],
                        "due": s["by"],
                        "standard": s["id"],
                        "binds": "commissioner" if s["id"] in THE_COMMISSIONERS else None,
                        "direction": "gone" if s["measure"] in GONE else None,
                    }
                )
                for n, s in enumerate(
                    (s for s in f["standards"] if s["domain"] == "GP digital"), start=1
                )
            ],
        }
    )


def main(facts: Path, place: Path) -> None:
    for name, document in documents(facts).items():
        head = f"# {HEADS[name]}\n" if name in HEADS else ""
        write_atomically(place / name, head + canonical(document))
    table = trajectories((facts / "trajectories.csv").read_text(encoding="utf-8"))
    write_atomically(place / "tables" / "trajectories.csv", table)


if __name__ == "__main__":
    repository = Path(__file__).resolve().parents[1]
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]) if len(sys.argv) > 2 else repository / "places" / "liverpool",
    )
