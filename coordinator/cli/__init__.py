"""The command line `genesis`: the composition root, and how people use everything else.

`commands` lists them; `main` is the script. Migrations, which run on their own and often, begin
without the command-line library.
"""

from __future__ import annotations

import sys

from coordinator.cli.output import CliError, Exit, complain


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["migrate"]:
        from coordinator.cli.migrate import run  # noqa: PLC0415

        sys.exit(run(arguments[1:]))
    from cyclopts import CycloptsError  # noqa: PLC0415

    from coordinator.cli.commands import app  # noqa: PLC0415

    try:
        code = app(arguments, exit_on_error=False, print_error=True)
    except CycloptsError:
        code = Exit.USAGE
    except CliError as error:
        code = complain(error, as_json="--json" in arguments)
    except KeyboardInterrupt:
        code = Exit.DETACHED
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        sys.stderr.close()
        code = Exit.DONE
    sys.exit(int(code or 0))
