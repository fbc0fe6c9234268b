"""`genesis migrate seed | backup | restore | backups` as people and machines use them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.migration.cli import app
from tests.support.databases import database
from tests.support.postgres import Postgres

Genesis = Callable[..., tuple[int, str, str]]

TABLES = """
create table users (id bigint generated always as identity primary key, email text not null unique);
create table orders (
  id bigint generated always as identity primary key, who bigint not null references users,
  price numeric(9, 2)
);
"""


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with database(postgres, TABLES) as found:
        yield found


@pytest.fixture
def genesis(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Genesis:
    """`genesis("seed", "run")`: exit code, output, errors; in a folder of its own."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = app(list(arguments), exit_on_error=False)
        said = capsys.readouterr()
        return int(code or 0), said.out, said.err

    return run


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def test_seed_status_backup_and_restore(genesis: Genesis, tmp_path: Path) -> None:
    write(
        tmp_path / "seeds" / "shop.json",
        [
            {"table": "orders", "data": [{"id": 1, "who": 1, "price": 9.5}]},
            {"table": "users", "data": [{"id": 1, "email": "a@b"}]},
        ],
    )
    assert genesis("seed", "validate")[:2] == (
        0,
        "✓ shop.json: 2 rows, orders, users\n1 files fit\n",
    )
    assert genesis("seed", "validate", "--execute")[0] == 0
    assert "shop.json  new" in genesis("seed", "status")[1]
    code, said, _ = genesis("seed", "run")
    assert code == 0
    assert "+ shop.json (new): users 1 rows (1 written), orders 1 rows (1 written)" in said
    assert genesis("seed", "run")[1] == "nothing to do: 1 files are in\n"
    code, said, _ = genesis("seed", "status", "--json")
    assert [(line["file"], line["state"], line["rows"]) for line in json.loads(said)] == [
        ("shop.json", "applied", 2)
    ]
    code, said, _ = genesis("backup", "--json")
    backup = json.loads(said)
    assert (code, backup["method"], Path(backup["path"]).parent) == (
        0,
        "pg_dump",
        tmp_path / "backups",
    )
    code, _, errors = genesis("seed", "clear")
    assert (code, "1 of orders" in errors, "--yes" in errors) == (8, True, True)
    assert genesis("seed", "clear", "--yes")[0] == 0
    assert json.loads(genesis("seed", "status", "--json")[1])[0]["state"] == "new"
    code, _, errors = genesis("restore", "latest")
    assert (code, "is not empty" in errors) == (8, True)
    code, said, _ = genesis("restore", backup["id"], "--overwrite")
    assert code == 0
    assert "3 tables with 3 rows" in said
    assert json.loads(genesis("seed", "status", "--json")[1])[0]["state"] == "applied"
    code, said, _ = genesis("backups", "--json")
    assert [each["automatic"] for each in json.loads(said)["backups"]] == [False, True]
    assert genesis("backups", "check", backup["id"], "--restore")[:2] == (
        0,
        f"{backup['id']}: restored, and its rows are all there\n",
    )
    assert genesis("backups", "remove", backup["id"])[0] == 0
    assert len(json.loads(genesis("backups", "--json")[1])["backups"]) == 1


def test_a_bad_seed_says_where_for_people_and_machines(genesis: Genesis, tmp_path: Path) -> None:
    write(tmp_path / "seeds" / "a.json", [{"table": "users", "data": [{"email": None}]}])
    code, said, errors = genesis("seed", "run")
    assert (code, said) == (2, "")
    assert 'a.json:1: users, row 1, column "email": is null' in errors
    code, said, _ = genesis("seed", "run", "--json")
    error = json.loads(said)["error"]
    assert (code, error["problems"][0]["column"], error["problems"][0]["row"]) == (2, "email", 1)
    code, said, _ = genesis("seed", "validate", "--json")
    assert (code, json.loads(said)["problems"]) == (7, 1)
    assert genesis("seed", "validate", "--offline")[0] == 0


def test_production_needs_leave_under_any_name(genesis: Genesis, tmp_path: Path, url: str) -> None:
    write(tmp_path / "seeds" / "a.json", [{"table": "users", "data": [{"email": "a"}]}])
    (tmp_path / "genesis.toml").write_text(
        '[environments.live]\ndatabase_url_env = "DATABASE_URL"\nproduction = true\n'
    )
    assert genesis("seed", "run", "-e", "live")[0] == 8
    assert genesis("seed", "run", "-e", "production")[0] == 8
    assert genesis("seed", "run", "-e", "live", "--allow-production")[0] == 0
    code, _, errors = genesis("seed", "run")
    assert (code, "filled as production" in errors) == (8, True)
    assert genesis("backup")[0] == 0
    assert genesis("restore", "latest", "--overwrite", "-e", "live")[0] == 8


def test_create_and_template(genesis: Genesis, tmp_path: Path) -> None:
    write(
        tmp_path / "seeds" / "a.json",
        [{"table": "users", "data": [{"id": 5, "email": "me@corp.example"}]}],
    )
    genesis("seed", "run")
    code, said, _ = genesis("seed", "create", "users", "--exclude", "id")
    assert (code, "replaced: email" in said) == (0, True)
    assert "corp" not in (tmp_path / "seeds" / "development_users.json").read_text()
    assert genesis("seed", "create", "users")[0] == 2
    code, said, _ = genesis("seed", "create", "users", "--csv", "--keep", "email", "--json")
    assert (code, json.loads(said)["redacted"]) == (0, [])
    assert (
        tmp_path / "seeds" / "development_users.csv"
    ).read_text() == "id,email\n5,me@corp.example\n"
    assert genesis("seed", "template", "orders")[0] == 0
    assert (tmp_path / "seeds" / "template_orders.json").exists()
    assert genesis("seed", "reseed", "--yes")[0] == 0


def test_no_server_and_wrong_options_have_their_codes(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert genesis("seed", "run")[0] == 2
    (tmp_path / "seeds").mkdir()
    assert genesis("seed", "run", "--transaction", "none")[0] == 2
    assert genesis("backup", "--method", "tar")[0] == 2
    assert genesis("restore", "nope")[0] == 2
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x")
    for command in (("seed", "run"), ("backup",), ("seed", "status")):
        code, _, errors = genesis(*command)
        assert (code, "secret" in errors) == (3, False)
    monkeypatch.delenv("DATABASE_URL")
    code, _, errors = genesis("seed", "run")
    assert (code, "DATABASE_URL" in errors) == (2, True)
