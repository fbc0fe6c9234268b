"""What every real server of the tests needs: a free port, a wait until it answers, an end."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

BIN = Path(sysconfig.get_path("scripts"))
_given_out: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now; another one each time.

    Below those that systems give out themselves, to clients too, from which it could be taken
    before it is used (Linux from 32768 on, gVisor from 16000).
    """
    while True:
        port = 10_000 + secrets.randbelow(6_000)
        if port in _given_out:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_out.add(port)
        return port


def start_on_free_ports(start: Callable[[], str | None], seconds: float = 30) -> None:
    """Call `start` until no other process is on its ports; it returns what the server said.

    `None` is a start. AssertionError with the words of a server that ended for another reason.
    """
    deadline = time.monotonic() + seconds
    while (said := start()) is not None:
        assert re.search("address already in use", said, re.IGNORECASE), said
        assert time.monotonic() < deadline, said


def answers(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Return when the condition holds; AssertionError when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes], signal_number: int, seconds: float = 20) -> None:
    """Signal the process and wait until it is gone; SIGKILL when it takes too long."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def open_folder(prefix: str) -> Path:
    """A new temporary folder that other accounts may pass through (pytest's are closed)."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it."""
    shutil.rmtree(folder)


def unprivileged() -> Mapping[str, Any]:
    """Arguments for Popen that give up root, which PostgreSQL refuses; empty for others."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give_away(path: Path) -> None:
    """Make the unprivileged account the owner, when we are root."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        os.chown(path, account.pw_uid, account.pw_gid)
