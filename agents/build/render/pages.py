"""The addresses of a generated app: the model's pages, completed so that every entity has its own.

Pure. A page whose kind no feature shows is a list or an overview, and that is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from agents.build.structure import Design, Route, Table
from contracts.model import Page

_DETAIL = re.compile(r"((?:/[a-z0-9_-]+)+)/:[a-z_]+")
_TAKEN = frozenset({"/", "/login", "/signup", "/forgot", "/reset", "/people", "/outbox"})


class Links(Struct, frozen=True, kw_only=True):
    """Where an entity's pages are; a record is at `<detail>/<id>`."""

    list: str
    new: str
    detail: str


class Pages(Struct, frozen=True, kw_only=True):
    """All routes in the order in which they are tried, the links, and what is only stood in for."""

    routes: tuple[Route, ...]
    links: dict[str, Links]
    notes: tuple[str, ...]


def pages(design: Design, shown: frozenset[str], added: Sequence[Route]) -> Pages:
    """The app's addresses; features show the pages with the keys `shown` and `added` their own."""
    special = [page for page in design.model.pages if page.key in shown]
    taken = {*_TAKEN, *(page.path for page in special)}
    links = {table.key: _links(design, table, special, taken) for table in design.tables}
    routes = [Route(path="/", title=design.model.app.name, kind="home", audience=("guest",))]
    for table in design.tables:
        routes += _own(design, table, links[table.key])
    notes: list[str] = []
    paths = {_shape(route.path) for route in routes} | _TAKEN
    extras = (_extra(page, links, shown, notes) for page in design.model.pages)
    for extra in filter(None, extras):
        if _shape(extra.path) not in paths:
            routes.append(extra)
            paths.add(_shape(extra.path))
    for route in added:
        if all(
            (_shape(each.path), each.kind) != (_shape(route.path), route.kind) for each in routes
        ):
            routes.append(_beside(route, paths))
            paths.add(_shape(routes[-1].path))
    if not any(route.kind == "profile" for route in routes):
        own = Route(path="/profile", title="Profile", kind="profile", audience=("member",))
        routes.append(_beside(own, paths))
    routes += [
        Route(path="/login", title="Log in", kind="login", audience=("guest",)),
        Route(path="/signup", title="Sign up", kind="signup", audience=("guest",)),
        Route(path="/forgot", title="Forgotten password", kind="forgot", audience=("guest",)),
        Route(path="/reset", title="New password", kind="reset", audience=("guest",)),
        Route(path="/people", title="People", kind="people", audience=("admin",), nav=True),
        Route(path="/outbox", title="E-mail", kind="outbox", audience=("admin",), nav=True),
    ]
    return Pages(routes=tuple(sorted(routes, key=_order)), links=links, notes=tuple(notes))


def _shape(path: str) -> str:
    """The path without the names of its parameters: two of one shape are the same address."""
    return re.sub(r":[a-z_]+", ":", path)


def _beside(route: Route, taken: set[str]) -> Route:
    """The route itself, or at an address beside it when another page has its own."""
    path = route.path
    while _shape(path) in taken:
        first, *rest = path.removeprefix("/").split("/")
        path = "/".join(("", f"{first}-page", *rest))
    return msgspec.structs.replace(route, path=path)


def _order(route: Route) -> tuple[bool, ...]:
    """Fixed parts of a path before parameters; sorting keeps the order among equals."""
    return tuple(part.startswith(":") for part in route.path.split("/"))


def _of(design: Design, table: Table, kind: str) -> Iterable[Page]:
    return (page for page in design.model.pages if page.kind == kind and page.entity == table.key)


def _links(design: Design, table: Table, special: Sequence[Page], taken: set[str]) -> Links:
    own = [page for page in special if page.entity == table.key]
    listed = next((page.path for page in _of(design, table, "list") if ":" not in page.path), None)
    base = (listed or f"/{table.path}").rstrip("/")
    # A board at `/tasks` leaves `/tasks/all` to the list of all tasks.
    beside = any(page.path.rstrip("/") == base for page in own)
    base = base if beside else _free(base, taken)
    # A page of a feature for one record is the record's page.
    matches = (_DETAIL.fullmatch(page.path) for page in (*_of(design, table, "detail"), *own))
    detail = next((match[1] for match in matches if match), base)
    detail = detail if detail == base else _free(detail, taken)
    new = next((page.path for page in _of(design, table, "form") if ":" not in page.path), None)
    return Links(
        list=_free(f"{base}/all", taken) if beside else base,
        new=_free(new or f"{base}/new", taken),
        detail=detail,
    )


def _free(path: str, taken: set[str]) -> str:
    """The path itself, or one beside it when another page has it."""
    path = path.rstrip("/") or "/records"
    while path in taken:
        path += "-records"
    taken.add(path)
    return path


def _own(design: Design, table: Table, links: Links) -> list[Route]:
    about = table.entity
    listed = next(iter(_of(design, table, "list")), None)
    shown = any(page.nav for page in design.model.pages)
    nav = listed.nav if listed and shown else not shown

    def route(kind: str, path: str, title: str, action: str, *, nav: bool = False) -> Route:
        given = {"new": "form", "edit": "form", "import": "form"}.get(kind, kind)
        page = next(iter(_of(design, table, given)), None)
        words: tuple[str, ...] = getattr(table.access, action)
        audience = tuple(page.audience) if page else ("member",)
        if "guest" in words and "guest" not in audience:
            # What the data is open to, its page is.
            audience = ("guest", *audience)
        return Route(
            path=path, title=title, kind=kind, audience=audience, nav=nav, entity=table.key
        )

    return [
        route("list", links.list, about.title_plural, "list", nav=nav),
        route("new", links.new, f"New {about.title}", "create"),
        route("import", f"{links.list}/import", f"Import {about.title_plural}", "create"),
        route("detail", f"{links.detail}/:id", about.title, "read"),
        route("edit", f"{links.detail}/:id/edit", f"Edit {about.title}", "update"),
    ]


_SAME = {"profile": "profile", "static": "text", "dashboard": "overview"}


def _extra(
    page: Page, links: Mapping[str, Links], shown: frozenset[str], notes: list[str]
) -> Route | None:
    """A page beside the four of each entity; None when there is nothing to show at its address."""
    if page.key in shown:
        return Route(
            path=page.path.rstrip("/") or "/", title=page.title, kind=page.kind,
            audience=tuple(page.audience), nav=page.nav, entity=page.entity or "",
            sections=tuple(page.sections),
        )  # fmt: skip
    if page.kind in ("home", "detail", "form", "admin") or ":" in page.path:
        return None
    path = page.path.rstrip("/") or "/"
    known = page.entity is not None and page.entity in links
    kind = _SAME.get(page.kind) or ("list" if known else "overview")
    if page.kind not in _SAME and page.kind != "list":
        notes.append(f"The page “{page.title}” ({page.kind}) is shown as {_AS[kind]}")
    return Route(
        path=path, title=page.title, kind=kind, audience=tuple(page.audience), nav=page.nav,
        entity=page.entity or "" if kind == "list" else "", sections=tuple(page.sections),
    )  # fmt: skip


_AS = {"list": "a list", "overview": "an overview of the records"}
