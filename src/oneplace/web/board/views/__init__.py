"""The board's pages: the place on a page, performance, papers, decisions, changes to the plan."""
