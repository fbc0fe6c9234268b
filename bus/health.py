"""`python -m bus.health`: exit 0 when the process of this container is alive, else 1."""

from __future__ import annotations

import os
import sys

from bus.process import HEALTH_FILE, healthy

if __name__ == "__main__":
    sys.exit(0 if healthy(os.environ.get(HEALTH_FILE)) else 1)
