"""A real nats-server for the tests, on a free port with a store of its own."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from tests.support.processes import (
    BIN,
    end,
    free_port,
    open_folder,
    remove_folder,
    start_on_free_ports,
    wait_until,
)


class NatsServer:
    """One server on 127.0.0.1. `strict` makes it fsync every message; `extra` is config text.

    `kill()` is SIGKILL, `restart()` starts it again on the same port and store.
    """

    def __init__(self, *, strict: bool = False, extra: str = "") -> None:
        self.folder = open_folder("genesis-test-nats-")
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "log"
        self.config = self.folder / "nats.conf"
        self._strict, self._extra = strict, extra
        self._take_ports()

    def _take_ports(self) -> None:
        self.port = free_port()
        self.monitor_port = free_port()
        sync = "sync_interval: always" if self._strict else ""
        self.config.write_text(
            f"""
            listen: 127.0.0.1:{self.port}
            http: 127.0.0.1:{self.monitor_port}
            max_payload: 1MB
            jetstream {{ store_dir: {json.dumps(str(self.folder))}, max_file_store: 8GB, {sync} }}
            {self._extra}
            """
        )

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        """Where JetStream keeps its files."""
        return self.folder / "jetstream"

    def start(self) -> None:
        """Start the server and wait until it takes connections; on other ports when need be."""
        first = self.process is None

        def start() -> str | None:
            said = self._start()
            if said is not None and first:
                self._take_ports()
            return said

        start_on_free_ports(start)

    def _start(self) -> str | None:
        with self.log.open("ab") as log:
            before = log.tell()
            process = self.process = subprocess.Popen(
                [BIN / "nats-server", "-c", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

        def said() -> str:
            return self.log.read_bytes()[before:].decode()

        # Another server could answer on the port: only the log tells that it is this one.
        wait_until(
            lambda: "Server is ready" in said() or process.poll() is not None,
            "nats-server is ready",
        )
        return None if process.poll() is None else said()

    def kill(self) -> None:
        """SIGKILL: as in a crash."""
        assert self.process is not None
        end(self.process, signal.SIGKILL)

    def stop(self) -> None:
        """Stop it as a person would."""
        assert self.process is not None
        end(self.process, signal.SIGTERM)

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def close(self) -> None:
        """Stop the server and remove its store."""
        if self.process is not None:
            end(self.process, signal.SIGKILL)
        remove_folder(self.folder)
