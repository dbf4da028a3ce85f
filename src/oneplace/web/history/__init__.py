"""Entries keep every version of themselves; a stale save is refused with both values in hand."""
