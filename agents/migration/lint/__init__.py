"""What is wrong or risky about migrations, before a database sees them.

    check(migrations)      every finding, in the order of the files

`parser` reads SQL as PostgreSQL 18 does; `findings` has the table of all rules with their severity,
`dangerous`, `locking` and `practice` look; `squawk` runs squawk, `squawk_rules` knows what of it
ours do not say, `squawk_findings` puts it among ours; `ignores` reads what a file allows with a
reason; `reports` writes findings for people, as JSON and as SARIF.
"""

from __future__ import annotations

from agents.migration.lint.findings import Finding
from agents.migration.lint.linter import check

__all__ = ["Finding", "check"]
