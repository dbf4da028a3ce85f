"""Papers that were kept: whole or not at all, written once, read back as they were; and the PDF
where Pango is missing."""

from __future__ import annotations

import json
import sys
from datetime import date
from decimal import Decimal
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest

from oneplace.faults import InputAtFault, MissingPart
from oneplace.report import kept, pdf
from oneplace.report.trace import Figure, Source, Trace


def figure(value: Any) -> Figure:
    source = Source("table", "population", "ONS")
    trace = Trace(
        figure_id="people",
        value=value,
        unit="people",
        basis="published",
        as_at=date(2019, 10, 1),
        source=source,
    )
    return Figure("People", trace)


def keep(
    folder: Path, value: Any = 1, *, month: str = "2019-09", build: str | None = "b1"
) -> kept.Kept:
    files: dict[str, str | bytes] = {
        "paper.html": f"<p>{value}</p>",
        "figures.json": json.dumps({"figures": [figure(value).as_dict()]}),
        "manifest.json": json.dumps({"build": build}),
    }
    return kept.keep(folder, month, files)


def test_papers_of_a_month_are_numbered_and_the_first_stays_as_it_was(tmp_path: Path) -> None:
    first = keep(tmp_path, 100)
    page = first.html.read_bytes()
    second = keep(tmp_path, 101)
    assert (first.number, second.number) == (1, 2)
    assert first.html.read_bytes() == page
    assert [p.name for p in sorted((tmp_path / kept.PAPERS / "2019-09").iterdir())] == ["1", "2"], (
        "no draft is left"
    )


def test_a_paper_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        kept.keep(tmp_path, "2019-09", {"paper.html": "<p>", "manifest.json": 3})  # type: ignore[dict-item]
    assert list((tmp_path / kept.PAPERS / "2019-09").iterdir()) == []
    assert kept.kept_papers(tmp_path) == []


def test_figures_read_back_as_they_were(tmp_path: Path) -> None:
    assert keep(tmp_path, Decimal("545210.50")).figures == {"people": figure(Decimal("545210.50"))}


def test_the_paper_to_compare_with_is_the_last_up_to_the_month(tmp_path: Path) -> None:
    assert kept.earlier_than(kept.kept_papers(tmp_path), "2019-10") is None
    for month in ("2019-07", "2019-09", "2019-09", "2019-11"):
        keep(tmp_path, month=month)
    papers = kept.kept_papers(tmp_path)
    found = {
        m: kept.earlier_than(papers, m)
        for m in ("2019-06", "2019-08", "2019-09", "2019-10", "2020-01")
    }
    assert {m: k and (k.month, k.number) for m, k in found.items()} == {
        "2019-06": None, "2019-08": ("2019-07", 1), "2019-09": ("2019-09", 2), "2019-10": ("2019-09", 2), "2020-01": ("2019-11", 1),
    }  # fmt: skip


def test_a_pdf_is_added_once(tmp_path: Path) -> None:
    paper = keep(tmp_path)
    kept.add_once(paper, "paper.pdf", b"one")
    kept.add_once(paper, "paper.pdf", b"two")
    assert paper.pdf.read_bytes() == b"one"
    assert not [p for p in paper.folder.iterdir() if p.name.startswith(".")]


def test_builds_that_papers_rest_on(tmp_path: Path) -> None:
    assert kept.cited_builds(tmp_path) == frozenset()
    for build in ("b1", "b2", None, "b1"):
        keep(tmp_path, build=build)
    assert kept.cited_builds(tmp_path) == {"b1", "b2"}


@pytest.mark.parametrize("name", ["figures.json", "manifest.json"])
@pytest.mark.parametrize("spoil", ["not json", "[]", '{"figures": [{}]}', "\x00"])
def test_a_spoilt_record_is_named(tmp_path: Path, name: str, spoil: str) -> None:
    paper = keep(tmp_path)
    (paper.folder / name).write_text(spoil, encoding="utf-8")
    again = kept.kept_papers(tmp_path)[0]
    if name == "manifest.json" and spoil.startswith("{"):
        assert again.manifest == {"figures": [{}]}
        return
    with pytest.raises(InputAtFault) as e:
        _ = again.figures if name == "figures.json" else again.manifest
    assert e.value.faults[0].file == f"papers/2019-09/1/{name}"


class _Without(MetaPathFinder):
    """A machine on which importing WeasyPrint fails as it really does: the library or the package
    is not there."""

    def __init__(self, error: Exception):
        self.error = error

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "weasyprint":
            raise self.error


@pytest.mark.parametrize(
    "error",
    [OSError("cannot load library 'libpango-1.0-0'"), ImportError("No module named 'weasyprint'")],
)
def test_without_pango_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Without(error), *sys.meta_path])
    with pytest.raises(MissingPart, match="apt-get install libpango-1"):
        pdf.pdf("<p>paper</p>")
    assert "libpango-1.0-0" in str(pdf.available())


@pytest.mark.skipif(
    pdf.available() is not None,
    reason="Pango is not installed on this machine, and the PDF needs it: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
)
def test_a_page_becomes_a_pdf_and_asks_for_nothing_outside(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = (
        '<html lang="en-GB"><head><title>Paper</title></head><body><h1>Paper</h1>{}</body></html>'
    )
    assert pdf.pdf(page.format("")).startswith(b"%PDF")
    assert pdf.pdf(page.format('<img src="https://example.org/x.png" alt="">')).startswith(b"%PDF")
    assert "disallowed protocol: https://example.org/x.png" in caplog.text
