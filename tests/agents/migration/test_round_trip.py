"""From an empty folder to a live schema with rows and back, by the command line alone."""

from __future__ import annotations

import json

from tests.support.migrations import run, write

BOOKS = [
    {
        "table": "books",
        "data": [{"title": "Émile 📖", "pages": 1}, {"title": "O'Neill", "pages": 2}],
    }
]


async def test_a_schema_is_made_filled_taken_back_and_restored(own, tmp_path):
    def genesis(*arguments, code=0):
        done = run(own, *arguments, cwd=tmp_path)
        assert done.code == code, (arguments, done)
        return done

    genesis("create", "create_books", "--column", "title:text", "--column", "pages:int")
    genesis("create", "--name", "add_pages_index", "--template", "add_index",
            "--table", "books", "--column", "pages")  # fmt: skip
    genesis("lint")
    steps = genesis("dry-run", "--json").json["steps"]
    assert {step["file"].rpartition("/")[2] for step in steps} == {
        "001_create_books.sql", "002_add_pages_index.sql",
    }  # fmt: skip
    assert await own.tables() == []

    genesis("up")
    write(tmp_path / "seeds", {"books.json": json.dumps(BOOKS)})
    genesis("seed", "run")
    assert genesis("status", "--check", "--json").json["counts"] == {"applied": 2}
    rows = await own.fetch("select title, pages from books order by title")
    assert rows == [("O'Neill", 2), ("Émile 📖", 1)]

    genesis("down", "--all")
    assert await own.tables() == []
    genesis("status", "--check", code=7)
    backup = genesis("backups", "--json").json["backups"][0]
    assert backup["automatic"]
    genesis("restore", backup["id"], "--overwrite")
    assert await own.fetch("select title, pages from books order by title") == rows
    genesis("status", "--check")
    genesis("drift")
