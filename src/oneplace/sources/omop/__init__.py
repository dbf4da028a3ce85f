"""Records in OMOP form, CDM 5.3.1 or 5.4: a folder or a zip of parquet or CSV files.

`load_omop` fills a build, `survey` says what is there without loading it, `suggest_code_list`
proposes which local word each code of the records means and `write_code_list` writes that for
review.
"""

from oneplace.sources.omop.code_list import Suggestion, suggest_code_list, write_code_list
from oneplace.sources.omop.loading import load_omop
from oneplace.sources.omop.survey import Survey, survey

__all__ = ["Suggestion", "Survey", "load_omop", "suggest_code_list", "survey", "write_code_list"]
