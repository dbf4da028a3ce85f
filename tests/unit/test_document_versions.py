"""Documents are versions: kept by digest, saved only from the version one started from, compared
field by field."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from oneplace.documents import Document, canonical, digest, read
from oneplace.documents.editions import upgrade_from
from oneplace.documents.versions import (
    STORE,
    Difference,
    Stale,
    compare,
    record_versions,
    save,
    snapshot,
    version,
    version_of_head,
    write_atomically,
)
from oneplace.faults import InputAtFault


class Step(BaseModel):
    id: str
    title: str


class Recipe(Document):
    name: str
    people: int = 4
    tags: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def recipe(**fields: object) -> Recipe:
    return Recipe.model_validate({"name": "soup", **fields})


def kept_text(place: Path, name: str) -> str:
    """The author's own text of a version, comments and all."""
    return (place / STORE / f"{name}.as-written.yaml").read_text(encoding="utf-8")


def head(place: Path, text: str, name: str = "recipe.yaml") -> Path:
    path = place / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_new_document_is_saved_and_kept(tmp_path: Path) -> None:
    first = save(tmp_path, "recipe.yaml", recipe(), base=None)
    assert read(tmp_path / "recipe.yaml", Recipe) == version(tmp_path, first, Recipe) == recipe()
    assert (tmp_path / STORE / f"{first}.yaml").read_text(
        encoding="utf-8"
    ) == "schema: 1\nname: soup\n"


def test_saving_needs_the_version_one_started_from(tmp_path: Path) -> None:
    first = save(tmp_path, "recipe.yaml", recipe(), base=None)
    save(tmp_path, "recipe.yaml", recipe(people=6), base=first)
    with pytest.raises(Stale) as stale:
        save(tmp_path, "recipe.yaml", recipe(people=8), base=first)
    assert stale.value.theirs == recipe(people=6)
    assert stale.value.ours == recipe(people=8)
    assert stale.value.changes == [Difference("people", 6, 8)]
    assert read(tmp_path / "recipe.yaml", Recipe) == recipe(people=6)


def test_a_document_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    head(tmp_path, "schema: 1\nname: stew\n")
    with pytest.raises(Stale, match="was changed since you opened it: 1 fields differ"):
        save(tmp_path, "recipe.yaml", recipe(), base=None)


def test_of_many_who_save_at_once_one_wins(tmp_path: Path) -> None:
    base = save(tmp_path, "recipe.yaml", recipe(), base=None)
    outcomes: list[str] = []

    def try_to_save(people: int) -> None:
        try:
            outcomes.append(save(tmp_path, "recipe.yaml", recipe(people=people), base=base))
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=try_to_save, args=(n,)) for n in range(10, 18)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert outcomes.count("stale") == 7
    winner = next(o for o in outcomes if o != "stale")
    assert digest(read(tmp_path / "recipe.yaml", Recipe)) == winner


def test_comments_leave_the_head_and_stay_beside_the_snapshot(tmp_path: Path) -> None:
    text = "# grandmother's\nname:   soup\n"
    head(tmp_path, text)
    base = digest(recipe())
    save(tmp_path, "recipe.yaml", recipe(people=2), base=base)
    assert "grandmother" not in (tmp_path / "recipe.yaml").read_text(encoding="utf-8")
    assert kept_text(tmp_path, base) == text


def test_a_file_edited_by_hand_is_a_version_at_the_next_build(tmp_path: Path) -> None:
    head(tmp_path, "name: soup\npeople: 5  # counted\n")
    (tmp_path / "more").mkdir()
    head(tmp_path, "name: stew\n", "more/stew.yaml")
    kinds: dict[str, type[BaseModel]] = {
        "recipe.yaml": Recipe,
        "more/*.yaml": Recipe,
        "absent.yaml": Recipe,
    }
    versions = record_versions(tmp_path, kinds)
    assert list(versions) == ["more/stew.yaml", "recipe.yaml"]
    assert version(tmp_path, versions["recipe.yaml"], Recipe) == recipe(people=5)
    assert kept_text(tmp_path, versions["recipe.yaml"]) == "name: soup\npeople: 5  # counted\n"
    assert record_versions(tmp_path, kinds) == versions


def test_a_wrong_file_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    head(tmp_path, "name: soup\npeople: many\n")
    head(tmp_path, "name: stew\n", "stew.yaml")
    with pytest.raises(InputAtFault) as fault:
        record_versions(tmp_path, {"recipe.yaml": Recipe, "stew.yaml": Recipe})
    assert [(f.file, f.line, f.path) for f in fault.value.faults] == [("recipe.yaml", 2, "people")]
    assert (tmp_path / STORE / f"{digest(recipe(name='stew'))}.yaml").exists()


def test_a_damaged_snapshot_is_no_answer(tmp_path: Path) -> None:
    name = snapshot(tmp_path, recipe())
    (tmp_path / STORE / f"{name}.yaml").write_text("name: poison\n", encoding="utf-8")
    with pytest.raises(InputAtFault, match="the snapshot is damaged"):
        version(tmp_path, name, Recipe)


