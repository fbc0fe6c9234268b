"""Channels and rules from `monitoring.toml` and the environment.

A variable such as SLACK_WEBHOOK_URL is a channel by itself; without any rule every channel gets
what is a warning or worse. What is wrong in the file is told by name, and never keeps anybody
from being told: then the last file that was right counts, else the environment alone.

Addresses are secrets: no error shows one.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import structlog

from agents.monitoring.alerts.rules import (
    Channel,
    ChannelKind,
    Configuration,
    Damping,
    Rule,
)
from agents.monitoring.alerts.written import (
    File,
    Problem,
    channel,
    parse,
    quiet_hours,
    rule,
    seconds,
    text_of,
)
from bus.settings import Secret, Settings

log = structlog.get_logger()

FILE = "monitoring.toml"
LOCAL = ("127.0.0.1", "::1", "localhost")
_MAILBOX = re.compile(r"[!-~]+@[!-~]+")
_NOT_IN_MAILBOX = re.compile(r"[<>(),;:\\\"\[\]\s]|@.*@")


class Source:
    """The configuration as it is now; remembers the last file that was right."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._good: File | None = None
        self._good_text: str | None = None
        self._said: tuple[str, ...] = ()

    def read(self) -> Configuration:
        """Channels and rules by file and environment; says in the log what is wrong, once."""
        made, given, said = self._good, path(self._settings), ""
        try:
            text = text_of(given, needed=bool(self._settings.monitor_alerts))
            if made is None or text != self._good_text:
                made = parse(text)
            found = assemble(self._settings, made, given.parent)
            self._good, self._good_text = made, text
        except Problem as problem:
            said = f"{given}: {problem}"
            found = assemble_rest(self._settings, self._good, given.parent)
        if said:
            found = msgspec.structs.replace(found, problems=(said, *found.problems))
        if found.problems != self._said:
            self._said = found.problems
            for each in found.problems:
                log.error("alerts are not configured as written", problem=each)
        return found


def path(settings: Settings) -> Path:
    """The file with rules and channels; it need not be there."""
    if settings.monitor_alerts:
        return Path(settings.monitor_alerts).expanduser()
    return settings.genesis_home / FILE


def assemble_rest(settings: Settings, good: File | None, folder: Path) -> Configuration:
    """What is left when a file cannot be used: the last one that could, else the environment."""
    try:
        return assemble(settings, good or File(), folder)
    except Problem:
        return assemble(settings, File(), folder)


def assemble(settings: Settings, file: File, folder: Path) -> Configuration:
    """Channels and rules together; raises Problem for what the file says and cannot be."""
    channels, problems = [], []
    for one in _from_environment(settings):
        try:
            channels.append(checked(one))
        except Problem as problem:
            problems.append(str(problem))
    channels += [checked(channel(one, folder)) for one in file.channels]
    names = [one.name for one in channels]
    if twice := [name for name in names if names.count(name) > 1]:
        raise Problem(f"two channels are called {twice[0]!r}")
    quiet = quiet_hours(file.quiet, "quiet") if file.quiet else None
    made = [rule(one, names, quiet) for one in file.rules]
    if not file.rules and names:
        made = [Rule(name="everything", channels=tuple(names), quiet=quiet)]
    return Configuration(
        channels=tuple(channels), rules=tuple(made), problems=tuple(problems),
        damping=Damping(
            after=file.flapping.after,
            within=seconds(file.flapping.within, "flapping.within"),
            calm=seconds(file.flapping.calm, "flapping.calm"),
            wait=seconds(file.grouping.wait, "grouping.wait"),
            interval=seconds(file.grouping.interval, "grouping.interval"),
        ),
    )  # fmt: skip


def fingerprint(found: Channel, settings: Settings) -> str:
    """Tells whether a channel is still configured as it was; its address cannot be had from it."""
    key = (settings.monitor_secret or settings.database_url).reveal().encode()
    told = (found.kind, found.address.reveal(), found.sender, *found.to)
    return hmac.digest(key or b"-", "\0".join(told).encode(), "sha256").hex()[:32]


def checked(found: Channel) -> Channel:
    """The channel, when it can be used. Raises Problem, without its address."""
    try:
        parts = urlsplit(found.address.reveal())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Problem(f"channel {found.name}: its address is no URL") from None
    schemes = {"email": ("smtp", "smtps")}.get(found.kind, ("https", "http"))
    if parts.scheme not in schemes or not host or not found.address.reveal().isprintable():
        raise Problem(f"channel {found.name}: its address does not begin with {schemes[0]}://")
    if found.kind in {"slack", "discord"} and parts.scheme == "http" and host not in LOCAL:
        raise Problem(f"channel {found.name}: its address is a secret and needs https://")
    if found.kind == "email":
        if not found.to:
            raise Problem(f"channel {found.name}: it does not say whom mail goes to (ALERT_EMAIL)")
        for each in (*found.to, found.sender):
            if not _MAILBOX.fullmatch(each) or _NOT_IN_MAILBOX.search(each):
                raise Problem(f"channel {found.name}: {each!r} is no mail address")
    return found


def _from_environment(settings: Settings) -> Iterable[Channel]:
    plain: tuple[tuple[str, ChannelKind, Secret], ...] = (
        ("slack", "slack", settings.slack_webhook_url),
        ("discord", "discord", settings.discord_webhook_url),
        ("webhook", "webhook", settings.alert_webhook_url),
    )
    for name, kind, address in plain:
        if address:
            signing = settings.alert_webhook_secret if kind == "webhook" else Secret("")
            yield Channel(name=name, kind=kind, address=address, signing=signing)
    if settings.alert_email or settings.smtp_url:
        to = tuple(one.strip() for one in settings.alert_email.split(",") if one.strip())
        yield Channel(
            name="email", kind="email", address=settings.smtp_url, to=to,
            sender=settings.alert_from or next(iter(to), ""),
        )  # fmt: skip
