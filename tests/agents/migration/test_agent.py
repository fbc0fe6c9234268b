from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from agents.migration import agent, database
from agents.work import AgentError
from bus.archive import pack
from bus.errors import Retry
from bus.memory import MemoryArtifacts
from bus.settings import Secret, Settings
from contracts.messages import MigrationRollback, MigrationRun
from contracts.naming import role_password
from tests.support.context import context
from tests.support.postgres import binaries
from tests.support.processes import free_port

NOTES = """-- migrate:up
create table notes (id serial primary key, owner text not null, text text);
alter table notes enable row level security;
alter table notes force row level security;
create policy own on notes using (owner = current_setting('app.who', true));
create function shout(t text) returns text language sql as $$ select upper(t); $$;
-- migrate:down
drop function shout(text);
drop table notes;
"""
TAGS = """-- migrate:up
alter table notes add column tag text;
create index notes_tag on notes (tag);
-- migrate:down
drop index notes_tag;
alter table notes drop column tag;
"""
BROKEN = """-- migrate:up
create table halfway ();
alter table notes
  add column rank integer;
insert into missing values (1);
-- migrate:down
drop table halfway;
"""
SECRET = Secret("the secret of the apps")


class World:
    """One app's database in the test's PostgreSQL, and a store of bundles."""

    def __init__(self, postgres, home: Path) -> None:
        self.app = f"m{uuid.uuid4().hex[:10]}"
        self.postgres = postgres
        self.names = database.names(self.app, "staging")
        self.artifacts = MemoryArtifacts()
        self.settings = Settings(
            genesis_home=home, app_database_url=Secret(postgres.url()), app_database_secret=SECRET
        )

    async def run(self, pipeline: str, files: dict[str, str], at_step=None):
        content = pack({f"migrations/{name}.sql": text.encode() for name, text in files.items()})
        command = MigrationRun(
            pipeline=pipeline, timeout=60, app=self.app, environment="staging",
            bundle=await self.artifacts.put(content), approved_by="ann",
        )  # fmt: skip
        return await agent.run(command, self._context(pipeline, at_step))

    async def rollback(self, pipeline: str):
        command = MigrationRollback(
            pipeline=pipeline, timeout=60, app=self.app, environment="staging"
        )
        return await agent.rollback(command, self._context(pipeline))

    def _context(self, pipeline, at_step=None):
        return context(
            "migration", pipeline, self.settings, artifacts=self.artifacts, at_step=at_step
        )

    async def fetch(self, sql: str, *arguments):
        connection = await asyncpg.connect(self.postgres.url(self.names.database))
        try:
            return [tuple(row) for row in await connection.fetch(sql, *arguments)]
        finally:
            await connection.close()

    async def as_app(self) -> asyncpg.Connection:
        """A connection as the app itself makes it."""
        server = urlsplit(self.postgres.url())
        return await asyncpg.connect(
            host=server.hostname, port=server.port, user=self.names.login,
            password=role_password(SECRET.reveal(), self.names.login),
            database=self.names.database,
        )  # fmt: skip

    def dump(self) -> str:
        """Schema and data as pg_dump sees them, without Genesis' own schema."""
        done = subprocess.run(
            [
                binaries() / "pg_dump", "--exclude-schema=genesis", "--inserts",
                "--restrict-key=x", f"--dbname={self.postgres.url(self.names.database)}",
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    async def tables(self) -> list[str]:
        rows = await self.fetch("select tablename::text from pg_tables where schemaname = 'public'")
        return sorted(name for (name,) in rows)


@pytest.fixture
def world(postgres, tmp_path):
    return World(postgres, tmp_path)


async def test_migrations_are_applied_once_and_the_history_says_by_whom(world):
    done = await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS})
    assert done.applied == ("001_notes", "002_tags")
    assert done.database == world.names.database
    again = await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS})
    assert again == done
    rows = await world.fetch(
        "select version, name, pipeline, approved_by, length(checksum), seconds >= 0"
        " from genesis.schema_migrations order by id"
    )
    assert rows == [
        (1, "001_notes", "pipeone", "ann", 64, True),
        (2, "002_tags", "pipeone", "ann", 64, True),
    ]


