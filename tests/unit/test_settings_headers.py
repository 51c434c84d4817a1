"""settings: HANDSHAKE_HEADER cannot be a header that the code reads for another purpose: that is logged or stored."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from shared.api.payload.rehearsal import WORDS, mentions_rehearsal
from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import read_settings
from tests.unit.test_settings_callers import MINIMUM

ROOT = Path(__file__).resolve().parents[2]


def headers_read() -> set[str]:
    """The name of every header that a module of `shared.api` asks a request for by a name that stands in the code."""
    found: set[str] = set()
    for path in sorted((ROOT / "shared" / "api").rglob("*.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                found.update(text for name in _asked(function) for text in _texts(name, function, module))
    return found


def _asked(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What stands in headers.get(here), headers[here] and `here in headers`."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr="get"), args=[name, *_]) if _is_headers(of):
                yield name
            case ast.Subscript(value=of, slice=name, ctx=ast.Load()) if _is_headers(of):
                yield name
            case ast.Compare(left=name, ops=[ast.In()], comparators=[of]) if _is_headers(of):
                yield name


def _is_headers(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).rpartition(".")[2] == "headers"


def _texts(node: ast.expr, function: ast.FunctionDef, module: ModuleType) -> Iterator[str]:
    """The texts that this may be: a constant, one of the module, or what a loop of the function goes over."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from _texts(part, function, module)
        case ast.Name(id=name) if hasattr(module, name):
            value = getattr(module, name)
            yield from value if isinstance(value, tuple) else (value,)
        case ast.Name(id=name):
            for loop in ast.walk(function):
                if isinstance(loop, ast.comprehension) and ast.unparse(loop.target) == name:
                    yield from _texts(loop.iter, function, module)


def test_those_that_are_known_are_found() -> None:
    known = {"x-correlation-id", "x-reason", "idempotency-key", "if-match", "prefer", "accept", "content-encoding"}
    assert headers_read() >= known | {"webhook-id", "x-ms-client-principal-id", "x-forwarded-for", "transfer-encoding"}


@pytest.mark.parametrize("name", sorted(headers_read()))
def test_none_of_them_can_be_the_header_of_the_handshake(name: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_settings({**MINIMUM, "HANDSHAKE_HEADER": name.title()}, is_region)
    assert refusal.value.detail.startswith("HANDSHAKE_HEADER must not be")


@pytest.mark.parametrize("name", [*WORDS, "X-Dry-Run", "X-WhatIf", "x_what_if", "My-Dry-Run-2", "x-DRYRUN-handshake"])
def test_nor_can_a_header_that_asks_for_a_dry_run(name: str) -> None:
    """With it every write would be refused."""
    assert mentions_rehearsal(name)
    with pytest.raises(ConfigurationError, match="HANDSHAKE_HEADER must not be a header that asks for a dry run"):
        read_settings({**MINIMUM, "HANDSHAKE_HEADER": name}, is_region)
