"""Monthly files of kinds that nobody has seen yet: each read right, to the figure, or refused with
line, found and expected.

A kind is what a publisher, a spreadsheet or a colleague does to a file: a heading with a line
break, another header half-way down, a month written three ways, a trust that merged. What is read
is held against the file as it should have been.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from oneplace.faults import InputAtFault
from oneplace.sources.statistics import import_files, keeping, observations
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
MARCH = dt.date(2019, 3, 1)
RTT = text_of(rtt_header(), rtt_rows(["RQ6", "REM"], ["99A", "01X"]))
AE = text_of(
    AE_HEADER,
    ae_rows([("RQ6", 8000, 1200, 2000), ("REM", 7000, 900, 1500), ("RBS", 4000, 100, 500)]),
)
DM01 = text_of(dm01_header(), dm01_rows(["RQ6", "REM"], ["99A", "01X"]))
IAPT = text_of(IAPT_HEADER, iapt_rows([("99A", "400", "350", "395"), ("01X", "30", "25", "30")]))
CANCER = text_of(
    CANCER_HEADER,
    [["Mar-19", "RQ6", "Royal", "62D", "ALL", "100", "93", "7"], ["Mar-19", "REM", "Aintree", "62D", "ALL", "50", "40", "10"]],
)  # fmt: skip
FILES = {"rtt.csv": RTT, "ae.csv": AE, "dm01.csv": DM01, "iapt.csv": IAPT, "cancer.csv": CANCER}
Change = Callable[[str], str | bytes]
Rows = list[list[str]]


@pytest.fixture()
def place(tmp_path: Path) -> Path:
    return new_place(tmp_path / "place")


def new_place(folder: Path) -> Path:
    shutil.copytree(REPO / "places" / "liverpool", folder)
    return folder


def figures(folder: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {
        (r["measure"], r["organisation_code"], r["basis"], r["part"], r["period"]): (
            r["numerator"],
            r["denominator"],
            r["suppressed"],
        )
        for r in observations(folder).to_pylist()
    }


def take(
    folder: Path, name: str, content: str | bytes, **how: Any
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    file = folder.parent / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    import_files(folder, [file], imported_at=how.pop("at", AT), **how)
    return figures(folder)


def cells(change: Callable[[Rows], Rows]) -> Change:
    """A change of the cells, whatever signs stand between them."""
    return lambda text: text_of([], change(list(csv.reader(io.StringIO(text))))).removeprefix(
        "\r\n"
    )


def joined(sign: str) -> Change:
    def changed(text: str) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=sign, lineterminator="\r\n").writerows(
            csv.reader(io.StringIO(text))
        )
        return out.getvalue()

    return changed


def every(at: int, made: Callable[[int], str]) -> Change:
    """One column's cells written otherwise, row by row."""
    return cells(
        lambda rows: [rows[0], *([*r[:at], made(i), *r[at + 1 :]] for i, r in enumerate(rows[1:]))]
    )


def forms_of_march(i: int) -> str:
    return (
        "RTT-March-2019",
        "2019-03",
        "Mar-19",
        "31/03/2019",
        "01/03/2019",
        "2019-03-31 00:00:00",
        "MARCH 2019",
    )[i % 7]


def after(line: int, more: str) -> Change:
    def changed(text: str) -> str:
        lines = text.split("\r\n")
        return "\r\n".join([*lines[:line], more, *lines[line:]])

    return changed


def totals_of_everything(rows: Rows) -> Rows:
    """England over all providers, and a commissioner's total over them: rows that add up the
    others."""
    more = []
    for r in rows[1:]:
        for code in ("TOTAL", "England"):
            made = list(r)
            made[3], made[4] = code, "All providers"
            made[13:] = ["7"] * (len(made) - 13)
            more.append(made)
    unique = {tuple(m[:13]): m for m in more}
    return [*rows, *unique.values()]