async def test_progress_is_told_for_each_statement(world):
    steps = []

    async def note(step: str) -> None:
        steps.append(step)

    await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS}, note)
    assert steps == [
        f"preparing the database {world.names.database}",
        "applying 001_notes",
        *(f"001_notes: statement {at} of 5" for at in range(1, 6)),
        "applying 002_tags",
        "002_tags: statement 1 of 2",
        "002_tags: statement 2 of 2",
        "2 migrations applied",
    ]


async def test_the_history_keeps_what_a_pipeline_took_back(world):
    await world.run("pipeone", {"001_notes": NOTES})
    await world.rollback("pipeone")
    await world.run("pipetwo", {"001_notes": NOTES})
    rows = await world.fetch(
        "select pipeline, undone_at is null, applied_by, tool_version"
        " from genesis.schema_migrations order by id"
    )
    assert rows == [("pipeone", False, "genesis", "0.1.0"), ("pipetwo", True, "genesis", "0.1.0")]


async def test_each_row_has_the_schemas_fingerprint_before_and_after(world):
    await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS})
    (before, between), (again, after) = await world.fetch(
        "select fingerprint_before, fingerprint_after from genesis.schema_migrations order by id"
    )
    assert between == again
    assert len({before, between, after}) == 3


async def test_a_later_pipeline_applies_only_what_is_new(world):
    await world.run("pipeone", {"001_notes": NOTES})
    done = await world.run("pipetwo", {"001_notes": NOTES, "002_tags": TAGS})
    assert done.applied == ("002_tags",)


async def test_an_app_without_migrations_gets_its_database(world):
    assert (await world.run("pipeone", {})).applied == ()
    assert await world.tables() == []


async def test_the_app_may_use_what_the_migrations_made_and_change_nothing_of_it(world):
    await world.run("pipeone", {"001_notes": NOTES})
    app = await world.as_app()
    try:
        await app.execute("set app.who = 'ann'")
        await app.execute("insert into notes (owner, text) values ('ann', 'hi')")
        assert await app.fetchval("select shout(text) from notes") == "HI"
        await app.execute("set app.who = 'bob'")
        assert await app.fetch("select * from notes") == []
        for forbidden in (
            "alter table notes disable row level security",
            "drop table notes",
            "truncate notes",
            "create table mine ()",
            "select * from genesis.schema_migrations",
            "delete from genesis.withdrawn_pipelines",
            f"set role {world.names.owner}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(forbidden)
    finally:
        await app.close()
    rows = await world.fetch(
        "select rolname::text, rolcanlogin, rolsuper or rolbypassrls or rolcreaterole"
        " from pg_roles where rolname like $1 order by 1",
        f"{world.names.login}%",
    )
    assert rows == [(world.names.login, True, False), (world.names.owner, False, False)]


async def test_another_apps_role_cannot_enter(world, postgres, tmp_path):
    other = World(postgres, tmp_path)
    await world.run("pipeone", {"001_notes": NOTES})
    await other.run("pipetwo", {})
    other.names = database.Names(world.names.database, other.names.login, "")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await other.as_app()


async def test_a_failure_half_way_names_file_line_and_state_and_rolls_back_to_before(world):
    await world.run("before", {"001_notes": NOTES})
    await world.fetch("insert into notes (owner, text) values ('ann', 'kept')")
    as_before = world.dump()
    files = {"001_notes": NOTES, "002_tags": TAGS, "003_broken": BROKEN}
    with pytest.raises(AgentError) as caught:
        await world.run("pipetwo", files)
    assert caught.value.code == "migration_failed"
    assert "migrations/003_broken.sql, line 5" in caught.value.message
    assert "42P01" in caught.value.message
    assert "has applied before it: 002_tags" in caught.value.message
    assert await world.tables() == ["notes"]
    undone = await world.rollback("pipetwo")
    assert undone.undone == ("002_tags",)
    assert world.dump() == as_before


async def test_undoing_the_first_pipeline_leaves_an_empty_database(world):
    await world.run("nothing", {})
    empty = world.dump()
    await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS})
    assert world.dump() != empty
    undone = await world.rollback("pipeone")
    assert undone.undone == ("002_tags", "001_notes")
    assert world.dump() == empty


