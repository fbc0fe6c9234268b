"""A database's schema as data: taken from the catalogs, compared, and written as SQL.

    snapshot(connection)       everything that migrations can make, each thing as an `Item`
    fingerprint(schema)        SHA-256 in hex; equal for equal schemas
    difference(before, after)  what differs, and the SQL that makes `before` into `after`

What it does not see: casts, operators, text search, foreign servers, publications, event
triggers, roles and what belongs to extensions.
"""

from __future__ import annotations

from agents.migration.catalog.difference import Change, Difference, difference
from agents.migration.catalog.schema import Item, Schema, fingerprint
from agents.migration.catalog.snapshot import snapshot

__all__ = ["Change", "Difference", "Item", "Schema", "difference", "fingerprint", "snapshot"]
