"""PostgreSQL of the local stack: passwords only, 127.0.0.1 only, every commit on disk.

Database `genesis` belongs to role `genesis` and holds what Genesis itself knows; the role
`postgres` makes the apps' databases and roles beside it.

Errors:
    ServerMissing   the wheel is not installed
    HomeUnusable    the account that PostgreSQL runs as cannot reach its files
    StartFailed     the database cluster could not be made
    DiskFull        there is no room for it
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from coordinator.stack import keys, programs
from coordinator.stack.account import (
    Account,
    can_enter,
    can_run,
    for_postgres,
    give,
    popen_arguments,
)
from coordinator.stack.errors import DiskFull, HomeUnusable, StartFailed
from coordinator.stack.home import Home, explain, write
from coordinator.stack.ports import LOOPBACK, Ports

SUPERUSER = "postgres"
DATABASE = "genesis"
MAX_CONNECTIONS = 200

SETUP = """\
SET log_min_error_statement = panic;
SELECT 'CREATE ROLE genesis LOGIN' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = 'genesis') \\gexec
ALTER ROLE genesis PASSWORD '{password}';
SELECT 'CREATE DATABASE genesis OWNER genesis' WHERE NOT EXISTS
  (SELECT FROM pg_database WHERE datname = 'genesis') \\gexec
REVOKE CONNECT ON DATABASE genesis FROM PUBLIC;
"""
"""Run at every start; the first line keeps the password out of the server's log."""


class Cluster(Struct, frozen=True):
    """An installation, the data it serves and who runs it."""

    install: Path
    data: Path
    account: Account | None

    def binary(self, name: str) -> str:
        """The full path of one of PostgreSQL's programs."""
        return str(self.install / "bin" / name)


def cluster(home: Home) -> Cluster:
    """PostgreSQL as this home runs it. Raises ServerMissing or HomeUnusable."""
    account = for_postgres(home.data("postgres"))
    if not can_enter(home.root, account):
        raise HomeUnusable(
            f"{home.root} is closed to the account {account.name if account else ''} that"
            " PostgreSQL has to run as; set GENESIS_HOME to a folder that it can pass through,"
            " such as /var/lib/genesis"
        )
    return Cluster(_reachable(home, programs.postgres(), account), home.data("postgres"), account)


def _reachable(home: Home, install: Path, account: Account | None) -> Path:
    """The installation, or a copy in the home when the account cannot reach the original."""
    if account is None or can_run((install / "bin" / "postgres", "--version"), account):
        return install
    package = home.root / "runtime" / "postgresql-18" / install.parent.name
    copy = package / install.name
    if not can_run((copy / "bin" / "postgres", "--version"), account):
        _copy(install, package)
    if not can_run((copy / "bin" / "postgres", "--version"), account):
        raise HomeUnusable(
            f"PostgreSQL was copied to {copy}, and the account {account.name} still cannot run"
            " it; set GENESIS_HOME to a folder on a disk that allows programs"
        )
    return copy


def _copy(install: Path, package: Path) -> None:
    # The programs look for their libraries relative to themselves, two folders up.
    libraries = install.parent.parent / f"{install.parent.name}.libs"
    fresh = package.parent.with_name(f"{package.parent.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, fresh / package.name / install.name / part)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        for folder in (fresh, *(path for path in fresh.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        shutil.rmtree(package.parent, ignore_errors=True)
        fresh.rename(package.parent)
    except OSError as error:
        explain(error, fresh)


def create(home: Home, postgres: Cluster) -> None:
    """Make the database cluster unless it is there. Raises StartFailed or DiskFull."""
    if (postgres.data / "PG_VERSION").exists():
        return
    fresh = postgres.data.with_name("postgres.new")
    password = fresh.with_name("postgres.password")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(mode=0o700)
        give(fresh, postgres.account)
        write(password, keys.read(home, keys.POSTGRES_PASSWORD))
        give(password, postgres.account)
        _initdb(postgres, fresh, password)
        # Only a whole cluster gets the name under which it is looked for.
        fresh.rename(postgres.data)
    except OSError as error:
        explain(error, fresh)
    finally:
        password.unlink(missing_ok=True)


def _initdb(postgres: Cluster, folder: Path, password: Path) -> None:
    done = subprocess.run(
        [
            postgres.binary("initdb"), "-D", str(folder), "-U", SUPERUSER,
            "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8",
        ],
        check=False, capture_output=True, text=True, cwd=folder.parent,
        env={"PATH": "/usr/bin:/bin"}, **popen_arguments(postgres.account),
    )  # fmt: skip
    if done.returncode == 0:
        return
    if "No space left" in done.stderr:
        raise DiskFull("the disk is full: no database was made; make room and try again")
    raise StartFailed(f"PostgreSQL's data could not be made:\n{done.stderr.strip()}")


def command(postgres: Cluster, ports: Ports) -> tuple[str, ...]:
    """How the server is started."""
    options = {
        "port": ports.postgres,
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "max_connections": MAX_CONNECTIONS,
        "fsync": "on",
        "log_timezone": "UTC",
    }
    arguments = (f"--{name}={value}" for name, value in options.items())
    return (postgres.binary("postgres"), "-D", str(postgres.data), *arguments)


def url(user: str, password: str, port: int, database: str) -> str:
    """The address of a database, with its secret."""
    return f"postgresql://{user}:{quote(password)}@{LOOPBACK}:{port}/{database}"


def configure(home: Home, ports: Ports) -> None:
    """Write the addresses and the setup script, each 0600. Raises HomeUnusable or DiskFull."""
    genesis = keys.read(home, keys.GENESIS_PASSWORD)
    admin = keys.read(home, keys.POSTGRES_PASSWORD)
    port = ports.postgres
    write(home.key(keys.DATABASE_URL), url("genesis", genesis, port, DATABASE))
    write(home.key(keys.APP_DATABASE_URL), url(SUPERUSER, admin, port, SUPERUSER))
    write(home.key("setup.sql"), SETUP.format(password=genesis))
    write(home.key("pgpass"), f"{LOOPBACK}:{port}:*:{SUPERUSER}:{admin}\n")


def setup_command(postgres: Cluster, home: Home, ports: Ports) -> tuple[str, ...]:
    """How role and database `genesis` are made sure of."""
    return (
        postgres.binary("psql"), "--no-psqlrc", "--quiet", "--no-password",
        "-v", "ON_ERROR_STOP=1", "-h", LOOPBACK, "-p", str(ports.postgres), "-U", SUPERUSER,
        "-d", SUPERUSER, "-f", str(home.key("setup.sql")),
    )  # fmt: skip


def setup_environment(home: Home) -> dict[str, str]:
    """Where psql finds the password; an argument would be seen by everybody."""
    return {"PGPASSFILE": str(home.key("pgpass")), "HOME": str(home.root)}


def is_ready(data: Path, pid: int) -> bool:
    """Whether the server with this process id takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return bool(lines) and lines[0] == str(pid) and lines[-1].strip() == "ready"
