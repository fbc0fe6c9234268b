"""`python -m contracts`: print the contracts as a document, or write the generated files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from contracts import asyncapi, documents


def main(arguments: list[str] | None = None) -> int:
    """Print one document to standard output; with `--write`, the folder's files to disk."""
    parser = argparse.ArgumentParser(
        prog="python -m contracts", description="The messages of Genesis as an AsyncAPI document."
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--json-schema", action="store_true", help="every message as JSON Schema")
    choice.add_argument("--plan-schema", action="store_true", help="JSON Schema of plan.json")
    choice.add_argument(
        "--write", action="store_true", help=f"write {', '.join(documents.files())} in this package"
    )
    options = parser.parse_args(arguments)
    if options.write:
        folder = Path(__file__).parent
        for name, text in documents.files().items():
            (folder / name).write_text(text, encoding="utf-8")
            sys.stderr.write(f"wrote {folder / name}\n")
    elif options.json_schema:
        sys.stdout.write(documents.encode(asyncapi.json_schema()))
    elif options.plan_schema:
        sys.stdout.write(documents.encode(asyncapi.plan_schema()))
    else:
        sys.stdout.write(documents.encode(asyncapi.document()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
