"""The features that an app is given: found, asked what they serve, and put together. Pure."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from msgspec import Struct

from agents.build import features, texts
from agents.build.render.literals import camel
from agents.build.structure import Design, Route, Serving
from contracts.model import AppModel


class Module(Struct, frozen=True, kw_only=True):
    """A feature's folder: its key, what it serves in a design, and its own files by path.

    `prepare` adds to the model what the feature relies on, such as a rule; it may be left out.
    """

    key: str
    serve: Callable[[Design], Serving | None]
    files: dict[str, str]
    prepare: Callable[[AppModel], AppModel] | None = None


class Active(Struct, frozen=True, kw_only=True):
    """A feature that an app has."""

    module: Module
    serving: Serving

    @property
    def files(self) -> dict[str, str]:
        return {**self.module.files, **self.serving.files}


@cache
def modules() -> tuple[Module, ...]:
    """Every feature there is, by key."""
    return tuple(_module(found.name) for found in pkgutil.iter_modules(features.__path__))


def _module(key: str) -> Module:
    code: Any = import_module(f"{features.__name__}.{key}")
    folder = files(features.__name__) / key / "app"
    return Module(
        key=key,
        serve=code.serve,
        files=texts.read(folder) if folder.is_dir() else {},
        prepare=getattr(code, "prepare", None),
    )


def prepared(model: AppModel) -> AppModel:
    """The model with what its features rely on."""
    for module in modules():
        model = module.prepare(model) if module.prepare else model
    return model


def active(design: Design) -> tuple[Active, ...]:
    """The features that this app has."""
    served = ((module, module.serve(design)) for module in modules())
    return tuple(Active(module=module, serving=found) for module, found in served if found)


def shown(design: Design, found: Iterable[Active]) -> frozenset[str]:
    """The keys of the model's pages that the features show."""
    return frozenset(
        page.key
        for each in found
        for kind in each.serving.kinds
        for page in design.pages(kind)
        if page.key not in each.serving.unfit
    )


def routes(found: Iterable[Active]) -> tuple[Route, ...]:
    """The pages that the features add."""
    return tuple(route for each in found for route in each.serving.routes)


def registry(found: Iterable[Active], side: str) -> str:
    """`server/features.ts` or `src/features.ts`: the features of one side."""
    kind, suffix = ("ServerFeature", "ts") if side == "server" else ("ClientFeature", "tsx")
    keys = [
        each.module.key
        for each in found
        if f"{side}/features/{each.module.key}.{suffix}" in each.files
    ]
    imports = "".join(
        f"import {{ feature as {camel(key)} }} from './features/{key}';\n" for key in keys
    )
    names = ", ".join(camel(key) for key in keys)
    return (
        f"import type {{ {kind} }} from './feature';\n{imports}\n"
        f"/** What the app can do beyond keeping records. */\n"
        f"export const features: readonly {kind}[] = [{names}];\n"
    )
