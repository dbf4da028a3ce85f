"""Workbooks in the layouts that NHS England publishes, with invented figures: structure only, for
tests.

Layouts as in `sources/statistics/formats/*_book.yaml`, which cite each publication: a title block,
a header on row 14 or 16 in the second column, England first, figures as floats, shares as fractions
shown as percentages, dates as dates.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Change = Callable[[Workbook], None]
DM01_TESTS = ("Magnetic Resonance Imaging", "Computed Tomography", "Colonoscopy")
DM01_BANDS = (
    *(f"{w:02d} <{w + 1:02d} weeks" if w else "0 <01 weeks" for w in range(13)),
    "13+ weeks",
)
RTT_BANDS = (*(f">{w}-{w + 1}" for w in range(52)), "52 plus")
AE_GROUPS = (
    "A&E attendances",
    "A&E attendances less than 4 hours from arrival to admission, transfer or discharge",
    "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge",
)
AE_KINDS = (
    "Type 1 Departments - Major A&E",
    "Type 2 Departments - Single Specialty",
    "Type 3 Departments - Other A&E/Minor Injury Unit",
)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def block(sheet: Worksheet, title: str, summary: str, month: dt.date, *, rows: int) -> None:
    """The title block above a published table; the month is a real date."""
    said = [
        ("Title:", title),
        ("Summary:", summary),
        ("Period:", dt.datetime(month.year, month.month, 1)),
        ("Source:", "Monthly return"),
        ("Published:", dt.datetime(2019, 5, 9)),
        ("Revised:", "-"),
    ]
    for i, (label, text) in enumerate(said, start=2):
        sheet.cell(i, 2, label)
        sheet.cell(i, 3, text)
        if isinstance(text, dt.datetime):
            sheet.cell(i, 3).number_format = "mmmm yyyy"
    sheet.merge_cells("C2:H2")
    sheet.cell(rows - 1, 2, "Provider Level Data")


def put(sheet: Worksheet, row: int, cells: Sequence[Any]) -> None:
    """Cells from the second column on; a share is shown as a percentage."""
    for i, value in enumerate(cells, start=2):
        if value is not None:
            cell = sheet.cell(row, i, value)
            if isinstance(value, float) and 0 < value < 1:
                cell.number_format = "0.0%"


def dm01_book(
    lists: dict[str, Sequence[Sequence[int]]],
    *,
    month: dt.date = dt.date(2019, 3, 1),
    side: str = "Provider",
) -> Workbook:
    """`lists`: organisation -> for each test the number waiting in each of 14 bands of weeks."""
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Cover"
    cover["B2"] = "Diagnostic waiting times"
    figures = [
        "Total Waiting List",
        "Number waiting 6+ Weeks",
        "Number waiting 13+ Weeks",
        "Percentage waiting 6+ weeks",
        *DM01_BANDS,
    ]
    organisation = [f"{side} Code", f"{side} Name"]
    for name, by_test in ((side, False), (f"{side} by Test", True)):
        sheet = book.create_sheet(name)
        block(
            sheet,
            "Diagnostic Waiting Times and Activity",
            f"Waits by {side.lower()}",
            month,
            rows=14,
        )
        head = ["Regional Team Code", "Regional Team Name", *organisation]
        put(
            sheet,
            14,
            [*head, *(["Diagnostic ID", "Diagnostic Test Name"] if by_test else []), *figures],
        )
        england = [
            sum(cells)
            for cells in zip(*(t for tests in lists.values() for t in tests), strict=True)
        ]
        total_of_england = ["16", "Total"] if by_test else []
        put(sheet, 15, [None, None, None, "England", *total_of_england, *_waits(england)])
        row = 17  # a row is left empty below England
        for code, tests in lists.items():
            who = ["Y62", "North West", code, f"{side.upper()} {code}"]
            added = [sum(cells) for cells in zip(*tests, strict=True)]
            if by_test:
                for number, (test, bands) in enumerate(
                    zip(DM01_TESTS, tests, strict=False), start=1
                ):
                    put(sheet, row, [*who, number, test, *_waits(bands)])
                    row += 1
            put(sheet, row, [*who, *(["16", "Total"] if by_test else []), *_waits(added)])
            row += 1
        sheet.cell(row + 2, 2, "Notes: 1. Figures may be revised.")
    return book


def _waits(bands: Sequence[int]) -> list[float]:
    total, six, thirteen = sum(bands), sum(bands[6:]), bands[13]
    return [
        float(total),
        float(six),
        float(thirteen),
        six / total if total else 0.0,
        *map(float, bands),
    ]


def rtt_book(
    lists: dict[str, Sequence[Sequence[int]]],
    decided: dict[str, Sequence[Sequence[int]]],
    *,
    month: dt.date = dt.date(2019, 3, 1),
    independent: dict[str, Sequence[Sequence[int]]] | None = None,
) -> Workbook:
    """Incomplete pathways: organisation -> for each specialty the number waiting in each of 53
    bands; the all-specialty row is added."""
    book = Workbook()
    national = book.active
    assert national is not None
    national.title = "National"
    summary = "Monthly Referral to Treatment (RTT) waiting times for incomplete pathways"
    put(
        national,
        4,
        ["Treatment Function Code", "Treatment Function", "Total number of incomplete pathways"],
    )
    with_dta = " with a decision to admit for treatment"
    for name, of, total, said in (
        ("Provider", lists, "Total number of incomplete pathways", summary),
        (
            "Provider with DTA",
            decided,
            f"Total number of incomplete pathways{with_dta}",
            f"{summary}{with_dta}",
        ),
        ("IS Provider", independent or {}, "Total number of incomplete pathways", summary),
    ):
        if not of:
            continue
        sheet = book.create_sheet(name)
        block(sheet, "Referral to Treatment (RTT) Waiting Times", said, month, rows=14)
        head = [
            "Region Code",
            "Provider Code",
            "Provider Name",
            "Treatment Function Code",
            "Treatment Function",
            *RTT_BANDS,
            total,
        ]
        put(
            sheet,
            14,
            [
                *head,
                "Total within 18 weeks",
                "% within 18 weeks",
                "Average (median) waiting time (in weeks)",
            ],
        )
        row = 15
        for code, specialties in of.items():
            added = [sum(cells) for cells in zip(*specialties, strict=True)]
            for number, bands in [*enumerate(specialties, start=100), (999, added)]:
                within = sum(bands[:18])
                said_name = "Total" if number == 999 else f"Specialty {number}"
                put(
                    sheet,
                    row,
                    ["Y62", code, f"TRUST {code}", f"C_{number}", said_name, *map(float, bands), float(sum(bands)), float(within), within / sum(bands), 7.25],
                )  # fmt: skip
                row += 1
    return book


def ae_book(
    figures: Iterable[tuple[str, Sequence[Any], Sequence[Any]]],
    *,
    month: dt.date = dt.date(2019, 3, 1),
) -> Workbook:
    """(code, attendances of three kinds, of them over four hours): groups of headings are merged
    above their columns."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Provider Level Data"
    block(sheet, "A&E Attendances and Emergency Admissions", "Provider level", month, rows=15)
    start = 5
    for group in AE_GROUPS:
        sheet.cell(15, start, group)
        sheet.merge_cells(
            start_row=15,
            end_row=15,
            start_column=start,
            end_column=start + len(AE_KINDS) - 1 + (start == 5),
        )
        start += len(AE_KINDS) + (start == 5)
    put(
        sheet,
        16,
        ["Code", "Region", "Name", *AE_KINDS, "Total attendances", *AE_KINDS, *AE_KINDS, "Total Attendances > 4 hours",
         "Percentage in 4 hours or less (all)", "Emergency Admissions via Type 1 A&E", "Emergency Admissions via Type 2 A&E",
         "Emergency Admissions via Type 3 and 4 A&E", "Number of patients spending >12 hours from decision to admit to admission"],
    )  # fmt: skip
    put(sheet, 17, ["-", "-", "England", *[1000.0] * 15])
    for row, (code, seen, over) in enumerate(figures, start=19):
        late = "N/A" in over
        total = sum(s for s in seen if s != "-")
        less = [
            "N/A" if o == "N/A" else (s if s != "-" else 0) - (o if o != "-" else 0)
            for s, o in zip(seen, over, strict=True)
        ]
        said = ["N/A", "N/A"] if "N/A" in over else [sum(o for o in over if o != "-"), 0.9]
        put(
            sheet,
            row,
            [
                code,
                "North West",
                f"TRUST {code}",
                *seen,
                total,
                *less,
                *over,
                *said,
                10,
                "-",
                "-",
                0 if late else 2,
            ],
        )
    return book
