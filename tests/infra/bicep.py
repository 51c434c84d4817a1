"""Reads a Bicep file: pycep checks the grammar and gives the tree, a scan of the text gives the names that are used.

The scan is needed because pycep's tree writes the string 'x' and the name x alike.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pycep import BicepParser

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"

Tree = dict[str, Any]

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|'''.*?'''|(?P<word>[A-Za-z_]\w*)|(?P<mark>=>|['\n{}()\[\].,:?@=!<>|&+*/%-])|.", re.S
)


@cache
def _parser() -> BicepParser:
    return BicepParser()


@dataclass(frozen=True)
class Template:
    path: Path
    text: str
    tree: Tree

    def declared(self, kind: str) -> Tree:
        """The parameters, variables, resources, modules or outputs, by name."""
        found: Tree = self.tree.get(kind, {})
        return found

    def modules(self) -> dict[str, tuple[Path, Tree]]:
        """File and parameters of each module that this file calls."""
        calls = {}
        for name, module in self.declared("modules").items():
            config = module["config"]
            while "config" in config:  # a condition or a loop wraps it
                config = config["config"]
            calls[name] = ((self.path.parent / module["detail"]["path"]).resolve(), config.get("params", {}))
        return calls

    def required_parameters(self) -> set[str]:
        return {name for name, parameter in self.declared("parameters").items() if parameter["default"] is None}

    @property
    def words(self) -> list[tuple[str, str, str]]:
        """Every word outside strings and comments with the mark (or word) before it and the one after it."""
        tokens = list(_tokens(self.text))
        return [
            (before, word, after)
            for before, word, after in zip(["\n", *tokens], tokens, [*tokens[1:], "\n"], strict=False)
            if re.match(r"[A-Za-z_]", word)
        ]


def load(path: Path) -> Template:
    text = path.read_text(encoding="utf-8")
    return Template(path.resolve(), text, dict(_parser().parse(text=text)))


def keys(tree: object) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield str(key).strip("'")
            yield from keys(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from keys(value)


def _tokens(text: str) -> Iterator[str]:
    """Words and marks; of a string only what its ${...} hold, each between brackets."""
    depths: list[int] = []  # open braces inside each ${...} that is being read
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # the last alternative takes any character
        position = match.end()
        mark = match["mark"]
        if mark == "'":
            position = yield from _string(text, position, depths)
        elif mark == "}" and depths and depths[-1] == 0:
            depths.pop()
            yield ")"
            position = yield from _string(text, position, depths)
        elif mark or match["word"]:
            if depths and mark in ("{", "}"):
                depths[-1] += 1 if mark == "{" else -1
            yield mark or match["word"]


def _string(text: str, position: int, depths: list[int]) -> Generator[str, None, int]:
    """Skips the text of a string; yields the bracket of a ${ and returns the position after it or after the string."""
    match = re.compile(r"(?:\\.|\$(?!\{)|[^'\\$])*('|\$\{)", re.S).match(text, position)
    assert match is not None, f"string without an end at {text[position : position + 40]!r}"
    if match[1] == "${":
        depths.append(0)
        yield "("
    return match.end()
