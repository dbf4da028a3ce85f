"""Workbooks as NHS England publishes them: each sheet read by the layouts that read CSV, or refused
with the sheet and the cell.

Figures are invented; the structure is that of the publications. Every reading is held against the
figures that were written.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from oneplace.cli import app
from oneplace.cli.output import run
from oneplace.faults import InputAtFault
from oneplace.sources.statistics import import_files, observations, workbook
from published_books import (
    AE_KINDS,
    RTT_BANDS,
    Change,
    ae_book,
    block,
    dm01_book,
    put,
    rtt_book,
    saved,
)
from published_files import AE_HEADER, ae_rows, text_of

REPO = Path(__file__).resolve().parents[2]
AT = dt.datetime(2020, 6, 1, 12)
MARCH = dt.date(2019, 3, 1)
MRI = [40, 30, 20, 10, 8, 6, 3, 2, 1, 1, 0, 0, 0, 2]
CT = [90, 60, 30, 9, 7, 4, 2, 0, 0, 0, 0, 0, 0, 0]
SCOPES = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 5]
LISTS = {"RQ6": [MRI, CT, SCOPES], "REM": [CT, MRI, CT], "NT2": [MRI, MRI, MRI]}
DM01_NAME = "Monthly-Diagnostics-Web-File-Provider-March-2019.xlsx"
RTT_NAME = "Incomplete-Provider-Mar19-XLSX-revised.xlsx"
AE_NAME = "March-2019-AE-by-provider.xlsx"
WAITS = [[30 - w // 2 for w in range(52)] + [4], [12] * 18 + [1] * 35]
DECIDED = [[w % 3 for w in range(53)], [2] * 53]
AE = [("RQ6", (8000, 500, "-"), (1600, 5, "-")), ("REM", (7000, "-", "-"), (900, "-", "-"))]


@pytest.fixture()
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "place"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    return folder


def take(
    folder: Path, name: str, content: Workbook | bytes, **how: Any
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    file = folder.parent / name
    file.write_bytes(content if isinstance(content, bytes) else saved(content))
    import_files(folder, [file], imported_at=AT, **how)
    return {
        (r["measure"], r["organisation_code"], r["basis"], r["part"], r["period"]): (
            r["numerator"],
            r["denominator"],
        )
        for r in observations(folder).to_pylist()
    }


def six(tests: list[list[int]]) -> tuple[int, int]:
    return sum(sum(t[6:]) for t in tests), sum(map(sum, tests))


def test_diagnostics_are_kept_once_though_two_sheets_give_them(place: Path) -> None:
    found = take(place, DM01_NAME, dm01_book(LISTS))
    assert found == {
        ("diagnostic-6-weeks", code, "provider", None, MARCH): six(tests)
        for code, tests in LISTS.items()
    }


def test_a_commissioner_workbook_is_of_commissioners(place: Path) -> None:
    book = dm01_book({"99A": [MRI, CT, CT]}, side="Commissioner")
    found = take(place, "Monthly-Diagnostics-Web-File-Commissioner-March-2019.xlsx", book)
    assert found == {("diagnostic-6-weeks", "99A", "commissioner", None, MARCH): six([MRI, CT, CT])}


def test_the_part_decided_upon_is_never_added_to_the_list(place: Path) -> None:
    found = take(
        place, RTT_NAME, rtt_book({"RQ6": WAITS}, {"RQ6": DECIDED}, independent={"NT2": DECIDED})
    )
    everybody, within = sum(map(sum, WAITS)), sum(sum(w[:18]) for w in WAITS)
    decided, soon = sum(map(sum, DECIDED)), sum(sum(w[:18]) for w in DECIDED)
    assert found["rtt-incomplete", "RQ6", "provider", "Part_2", MARCH] == (within, everybody)
    assert found["waiting-list-size", "RQ6", "provider", "Part_2", MARCH][0] == everybody
    assert found["rtt-52-weeks", "RQ6", "provider", "Part_2", MARCH][0] == 4 + 1
    assert found["rtt-incomplete-decided", "RQ6", "provider", "Part_2A", MARCH] == (soon, decided)
    assert found["rtt-incomplete", "NT2", "provider", "Part_2", MARCH] == (soon, decided)
    weeks = observations(place, measure="rtt-incomplete", by_week=True).to_pylist()
    assert sum(w["numerator"] for w in weeks if w["organisation_code"] == "RQ6") == everybody
    assert {r["status"] for r in observations(place).to_pylist()} == {
        "final"
    }  # its name says revised


def test_groups_of_headings_and_attendances_without_their_waits(place: Path) -> None:
    trial = ("RBS", (5000, "-", 100), ("N/A", "N/A", "N/A"))
    found = take(place, AE_NAME, ae_book([*AE, trial]))
    assert found["ae-4-hours", "RQ6", "provider", None, MARCH] == (6895, 8500)
    assert found["ae-4-hours", "REM", "provider", None, MARCH] == (6100, 7000)
    assert found["ae-attendances", "RBS", "provider", None, MARCH][0] == 5100
    assert found["ae-4-hours", "RBS", "provider", None, MARCH][0] is None  # not 100%
    assert found["ae-12-hours", "RQ6", "provider", None, MARCH][0] == 2


def test_cancer_tables_each_on_its_sheet(place: Path) -> None:
    book = Workbook()
    book.remove(book["Sheet"])
    for name, days, title, total in (
        ("2WW - ALL CANCER", 14, "TWO WEEK WAIT FROM GP URGENT REFERRAL", 1100),
        ("62-DAY (ALL CANCER)", 62, "TWO MONTH URGENT REFERRAL TO TREATMENT", 100),
    ):
        sheet = book.create_sheet(name)
        sheet["A1"], sheet["A2"], sheet["A3"] = title, "Period: March 2019", "Published: 9 May 2019"
        word = "SEEN" if days == 14 else "TREATED"
        put(
            sheet,
            5,
            [
                "ODS CODE (1)",
                "PROVIDER (4)",
                "CANCER TYPE",
                f"TOTAL {word}",
                f"{word} WITHIN {days} DAYS",
                f"AFTER {days} DAYS",
            ],
        )
        put(sheet, 6, [None, "ALL ENGLISH PROVIDERS", "ALL CANCERS", 9e4, 8e4, 1e4])
        put(sheet, 7, ["RQ6", "ROYAL", "ALL CANCERS", float(total), total - 7.0, 7.0])
    found = take(place, "Cancer-Waiting-Times-Provider-March-2019.xlsx", book)
    assert found == {
        ("cancer-2-weeks", "RQ6", "provider", None, MARCH): (1093, 1100),
        ("cancer-62-days", "RQ6", "provider", None, MARCH): (93, 100),
    }  # fmt: skip


def test_a_share_shown_as_a_percentage_is_no_guess(place: Path) -> None:
    book = Workbook()
    sheet = book["Sheet"]
    sheet.append(["measure", "organisation", "period", "value"])
    sheet.append(["cancer-62-days", "RQ6", dt.date(2019, 3, 31), 0.85])
    with pytest.raises(
        InputAtFault, match=r"ours\.xlsx, sheet 'Sheet', cell D2 .*percentages or shares"
    ):
        take(place, "ours.xlsx", book)
    sheet["D2"].number_format = "0.0%"
    take(place, "ours.xlsx", book)
    assert [r["value"] for r in observations(place).to_pylist()] == [85.0]


def _hide(name: str) -> Change:
    def change(book: Workbook) -> None:
        book[name].sheet_state = "hidden"

    return change


def _cell(at: str, value: Any, sheet: str = "Provider") -> Change:
    def change(book: Workbook) -> None:
        book[sheet][at] = value

    return change


def _header_over_two_rows(book: Workbook) -> None:
    """The header's cells merged downwards over a second row, as on sheets of the independent
    sector."""
    sheet = book["Provider"]
    sheet.insert_rows(15)
    for column in range(2, sheet.max_column + 1):
        sheet.merge_cells(start_row=14, end_row=15, start_column=column, end_column=column)


def _code_merged_over_its_tests(book: Workbook) -> None:
    del book["Provider"]
    sheet = book["Provider by Test"]
    for first in (17, 21, 25):
        sheet.merge_cells(start_row=first, end_row=first + 3, start_column=4, end_column=4)


def _columns_swapped(book: Workbook) -> None:
    for name in ("Provider", "Provider by Test"):
        sheet = book[name]
        at = {c.value: c.column for c in sheet[14]}
        one, other = at["Total Waiting List"], at["13+ weeks"]
        for row in range(14, sheet.max_row + 1):
            a, b = sheet.cell(row, one).value, sheet.cell(row, other).value
            sheet.cell(row, one).value, sheet.cell(row, other).value = b, a


def _notes_below(book: Workbook) -> None:
    sheet = book["Provider"]
    sheet["B40"] = "Notes: 1. A long note, merged over the table."
    sheet.merge_cells("B40:AC40")
    sheet["B41"] = "Source: the return; contact the team."


def _stray_cell_far_below(book: Workbook) -> None:
    book["Provider"]["B300000"] = " "


def _empty_columns(book: Workbook) -> None:
    for row in range(14, 30):
        book["Provider"].cell(row, 60).number_format = "0.0%"


def _formula_beside(book: Workbook) -> None:
    book["Provider"]["I17"] = "=H17/G17"  # the percentage: not asked for


READ_RIGHT: list[tuple[str, Change]] = [
    ("a hidden sheet with other figures", lambda b: _hide("Provider by Test")(b) or _cell("H17", 9e9, "Provider by Test")(b)),
    ("a header over two merged rows", _header_over_two_rows),
    ("an organisation merged over its tests", _code_merged_over_its_tests),
    ("columns in another order", _columns_swapped),
    ("notes below, merged over the table", _notes_below),
    ("a stray cell far below", _stray_cell_far_below),
    ("empty formatted columns at the right", _empty_columns),
    ("a formula in a column that is not read", _formula_beside),
    ("a code in small letters with spaces", _cell("D17", " rq6\u00a0")),
    ("a count as text with its separator", _cell("F17", f"{six(LISTS['RQ6'])[1]:,}")),
    ("a chart of its own and a note sheet", lambda b: b.create_sheet("Notes").append(["Please read"])),
    ("the total row of England named otherwise", _cell("E15", "ENGLAND")),
    ("one of the two sheets gone", lambda b: b.remove(b["Provider"])),
]  # fmt: skip


@pytest.mark.parametrize("change", [c for _, c in READ_RIGHT], ids=[i for i, _ in READ_RIGHT])
def test_read_right(change: Change, place: Path) -> None:
    book = dm01_book(LISTS)
    change(book)
    found = take(place, DM01_NAME, book)
    assert {code: v for (_, code, *_), v in found.items()} == {
        code: six(tests) for code, tests in LISTS.items()
    }


def _header(sheet: str, old: str, new: str) -> Change:
    def change(book: Workbook) -> None:
        next(c for c in book[sheet][14] if c.value == old).value = new

    return change


def _only(name: str, change: Change) -> Change:
    """The change, on the only sheet with figures."""

    def both(book: Workbook) -> None:
        change(book)
        for sheet in [s for s in book.sheetnames if s != name]:
            del book[sheet]

    return both


REFUSED: list[tuple[str, Change, str, str]] = [
    ("a mark where a count belongs", _cell("G17", "12*"), "sheet 'Provider', cell G17", "this is no count"),
    ("a count withheld by a sign that is not known", _cell("G17", ".."), "sheet 'Provider', cell G17", "this is no count"),
    ("an error of the spreadsheet", _cell("F18", "#REF!"), "sheet 'Provider', cell F18", "this is no count"),
    ("a formula that was never worked out", _cell("F17", "=SUM(J17:W17)"), "sheet 'Provider', cell F17", "formula has no value"),
    ("a negative count", _cell("G17", -3), "sheet 'Provider', cell G17", "negative"),
    ("half a patient", _cell("G17", 3.5), "sheet 'Provider', cell G17", "no whole count"),
    ("a share in the place of a count", _cell("G17", 0.07), "sheet 'Provider', cell G17", "no whole count"),
    ("an empty count", _cell("G17", None), "sheet 'Provider', cell G17", "count is missing"),
    ("bands that do not reach the list", _cell("J17", 1), "sheet 'Provider', cell F17", "does not add up"),
    ("six weeks that are not those of the bands", lambda b: [_cell("G17", 25)(b), _cell("H17", 0)(b)], "sheet 'Provider', cell G17", "does not add up"),
    ("a name in the place of a code", _cell("D18", "Aintree Hospital"), "sheet 'Provider', cell D18", "no organisation's code"),
    ("a number in the place of a code", _cell("D18", 5e2), "sheet 'Provider', cell D18", "no organisation's code"),
    ("an organisation twice", _cell("D18", "RQ6"), "sheet 'Provider', row 18", "stands twice"),
    ("an organisation twice, once in small letters", _cell("D18", "rq6"), "sheet 'Provider', row 18", "stands twice"),
    ("two sheets that do not agree", lambda b: [_cell("J17", float(sum(t[0] for t in LISTS["RQ6"]) + 1), "Provider")(b), _cell("F17", float(six(LISTS["RQ6"])[1] + 1), "Provider")(b)], "sheet 'Provider by Test'", "two sheets give one figure differently"),
    ("a month to come", _cell("C4", dt.datetime(2031, 3, 1)), "sheet 'Provider'", "different months"),
    ("a title of another month", _cell("C4", dt.datetime(2019, 4, 1)), "sheet 'Provider'", "different months"),
    ("a column renamed beyond knowing", _only("Provider", _header("Provider", "Total Waiting List", "Everyone")), "sheet 'Provider'", "Total Waiting List or Total WL"),
    ("a band gone", _only("Provider", _header("Provider", "05 <06 weeks", "")), "sheet 'Provider', cell P14", "do not follow one another"),
    ("a note in a column without a heading", _cell("AD18", "late return"), "sheet 'Provider', cell AD18", "more cells than the header"),
    ("a workbook without figures", lambda b: [b.remove(b["Provider"]), b.remove(b["Provider by Test"])], "sheet 'Cover'", "no known layout"),
    ("its figures hidden", lambda b: [_hide("Provider")(b), _hide("Provider by Test")(b)], "sheet 'Cover'", "no known layout"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "where", "says"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused_with_sheet_and_cell(change: Change, where: str, says: str, place: Path) -> None:
    book = dm01_book(LISTS)
    change(book)
    with pytest.raises(InputAtFault) as caught:
        take(place, DM01_NAME, book)
    assert any(
        f.file.startswith(DM01_NAME) and where in f.file and says in str(f)
        for f in caught.value.faults
    ), str(caught.value)
    assert observations(place).num_rows == 0


def test_old_and_closed_workbooks_and_archives_say_what_to_do(place: Path) -> None:
    good = saved(dm01_book(LISTS))
    csv = text_of(AE_HEADER, ae_rows([("RQ6", 8000, 1200, 2000)])).encode()

    def packed(**members: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name.replace("_csv", ".csv").replace("_xlsx", ".xlsx"), content)
        return out.getvalue()

    bare = re.sub(b"xl/workbook.xml", b"xl/workbook.bin", good)
    for name, content, says in (
        ("old.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "saved as .xlsx without a password"),
        ("cut.xlsx", good[: len(good) // 2], "damaged"),
        ("two.zip", packed(a_csv=csv, b_csv=csv), "holds a.csv, b.csv"),
        ("none.zip", packed(readme=b"hello"), "holds readme"),
        ("binary.xlsb", bare, "binary workbook"),
        ("cut.csv.gz", gzip.compress(csv)[:-20], "damaged"),
        ("twice.csv.gz", gzip.compress(gzip.compress(csv)), "compressed file in a compressed file"),
    ):
        with pytest.raises(InputAtFault) as caught:
            take(place, name, content)
        assert says in str(caught.value), (name, str(caught.value))
        assert caught.value.faults[0].file == name
    assert observations(place).num_rows == 0
    plain = take(place, "ae.csv", csv)
    for name, content in (("ae.zip", packed(ae_csv=csv)), ("ae.csv.gz", gzip.compress(csv))):
        assert take(place, name, content) == plain
    assert observations(place).num_rows == len(
        plain
    )  # the same text in another wrapping is the same import
    assert len(take(place, "book.zip", packed(March_2019_xlsx=good))) == len(plain) + len(LISTS)


def test_a_workbook_that_would_not_end_is_refused_before_it_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = saved(dm01_book(LISTS))
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 10_000)
    with pytest.raises(InputAtFault, match=r"too large.*MB unpacked"):
        take(place, DM01_NAME, book)
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1 << 28)
    monkeypatch.setattr(workbook, "MOST_CELLS", 200)
    with pytest.raises(InputAtFault, match=r"sheet 'Provider by Test'.*too large"):
        take(place, DM01_NAME, book)
    monkeypatch.setattr(workbook, "MOST_CELLS", 8_000_000)
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as given,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for member in given.namelist():
            text = given.read(member)
            if member == "xl/workbook.xml":
                text = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + text
            made.writestr(member, text)
    with pytest.raises(InputAtFault, match="a document type of its own"):
        take(place, DM01_NAME, bomb.getvalue())


def test_letters_of_columns() -> None:
    assert [workbook.letters(i) for i in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_values_worked_out_by_a_spreadsheet_are_read(place: Path) -> None:
    """A formula beside its value, as a spreadsheet saves it: the value counts, and only where the
    file holds one."""
    book = dm01_book(LISTS)
    total = six(LISTS["RQ6"])[1]
    book["Provider"]["F17"] = "=SUM(J17:W17)"
    raw = saved(book)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for member in given.namelist():
            text = given.read(member)
            text = re.sub(
                rb"<f>SUM\(J17:W17\)</f><v\s*/>", b"<f>SUM(J17:W17)</f><v>%d</v>" % total, text
            )
            text = re.sub(
                rb"<f>SUM\(J17:W17\)</f><v></v>", b"<f>SUM(J17:W17)</f><v>%d</v>" % total, text
            )
            made.writestr(member, text)
    assert (
        load_workbook(io.BytesIO(out.getvalue()), data_only=True)["Provider"]["F17"].value == total
    )
    found = take(place, DM01_NAME, out.getvalue())
    assert found["diagnostic-6-weeks", "RQ6", "provider", None, MARCH] == six(LISTS["RQ6"])


def test_two_kinds_of_department_cannot_be_told_apart_without_their_groups(place: Path) -> None:
    book = ae_book(AE)
    sheet = book["Provider Level Data"]
    for at in list(sheet.merged_cells.ranges):
        if at.min_row == 15:
            sheet.unmerge_cells(str(at))
            sheet.cell(15, at.min_col).value = None
    assert AE_KINDS[0] in [c.value for c in sheet[16]]
    with pytest.raises(InputAtFault) as caught:
        take(place, AE_NAME, book)
    assert "sheet 'Provider Level Data'" in str(caught.value)


def _rtt_sheet(
    title: str, *head: str, rows: list[list[Any]], side: str = "Provider", sheet: str = "Provider"
) -> Workbook:
    book = Workbook()
    book["Sheet"].title = sheet
    block(book[sheet], "Referral to Treatment (RTT) Waiting Times", title, MARCH, rows=14)
    put(
        book[sheet],
        14,
        [
            "Region Code",
            f"{side} Code",
            f"{side} Name",
            "Treatment Function Code",
            "Treatment Function",
            *head,
        ],
    )
    for number, row in enumerate(rows, start=15):
        put(book[sheet], number, ["Y62", *row])
    return book


COMPLETED = (
    *RTT_BANDS,
    "Patients with unknown clock start date",
    "Total number of completed pathways (all)",
    "Total number of completed pathways (with a known clock start)",
    "Total (with a known clock start) within 18 weeks",
)


def _completed(code: str, bands: list[int], unknown: int) -> list[list[Any]]:
    known = sum(bands)
    cells = [
        *map(float, bands),
        float(unknown),
        float(known + unknown),
        float(known),
        float(sum(bands[:18])),
    ]
    return [
        [code, f"TRUST {code}", "C_100", "General Surgery", *cells],
        [code, f"TRUST {code}", "C_999", "Total", *cells],
    ]


@pytest.mark.parametrize(
    ("title", "measure", "part"),
    [
        ("Monthly RTT waiting times for completed admitted pathways", "rtt-admitted", "Part_1A"),
        (
            "Monthly RTT waiting times for completed non-admitted pathways",
            "rtt-not-admitted",
            "Part_1B",
        ),
    ],
)
def test_completed_pathways_are_those_that_the_title_says(
    title: str, measure: str, part: str, place: Path
) -> None:
    bands = WAITS[0]
    book = _rtt_sheet(title, *COMPLETED, rows=_completed("RQ6", bands, 9))
    found = take(place, "RTT-Mar19.xlsx", book)
    assert found == {(measure, "RQ6", "provider", part, MARCH): (sum(bands[:18]), sum(bands))}


def test_completed_pathways_of_a_title_that_says_neither_are_refused(place: Path) -> None:
    book = _rtt_sheet("Monthly RTT waiting times", *COMPLETED, rows=_completed("RQ6", WAITS[0], 9))
    with pytest.raises(
        InputAtFault, match=r"sheet 'Provider', row 14: nothing says which standard"
    ):
        take(place, "RTT-Mar19.xlsx", book)


def test_new_clock_starts_of_commissioners(place: Path) -> None:
    rows = [
        ["99A", "NHS LIVERPOOL", "C_100", "Surgery", 40.0],
        ["99A", "NHS LIVERPOOL", "C_320", "Cardiology", 60.0],
    ]
    head = "Number of new RTT clock starts during the month"
    book = _rtt_sheet("New RTT periods", head, rows=rows, side="CCG", sheet="Commissioner")
    found = take(place, "New-Periods-Commissioner-Mar19.xlsx", book)
    assert found == {("rtt-clock-starts", "99A", "commissioner", "Part_3", MARCH): (100, None)}


def test_a_list_decided_upon_under_a_plain_heading_is_known_by_its_sheet(place: Path) -> None:
    head = (*RTT_BANDS, "Total number of incomplete pathways", "Total within 18 weeks")
    bands = DECIDED[1]
    cells = [*map(float, bands), float(sum(bands)), float(sum(bands[:18]))]
    book = _rtt_sheet(
        "Monthly RTT waiting times for incomplete pathways",
        *head,
        rows=[["RQ6", "TRUST", "C_999", "Total", *cells]],
        sheet="Provider with DTA",
    )
    found = take(place, RTT_NAME, book)
    assert {(m, p) for m, _, _, p, _ in found} == {("rtt-incomplete-decided", "Part_2A")}


def _as_csv(book: Workbook, sheet: str) -> bytes:
    """The sheet as a spreadsheet saves it: no merged cells, shares as they are shown."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in book[sheet].iter_rows():
        writer.writerow(
            [
                "" if c.value is None else f"{c.value:%b-%y}" if isinstance(c.value, dt.datetime) else
                f"{c.value:.1%}" if c.number_format == "0.0%" else f"{c.value:,.0f}" if isinstance(c.value, float) else c.value
                for c in row
            ]
        )  # fmt: skip
    return out.getvalue().encode()


