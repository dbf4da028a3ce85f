"""What leaves as CSV is opened in a spreadsheet, which runs some texts as formulas."""

from __future__ import annotations

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def spreadsheet_safe(text: str) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
    injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
