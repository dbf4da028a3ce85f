"""The one way to ask a place anything: pages, interfaces, notebooks, papers and the command line all come in here.

`open_place(folder)` pins one build, the documents' digests and a moment of entries; every answer is a function of that
visit and can say so. Answers are plain values: dictionaries and lists that a page, a paper or JSON can hold. A pseudonym
is given as text, because a 63-bit number does not survive every reader of JSON.
"""

from oneplace.visit.checking import check_place
from oneplace.visit.opening import Visit, open_place
from oneplace.visit.plan import plan_status

__all__ = ["Visit", "check_place", "open_place", "plan_status"]
