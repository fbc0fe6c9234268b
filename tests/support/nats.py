"""A real nats-server for the tests, on a free port with a store of its own."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from tests.support.processes import (
    BIN,
    answers,
    end,
    free_port,
    open_folder,
    remove_folder,
    wait_until,
)


class NatsServer:
    """One server on 127.0.0.1. `strict` makes it fsync every message; `extra` is config text.

    `kill()` is SIGKILL, `restart()` starts it again on the same port and store.
    """

    def __init__(self, *, strict: bool = False, extra: str = "") -> None:
        self.folder = open_folder("genesis-test-nats-")
        self.port = free_port()
        self.monitor_port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "log"
        self.config = self.folder / "nats.conf"
        sync = "sync_interval: always" if strict else ""
        self.config.write_text(
            f"""
            listen: 127.0.0.1:{self.port}
            http: 127.0.0.1:{self.monitor_port}
            max_payload: 1MB
            jetstream {{ store_dir: {json.dumps(str(self.folder))}, max_file_store: 8GB, {sync} }}
            {extra}
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
        """Start the server and wait until it takes connections."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "nats-server", "-c", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        process = self.process
        wait_until(lambda: answers(self.port) or process.poll() is not None, "nats-server is ready")
        assert process.poll() is None, self.log.read_text()

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
