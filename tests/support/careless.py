"""`python tests/support/careless.py coordinator|<area>`: the same process without comparisons.

The control of the chaos test: what the compare-and-swap prevents must happen here.
"""

from __future__ import annotations

import sys
from pathlib import Path

# In place of this folder, whose nats.py would hide the client of that name.
sys.path[0] = str(Path(__file__).parents[2])

from bus.nats import NatsBus
from contracts.messages import Message
from tests.support import noop_agent


async def publish(self: NatsBus, message: Message, *, after: int | None = None) -> int:
    return await compared(self, message)


compared = NatsBus.publish
NatsBus.publish = publish  # type: ignore[method-assign]


if __name__ == "__main__":
    if sys.argv[1] == "coordinator":
        from bus.process import run
        from coordinator.__main__ import process

        sys.exit(run(process))
    sys.exit(noop_agent.main(sys.argv[1]))  # type: ignore[arg-type]
