"""The part of the workflow definition language that the flow templates use: expressions and conditions.

Source: Microsoft Learn, "Reference guide to workflow expression functions".
"""

import re
from collections.abc import Callable
from typing import Any

Functions = dict[str, Callable[..., Any]]
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\d+|[A-Za-z]\w*|\?\[|[\[\](),])")
_INSERTED = re.compile(r"@\{(.*?)\}")
_WORDS = {"null": None, "true": True, "false": False}
PURE: Functions = {
    "concat": lambda *texts: "".join(texts),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "equals": lambda left, right: left == right,
    "first": lambda items: items[0] if items else None,
    "if": lambda condition, yes, no: yes if condition else no,
    "int": int,
    "last": lambda items: items[-1],
    "length": len,
    "not": lambda value: not value,
    "split": lambda text, by: text.split(by),
    "string": str,
    "union": lambda left, right: [*left, *(item for item in right if item not in left)],
}


def resolve(value: Any, functions: Functions) -> Any:
    """A value of a template with its expressions carried out."""
    if isinstance(value, dict):
        return {key: resolve(item, functions) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, functions) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("@") and not value.startswith("@{"):
        return _evaluate(value[1:], functions)
    return _INSERTED.sub(lambda found: _as_text(_evaluate(found[1], functions)), value)


def holds(condition: dict[str, Any], functions: Functions) -> bool:
    """The condition of an If, as the designer writes it."""
    ((word, parts),) = condition.items()
    match word:
        case "or":
            return any(holds(part, functions) for part in parts)
        case "not":
            return not holds(parts, functions)
        case "equals":
            left, right = resolve(parts, functions)
            return bool(left == right)
    raise AssertionError(word)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _evaluate(text: str, functions: Functions) -> Any:
    tokens = [found[1] for found in _TOKEN.finditer(text)]
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), text
    value = _expression(tokens, {**PURE, **functions})
    assert tokens == [], text
    return value


def _expression(tokens: list[str], functions: Functions) -> Any:
    token = tokens.pop(0)
    value: Any
    if token.startswith("'"):
        value = token[1:-1].replace("''", "'")
    elif token.isdigit():
        value = int(token)
    elif token in _WORDS:
        value = _WORDS[token]
    else:
        assert tokens.pop(0) == "(", token
        arguments = []
        while tokens[0] != ")":
            arguments.append(_expression(tokens, functions))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        value = functions[token](*arguments)
    while tokens and tokens[0] in ("[", "?["):
        may_miss = tokens.pop(0) == "?["
        key = _expression(tokens, functions)
        assert tokens.pop(0) == "]"
        value = None if may_miss and (value is None or key not in value) else value[key]
    return value
