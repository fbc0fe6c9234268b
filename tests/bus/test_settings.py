"""Secrets from the environment, from files, and from the system's own store."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked

from agents.deployment.calls import Pace
from agents.deployment.netlify.api import connected
from agents.work import AgentError
from bus.settings import Settings, SettingsError, load

TOKEN = "NETLIFY_AUTH_TOKEN"


class Store(KeyringBackend):
    """What a desktop has, in memory; locked when told."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the collection is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for name in (TOKEN, f"{TOKEN}_FILE"):
        monkeypatch.delenv(name, raising=False)
    before, made = keyring.get_keyring(), Store()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


async def token_of(settings: Settings) -> str:
    async with connected(settings, Pace()) as api:
        return str(api.headers["authorization"])


def test_a_token_that_is_nowhere_else_comes_from_the_systems_store(store):
    settings = load()
    assert not settings.netlify_auth_token
    keyring.set_password("genesis", TOKEN, "nfp_stored")
    assert settings.netlify_auth_token.reveal() == "nfp_stored"
    assert settings.netlify_auth_token
    assert "nfp_stored" not in f"{settings!r}{settings.netlify_auth_token}"


def test_what_is_set_or_in_a_file_comes_first(store, monkeypatch, tmp_path):
    keyring.set_password("genesis", TOKEN, "nfp_stored")
    monkeypatch.setenv(TOKEN, "nfp_set")
    assert load().netlify_auth_token.reveal() == "nfp_set"
    (tmp_path / "token").write_text("nfp_file\n")
    monkeypatch.setenv(f"{TOKEN}_FILE", str(tmp_path / "token"))
    assert load().netlify_auth_token.reveal() == "nfp_file"


def test_no_other_secret_and_no_given_environment_is_looked_up(store):
    keyring.set_password("genesis", "DATABASE_URL", "postgresql://stored")
    keyring.set_password("genesis", TOKEN, "nfp_stored")
    assert load().database_url.reveal() == ""
    assert load({}).netlify_auth_token.reveal() == ""


def test_a_machine_without_a_store_has_no_token(store):
    keyring.set_keyring(fail.Keyring())
    assert load().netlify_auth_token.reveal() == ""


def test_without_the_extra_there_is_no_token(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert load().netlify_auth_token.reveal() == ""


async def test_a_locked_store_is_said_to_be_so_and_no_missing_token(store):
    store.locked = True
    with pytest.raises(SettingsError, match=r"keyring: the collection is locked"):
        load().netlify_auth_token.reveal()
    with pytest.raises(AgentError) as caught:
        await token_of(load())
    assert "the collection is locked; what is live stays live" in caught.value.message
    store.locked = False
    with pytest.raises(AgentError) as caught:
        await token_of(load())
    assert "keyring set genesis NETLIFY_AUTH_TOKEN" in caught.value.hint
