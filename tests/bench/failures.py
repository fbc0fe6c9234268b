"""What becomes of a deploy when the platform fails, beside what its official client does.

python -m tests.bench.failures netlify
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from bus.settings import Secret, Settings
from tests.agents.deployment.netlify import conftest
from tests.agents.deployment.netlify.failures import CASES, outcome
from tests.support.netlify_server import TOKEN, Netlify


async def netlify() -> None:
    """Each case against an emulator of its own."""
    print(f"{'what happens':40} {'ours':16} {'requests':>8} {'seconds':>8}  netlify-cli 27.10.2")
    for case in CASES:
        server = Netlify().start()
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "site"
            conftest.write(folder, {"index.html": "one", "a/app.js": "1"})
            settings = Settings(
                genesis_home=Path(place) / "home", netlify_auth_token=Secret(TOKEN),
                netlify_api_url=server.api,
            )  # fmt: skip
            found = await outcome(server, settings, folder, case)
        server.close()
        kept = "" if found.live_untouched and not found.left_over else "  LIVE SITE OR ORPHAN"
        print(
            f"{case.name:40} {found.ended:16} {found.requests:8} {found.seconds:8.2f}"
            f"  {case.official}{kept}"
        )


if __name__ == "__main__":
    asyncio.run({"netlify": netlify}[sys.argv[1]]())
