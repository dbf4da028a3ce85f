"""Monthly files as publishers really send them: each spoilt in one way, and each read right or
refused with the reason.

Read right means: the very figures of the file as it should be. Refused means: file, line, what was
found, what was expected.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oneplace.faults import InputAtFault
from oneplace.sources.statistics import import_files, observations
from published_files import (
    AE_HEADER,
    CANCER_HEADER,
    IAPT_HEADER,
    ae_rows,
    dm01_header,
    dm01_rows,
    iapt_rows,
    rtt_header,
    rtt_rows,
    text_of,
)

REPO = Path(__file__).resolve().parents[2]
AT = dt.datetime(2020, 6, 1, 12)
RTT = text_of(rtt_header(), rtt_rows(["RQ6", "REM"], ["99A", "01X"]))
AE = text_of(AE_HEADER, ae_rows([("RQ6", 8000, 1200, 2000), ("REM", 7000, 900, 1500)]))
DM01 = text_of(dm01_header(), dm01_rows(["RQ6", "REM"], ["99A", "01X"]))
IAPT = text_of(IAPT_HEADER, iapt_rows([("99A", "400", "350", "395"), ("01X", "30", "25", "30")]))
CANCER = text_of(
    CANCER_HEADER,
    [
        ["Mar-19", "RQ6", "Royal", "2WW", "ALL", "100", "93", "7"],
        ["Mar-19", "RQ6", "Royal", "62D", "Breast", "10", "9", "1"],
        ["Mar-19", "RQ6", "Royal", "62D", "Lung", "10", "8", "2"],
    ],
)
FILES = {"rtt.csv": RTT, "ae.csv": AE, "dm01.csv": DM01, "iapt.csv": IAPT, "cancer.csv": CANCER}


@pytest.fixture()
def place(tmp_path: Path) -> Path:
    """Liverpool without its plan: its trusts and measures are what an import needs."""
    folder = tmp_path / "place"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    return folder


def figures(folder: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {
        (r["measure"], r["organisation_code"], r["basis"], r["part"], r["period"]): (
            r["numerator"],
            r["denominator"],
            None if r["value"] is None else round(r["value"], 9),
            r["suppressed"],
        )
        for r in observations(folder).to_pylist()
    }


def take(
    folder: Path, name: str, content: str | bytes, **how: Any
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    file = folder.parent / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    import_files(folder, [file], imported_at=AT, **how)
    return figures(folder)


def clean(name: str, tmp_path: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    folder = tmp_path / "clean"
    shutil.copytree(REPO / "places" / "liverpool", folder)
    return take(folder, name, FILES[name])


def test_rtt_parts_are_never_added_and_totals_not_counted_twice(place: Path) -> None:
    found = take(place, "rtt.csv", RTT)
    rows = rtt_rows(["RQ6", "REM"], ["99A", "01X"])
    head = rtt_header()
    part, code, who = (
        head.index("RTT Part Type"),
        head.index("Treatment Function Code"),
        head.index("Provider Org Code"),
    )
    mine = [r for r in rows if r[part] == "Part_2" and r[code] != "C_999" and r[who] == "RQ6"]
    bands = [i for i, h in enumerate(head) if h.startswith("Gt ")]
    waiting = sum(int(r[i] or 0) for r in mine for i in bands)
    within = sum(int(r[i] or 0) for r in mine for i in bands[:18])
    month = dt.date(2019, 3, 1)
    key = ("rtt-incomplete", "RQ6", "provider", "Part_2", month)
    assert found[key][:2] == (within, waiting)
    assert found["waiting-list-size", "RQ6", "provider", "Part_2", month][0] == waiting
    # Each pathway stands once on either side: trusts and commissioners add up to the same list.
    for basis in ("provider", "commissioner"):
        total = sum(v[1] for k, v in found.items() if k[0] == "rtt-incomplete" and k[2] == basis)
        assert total == sum(int(r[-1]) for r in rows if r[part] == "Part_2" and r[code] == "C_999")


def test_the_list_by_weeks_adds_up_to_the_list(place: Path) -> None:
    found = take(place, "rtt.csv", RTT)
    weeks = observations(place, measure="rtt-incomplete", by_week=True).to_pylist()
    for basis, code in (("provider", "RQ6"), ("commissioner", "99A")):
        added = sum(
            r["numerator"] for r in weeks if r["organisation_code"] == code and r["basis"] == basis
        )
        assert added == found["rtt-incomplete", code, basis, "Part_2", dt.date(2019, 3, 1)][1]


def test_figures_of_the_other_layouts(place: Path) -> None:
    month = dt.date(2019, 3, 1)
    assert take(place, "ae.csv", AE)["ae-4-hours", "RQ6", "provider", None, month] == (
        6800,
        8000,
        85.0,
        False,
    )
    found = take(place, "iapt.csv", IAPT)
    assert found["talking-therapies-6-weeks", "99A", "commissioner", None, month] == (
        350,
        400,
        87.5,
        False,
    )
    found = take(place, "cancer.csv", CANCER)
    assert found["cancer-62-days", "RQ6", "provider", None, month] == (17, 20, 85.0, False)
    assert found["cancer-2-weeks", "RQ6", "provider", None, month] == (93, 100, 93.0, False)


IAPT_NAMES = (
    "FinishedCourseTreatment",
    "Recovery",
    "NotAtCaseness",
    "FirstTreatment",
    "ReferralsReceived",
)


def iapt_of(
    counts: dict[str, tuple[str, ...]],
    *,
    names: tuple[str, ...] = IAPT_NAMES,
    before: str = "Count_",
) -> str:
    """The monthly file as published: counts beside percentages, means and medians, England and
    pairs beside commissioners."""
    rows = []
    month = ["01/03/2019", "31/03/2019"]
    for code, cells in counts.items():
        where = (
            ["CCG", code, f"NHS {code}", "All", "All"]
            if code != "RW4"
            else ["Provider", "All", "All", code, "Mersey"]
        )
        made = dict(zip(names, cells, strict=True))
        rows += [
            [*month, *where, f"M{i:03d}", before + name, cell]
            for i, (name, cell) in enumerate(made.items(), 1)
        ]
        rows.append([*month, *where, "M192", "Percentage_Recovery", "51.7"])
        rows.append([*month, *where, "M048", "Mean_WaitEnteredTreatment", "18.75"])
    for kind, first, second in (
        ("England", "All", "All"),
        ("CCG/Provider", "99A", "RW4"),
        ("CommRegion", "Y62", "All"),
    ):
        rows.append(
            [
                *month,
                kind,
                first,
                first,
                second,
                second,
                "M076",
                f"{before}FinishedCourseTreatment",
                "99999",
            ]
        )
    rows.append(
        [
            *month,
            "CCG",
            "InvalidCode",
            "Invalid",
            "All",
            "All",
            "M076",
            f"{before}FinishedCourseTreatment",
            "5",
        ]
    )
    return text_of(IAPT_HEADER, rows)


def test_recovery_is_of_those_who_finished_and_were_at_caseness(place: Path) -> None:
    """Liverpool: 400 finished, 40 of them never at caseness, 180 recovered: 50%, not 45%."""
    month = dt.date(2019, 3, 1)
    counts = {
        "99A": ("400", "180", "40", "500", "900"),
        "01X": ("60", "*", "10", "70", "80"),  # withheld: no nought
        "01J": ("5", "5", "5", "10", "20"),  # rounding leaves nobody to recover
        "RW4": ("300", "130", "40", "410", "700"),
    }
    found = take(place, "iapt-mar-2019.csv", iapt_of(counts))
    recovery = {code: v for (m, code, *_), v in found.items() if m == "talking-therapies-recovery"}
    assert recovery["99A"] == (180, 360, 50.0, False)
    assert recovery["RW4"] == (130, 260, 50.0, False)
    assert recovery["01X"] == (None, 50, None, True)
    assert "01J" not in recovery
    assert found["talking-therapies-entering", "99A", "commissioner", None, month][0] == 500
    assert not {"ENGLAND", "ALL", "Y62", "INVALIDCODE"} & {code for _, code, *_ in found}


def test_the_names_of_the_years_before_2020_and_the_file_with_a_column_for_each_count(
    place: Path, tmp_path: Path
) -> None:
    month = dt.date(2019, 3, 1)
    counts = {"99A": ("400", "180", "40", "500", "900"), "RW4": ("300", "130", "40", "410", "700")}
    old = (
        "FinishedCourseTreatment",
        "Recovery",
        "NotCaseness",
        "FirstTreatment",
        "ReferralsReceived",
    )
    long = take(place, "iapt-mar-2019.csv", iapt_of(counts, names=old, before=""))
    header = ["Month", "GroupType", "CCG", "CCGName", "Provider", "ProviderName", *old]
    rows = [["Mar-19", "CCG", "99A", "NHS Liverpool", "All", "All", *counts["99A"]]]
    rows += [["Mar-19", "Provider", "All", "All", "RW4", "Mersey", *counts["RW4"]]]
    rows += [["Mar-19", "England", "All", "All", "All", "All", "9", "9", "0", "9", "9"]]
    other = tmp_path / "other"
    shutil.copytree(REPO / "places" / "liverpool", other)
    wide = take(other, "iapt-wide-mar-2019.csv", text_of(header, rows))
    assert wide == long
    assert wide["talking-therapies-recovery", "99A", "commissioner", None, month] == (
        180,
        360,
        50.0,
        False,
    )


def test_a_recovery_without_its_caseness_row_is_unknown_and_a_quarter_is_no_month(
    place: Path,
) -> None:
    text = iapt_of(
        {"99A": ("400", "180", "40", "500", "900"), "01X": ("60", "20", "10", "70", "80")}
    )
    lines = [row for row in text.split("\r\n") if not (",99A," in row and "NotAtCaseness" in row)]
    found = take(place, "iapt-mar-2019.csv", "\r\n".join(lines))
    recovery = {code: v for (m, code, *_), v in found.items() if m == "talking-therapies-recovery"}
    assert recovery["99A"][2] is None and recovery["01X"] == (20, 50, 40.0, False)
    with pytest.raises(InputAtFault, match="the period is no single month"):
        take(place, "iapt-quarter.csv", text.replace("31/03/2019", "31/05/2019"))
    both = text + "01/03/2019,31/03/2019,CCG,99A,NHS 99A,All,All,M191,Recovery,180\r\n"
    with pytest.raises(InputAtFault, match="one measure stands under two names"):
        take(place, "iapt-both.csv", both)


TWO_WEEKS = """CANCER WAITING TIMES,,,,,,,,,
TWO WEEK WAIT FROM GP URGENT REFERRAL TO FIRST CONSULTANT APPOINTMENT,,,,,,,,,
Period: March 2019,,,,,,,,,
,,,,,,,,,
ODS CODE (1),PROVIDER (4) (5),SUSPECTED TYPE OF CANCER (2),TOTAL,WITHIN 14 DAYS, AFTER 14 DAYS,% SEEN WITHIN 14 DAYS,WITHIN 14 DAYS,IN 15 TO 16 DAYS,AFTER 28 DAYS
,ALL ENGLISH PROVIDERS,ALL CANCERS,"1,300","1,213",87,93.3%,"1,213",60,27
RQ6,ROYAL LIVERPOOL,ALL CANCERS,"1,100","1,023",77,93.0%,"1,023",50,27
RQ6,ROYAL LIVERPOOL,BREAST,600,560,40,93.3%,560,20,20
RQ6,ROYAL LIVERPOOL,LUNG,500,463,37,92.6%,463,30,7
REM,AINTREE,ALL CANCERS,200,190,10,95.0%,190,10,0
,,,,,,,,,
(1) Codes of the Organisation Data Service.,,,,,,,,,
"""


def test_cancer_tables_of_the_workbook_years(place: Path) -> None:
    """A table of the workbook: the title names the standard, a count stands twice, England has no
    code."""
    month = dt.date(2019, 3, 1)
    found = take(place, "cancer-march-2019-table-1.csv", TWO_WEEKS)
    assert found["cancer-2-weeks", "RQ6", "provider", None, month] == (1023, 1100, 93.0, False)
    assert {code for _, code, *_ in found} == {"RQ6", "REM"}
    treated = (
        TWO_WEEKS.replace(
            "TWO WEEK WAIT FROM GP URGENT REFERRAL TO FIRST CONSULTANT APPOINTMENT", "{title}"
        )
        .replace("14 DAYS", "{days} DAYS")
        .replace("SUSPECTED TYPE OF CANCER", "CANCER TYPE")
    )
    for days, title, measure in (
        ("31", "31-DAY FIRST TREAT (ALL CANCER)", "cancer-31-days"),
        ("31", "31-DAY SUB TREAT (RADIOTHERAPY)", "cancer-31-days-radiotherapy"),
        ("62", "62-DAY (ALL CANCER): TWO MONTH URGENT REFERRAL TO TREATMENT", "cancer-62-days"),
        ("62", "62-DAY (SCREENING)", "cancer-62-days-screening"),
    ):
        text = treated.format(days=days, title=title)
        found = take(place, f"{measure}-march-2019.csv", text)
        assert found[measure, "RQ6", "provider", None, month] == (1023, 1100, 93.0, False), measure


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.replace("TWO WEEK WAIT FROM GP URGENT REFERRAL TO FIRST CONSULTANT APPOINTMENT", "TABLE"), "nothing says which standard"),
        (lambda t: t.replace('"1,100","1,023",77', '"1,100","1,023",70'), "does not add up to its total"),
        (lambda t: t.replace("BREAST,600,560,40", "BREAST,590,550,40"), "not the sum of its details"),
        (lambda t: t.replace("RQ6,ROYAL LIVERPOOL,LUNG", "RQ6,ROYAL LIVERPOOL,BREAST"), "the row stands twice"),
    ],
)  # fmt: skip
def test_cancer_tables_refused(change: Callable[[str], str], says: str, place: Path) -> None:
    with pytest.raises(InputAtFault) as refusal:
        take(place, "march-2019.csv", change(TWO_WEEKS))
    assert says in str(refusal.value)


def test_the_combined_cancer_extract_of_the_later_years(place: Path) -> None:
    header = [
        "ORG CODE",
        "BASIS",
        "STANDARD",
        "CANCER TYPE",
        "STAGE/ROUTE",
        "TREATMENT MODALITY",
        "TOTAL TREATED",
        "WITHIN STANDARD",
        "BREACHES",
    ]
    rows = [
        ["REM", "Provider", "62D", "ALL CANCERS", "ALL ROUTES", "ALL MODALITIES", "200", "130", "70"],
        ["REM", "Provider", "62D", "Lung", "ALL ROUTES", "ALL MODALITIES", "80", "40", "40"],
        ["REM", "Provider", "62D", "Skin", "ALL ROUTES", "ALL MODALITIES", "120", "90", "30"],
        ["REM", "Provider", "FDS", "ALL CANCERS", "ALL ROUTES", "Not applicable", "900", "700", "200"],
        ["99A", "Commissioner", "62D", "ALL CANCERS", "ALL ROUTES", "ALL MODALITIES", "100", "70", "30"],
        ["NAT", "National", "62D", "ALL CANCERS", "ALL ROUTES", "ALL MODALITIES", "9000", "6000", "3000"],
    ]  # fmt: skip
    found = take(place, "cancer-jan-2020.csv", text_of(header, rows))
    month = dt.date(2020, 1, 1)
    assert found["cancer-62-days", "REM", "provider", None, month] == (130, 200, 65.0, False)
    assert found["cancer-62-days", "99A", "commissioner", None, month] == (70, 100, 70.0, False)
    assert {code for _, code, *_ in found} == {"REM", "99A"}


Change = Callable[[str], str | bytes]


def line(text: str, number: int) -> str:
    return text.split("\r\n")[number - 1]


def with_line(number: int, change: Callable[[str], str]) -> Change:
    def changed(text: str) -> str:
        lines = text.split("\r\n")
        lines[number - 1] = change(lines[number - 1])
        return "\r\n".join(lines)

    return changed


def without_column(heading: str) -> Change:
    def changed(text: str) -> str:
        import csv
        import io

        rows = list(csv.reader(io.StringIO(text)))
        at = rows[0].index(heading)
        return text_of(
            [h for i, h in enumerate(rows[0]) if i != at],
            [[c for i, c in enumerate(r) if i != at] for r in rows[1:]],
        )

    return changed


READ_RIGHT: list[tuple[str, str, Change]] = [
    ("a byte order mark", "rtt.csv", lambda t: "\ufeff".encode() + t.encode()),
    ("Windows letters", "ae.csv", lambda t: t.replace("TRUST RQ6", "TRUST RQ6 \u2013 Caf\u00e9").encode("cp1252")),
    ("UTF-16 as Excel saves it", "ae.csv", lambda t: t.encode("utf-16")),
    ("Unix line ends", "rtt.csv", lambda t: t.replace("\r\n", "\n")),
    ("a title above the header", "rtt.csv", lambda t: "RTT waiting times\r\nPublished: 9 May\r\n" + t),
    ("an extra footer", "rtt.csv", lambda t: t + "\r\nSource: a return\r\n\"Notes: 1, revised\"\r\n"),
    ("a footer with commas in it", "ae.csv", lambda t: t + "Note: some, trusts, are, missing\r\n"),
    ("the header again in the middle", "rtt.csv", with_line(10, lambda s: s + "\r\n" + ",".join(rtt_header()))),
    ("thousand separators", "ae.csv", lambda t: t.replace(",8000,", ',"8,000",')),
    ("spaces around cells and codes in small letters", "ae.csv", lambda t: t.replace(",RQ6,", ", rq6 ,")),
    ("renamed columns that are known", "rtt.csv", lambda t: t.replace("Provider Org Code", "Provider Code").replace("RTT Part Type", "RTT Part")),
    ("headings in capitals", "ae.csv", with_line(1, str.upper)),
    ("columns of an earlier edition", "ae.csv", lambda t: t.replace("A&E attendances", "Number of A&E attendances").replace("Attendances over", "Number of attendances over").replace("4hrs Other Department", "4hrs Other A&E Department")),
    ("no total row", "ae.csv", lambda t: "\r\n".join(r for r in t.split("\r\n") if not r.startswith("TOTAL"))),
    ("a total row under another name", "ae.csv", lambda t: t.replace("TOTAL,TOTAL,TOTAL,TOTAL", "MSitAE-MARCH-2019,England,ENGLAND,England")),
    ("columns in another order", "ae.csv", lambda t: _reversed(t)),
    ("semicolons", "cancer.csv", lambda t: t.replace(",", ";")),
    ("the month in another form", "ae.csv", lambda t: t.replace("MSitAE-MARCH-2019", "31/03/2019")),
    ("waits up to 104 weeks", "rtt.csv", lambda t: _longer(t)),
    ("specialties without their total", "rtt.csv", lambda t: "\r\n".join(r for r in t.split("\r\n") if ",C_999," not in r)),
    ("only the totals of specialties", "rtt.csv", lambda t: "\r\n".join(r for i, r in enumerate(t.split("\r\n")) if i == 0 or ",C_999," in r)),
    ("a total of all tests left out", "dm01.csv", lambda t: "\r\n".join(r for r in t.split("\r\n") if ",TOTAL," not in r)),
    ("a row of England", "iapt.csv", lambda t: t + "01/03/2019,31/03/2019,England,All,England,All,All,M051,Count_FinishedCourseTreatment,60000\r\n"),
]  # fmt: skip


def _reversed(text: str) -> str:
    import csv
    import io

    rows = [list(reversed(r)) for r in csv.reader(io.StringIO(text))]
    return text_of(rows[0], rows[1:])


def _longer(text: str) -> str:
    """The open band made 52 empty ones and a later open one: nobody had waited 104 weeks."""
    import csv
    import io

    rows = list(csv.reader(io.StringIO(text)))
    at = rows[0].index("Gt 52 Weeks SUM 1")
    more = [f"Gt {w} To {w + 1} Weeks SUM 1" for w in range(52, 104)] + ["Gt 104 Weeks SUM 1"]
    made = [[*r[:at], r[at], *[""] * 52, *r[at + 1 :]] for r in rows[1:]]
    return text_of([*rows[0][:at], *more, *rows[0][at + 1 :]], made)


@pytest.mark.parametrize(
    ("name", "change"), [(n, c) for _, n, c in READ_RIGHT], ids=[i for i, _, _ in READ_RIGHT]
)
def test_read_right(name: str, change: Change, place: Path, tmp_path: Path) -> None:
    assert take(place, name, change(FILES[name])) == clean(name, tmp_path)


REFUSED: list[tuple[str, str, Change, str, int | None]] = [
    ("a column renamed beyond knowing", "rtt.csv", lambda t: t.replace("RTT Part Type", "Kind"), "RTT Part Type", 1),
    ("a column renamed a little", "ae.csv", lambda t: t.replace("A&E attendances Type 2", "A&E attendances Type Two"), "A&E attendances Type Two?", 1),
    ("a column by weeks left out", "rtt.csv", without_column("Gt 05 To 06 Weeks SUM 1"), "do not follow one another", 1),
    ("the open column by weeks left out", "dm01.csv", without_column("13+ Weeks"), "last column by weeks waited is missing", 1),
    ("two columns with one meaning", "ae.csv", with_line(1, lambda s: s.replace("Parent Org", "Org Code")), "two columns have one meaning", 1),
    ("text where a count belongs", "ae.csv", with_line(2, lambda s: s.replace("8000", "n.k.")), "this is no count", 2),
    ("a negative count", "ae.csv", with_line(3, lambda s: s.replace(",900,", ",-900,")), "a count is negative", 3),
    ("a broken count", "ae.csv", with_line(2, lambda s: s.replace("8000", "8000.5")), "no whole count", 2),
    ("a decimal comma", "ae.csv", with_line(2, lambda s: s.replace("8000", '"80,5"')), "this is no count", 2),
    ("an empty count", "ae.csv", with_line(2, lambda s: s.replace("8000", "")), "a count is missing", 2),
    ("a part that does not exist", "rtt.csv", with_line(5, lambda s: s.replace("Part_1A", "Part_9").replace("Part_1B", "Part_9")), "not on the list", 5),
    ("a row that stands twice", "rtt.csv", lambda t: t + line(t, 7) + "\r\n", "stands on line 7 already", 82),
    ("a file joined to itself", "dm01.csv", lambda t: t + t, "stands twice", None),
    ("a row that does not add up", "dm01.csv", with_line(4, lambda s: s.replace(",10,5,1,16", "").rsplit(",", 1)[0] + ",9999,10,5,1,16"), "does not add up", 4),
    ("a total that its details do not reach", "rtt.csv", lambda t: _one_specialty_lost(t), "total row is not the sum", None),
    ("a name in the place of a code", "ae.csv", with_line(2, lambda s: s.replace("RQ6,", "Royal Liverpool Hospital,", 1)), "no organisation's code", 2),
    ("no month at all", "ae.csv", without_column("Period"), "which month", 1),
    ("a month that is none", "ae.csv", with_line(2, lambda s: s.replace("MSitAE-MARCH-2019", "03/14/2019")), "this is no month", 2),
    ("a month to come", "ae.csv", lambda t: t.replace("MARCH-2019", "MARCH-2031"), "has not been yet", None),
    ("a row too long", "ae.csv", with_line(3, lambda s: s + ",1,2,3"), "more cells than the header", 3),
    ("a trust that had ended", "ae.csv", lambda t: t.replace("MARCH-2019", "NOVEMBER-2019"), "had ended by then", None),
    ("a workbook", "ae.csv", lambda t: b"PK\x03\x04" + t.encode(), "a workbook or an archive", 1),
    ("an old workbook", "ae.csv", lambda t: b"\xd0\xcf\x11\xe0" + t.encode(), "an Excel workbook", 1),
    ("a page that says not found", "ae.csv", lambda t: "<!DOCTYPE html><html><body>404</body></html>", "a web page", 1),
    ("nothing", "ae.csv", lambda t: "", "the file is empty", 1),
    ("only a header", "ae.csv", lambda t: line(t, 1) + "\r\n", "no rows below the header", 1),
    ("something else altogether", "ae.csv", lambda t: "a,b,c\r\n1,2,3\r\n", "no known layout", 1),
    ("a kind of organisation that is new", "iapt.csv", lambda t: t.replace(",CCG,", ",Galaxy,"), "kind of organisation is not known", 2),
    ("more over four hours than came", "ae.csv", with_line(2, lambda s: s.replace(",1200,", ",9200,")), "more are counted than there are", 2),
    ("a count as a power of ten", "ae.csv", with_line(2, lambda s: s.replace("8000", "8E+03")), "this is no count", 2),
    ("a count that cannot be", "ae.csv", with_line(2, lambda s: s.replace("8000", "80000000000")), "no whole count", 2),
    ("a percentage where a count belongs", "ae.csv", with_line(2, lambda s: s.replace("8000", "80%")), "this is no count", 2),
    ("a zero byte", "ae.csv", lambda t: t.replace("TRUST", "TR\0ST"), "not a text file", 1),
]  # fmt: skip


def _one_specialty_lost(text: str) -> str:
    """One specialty of one pair's incomplete pathways taken out below its total."""
    lines = text.split("\r\n")
    at = next(i for i, r in enumerate(lines) if ",Part_2," in r and ",C_100," in r)
    return "\r\n".join(lines[:at] + lines[at + 1 :])


