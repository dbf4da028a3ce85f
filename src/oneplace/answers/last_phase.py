"""Who is thought to be in the last phase of life, taken out of what is shown to anybody but a
trained clinician.

In: the place's people documents, and an answer about people (a register, an explanation). Out: the
same answer as if no rule spoke of dying: whom such a rule put in a segment stands in the next one
that holds, and whom it set aside is "followed by another team". What says it is not listed by hand:
every feature made of the vocabulary's end-of-life words, and whatever is made of one of those; a
segment or a score may also be declared so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from oneplace.documents.expressions import Value, parse_expression
from oneplace.engines.explain import segment_of
from oneplace.people import lists
from oneplace.people.documents import PeopleDocuments
from oneplace.people.segments import Segmentation, place
from oneplace.tables.vocabulary import words

if TYPE_CHECKING:
    from oneplace.answers.session import Session

WORDS: Final = frozenset({"end_of_life"})
BY_ANOTHER_TEAM: Final = "Followed by another team"
FEW = 7  # a count that is small enough to say who: the rule of the place's own tables, for a line of a list


def names(documents: PeopleDocuments) -> frozenset[str]:
    """The features and scores that say that somebody is dying, or are made of one that does."""
    found = {s.name for s in documents.scores if s.end_of_life}
    found |= {f.name for f in documents.features.features if WORDS & set(getattr(f, "of", ()))}
    while True:
        more = {
            f.name
            for f in documents.features.features
            if f.name not in found
            and (found & set(getattr(f, "of", ())) or _speaks(getattr(f, "when", ""), found))
        }
        more |= {
            s.name
            for s in documents.scores
            if s.name not in found and any(_speaks(p.when, found) for p in s.parts)
        }
        if not more:
            return frozenset(
                found | {f"{s.name}_band" for s in documents.scores if s.name in found}
            )
        found |= more


def _speaks(text: str, of: Iterable[str]) -> bool:
    return bool(text) and bool(set(parse_expression(text).names()) & set(of))


def segments_of_it(doc: Segmentation, said: frozenset[str]) -> frozenset[str]:
    """The segments of which a rule speaks of dying: the whole segment is about it."""
    return frozenset(
        s.id for s in doc.segments if s.end_of_life or any(_speaks(r.when, said) for r in s.any_of)
    )


def without_it(doc: Segmentation, said: frozenset[str]) -> Segmentation:
    """The segmentation without those segments: whoever was in one stands in the next that holds."""
    gone = segments_of_it(doc, said)
    return (
        doc.model_copy(update={"segments": tuple(s for s in doc.segments if s.id not in gone)})
        if gone
        else doc
    )


def sentences(documents: PeopleDocuments) -> dict[str, str]:
    """Why people are set aside, by the reasons that speak of dying: id -> sentence."""
    said = names(documents)
    return {a.id: a.sentence for a in documents.caseload.set_aside if _speaks(a.when, said)}


def from_register(
    session: Session, documents: PeopleDocuments, listed: dict[str, Any]
) -> dict[str, Any]:
    """A register for whoever is not trained: segments, reasons, professions and lines say nothing
    of dying."""
    said = names(documents)
    gone, kept = segments_of_it(documents.segments, said), without_it(documents.segments, said)
    hidden = [int(p["person"]) for p in listed["people"] if p["segment_id"] in gone]
    instead = {p: place(kept, row).segment for p, row in _rows(session, hidden).items()}
    reasons, professions = _said_of_it(documents, said)
    people = [
        {
            **p,
            **(
                {
                    "segment": instead[int(p["person"])].title,
                    "segment_id": instead[int(p["person"])].id,
                }
                if p["segment_id"] in gone
                else {}
            ),
            "reasons": [r for r in p["reasons"] if r not in reasons],
            "professionals": [w for w in p["professionals"] if w not in professions],
        }
        for p in listed["people"]
    ]
    return {
        **listed,
        "people": people,
        "reconciles": {**listed["reconciles"], "parts": _lines(documents, listed)},
    }


def _lines(documents: PeopleDocuments, listed: Mapping[str, Any]) -> dict[str, int]:
    """From everyone registered to the register. A small number set aside as dying is added to
    another line, so that the lines still add up and neither says how many they were."""
    parts, asides = dict(listed["reconciles"]["parts"]), sentences(documents)
    others = [
        a.sentence
        for a in documents.caseload.set_aside
        if a.id not in asides and parts.get(a.sentence)
    ]
    lines: dict[str, int] = {}
    small = sum(parts[s] for s in asides.values() if 0 < parts.get(s, 0) <= FEW)
    for sentence, n in parts.items():
        if sentence in asides.values():
            if n > FEW:
                lines[BY_ANOTHER_TEAM] = lines.get(BY_ANOTHER_TEAM, 0) + n
        elif small and others and sentence == others[-1]:
            lines[f"{sentence}; or {BY_ANOTHER_TEAM.lower()}"] = n + small
        else:
            lines[sentence] = n
    if small and not others:
        lines[BY_ANOTHER_TEAM] = lines.get(BY_ANOTHER_TEAM, 0) + small
    return lines


def _said_of_it(
    documents: PeopleDocuments, said: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Reasons in words, and professions, that only a rule about dying brings up."""
    doc = documents.caseload
    reasons = {a.say for a in doc.also_say if _speaks(a.when, said)}
    reasons |= {
        w
        for p in documents.risk.predictors
        if _speaks(p.when or p.value or "", said)
        for w in (p.say, p.say_one)
        if w
    }
    mine = {p.who for p in doc.professionals if _speaks(p.when, said)}
    others = {p.who for p in doc.professionals if not _speaks(p.when, said)}
    return frozenset(reasons), frozenset(mine - others)


