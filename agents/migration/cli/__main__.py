"""`python -m agents.migration.cli`: the same as `genesis migrate`."""

from __future__ import annotations

import sys

from agents.migration.cli import main

if __name__ == "__main__":
    sys.exit(main())
