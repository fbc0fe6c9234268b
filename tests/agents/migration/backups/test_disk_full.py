"""A disk that is full while a backup is written: no backup, no leftover, and no going on."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.migration import backups
from agents.migration.errors import Refused

BIG = """
create table big as select n, md5(n::text) || md5((n + 1)::text) as text
from generate_series(1, 60000) n
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


async def test_a_full_disk_means_no_backup(url, connection, small_disk, method) -> None:
    await connection.execute(BIG)
    folder = small_disk / "backups"
    with pytest.raises(Refused, match="No space left on device") as caught:
        await backups.make(connection, url, folder, method=method)
    assert caught.value.code == "backup_failed"
    assert [path.name for path in folder.iterdir()] == [".gitignore"]
    assert await connection.fetchval("select count(*) from big") == 60000
    await connection.execute("drop table big")
    assert (await backups.make(connection, url, folder, method=method)).bytes > 0


async def test_a_file_that_may_not_grow_means_no_backup(url, connection, folder, method) -> None:
    await connection.execute(BIG)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, limit[1]))
    try:
        with pytest.raises(Refused, match=r"SIGXFSZ|File too large"):
            await backups.make(connection, url, folder, method=method)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert [path.name for path in folder.iterdir()] == [".gitignore"]
    assert await connection.fetchval("select count(*) from big") == 60000
