"""A pathway whose months are too small to show has its rolling quarter and year on its page, beside
the chart and not on it."""

from __future__ import annotations

import html
import re

from oneplace.measures.series import following


def test_a_small_pathway_has_a_year_on_its_page_and_no_point_for_it_on_the_chart(site, monkeypatch):
    import datetime as dt

    from oneplace.answers import counting, performance
    from oneplace.web import desk

    session = desk.session()
    measure = next(
        m for m in session.plan_documents.measures if m.from_records is not None and m.denominator
    )
    start = dt.date(2016, 7, 1)
    small = [counting.MonthCount(following(start, i), "", 2.0, 3.0) for i in range(39)]
    monkeypatch.setattr(counting, "counted", lambda *_a, **_k: small)
    desk.close()
    found = performance.measure_page(desk.session(), measure.id, "place", on=dt.date(2019, 10, 1))
    assert sum(p["value"] is None for p in found["points"]) == len(found["points"]) == 39
    assert {w["months"] for w in found["rolling"]} == {3, 12} and len(found["rolling"]) == 37 + 28
    assert {w["value"] for w in found["rolling"] if w["months"] == 3} == {
        None
    }  # 6 of 9 is small, too
    assert {(w["numerator"], w["denominator"]) for w in found["rolling"] if w["months"] == 12} == {
        (25, 35)
    }
    text = html.unescape(
        site.client("planner").get(f"/board/performance/{measure.id}?org=place").content.decode()
    )
    rolling = re.search(r'id="rolling".*?</table>', text, re.S)[0]
    assert "about 25 of 35" in rolling and "71" in rolling and rolling.count("*") >= 37
    desk.close()
