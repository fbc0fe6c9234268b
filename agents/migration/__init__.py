"""Applies an app's migrations to its database, and takes back exactly what a pipeline applied.

`files` reads them (pure), `sql` splits them into statements (pure), `database` makes the
database and its roles, `history` remembers, `apply` runs them, `agent` is the recipe.
"""
