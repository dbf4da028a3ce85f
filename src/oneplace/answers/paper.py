"""The board paper of a place: gathered through one session, written as one page, kept for ever.

`write_paper` makes the paper of a month, keeps it under `DIR/.oneplace/papers/<month>/<n>/` and
gives where it lies. The same paper is not kept twice: where nothing differs from the last one of
the month, that one is given. A kept paper is never rewritten.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from oneplace import __version__
from oneplace.answers.paper_values import Gathered
from oneplace.answers.session import Session, open_place
from oneplace.answers.standing import table_digest
from oneplace.answers.why import moved_since
from oneplace.documents.versions import record_versions
from oneplace.faults import Fault, InputAtFault
from oneplace.place.calendar import months_later
from oneplace.place.clock import stands_on
from oneplace.plan.assurance.checking import KINDS
from oneplace.report import words
from oneplace.report.board import Cover, Paper, Section, figures_of, pictures_of, render
from oneplace.report.board.opening import in_one_minute, what_changed
from oneplace.report.board.paper import Tiles
from oneplace.report.kept import (
    MONTH,
    Kept,
    add_once,
    cited_builds,
    earlier_than,
    keep,
    kept_papers,
)
from oneplace.report.pdf import pdf as as_pdf
from oneplace.report.trace import Figure
from oneplace.sources.receiving import Progress, silent

__all__ = ["cited_builds", "kept_papers", "write_paper"]

FORMATS = ("html", "pdf")
LATER_FORMATS = ("docx", "xlsx")


def write_paper(
    folder: Path,
    *,
    month: str | None,
    format: str = "html",
    to: Path | None = None,
    now: dt.datetime,
    today: dt.date | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the paper of a month that is over and keep it, whole with its PDF if that is asked for.
    Default: the month of the build's day, or the last that is over where that one goes on.

    `today` is the day that the place stands on, where that is not the day of `now`: a demonstration
    stands still."""
    _check_format(format)
    _check_target(to)
    with open_place(folder) as session:
        _ = session.entries[
            "returns"
        ]  # what people wrote is that of this moment, which the paper names
        stands = (
            today
            or stands_on(session.document, os.environ, computed_for=session.as_of)
            or now.date()
        )
        chosen = month or min(f"{session.as_of:%Y-%m}", f"{months_later(stands, -1):%Y-%m}")
        on = last_day(chosen, stands)
        kept, notes = _kept_paper(
            session, chosen, on, now, with_pdf=format == "pdf", progress=progress
        )
        file = kept.html
        if format == "pdf":
            file = (
                kept.pdf
                if kept.pdf.exists()
                else add_once(kept, "paper.pdf", as_pdf(_page_again(session, kept, on)))
            )
    if to is not None:
        target = to / file.name if to.is_dir() else to
        _copied(file, target)
        file = target
    return {
        "file": file,
        "html": kept.html,
        "paper": kept.number,
        "month": kept.month,
        "notes": notes,
        "figures": kept.manifest["figures"],
        "charts": kept.manifest["charts"],
        "build": kept.manifest["build"],
    }


# --- one paper -----------------------------------------------------------------------------------------------------


class _Draft:
    """The sections of a paper before it has a number: what it says, without what changed since
    another."""

    def __init__(self, session: Session, on: dt.date, progress: Progress = silent):
        self.session, self.on = session, on
        self.parts, self.sources = Gathered(session, on).parts(progress)
        body = [s for p in self.parts for s in p.sections if not s.annex]
        self.annexes = [s for p in self.parts for s in p.sections if s.annex]
        self.sections: list[Section] = [
            in_one_minute(self.parts),
            *body,
            self.sources,
            *self.annexes,
        ]
        self.figures = figures_of(self.sections)

    @property
    def fingerprint(self) -> str:
        """Equal for papers that say the same from the same sources."""
        said = {
            "on": self.on.isoformat(),
            "cover": self._cover_facts(),
            "sections": repr(self.sections),
        }
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(_without_moment(text, self.session.opened_at).encode()).hexdigest()

    def _cover_facts(self) -> list[str | None]:
        return [
            self.session.document.name,
            self.session.build_id,
            self.session.notice,
            _plan_title(self.session),
        ]

    def headline(self) -> list[str]:
        """The figures of the first pages, which a reader asks about first."""
        tiles = [b for s in self.sections for b in s.blocks if isinstance(b, Tiles)]
        first = figures_of([self.sections[0]])
        return [*first, *(t.figure.trace.figure_id for b in tiles for t in b.tiles)]

    def paper(self, *, number: int, made_at: dt.datetime, earlier: Kept | None) -> Paper:
        before: dict[str, Figure] | None = earlier.figures if earlier else None
        whys = moved_since(self.session, earlier, self.figures) if earlier else ()
        changes, annex = what_changed(
            whys, self.figures, before, called=_called(earlier), headline=self.headline()
        )
        first, *rest = self.sections
        return Paper(
            cover=_cover(self.session, self.on, number, made_at),
            sections=(first, changes, *rest, *((annex,) if annex else ())),
        )


