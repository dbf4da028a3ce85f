"""Of whom rows were refused, the register, the agenda, the meeting's sheet, their CSVs and the
person's own pages say so; of nobody else."""

from __future__ import annotations

import csv
import io
import re
import shutil
from types import SimpleNamespace

import pytest

SAYS = "records incomplete"
SENTENCE = "Records incomplete: rows were refused (contacts and admissions 2); what is not found there is not known."


@pytest.fixture
def refused(site):
    """Two rows of the first person on the agenda refused, kept with the build as a build of refused
    rows keeps them."""
    import duckdb

    from oneplace.engines import store
    from oneplace.engines.river import _River
    from oneplace.web import desk
    from oneplace.web.neighbourhood.team import team_state

    person = team_state(site.team)["slots"][0].person_id
    facts = store.current(site.folder).facts
    whole = facts.with_name("whole")
    desk.close()
    shutil.copy(facts, whole)
    with duckdb.connect(str(facts)) as con:
        con.execute("CREATE TABLE incomplete (person_id BIGINT, table_name VARCHAR, rows BIGINT)")
        con.execute("INSERT INTO incomplete VALUES (?, 'visit_occurrence', 2)", [person])
        [(view,)] = con.execute(
            "SELECT sql FROM duckdb_views() WHERE view_name = 'caseload'"
        ).fetchall()
        of_them = _River.whose_records(
            SimpleNamespace(present={"incomplete"})
        )  # as such a build has it
        view, put = re.subn(
            r"\(SELECT CAST\(NULL AS BIGINT\).*?WHERE false\)", f"({of_them})", view, flags=re.I
        )
        assert put == 1
        con.execute(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))
    try:
        yield person
    finally:
        desk.close()
        whole.replace(facts)


def rows_saying_so(text: str) -> list[str]:
    """The pseudonyms of the rows of a page's tables, or of a sheet's sections, that say it."""
    rows = re.findall(r"<tr>.*?</tr>|<section.*?</section>", text, re.S)
    return [r for r in rows if SAYS in r]


@pytest.mark.parametrize("page", ["caseload", "nine-o-clock", "sheet"])
@pytest.mark.parametrize("role", ["coordinator", "clinician"])
def test_a_list_says_it_beside_the_person_and_beside_nobody_else(site, refused, role, page):
    from oneplace.web.neighbourhood.presenters import short

    text = site.client(role).get(f"/neighbourhood/teams/{site.team}/{page}").content.decode()
    [row] = rows_saying_so(text)
    assert short(refused) in row and text.count(SAYS) == 1


@pytest.mark.parametrize(("page", "name"), [("caseload", "caseload"), ("nine-o-clock", "agenda")])
def test_its_csv_says_it_too(site, refused, page, name):
    response = site.client("coordinator").get(
        f"/neighbourhood/teams/{site.team}/{page}", {"csv": name}
    )
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [r["Person"] for r in rows if SAYS in "".join(r.values())] == [str(refused)] and len(
        rows
    ) > 1


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("coordinator", "/neighbourhood/people/{}"),
        ("clinician", "/neighbourhood/people/{}"),
        ("coordinator", "/neighbourhood/people/{}/explained"),
        ("analyst", "/analyst/people/{}"),
    ],
)
def test_the_persons_pages_say_which_rows_and_what_is_not_known(site, refused, role, address):
    client, other = site.client(role), next(p for p in site.people() if p != refused)
    assert SENTENCE in client.get(address.format(refused)).content.decode()
    assert "ecords incomplete" not in client.get(address.format(other)).content.decode()
