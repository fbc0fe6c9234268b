"""How a monitor is asked and judged, and what that comes to for one of its looks. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from agents.monitoring.uptime.certificate import DAYS as CERTIFICATE_DAYS
from agents.monitoring.uptime.conditions import Conditions, health
from agents.monitoring.uptime.judging import Policy
from agents.monitoring.uptime.probe import Target

TIMEOUT = 5.0
LONGEST_TIMEOUT = 60.0
SHORTEST_INTERVAL, LONGEST_INTERVAL = 1.0, 1800.0
"""Single looks are kept for an hour: the newest of a monitor is always among them."""
LOOPBACK = ("localhost", "127.", "::1", "0.0.0.0")  # noqa: S104  an address to recognise


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person may choose for a monitor; the defaults are those of apps of ours.

    Without `conditions` it is asked for its health, which must name the right build. `every` is
    seconds between looks, 0 for MONITOR_INTERVAL; `seconds` what a look may take;
    `certificate_days` from how many days left on a certificate is warned of, 0 for never.
    """

    conditions: Conditions | None = None
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    follow: bool = False
    every: float = 0
    seconds: float = TIMEOUT
    policy: Policy = Policy()
    certificate_days: int = CERTIFICATE_DAYS


def target(url: str, options: Options) -> Target:
    """What is asked at a monitor's address."""
    if options.conditions is None:
        return Target(url=f"{url.rstrip('/')}/api/health", seconds=options.seconds)
    return Target(
        url=url, method=options.method, headers=options.headers, follow=options.follow,
        seconds=options.seconds,
    )  # fmt: skip


def conditions(build_id: str, options: Options) -> Conditions:
    """What its answer must be."""
    return health(build_id) if options.conditions is None else options.conditions


def host(url: str) -> str:
    """The host of an address; "" for this machine, which no network is needed for."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if name.startswith(LOOPBACK) else name
