"""Rows that belong to an app: read from JSON and CSV files, and brought into its tables.

`folder` finds the files, `jsonfile` and `csvfile` read them row by row, `tables` knows the live
columns, `values` writes a value as COPY wants it (pure), `ordering` puts what is referred to
first (pure), `loading` brings one entry in, `diagnosis` finds the row that a refused statement
meant, `history` remembers what was applied, `running` does the whole. `capture` and `redaction`
go the other way: from a table to a file.
"""
