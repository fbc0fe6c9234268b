"""Closing the loop: whether a release does worse than the one before it, and what follows.

`compare` holds what was measured of two releases against each other (pure), `measure` reads it
from what monitoring keeps, `releases` watches a release for a while after it was deployed, opens
and resolves the incident, and asks for a rollback where that is wanted: once for each release.
"""
