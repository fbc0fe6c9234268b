"""Hypothesis strategies for msgspec types, read from the types' own constraints."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec.inspect as mi
from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct

TEXT = st.characters(exclude_categories=["Cs"])
"""Any character but lone surrogates, which UTF-8 cannot carry."""


@cache
def structs(kind: type[Struct]) -> st.SearchStrategy[Any]:
    """Valid instances; fields with a default are sometimes left out."""
    info = mi.type_info(kind)
    assert isinstance(info, mi.StructType)
    return _values(info)


def _values(info: mi.Type) -> st.SearchStrategy[Any]:
    match info:
        case mi.NoneType():
            return st.none()
        case mi.BoolType():
            return st.booleans()
        case mi.IntType():
            low = info.ge if info.ge is not None else -(2**53)
            return st.integers(low, info.le if info.le is not None else 2**53)
        case mi.FloatType():
            return _floats(info)
        case mi.StrType():
            return _strings(info)
        case mi.LiteralType():
            return st.sampled_from(info.values)
        case mi.VarTupleType() | mi.DictType():
            return _several(info)
        case mi.UnionType():
            return st.one_of([_values(each) for each in info.types])
        case mi.StructType():
            return _struct(info)
        case _:
            raise NotImplementedError(f"no strategy for {info}")


def _several(info: mi.VarTupleType | mi.DictType) -> st.SearchStrategy[Any]:
    if isinstance(info, mi.DictType):
        return st.dictionaries(_values(info.key_type), _values(info.value_type), max_size=3)
    return st.lists(_values(info.item_type), max_size=3).map(tuple)


def _floats(info: mi.FloatType) -> st.SearchStrategy[float]:
    low, high = info.ge, info.le
    return st.floats(
        min_value=info.gt if info.gt is not None else low,
        max_value=high,
        exclude_min=info.gt is not None,
        allow_nan=False,
        allow_infinity=False,
    )


def _strings(info: mi.StrType) -> st.SearchStrategy[str]:
    longest = info.max_length
    if info.pattern is not None:
        matching = st.from_regex(info.pattern, fullmatch=True)
        return matching.filter(lambda text: longest is None or len(text) <= longest)
    return st.text(TEXT, min_size=info.min_length or 0, max_size=min(longest or 60, 60))


def _struct(info: mi.StructType) -> st.SearchStrategy[Any]:
    required, optional = {}, {}
    for field in info.fields:
        if field.name == "schema":
            continue
        plain = field.default is NODEFAULT and field.default_factory is NODEFAULT
        (required if plain else optional)[field.name] = _values(field.type)
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: info.cls(**fields))