def test_writing_leaves_no_draft_behind_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "out.yaml", "name: soup\n")
    assert [p.name for p in tmp_path.iterdir()] == ["out.yaml"]


def test_items_are_matched_by_id_and_not_by_place() -> None:
    cut, boil, serve = (
        {"id": "a", "title": "Cut"},
        {"id": "b", "title": "Boil"},
        {"id": "c", "title": "Serve"},
    )
    before = recipe(steps=[cut, boil])
    after = recipe(steps=[cut, serve, {**boil, "title": "Simmer"}])
    assert compare(before, after) == [
        Difference("steps[b].title", "Boil", "Simmer"),
        Difference("steps[c]", None, serve),
    ]


def test_a_new_order_is_one_change() -> None:
    cut, boil = {"id": "a", "title": "Cut"}, {"id": "b", "title": "Boil"}
    assert compare(recipe(steps=[cut, boil]), recipe(steps=[boil, cut])) == [
        Difference("steps (order)", ["a", "b"], ["b", "a"])
    ]


def test_emptied_and_plain_lists() -> None:
    step = {"id": "a", "title": "Cut"}
    assert compare(recipe(steps=[step]), recipe()) == [Difference("steps[a]", step, None)]
    assert compare(recipe(tags=["hot"]), recipe(tags=["hot", "red"])) == [
        Difference("tags", ["hot"], ["hot", "red"])
    ]
    assert compare(recipe(), recipe()) == []


class Shelf(Document):
    schema_edition: int = Field(default=3, alias="schema", ge=1, strict=True)
    rows: int


@upgrade_from("Shelf", 1)
def _boards_are_called_rows(content: dict[str, object]) -> dict[str, object]:
    content["rows"] = content.pop("boards")
    return content


@upgrade_from("Shelf", 2)
def _rows_are_counted_from_one(content: dict[str, object]) -> dict[str, object]:
    content["rows"] = int(str(content["rows"])) + 1
    return content


def test_an_earlier_edition_is_brought_up_step_by_step(tmp_path: Path) -> None:
    old = read(head(tmp_path, "schema: 1\nboards: 4\n", "shelf.yaml"), Shelf)
    assert (old.schema_edition, old.rows) == (3, 5)
    assert canonical(old) == "schema: 3\nrows: 5\n"


def test_faults_of_an_upgraded_file_keep_their_lines(tmp_path: Path) -> None:
    path = head(tmp_path, "schema: 2\nrows: 4\ncolour: red\n", "shelf.yaml")
    with pytest.raises(InputAtFault) as fault:
        read(path, Shelf)
    assert [(f.line, f.path, f.what) for f in fault.value.faults] == [
        (3, "colour", "unknown field")
    ]


def test_a_later_edition_is_refused_plainly(tmp_path: Path) -> None:
    path = head(tmp_path, "name: soup\nschema: 2\n")
    with pytest.raises(InputAtFault) as fault:
        read(path, Recipe, name="recipe.yaml")
    assert str(fault.value) == (
        "recipe.yaml:2 (schema): this file was written for a later edition of its form; bring the program up to date: "
        "found 2; expected at most 1"
    )


@pytest.mark.parametrize("written", ["0", "-1", "one", "true", "1.5"])
def test_an_edition_is_a_whole_number_from_one(tmp_path: Path, written: str) -> None:
    with pytest.raises(InputAtFault) as fault:
        read(head(tmp_path, f"schema: {written}\nname: soup\n"), Recipe)
    assert fault.value.faults[0].line == 1


def test_two_ways_from_one_edition_are_refused() -> None:
    with pytest.raises(ValueError, match="two upgrades of Shelf from edition 1"):
        upgrade_from("Shelf", 1)(_rows_are_counted_from_one)


@pytest.mark.parametrize(
    "text",
    ["schema: 1\nname: soup\n", "# by hand\nname: soup\n", "schema: 1\nname: soup\npeople: 7\n"],
    ids=["canonical", "as written", "another"],
)
def test_the_version_of_a_head_is_its_digest_however_it_is_found(tmp_path: Path, text: str) -> None:
    head(tmp_path, "# by hand\nname: soup\n")
    built = record_versions(tmp_path, {"recipe.yaml": Recipe})["recipe.yaml"]
    now = read(head(tmp_path, text), Recipe)
    for at_build in (built, None, "0" * 64):
        assert version_of_head(tmp_path, "recipe.yaml", now, built=at_build) == digest(now)


def test_a_kept_version_s_bytes_are_enough_and_a_head_is_not_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of what a build kept is found without the YAML writer."""
    path = head(tmp_path, "# by hand\nname: soup\n")
    built = record_versions(tmp_path, {"recipe.yaml": Recipe})["recipe.yaml"]
    document = read(path, Recipe)
    monkeypatch.setattr("oneplace.documents.versions.digest", lambda _: pytest.fail("written out"))
    assert version_of_head(tmp_path, "recipe.yaml", document, built=built) == built
    assert version(tmp_path, built, Recipe) == document
