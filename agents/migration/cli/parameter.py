"""How the commands that must start quickly describe their options.

Importing cyclopts takes as long as comparing a thousand files with a database. `quick` runs the
plain uses of some commands without it; their annotations are then never looked at.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING or "cyclopts" in sys.modules:
    from cyclopts import Parameter
else:
    Class = TypeVar("Class", bound=type)

    class Parameter:
        """Stands where cyclopts' own would, for nobody to read."""

        def __init__(self, **_description: Any) -> None:
            pass

        def __call__(self, described: Class) -> Class:
            return described


__all__ = ["Parameter"]
