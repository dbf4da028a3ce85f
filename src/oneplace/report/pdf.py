"""A page as PDF: HTML text in, bytes out, tagged for assistive technology (PDF/UA-1).

The page must be whole in itself: whatever it asks for outside itself is refused. Pango comes from
the system; without it the HTML paper still works, and the message says what to install.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from oneplace.faults import MissingPart

PANGO = (
    "the PDF needs WeasyPrint and Pango, which are not both installed here: pip install weasyprint; apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
    "(or your system's package of Pango); the HTML paper works without it"
)


def pdf(page: str) -> bytes:
    """The page set for print, under its own print rules."""
    with _quietly():
        maker = _weasyprint()
        within = maker.urls.URLFetcher(allowed_protocols=("data",))
        return bytes(maker.HTML(string=page, url_fetcher=within).write_pdf(pdf_variant="pdf/ua-1"))


def available() -> str | None:
    """None when a PDF can be made, else what to install."""
    with _quietly():
        try:
            _weasyprint()
        except MissingPart as missing:
            return str(missing)
    return None


def _weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as e:  # OSError: WeasyPrint is there and Pango is not
        raise MissingPart(f"{PANGO} ({e})") from None
    return weasyprint


@contextmanager
def _quietly() -> Iterator[None]:
    """WeasyPrint warns of a library that it would rather have (HarfBuzz-Subset, fonts) and makes
    the PDF all the same; `oneplace doctor` names those. Where warnings are errors, a warning would
    otherwise be a missing PDF. And it prints its advice when Pango is not there, in the midst of
    what may be JSON: that goes beside the answer."""
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.filterwarnings("ignore", message="HarfBuzz-Subset", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message=".*Expect ugly output")
        yield
