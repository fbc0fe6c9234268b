"""Commands that print documents."""

from __future__ import annotations

from coordinator.cli.output import Exit, say


def contracts(*, json_schema: bool = False) -> int:
    """Print every message as an AsyncAPI 3 document.

    Parameters
    ----------
    json_schema
        Print plain JSON Schema instead.

    """
    from contracts.asyncapi import document  # noqa: PLC0415
    from contracts.asyncapi import json_schema as schemas  # noqa: PLC0415
    from contracts.documents import encode  # noqa: PLC0415

    say(encode(schemas() if json_schema else document()).rstrip())
    return Exit.DONE
