"""The TypeScript files that depend on the model: everything in `shared/` that is data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agents.build.render.columns import INT_MAX, TEXTS, bounds, initial
from agents.build.render.literals import camel, language_tag, ts, ts_key
from agents.build.render.migrations import link_columns
from agents.build.render.pages import Links
from agents.build.render.rules import rule_data
from agents.build.render.seeds import Rows
from agents.build.render.workflows import history, holders, notified, step_effects
from agents.build.structure import ACTIONS, Design, Reference, Route, Table
from contracts.formulas import data
from contracts.model import WHOLE, Field

_BUILDERS = {"enum": "choice"}


def app(design: Design) -> str:
    """`shared/app.ts`: name, roles."""
    about = design.model.app
    named = [{"key": role.key, "title": role.title} for role in design.roles]
    signup, invited = (
        [{"key": role.key, "title": role.title} for role in found]
        for found in (design.open_roles, design.invitable)
    )
    details = {"name": about.name, "slug": about.slug, "description": about.description}
    return (
        f"export const app = {_block(details)};\n\n"
        f"export const locale = {ts(language_tag(about.locale))};\n\n"
        "export interface Role {\n  key: string;\n  title: string;\n}\n\n"
        f"export const roles: readonly Role[] = {_list(named)};\n\n"
        "/** Roles that people may choose for themselves. */\n"
        f"export const openRoles: readonly Role[] = {_list(signup)};\n\n"
        "/** Whether anybody may sign up; else all but the first account are invited. */\n"
        f"export const signUpOpen: boolean = {ts(design.sign_up_open)};\n\n"
        "/** Roles that an invitation may give. */\n"
        f"export const invitableRoles: readonly Role[] = {_list(invited)};\n\n"
        "/** Whether people work in organisations that see nothing of each other. */\n"
        f"export const organisations: boolean = {ts(design.organisations)};\n\n"
        f"export const defaultRole = {ts(design.default_role)};\n"
    )


def constant(table: Table) -> str:
    """What an entity is called in TypeScript; no key gives a reserved word."""
    return f"{camel(table.key)}Entity"


def module(table: Table) -> str:
    """The file name of an entity, without `.ts`."""
    return table.key.replace("_", "-")


def model(design: Design) -> str:
    """`shared/model.ts`: all entities, in the order of the pages."""
    imports = "".join(
        f"import {{ {constant(table)} }} from './entities/{module(table)}';\n"
        for table in design.tables
    )
    names = "".join(f"  {constant(table)},\n" for table in design.tables)
    return (
        f"import type {{ Entity }} from './entity';\n{imports}\n"
        f"export const entities: readonly Entity[] = [\n{names}];\n\n"
        "const byKey = new Map(entities.map((entity) => [entity.key, entity]));\n\n"
        "/** The entity with a key; it is a mistake in the app to ask for another. */\n"
        "export function entityOf(key: string | undefined): Entity {\n"
        "  const entity = byKey.get(key ?? '');\n"
        "  if (!entity) throw new Error(`there is no entity ${key}`);\n"
        "  return entity;\n}\n"
    )


def entity(design: Design, table: Table) -> str:
    """`shared/entities/<key>.ts`."""
    builders = {_BUILDERS.get(field.type, field.type) for field in table.fields}
    builders |= {"references" if each.join else "reference" for each in table.references}
    about = table.entity
    lines = [
        f"key: {ts(about.key)},",
        f"path: {ts(table.path)},",
        f"table: {ts(table.name)},",
        f"title: {ts(about.title)},",
        f"titlePlural: {ts(about.title_plural)},",
        f"ownership: {ts(about.ownership)},",
        *([f"parent: {ts(table.parent.key)},"] if table.parent else []),
        *_children(table),
        *(["org: true,"] if table.org else []),
        "access: {",
        *(f"  {action}: {ts(getattr(table.access, action))}," for action in ACTIONS),
        "},",
        f"label: {ts(table.label)},",
        "fields: {",
        *(f"  {ts_key(field.key)}: {_field(table, field)}," for field in table.fields),
        *(f"  {ts_key(each.key)}: {_reference(table, each)}," for each in table.references),
        "},",
        f"search: {ts(table.search)},",
        f"sort: {ts(table.sort)},",
        *(["softDelete: true,"] if about.soft_delete else []),
        *([f"approvers: {ts(table.approvers)},"] if table.approvers else []),
        *_workflow(design, table),
        *_rules(table),
        *_constraints(table),
    ]
    body = "".join(f"  {line}\n" for line in lines)
    return (
        "import { defineEntity as entity } from '../entity';\n"
        f"import {{ {', '.join(sorted(builders))} }} from '../fields';\n\n"
        f"export const {constant(table)} = entity({{\n{body}}});\n"
    )


def _field(table: Table, field: Field) -> str:
    builder = _BUILDERS.get(field.type, field.type)
    options = dict(_options(field))
    if field.key in table.filled:
        options["readOnly"] = True
    if field.key in table.formulas:
        options["formula"] = data(table.formulas[field.key])
    return f"{builder}({ts(field.title)}, {ts(options)})"


def _options(field: Field) -> Iterable[tuple[str, object]]:
    """What differs from the defaults of the field's builder in `shared/fields.ts`."""
    if field.required and field.type != "boolean":
        yield "required", True
    if field.type == "enum":
        yield "options", field.options
    yield from _limits(field)
    start = initial(field)
    if start is not None:
        yield "initial", start
    for key, value in (
        ("pattern", field.pattern), ("help", field.help), ("example", field.example),
        ("readRoles", field.read_roles), ("writeRoles", field.write_roles),
    ):  # fmt: skip
        if value:
            yield key, value


