"""Write the reference pages that are made from declarations; `--check` says which are stale and
changes nothing.

docs/reference/tables.md    every table and column (tables/)
docs/reference/commands.md  every command and option (cli/)
docs/reference/documents.md the fields of the place's and its people's documents (the classes)
docs/reference/plan.md      the fields of the plan's documents (the classes)
docs/reference/words.md     the local vocabulary
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import oneplace.tables
from oneplace.build import document_kinds
from oneplace.cli import app
from oneplace.documents.describing import describe
from oneplace.plan.assurance.checking import KINDS as PLAN_KINDS
from oneplace.plan.assurance.reference import plan_reference
from oneplace.tables.declare import Table
from oneplace.tables.vocabulary import words

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
MADE = "<!-- Made by tools/make_docs.py from the declarations; change those, then run `make docs`. -->\n\n"


def main() -> int:
    stale = []
    for name, text in pages().items():
        path = PAGES / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        print(f"stale: {', '.join(stale)}; run `make docs`")
        return 1
    print("generated pages: ok" if not stale else f"wrote {', '.join(stale)}")
    return 0


def pages() -> dict[str, str]:
    return {
        "tables.md": MADE + tables_page(),
        "commands.md": MADE + commands_page(),
        "documents.md": MADE + documents_page(),
        "plan.md": MADE + plan_reference(),
        "words.md": MADE + words_page(),
    }


def declared_tables() -> Iterator[tuple[str, str, list[Table]]]:
    """Each module of tables/ with its docstring's first line and the tables it declares, once
    each."""
    seen: set[int] = set()
    for info in pkgutil.iter_modules(oneplace.tables.__path__):
        module = importlib.import_module(f"oneplace.tables.{info.name}")
        if module.__name__.endswith(".declare"):
            continue
        found: list[Table] = []
        for value in vars(module).values():
            many = (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, tuple)
                else (value,)
            )
            for table in many:
                if isinstance(table, Table) and id(table) not in seen:
                    seen.add(id(table))
                    found.append(table)
        if found:
            yield info.name, (module.__doc__ or "").strip().splitlines()[0], found


def tables_page() -> str:
    out = ["# Data dictionary\n"]
    for name, sentence, tables in declared_tables():
        out.append(f"## {name}\n\n{sentence}\n")
        for table in tables:
            key = f" Key: {', '.join(table.key)}." if table.key else ""
            out.append(f"### {table.name}\n\n{table.sentence}{key} Defined by {table.source}.\n")
            out.append(
                "| column | type | unit | may be empty | what it is |\n|---|---|---|---|---|"
            )
            for c in table.columns:
                allowed = f" One of: {', '.join(c.values)}." if c.values else ""
                out.append(
                    f"| {c.name} | {c.type} | {c.unit or ''} | {'' if c.required else 'yes'} | {_cell(c.sentence)}{_cell(allowed)} |"
                )
            out.append("")
    return "\n".join(out).rstrip() + "\n"


def commands_page() -> str:
    root: Any = typer.main.get_command(app)
    out = [
        "# Commands\n",
        "Exit status: 0 done, 1 the input is at fault and each fault is named, 2 usage, 3 a fault of OnePlace, 4 not allowed.",
        "With `--json`, stdout holds one JSON value; everything else goes to stderr.\n",
    ]
    for path, command in _commands(root, "oneplace"):
        names = " ".join(_argument(p) for p in command.params if p.param_type_name == "argument")
        out.append(
            f"## {path}\n\n    {path} {names}".rstrip() + f"\n\n{(command.help or '').strip()}\n"
        )
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        arguments = [p for p in command.params if p.param_type_name == "argument" and p.help]
        if options or arguments:
            out.append("| argument or option | what it does |\n|---|---|")
            out.extend(f"| `{_argument(p)}` | {_cell(p.help)} |" for p in arguments)
            out.extend(f"| `{', '.join(p.opts)}` | {_cell(p.help or '')} |" for p in options)
            out.append("")
    return "\n".join(out).rstrip() + "\n"


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in sorted(command.commands):
        yield from _commands(command.commands[name], f"{path} {name}")


def documents_page() -> str:
    """The place's and its people's documents; the plan's have a page of their own."""
    kinds = {file: kind for file, kind in document_kinds().items() if file not in PLAN_KINDS}
    out = [
        "# Documents\n",
        "The YAML files in a place's folder, field by field; those of the plan stand in [plan.md](plan.md). Unknown fields are refused,",
        "and every fault is named with its line. Each file opens with `schema`, the edition of its form.\n",
    ]
    out.extend(
        describe(kind, title=kind.__name__, file=file, level=2) for file, kind in kinds.items()
    )
    return "\n".join(out).rstrip() + "\n"


def words_page() -> str:
    out = [
        "# The local vocabulary\n",
        "| number | domain | key | title | QOF register | unit |\n|---|---|---|---|---|---|",
    ]
    out.extend(
        f"| {w.concept_id} | {w.domain} | {w.key} | {_cell(w.title)} | {w.qof} | {w.unit} |"
        for w in words()
    )
    return "\n".join(out) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
