"""Names, numbers and addresses of people who do not exist.

In: births and sexes, and how many. Out: NHS numbers from the range 999 000 0000 to 999 999 9999,
which is never issued to patients, with valid check digits, all distinct; names joined from short
lists; streets, postcodes of an area that does not exist (XX) and telephone numbers that Ofcom keeps
for drama (0151 496 0000 to 0999).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oneplace.demonstration.assumptions import rows
from oneplace.demonstration.chance import Array
from oneplace.demonstration.days import dates

FIRST_NUMBER = 999_000_000  # the nine digits before the check digit
_CAPACITY = 1_000_000


def nhs_numbers(rng: np.random.Generator, people: int) -> Array:
    """Distinct synthetic numbers (int64). Modulus 11: a remainder that asks for the digit 10 has no
    number."""
    body = FIRST_NUMBER + rng.permutation(_CAPACITY)
    total = sum(((body // 10 ** (8 - i)) % 10) * (10 - i) for i in range(9))
    check = (11 - total % 11) % 11
    good = check != 10
    made = body[good] * 10 + check[good]
    if people > len(made):
        raise ValueError(
            f"the synthetic range has {len(made)} numbers, and {people} people were asked for"
        )
    return np.asarray(made[:people])


def as_text(numbers: Array) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def _words(name: str) -> pa.Array:
    return pa.array([r["word"] for r in rows("names") if r["list"] == name])


def details(
    rng: np.random.Generator, male: Array, birth: Array, area: Array
) -> dict[str, pa.Array]:
    """The columns of person_identity apart from person and number."""
    n = len(male)
    given = [_words("male"), _words("female")]
    which = np.where(
        male, rng.integers(0, len(given[0]), n), len(given[0]) + rng.integers(0, len(given[1]), n)
    )
    first, second = _words("family_first"), _words("family_second")
    families = pa.array([a.as_py() + b.as_py() for a in first for b in second])
    streets = pa.array(
        [
            f"{a.as_py()} {b.as_py()}"
            for a in _words("street_first")
            for b in _words("street_second")
        ]
    )
    house = pc.cast(pa.array(rng.integers(1, 240, n)), pa.string())
    street = streets.take(
        pa.array((area.astype(np.int64) * 7 + rng.integers(0, 7, n)) % len(streets))
    )
    letters = pa.array([a + b for a in "ABDEFGHJLNPQRSTUWXYZ" for b in "ABDEFGHJLNPQRSTUWXYZ"])
    outward = pc.cast(pa.array(1 + area.astype(np.int64) % 40), pa.string())
    inward = pc.cast(pa.array(rng.integers(1, 10, n)), pa.string())
    phone = pc.cast(pa.array(1514960000 + rng.integers(0, 1000, n)), pa.string())
    xx = pa.scalar("XX")
    return {
        "given_name": pa.concat_arrays(given).take(pa.array(which)),
        "family_name": families.take(pa.array(rng.integers(0, len(families), n))),
        "birth_date": dates(birth),
        "address": pc.binary_join_element_wise(house, street, " "),
        "postcode": pc.binary_join_element_wise(
            pc.binary_join_element_wise(xx, outward, ""),
            pc.binary_join_element_wise(
                inward, letters.take(pa.array(rng.integers(0, len(letters), n))), ""
            ),
            " ",
        ),
        "telephone": pc.binary_join_element_wise(pa.scalar("0"), phone, ""),
    }
