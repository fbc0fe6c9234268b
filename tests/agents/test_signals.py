"""Where an app sends its signals is derived, the same by whoever asks."""

from __future__ import annotations

from pathlib import Path

from sentry_sdk.utils import Dsn

from agents.signals import dsn, project
from bus.settings import Secret, Settings

SETTINGS = Settings(genesis_home=Path("/nowhere"), monitor_secret=Secret("s3cret"))


def test_without_a_secret_no_app_has_a_project() -> None:
    assert project(Settings(genesis_home=Path("/nowhere")), "shop", "production") is None


def test_a_project_is_the_same_each_time_and_another_in_another_environment() -> None:
    one = project(SETTINGS, "shop", "production")
    assert one == project(SETTINGS, "shop", "production")
    other = project(SETTINGS, "shop", "staging")
    assert one is not None
    assert other is not None
    assert one.number != other.number
    assert one.key != other.key
    assert "s3cret" not in repr(one)


def test_an_error_sdk_reads_the_dsn() -> None:
    found = project(SETTINGS, "shop", "production")
    assert found is not None
    read = Dsn(dsn("http://127.0.0.1:14226/", found))
    assert (read.public_key, read.project_id) == (found.key, str(found.number))
    assert (read.host, read.port, read.scheme) == ("127.0.0.1", 14226, "http")