def _kept_paper(
    session: Session,
    month: str,
    on: dt.date,
    now: dt.datetime,
    *,
    with_pdf: bool,
    progress: Progress,
) -> tuple[Kept, list[str]]:
    """The kept paper: the last one of the month if it says the same, else a new one."""
    draft, papers = _Draft(session, on, progress), kept_papers(session.folder)
    fingerprint = draft.fingerprint
    of_month = [k for k in papers if k.month == month]
    if of_month and of_month[-1].manifest.get("fingerprint") == fingerprint:
        same = of_month[-1]
        return same, [
            f"nothing has changed since paper {same.number} of {month}: that one is given, no new one was made"
        ]
    earlier = earlier_than(papers, month)
    number = (of_month[-1].number if of_month else 0) + 1
    progress("comparing with the paper before", 0.5)
    paper = draft.paper(number=number, made_at=now, earlier=earlier)
    record_versions(
        session.folder, KINDS
    )  # a document edited since the build is a version too, so that it can be found again
    manifest = _manifest(session, paper, month, on, fingerprint, earlier)
    progress("setting the page", 0.6)
    files: dict[str, str | bytes] = {
        "paper.html": render(paper),
        "figures.json": json.dumps(_record(paper), indent=1, ensure_ascii=False, default=str),
        "manifest.json": json.dumps(manifest, indent=1, ensure_ascii=False),
    }
    if with_pdf:
        progress("setting the PDF", 0.7)
        files["paper.pdf"] = as_pdf(render(paper, "print"))
    progress("keeping it", 0.98)
    kept = keep(session.folder, month, files)
    notes = [f"{k} is missing: {what}" for k, what in _missing(session)]
    return kept, notes


def _page_again(session: Session, kept: Kept, on: dt.date) -> str:
    """The print page of a kept paper: the same content with the number and the moment it was kept
    with."""
    made_at = dt.datetime.fromisoformat(kept.manifest["made_at"])
    before = kept.manifest.get("earlier")
    papers = {(k.month, k.number): k for k in kept_papers(session.folder)}
    earlier = papers.get((before["month"], before["number"])) if before else None
    return render(
        _Draft(session, on).paper(number=kept.number, made_at=made_at, earlier=earlier), "print"
    )


def _cover(session: Session, on: dt.date, number: int, made_at: dt.datetime) -> Cover:
    basis = (
        "Figures about people are counted on demonstration people, made by a program to resemble published totals; they test nothing. "
        if session.document.demonstration
        else "Figures about people are counted on the place's own records. "
        if session.build
        else ""
    )
    statement = (
        f"{basis}Published figures name their publisher; planned figures are the plan's own. "
        "Each figure leads to the row of the appendix that says where it is from."
    )
    return Cover(
        place=session.document.name,
        month=words.month(on),
        on=on,
        number=number,
        made_at=made_at,
        build=session.build_id,
        as_of=session.as_of if session.build else None,
        statement=statement,
        notice=session.notice,
        plan=_plan_title(session),
    )


def _plan_title(session: Session) -> str | None:
    plan = session.plan_documents.plan
    return plan.title if plan else None


