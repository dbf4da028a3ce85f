"""Published monthly statistics: files of NHS England and plain CSV become observations, or are
refused with the reason.

In: files as they were downloaded. Out: `tables.observations.OBSERVATIONS`, one immutable parquet
file an import under `DIR/.oneplace/observations/`. Each layout is a document in `formats/`; a new
one is a file, not code.
"""

from oneplace.sources.statistics.importing import Imported, import_files
from oneplace.sources.statistics.keeping import observations

__all__ = ["Imported", "import_files", "observations"]
