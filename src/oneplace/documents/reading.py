"""Reading a YAML document into its class, with the line of everything that is wrong."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from oneplace.documents.editions import brought_up
from oneplace.faults import Fault, InputAtFault


class Document(BaseModel):
    """A thing people agree. Unknown fields are refused; `schema: 1` says which edition of the form was filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_edition: int = Field(default=1, alias="schema", ge=1, strict=True, description="edition of this form")


D = TypeVar("D", bound=BaseModel)


def load_yaml(path: Path) -> Any:
    """The file's content with line numbers kept (ruamel's commented maps); faults for anything unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputAtFault(Fault(what="the file is missing", file=str(path), expected="a YAML document")) from None
    except UnicodeDecodeError as e:
        raise InputAtFault(
            Fault(
                what="the file is not UTF-8 text", file=str(path), found=f"byte {e.object[e.start]:#04x} at {e.start}"
            )
        ) from None
    except OSError as e:
        raise InputAtFault(Fault(what="the file cannot be read", file=str(path), found=e.strerror)) from None
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else None
        raise InputAtFault(
            Fault(what="this is not valid YAML", file=str(path), line=line, found=e.problem, expected=e.context)
        ) from None
    except YAMLError as e:
        raise InputAtFault(Fault(what="this is not valid YAML", file=str(path), found=str(e))) from None
    except ValueError as e:
        raise InputAtFault(_no_such_date(text, str(path), str(e))) from None


def parse(content: Any, kind: type[D], *, file: str) -> D:
    """Check loaded content against its class; every slip is one fault with its own line."""
    if not isinstance(content, dict):
        found = "an empty file" if content is None else type(content).__name__
        raise InputAtFault(
            Fault(what="a document starts with named fields", file=file, line=1, found=found, expected="a mapping")
        )
    line = content.lc.key("schema")[0] + 1 if isinstance(content, CommentedMap) and "schema" in content else 1
    content = brought_up(content, kind, file=file, line=line)
    try:
        return kind.model_validate(plain(content))
    except ValidationError as e:
        raise InputAtFault(_fault(error, content, file, kind) for error in e.errors()) from None


def read(path: Path, kind: type[D], *, name: str | None = None) -> D:
    """Read one document; `name` is how its faults call the file (default: its path)."""
    content = load_yaml(path)
    return parse(content, kind, file=name or str(path))


def line_of(content: Any, location: Sequence[str | int]) -> int | None:
    """The line on which a field or an item stands in loaded content: what a check of cross references reports."""
    return _line(content, list(location))[0]


def canonical(document: BaseModel) -> str:
    """The document as YAML in the order of its class, defaults left out: equal documents give equal text.

    The edition of the form is always written: a file without it would be taken for the first edition for ever.
    """
    out = io.StringIO()
    writer = YAML(typ="rt")
    writer.default_flow_style = False
    writer.width = 110
    writer.allow_unicode = True
    content = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(document, Document):
        content = {"schema": document.schema_edition, **content}
    writer.dump(content, out)
    return out.getvalue()


def digest(document: BaseModel) -> str:
    """SHA-256 of the canonical text: the name of this version."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def plain(node: Any) -> Any:
    """Ruamel's commented containers as ordinary dicts and lists; scalars as Python values."""
    if isinstance(node, dict):
        return {str(k): plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [plain(v) for v in node]
    return node


def _no_such_date(text: str, file: str, why: str) -> Fault:
    """YAML reads 2019-02-30 as a date and stumbles; the parser does not say where, so the line is looked up."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.findall(r"\b\d{4}-\d{1,2}-\d{1,2}\b", line):
            try:
                date(*(int(part) for part in found.split("-")))
            except ValueError:
                return Fault(
                    what="there is no such day", file=file, line=number, found=found, expected="a date of the calendar"
                )
    return Fault(what="this is not valid YAML", file=file, found=why)


def _fault(error: Any, content: Any, file: str, kind: type[BaseModel]) -> Fault:
    location = list(error["loc"])
    line, walked = _line(content, location)
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in walked).lstrip(".")
    if error["type"] == "extra_forbidden":
        fields = ", ".join(sorted(_siblings(kind, walked)))
        return Fault(
            what="unknown field",
            file=file,
            line=line,
            path=path,
            found=str(location[-1]),
            expected=f"one of: {fields}" if fields else None,
        )
    if error["type"] == "missing":
        return Fault(what="a field is missing", file=file, line=line, path=path, expected=str(location[-1]))
    found = error.get("input")
    return Fault(
        what="the value does not fit",
        file=file,
        line=line,
        path=path,
        found=repr(plain(found))[:200],
        expected=error["msg"],
    )


def _line(content: Any, location: list[str | int]) -> tuple[int | None, list[str | int]]:
    """Walk as far as the location goes in the file; tags of unions are not in the file and are stepped over."""
    node, line, walked = content, 1, []
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
            node = node[part]
        elif part is location[-1]:
            walked.append(part)
            break
        else:
            continue
        walked.append(part)
    return line, walked


def _siblings(kind: type[BaseModel], walked: list[str | int]) -> list[str]:
    """The fields that would have been known where an unknown one stands, as far as the classes tell."""
    here: Any = kind
    for part in walked[:-1]:
        if isinstance(part, int):
            continue
        field = next((f for n, f in here.model_fields.items() if part in (n, f.alias)), None)
        here = _model_in(field.annotation) if field else None
        if here is None:
            return []
    return [f.alias or n for n, f in here.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
