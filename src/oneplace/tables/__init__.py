"""Tables: every table of OnePlace is declared here once, with a sentence for each column."""
