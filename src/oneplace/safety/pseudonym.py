"""Pseudonyms: a 63-bit number for each person, made with a key, the same at every build.

Comes in: source identifiers and the place's master key. Goes out: numpy int64, never negative,
never an identifier. An unkeyed hash of an identifier is no pseudonym: all ten-digit NHS numbers can
be hashed and looked up in about an hour. So HMAC-SHA256 is used, with a key that HKDF (RFC 5869)
derives for each data set and purpose: pseudonyms made for two purposes cannot be joined without the
master key, which lies outside the place's folder (`safety.keyfile`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_BYTES = 32


class PseudonymCollision(Exception):
    """Two identifiers got one number: the build must fail. At 500,000 people the odds are about 1
    in 70 million."""


@dataclass(frozen=True)
class PseudonymKey:
    """A derived key; `id` names it in manifests and says nothing about it. The secret stays out of
    `repr`."""

    secret: bytes = field(repr=False)
    id: str


def derive_key(master: bytes, *, data_set: str, purpose: str) -> PseudonymKey:
    """The key of one data set and purpose. Equal names give equal keys; any other name gives an
    unrelated one."""
    if len(master) != MASTER_BYTES:
        raise ValueError(f"a master key has {MASTER_BYTES} bytes, not {len(master)}")
    if not data_set or not purpose:
        raise ValueError("a pseudonym key needs the names of its data set and purpose")
    secret = _hkdf(master, "pseudonym", data_set, purpose)
    return PseudonymKey(secret, _hkdf(secret, "check value")[:6].hex())


def key_id(master: bytes) -> str:
    """The short name of a master key: from a value derived beside the keys, so it gives none of
    them away."""
    return _hkdf(master, "check value")[:6].hex()


def make_pseudonyms(ids: Sequence[str], key: PseudonymKey) -> npt.NDArray[np.int64]:
    """One pseudonym for each id, in order; an id given twice gets the same one twice."""
    digests = b"".join(_first_eight_bytes(ids, key.secret))
    made = (np.frombuffer(digests, dtype=">u8") >> np.uint64(1)).astype(np.int64)
    refuse_collisions(ids, made)
    return made


def _first_eight_bytes(ids: Sequence[str], secret: bytes) -> Iterator[bytes]:
    """HMAC-SHA256 (RFC 2104) of each id, with both padded keys hashed once: half the time of
    `hmac.digest` each."""
    block = secret.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block)).copy
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in block)).copy
    for one in ids:
        inside, whole = inner(), outer()
        inside.update(one.encode())
        whole.update(inside.digest())
        yield whole.digest()[:8]


def refuse_collisions(ids: Sequence[str], made: npt.NDArray[np.int64]) -> None:
    """Raise when two different ids have one pseudonym, saying how many, never which."""
    distinct = len(np.unique(made))
    if distinct == len(ids):
        return
    clashes = len(set(ids)) - distinct
    if clashes:
        raise PseudonymCollision(
            f"{clashes} pseudonyms stand for more than one person: make a new key and build again"
        )


def _hkdf(key: bytes, *names: str) -> bytes:
    return HKDF(
        algorithm=hashes.SHA256(), length=32, salt=b"oneplace", info=_unambiguous(names)
    ).derive(key)


def _unambiguous(names: Iterable[str]) -> bytes:
    """Each name behind its length, so that ("ab", "c") and ("a", "bc") differ."""
    return b"".join(len(raw).to_bytes(4, "big") + raw for raw in (n.encode() for n in names))
