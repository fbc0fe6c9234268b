"""The commands of `genesis`.

Each command lives in a module of its own kind and imports what it needs when it runs, so that
`genesis --help` is quick.
"""

from __future__ import annotations

from cyclopts import App

from coordinator.cli import (
    delivery,
    deploying,
    documents,
    ideas,
    letters,
    lookups,
    people,
    requests,
    stack,
)

THINK = "From an idea to a plan"
WORK = "Making and deploying apps"
WATCH = "Looking"
DECIDE = "Deciding"
LOCAL = "The local stack"

app = App(
    name="genesis",
    help="From an idea in plain words to an application running in production, and kept healthy.",
    help_epilogue="Exit codes: 0 done, 1 failed, 2 usage, 3 waiting for approval, 4 stuck.",
    # Rendering help as Markdown costs 0.13 s of imports.
    help_format="plaintext",
    result_action="return_value",
)

for group, commands in (
    (THINK, (ideas.scout,)),
    (WORK, (requests.build, deploying.deploy, delivery.ci, lookups.source)),
    (WATCH, (lookups.list_, lookups.show, lookups.watch, lookups.explain)),
    (DECIDE, (people.approve, people.reject, people.cancel, people.retry, people.rollback)),
    (LOCAL, (stack.up, stack.down, stack.status, stack.logs, stack.doctor)),
):
    for command in commands:
        app.command(command, name=command.__name__.rstrip("_"), group=group)
app.command(
    "coordinator.cli.plans:app", name="plan", group=THINK,
    help="Plan files: make one from an idea, check, compare.",
)  # fmt: skip
app.command(
    "coordinator.cli.deployments:app", name="deployments", group=WATCH,
    help="What was put live, and putting another release live.",
)  # fmt: skip
app.command(
    "coordinator.cli.monitor:app", name="monitor", group=WATCH,
    help="How live apps do: up or down, incidents, what they report.",
)  # fmt: skip
app.command(
    "coordinator.cli.dashboard:dashboard", name="dashboard", group=WATCH,
    help="Open the dashboard in the browser, signed in.",
)  # fmt: skip
app.command(letters.app)
app.command(documents.contracts, group=WATCH)
app.command(
    "agents.migration.cli:app", name="migrate", group=WORK,
    help="Migrations of any PostgreSQL database, without a running system.",
)  # fmt: skip