READ_RIGHT: list[tuple[str, str, Change]] = [
    ("a line break in a heading", "ae.csv", lambda t: t.replace("Org name", '"Org\nname"', 1)),
    ("a line break in a title", "ae.csv", lambda t: '"A&E attendances\r\nby provider",,\r\n\r\n' + t),
    ("line ends of an old Macintosh", "ae.csv", lambda t: t.replace("\r\n", "\r")),
    ("two kinds of line ends", "rtt.csv", lambda t: t.replace("\r\n", "\n", 40)),
    ("empty lines among the rows", "ae.csv", after(2, "\r\n\r\n")),
    ("lines of separators among the rows", "rtt.csv", after(12, "," * 70)),
    ("empty cells beyond the header", "ae.csv", lambda t: t.replace("\r\n", ",,,\r\n").replace(",,,\r\n", "\r\n", 1)),
    ("columns without a heading that are empty", "rtt.csv", lambda t: t.replace("\r\n", ",,\r\n")),
    ("tabs", "rtt.csv", joined("\t")),
    ("Unicode text as Excel saves it", "dm01.csv", lambda t: str(joined("\t")(t)).encode("utf-16")),
    ("semicolons, and commas in names", "ae.csv", lambda t: str(joined(";")(t)).replace("TRUST ", "TRUST, OF, THE, CITY, OF, ")),
    ("a line that names the separator", "ae.csv", lambda t: "sep=;\r\n" + str(joined(";")(t))),
    ("hard spaces around codes and counts", "ae.csv", lambda t: t.replace(",RQ6,", ",RQ6\u00a0,").replace(",8000,", ",\u00a08000,")),
    ("counts with a nought behind the point", "rtt.csv", lambda t: t.replace(",1,", ",1.0,")),
    ("a month in seven forms", "rtt.csv", every(0, forms_of_march)),
    ("a month that is a number of digits", "ae.csv", lambda t: t.replace("MSitAE-MARCH-2019", "201903")),
    ("rows that add up providers", "rtt.csv", cells(totals_of_everything)),
    ("rows in another order", "rtt.csv", cells(lambda rows: [rows[0], *reversed(rows[1:])])),
    ("a column more", "dm01.csv", cells(lambda rows: [[*r[:5], "x" if i else "Footnote", *r[5:]] for i, r in enumerate(rows)])),
    ("the date of publication above", "ae.csv", lambda t: "A&E attendances\r\nPublished:,11 April 2019\r\nPeriod:,March 2019\r\n" + t),
    ("a breakdown by age beside the figures", "iapt.csv", lambda t: t.replace("GROUP_TYPE", "VariableType,GROUP_TYPE").replace("31/03/2019,CCG", "31/03/2019,Total,CCG") + "01/03/2019,31/03/2019,Age,CCG,99A,NAME,All,All,M051,Count_FinishedCourseTreatment,200\r\n"),
    ("a type of department without patients", "ae.csv", lambda t: t.replace(",8000,0,0,1200,0,0,", ",8000,-,-,1200,-,-,")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change"), [(n, c) for _, n, c in READ_RIGHT], ids=[i for i, _, _ in READ_RIGHT]
)
def test_read_right(name: str, change: Change, place: Path, tmp_path: Path) -> None:
    wanted = take(new_place(tmp_path / "clean"), name, FILES[name])
    assert len(wanted) >= 2
    assert take(place, name, change(FILES[name])) == wanted


def swapped_header(text: str) -> str:
    """A second table below the first, its first two counts the other way round."""
    rows = list(csv.reader(io.StringIO(text)))
    head = [*rows[0][:4], rows[0][5], rows[0][4], *rows[0][6:]]
    second = [[r[0], "RW4", *r[2:4], r[5], r[4], *r[6:]] for r in rows[1:2]]
    return text + text_of(head, second)


def again(at: int, change: Callable[[str], str]) -> Change:
    return lambda text: text + change(text.split("\r\n")[at]) + "\r\n"


REFUSED: list[tuple[str, str, Change, str, int | None]] = [
    ("a second header that is not like the first", "ae.csv", swapped_header, "second header", 6),
    ("a quotation mark that is never closed", "ae.csv", lambda t: t.replace("TRUST REM", '"TRUST REM'), "not valid CSV", 3),
    ("two quotation marks that are never closed", "rtt.csv", lambda t: t.replace("TRUST RQ6", '"TRUST RQ6', 1).replace("TRUST REM", '"TRUST REM', 1), "not valid CSV", 2),
    ("an organisation again in small letters", "ae.csv", again(1, lambda r: r.replace("RQ6", "rq6")), "stands twice", 6),
    ("an organisation again with other figures", "ae.csv", again(1, lambda r: r.replace("8000", "8100")), "stands twice", 6),
    ("a month again in another form", "ae.csv", again(1, lambda r: r.replace("MSitAE-MARCH-2019", "2019-03")), "stands twice", 6),
    ("a part again in another spelling", "rtt.csv", again(1, lambda r: r.replace("Part_1A", "PART 1A")), "stands twice", 82),
    ("a specialty's total under two names", "rtt.csv", again(4, lambda r: r.replace("C_999", "Total")), "not the sum of its details", None),
    ("a quarter", "ae.csv", lambda t: t.replace("MSitAE-MARCH-2019", "Q4 2018-19"), "this is no month", 2),
    ("a quarter that ends in a month", "ae.csv", lambda t: t.replace("MSitAE-MARCH-2019", "Quarter ending March 2019"), "this is no month", 2),
    ("a year to date", "cancer.csv", lambda t: t.replace("Mar-19", "YTD March 2019"), "this is no month", 2),
    ("a financial year", "cancer.csv", lambda t: t.replace("Mar-19", "2018-19"), "this is no month", 2),
    ("a day within a month", "cancer.csv", lambda t: t.replace("Mar-19", "2019-03-14"), "this is no month", 2),
    ("a title of another month", "ae.csv", lambda t: "Period: April 2019,,\r\n" + t, "different months", None),
    ("a footnote's mark on a count", "ae.csv", lambda t: t.replace(",8000,", ",8000*,"), "this is no count", 2),
    ("a space between thousands", "ae.csv", lambda t: t.replace(",8000,", ",8 000,"), "this is no count", 2),
    ("a point between thousands", "ae.csv", lambda t: t.replace(",8000,", ",8.000.000,"), "this is no count", 2),
    ("thousands apart in the wrong place", "ae.csv", lambda t: t.replace(",8000,", ',"80,00",'), "this is no count", 2),
    ("a count in brackets", "ae.csv", lambda t: t.replace(",8000,", ",(8000),"), "this is no count", 2),
    ("a minus sign of a typesetter", "ae.csv", lambda t: t.replace(",8000,", ",\u22128000,"), "this is no count", 2),
    ("figures of another script", "ae.csv", lambda t: t.replace(",8000,", ",\u0668\u0660\u0660\u0660,"), "this is no count", 2),
    ("about so many", "ae.csv", lambda t: t.replace(",8000,", ",<5,"), "this is no count", 2),
    ("a code that a spreadsheet made a number", "ae.csv", lambda t: t.replace(",RQ6,", ",5000,"), "no organisation's code", 2),
    ("a code that a spreadsheet made a power", "ae.csv", lambda t: t.replace(",RQ6,", ",1E+05,"), "no organisation's code", 2),
    ("a web page behind a byte order mark", "ae.csv", lambda t: b"\xef\xbb\xbf\n <!DOCTYPE html><html>404</html>", "a web page", 1),
    ("a document of markup", "ae.csv", lambda t: "<?xml version='1.0'?><Error>NoSuchKey</Error>", "a web page", 1),
    ("an answer of a machine", "ae.csv", lambda t: '{"error": "not found", "status": 404}', "no known layout", 1),
    ("a header and notes", "dm01.csv", lambda t: t.split("\r\n")[0] + "\r\n\r\nNotes:\r\n1. Nothing was returned\r\n", "no row holds a figure", None),
    ("numerator and denominator changed over", "cancer.csv", lambda t: t.replace("Total,Within Standard", "Within Standard,Total"), "does not add up", 2),
    ("attendances without their waits, all of them", "ae.csv", lambda t: t.replace(",1200,0,0,", ",1200,?,?,"), "this is no count", 2),
    ("a merged trust beside its successor", "ae.csv", lambda t: t.replace("MARCH-2019", "OCTOBER-2019"), "ended by then", None),
    ("a total of tests under another name", "dm01.csv", lambda t: t.replace(",TOTAL,", ",All diagnostic tests,"), "sum of all the others", 6),
    ("one total of tests under another name", "dm01.csv", lambda t: t.replace(",TOTAL,", ",Sum,", 1), "sum of all the others", 6),
    ("a total of specialties under another name", "rtt.csv", lambda t: t.replace(",C_999,", ",C_000,"), "sum of all the others", 5),
    ("a word of a machine in the place of a code", "ae.csv", lambda t: t.replace(",RQ6,", ",NULL,"), "no organisation's code", 2),
    ("bytes of a picture", "ae.csv", lambda t: b"\x89PNG\r\n\x1a\n" + bytes(40), "not a text file", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "says", "at"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused_with_the_reason(
    name: str, change: Change, says: str, at: int | None, place: Path
) -> None:
    spoilt = change(FILES[name])
    assert spoilt != FILES[name]
    with pytest.raises(InputAtFault) as caught:
        take(place, name, spoilt)
    fault = next((f for f in caught.value.faults if says in str(f)), None)
    assert fault is not None, str(caught.value)
    assert fault.file == name and (fault.found or fault.expected)
    if at is not None:
        assert fault.line == at
    assert not figures(place)


def test_waits_that_a_trust_in_the_trial_did_not_return_are_unknown(place: Path) -> None:
    """A dash beside attendances is no nought: nobody waited over four hours would be said of a
    trust that did not return its waits."""
    found = take(place, "ae.csv", AE.replace(",8000,0,0,1200,0,0,", ",8000,0,0,-,-,-,"))
    assert found["ae-4-hours", "RQ6", "provider", None, MARCH] == (None, 8000, False)
    assert found["ae-attendances", "RQ6", "provider", None, MARCH][0] == 8000
    assert found["ae-4-hours", "REM", "provider", None, MARCH] == (6100, 7000, False)


def test_a_merger_in_october(place: Path) -> None:
    """The old trust with noughts beside its successor is read; its figures in the same month are
    refused above."""
    rows = ae_rows([("RQ6", 0, 0, 0), ("REM", 15000, 2100, 3500)], period="MSitAE-OCTOBER-2019")
    for row in rows:
        if row[1] == "RQ6":
            row[10:] = ["0"] * len(row[10:])
    found = take(place, "ae.csv", text_of(AE_HEADER, rows))
    october = dt.date(2019, 10, 1)
    assert found["ae-4-hours", "REM", "provider", None, october] == (12900, 15000, False)
    assert found["ae-attendances", "RQ6", "provider", None, october][0] == 0


def test_sites_are_added_to_no_trust(place: Path) -> None:
    text = text_of(AE_HEADER, ae_rows([("RQ617", 5000, 700, 1), ("RQ614", 3000, 500, 1)]))
    file = place.parent / "ae.csv"
    file.write_text(text)
    (imported,) = import_files(place, [file], imported_at=AT)
    assert imported.of_this_place == ()
    assert any("codes of sites" in n for n in imported.notes)
    assert {code for _, code, *_ in figures(place)} == {"RQ617", "RQ614"}


def test_measures_that_are_not_kept_are_named(place: Path) -> None:
    file = place.parent / "cancer.csv"
    file.write_text(CANCER + "Mar-19,RQ6,Royal,62 Days (new),ALL,100,93,7\r\n")
    (imported,) = import_files(place, [file], imported_at=AT)
    assert "rows of measures that are not kept left out: 1 (62 Days (new))" in imported.notes


def test_two_months_in_a_file_are_two(place: Path) -> None:
    second = text_of(
        (), ae_rows([("RQ6", 9000, 900, 1)], period="Apr-19", total=False)
    ).removeprefix("\r\n")
    found = take(place, "ae.csv", AE + second)
    assert found["ae-4-hours", "RQ6", "provider", None, MARCH] == (6800, 8000, False)
    assert found["ae-4-hours", "RQ6", "provider", None, dt.date(2019, 4, 1)] == (8100, 9000, False)


@pytest.mark.parametrize(
    ("title", "name", "wanted"),
    [
        ("Period:,March 2019\r\nPublished:,9 May 2019", "ae.csv", MARCH),
        ("Published 9 May 2019", "AE-March-2019.csv", MARCH),
        ("A&E attendances: March 2019\r\nLast updated May 2019", "ae.csv", MARCH),
        ("Published 9 May 2019", "ae.csv", None),
        ("Quarter ending March 2019", "ae.csv", None),
        ("March 2019 compared with April 2019", "ae.csv", None),
    ],
)
def test_the_month_of_a_file_without_a_column_for_it(
    title: str, name: str, wanted: dt.date | None, place: Path
) -> None:
    bare = cells(lambda rows: [r[1:] for r in rows if "TOTAL" not in r])(AE)
    assert isinstance(bare, str)
    text = f"{title}\r\n{bare}"
    if wanted is None:
        with pytest.raises(InputAtFault, match="which month"):
            take(place, name, text)
    else:
        assert {month for *_, month in take(place, name, text)} == {wanted}


def test_a_withheld_band_withholds_what_is_made_of_it(place: Path) -> None:
    rows = list(csv.reader(io.StringIO(DM01)))
    at = rows[0].index("07 < 08 Weeks")
    total = next(
        i for i, r in enumerate(rows) if r[3] == "RQ6" and r[7] == "99A" and r[10] == "TOTAL"
    )
    rows[total][at] = "*"
    clean = take(new_place(place.parent / "clean"), "dm01.csv", DM01)
    found = take(place, "dm01.csv", text_of(rows[0], rows[1:]))
    key = ("diagnostic-6-weeks", "RQ6", "provider", None, MARCH)
    assert found[key] == (None, clean[key][1], True)
    other = ("diagnostic-6-weeks", "REM", "provider", None, MARCH)
    assert found[other] == clean[other]


def test_a_later_edition_is_a_restatement_and_two_at_once_are_refused(place: Path) -> None:
    first, later = place.parent / "ae.csv", place.parent / "ae-2.csv"
    first.write_text(AE)
    later.write_text(AE.replace(",1200,", ",1300,"))
    with pytest.raises(InputAtFault, match="two files of this import give one figure differently"):
        import_files(place, [first, later], imported_at=AT)
    assert not figures(place)
    import_files(place, [first], imported_at=AT)
    import_files(place, [later], imported_at=AT + dt.timedelta(days=30))
    kept = [
        (r["imported_at"], r["numerator"], r["source_file"])
        for r in observations(place, measure="ae-4-hours").to_pylist()
        if r["organisation_code"] == "RQ6"
    ]
    assert sorted(kept) == [(AT, 6800, "ae.csv"), (AT + dt.timedelta(days=30), 6700, "ae-2.csv")]
    named = (
        place.parent / "ae-revised.csv"
    )  # its name says that it is final: the two stand in an order
    named.write_text(AE.replace(",1200,", ",1400,"))
    import_files(place, [first, named], imported_at=AT + dt.timedelta(days=60))


def test_nothing_is_kept_when_the_disk_gives_out_half_way(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for name, text in (("ae.csv", AE), ("dm01.csv", DM01)):
        files.append(place.parent / name)
        files[-1].write_text(text)
    write, done = pq.write_table, []

    def full(table: Any, where: Any, **how: Any) -> None:
        done.append(where)
        if len(done) == 2:
            raise OSError(28, "No space left on device")
        write(table, where, **how)

    monkeypatch.setattr(keeping.pq, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        import_files(place, files, imported_at=AT)
    assert not figures(place)
    assert not list((place / keeping.STORE).iterdir())


def test_progress_names_each_file(place: Path) -> None:
    files = []
    for name, text in (("ae.csv", AE), ("dm01.csv", DM01)):
        files.append(place.parent / name)
        files[-1].write_text(text)
    said: list[tuple[str, float]] = []
    import_files(
        place, files, imported_at=AT, progress=lambda what, share: said.append((what, share))
    )
    assert [w for w, _ in said] == ["reading ae.csv", "reading dm01.csv", "keeping"]
    assert [s for _, s in said] == sorted(s for _, s in said)


@pytest.mark.parametrize(
    ("text", "says", "at"),
    [
        ("measure,organisation,period,value\nwaiting-list-size,RQ6,2019-03,85%\n", "a percentage stands where a count", 2),
        ("measure,organisation,period,value,unit\nwaiting-list-size,RQ6,2019-03,0.8,share\n", "a percentage stands where a count", 2),
        ("measure,organisation,period,value\ncancer-62-days,RQ6,2019-03,85\ncancer-62-days,REM,2019-03,0.9\n", "percentages or shares", 3),
        ("measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,Q4 2018-19,17,20\n", "this is no month", 2),
        ("measure,organisation,period,numerator,denominator\ncancer-62-days,RQ6,2019-03,1 700,2000\n", "no number", 2),
        ("measure,organisation,period,numerator,denominator\ncancer-62-days,rq6,2019-03,17,20\ncancer-62-days,RQ6,Mar-19,17,20\n", "stands twice", 3),
    ],
)  # fmt: skip
def test_plain_tables_refused(text: str, says: str, at: int, place: Path) -> None:
    with pytest.raises(InputAtFault) as caught:
        take(place, "plain.csv", text)
    fault = next((f for f in caught.value.faults if says in str(f)), None)
    assert fault is not None, str(caught.value)
    assert fault.line == at
