"""The board paper: values in, pages out. Each module makes one section; `html` writes them all.

A section module takes plain values (documents, tables, rows already gathered by the session) and
gives a `Chapter`: its section, and what it has to say on the first page. Nothing here asks a
database, reads a clock or invents a figure: what is not there is a `Missing` that says what to do.
"""

from oneplace.report.board.html import render
from oneplace.report.board.paper import (
    Chapter,
    Cover,
    Origin,
    Paper,
    Section,
    figures_of,
    pictures_of,
)

__all__ = ["Chapter", "Cover", "Origin", "Paper", "Section", "figures_of", "pictures_of", "render"]
