"""Formats with a file for each direction: golang-migrate's, diesel's and Flyway's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agents.migration.files import text as texts
from agents.migration.files.model import Migration, Section, text_hash
from agents.migration.files.single import has_statement
from agents.migration.files.text import invalid
from agents.migration.files.versions import Version, numbered
from agents.migration.sql import SqlError
from agents.migration.statements import outside_transaction

_PAIR = re.compile(r"(?P<name>(?P<version>[0-9]{1,18})(?:_.*)?)\.(?P<part>up|down)\.sql", re.DOTALL)
_DIESEL = re.compile(r"(?P<version>[0-9][0-9-]*)(?:_.*)?", re.DOTALL)
_FLYWAY = re.compile(
    r"(?P<kind>[VUB])(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<rest>.*)\.sql", re.DOTALL
)
_REPEATABLE = re.compile(r"R__(?P<rest>.*)\.sql", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z][\w:.-]*\}")
_NO_TRANSACTION = re.compile(r"\A\s*--[ \t]*no-transaction\b", re.IGNORECASE)
_CONF = re.compile(r"^\s*executeInTransaction\s*=\s*false\s*$", re.MULTILINE | re.IGNORECASE)


def read_golang(paths: Sequence[Path]) -> list[Migration]:
    """`{version}_{title}.up.sql` and `.down.sql`."""
    found: dict[str, dict[str, Path]] = {}
    for path in paths:
        named = _PAIR.fullmatch(path.name)
        if named is None:
            raise invalid(
                str(path), "is not named like 001_create_users.up.sql", "rename it or move it away"
            )
        found.setdefault(named["name"], {})[named["part"]] = path
    migrations = []
    for name, parts in found.items():
        if "up" not in parts:
            raise invalid(str(parts["down"]), "has no file of the way up beside it", "add it")
        version = numbered(name.partition("_")[0])
        migrations.append(_pair(version, name, parts["up"], parts["up"], parts.get("down")))
    return migrations


def read_diesel(directories: Sequence[Path]) -> list[Migration]:
    """`{version}_{name}/up.sql` and `down.sql`; `metadata.toml` may forbid the transaction."""
    migrations = []
    for directory in directories:
        named = _DIESEL.fullmatch(directory.name)
        if named is None:
            raise invalid(
                str(directory), "is not named like 2026-01-31-120000_create_users", "rename it"
            )
        down = directory / "down.sql"
        # `2017-03-18-181441` and `20170318181441` sort as the same kind of number.
        version = numbered(named["version"].replace("-", ""))
        migrations.append(
            _pair(
                version,
                directory.name,
                directory,
                directory / "up.sql",
                down if down.is_file() else None,
                transaction=_diesel_transaction(directory),
            )
        )
    return migrations


def _diesel_transaction(directory: Path) -> bool:
    file = directory / "metadata.toml"
    if not file.is_file():
        return True
    try:
        return bool(tomllib.loads(file.read_text("utf-8")).get("run_in_transaction", True))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise invalid(str(file), f"is not TOML ({error})", "correct it") from None


def read_flyway(paths: Sequence[Path]) -> list[Migration]:
    """`V1_2__name.sql`, its way back `U1_2__name.sql`, and `R__name.sql`."""
    ups: list[tuple[Version, Path]] = []
    downs: dict[str, Path] = {}
    migrations = []
    for path in paths:
        named, again = _FLYWAY.fullmatch(path.name), _REPEATABLE.fullmatch(path.name)
        if again is not None:
            migrations.append(_repeatable(path))
        elif named is None or named["kind"] == "B":
            raise invalid(
                str(path),
                "is a baseline migration of Flyway, which is not supported"
                if named
                else "is not named like V1__create_users.sql",
                "move it away; `genesis migrate baseline` adopts a database"
                if named
                else "rename it or move it away",
            )
        elif named["kind"] == "U":
            downs[numbered(named["version"]).key] = path
        else:
            ups.append((numbered(named["version"]), path))
    for path in paths:
        _no_placeholder(path)
    for version, path in ups:
        name = path.name.removesuffix(".sql")
        down = downs.pop(version.key, None)
        migrations.append(
            _pair(version, name, path, path, down, transaction=_flyway_transaction(path))
        )
    for path in downs.values():
        raise invalid(str(path), "has no file of the way up beside it", "add it")
    return migrations


def _no_placeholder(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    found = _PLACEHOLDER.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        what = f"has the placeholder {found.group()} of Flyway, which is not supported"
        raise invalid(str(path), what, "write the value into the file", line=line)


def _flyway_transaction(path: Path) -> bool:
    configuration = path.with_name(f"{path.name}.conf")
    if not configuration.is_file():
        return True
    return _CONF.search(configuration.read_text("utf-8")) is None


def _repeatable(path: Path) -> Migration:
    migration = _pair(Version(path.name.removesuffix(".sql"), ()), path.stem, path, path, None)
    return msgspec.structs.replace(migration, repeatable=True)


def _pair(
    version: Version,
    name: str,
    path: Path,
    up: Path,
    down: Path | None,
    *,
    transaction: bool = True,
) -> Migration:
    contents = {each: each.read_bytes() for each in (up, down) if each}
    up_text = texts.decode(str(up), contents[up])
    # An empty file of the way back is how these tools say that there is none.
    down_text = texts.decode(str(down), contents[down]) if down and contents[down].strip() else ""
    back = _section(down_text, str(down), transaction=transaction) if down else None
    if back is not None and not has_statement(back):
        back = None
    reason = texts.irreversible(str(down or up), up_text + down_text)
    return Migration(
        version=version.key, order=version.order, name=name, path=path,
        checksum=text_hash(f"{up_text}\0{down_text}"),
        up=_section(up_text, str(up), transaction=transaction), down=back,
        irreversible=None if back else reason, allowed=texts.allowed(up_text),
    )  # fmt: skip


def _section(text: str, file: str, *, transaction: bool) -> Section:
    section = Section(text, 1, transaction, file)
    if transaction and (_NO_TRANSACTION.match(text) or _only_outside(section)):
        return Section(text, 1, transaction=False, file=file)
    return section


def _only_outside(section: Section) -> bool:
    """Whether the server would refuse a transaction for it; these tools then use none."""
    lower = section.text.lower()
    if not any(word in lower for word in ("concurrently", "vacuum", "database", "tablespace")):
        return False
    try:
        statements = section.statements()
    except SqlError:
        return False
    return bool(statements) and all(outside_transaction(each) for each in statements)
