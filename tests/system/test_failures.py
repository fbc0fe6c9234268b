"""A step that fails, in every phase of a real pipeline: afterwards all is as it was before.

"As before" is asked of those who know: pg_dump for schema and data, HTTP for what is served,
`genesis list` and the processes of the machine for the rest.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from contracts.naming import database_name
from tests.support.local_stack import LocalStack
from tests.support.postgres import binaries
from tests.support.processes import wait_until

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("stack")]

APP = "cook-book"
IDEA = "A recipe box where I keep my recipes with ingredients and cooking time."
HALF_WAY = """-- migrate:up
alter table recipes add column shelf text;
alter table recipes add constraint no_soup check (title <> 'Lentil soup');
-- migrate:down
alter table recipes drop constraint no_soup;
alter table recipes drop column shelf;
"""
SHELF = """-- migrate:up
alter table recipes add column shelf text;
-- migrate:down
alter table recipes drop column shelf;
"""
FAILING_TEST = "import { expect, test } from 'vitest';\ntest('never', () => expect(1).toBe(2));\n"
ONLY_HERE = "if (process.env.NODE_ENV === 'production') throw new Error('not in production');\n"


class App:
    """An app that is live, with a user's rows in it."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        built = stack.ok("build", IDEA, "--name", APP, "--deploy", "--json").events[-1]
        self.url = str(built["url"])
        self.folder = Path(str(built["folder"]))
        self._keep_a_recipe()

    def _keep_a_recipe(self) -> None:
        with httpx.Client(base_url=self.url) as person:
            account = {
                "name": "Ada",
                "email": "ada@example.org",
                "password": "correct horse battery",
            }
            person.post("api/auth/signup", json=account).raise_for_status()
            soup = {"title": "Lentil soup", "ingredients": "lentils"}
            person.post("api/recipes", json=soup).raise_for_status()

    def changed(self, path: str, text: str) -> Path:
        """A copy of the app's folder in which one file says something else."""
        folder = self.stack.work / "changed" / APP
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("node_modules"))
        (folder / path).write_text(text)
        return folder

    def dsn(self, database: str) -> str:
        """A superuser's address of a database of the stack."""
        dsn = (self.stack.home / "keys" / "app-database-url").read_text().strip()
        return f"{dsn.rpartition('/')[0]}/{database}"

    def served(self) -> object:
        """What the app says it is."""
        return httpx.get(f"{self.url}api/health").json()

    def database(self) -> str:
        """Schema, rights and data of the app's database."""
        return subprocess.run(
            [
                binaries() / "pg_dump", "--inserts", "--exclude-schema=genesis",
                "--restrict-key=x", f"--dbname={self.dsn(database_name(APP, 'staging'))}",
            ],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    def servers(self) -> list[list[str]]:
        """The command lines of what runs of the app."""
        lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        return sorted(line for line in lines if f"{self.stack.home}/apps/" in " ".join(line))

    def deploy_fails(self, folder: Path) -> str:
        """Deploy the folder; it must fail and leave all as it was. What it said."""
        before = self.served(), self.database(), self.servers()
        result = self.stack.run("deploy", str(folder), "--name", APP)
        assert result.code == 1, repr(result)
        assert (self.served(), self.database()) == before[:2]
        wait_until(lambda: self.servers() == before[2], "only the old server runs")
        print(result.err)
        return result.err

    def execute(self, sql: str) -> None:
        """Run SQL in Genesis's own database."""
        subprocess.run(
            [binaries() / "psql", "-q", "-v", "ON_ERROR_STOP=1", self.dsn("genesis"), "-c", sql],
            check=True, capture_output=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def app(stack: LocalStack) -> App:
    return App(stack)


def test_a_failing_test_of_the_app_keeps_it_from_being_deployed(app: App) -> None:
    said = app.deploy_fails(app.changed("tests/mine.test.ts", FAILING_TEST))
    assert "tests_failed" in said
    assert "FAILED never" in said
    assert "nothing was deployed" in said


def test_a_migration_that_fails_on_real_data_leaves_nothing_behind(app: App) -> None:
    said = app.deploy_fails(app.changed("migrations/900_no_soup.sql", HALF_WAY))
    assert "migration_failed" in said
    assert "migrations/900_no_soup.sql, line 3" in said
    assert "SQLSTATE 23514" in said
    assert "left nothing behind" in said


def test_an_app_that_never_gets_healthy_does_not_become_live(app: App) -> None:
    source = (app.folder / "server/node.ts").read_text()
    said = app.deploy_fails(app.changed("server/node.ts", ONLY_HERE + source))
    assert "not in production" in said


def test_a_migration_of_a_release_that_fails_later_is_taken_back(app: App) -> None:
    source = (app.folder / "server/node.ts").read_text()
    folder = app.changed("server/node.ts", ONLY_HERE + source)
    (folder / "migrations/900_shelf.sql").write_text(SHELF)
    said = app.deploy_fails(folder)
    assert "not in production" in said
    assert "taken back: deployment, migration, build" in said


def test_monitoring_that_is_down_takes_the_deployment_back(app: App) -> None:
    app.execute(
        "create function monitoring.down() returns trigger language plpgsql as"
        " $$ begin raise exception 'no room for another monitor'; end $$;"
        " create trigger down before insert or update of pipeline on monitoring.monitors"
        " for each row execute function monitoring.down()"
    )
    try:
        said = app.deploy_fails(app.changed("migrations/900_shelf.sql", SHELF))
    finally:
        app.execute("drop function monitoring.down cascade")
    assert "no room for another monitor" in said
    assert "taken back: monitoring, deployment, migration, build" in said


def test_after_all_that_the_next_release_goes_live(app: App) -> None:
    before = app.served()
    folder = app.changed("migrations/900_shelf.sql", SHELF)
    app.stack.ok("deploy", str(folder), "--name", APP)
    assert app.served() != before
    assert "shelf" in app.database()
