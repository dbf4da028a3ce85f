"""The reference page of a document's form, written from its classes: they are the only statement of
its fields.

In: a document class. Out: Markdown with one table for the document and one for each part of it, in
the order in which a reader meets them: field, what may stand there, whether it must, and the
sentence beside it in the class.
"""

from __future__ import annotations

import types
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from oneplace.documents.values import WHEN_FORMS, When

WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "true or false",
    When: "printed date",
}
PRINTED_DATE = f"A *printed date* is {WHEN_FORMS}."


def describe(kind: type[BaseModel], *, title: str, file: str, level: int = 1) -> str:
    """The page of one document; every part it can hold has a table of its own."""
    parts = _parts(kind)
    lines = [f"{'#' * level} {title}", "", f"`{file}`. {_sentence(kind)}", "", *_table(kind)]
    for part in parts:
        lines += [
            "",
            f"{'#' * (level + 1)} {part.__name__}",
            "",
            _sentence(part),
            "",
            *_table(part),
        ]
    return "\n".join(lines) + "\n"


def _table(kind: type[BaseModel]) -> list[str]:
    rows = ["| field | what stands there | needed | meaning |", "|---|---|---|---|"]
    for name, field in kind.model_fields.items():
        must = "yes" if field.is_required() else _default(field)
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{field.alias or name}` | {_what(field)} | {must} | {meaning} |")
    return rows


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None or value == () or value == {} or isinstance(value, BaseModel):
        return "no"
    return f"no: `{value}`"


def _what(field: FieldInfo) -> str:
    words = _words(field.annotation)
    limits = [
        f"{sign} {getattr(limit, name)}"
        for limit in field.metadata
        for name, sign in (
            ("ge", "at least"),
            ("gt", "more than"),
            ("le", "at most"),
            ("lt", "less than"),
        )
        if getattr(limit, name, None) is not None
    ]
    return " ".join([words, ", ".join(limits)]).strip().replace("|", "\\|")


def _words(annotation: Any) -> str:
    if annotation in WORDS:
        return WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(inner[0])
    if origin is Literal:
        return " or ".join(f"`{v}`" for v in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(_words(a) for a in inner if a is not type(None))
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return f"list of {_words(inner[0])}"
    if origin is tuple:
        return "[" + ", ".join(_words(a) for a in inner) + "]"
    if origin is dict:
        return f"{_words(inner[1])} by name"
    return str(getattr(annotation, "__name__", annotation))


def _parts(kind: type[BaseModel]) -> list[type[BaseModel]]:
    """Every class that the document can hold, each once, in the order in which the fields name
    them."""
    found: list[type[BaseModel]] = []

    def walk(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in found:
                found.append(annotation)
                for field in annotation.model_fields.values():
                    walk(field.annotation)
            return
        for inner in get_args(annotation):
            walk(inner)

    for field in kind.model_fields.values():
        walk(field.annotation)
    return found


def _sentence(kind: type[BaseModel]) -> str:
    return " ".join((kind.__doc__ or "").split())
