"""The site: pages for each reader of a place, on `answers`. The only room that knows Django."""
