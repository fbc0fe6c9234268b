"""Reading seeds in windows: what comes out is what any other reader sees."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.migration.seeds import csvfile, folder, jsonfile, ordering
from agents.migration.seeds.model import Reference, SeedFile, Table

SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
ROWS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=6)
same_folder = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@same_folder
@given(
    entries=st.lists(ROWS, max_size=3),
    chunk=st.integers(1, 40),
    escaped=st.booleans(),
    indent=st.none() | st.integers(0, 2),
)
def test_json_in_windows_of_any_size(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    entries: list[list[dict[str, Any]]],
    chunk: int,
    escaped: bool,
    indent: int | None,
) -> None:
    monkeypatch.setattr(jsonfile, "CHUNK", chunk)
    path = tmp_path / "x.json"
    content = [{"table": "t", "data": rows} for rows in entries]
    text = json.dumps(content, ensure_ascii=escaped, indent=indent)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        path.read_text("utf-8")
    except UnicodeDecodeError:
        return
    found = jsonfile.entries(SeedFile(path=path))
    assert [[row for _, row in jsonfile.rows(entry)] for entry in found] == entries
    assert [entry.rows for entry in found] == [len(rows) for rows in entries]


@same_folder
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")),
            min_size=2,
            max_size=2,
        ),
        max_size=8,
    )
)
def test_csv_as_others_write_it(tmp_path: Path, rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    path = tmp_path / "t.csv"
    path.write_text(buffer.getvalue(), "utf-8", newline="")
    entry = csvfile.entries(SeedFile(path=path))[0]
    assert [list(row.values()) for _, row in csvfile.rows(entry)] == rows


@pytest.mark.parametrize(
    ("name", "environment", "table"),
    [
        ("users.csv", None, "users"), ("development_users.csv", "development", "users"),
        ("010_staging-users.csv", "staging", "users"), ("production.csv", "production", ""),
        ("products.csv", None, "products"),
        ("Development.auth.users.csv", "development", "auth.users"),
        ("preview_users.csv", "preview", "users"), ("2_users.csv", None, "users"),
    ],
)  # fmt: skip
def test_what_a_name_says(name: str, environment: str | None, table: str) -> None:
    file = folder.describe(Path(name), "preview")
    assert (file.environment, folder.table_of(file)) == (environment, table)


def table(oid: int, *targets: int, deferrable: bool = False) -> Table:
    references = tuple(
        Reference(
            name=f"{oid}→{target}",
            columns=("x",),
            target=target,
            target_columns=("id",),
            deferrable=deferrable,
        )
        for target in targets
    )
    return Table(oid=oid, schema="public", name=f"t{oid}", columns=(), references=references)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_what_is_referred_to_comes_first(pairs: list[tuple[int, int]]) -> None:
    # From larger to smaller numbers there is no circle.
    targets = {
        oid: {low for low, high in map(sorted, pairs) if high == oid != low} for oid in range(9)
    }
    found, deferred = ordering.order([table(oid, *targets[oid]) for oid in reversed(range(9))])
    place = {each.oid: number for number, each in enumerate(found)}
    assert all(place[target] < place[oid] for oid in targets for target in targets[oid])
    assert not deferred
