"""What parts of the people's documents are made of: frozen parts, keys, and lists of the
vocabulary's words."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from oneplace.documents.expressions import near
from oneplace.tables.vocabulary import by_key, keys

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


def words_of(*domains: str) -> AfterValidator:
    """Words of these domains only, none twice."""

    def check(found: tuple[str, ...]) -> tuple[str, ...]:
        allowed = keys(*domains)
        for key in found:
            if key not in allowed:
                other = (
                    f"a word of the domain {by_key()[key].domain}"
                    if key in by_key()
                    else "not in the vocabulary"
                )
                raise ValueError(
                    f"words of the vocabulary's {' or '.join(domains)}; {key} is {other}, {near(key, allowed)}"
                )
        if len(set(found)) < len(found):
            raise ValueError("each word once")
        return found

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], Field(min_length=1)]
Diagnoses = Annotated[Words, words_of("condition", "acute", "circumstance")]