def _limits(field: Field) -> Iterable[tuple[str, object]]:
    low, high = bounds(field)
    if low is not None:
        yield "min", low
    if high is None and low is not None and field.type in WHOLE and abs(low) > INT_MAX:
        high = 2**53 - 1
    if high is not None and high != TEXTS.get(field.type):
        yield "max", high


def _reference(table: Table, reference: Reference) -> str:
    options: dict[str, object] = {"target": reference.target}
    if reference.required:
        options["required"] = True
    if not reference.join:
        return f"reference({ts(reference.title)}, {ts(options)})"
    source, target = link_columns(table, reference)
    options["join"] = {"table": reference.join, "from": source, "to": target}
    return f"references({ts(reference.title)}, {ts(options)})"


def _children(table: Table) -> Iterable[str]:
    if table.children:
        pairs = [{"entity": each.entity, "field": each.field} for each in table.children]
        yield f"children: {ts(pairs)},"


def _workflow(design: Design, table: Table) -> Iterable[str]:
    flow = table.entity.workflow
    if flow is None:
        return
    yield "workflow: {"
    yield f"  field: {ts(flow.field)},"
    yield f"  initial: {ts(flow.initial)},"
    yield f"  history: {ts(history(table))},"
    if notified(design, table):
        yield f"  holders: {ts(holders(table))},"
    yield "  transitions: ["
    for step in flow.transitions:
        values: dict[str, object] = {
            "name": step.name, "from": step.sources, "to": step.target, "roles": step.roles,
        }  # fmt: skip
        found = step_effects(design, table, step)
        if found:
            values["effects"] = [{"kind": each.kind, "target": each.target} for each in found]
        yield f"    {ts(values)},"
    yield "  ],"
    yield "},"


def _rules(table: Table) -> Iterable[str]:
    if table.rules:
        yield "rules: ["
        yield from (f"  {ts(rule_data(rule))}," for rule in table.rules)
        yield "],"


def _constraints(table: Table) -> Iterable[str]:
    if not table.constraints:
        yield "constraints: {},"
        return
    yield "constraints: {"
    for each in table.constraints:
        yield f"  {ts_key(each.name)}: {ts({'field': each.field, 'message': each.message})},"
    yield "},"


_KINDS = frozenset(
    {"home", "list", "detail", "new", "edit", "import", "overview", "profile", "people", "outbox",
     "login", "signup", "forgot", "reset", "text"}
)  # fmt: skip
"""Pages that every app can show."""


def pages(routes: Iterable[Route], links: Mapping[str, Links]) -> str:
    """`shared/pages.ts`: the addresses of the app."""
    routes = tuple(routes)
    kinds = " | ".join(f"'{kind}'" for kind in sorted(_KINDS | {route.kind for route in routes}))
    rows = "".join(f"  {ts(route.data())},\n" for route in routes)
    addresses = "".join(f"  {ts_key(key)}: {_links(each)},\n" for key, each in links.items())
    return (
        "/** A page: `path` may hold one parameter, as in `/recipes/:id`. */\n"
        "export interface PageInfo {\n  path: string;\n  title: string;\n"
        f"  kind: {kinds};\n"
        "  audience: readonly string[];\n  nav?: boolean;\n  entity?: string;\n"
        "  sections?: readonly string[];\n}\n\n"
        "/** Addresses without a parameter come first: the first that matches is shown. */\n"
        f"export const pages: readonly PageInfo[] = [\n{rows}];\n\n"
        "export interface Links {\n  list: string;\n  new: string;\n"
        "  detail: (id: string) => string;\n  edit: (id: string) => string;\n}\n\n"
        "/** Where the pages of an entity are. */\n"
        f"export const links: Readonly<Record<string, Links>> = {{\n{addresses}}};\n"
    )


def _links(links: Links) -> str:
    return (
        f"{{ list: {ts(links.list)}, new: {ts(links.new)},"
        f" detail: (id) => `{links.detail}/${{id}}`, edit: (id) => `{links.detail}/${{id}}/edit` }}"
    )


def seeds(order: Iterable[str], rows: Rows) -> str:
    """`shared/seeds.ts`: records for the demonstration account."""
    parts = "".join(
        f"  {ts_key(key)}: [\n{''.join(f'    {ts(row)},{chr(10)}' for row in each)}  ],\n"
        for key, each in rows.items()
    )
    return (
        "export type Row = Record<string, unknown>;\n\n"
        "/** Entities, each after those it refers to. */\n"
        f"export const order: readonly string[] = {ts(tuple(order))};\n\n"
        "/** What `npm run seed` makes; a reference is the label of another record. */\n"
        f"export const rows: Readonly<Record<string, readonly Row[]>> = {{\n{parts}}};\n"
    )


def _block(values: Mapping[str, str]) -> str:
    return (
        "{\n" + "".join(f"  {ts_key(key)}: {ts(value)},\n" for key, value in values.items()) + "}"
    )


def _list(values: Iterable[object]) -> str:
    return "[\n" + "".join(f"  {ts(value)},\n" for value in values) + "]"
