"""What becomes of a deploy when the platform fails, beside what its official client does.

python -m tests.bench.failures netlify|vercel
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from bus.settings import Secret, Settings
from tests.agents.deployment.netlify import failures as at_netlify
from tests.agents.deployment.vercel import failures as at_vercel
from tests.support import netlify_server, vercel_server


def heading(official: str) -> None:
    print(f"{'what happens':40} {'ours':20} {'requests':>8} {'seconds':>8}  {official}")


def line(
    case: at_netlify.Case | at_vercel.Case, found: at_netlify.Outcome | at_vercel.Outcome
) -> None:
    kept = "" if found.live_untouched and not found.left_over else "  LIVE SITE OR ORPHAN"
    print(
        f"{case.name:40} {found.ended:20} {found.requests:8} {found.seconds:8.2f}"
        f"  {case.official}{kept}"
    )


def site(place: str) -> tuple[Path, Path]:
    """A folder to deploy, and one for Genesis."""
    folder = Path(place) / "site"
    (folder / "a").mkdir(parents=True)
    (folder / "index.html").write_text("one")
    (folder / "a" / "app.js").write_text("1")
    return folder, Path(place) / "home"


async def netlify() -> None:
    """Each case against an emulator of its own."""
    heading("netlify-cli 27.10.2")
    for case in at_netlify.CASES:
        server = netlify_server.Netlify().start()
        with tempfile.TemporaryDirectory() as place:
            folder, home = site(place)
            token = Secret(netlify_server.TOKEN)
            settings = Settings(
                genesis_home=home, netlify_auth_token=token, netlify_api_url=server.api
            )
            line(case, await at_netlify.outcome(server, settings, folder, case))
        server.close()


async def vercel() -> None:
    """Each case against an emulator of its own."""
    heading("vercel 64.0.2")
    for case in at_vercel.CASES:
        server = vercel_server.Vercel().start()
        with tempfile.TemporaryDirectory() as place:
            folder, home = site(place)
            token = Secret(vercel_server.TOKEN)
            settings = Settings(genesis_home=home, vercel_token=token, vercel_api_url=server.api)
            line(case, await at_vercel.outcome(server, settings, folder, case))
        server.close()


if __name__ == "__main__":
    asyncio.run({"netlify": netlify, "vercel": vercel}[sys.argv[1]]())