def test_a_sheet_saved_as_csv_gives_what_the_workbook_gives(place: Path, tmp_path: Path) -> None:
    for name, sheet, book in (
        (DM01_NAME, "Provider by Test", dm01_book(LISTS)),
        (AE_NAME, "Provider Level Data", ae_book(AE)),
        (RTT_NAME, "Provider with DTA", rtt_book({"RQ6": WAITS}, {"RQ6": DECIDED})),
    ):
        whole = take(place, name, book)
        other = tmp_path / f"{sheet}-place" / "place"
        shutil.copytree(REPO / "places" / "liverpool", other)
        saved_as = take(other, name.replace(".xlsx", ".csv"), _as_csv(book, sheet))
        assert len(saved_as) >= 1
        assert {k: whole[k] for k in saved_as} == saved_as


def test_the_command_takes_a_workbook(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = place.parent / DM01_NAME
    file.write_bytes(saved(dm01_book(LISTS)))
    for already in (False, True):
        assert run(app, ["measures", "import", str(place), str(file), "--json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)
        assert told["already"] is already
        assert (told["format"], told["months"], told["rows"]) == ("dm01_book", ["2019-03-01"], 3)
        assert "sheet 'Cover' was left out: no known layout has this header" in told["notes"]
    assert observations(place).num_rows == len(LISTS)
    book = dm01_book(LISTS)
    book["Provider"]["G17"] = "12*"
    file.write_bytes(saved(book))
    assert run(app, ["measures", "import", str(place), str(file), "--json"]) == 1
    assert f"{DM01_NAME}, sheet 'Provider', cell G17" in "".join(capsys.readouterr())
