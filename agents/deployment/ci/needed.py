"""What a person has to set at the provider before its pipelines can deploy. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from agents.deployment.ci.choice import Choice, Provider
from agents.deployment.ci.project import Project


class Need(Struct, frozen=True):
    """A variable by its name, and what it holds; or a setting in words."""

    name: str
    purpose: str


class Place(Struct, frozen=True):
    """A place of the provider's settings, in words, and what is to be set there."""

    where: str
    needs: tuple[Need, ...]


class _Words(Struct, frozen=True):
    """A provider's words: its places, and where somebody is asked before production."""

    everywhere: str
    environments: str
    deployments: str
    gate: Need
    gate_at: str


_WORDS: Mapping[Provider, _Words] = {
    "github": _Words(
        everywhere="the repository (Settings → Secrets and variables)",
        environments="each of the environments preview, staging and production",
        deployments="the environments staging and production",
        gate=Need("Required reviewers", "who approves; without them nobody is asked"),
        gate_at="the environment production",
    ),
    "gitlab": _Words(
        everywhere="the project (Settings → CI/CD → Variables)",
        environments="variables scoped to preview/*, to staging and to production",
        deployments="variables scoped to staging and to production",
        gate=Need("Protected environment", "who may start its job, which waits for them"),
        gate_at="the environment production",
    ),
    "circleci": _Words(
        everywhere="the context genesis",
        environments="each of the contexts preview, staging and production",
        deployments="the contexts staging and production",
        gate=Need("Security group", "who may approve, which the job before it waits for"),
        gate_at="the context production",
    ),
}
_NETLIFY = (
    Need("NETLIFY_AUTH_TOKEN", "secret, a token of Netlify's"),
    Need("NETLIFY_SITE_ID", "the id of the site, another one in each"),
)
_VERCEL = (
    Need("VERCEL_TOKEN", "secret, a token of Vercel's"),
    Need("VERCEL_ORG_ID", "the id of the team"),
    Need("VERCEL_PROJECT_ID", "the id of the project, another one in each"),
    Need("VERCEL_AUTOMATION_BYPASS_SECRET", "secret, only where deployments ask for a login"),
)
_TABLES = (
    Need("DEPLOY_DATABASE_URL", "secret, the role that the app runs as; optional for preview"),
    Need("DEPLOY_MIGRATE_DATABASE_URL", "secret, the owner of the tables; optional for preview"),
)
_PACKAGE = Need(
    "GENESIS_PACKAGE",
    "what pip installs Genesis from, a secret if it holds one, such as"
    " genesis-agents[lint] @ git+https://git.example.com/genesis.git@v0.1.0",
)
_SYSTEM = (
    Need("NATS_URL", "secret, where your running Genesis is, whose agents migrate and deploy"),
    Need("NATS_ACCOUNT", "secret, the account there that these pipelines act as"),
    Need("NATS_SEED", "secret, its seed"),
)


def needed(project: Project, choice: Choice) -> tuple[Place, ...]:
    """Names and purposes by place; never a value."""
    words = _WORDS[choice.provider]
    hosting = _NETLIFY if choice.platform == "netlify" else _VERCEL
    tables = _TABLES if choice.standalone and project.database else ()
    found = [] if choice.standalone else [Place(words.everywhere, (_PACKAGE,))]
    found.append(Place(words.environments, (*hosting, *tables)))
    if not choice.standalone:
        found.append(Place(words.deployments, _SYSTEM))
    found.append(Place(words.gate_at, (words.gate,)))
    return tuple(found)
