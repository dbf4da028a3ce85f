"""Files in the layouts that NHS England publishes, with invented figures: structure only, for tests
and benches.

Layouts as in `sources/statistics/formats/*.yaml`, which cite each publication. No published figure
is in them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

SPECIALTIES = ("C_100", "C_101", "C_110", "C_120", "C_130", "C_140", "C_150", "C_160", "C_170", "C_300", "C_301", "C_320",
               "C_330", "C_340", "C_400", "C_410", "C_430", "C_502", "X01")  # fmt: skip
PARTS = {
    "Part_1A": "Completed Pathways For Admitted Patients",
    "Part_1B": "Completed Pathways For Non-Admitted Patients",
    "Part_2": "Incomplete Pathways",
    "Part_2A": "Incomplete Pathways with DTA",
    "Part_3": "New RTT Periods - All Patients",
}
TESTS = (
    "MAGNETIC_RESONANCE_IMAGING",
    "COMPUTED_TOMOGRAPHY",
    "NON_OBSTETRIC_ULTRASOUND",
    "COLONOSCOPY",
)
AE_HEADER = (
    "Period", "Org Code", "Parent Org", "Org name", "A&E attendances Type 1", "A&E attendances Type 2", "A&E attendances Other A&E Department",
    "Attendances over 4hrs Type 1", "Attendances over 4hrs Type 2", "Attendances over 4hrs Other Department",
    "Patients who have waited 4-12 hs from DTA to admission", "Patients who have waited 12+ hrs from DTA to admission",
    "Emergency admissions via A&E - Type 1", "Emergency admissions via A&E - Type 2", "Emergency admissions via A&E - Other A&E department",
    "Other emergency admissions",
)  # fmt: skip
IAPT_HEADER = (
    "REPORTING_PERIOD_START", "REPORTING_PERIOD_END", "GROUP_TYPE", "ORG_CODE1", "ORG_NAME1", "ORG_CODE2", "ORG_NAME2", "MEASURE_ID",
    "MEASURE_NAME", "MEASURE_VALUE_SUPPRESSED",
)  # fmt: skip
CANCER_HEADER = (
    "Period",
    "Org Code",
    "Org Name",
    "Standard",
    "Cancer Type",
    "Total",
    "Within Standard",
    "Breaches",
)


def rtt_header(weeks: int = 52) -> list[str]:
    names = ["Period", "Provider Parent Org Code", "Provider Parent Name", "Provider Org Code", "Provider Org Name",
             "Commissioner Parent Org Code", "Commissioner Parent Name", "Commissioner Org Code", "Commissioner Org Name",
             "RTT Part Type", "RTT Part Description", "Treatment Function Code", "Treatment Function Name"]  # fmt: skip
    names += [f"Gt {w:02d} To {w + 1:02d} Weeks SUM 1" for w in range(weeks)]
    return [
        *names,
        f"Gt {weeks} Weeks SUM 1",
        "Total",
        "Patients with unknown clock start date",
        "Total All",
    ]


def rtt_rows(
    providers: Sequence[str],
    commissioners: Sequence[str],
    *,
    period: str = "RTT-March-2019",
    weeks: int = 52,
    specialties: Sequence[str] = SPECIALTIES[:3],
    seed: int = 1,
) -> list[list[str]]:
    """All five parts of each pair and specialty, with the all-specialty row C_999 that adds up the
    others."""
    rng = np.random.default_rng(seed)
    rows = []
    for provider in providers:
        for commissioner in commissioners:
            head = [
                period,
                "QYG",
                "CHESHIRE",
                provider,
                f"TRUST {provider}",
                "Q75",
                "NORTH",
                commissioner,
                f"COMMISSIONER {commissioner}",
            ]
            for part, said in PARTS.items():
                total = np.zeros(weeks + 3, dtype=np.int64)
                for code in specialties:
                    bands = rng.poisson(np.exp(2 - np.arange(weeks + 1) / 12))
                    unknown = int(rng.integers(0, 3)) if part in ("Part_1A", "Part_1B") else 0
                    if part == "Part_3":
                        cells = np.concatenate(
                            [np.zeros(weeks + 1, dtype=np.int64), [0, bands.sum()]]
                        )
                    else:
                        cells = np.concatenate([bands, [unknown, bands.sum() + unknown]])
                    total += cells
                    rows.append(
                        [*head, part, said, code, f"SPECIALTY {code}", *_rtt_cells(cells, part)]
                    )
                rows.append([*head, part, said, "C_999", "Total", *_rtt_cells(total, part)])
    return rows


def _rtt_cells(cells: np.ndarray, part: str) -> list[str]:
    """Nobody in a band is an empty cell, as published; `Total` leaves out unknown starts."""
    bands, unknown, everybody = cells[:-2], int(cells[-2]), int(cells[-1])
    if part == "Part_3":
        return [*[""] * len(bands), "", "", str(everybody)]
    total = int(bands.sum())
    return [
        *(str(b) if b else "" for b in bands.tolist()),
        str(total),
        str(unknown) if unknown else "",
        str(everybody),
    ]


def dm01_header() -> list[str]:
    names = ["Period", "Provider Parent Org Code", "Provider Parent Name", "Provider Org Code", "Provider Org Name",
             "Commissioner Parent Org Code", "Commissioner Parent Name", "Commissioner Org Code", "Commissioner Org Name",
             "Diagnostic Tests Sort Order", "Diagnostic Tests", "00 < 01 Week"]  # fmt: skip
    names += [f"{w:02d} < {w + 1:02d} Weeks" for w in range(1, 13)]
    return [
        *names,
        "13+ Weeks",
        "Total WL",
        "Waiting List Activity",
        "Planned Activity",
        "Unscheduled Activity",
        "Total Activity",
    ]


def dm01_rows(
    providers: Sequence[str],
    commissioners: Sequence[str],
    *,
    period: str = "DM01-MARCH-2019",
    seed: int = 2,
) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    rows = []
    for provider in providers:
        for commissioner in commissioners:
            head = [
                period,
                "QYG",
                "CHESHIRE",
                provider,
                f"TRUST {provider}",
                "Q75",
                "NORTH",
                commissioner,
                f"COMMISSIONER {commissioner}",
            ]
            total = np.zeros(15, dtype=np.int64)
            for order, test in enumerate(TESTS, start=1):
                bands = rng.poisson(np.exp(3 - np.arange(14) / 2))
                cells = np.concatenate([bands, [bands.sum()]])
                total += cells
                rows.append(
                    [*head, str(order), test, *map(str, cells.tolist()), "10", "5", "1", "16"]
                )
            rows.append([*head, "16", "TOTAL", *map(str, total.tolist()), "40", "20", "4", "64"])
    return rows


def ae_rows(
    figures: Iterable[tuple[str, int, int, int]],
    *,
    period: str = "MSitAE-MARCH-2019",
    total: bool = True,
) -> list[list[str]]:
    """(code, attendances, over four hours, admissions), all in major departments; the row of
    England ends the file."""
    rows, sums = [], [0, 0, 0]
    for code, seen, over, admitted in figures:
        rows.append(
            [
                period,
                code,
                "NORTH",
                f"TRUST {code}",
                str(seen),
                "0",
                "0",
                str(over),
                "0",
                "0",
                "3",
                "0",
                str(admitted),
                "0",
                "0",
                "5",
            ]
        )
        sums = [a + b for a, b in zip(sums, (seen, over, admitted), strict=True)]
    if total:
        rows.append(
            [
                "TOTAL",
                "TOTAL",
                "TOTAL",
                "TOTAL",
                str(sums[0]),
                "0",
                "0",
                str(sums[1]),
                "0",
                "0",
                "9",
                "0",
                str(sums[2]),
                "0",
                "0",
                "15",
            ]
        )
    return rows


def iapt_rows(
    figures: Iterable[tuple[str, str, str, str]], *, kind: str = "CCG"
) -> list[list[str]]:
    """(code, finished, within 6 weeks, within 18 weeks), as text, so that a cell can be
    withheld."""
    rows = []
    names = (
        "Count_FinishedCourseTreatment",
        "Count_FirstTreatment6WeeksFinishedCourseTreatment",
        "Count_FirstTreatment18WeeksFinishedCourseTreatment",
    )
    for code, *cells in figures:
        first, second = (code, "All") if kind != "Provider" else ("All", code)
        for number, (name, cell) in enumerate(zip(names, cells, strict=True), start=51):
            rows.append(
                [
                    "01/03/2019",
                    "31/03/2019",
                    kind,
                    first,
                    f"NAME {code}",
                    second,
                    "All",
                    f"M0{number}",
                    name,
                    cell,
                ]
            )
    return rows


def text_of(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, before: str = "", after: str = ""
) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return before + out.getvalue() + after


def codes(letter: str, number: int) -> list[str]:
    """That many three-character codes."""
    signs = "ABCDEFGHJKLMNPQRSTVWXY"
    return [f"{letter}{signs[i // len(signs)]}{signs[i % len(signs)]}" for i in range(number)]


def big_rtt(path: Path, *, rows: int = 300_000, weeks: int = 52) -> int:
    """A national file of about so many rows: every pair of a trust and five commissioners, all
    parts and specialties."""
    specialties = SPECIALTIES
    per_pair = len(PARTS) * (len(specialties) + 1)
    pairs = -(-rows // per_pair)
    trusts, payers = codes("R", 200), [f"{i:02d}{x}" for i in range(1, 100) for x in "AB"]
    header = rtt_header(weeks)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(header)
        for i in range(pairs):
            trust, payer = (
                trusts[i % len(trusts)],
                payers[(i // len(trusts) * 37 + i) % len(payers)],
            )
            made = rtt_rows([trust], [payer], weeks=weeks, specialties=specialties, seed=i)
            writer.writerows(made)
            written += len(made)
    return written
