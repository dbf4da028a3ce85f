"""What an analyst is told of published figures: what is here beside what was due, who fell silent,
what was restated."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from oneplace.answers import arrivals, open_place
from oneplace.sources.statistics import import_files
from published_files import AE_HEADER, ae_rows, text_of

REPO = Path(__file__).resolve().parents[2]
APRIL_TO_MAY = {
    "April-2019": [("RQ6", 900, 90, 300), ("REM", 800, 80, 250)],
    "May-2019": [("RQ6", 950, 95, 310)],
}


def a_file(folder: Path, month: str, trusts: list[tuple[str, int, int, int]]) -> Path:
    file = folder / f"{month}-AE-by-provider.csv"
    file.write_text(text_of(AE_HEADER, ae_rows(trusts, period=f"MSitAE-{month.upper()}")))
    return file


def test_arrival_silence_and_restatement(tmp_path: Path) -> None:
    place = tmp_path / "liverpool"
    shutil.copytree(REPO / "places" / "liverpool", place)
    files = [a_file(tmp_path, m, trusts) for m, trusts in APRIL_TO_MAY.items()]
    import_files(place, files, imported_at=dt.datetime(2019, 6, 14), status="provisional")
    day = dt.date(2019, 10, 1)
    with open_place(place) as session:
        row = next(r for r in arrivals.published(session, day) if r["measure"] == "ae-4-hours")
        assert (row["newest"], row["status"], row["organisations"]) == (
            dt.date(2019, 5, 1),
            "provisional",
            1,
        )
        assert row["stopped"] == ["REM"]
        assert row["due"] >= dt.date(2019, 7, 1) and row["late_months"] >= 2
        assert arrivals.restatements(session, day) == []
    changed = a_file(tmp_path / "..", "April-2019", [("RQ6", 900, 95, 300), ("REM", 800, 80, 250)])
    import_files(place, [changed], imported_at=dt.datetime(2019, 9, 12), status="final")
    changed.unlink()
    with open_place(place) as session:
        told = [r for r in arrivals.restatements(session, day) if r["measure"] == row["title"]]
        assert [(r["organisation"], r["month"]) for r in told] == [("RQ6", dt.date(2019, 4, 1))]
        assert (told[0]["first"]["status"], told[0]["now"]["status"]) == ("provisional", "final")
        assert told[0]["first"]["numerator"] != told[0]["now"]["numerator"]