def _rows(session: Session, people: list[int]) -> dict[int, dict[str, Value]]:
    """Features and scores of these people, as the rules of a segmentation read them."""
    if not people:
        return {}
    return {r["person_id"]: r for r in session.ask(lists.features_and_scores(people))}


def from_explanation(documents: PeopleDocuments, found: dict[str, Any]) -> dict[str, Any]:
    """Why a person stands where they stand, for whoever is not trained."""
    said = names(documents)
    row: dict[str, Value] = {f["name"]: f["value"] for f in found["features"]}
    for s in found["scores"]:
        row |= {s["name"]: s["value"], f"{s['name']}_band": s["band"]}
    titles = {w.title for w in words() if w.key in WORDS}
    reasons, professions = _said_of_it(documents, said)
    foretold = {p.name for p in documents.risk.predictors if _speaks(p.when or p.value or "", said)}
    line = found["caseload"]
    if line is not None:
        aside = line["set_aside"] in sentences(documents)
        line = {
            **line,
            **(
                {"set_aside": "another_team", "set_aside_because": BY_ANOTHER_TEAM} if aside else {}
            ),
            "reasons": [r for r in line["reasons"] if r not in reasons],
            "professionals": "\n".join(
                w for w in (line.get("professionals") or "").split("\n") if w not in professions
            ),
        }
    return {
        **found,
        "segment": segment_of(without_it(documents.segments, said), row),
        "other_segments": {
            d.name: segment_of(without_it(d, said), row) for d in documents.segmentations
        },
        "scores": [s for s in found["scores"] if s["name"] not in said],
        "caseload": line,
        "risk": {
            **found["risk"],
            "contributions": [
                c for c in found["risk"]["contributions"] if c["name"] not in foretold
            ],
        },
        "conditions": [c for c in found["conditions"] if c["condition"] not in titles],
        "features": [
            {**f, "rows": [r for r in f["rows"] if r["what"] not in titles]}
            for f in found["features"]
            if f["name"] not in said
        ],
    }


def in_words(documents: PeopleDocuments, why: str) -> str:
    """Why somebody joined or left a list, without saying that they are dying."""
    for sentence in sentences(documents).values():
        why = why.replace(sentence, BY_ANOTHER_TEAM).replace(
            sentence[:1].lower() + sentence[1:], BY_ANOTHER_TEAM.lower()
        )
    return why
