"""Any published method on a file of cases: what `oneplace method NAME --input FILE` runs.

In: a list of `{id, function, inputs, params}` (JSON), or one table (CSV). Out: a list of `{id,
result}`, each result with the keys that the published cases expect, and `notes` beside it where
there is something to say (why a figure is withheld). A case at fault gives its faults (case, field,
found and expected) in place of a result; the others are answered.
"""

from oneplace.methods.cases.run import NAMES, each_case, load_cases, run_cases, run_file

__all__ = ["NAMES", "each_case", "load_cases", "run_cases", "run_file"]
