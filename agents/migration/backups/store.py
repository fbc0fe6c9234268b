"""The folder of backups: each one is a folder of its own, there whole or not at all.

What is being written is called `.partial-…` and locked by its writer. The rename to its name is
the last step, after everything was forced to disk. What a killed writer left is removed by the
next one, which sees that nobody holds its lock.

Errors:
    Refused `backup_failed`        it could not be written; nothing is left of it
    InvalidInput `no_such_backup`  no backup of that name
    InvalidInput `backup_damaged`  its manifest or files are not what was written
    InvalidInput `newer_backup`    a newer tool wrote it
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agents.migration.atomic import sync_folder
from agents.migration.backups.model import FORMAT, Backup, Retention, StoredFile, surplus
from agents.migration.errors import InvalidInput, Place, Refused

MANIFEST = "manifest.json"
_PARTIAL = ".partial-"
LOCK = "lock"
_CHUNK = 1 << 20


@contextmanager
def writing(folder: Path, name: str) -> Iterator[Path]:
    """A new folder to write into, which becomes `folder/name` when the block ends well."""
    part: Path | None = None
    lock = -1
    try:
        _prepare(folder)
        _sweep(folder)
        part = folder / f"{_PARTIAL}{name}"
        part.mkdir(mode=0o700)
        lock = os.open(part / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield part
        (part / LOCK).unlink()
        for path in part.iterdir():
            _sync(path)
        sync_folder(part)
        part.rename(folder / name)
        part = None
        sync_folder(folder)
    except OSError as error:
        raise failed(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        if lock >= 0:
            os.close(lock)
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def failed(why: str) -> Refused:
    """The refusal to go on without a backup."""
    return Refused(
        "backup_failed", f"the backup failed: {why}; nothing is left of it, and nothing was "
        "migrated or restored",
        hint="make room or correct what it names, then start again",
    )  # fmt: skip


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        # Rows of real people must not end in a repository.
        ignore.write_text("*\n")


def _sweep(folder: Path) -> None:
    """Remove what writers left that are gone."""
    for path in folder.glob(f"{_PARTIAL}*"):
        try:
            lock = os.open(path / LOCK, os.O_RDWR)
        except FileNotFoundError:
            # Another writer is just beginning or ending; or it ended there, which is rare.
            if _age(path) < 1:
                continue
            shutil.rmtree(path)
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(path)
        finally:
            os.close(lock)


def _age(path: Path) -> float:
    """Days since the folder was changed; 0 when it is gone."""
    try:
        changed = path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
    return (datetime.now(UTC).timestamp() - changed) / 86400


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def measured(path: Path) -> StoredFile:
    """A written file's size and hash."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return StoredFile(name=path.name, bytes=size, sha256=digest.hexdigest())


def write_manifest(part: Path, backup: Backup) -> None:
    """The last file of a backup."""
    text = msgspec.json.format(msgspec.json.encode(backup), indent=1)
    handle = os.open(part / MANIFEST, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text)


def load(folder: Path, name: str) -> Backup:
    """One backup's manifest; a unique beginning of its name, or `latest`, is enough."""
    names = [path.name for path in _folders(folder)]
    if name == "latest" and names:
        return max((read(folder / each) for each in names), key=lambda each: each.created_at)
    found = [name] if name in names else [each for each in names if name and each.startswith(name)]
    if len(found) != 1:
        what = "several backups begin" if found else "no backup is called or begins"
        raise InvalidInput(
            "no_such_backup", f"{what} with {name!r} in {folder}; nothing was touched",
            hint="see `genesis migrate backups`",
        )  # fmt: skip
    return read(folder / found[0])


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )


def every(folder: Path) -> tuple[list[Backup], list[InvalidInput]]:
    """All backups, oldest first, and what is wrong with those that cannot be read."""
    backups: list[Backup] = []
    damaged: list[InvalidInput] = []
    for path in _folders(folder):
        try:
            backups.append(read(path))
        except InvalidInput as error:
            damaged.append(error)
    return sorted(backups, key=lambda each: each.created_at), damaged


def read(path: Path) -> Backup:
    """The manifest in a backup's folder."""
    file = path / MANIFEST
    try:
        content = file.read_bytes()
        form = msgspec.json.decode(content, type=dict).get("format")
        if isinstance(form, int) and form > FORMAT:
            raise InvalidInput(
                "newer_backup", f"{path.name} was written by a newer genesis; it was not touched",
                hint="use that version", place=Place(file=str(file)),
            )  # fmt: skip
        backup = msgspec.json.decode(content, type=Backup)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged(path, f"its manifest cannot be read: {error}") from error
    if backup.id != path.name:
        raise damaged(path, f"its manifest is that of {backup.id}")
    return backup


def damaged(path: Path, why: str) -> InvalidInput:
    """The error of a backup that is not what was written."""
    return InvalidInput(
        "backup_damaged", f"the backup {path.name} cannot be used: {why}; no database was touched",
        hint="use another one: `genesis migrate backups`", place=Place(file=str(path)),
    )  # fmt: skip


def verify(folder: Path, backup: Backup) -> None:
    """Compare every file with the manifest. Raises InvalidInput."""
    path = folder / backup.id
    for stored in backup.files:
        if Path(stored.name).name != stored.name:
            raise damaged(path, f"its manifest names {stored.name!r}, which is not beside it")
        try:
            found = measured(path / stored.name)
        except OSError as error:
            raise damaged(path, f"{stored.name}: {error.strerror}") from error
        if found.bytes != stored.bytes:
            raise damaged(path, f"{stored.name} has {found.bytes} bytes instead of {stored.bytes}")
        if found.sha256 != stored.sha256:
            raise damaged(path, f"{stored.name} is not what was written (SHA-256 differs)")


def remove(folder: Path, backup: Backup) -> None:
    """Remove a backup. It stops being one at once, and then its files go."""
    gone = folder / f"{_PARTIAL}removed-{backup.id}"
    try:
        (folder / backup.id).rename(gone)
        sync_folder(folder)
        shutil.rmtree(gone)
    except OSError as error:
        raise Refused(
            "cannot_remove", f"the backup {backup.id} cannot be removed: {error.strerror}",
            hint="correct the folder's rights",
        ) from error  # fmt: skip


def prune(folder: Path, retention: Retention, *, server: str, database: str) -> list[Backup]:
    """Remove the automatic backups of a database that are too many or too old; which they were."""
    mine = [each for each in every(folder)[0] if (each.server, each.database) == (server, database)]
    gone = surplus(mine, retention, datetime.now(UTC))
    for backup in gone:
        remove(folder, backup)
    return gone
