"""The reference of the plan documents, printed from their classes into `docs/reference/plan.md`."""

from oneplace.documents.describing import PRINTED_DATE, describe
from oneplace.plan.assurance.checking import KINDS

TITLES = {
    "plan.yaml": "The plan",
    "money.yaml": "Money",
    "standards.yaml": "Standards",
    "targets.yaml": "Targets",
    "activity.yaml": "Activity assumptions",
    "measures/*.yaml": "A measure",
    "compliance/*.yaml": "A compliance matrix",
}
OPENING = """# Plan documents

This page is printed from the classes of the program; do not edit it. Unknown fields are refused, and every fault is
named with its line. What a plan does not say is left out: an absent `lead` reads "not stated in the plan". Numbers are
written in digits without thousand separators. Each file opens with `schema`, the edition of its form.
"""


def plan_reference() -> str:
    """The whole page."""
    pages = [describe(kind, title=TITLES[file], file=file, level=2) for file, kind in KINDS.items()]
    return "\n".join([OPENING, PRINTED_DATE, "", *pages])
