"""New migrations from templates, each with its way back, for a PostgreSQL without extensions.

    create(folder, request) -> Created    writes the next file of a folder

`naming` guesses from the migration's name, `columns` reads `email:text:unique`, `bodies` writes
the SQL, `creating` writes the file.
"""

from __future__ import annotations

from agents.migration.templates.creating import Created, Request, create

__all__ = ["Created", "Request", "create"]
