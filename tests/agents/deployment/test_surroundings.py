"""A deployed app knows whom to tell of its errors and visits, as far as it can reach them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agents import signals
from agents.deployment import shipping, surroundings
from agents.deployment.platform import Order
from bus.settings import Secret, Settings

LOCAL = "http://127.0.0.1:14226"
PUBLIC = "https://monitor.example.com"
SETTINGS = Settings(
    genesis_home=Path("/nowhere"), monitor_secret=Secret("s3cret"), monitor_url=LOCAL
)
NAMES = {"GENESIS_SIGNALS", "SENTRY_DSN", "SENTRY_ENVIRONMENT"}
ORDER = Order(pipeline="one-1", app="shop", environment="staging", build_id="b", content=b"")


def here(settings: Settings) -> dict[str, str]:
    found = surroundings.variables(settings, "shop", "staging", 8000)
    return {name: value for name, value in found.items() if name in NAMES}


def elsewhere(settings: Settings) -> dict[str, str]:
    return {name: each.value.reveal() for name, each in shipping.variables(settings, ORDER).items()}


def dsn(address: str) -> str:
    project = signals.project(SETTINGS, "shop", "staging")
    assert project is not None
    return signals.dsn(address, project)


def test_on_this_machine_an_app_gets_its_own_dsn() -> None:
    assert here(SETTINGS) == {"GENESIS_SIGNALS": dsn(LOCAL), "SENTRY_ENVIRONMENT": "staging"}


@pytest.mark.parametrize("gone", [{"monitor_url": ""}, {"monitor_secret": Secret("")}])
def test_where_nobody_listens_an_app_tells_nobody(gone) -> None:
    settings = msgspec.structs.replace(SETTINGS, **gone)
    assert here(settings) == {}
    assert elsewhere(settings) == {}


@pytest.mark.parametrize(
    "address", [LOCAL, "http://localhost:14226", "http://10.0.0.5", "http://[::1]:1", "http://box"]
)
def test_elsewhere_an_app_is_not_sent_to_an_address_of_this_machine(address) -> None:
    settings = msgspec.structs.replace(SETTINGS, monitor_url=address)
    assert elsewhere(settings) == {}
    assert here(settings)["GENESIS_SIGNALS"] == dsn(address)


def test_elsewhere_an_app_gets_what_it_can_reach() -> None:
    sentry = "https://key@o1.ingest.sentry.io/1"
    settings = msgspec.structs.replace(SETTINGS, monitor_url=PUBLIC, sentry_dsn=sentry)
    expected = {
        "GENESIS_SIGNALS": dsn(PUBLIC), "SENTRY_DSN": sentry, "SENTRY_ENVIRONMENT": "staging"
    }  # fmt: skip
    assert elsewhere(settings) == expected
    assert here(settings) == expected
