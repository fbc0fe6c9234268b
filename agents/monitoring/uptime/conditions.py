"""What the answer of a watched address must be. Pure.

Errors:
    BadCondition    a condition cannot be understood; its text says which part
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any, Literal

from msgspec import Struct

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Scalar = str | float | bool | None


class BadCondition(ValueError):
    """A condition that cannot be understood."""


class JsonCondition(Struct, frozen=True, kw_only=True):
    """What stands at a path of a JSON answer, such as `data.items[0].ok`, must be like `value`."""

    path: str
    operator: Operator
    value: Scalar


class Conditions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer is good when all of this holds.

    `status` are ranges of HTTP statuses, ends included; `milliseconds` the longest that the whole
    answer may take, 0 for no limit; `build_id` what the answer's `build` must be ("" for any).
    """

    status: tuple[tuple[int, int], ...] = ((200, 299),)
    contains: str = ""
    lacks: str = ""
    json: tuple[JsonCondition, ...] = ()
    milliseconds: float = 0
    build_id: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """What an address answered: `body` is cut off at the probe's limit, and `cut` says so."""

    status: int
    body: bytes
    milliseconds: float
    cut: bool = False


def health(build_id: str) -> Conditions:
    """What the health answer of an app of ours must be."""
    ok = JsonCondition(path="ok", operator="==", value=True)
    return Conditions(status=((200, 200),), json=(ok,), build_id=build_id)


def problem(conditions: Conditions, answer: Answer) -> str:
    """What is wrong with an answer, in words; "" when nothing is."""
    if not any(low <= answer.status <= high for low, high in conditions.status):
        return _refused(conditions, answer)
    if said := _body(conditions, answer):
        return said
    limit = conditions.milliseconds
    if limit and answer.milliseconds > limit:
        return f"it took {answer.milliseconds:.0f} ms, more than {limit:.0f}"
    return ""


def _refused(conditions: Conditions, answer: Answer) -> str:
    said = f"status {answer.status}"
    if conditions.build_id:
        found = _parsed(answer)
        if not isinstance(found, dict):
            return f"{said}, and the answer is no object of JSON"
        return f"{said}, database {found.get('database', 'unknown')!s:.40}"
    return said


def _body(conditions: Conditions, answer: Answer) -> str:
    text = answer.body.decode("utf-8", "replace")
    if conditions.contains and conditions.contains not in text:
        return f"{conditions.contains!r:.100} is not in the answer"
    if conditions.lacks and conditions.lacks in text:
        return f"{conditions.lacks!r:.100} is in the answer"
    return _json(conditions, answer) if conditions.json or conditions.build_id else ""


def _json(conditions: Conditions, answer: Answer) -> str:
    if answer.cut:
        return "the answer is too long to be read as JSON"
    found = _parsed(answer)
    if found is _NOT_JSON:
        return f"status {answer.status}, and the answer is not JSON"
    if conditions.build_id and not isinstance(found, dict):
        return "the health answer is not an object"
    unmet = next(filter(None, (_unmet(wanted, found) for wanted in conditions.json)), "")
    build = found.get("build") if conditions.build_id else ""
    if not unmet and build != conditions.build_id:
        return f"build {build!r:.60} answers, not {conditions.build_id!r}"
    return unmet


_NOT_JSON = object()


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return _NOT_JSON


_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,9})\]")
MISSING = object()


def at_path(value: Any, path: str) -> Any:
    """What stands at a path; MISSING for nothing. The empty path is the whole."""
    place = 0
    while place < len(path):
        step = _STEP.match(path, place)
        assert step is not None, path
        key, index = step.groups()
        if key is not None and isinstance(value, dict) and key in value:
            value = value[key]
        elif index is not None and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return MISSING
        place = step.end()
    return value


def _unmet(wanted: JsonCondition, found: Any) -> str:
    value = at_path(found, wanted.path)
    if value is MISSING:
        return f"{wanted.path} is not in the answer"
    if _holds(value, wanted.operator, wanted.value):
        return ""
    said = json.dumps(value, ensure_ascii=False)
    return f"{wanted.path} is {said:.60}, not {wanted.operator} {json.dumps(wanted.value):.60}"


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _holds(value: Any, operator: Operator, wanted: Scalar) -> bool:
    # In Python `True == 1`; in JSON it is not.
    same = bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)
    if operator in _COMPARED:
        return _is_number(value) and _is_number(wanted) and _COMPARED[operator](value, wanted)
    return same == (operator == "==")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?|([1-5])xx", re.IGNORECASE)


def status_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """`200-299,401` or `2xx` as ranges. Raises BadCondition."""
    found = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise BadCondition(f"{part.strip()!r} is no range of statuses such as 200-299 or 2xx")
        first, last, hundreds = match.groups()
        low = int(hundreds) * 100 if hundreds else int(first)
        high = low + 99 if hundreds else int(last or first)
        if low > high:
            raise BadCondition(f"{part.strip()!r} ends before it begins")
        found.append((low, high))
    return tuple(found)


_JSON = re.compile(r"\s*(?P<path>\S+?)\s*(?P<operator>==|!=|<=|>=|<|>)\s*(?P<value>.+?)\s*")
_PATH = re.compile(rf"(?:{_STEP.pattern})+")


def json_condition(text: str) -> JsonCondition:
    """`data.items[0].ok == true` as a condition. Raises BadCondition.

    The value is JSON; a word that is not is taken as text.
    """
    match = _JSON.fullmatch(text)
    if match is None or _PATH.fullmatch(match["path"]) is None:
        raise BadCondition(f"{text!r} is no condition such as 'data.items[0].ok == true'")
    try:
        value = json.loads(match["value"])
    except ValueError:
        value = match["value"]
    if not (value is None or isinstance(value, str | bool | int | float)):
        raise BadCondition(f"{match['value']!r} cannot be compared with: use a text or a number")
    operator: Any = match["operator"]
    if operator not in ("==", "!=") and not _is_number(value):
        raise BadCondition(f"{operator} compares with numbers only, not with {match['value']}")
    return JsonCondition(path=match["path"], operator=operator, value=value)
