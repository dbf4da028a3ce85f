"""An unknown word in any kind of document is found by `check`, by file and line: no build, paper or
page trips over it.

Each row is a document of a rich Hamlet, the text that stands there, and what is put in its place.
The last test goes the other way: every word of an identifier's form, in every document, is replaced
in turn; where `check` says nothing, the place must still build, answer its first pages and write
its paper.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from oneplace.answers import check_place, open_place
from oneplace.answers.paper_values import Gathered
from oneplace.answers.publishing import build_place

WORDS = r"""
document                       | stands there                         | is put there
measures/rtt-incomplete.yaml   | referral: elective_referral          | referral: elective_referal
measures/rtt-incomplete.yaml   | referral: elective_referral          | referral: copd
measures/rtt-incomplete.yaml   | standards: [S01]                     | standards: [S09]
measures/rtt-incomplete.yaml   | constitution: [H-RTT-92]             | constitution: [H-RTT-93]
measures/rtt-incomplete.yaml   | count: waiting                       | count: queueing
measures/attended.yaml         | contacts: [ae_attendance]            | contacts: [ae_atendance]
measures/attended.yaml         | contacts: [ae_attendance]            | contacts: [elective_referral]
measures/with-dementia.yaml    | condition: dementia                  | condition: demetia
measures/with-dementia.yaml    | condition: dementia                  | condition: ae_attendance
measures/ae-4-hours.yaml       | table: ae_monthly                    | table: ae_montly
measures/ae-4-hours.yaml       | organisation: provider_code          | organisation: provider
measures/ae-4-hours.yaml       | plus: [attendances]                  | plus: [atendances]
measures/ae-4-hours.yaml       | less: [over_four_hours]              | less: [department]
measures/ae-4-hours.yaml       | of: [attendances]                    | of: [all]
features.yaml                  | column: imd_decile, holds: integer   | column: imd_decil, holds: integer
features.yaml                  | column: imd_decile, holds: integer   | column: imd_decile, holds: text
features.yaml                  | kind: diagnosis                      | kind: diagnoses
features.yaml                  | of: [dementia]                       | of: [demetia]
segments.yaml                  | - {when: dementia,                   | - {when: demetia,
segmentations/core20plus5.yaml | when:                                | when: core21 or
scores/charlson.yaml           | - {given: {myocardial_infarction:    | - {given: {myocardial_infraction:
scores/efi.yaml                | applies_when: age                    | applies_when: aged
risk.yaml                      | value: efi,                          | value: efy,
risk.yaml                      | when: copd,                          | when: cold,
caseload.yaml                  | when: dementia,                      | when: demetia,
caseload.yaml                  | when: many_medicines                 | when: many_medicine
plan.yaml                      | programme: respiratory               | programme: respiration
plan.yaml                      | people: homelessness                 | people: homelesness
plan.yaml                      | people: homelessness                 | people: age >= 65 and homelesness
plan.yaml                      | people: homelessness                 | people: frailty_index > 0.2
plan.yaml                      | people: homelessness                 | people: age is "old"
plan.yaml                      | diagnosis: [copd]                    | diagnosis: [cold]
plan.yaml                      | medicine: [self_care_medicine]       | medicine: [self_care]
plan.yaml                      | event: emergency_admission           | event: emergency_admision
compliance/practices.yaml      | who: practices                       | who: practises
compliance/practices.yaml      | standard: S01                        | standard: S09
services.yaml                  | ward: HW02                           | ward: HW09
services.yaml                  | organisation: active                 | organisation: passive
services.yaml                  | needs: [falls, moving]               | needs: [falls, movement]
standards.yaml                 | kind: direction                      | kind: directed
place.yaml                     | inside: internal-planning            | inside: internal-plannning
place.yaml                     | source: synthetic                    | source: synthetics
tables/trajectories.csv        | rtt-incomplete                       | rtt-incomplet
tables/code_list.csv           | 201826,diabetes                      | 201826,diabetis
tables/team_practices.csv      | HT1,HP001                            | HT1,HP009
tables/areas.csv               | HW01                                 | HW91
"""


@pytest.fixture(scope="module")
def rich(built_hamlet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built Hamlet that has every kind of reference: measures of each kind, a claim about
    features, a code list."""
    place = shutil.copytree(built_hamlet, tmp_path_factory.mktemp("rich") / "hamlet")
    measure = "schema: 1\nid: {id}\ntitle: {id}\nnumerator: people\nunit: people\nbetter: lower\nlag_months: 1\nfrom_records:\n  {how}\n"
    how = {
        "attended": "count: contacts\n  contacts: [ae_attendance]",
        "with-dementia": "count: diagnosed\n  condition: dementia",
    }
    for id, said in how.items():
        (place / "measures" / f"{id}.yaml").write_text(
            measure.format(id=id, how=said), encoding="utf-8"
        )
    edit(place / "compliance" / "practices.yaml", "{id: P1,", "{id: P1, standard: S01,")
    (place / "tables" / "code_list.csv").write_text(
        "concept_id,key,concept_name,domain,how\n201826,diabetes,,,\n"
    )
    edit(
        place / "place.yaml",
        "tables:\n",
        "tables:\n  code_list: {basis: ours, publisher: us, period: now, licence: MIT, citation: ours}\n",
    )
    assert check_place(place) == ()
    return place


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first; the line on which it stood."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("row", WORDS.strip().splitlines()[1:])
def test_an_unknown_word_is_named_with_its_file_and_line(
    rich: Path, tmp_path: Path, row: str
) -> None:
    file, old, new = (cell.strip() for cell in row.split("|"))
    place = shutil.copytree(rich, tmp_path / "hamlet", ignore=shutil.ignore_patterns(".oneplace"))
    line = edit(place / file, old, new)
    told = [f for f in check_place(place) if f.file == file]
    assert told, "nothing is wrong"
    assert any(f.line is not None and abs(f.line - line) <= 1 for f in told), [str(f) for f in told]


# --- every word, mechanically ------------------------------------------------------------------------------------------
WORD = re.compile(r"(?<![\w\"'-])([a-z]+(?:[_-][a-z0-9]+)+|[A-Z]{1,4}-?[A-Z]*-?\d+)(?![\w\"'-])")
PUT = "zz_unknown"


@dataclass(frozen=True)
class Mutation:
    file: str
    line: int
    word: str
    field: str


def mutations(place: Path) -> Iterator[Mutation]:
    """One for each kind of document, field and position where a word of an identifier's form
    stands; comments apart."""
    seen = set()
    for path in sorted([*place.glob("*.yaml"), *place.glob("*/*.yaml")]):
        name = path.relative_to(place).as_posix()
        kind = name if "/" not in name else name.split("/")[0]
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for found in WORD.finditer(text.split(" #")[0]):
                before = text[: found.start()]
                if text[found.end() : found.end() + 1] == ":" or (
                    '"' in before and before.count('"') % 2
                ):
                    continue  # a field's own name, or words inside a sentence
                field = (re.findall(r"(\w+): ", before) or ["-"])[-1]
                if (kind, field) not in seen:
                    seen.add((kind, field))
                    yield Mutation(name, number, found[0], field)


def mutate(place: Path, m: Mutation, put: str = PUT) -> str:
    """Put the unknown word there; the text as it was."""
    path = place / m.file
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    lines[m.line - 1] = WORD.sub(lambda f: put if f[0] == m.word else f[0], lines[m.line - 1])
    path.write_text("".join(lines), encoding="utf-8")
    return text


# Fields whose words the document itself gives to its own parts, or that only stand in sentences.
FREE = {"id", "name", "title", "metric", "sentence", "say", "because", "code"}


def test_what_check_lets_by_no_build_paper_or_page_trips_over(rich: Path, tmp_path: Path) -> None:
    """Everything that is let by at once: the place builds, all first pages are answered from it,
    and its paper is written."""
    place = shutil.copytree(rich, tmp_path / "hamlet", ignore=shutil.ignore_patterns(".oneplace"))
    every, let_by = list(mutations(place)), []
    for m in every:
        text = mutate(place, m)
        told = check_place(place)
        (place / m.file).write_text(text, encoding="utf-8")
        if told:
            assert any(PUT in str(f) or m.word in str(f) or f.file == m.file for f in told), (
                m,
                told,
            )
        else:
            let_by.append(m)
    assert len(every) > 40
    assert {m.field for m in let_by} <= FREE, let_by
    for n, m in enumerate(let_by):
        mutate(place, m, f"{PUT}_{n}")
    assert check_place(place) == ()
    build_place(place, now=dt.datetime(2026, 1, 6, 9, tzinfo=dt.UTC), people=200)
    with open_place(place) as session:
        assert Gathered(session, session.as_of).parts()[0]
