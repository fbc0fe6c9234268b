"""What `monitoring.toml` may say, and what its parts mean.

Errors:
    Problem     something cannot be used; the text says where and why, and shows no address
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from agents.monitoring.alerts.rules import (
    PER_HOUR,
    SHORTEST_REMINDER,
    Channel,
    ChannelKind,
    Escalation,
    Quiet,
    Rule,
)
from agents.monitoring.findings import Kind, Severity
from bus.settings import Secret

LARGEST = 256 * 1024
"""Bytes of a file that is read."""
LONGEST = 30 * 86_400.0
"""Seconds of the longest time that may be written."""
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Duration = str | float
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")]


class Problem(Exception):
    """What a person wrote cannot be used; the text says where and why."""


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _Channel(_Strict, frozen=True, kw_only=True):
    name: Name
    kind: ChannelKind
    url: str = ""
    url_file: str = ""
    secret: str = ""
    secret_file: str = ""
    to: list[str] = []
    sender: str = msgspec.field(default="", name="from")
    per_hour: Annotated[int, Meta(ge=4, le=1000)] = PER_HOUR


class _Quiet(_Strict, frozen=True, kw_only=True):
    start: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z")] = msgspec.field(name="from")
    end: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z")] = msgspec.field(name="to")
    zone: str = "UTC"
    days: tuple[str, ...] = _DAYS
    through: Severity = "critical"


class _Escalation(_Strict, frozen=True, kw_only=True):
    after: Duration
    channels: list[str]


class _Rule(_Strict, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    channels: list[str] | None = None
    apps: list[str] = []
    environments: list[str] = []
    kinds: list[Kind] = []
    keys: list[str] = []
    severity: Severity = "warning"
    lasting: Duration = msgspec.field(default=0.0, name="for")
    count: Annotated[int, Meta(ge=1, le=100)] = 1
    within: Duration = 300.0
    remind: Duration | None = None
    resolved: bool = True
    quiet: _Quiet | None = None
    escalate: _Escalation | None = None


class _Grouping(_Strict, frozen=True, kw_only=True):
    wait: Duration = 10.0
    interval: Duration = 60.0


class _Flapping(_Strict, frozen=True, kw_only=True):
    after: Annotated[int, Meta(ge=1, le=50)] = 3
    within: Duration = 1800.0
    calm: Duration = 600.0


class File(_Strict, frozen=True, kw_only=True):
    channels: list[_Channel] = []
    rules: list[_Rule] = []
    quiet: _Quiet | None = None
    grouping: _Grouping = _Grouping()
    flapping: _Flapping = _Flapping()


def parse(text: str) -> File:
    """The file's content. Raises Problem."""
    try:
        return msgspec.toml.decode(text, type=File)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(str(error)) from None


def seconds(duration: Duration, where: str) -> float:
    """Seconds of `90`, "90s", "5m", "2h" or "1d", up to 30 days. Raises Problem."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)\s*([smhd]?)", str(duration))
    value = float(found[1]) * _UNITS[found[2] or "s"] if found else -1.0
    if not 0 <= value <= LONGEST:
        raise Problem(f'{where} is {duration!r}; it is a time such as "5m", "1h" or 90 (seconds)')
    return value


def channel(one: _Channel, folder: Path) -> Channel:
    where = f"channel {one.name}"
    return Channel(
        name=one.name, kind=one.kind, per_hour=one.per_hour, to=tuple(one.to),
        address=_secret(one.url, one.url_file, folder, where),
        signing=_secret(one.secret, one.secret_file, folder, where),
        sender=one.sender or next(iter(one.to), ""),
    )  # fmt: skip


def _secret(text: str, file: str, folder: Path, where: str) -> Secret:
    if text and file:
        raise Problem(f"{where}: it is either the secret itself or a file with it, not both")
    return Secret(text_of(folder / Path(file).expanduser(), needed=True).strip() if file else text)


def text_of(given: Path, *, needed: bool) -> str:
    try:
        with given.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Problem(f"{given} is larger than {LARGEST} bytes")
        return content.decode()
    except FileNotFoundError:
        if needed:
            raise Problem(f"{given} is not there") from None
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{given} cannot be read: {error}") from None


def rule(one: _Rule, names: list[str], quiet: Quiet | None) -> Rule:
    where = f"rule {one.name!r}"
    remind = None if one.remind is None else seconds(one.remind, f"{where}: remind")
    if remind and remind < SHORTEST_REMINDER:
        raise Problem(f"{where}: reminders are at least 5 minutes apart")
    escalation = None
    if one.escalate is not None:
        escalation = Escalation(
            after=seconds(one.escalate.after, f"{where}: escalate.after"),
            channels=_known(one.escalate.channels, names, where),
        )
    return Rule(
        name=one.name, severity=one.severity, count=one.count, remind=remind,
        channels=tuple(names) if one.channels is None else _known(one.channels, names, where),
        apps=tuple(one.apps), environments=tuple(one.environments), kinds=tuple(one.kinds),
        keys=tuple(one.keys), resolved=one.resolved, escalation=escalation,
        lasting=seconds(one.lasting, f"{where}: for"),
        within=seconds(one.within, f"{where}: within"),
        quiet=quiet_hours(one.quiet, f"{where}: quiet") if one.quiet else quiet,
    )  # fmt: skip


def _known(given: list[str], names: list[str], where: str) -> tuple[str, ...]:
    if unknown := [name for name in given if name not in names]:
        known = ", ".join(names) or "none"
        raise Problem(f"{where} names the channel {unknown[0]!r}; there are: {known}")
    return tuple(dict.fromkeys(given))


def quiet_hours(one: _Quiet, where: str) -> Quiet:
    try:
        ZoneInfo(one.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(f"{where}: {one.zone!r} is no time zone, as Europe/Berlin is") from None
    if unknown := [day for day in one.days if day not in _DAYS]:
        raise Problem(f"{where}: {unknown[0]!r} is no day; days are {', '.join(_DAYS)}")
    if one.start == one.end:
        raise Problem(f"{where}: it begins when it ends")
    return Quiet(
        start=_minutes(one.start), end=_minutes(one.end), zone=one.zone, through=one.through,
        days=frozenset(_DAYS.index(day) for day in one.days),
    )  # fmt: skip


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
