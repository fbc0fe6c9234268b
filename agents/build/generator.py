"""An app's files from its model. Pure: the same model gives the same bytes.

Most files are the same for every app and lie in `templates/app` as they are; what depends on
the model is rendered. Features add their own (`modules`).

Errors:
    ModelError   the model contradicts itself; names the part
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.resources import files

import msgspec
from msgspec import Struct

from agents.build import modules, texts
from agents.build.design import design
from agents.build.modules import Active
from agents.build.record import record
from agents.build.render import colours, documents, migrations, typescript
from agents.build.render.expected import expected
from agents.build.render.literals import language_tag
from agents.build.render.pages import pages
from agents.build.render.seeds import rows
from agents.build.structure import Design
from contracts.model import AppModel

MODEL_FILE = "genesis.model.json"


class Generated(Struct, frozen=True, kw_only=True):
    """An app: file contents by relative POSIX path, and what it only stands in for.

    `parts` are the paths of each feature's own files.
    """

    files: dict[str, bytes]
    notes: tuple[str, ...]
    parts: dict[str, tuple[str, ...]] = {}


def generate(model: AppModel) -> dict[str, bytes]:
    """The app's files by relative POSIX path. Raises ModelError."""
    return generate_app(model).files


def generate_app(model: AppModel) -> Generated:
    """The app's files and the notes about it. Raises ModelError."""
    decided = design(modules.prepared(model))
    found = modules.active(decided)
    addresses = pages(decided, modules.shown(decided, found), modules.routes(found))
    notes = (*decided.notes, *addresses.notes, *_notes(decided, found))
    content = dict(templates())
    content |= {
        "shared/app.ts": typescript.app(decided),
        "shared/model.ts": typescript.model(decided),
        "shared/pages.ts": typescript.pages(addresses.routes, addresses.links),
        "shared/seeds.ts": typescript.seeds(decided.order, rows(decided)),
        "tests/expected.ts": expected(decided),
        "src/theme.css": colours.stylesheet(model.app.theme),
        "index.html": documents.index_html(decided),
        "public/favicon.svg": documents.favicon(decided),
        "README.md": documents.readme(
            decided, content["README.md"], [each.serving.about for each in found], notes
        ),
        "package.json": documents.package_json(decided, content["package.json"]),
        "package-lock.json": documents.lock(decided, content["package-lock.json"]),
        ".env.example": documents.env_example(
            decided, content[".env.example"], [line for each in found for line in each.serving.env]
        ),
        MODEL_FILE: msgspec.json.format(msgspec.json.encode(model), indent=2).decode() + "\n",
    }
    content |= _parts(decided, found)
    made = {path: content[path].encode() for path in sorted(content)}
    kept = record(made, made[MODEL_FILE], version("genesis-agents"))
    return Generated(
        files={**kept, **made},
        notes=tuple(dict.fromkeys(notes)),
        parts={each.module.key: _own(each, made) for each in found},
    )


def _own(active: Active, made: Iterable[str]) -> tuple[str, ...]:
    """The paths of a feature's files and migrations."""
    ends = tuple(f"_{title}.sql" for title in active.serving.migrations)
    scripts = [path for path in made if path.startswith("migrations/") and path.endswith(ends)]
    return tuple(sorted({*active.files, *scripts}))


def _parts(decided: Design, found: tuple[Active, ...]) -> dict[str, str]:
    entities = {
        f"shared/entities/{typescript.module(table)}.ts": typescript.entity(decided, table)
        for table in decided.tables
    }
    added = {title: sql for each in found for title, sql in each.serving.migrations.items()}
    scripts = {
        f"migrations/{name}": text for name, text in migrations.migrations(decided, added).items()
    }
    own = {path: text for each in found for path, text in each.files.items()}
    sides = {f"{side}/features.ts": modules.registry(found, side) for side in ("server", "src")}
    return entities | scripts | own | sides


ALWAYS = frozenset(
    {
        "auth",
        "reset",
        "search",
        "filters",
        "roles",
        "sort",
        "paging",
        "crud",
        "export",
        "i18n",
        "openapi",
    }
)
"""Features that every app has, without a folder of their own."""

_MAIL = (
    "E-mail (forgotten passwords, invitations) is simulated until MAIL_URL, MAIL_FROM and APP_URL"
    " are set: administrators read it on the page E-mail"
)


_ENGLISH = (
    "The app's own words are English; `npm run texts` lists them for translation in shared/texts.ts"
)


def _notes(decided: Design, found: tuple[Active, ...]) -> list[str]:
    """What the features only stand in for, and those that nothing builds."""
    notes = [_MAIL, *(note for each in found for note in each.serving.notes)]
    built = ALWAYS | {each.module.key for each in found}
    titles = {entity.key: entity.title for entity in decided.model.entities}
    for feature in decided.model.features:
        if feature.key not in built:
            where = ", ".join(titles.get(key, key) for key in feature.entities)
            suffix = f" ({where})" if where else ""
            notes.append(
                f"The feature “{feature.key}”{suffix} is not built; its records can be kept"
            )
    if not language_tag(decided.model.app.locale).startswith("en"):
        notes.append(_ENGLISH)
    return notes


@cache
def templates() -> tuple[tuple[str, str], ...]:
    """The files that are the same for every app: path and text."""
    return tuple(sorted(texts.read(files("agents.build") / "templates" / "app").items()))
