"""Equal inputs, equal builds: every table of two builds in two folders has the same digest; another
seed has not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from asking import copy_of_hamlet
from oneplace.answers.publishing import build_place
from oneplace.engines.means import Means

NOW = dt.datetime(2026, 2, 3, 4, 5, tzinfo=dt.UTC)


def test_two_builds_are_equal_and_another_seed_is_not(tmp_path: Path) -> None:
    """The second is made later, elsewhere and with one thread."""
    one = build_place(copy_of_hamlet(tmp_path / "one"), now=NOW, people=400).manifest
    means = Means(threads=1, memory_mb=600)
    other = build_place(
        copy_of_hamlet(tmp_path / "two" / "hamlet"),
        now=NOW + dt.timedelta(days=3),
        people=400,
        means=means,
    ).manifest
    assert len(one["digests"]) >= 5
    assert one["digests"] == other["digests"]
    for what in ("tables", "rejects", "results", "documents", "model", "figures", "as_of"):
        assert one[what] == other[what], what
    assert one["id"] != other["id"]

    changed = copy_of_hamlet(tmp_path / "three")
    text = (changed / "place.yaml").read_text(encoding="utf-8")
    (changed / "place.yaml").write_text(
        text.replace("seed: 20190401", "seed: 20190402"), encoding="utf-8"
    )
    third = build_place(changed, now=NOW, people=400).manifest
    assert third["digests"].keys() == one["digests"].keys()
    assert all(
        third["digests"][t] != one["digests"][t] for t in ("features", "segments", "caseload")
    )
