"""A page for administrators: accounts, records and the state of the server. Pure."""

from __future__ import annotations

from agents.build.structure import Design, Route, Serving


def serve(design: Design) -> Serving | None:
    """The feature `admin`."""
    if design.feature("admin") is None:
        return None
    return Serving(
        about="An area for administrators: accounts, records and the state of the server.",
        routes=(Route(path="/admin", title="Administration", kind="admin", audience=("admin",),
                      nav=True),),
    )  # fmt: skip