@pytest.mark.parametrize(
    ("name", "change", "says", "at"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused_with_the_reason(
    name: str, change: Change, says: str, at: int | None, place: Path
) -> None:
    with pytest.raises(InputAtFault) as caught:
        take(place, name, change(FILES[name]))
    fault = next(f for f in caught.value.faults if says in str(f))
    assert fault.file == name
    if at is not None:
        assert fault.line == at
    assert not figures(place)  # nothing of a refused file is kept


def test_rows_of_providers_hold_their_code_in_the_second_column(place: Path) -> None:
    found = take(
        place,
        "iapt.csv",
        text_of(IAPT_HEADER, iapt_rows([("RW4", "400", "350", "395")], kind="Provider")),
    )
    assert found["talking-therapies-6-weeks", "RW4", "provider", None, dt.date(2019, 3, 1)] == (
        350,
        400,
        87.5,
        False,
    )


def test_a_withheld_cell_withholds_the_figure_and_is_no_nought(place: Path) -> None:
    found = take(place, "iapt.csv", IAPT.replace(",25\r\n", ",*\r\n"))
    month = dt.date(2019, 3, 1)
    assert found["talking-therapies-6-weeks", "01X", "commissioner", None, month] == (
        None,
        30,
        None,
        True,
    )
    assert found["talking-therapies-18-weeks", "01X", "commissioner", None, month] == (
        30,
        30,
        100.0,
        False,
    )


def test_a_month_named_in_the_file_has_to_be_the_month_in_it(place: Path) -> None:
    with pytest.raises(InputAtFault, match="name different months"):
        take(place, "April-2019-AE-by-provider.csv", AE)
    with pytest.raises(InputAtFault, match="for another month"):
        take(place, "ae.csv", AE, month=dt.date(2019, 4, 1))
    bare = without_column("Period")(AE)
    found = take(place, "March-2019-AE-by-provider.csv", bare)
    assert found["ae-4-hours", "RQ6", "provider", None, dt.date(2019, 3, 1)][0] == 6800


def test_one_file_at_fault_keeps_none(place: Path) -> None:
    good, bad = place.parent / "ae.csv", place.parent / "bad.csv"
    good.write_text(AE)
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(InputAtFault):
        import_files(place, [good, bad], imported_at=AT)
    assert not figures(place)


def test_the_same_file_again_changes_nothing(place: Path) -> None:
    before = take(place, "ae.csv", AE)
    (again,) = import_files(place, [place.parent / "ae.csv"], imported_at=AT + dt.timedelta(days=9))
    assert again.already
    assert figures(place) == before
    assert {r["imported_at"] for r in observations(place).to_pylist()} == {AT}


def test_an_extract_says_that_it_is_one(place: Path) -> None:
    take(place, "rtt.csv", RTT)
    row = next(
        r
        for r in observations(place, measure="rtt-incomplete").to_pylist()
        if r["basis"] == "provider"
    )
    assert "extract that holds 2 commissioners" in row["caveat"]


def test_nobody_of_this_place_is_said(place: Path) -> None:
    file = place.parent / "ae.csv"
    file.write_text(AE.replace("RQ6", "RYJ").replace("REM", "RJ1"))
    (imported,) = import_files(place, [file], imported_at=AT)
    assert imported.of_this_place == ()
    assert "no organisation of this place is in the file" in imported.notes


# --- plain tables ----------------------------------------------------------------------------------------------------
PLAIN_READ = [
    ("counts", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,17,20\n", (17, 20, 85.0)),
    ("by its printed name", "Indicator,Org Code,Month,Numerator,Denominator\nCancer 62-day wait,rq6,March 2019,17,20\n", (17, 20, 85.0)),
    ("0 to 100, with its sign", "measure,organisation,period,value\ncancer-62-days,RQ6,2019-03,85%\n", (None, None, 85.0)),
    ("0 to 1, with its unit", "measure,organisation,period,value,unit\ncancer-62-days,RQ6,2019-03,0.85,share\n", (None, None, 85.0)),
    ("0 to 1 beside its counts", "measure,organisation,period,numerator,denominator,value\ncancer-62-days,RQ6,2019-03,17,20,0.85\n", (17, 20, 85.0)),
    ("0 to 100 beside its counts", "measure,organisation,period,numerator,denominator,value\ncancer-62-days,RQ6,2019-03,17,20,85\n", (17, 20, 85.0)),
    ("above 1, so 0 to 100", "measure,organisation,period,value\ncancer-62-days,RQ6,2019-03,85\n", (None, None, 85.0)),
    ("below 1, with its unit", "measure,organisation,period,value,unit\ndiagnostic-6-weeks,RQ6,2019-03,0.8,%\n", (None, None, 0.8)),
    ("a count", "measure,organisation,period,value\nwaiting-list-size,RQ6,2019-03,\"31,480\"\n", (31480, None, 31480.0)),
    ("withheld", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,*,20\n", (None, 20, None)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [r[1:] for r in PLAIN_READ], ids=[r[0] for r in PLAIN_READ]
)
def test_plain_table_read(text: str, expected: tuple[Any, ...], place: Path) -> None:
    (found,) = take(place, "plain.csv", text).values()
    assert found[:3] == expected


PLAIN_REFUSED = [
    ("a share or a percentage?", "measure,organisation,period,value\ncancer-62-days,RQ6,2019-03,0.85\n", "percentages or shares", 2),
    ("counts and value at odds", "measure,organisation,period,numerator,denominator,value\ncancer-62-days,RQ6,2019-03,17,20,91\n", "not its counts' share", 2),
    ("above 100", "measure,organisation,period,value\ncancer-62-days,RQ6,2019-03,850\n", "between 0 and 100", 2),
    ("more than everybody", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,21,20\n", "larger than the denominator", 2),
    ("an unknown organisation", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ7,2019-03,17,20\n", "no organisation of this place", 2),
    ("an unknown measure", "measure,organisation,period,numerator,denominator\ncancer-62-day,RQ6,2019-03,17,20\n", "cancer-62-days?", 2),
    ("no month", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,03/04/2019,17,20\n", "no month", 2),
    ("half of the counts", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,17,\n", "a figure is missing", 2),
    ("twice", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,17,20\ncancer-62-days,RQ6,2019-03,18,20\n", "stands twice", 3),
    ("no number", "measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,about 17,20\n", "no number", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says", "at"), [r[1:] for r in PLAIN_REFUSED], ids=[r[0] for r in PLAIN_REFUSED]
)
def test_plain_table_refused(text: str, says: str, at: int, place: Path) -> None:
    with pytest.raises(InputAtFault) as caught:
        take(place, "plain.csv", text)
    fault = next(f for f in caught.value.faults if says in str(f))
    assert (fault.file, fault.line) == ("plain.csv", at)
