"""Published statistics: numbers in, numbers out.

Nothing here knows a place, a person, a file, a clock or a seed. Arrays of many areas go in, frozen
dataclasses of arrays come out, and an area whose figures cannot be used comes out as NaN with the
reason beside it; the others are unharmed. Import from the module of the idea: `rates`,
`standardise`, `lifetable`, `inequality`, `spc`, `waiting`, `waterfall`, `fractions`, `options`,
`risk`, `finance`, `forecast`, `funnel`. `cases` runs any of them on a case file.
"""
