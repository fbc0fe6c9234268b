"""An app's files from its model. Pure: the same model gives the same bytes.

Most files are the same for every app and lie in `templates/app` as they are; what depends on
the model is rendered. Names that packaging tools treat in their own way are stored without
their dot.

Errors:
    ModelError   the model contradicts itself; names the part
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from msgspec import Struct

from agents.build.design import design
from agents.build.render import colours, documents, migrations, typescript
from agents.build.render.pages import pages
from agents.build.render.seeds import rows
from agents.build.structure import Design
from contracts.model import AppModel

_RENAMED = {
    "gitignore": ".gitignore", "env.example": ".env.example", "oxlintrc.json": ".oxlintrc.json",
}  # fmt: skip
MODEL_FILE = "genesis.model.json"


class Generated(Struct, frozen=True, kw_only=True):
    """An app: file contents by relative POSIX path, and what it only stands in for."""

    files: dict[str, bytes]
    notes: tuple[str, ...]


def generate(model: AppModel) -> dict[str, bytes]:
    """The app's files by relative POSIX path. Raises ModelError."""
    return generate_app(model).files


def generate_app(model: AppModel) -> Generated:
    """The app's files and the notes about it. Raises ModelError."""
    decided = design(model)
    addresses = pages(decided)
    notes = (*decided.notes, *addresses.notes)
    texts = dict(templates())
    texts |= {
        "shared/app.ts": typescript.app(decided),
        "shared/model.ts": typescript.model(decided),
        "shared/pages.ts": typescript.pages(addresses.routes, addresses.links),
        "shared/seeds.ts": typescript.seeds(decided.order, rows(decided)),
        "src/theme.css": colours.stylesheet(model.app.theme),
        "index.html": documents.index_html(decided),
        "public/favicon.svg": documents.favicon(decided),
        "README.md": documents.readme(decided, texts["README.md"], notes),
        "package.json": documents.package_json(decided, texts["package.json"]),
        "package-lock.json": documents.lock(decided, texts["package-lock.json"]),
        ".env.example": documents.env_example(decided, texts[".env.example"]),
        MODEL_FILE: msgspec.json.format(msgspec.json.encode(model), indent=2).decode() + "\n",
    }
    texts |= _parts(decided)
    return Generated(
        files={path: texts[path].encode() for path in sorted(texts)},
        notes=tuple(dict.fromkeys(notes)),
    )


def _parts(decided: Design) -> dict[str, str]:
    entities = {
        f"shared/entities/{typescript.module(table)}.ts": typescript.entity(table)
        for table in decided.tables
    }
    scripts = {f"migrations/{name}": text for name, text in migrations.migrations(decided).items()}
    return entities | scripts


@cache
def templates() -> tuple[tuple[str, str], ...]:
    """The files that are the same for every app: path and text."""
    return tuple(sorted(_walk(files("agents.build") / "templates" / "app", "")))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            path = prefix + _RENAMED.get(entry.name, entry.name)
            found.append((path, entry.read_text(encoding="utf-8")))
    return found