async def test_a_rollback_asked_again_says_the_same(world):
    await world.run("pipeone", {"001_notes": NOTES})
    first = await world.rollback("pipeone")
    assert await world.rollback("pipeone") == first


async def test_a_late_run_after_its_rollback_refuses(world):
    assert (await world.rollback("pipeone")).undone == ()
    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", {"001_notes": NOTES})
    assert caught.value.code == "withdrawn"
    assert await world.tables() == []


async def test_a_rollback_during_a_run_stops_it_even_when_the_lock_is_lost(world):
    """The lock's connection dies while the run works; the rollback gets in between."""

    async def lose_the_lock(step: str) -> None:
        if step == "applying 002_tags":
            await world.fetch(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            )
            undone = await world.rollback("pipeone")
            assert undone.undone == ("001_notes",)

    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS}, lose_the_lock)
    assert caught.value.code == "withdrawn"
    assert await world.tables() == []


async def test_a_run_waits_for_another_and_gives_up_with_retry(world, monkeypatch):
    monkeypatch.setattr(database, "LOCK_WAIT", 0.3)
    reached, leave = asyncio.Event(), asyncio.Event()

    async def hold(step: str) -> None:
        if step.startswith("applying"):
            reached.set()
            await leave.wait()

    first = asyncio.create_task(world.run("pipeone", {"001_notes": NOTES}, hold))
    await reached.wait()
    with pytest.raises(Retry):
        await world.run("pipetwo", {"001_notes": NOTES})
    leave.set()
    assert (await first).applied == ("001_notes",)


async def test_two_deliveries_of_one_command_at_once_apply_each_migration_once(world):
    files = {"001_notes": NOTES, "002_tags": TAGS}
    first, second = await asyncio.gather(world.run("pipeone", files), world.run("pipeone", files))
    assert first == second
    assert await world.fetch("select count(*) from genesis.schema_migrations") == [(2,)]


async def test_an_edited_or_missing_file_is_refused_by_name(world):
    await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS})
    with pytest.raises(AgentError) as caught:
        await world.run("pipetwo", {"001_notes": NOTES.replace("text text", "text varchar")})
    assert caught.value.code == "migration_changed"
    assert "edited since they were applied: 001_notes" in caught.value.message
    assert "no longer in the app: 002_tags" in caught.value.message


async def test_a_pipeline_under_a_later_one_cannot_be_taken_back(world):
    await world.run("pipeone", {"001_notes": NOTES})
    await world.run("pipetwo", {"001_notes": NOTES, "002_tags": TAGS})
    with pytest.raises(AgentError) as caught:
        await world.rollback("pipeone")
    assert caught.value.code == "superseded"
    assert "002_tags (pipeline pipetwo)" in caught.value.message
    await world.rollback("pipetwo")
    assert (await world.rollback("pipeone")).undone == ("001_notes",)


async def test_a_way_back_that_fails_undoes_nothing_and_says_so(world):
    await world.run("pipeone", {"001_notes": NOTES, "002_tags": TAGS, "003_bad": (
        "-- migrate:up\ncreate table a ();\n-- migrate:down\ndrop table a;\ndrop table b;\n"
    )})  # fmt: skip
    before = world.dump()
    with pytest.raises(AgentError) as caught:
        await world.rollback("pipeone")
    assert caught.value.code == "rollback_failed"
    assert "migrations/003_bad.sql, line 5" in caught.value.message
    assert "still applied: 001_notes, 002_tags, 003_bad" in caught.value.message
    assert world.dump() == before


async def test_settings_made_by_one_migration_do_not_reach_the_next(world):
    first = "-- migrate:up\nset search_path = pg_catalog;\n-- migrate:down\nselect 1;\n"
    done = await world.run("pipeone", {"001_path": first, "002_notes": NOTES})
    assert done.applied == ("001_path", "002_notes")
    assert await world.tables() == ["notes"]


