"""Papers that were kept: written once, read back as they were, compared with the next; and the PDF where Pango is missing."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest

from oneplace.faults import InputAtFault, MissingPart
from oneplace.report import kept, pdf
from oneplace.report.trace import Figure, Recalculated, Source, Trace

SEPTEMBER, OCTOBER = date(2019, 9, 1), date(2019, 10, 1)


def figure(
    value: Any, *, name: str = "people", build: str = "b1", period: str = "September 2019", unit: str = "people"
) -> Figure:
    trace = Trace(
        figure_id=name, value=value, unit=unit, basis="published", as_at=OCTOBER, source=Source("table", "population", "ONS"),
        build_id=build, period=period,
    )  # fmt: skip
    return Figure("People", trace)


def keep(value: Any, folder: Path, *, month: date = SEPTEMBER, page: str = "<p>paper</p>") -> kept.Kept:
    return kept.keep(page, [figure(value)], folder, month=month, as_at=OCTOBER)


def test_a_paper_is_kept_once_and_never_rewritten(tmp_path: Path) -> None:
    first = keep(100, tmp_path)
    first.page.write_text("as it was approved", encoding="utf-8")
    assert keep(100, tmp_path) == first
    assert first.page.read_text(encoding="utf-8") == "as it was approved"
    second, third = keep(101, tmp_path), keep(100, tmp_path, page="<p>other words</p>")
    assert {k.digest for k in kept.kept_papers(tmp_path)} == {first.digest, second.digest, third.digest}
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")], "no draft is left behind"


def test_figures_read_back_as_they_were(tmp_path: Path) -> None:
    assert keep(Decimal("545210.50"), tmp_path).figures["people"] == figure(Decimal("545210.50"))


def test_the_paper_to_compare_with_is_the_last_of_an_earlier_month(tmp_path: Path) -> None:
    assert kept.latest_before(tmp_path, OCTOBER) is None
    july, september = keep(90, tmp_path, month=date(2019, 7, 1)), keep(100, tmp_path)
    keep(110, tmp_path, month=OCTOBER)
    assert kept.latest_before(tmp_path, OCTOBER) == september
    assert kept.latest_before(tmp_path, date(2019, 8, 1)) == july


def test_the_next_paper_says_why_a_figure_moved(tmp_path: Path) -> None:
    now = [figure(120, build="b2", period="October 2019"), figure(1, name="new")]
    found = kept.movements(now, keep(100, tmp_path), {"people": Recalculated(data_now=104)})
    assert {k: v.brief for k, v in found.items()} == {
        "people": "Was 100 people: +4 from late or restated data and +16 real change."
    }
    assert kept.movements([figure(1, unit="%")], keep(100, tmp_path)) == {}


def test_two_figures_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two figures are called people: 1 people and 2 people"):
        kept.by_id([figure(1), figure(2)])
    assert len(kept.by_id([figure(1), figure(1)])) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        "not json",
        "{}",
        "[]",
        '{"figures": [{}]}',
        '{"figures": [], "month": "2019-13", "digest": "d", "as_at": "2019-01-01"}',
    ],
)
def test_a_spoilt_record_is_named(tmp_path: Path, spoil: str) -> None:
    record = keep(1, tmp_path).page.with_suffix(".json")
    record.write_text(spoil, encoding="utf-8")
    with pytest.raises(InputAtFault) as e:
        kept.kept_papers(tmp_path)
    assert e.value.faults[0].file == record.name


class _WithoutPango(MetaPathFinder):
    def find_spec(self, name: str, *_: Any) -> None:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


def test_without_pango_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_WithoutPango(), *sys.meta_path])
    with pytest.raises(MissingPart, match="apt-get install libpango-1"):
        pdf.pdf("<p>paper</p>")
    assert "libpango-1.0-0" in str(pdf.available())


@pytest.mark.skipif(pdf.available() is not None, reason="Pango is not installed on this machine, and the PDF needs it")
def test_a_page_becomes_a_pdf_and_asks_for_nothing_outside(caplog: pytest.LogCaptureFixture) -> None:
    page = '<html lang="en-GB"><head><title>Paper</title></head><body><h1>Paper</h1>{}</body></html>'
    assert pdf.pdf(page.format("")).startswith(b"%PDF")
    assert pdf.pdf(page.format('<img src="https://example.org/x.png" alt="">')).startswith(b"%PDF")
    assert "disallowed protocol: https://example.org/x.png" in caplog.text
