"""From a file to content that still knows its lines, or the one reason why it cannot be read.

Nothing in a file is ever run: a tag such as `!!python/...` stays a tag and is refused as a value.
Content that would unfold without end (aliases of aliases of aliases) is refused before anything
unfolds it.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from oneplace.faults import Fault, InputAtFault

MOST_VALUES = 2_000_000  # of one document once aliases are unfolded; the largest real plan holds some ten thousand


def load_yaml(path: Path, *, name: str | None = None) -> Any:
    """The file's content with line numbers kept (ruamel's commented maps); `name` is how its faults
    call the file."""
    file = name or str(path)
    text = _text(path, file)
    try:
        content = YAML(typ="rt").load(text)
    except MarkedYAMLError as e:
        raise InputAtFault(_not_yaml(e, file)) from None
    except ReaderError as e:
        line = text[: e.position].count("\n") + 1
        found = f"the character U+{_code(e.character):04X}"
        what, expected = "the file is not plain text", "text without control characters"
        raise InputAtFault(
            Fault(what=what, file=file, line=line, found=found, expected=expected)
        ) from None
    except YAMLError as e:
        raise InputAtFault(
            Fault(what="this is not valid YAML", file=file, found=" ".join(str(e).split()))
        ) from None
    except RecursionError:
        what = "lists and fields are nested too deeply to be read"
        raise InputAtFault(Fault(what=what, file=file, line=1, expected="a document")) from None
    except ValueError as e:
        raise InputAtFault(_no_such_day(text, file, str(e))) from None
    if _unfolded(content, {}) > MOST_VALUES:
        what = "aliases unfold this file without end"
        raise InputAtFault(
            Fault(what=what, file=file, line=1, expected=f"at most {MOST_VALUES:,} values")
        )
    return content


def load_quickly(text: str) -> Any:
    """Content without its lines, by the C parser where that is installed: eight times as fast, and
    enough for a document that turns out to be right. Raises whatever the parser raises; whoever
    wants to say what is wrong loads again."""
    content = YAML(typ="safe").load(text)
    if _unfolded(content, {}) > MOST_VALUES:
        raise YAMLError("aliases unfold this file without end")
    return content


def load_either(path: Path, *, name: str | None = None) -> Any:
    """Content without its lines where the C parser has no trouble with it; else the long way, which
    says what is wrong."""
    try:
        return load_quickly(_text(path, name or str(path)))
    except (ValueError, TypeError, RecursionError, YAMLError):
        return load_yaml(path, name=name)


def _text(path: Path, file: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputAtFault(
            Fault(what="the file is missing", file=file, expected="a YAML document")
        ) from None
    except UnicodeDecodeError as e:
        line = e.object[: e.start].count(b"\n") + 1
        found = f"byte {e.object[e.start]:#04x}"
        what = "the file is not UTF-8 text"
        raise InputAtFault(
            Fault(what=what, file=file, line=line, found=found, expected="UTF-8")
        ) from None
    except OSError as e:
        raise InputAtFault(
            Fault(what="the file cannot be read", file=file, found=e.strerror)
        ) from None


def _not_yaml(error: MarkedYAMLError, file: str) -> Fault:
    """The parser says `found character ...` or `expected ..., but found ...`, and while doing
    what."""
    problem = " ".join((error.problem or "").split())
    wanted = re.fullmatch(r"expected (.*?),? but (?:got|found) (.*)", problem)
    context = " ".join((error.context or "").split()).removeprefix("expected ") or None
    return Fault(
        what="this is not valid YAML",
        file=file,
        line=error.problem_mark.line + 1 if error.problem_mark else None,
        found=wanted[2] if wanted else re.sub(r"^(but )?found ", "", problem),
        expected=wanted[1] if wanted else context,
    )


def _no_such_day(text: str, file: str, why: str) -> Fault:
    """YAML reads 2019-02-30 as a date and stumbles; the parser does not say where, so the line is
    looked up."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.findall(r"\b\d{4}-\d{1,2}-\d{1,2}\b", line):
            try:
                date(*(int(part) for part in found.split("-")))
            except ValueError:
                expected = "a date of the calendar"
                return Fault(
                    what="there is no such day",
                    file=file,
                    line=number,
                    found=found,
                    expected=expected,
                )
    return Fault(what="this is not valid YAML", file=file, found=why)


def _unfolded(node: Any, known: dict[int, int]) -> int:
    """How many values the content holds once aliases are unfolded, counted without unfolding them.
    An alias inside itself is no loop here: the parser gives an empty value for it."""
    if not isinstance(node, dict | list):
        return 1
    if id(node) not in known:
        parts = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_unfolded(p, known) for p in parts)
    return known[id(node)]


def _code(character: int | str | bytes) -> int:
    return character if isinstance(character, int) else ord(character)
