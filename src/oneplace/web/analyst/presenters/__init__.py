"""The analyst's tables and charts as plain values, a module for each page."""
