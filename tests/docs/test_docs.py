"""The words: links lead somewhere, everything public is documented, generated pages are current, no
page is empty talk."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from oneplace.build import document_kinds
from oneplace.cli import app
from oneplace.tables.declare import Table

REPO = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
UNFINISHED = re.compile(
    r"\b(TODO|TBC|TBD|FIXME|XXX|lorem|coming soon|under construction|placeholder)\b", re.I
)


def pages() -> list[Path]:
    """Every Markdown page that git knows or would take; not what others put into folders it
    ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z", "*.md"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\0")
    found = [REPO / name for name in listed if name] or [
        *REPO.glob("*.md"),
        *(REPO / "docs").rglob("*.md"),
    ]
    return [p for p in found if p.exists()]


PAGES = pages()


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=[str(p.relative_to(REPO)) for p in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for link in LINK.findall(
        re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    ):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target)
        ):
            wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=[str(p.relative_to(REPO)) for p in PAGES])
def test_a_page_says_something(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(("# ", "<!-- Made by tools/make_docs.py")), "a page opens with its title"
    assert len(re.sub(r"[#|\-\s]", "", text)) > 200, "a page with nothing on it"
    assert not UNFINISHED.search(re.sub(r'"TBC"', "", text)), UNFINISHED.search(text)
    for heading, below in re.findall(r"^(#+ .+)\n+(#+ |\Z)?", text, re.M):
        deeper = below.count("#") > heading.split(" ")[0].count("#")
        assert not below or deeper, f"nothing stands under {heading!r}"


def test_readers_find_every_page() -> None:
    """Each page in docs/ is linked from another, so nobody has to guess that it is there."""
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
    }
    alone = [
        str(p.relative_to(REPO))
        for p in PAGES
        if p.is_relative_to(REPO / "docs") and p.resolve() not in linked
    ]
    assert alone == []


# --- the reference ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def make_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", REPO / "tools" / "make_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current(make_docs: ModuleType) -> None:
    stale = [
        name
        for name, text in make_docs.pages().items()
        if (make_docs.PAGES / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make docs`"


def commands(group: Any, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        found |= (
            commands(command, f"{path} {name}")
            if hasattr(command, "commands")
            else {f"{path} {name}": command}
        )
    return found


def test_every_command_is_documented() -> None:
    page = (REPO / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for path, command in commands(typer.main.get_command(app), "oneplace").items():
        assert f"## {path}\n" in page
        assert command.help, path
        assert len(command.help.split()) >= 4, path
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert parameter.help, f"{path} {parameter.opts}: an option without a sentence"
                assert f"`{', '.join(parameter.opts)}`" in page, f"{path} {parameter.opts}"


def test_every_table_and_column_has_a_sentence(make_docs: ModuleType) -> None:
    tables: list[Table] = [t for _, _, found in make_docs.declared_tables() for t in found]
    assert len(tables) > 60
    wrong = [t.name for t in tables if not is_sentence(t.sentence)]
    wrong += [
        f"{t.name}.{c.name}" for t in tables for c in t.columns if not is_sentence(c.sentence)
    ]
    assert wrong == []


def is_sentence(text: str) -> bool:
    return (
        text.endswith(".") and len(text.split()) >= 2 and (text[0].isupper() or text[0].isdigit())
    )


def test_every_kind_of_document_is_in_the_reference() -> None:
    text = "".join(
        (REPO / "docs" / "reference" / name).read_text(encoding="utf-8")
        for name in ("documents.md", "plan.md")
    )
    assert [file for file in document_kinds() if f"`{file}`" not in text] == []


# --- pages about the site --------------------------------------------------------------------------------------------
OF_THE_SITE = ("run-a-monday-meeting", "send-and-chase-returns", "make-the-boards-paper", "say-why-a-figure-moved",
               "follow-the-money", "watch-over-records", "import-a-monthly-file")  # fmt: skip


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_what_a_page_calls_by_name_stands_on_the_site(name: str) -> None:
    """Bold words on these pages are buttons, links, headings and menu entries: each is in the
    site's own text."""
    said = (REPO / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8")
    named = {re.sub(r"\s+", " ", n) for n in re.findall(r"\*\*(.+?)\*\*", said, re.S)}
    assert named
    files = [
        *(REPO / "src/oneplace/web").rglob("*.jinja"),
        *(REPO / "src/oneplace/web").rglob("*.py"),
    ]
    files += (REPO / "src/oneplace/report").rglob("*.py")
    site = re.sub(r"\s+", " ", "\n".join(f.read_text(encoding="utf-8") for f in files))
    assert sorted(n for n in named if n not in site) == []


PICTURE = re.compile(r"!\[([^\]]+)\]\(([^)\s]+)\)")


def test_pictures_are_shown_described_and_small() -> None:
    shown = {
        (p.parent / link).resolve(): words
        for p in PAGES
        for words, link in PICTURE.findall(p.read_text("utf-8"))
    }
    for path, words in shown.items():
        assert path.exists(), path
        assert len(words.split()) >= 3, f"{path.name}: say what the picture shows"
    for path in (REPO / "docs" / "pictures").iterdir():
        assert path.stat().st_size < 150_000, f"{path.name} is {path.stat().st_size:,} bytes"