async def test_a_database_of_somebody_else_is_left_alone(world, postgres):
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f'create database "{world.names.database}"')
    await connection.close()
    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", {"001_notes": NOTES})
    assert caught.value.code == "foreign_database"
    assert (await world.rollback("pipeone")).undone == ()
    assert await world.fetch("select 1 from pg_namespace where nspname = 'genesis'") == []


async def test_an_administrator_need_not_be_superuser(world, postgres):
    connection = await asyncpg.connect(postgres.url())
    admin = f"admin_{world.app}"
    await connection.execute(f"create role {admin} login createdb createrole password 'pw'")
    await connection.close()
    url = postgres.url().replace(postgres.url().split("@")[0], f"postgresql://{admin}:pw")
    world.settings = Settings(
        genesis_home=world.settings.genesis_home,
        app_database_url=Secret(url), app_database_secret=SECRET,
    )  # fmt: skip
    assert (await world.run("pipeone", {"001_notes": NOTES})).applied == ("001_notes",)
    assert (await world.run("pipeone", {"001_notes": NOTES})).applied == ("001_notes",)
    app = await world.as_app()
    assert await app.fetch("select * from notes") == []
    await app.close()
    assert (await world.rollback("pipeone")).undone == ("001_notes",)


async def test_a_server_that_is_away_is_tried_again_later(world):
    world.settings = Settings(
        genesis_home=world.settings.genesis_home,
        app_database_url=Secret(f"postgresql://a:b@127.0.0.1:{free_port()}/postgres"),
        app_database_secret=SECRET,
    )
    with pytest.raises(Retry) as caught:
        await world.run("pipeone", {})
    assert caught.value.after > 0


async def test_a_wrong_password_is_said_without_showing_it(world, postgres):
    url = postgres.url().replace(postgres.password, "not-the-password")
    world.settings = Settings(
        genesis_home=world.settings.genesis_home,
        app_database_url=Secret(url), app_database_secret=SECRET,
    )  # fmt: skip
    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", {})
    assert caught.value.code == "database_refused"
    assert "not-the-password" not in caught.value.message


KILLED_RUN = """
import asyncio, os, signal, sys
from pathlib import Path
from agents.migration import agent
from bus.memory import MemoryArtifacts
from bus.settings import Secret, Settings
from contracts.messages import MigrationRun
from tests.support.context import context

async def main(url, secret, app, bundle, step):
    artifacts = MemoryArtifacts()
    settings = Settings(genesis_home=Path("/nonexistent"), app_database_url=Secret(url),
                        app_database_secret=Secret(secret))
    command = MigrationRun(pipeline="pipeone", timeout=60, app=app, environment="staging",
                           bundle=await artifacts.put(Path(bundle).read_bytes()))
    async def die(said):
        if said.startswith(step):
            os.kill(os.getpid(), signal.SIGKILL)
    await agent.run(command, context("migration", "pipeone", settings,
                                     artifacts=artifacts, at_step=die))

asyncio.run(main(os.environ["TEST_URL"], os.environ["TEST_SECRET"], *sys.argv[1:]))
"""


@pytest.mark.parametrize("step", ["preparing", "applying 001", "applying 002", "2 migrations"])
async def test_a_killed_run_is_continued_by_the_next(world, tmp_path, step):
    files = {"001_notes": NOTES, "002_tags": TAGS}
    bundle = tmp_path / "bundle"
    bundle.write_bytes(pack({f"migrations/{k}.sql": v.encode() for k, v in files.items()}))
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_RUN, world.app, str(bundle), step,
        env={**os.environ, "TEST_URL": world.postgres.url(), "TEST_SECRET": SECRET.reveal()},
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert await killed.wait() == -9
    done = await world.run("pipeone", files)
    assert done.applied == ("001_notes", "002_tags")
    assert (await world.rollback("pipeone")).undone == ("002_tags", "001_notes")
