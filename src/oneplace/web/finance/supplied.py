"""What finance supplies each month: the ledger by area, and contract monitoring; read, tied, kept
with its versions.

What was kept is read again by `answers.position` alone, for pages and papers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db import transaction

from oneplace.answers.position import CONTINGENCY
from oneplace.plan.money.ledger import LedgerRows as Month
from oneplace.plan.money.ledger import read_ledger
from oneplace.plan.money.monitoring import Monitored, read_monitoring
from oneplace.web.accounts.models import User
from oneplace.web.finance.models import ContractMonth, LedgerMonth

PENCE = 100


def take_ledger(
    text: str, *, areas: dict[str, str], source: str, final: bool, by: User
) -> list[LedgerMonth]:
    """Every month of the file, or none; a month that stood already becomes a new version: a
    restatement."""
    allowed = {**areas, CONTINGENCY: "Contingency"} if areas else {}
    months = read_ledger(text, areas=allowed, name="the ledger")
    with transaction.atomic():
        return [
            _keep(LedgerMonth, m.month, by, source=source, final=final, **_ledger(m))
            for m in months
        ]


def _ledger(m: Month) -> dict[str, Any]:
    lines = {
        a: {"budget": str(s.budget_gbp), "actual": str(s.actual_gbp)} for a, s in m.areas.items()
    }
    return {"lines": lines, "control_total_pence": int(m.control_total_gbp * PENCE)}


def take_monitoring(text: str, *, source: str, final: bool, by: User) -> list[ContractMonth]:
    rows = read_monitoring(text, name="the contract monitoring")
    months = sorted({r.month for r in rows})
    with transaction.atomic():
        return [
            _keep(
                ContractMonth,
                m,
                by,
                source=source,
                final=final,
                lines=[_row(r) for r in rows if r.month == m],
            )
            for m in months
        ]


def _row(r: Monitored) -> dict[str, str | None]:
    return {k: None if v is None else str(v) for k, v in asdict(r).items() if k != "month"}


def _keep(model: Any, month: dt.date, by: User, **fields: Any) -> Any:
    kept = model.objects.select_for_update().filter(month=month).first()
    if kept is None:
        return model.write(by=by, month=month, **fields)
    if all(getattr(kept, k) == v for k, v in fields.items()):
        return kept
    return kept.revise(by=by, base=kept.version, **fields)
