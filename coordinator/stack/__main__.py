"""`python -m coordinator.stack`: becomes the supervisor in the background.

Exit codes: 0 the supervisor was started, 3 there is one already. GENESIS_HOME names a home
that `coordinator.stack.api` has prepared.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ALREADY = 3


def main() -> int:
    """Take the supervisor's lock, go into the background holding it, supervise."""
    from coordinator.stack.home import Home, open_log, take  # noqa: PLC0415

    home = Home(Path(os.environ["GENESIS_HOME"]))
    # The lock belongs to the open file, so the child still holds it when we have gone.
    if not take(os.open(home.supervisor_lock, os.O_RDWR | os.O_CREAT, 0o600)):
        return ALREADY
    if os.fork() != 0:
        return 0
    os.setsid()
    os.chdir("/")
    nothing, output = os.open(os.devnull, os.O_RDONLY), open_log(home, "supervisor")
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    return _supervise(home)


def _supervise(home: object) -> int:
    # Imported after the fork: whoever called us waits for the parent only.
    import asyncio  # noqa: PLC0415

    import structlog  # noqa: PLC0415

    from bus.process import configure_logging  # noqa: PLC0415
    from bus.settings import SettingsError, load  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415
    from coordinator.stack.home import Home  # noqa: PLC0415
    from coordinator.stack.supervisor import supervise  # noqa: PLC0415

    configure_logging()
    assert isinstance(home, Home)
    try:
        asyncio.run(supervise(home, load()))
    except (StackError, SettingsError) as error:
        structlog.get_logger().error("supervisor", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
