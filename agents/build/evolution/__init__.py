"""A model changed: the forward migration from the tables that are there to those it asks for.

    read(scripts) -> Schema                   what the migrations of an app make, object by object
    evolve(before, after, number) -> Change   the SQL up and down, and what its owner should know

Both sides are read from rendered SQL, so that no kind of rule or feature has to be known here.
Nothing is destroyed: a removed table or column is kept aside under a name that ends in
`_removed_<number>`, where no policy lets anybody read it, and the way down brings it back.

Errors:
    EvolutionError   a statement that cannot be followed; names it
"""

from __future__ import annotations

from agents.build.evolution.differences import Change, evolve
from agents.build.evolution.objects import EvolutionError, Schema
from agents.build.evolution.reading import read

__all__ = ["Change", "EvolutionError", "Schema", "evolve", "read"]
