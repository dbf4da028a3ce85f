"""Documents and tables that are there by name alone, carry a name that nothing reads, or are read
by no build."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from asking import Command, Run
from oneplace.answers import check_place, open_place, people
from oneplace.build import check_for_build
from oneplace.engines import store
from oneplace.faults import Fault, InputAtFault
from oneplace.place.geography import read_place
from oneplace.place.shipped import shipped_place


@pytest.fixture
def hamlet(tmp_path: Path) -> Path:
    folder = tmp_path / "hamlet"
    shutil.copytree(shipped_place("hamlet"), folder, ignore=shutil.ignore_patterns(".oneplace"))
    return folder


def is_refused(run: Run, message: str) -> None:
    assert run.status == 1, run.err
    assert re.search(message, run.err), run.err
    assert "Traceback" not in run.err


def a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def a_link_to_nothing(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("not-there.yaml")


def a_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize(
    "file", ["money.yaml", "services.yaml", "scores/charlson.yaml", "tables/trajectories.csv"]
)
@pytest.mark.parametrize(
    ("instead", "found"),
    [
        (a_folder, "a folder"),
        (a_link_to_nothing, "a link to not-there.yaml"),
        (a_pipe, "something that is no file"),
    ],
)
def test_what_cannot_be_read_is_named_by_check_and_by_build(
    hamlet: Path, file: str, instead: Callable[[Path], None], found: str
) -> None:
    instead(hamlet / file)
    for faults in (check_place(hamlet), refused(hamlet)):
        (told,) = [f for f in faults if f.what == "this cannot be read"]
        assert told.file == file
        assert told.found is not None
        assert told.found.startswith(found)


def refused(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputAtFault) as caught:
        check_for_build(folder)
    return caught.value.faults


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "ward: HW02  # HW02",
            "ward: HW09",
            True,
            "found HW09; expected a code in tables/wards.csv",
        ),
        ("minimum_age: 65", "minimum_age: old", True, "services.yaml:"),
        (
            "organisation: active",
            "organisation: passive",
            True,
            "unknown organisation: found passive; expected an organisation of this directory",
        ),
        ("    ward: HW02  # HW02", "    ward: HW02\n    wards: 3", True, "unknown field"),
    ],
)
def test_check_reads_the_directory_of_services(
    hamlet: Path, old: str, new: str, line: bool, said: str
) -> None:
    path = hamlet / "services.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = [f for f in check_place(hamlet) if f.file == "services.yaml"]
    assert told
    assert said in str(told[0])
    assert (told[0].line is not None) or not line


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("standards.yaml", "standard.yaml"),
        ("money.yaml", "mony.yaml"),
        ("measures", "measure"),
        ("compliance", "complience"),
    ],
)
def test_a_name_that_is_nearly_right_is_asked_about(hamlet: Path, right: str, wrong: str) -> None:
    shutil.move(hamlet / right, hamlet / wrong)
    told = [f for f in check_place(hamlet) if f.severity == "warning"]
    assert told
    assert {f.expected for f in told} == {f"{right}?"}
    assert {f.file for f in told} == {
        p.relative_to(hamlet).as_posix() for p in (wrong_files(hamlet / wrong))
    }


def wrong_files(path: Path) -> list[Path]:
    return sorted(path.glob("*")) if path.is_dir() else [path]


UNREAD = """
file that nothing reads            | what check expects there
pathways/smi-check.yaml            | one of the folders: compliance, measures, scores, segmentations, tables
registers/procurements.yaml        | one of the folders: compliance, measures, scores, segmentations, tables
measures/ae.yml                    | measures/NAME.yaml
measures/2019/ae.yaml              | one of the folders: compliance, measures, scores, segmentations, tables
plan.yml                           | one of: activity.yaml, caseload.yaml, features.yaml, money.yaml, place.yaml
plan-2.yaml                        | one of: activity.yaml, caseload.yaml
Caseload.yaml                      | one of: activity.yaml, caseload.yaml
tables/practice.csv                | expected practices?
tables/practices.xlsx              | tables/practices.csv?
tables/our own.csv                 | a table of docs/reference/tables.md
scores/efi.csv                     | scores/NAME.yaml
notes-of-may.yaml                  | one of: activity.yaml
score/efi2.yaml                    | scores?
export.zip                         | one of: activity.yaml
"""


@pytest.mark.parametrize("row", UNREAD.strip().splitlines()[1:])
def test_every_file_that_nothing_reads_is_named(hamlet: Path, oneplace: Command, row: str) -> None:
    name, expected = (cell.strip() for cell in row.split("|"))
    (hamlet / name).parent.mkdir(exist_ok=True, parents=True)
    (hamlet / name).write_text("anything: [at, all\n", encoding="utf-8")
    told = [f for f in check_place(hamlet) if f.file == name]
    assert [f.what for f in told if f.severity == "warning"] == [
        "nothing reads this file"
    ] or name.startswith("tables/pr")
    assert expected in str(told[0])
    run = oneplace("check", hamlet)
    assert run.status == 1
    assert name in run.err
    assert "nothing is wrong" not in run.out


def test_notes_beside_the_documents_are_named_and_let_be(hamlet: Path, oneplace: Command) -> None:
    (hamlet / "README.md").write_text("Ours.\n", encoding="utf-8")
    (hamlet / ".gitignore").write_text("x\n", encoding="utf-8")
    assert check_place(hamlet) == ()
    run = oneplace("check", hamlet)
    assert run.status == 0
    assert run.out.strip().replace("\n", "").endswith("nothing is wrong; nothing reads README.md")


@pytest.mark.parametrize("file", ["plan.yaml", "segments.yaml", "tables/trajectories.csv"])
def test_the_last_build_answers_although_a_document_is_gone(hamlet_copy: Path, file: str) -> None:
    before = people.caseload(open_place(hamlet_copy), "HT1")
    a_folder(hamlet_copy / file)
    assert people.caseload(open_place(hamlet_copy), "HT1") == before


@pytest.mark.parametrize("name", ["two\nlines: [", "\x07bell", "   "])
def test_a_name_that_would_break_the_document_makes_nothing(
    name: str, tmp_path: Path, oneplace: Command
) -> None:
    run = oneplace("new", tmp_path / "place", "--name", name)
    is_refused(run, r"--name: a place cannot be called this: found '.*'; expected one line .*")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ['O\'Brien: #1 "x"', "Llanfair PG", "*star", "- dash", "Zürich & 東京", "null", "123"]
)
def test_any_line_can_be_a_name(name: str, tmp_path: Path, oneplace: Command) -> None:
    assert oneplace("new", tmp_path / "place", "--name", name).status == 0
    assert check_place(tmp_path / "place") == ()
    assert read_place(tmp_path / "place").document.name == name


def test_new_in_place_of_a_file_or_where_nothing_can_be_made(
    tmp_path: Path, oneplace: Command
) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        is_refused(
            oneplace("new", folder),
            r".*: this folder cannot be made: found .*; expected an empty folder.*",
        )
    is_refused(
        oneplace("new", tmp_path / ("long" * 100)),
        r".*: the system refuses this: found File name too long.*",
    )
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_records_from_nowhere_are_not_those_of_the_folder_one_stands_in(
    tmp_path: Path, oneplace: Command
) -> None:
    is_refused(
        oneplace("new", tmp_path / "place", "--from", "omop:"),
        r"--from: records of this kind .*found omop:;.*",
    )


def test_a_paper_that_cannot_be_put_there_is_still_kept(
    hamlet_copy: Path, tmp_path: Path, oneplace: Command
) -> None:
    run = oneplace("report", hamlet_copy, "-o", "/dev/full")
    is_refused(
        run,
        r".*: the paper cannot be written there: found .*; expected .*the paper itself is kept as .*",
    )
    assert oneplace("report", hamlet_copy, "-o", tmp_path / "paper.html").status == 0


def test_who_may_not_is_told_so_in_json_too(built_hamlet: Path, oneplace: Command) -> None:
    run = oneplace("caseload", built_hamlet, "--team", "HT1", "--identify", "--json")
    assert run.status == 4
    assert list(json.loads(run.out)) == ["not_allowed"]
    assert json.loads(run.out)["not_allowed"] in run.err


def test_check_says_of_a_built_place_what_was_found_about_its_records(
    hamlet_copy: Path, oneplace: Command
) -> None:
    build = store.current(hamlet_copy)
    assert build is not None
    path = build.folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    sentence = (
        "measurement (value_as_number): 9 of 9 rows (100.0%) are empty here; up to 5% is usual."
    )
    one = {
        "table_name": "measurement",
        "column_name": "value_as_number",
        "kind": "empty",
        "sentence": sentence,
    }
    wrong = one | {"passed": False, "share": 1.0, "most_share": 0.05}
    other = wrong | {
        "table_name": "person",
        "column_name": "location_id",
        "sentence": "person (location_id): 3 of 3.",
    }
    for quality, found in (([], False), ([wrong, other], True)):
        path.write_text(
            json.dumps(manifest | {"quality": quality, "warnings": []}), encoding="utf-8"
        )
        run = oneplace("check", hamlet_copy)
        assert run.status == 0
        assert ("nothing is wrong" in run.out) is not found
        assert (
            f"serious: {sentence} So it is with person (location_id)." in run.out.replace("\n", " ")
        ) is found
        said = json.loads(oneplace("check", hamlet_copy, "--json").out)
        assert (
            said["build"] == build.id
            and [f["severity"] for f in said["findings"]] == ["serious"] * 2 * found
        )
    path.write_text(json.dumps(manifest | {"edition": 1}), encoding="utf-8")
    run = oneplace("check", hamlet_copy)
    assert (
        run.status == 0
        and "nothing is wrong" not in run.out
        and "found by its last build" in run.out
    )
