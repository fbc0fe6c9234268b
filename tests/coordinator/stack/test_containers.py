"""docker-compose.yml by its specification, and its commands without a container engine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bus.settings import Settings
from contracts.messages import AREAS
from coordinator.stack import containers
from coordinator.stack.state import recall
from tests.support.processes import end, open_folder, remove_folder, wait_until
from tests.support.stack import Stack

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(FILE)
SERVICES: dict[str, Any] = COMPOSE["services"]
LASTING = {
    name: service
    for name, service in SERVICES.items()
    if service["restart"] == "unless-stopped"
}  # fmt: skip
PLAIN = {
    "GENESIS_HOME", "USER", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NPM_CONFIG_REGISTRY",
    "GENESIS_LLM", "GENESIS_LLM_MODEL", "GENESIS_LLM_URL", "GENESIS_LLM_MAX_TOKENS",
    "GENESIS_LLM_MAX_SECONDS", "GENESIS_LLM_MAX_COST", "GENESIS_LLM_PRICE_IN",
    "GENESIS_LLM_PRICE_OUT", "ANTHROPIC_API_KEY_FILE", "OPENAI_API_KEY_FILE",
    "ALERT_EMAIL", "ALERT_FROM", "SLACK_WEBHOOK_URL_FILE", "DISCORD_WEBHOOK_URL_FILE",
    "ALERT_WEBHOOK_URL_FILE", "ALERT_WEBHOOK_SECRET_FILE", "SMTP_URL_FILE",
}  # fmt: skip
"""What may stand in a service's environment: none of it is a secret."""
SECRETS = {
    "coordinator": {"coordinator-seed", "database-url"},
    "scout": {"scout-seed"},
    "plan": {"plan-seed", "language-model-key"},
    "build": {"build-seed", "app-database-url"},
    "migration": {"migration-seed", "app-database-url", "app-database-secret"},
    "deployment": {
        "deployment-seed",
        "app-database-url",
        "app-database-secret",
        "monitor-secret",
    },
    "monitoring": {
        "monitoring-seed",
        "database-url",
        "monitor-secret",
        "slack-webhook-url",
        "discord-webhook-url",
        "alert-webhook-url",
        "alert-webhook-secret",
        "smtp-url",
        "monitoring-toml",
    },
}


def test_the_file_is_valid_by_the_compose_specification() -> None:
    done = subprocess.run(
        [
            Path(sysconfig.get_path("scripts")) / "check-jsonschema",
            "--builtin-schema", "vendor.compose-spec", FILE,
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_has_a_service_with_a_healthcheck() -> None:
    assert set(LASTING) == {"nats", "postgres", "caddy", "coordinator", *AREAS}
    for name, service in LASTING.items():
        kind, what = service["command"]
        assert kind == "run"
        assert service["healthcheck"]["test"][-2:] == ["healthy", what], name


@pytest.mark.parametrize("name", SECRETS)
def test_a_service_gets_its_own_secrets_and_no_others(name: str) -> None:
    assert {secret["source"] for secret in SERVICES[name]["secrets"]} == SECRETS[name]
    mounted = [str(volume).split(":")[0] for volume in SERVICES[name]["volumes"]]
    assert not [path for path in mounted if re.search(r"/keys|/config|GENESIS_HOME}$", path)]


def test_every_secret_is_a_file_and_none_stands_in_the_environment() -> None:
    used = {each["source"] for service in SERVICES.values() for each in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert all(set(service["environment"]) <= PLAIN for service in SERVICES.values())


def test_no_service_publishes_a_port_or_keeps_rights() -> None:
    for name, service in SERVICES.items():
        assert "ports" not in service, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name


@pytest.fixture
def prepared() -> Iterator[Stack]:
    stack = Stack()
    containers.prepare(stack.settings)
    yield stack
    remove_folder(stack.folder)


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "GENESIS_HOME": str(settings.genesis_home), "PYTHONPATH": str(ROOT)}


def run(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The image's command with these arguments."""
    return subprocess.run(
        [sys.executable, "-m", "coordinator.stack.containers", *arguments],
        env=environment(stack.settings), check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_what_is_mounted_exists_once_prepared(prepared: Stack) -> None:
    remembered = recall(prepared.home)
    home = str(prepared.home.root)
    sources = [volume.split(":")[0] for each in LASTING.values() for volume in each["volumes"]]
    sources += [secret["file"] for secret in COMPOSE["secrets"].values()]
    for source in sources:
        assert Path(source.replace("${GENESIS_HOME}", home)).exists(), source
    containers.prepare(prepared.settings)
    assert recall(prepared.home) == remembered


@pytest.mark.timeout(120)
def test_the_commands_of_the_services_start_what_they_say(prepared: Stack) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> None:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "coordinator.stack.containers", "run", name],
                env=environment(prepared.settings), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip
        wait_until(lambda: run(prepared, "healthy", name).returncode == 0, name)

    try:
        assert run(prepared, "healthy", "nats-server").returncode == 1
        start("nats-server")
        assert run(prepared, "run", "streams").returncode == 0
        for name in ("caddy", "coordinator", "scout"):
            start(name)
        assert run(prepared, "healthy", "plan").returncode == 1
    finally:
        for process in reversed(started):
            end(process, signal.SIGTERM)


def test_a_home_that_is_not_prepared_is_told_apart() -> None:
    folder = open_folder("genesis-test-containers-")
    try:
        with pytest.raises(containers.NotStarted, match="compose run --rm prepare"):
            containers.healthy(Settings(genesis_home=folder), "scout")
    finally:
        remove_folder(folder)


@pytest.mark.parametrize("arguments", [[], ["run"], ["prepare", "x"], ["jump", "scout"]])
def test_what_is_no_command_says_what_is(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert containers.main(arguments) == 2
    assert "usage" in capsys.readouterr().err
