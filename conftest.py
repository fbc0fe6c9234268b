"""How tests share the machine: side by side, but for those that need it to themselves.

pytest-xdist runs tests in several processes. A test marked `alone` (it measures, or loads all
cores) begins when every other test has ended, and none begins until it has. Waiting does not
count towards a test's timeout.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LOCKS = "GENESIS_TEST_LOCKS"
"""The variable that tells the workers the folder of their locks."""


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts what it puts in the background with Ctrl-C ignored, which is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not _is_worker(config):
        os.environ[LOCKS] = tempfile.mkdtemp(prefix="genesis-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not _is_worker(config):
        shutil.rmtree(os.environ.pop(LOCKS))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with _turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _turn(*, alone: bool) -> Iterator[None]:
    """Hold the machine, shared or alone. The queue keeps who waits for it from being overtaken."""
    folder = Path(os.environ[LOCKS])
    with (folder / "machine").open("w") as machine:
        with (folder / "queue").open("w") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)
            fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
