"""The site: pages for each reader of a place, on `visit`. The only room that knows Django."""
