"""Reading a YAML document into its class, with the line of everything that is wrong."""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.error import YAMLError

from oneplace.documents.editions import brought_up
from oneplace.documents.loading import load_quickly, load_yaml
from oneplace.faults import Fault, InputAtFault


class Document(BaseModel):
    """A thing people agree. Unknown fields are refused; `schema: 1` says which edition of the form
    was filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_edition: int = Field(
        default=1, alias="schema", ge=1, strict=True, description="edition of this form"
    )


D = TypeVar("D", bound=BaseModel)


def parse(content: Any, kind: type[D], *, file: str) -> D:
    """Check loaded content against its class; every slip is one fault with its own line."""
    if not isinstance(content, dict):
        found = (
            "an empty file"
            if content is None
            else "a list"
            if isinstance(content, list)
            else repr(content)[:80]
        )
        raise InputAtFault(
            Fault(
                what="a document starts with named fields",
                file=file,
                line=1,
                found=found,
                expected="a mapping",
            )
        )
    line = (
        content.lc.key("schema")[0] + 1
        if isinstance(content, CommentedMap) and "schema" in content
        else 1
    )
    content = brought_up(content, kind, file=file, line=line)
    try:
        return kind.model_validate(plain(content))
    except ValidationError as e:
        raise InputAtFault(
            _together(_fault(error, content, file, kind) for error in e.errors())
        ) from None


def read(path: Path, kind: type[D], *, name: str | None = None) -> D:
    """Read one document; `name` is how its faults call the file (default: its path). A text that
    this process has read before is not read again: documents are frozen and may be shared."""
    right = _right(path, kind)
    return (
        right
        if right is not None
        else parse(load_yaml(path, name=name), kind, file=name or str(path))
    )


def _right(path: Path, kind: type[D]) -> D | None:
    """The document if nothing at all is wrong with it; None sends the reader the long way, which
    says what is."""
    try:
        return cast(D, _document(path.read_bytes(), kind))
    except (OSError, ValueError, TypeError, RecursionError, YAMLError, InputAtFault):
        return None


@lru_cache(maxsize=64)
def _document(raw: bytes, kind: type[BaseModel]) -> BaseModel:
    content = load_quickly(raw.decode("utf-8-sig"))
    if not isinstance(content, dict):
        raise TypeError("a document starts with named fields")
    return kind.model_validate(plain(brought_up(content, kind, file="", line=1)))


def line_of(content: Any, location: Sequence[str | int]) -> int | None:
    """The line on which a field or an item stands in loaded content: what a check of cross
    references reports."""
    return _line(content, list(location))[0]


def canonical(document: BaseModel) -> str:
    """The document as YAML in the order of its class, defaults left out: equal documents give equal
    text.

    The edition of the form is always written: a file without it would be taken for the first
    edition for ever.
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


def _fault(error: Any, content: Any, file: str, kind: type[BaseModel]) -> Fault:
    location = list(error["loc"])
    absent = error["type"] in ("missing", "extra_forbidden")
    line, walked = _line(content, location, absent=absent)
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
        return Fault(
            what="a field is missing", file=file, line=line, path=path, expected=str(location[-1])
        )
    return Fault(
        what="the value does not fit",
        file=file,
        line=line,
        path=path or None,
        found=_found(error.get("input")),
        expected=error["msg"]
        .removeprefix("Value error, ")
        .removeprefix("Input should be ")
        .removeprefix("expected "),
    )


def _found(value: Any) -> str | None:
    """The value as its author wrote it; a part with many fields is too long to show, so only its id
    is."""
    if isinstance(value, TaggedScalar):
        return f"{value.tag} {value.value}"[:200]
    if isinstance(value, dict):
        return str(value["id"]) if "id" in value else None
    if isinstance(value, datetime.date):
        return value.isoformat()
    return repr(plain(value))[:200]


def _together(faults: Iterator[Fault]) -> Iterator[Fault]:
    """A value that may be one of two things and is neither is one fault with both expectations."""
    found: dict[tuple[Any, ...], Fault] = {}
    for f in faults:
        key = (f.what, f.file, f.line, f.path, f.found)
        if key in found and f.expected != found[key].expected:
            found[key] = replace(found[key], expected=f"{found[key].expected}, or {f.expected}")
        found.setdefault(key, f)
    yield from found.values()


def _line(
    content: Any, location: list[str | int], *, absent: bool = False
) -> tuple[int | None, list[str | int]]:
    """Walk as far as the location goes in the file; tags of unions are not in the file and are
    stepped over. The last part is named although it is not in the file where the fault is its
    absence."""
    node, line, walked = content, 1, []
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
            node = node[part]
        elif absent and part is location[-1]:
            walked.append(part)
            break
        else:
            continue
        walked.append(part)
    return line, walked


def _siblings(kind: type[BaseModel], walked: list[str | int]) -> list[str]:
    """The fields that would have been known where an unknown one stands, as far as the classes
    tell."""
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
