"""What people wrote on the site, as lines: for the next paper and for the first page of whoever
answers for it, from the same rows.

In: a session, whose entries are those of its moment, and a day. Out: `report.board.entered` lines
by kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from oneplace.answers.assured import REGISTER
from oneplace.answers.plan import assurance_rows, bound_by
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, rests_on
from oneplace.answers.session import Session
from oneplace.answers.written import entries
from oneplace.plan.assurance.framework import held_risks
from oneplace.report.board.entered import MAKERS, About, Entered
from oneplace.report.board.entered import entered as lines_of


@rests_on(BUILD, DOCUMENTS, DAY, *MAKERS)
def entered(
    session: Session, on: dt.date, kinds: Iterable[str] = tuple(MAKERS)
) -> dict[str, tuple[Entered, ...]]:
    """Each of these kinds with its lines: what asks for something first, then the newest."""
    documents = session.plan_documents
    plan, finances, matrices = documents.plan, documents.finances, documents.compliance
    about = About(
        on=on,
        schemes={s.id: s.name for s in plan.schemes} if plan else {},
        savings={x.id: x.area for x in finances.savings.lines}
        if finances and finances.savings
        else {},
        areas={x.id: x.area for x in finances.expenditure.lines}
        if finances and finances.expenditure
        else {},
        measures={m.id: m.title for m in documents.measures},
        duties={(m.id, d.id): f"{m.title}, {d.title}" for m in matrices for d in m.duties},
        bound={
            (m.id, who): name for m in matrices for who, name in bound_by(session.place, m).items()
        },
        risks={h.risk["id"]: h for h in held_risks(assurance_rows(session.entries), on=on)}
        if {*kinds} & {*REGISTER}
        else {},
    )
    return lines_of({kind: entries(session, kind) for kind in kinds}, about)
