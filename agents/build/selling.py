"""What a shop sells, for every feature of a shop. Pure.

Errors:
    ModelError   `cart` names no entity to sell, or a field that is none of it
"""

from __future__ import annotations

import re

from msgspec import Struct

from agents.build.structure import Design, Table
from contracts.model import Feature, Field, ModelError

_STOCKS = ("stock", "in_stock", "inventory", "quantity", "available")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Selling(Struct, frozen=True, kw_only=True):
    """What is sold: a table, its fields for price, stock and picture ("" for none)."""

    table: Table
    price: str
    stock: str
    image: str
    currency: str


def selling(design: Design) -> Selling | None:
    """What the feature `cart` sells; None without it. Raises ModelError."""
    feature = design.feature("cart")
    if feature is None:
        return None
    tables = design.served("cart")
    if len(feature.entities) != 1 or not tables:
        raise ModelError("feature cart: entities must name exactly one entity, what is sold")
    table = tables[0]
    prices = [field.key for field in table.fields if field.type == "money"]
    stocks = [field.key for field in table.fields if field.type == "integer"]
    price = _chosen(feature, "price", "money", table.fields, prices[0] if prices else "")
    if not price:
        raise ModelError(f"feature cart: entity {table.key} has no money field to be its price")
    usual = next((key for key in _STOCKS if key in stocks), "")
    stock = _chosen(feature, "stock", "integer", table.fields, usual)
    if any(field.key == stock and (field.min or 0) > 0 for field in table.fields):
        raise ModelError(f"feature cart: stock {stock} must be able to go down to 0")
    return Selling(
        table=table,
        price=price,
        stock=stock,
        image=next((field.key for field in table.fields if field.type == "image"), ""),
        currency=currency(feature),
    )


def currency(feature: Feature) -> str:
    """The param `currency`, "EUR" when left out. Raises ModelError."""
    value = feature.params.get("currency", "EUR")
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise ModelError(f"feature {feature.key}: currency must be three capitals such as EUR")
    return value


def required(design: Design, key: str) -> Selling:
    """What is sold, for the feature `key` that is nothing without a cart. Raises ModelError."""
    found = selling(design)
    if found is None:
        raise ModelError(f"feature {key}: needs the feature cart")
    return found


def _chosen(
    feature: Feature, param: str, kind: str, fields: tuple[Field, ...], otherwise: str
) -> str:
    key = feature.params.get(param)
    if key is None:
        return otherwise
    field = next((field for field in fields if field.key == key), None)
    if field is None:
        raise ModelError(f"feature {feature.key}: {param} names {key}, no field of what is sold")
    if field.type != kind:
        raise ModelError(f"feature {feature.key}: {param} names {key}, which is no {kind} field")
    return field.key
