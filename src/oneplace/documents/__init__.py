"""Documents: what people agree, as YAML files checked against one frozen class each.

`read(path, Kind)` gives the document or raises `InputAtFault` with file, line, field, value and
expectation for everything that is wrong. `canonical` and `digest` make a version of it; `versions`
keeps, compares and replaces versions; `values` holds money, numbers and printed dates.
"""

from oneplace.documents.loading import load_either, load_yaml
from oneplace.documents.reading import Document, canonical, digest, line_of, parse, read

__all__ = [
    "Document",
    "canonical",
    "digest",
    "line_of",
    "load_either",
    "load_yaml",
    "parse",
    "read",
]
