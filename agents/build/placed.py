"""Which entity each page of a feature is about: boards, calendars, maps. Pure."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from agents.build.structure import Design, Route, Table
from contracts.model import Page


class Placed(Struct, frozen=True, kw_only=True):
    """Pages of one kind: the table by path, pages added for the feature, keys of those without."""

    tables: dict[str, Table]
    routes: tuple[Route, ...]
    unfit: tuple[str, ...]

    @property
    def titles(self) -> str:
        """The records shown, for a sentence."""
        return ", ".join(dict.fromkeys(table.entity.title_plural for table in self.tables.values()))


def placed(design: Design, kind: str, title: str, fits: Callable[[Table], bool]) -> Placed:
    """The model's pages of a kind, and one for each entity of its feature that has none.

    A page that names no entity shows the first that fits. `title` is that of an added page.
    """
    named = design.served(kind)
    tables: dict[str, Table] = {}
    unfit = []
    for page in design.pages(kind):
        table = next((each for each in _candidates(design, page, named) if fits(each)), None)
        if table is None:
            unfit.append(page.key)
        else:
            tables[page.path.rstrip("/") or "/"] = table
    shown = {table.key for table in tables.values()}
    missing = [table for table in named if table.key not in shown and fits(table)]
    added = tuple(_route(table, kind, title) for table in missing)
    tables |= {route.path: table for route, table in zip(added, missing, strict=True)}
    return Placed(tables=tables, routes=added, unfit=tuple(unfit))


def _candidates(design: Design, page: Page, named: tuple[Table, ...]) -> tuple[Table, ...]:
    if page.entity:
        return tuple(table for table in design.tables if table.key == page.entity)
    return (*named, *design.tables)


def _route(table: Table, kind: str, title: str) -> Route:
    guests = "guest" in table.access.list
    return Route(
        path=f"/{table.path}/{kind}",
        title=f"{table.entity.title_plural}: {title}",
        kind=kind,
        audience=("guest", "member") if guests else ("member",),
        nav=True,
        entity=table.key,
    )
