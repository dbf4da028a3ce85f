"""What leaves the screen on paper: whole, without the menu, and saying that its people are made
up."""

from __future__ import annotations

import re

import pytest


def printed(page) -> tuple[str, int]:
    """The text of the page as it is printed, and on how many sheets."""
    pypdf = pytest.importorskip("pypdf", reason="needs pypdf: pip install oneplace[dev]")
    import io

    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    return re.sub(r"\s+", " ", " ".join(s.extract_text() for s in sheets)), len(sheets)


@pytest.mark.parametrize(
    ("role", "path"),
    [("planner", "/programme/milestones"), ("planner", "/programme/schemes/H1"), ("board", "/board/"), ("board", "/board/performance")],
)  # fmt: skip
def test_a_printed_page_is_whole_and_says_demonstration(reader, role, path):
    page = reader(role).go(path)
    text, sheets = printed(page)
    assert "Demonstration. The people shown here are made by the program" in text
    assert "Sign out" not in text
    assert "Skip to main content" not in text
    assert "(Link:" not in text  # nhsuk.css writes addresses after links
    assert sheets < 12
    cells = page.locator("main table tbody tr:last-child > :first-child").all_inner_texts()
    unbroken = text.replace("- ", "-")  # a narrow column breaks H1-nel after its hyphen
    missing = [c for c in cells if c and re.sub(r"\s+", " ", c.strip()) not in text + unbroken]
    assert missing == []


def test_a_table_begins_on_the_sheet_of_its_heading(reader):
    """nhsuk.css forbids breaks inside tables, which pushes every long one to a new sheet."""
    import io

    pypdf = pytest.importorskip("pypdf", reason="needs pypdf: pip install oneplace[dev]")
    page = reader("planner").go("/programme/milestones")
    first = page.locator("#milestones tbody tr").first.locator("td").first.inner_text()
    assert first in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages[0].extract_text()
