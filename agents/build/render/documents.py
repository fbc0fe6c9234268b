"""The README, the page around the app, and the other texts with the app's own name. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agents.build.render import colours
from agents.build.render.literals import clean, language_tag, markdown, text_html
from agents.build.structure import ACTIONS, Design, Table
from contracts.naming import database_name

_OWNERSHIP = {
    "user": "each account sees its own",
    "org": "each organisation has its own",
    "shared": "shared, each with an author",
    "system": "kept by the app and its administrators",
    "parent": "belongs to what it is part of",
}


def index_html(design: Design) -> str:
    """`index.html`."""
    about = design.model.app
    description = text_html(" ".join(about.description.split()))
    return (
        "<!doctype html>\n"
        f'<html lang="{language_tag(about.locale)}">\n  <head>\n    <meta charset="utf-8" />\n'
        '    <meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f'    <meta name="description" content="{description}" />\n'
        f'    <meta name="theme-color" content="{about.theme.primary}" />\n'
        '    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />\n'
        '    <script src="/theme.js"></script>\n'
        f"    <title>{text_html(about.name)}</title>\n  </head>\n  <body>\n"
        '    <div id="root"></div>\n    <script type="module" src="/src/main.tsx"></script>\n'
        "  </body>\n</html>\n"
    )


def favicon(design: Design) -> str:
    """`public/favicon.svg`: the first letter on the app's colour."""
    about = design.model.app
    primary = colours.parse(about.theme.primary)
    letter = text_html(next((char for char in about.name if char.isalnum()), "•").upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="8" fill="{colours.css(primary)}"/>'
        '<text x="16" y="22.5" font-family="system-ui, sans-serif" font-size="19"'
        f' font-weight="700" text-anchor="middle" fill="{colours.css(colours.on(primary))}">'
        f"{letter}</text></svg>\n"
    )


def package_json(design: Design, template: str) -> str:
    """`package.json` with the app's name and description."""
    package = json.loads(template)
    about = design.model.app
    named = {"name": about.slug, "description": " ".join(clean(about.description).split())}
    return json.dumps({**package, **named}, indent=2, ensure_ascii=False) + "\n"


def lock(design: Design, template: str) -> str:
    """`package-lock.json` with the app's name, so that npm does not rewrite it."""
    content = json.loads(template)
    content["name"] = content["packages"][""]["name"] = design.model.app.slug
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def env_example(design: Design, template: str, added: Sequence[str]) -> str:
    """`.env.example` with names for the database and its two roles, and the features' lines."""
    database = database_name(design.model.app.slug, "dev")
    values = {"{{database}}": database, "{{role}}": database, "{{owner}}": f"{database}_owner"}
    for key, value in values.items():
        template = template.replace(key, value)
    return template + "".join(f"{line}\n" for line in added)


def readme(design: Design, template: str, can: Sequence[str], notes: Sequence[str]) -> str:
    """`README.md`; `can` are sentences about what the app can do beyond keeping records."""
    about = design.model.app
    database = database_name(about.slug, "dev")
    values = {
        "{{name}}": markdown(about.name),
        "{{description}}": markdown(about.description) or "An app made by Genesis.",
        "{{database}}": database,
        "{{records}}": "\n".join(_record(table) for table in design.tables),
        "{{features}}": "\n".join(f"- {line}" for line in can),
        "{{signup}}": "Anybody may sign up."
        if design.sign_up_open
        else "After the first one, accounts are by invitation.",
        "{{access}}": _access(design),
        "{{roles}}": ", ".join(f"{markdown(role.title)} (`{role.key}`)" for role in design.roles),
        "{{missing}}": _missing(design, notes),
    }
    for key, value in values.items():
        template = template.replace(key, value)
    return template


def _record(table: Table) -> str:
    about = table.entity
    owner = _OWNERSHIP[about.ownership]
    path = f"shared/entities/{about.key.replace('_', '-')}.ts"
    return f"- **{markdown(about.title_plural)}** – {owner} (`{path}`)"


def _access(design: Design) -> str:
    lines = ["| | " + " | ".join(ACTIONS) + " |", "|---" * (len(ACTIONS) + 1) + "|"]
    for table in design.tables:
        cells = (", ".join(getattr(table.access, action)) or "nobody" for action in ACTIONS)
        lines.append(f"| {markdown(table.entity.title_plural)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _missing(design: Design, notes: Sequence[str]) -> str:
    lines = [f"- {markdown(note)}" for note in notes]
    lines += [
        f"- Not covered by anything in the app: {markdown(text)}" for text in design.model.unmapped
    ]
    return "\n".join(lines) or "Nothing that the idea asked for is known to be missing."