def _record(paper: Paper) -> dict[str, Any]:
    """Every figure with its trace, and every chart's values: what the next paper compares itself
    with."""
    charts = [
        {
            "id": p.drawing.id,
            "title": p.drawing.title,
            "finding": p.drawing.finding,
            "csv": p.drawing.csv() if p.drawing.has_values else None,
        }
        for p in pictures_of(paper.sections)
    ]
    return {
        "schema": 1,
        "figures": [f.as_dict() for f in figures_of(paper.sections).values()],
        "charts": charts,
    }


def _manifest(
    session: Session, paper: Paper, month: str, on: dt.date, fingerprint: str, earlier: Kept | None
) -> dict[str, Any]:
    return {
        "schema": 1,
        "month": month,
        "number": paper.cover.number,
        "on": on.isoformat(),
        "made_at": paper.cover.made_at.isoformat(timespec="seconds"),
        "entries_at": session.opened_at.isoformat(),
        "code_version": __version__,
        "place": session.document.name,
        "demonstration": session.document.demonstration,
        "basis": session.basis if session.build else None,
        "build": session.build_id,
        "as_of": session.as_of.isoformat(),
        "documents": session.digests,
        "tables": {n: d for n in session.document.tables if (d := table_digest(session.folder, n))},
        "fingerprint": fingerprint,
        "earlier": {"month": earlier.month, "number": earlier.number} if earlier else None,
        "figures": len(figures_of(paper.sections)),
        "charts": len(pictures_of(paper.sections)),
    }


def _missing(session: Session) -> list[tuple[str, str]]:
    documents, out = session.plan_documents, list[tuple[str, str]]()
    if session.build is None:
        out.append(("a build", "what is said of people is left out until `oneplace build` was run"))
    if documents.plan is None:
        out.append(("plan.yaml", "the paper has no milestones and no promises"))
    if documents.finances is None:
        out.append(("money.yaml", "the paper has no money"))
    return out


def _called(earlier: Kept | None) -> str:
    if earlier is None:
        return ""
    month = words.month(dt.date.fromisoformat(f"{earlier.month}-01"))
    return f"paper {earlier.number} of {month}"


def _without_moment(text: str, moment: dt.datetime) -> str:
    """The moment at which entries were read differs each time and is no difference in what is
    said."""
    return text.replace(repr(moment), "").replace(moment.isoformat(), "")


# --- what was asked ------------------------------------------------------------------------------------------------


def _check_format(format: str) -> None:
    if format in FORMATS:
        return
    expected = "html or pdf" + (
        ": Word and Excel are not written yet" if format in LATER_FORMATS else ""
    )
    raise InputAtFault(
        Fault(
            what="a paper is not written in this format",
            file="--format",
            found=format,
            expected=expected,
        )
    )


def _check_target(to: Path | None) -> None:
    if to is not None and not to.is_dir() and not to.parent.is_dir():
        raise InputAtFault(
            Fault(
                what="there is no such folder",
                file="--output",
                found=str(to.parent),
                expected="a folder that exists",
            )
        )


def _copied(file: Path, target: Path) -> None:
    try:
        shutil.copyfile(file, target)
    except OSError as e:
        what, expected = (
            "the paper cannot be written there",
            f"a file you may write; the paper itself is kept as {file}",
        )
        raise InputAtFault(
            Fault(what=what, file=str(target), found=e.strerror, expected=expected)
        ) from None


def last_day(month: str, today: dt.date) -> dt.date:
    """The last day of the month; a month that is not over has no paper."""
    if not MONTH.fullmatch(month) or month < "0001":
        raise InputAtFault(
            Fault(
                what="this is not a month",
                file="--month",
                found=month,
                expected="YYYY-MM, such as 2019-10",
            )
        )
    year, number = int(month[:4]), int(month[5:])
    day = dt.date(year, number, calendar.monthrange(year, number)[1])
    if day >= today:
        raise InputAtFault(
            Fault(
                what="a paper is for a month that is over",
                file="--month",
                found=f"{month}, which ends on {words.day(day)}, and today is {words.day(today)}",
                expected=f"{months_later(today, -1):%Y-%m} or earlier",
            )
        )
    return day
