"""Commands that print documents."""

from __future__ import annotations

from coordinator.cli.output import dump


def contracts(*, json_schema: bool = False) -> int:
    """Print every message as an AsyncAPI 3 document.

    Parameters
    ----------
    json_schema: Print plain JSON Schema instead.

    """
    from contracts import asyncapi  # noqa: PLC0415

    dump(asyncapi.json_schema() if json_schema else asyncapi.document())
    return 0
