"""Nothing that is shown of a person is of a day after the day: an end to come is not known, nor a
death that it foretells."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

from oneplace.answers import open_place, record
from oneplace.answers import people as people_answers

DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def test_explained_and_record_stop_at_the_day(built_hamlet: Path) -> None:
    with open_place(built_hamlet) as session:
        ends = "SELECT person_id FROM registrations WHERE end_date > CAST(? AS DATE) AND start_date <= CAST(? AS DATE)"
        deaths = "SELECT person_id FROM people WHERE death_date > CAST(? AS DATE) AND birth_date <= CAST(? AS DATE)"
        here = "SELECT person_id FROM features"
        people = session.ask(
            f"SELECT person_id FROM (({ends}) UNION ({deaths})) WHERE person_id IN ({here}) ORDER BY 1 LIMIT 25",
            [session.as_of] * 4,
        )
        assert len(people) >= 5, "Hamlet has people who leave or die after the day"
        for one in people:
            number = one["person_id"]
            explained = {
                k: v
                for k, v in people_answers.explain(session, str(number)).items()
                if k != "build"
            }
            for text in (json.dumps(explained, default=str), repr(record.record(session, number))):
                days = [dt.date.fromisoformat(d) for d in DAY.findall(text)]
                days += [
                    dt.date(*map(int, d))
                    for d in re.findall(r"datetime\.date\((\d+), (\d+), (\d+)\)", text)
                ]
                assert max(days, default=session.as_of) <= session.as_of, (number, max(days))
