"""Questions to the identity file, which alone says who a pseudonym is."""

from __future__ import annotations

from collections.abc import Iterable


def of_people(people: Iterable[int]) -> str:
    """Name, number, birth date, address and telephone of these people."""
    return f"SELECT * FROM person_identity WHERE person_id IN ({', '.join(str(int(p)) for p in people)})"


def with_number(nhs_number: str) -> tuple[str, list[str]]:
    """The pseudonyms that have this NHS number: two where more than one has it."""
    return "SELECT person_id FROM person_identity WHERE nhs_number = ? LIMIT 2", [nhs_number]
