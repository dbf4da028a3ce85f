"""No identifier is ever hashed without a key: it could be looked up in an hour. The source is read
for it."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "oneplace"
IDENTIFIER = re.compile(
    r"nhs|patient|person|resident|surname|family_name|given_name|postcode|source_id|source_value|\bids?\b|identif|telephone|birth",
    re.IGNORECASE,
)
PYTHON_HASH = re.compile(r"^(hashlib\.\w+|sha\d+\w*|md5|blake2\w+|hash|crc32|zlib\.crc32)$")
SQL_HASH = re.compile(r"\b(md5\w*|sha\d*|hash|xxhash\w*|crc32)\s*\(\s*([^)]*)\)", re.IGNORECASE)


def unkeyed(source: str) -> list[str]:
    """Each call or SQL text that hashes something named like an identifier."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and PYTHON_HASH.match(ast.unparse(node.func)):
            arguments = " ".join(ast.unparse(a) for a in node.args)
            if IDENTIFIER.search(arguments):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [
                f"line {node.lineno}: {m.group(0)}"
                for m in SQL_HASH.finditer(node.value)
                if IDENTIFIER.search(m.group(2))
            ]
    return found


def test_the_source_hashes_no_identifier_without_a_key():
    files = sorted(SOURCE.rglob("*.py"))
    assert len(files) > 10
    assert {
        str(f.relative_to(SOURCE)): u
        for f in files
        if (u := unkeyed(f.read_text(encoding="utf-8")))
    } == {}


@pytest.mark.parametrize(
    "planted",
    [
        "hashlib.sha256(nhs_number.encode()).hexdigest()",
        "sha256(person['source_id'])",
        "hash(patient_id)",
        "con.execute('select md5(person_source_value) from person')",
        "sql = f'select {x}, sha256(nhs_number) as p from t'",
        "hashlib.blake2b(str(row.postcode).encode())",
    ],
)
def test_the_reader_would_see_one(planted):
    assert unkeyed(planted)


@pytest.mark.parametrize(
    "fine", ["hashlib.sha256(path.read_bytes())", "hmac.digest(secret, i.encode(), 'sha256')"]
)
def test_the_reader_lets_files_and_keyed_ones_pass(fine):
    assert not unkeyed(fine)
