"""The CI files of a project by their paths, from the templates of each provider. Pure.

Templates are Jinja's with other signs, since those of YAML, CI expressions and shells are taken:
`@{ value }`, and statements as `<% if … %>` on lines of their own, which leave nothing behind.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agents.deployment.ci import pins
from agents.deployment.ci.choice import Choice, Provider
from agents.deployment.ci.needed import needed
from agents.deployment.ci.project import Project

SCRIPTS = "scripts/ci"
_PLACES: dict[Provider, dict[str, str]] = {
    "github": {
        ".github/workflows/ci.yml": "github/ci.yml",
        ".github/workflows/preview.yml": "github/preview.yml",
        ".github/workflows/deploy.yml": "github/deploy.yml",
        ".github/workflows/rollback.yml": "github/rollback.yml",
        ".github/dependabot.yml": "github/dependabot.yml",
    },
    "gitlab": {".gitlab-ci.yml": "gitlab/ci.yml", "renovate.json": "renovate.json"},
    "circleci": {".circleci/config.yml": "circleci/config.yml", "renovate.json": "renovate.json"},
}


def render(project: Project, choice: Choice) -> dict[str, str]:
    """Text by path; every text ends with a newline."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        variable_start_string="@{", variable_end_string="}",
        block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  nothing here is HTML, and quotes have to stay what they are
        undefined=StrictUndefined,
    )  # fmt: skip
    context = {
        "project": project, "choice": choice, "scripts": SCRIPTS, "pins": pins,
        "action": pins.action, "client": pins.CLIENTS[choice.platform],
        "image": pins.NODE_IMAGE.format(version=project.node),
        "needs": needed(project, choice), "made": _made(project, choice),
    }  # fmt: skip
    places = _PLACES[choice.provider] | _scripts(project, choice)
    return {
        path: environment.get_template(template).render(context)
        for path, template in places.items()
    }


def _scripts(project: Project, choice: Choice) -> dict[str, str]:
    """The steps that take more than a line, the same for every provider."""
    names = ["hosting.sh"]
    if project.database:
        names += ["database.sh", "migrations.sh"]
        if choice.standalone:
            names.append("schema.sql")
    if not choice.standalone:
        names.append("genesis.sh")
    return {f"{SCRIPTS}/{name}": f"scripts/{name}" for name in names}


def _made(project: Project, choice: Choice) -> str:
    """What a deployment carries from one job to the next."""
    if not project.served:
        return project.output
    return "dist .vercel/output" if choice.platform == "vercel" else "dist"
