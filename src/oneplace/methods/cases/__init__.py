"""Any published method on a file of cases: what `oneplace method NAME --input FILE` runs.

In: a list of `{id, function, inputs, params}` (JSON), or one table (CSV). Out: a list of `{id, result}`, each result with the keys
that the published cases expect, and `notes` beside it where there is something to say (why a figure is withheld).
What is wrong in the input is one `InputAtFault` that names case, field, found and expected for every case at once.
"""

from oneplace.methods.cases.run import NAMES, load_cases, run_cases, run_file

__all__ = ["NAMES", "load_cases", "run_cases", "run_file"]
