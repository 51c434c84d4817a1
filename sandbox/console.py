"""What the sandbox's commands print: colour, box characters and tables, as far as the terminal can show them."""

import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TextIO

NARROW, WIDE = 100, 120
_BAR = 30
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "cyan": "36", "grey": "90", "bold": "1"}
_BOX = {"top": "┌┬┐", "middle": "├┼┤", "bottom": "└┴┘", "line": "─", "side": "│", "cut": "…", "bar": "█░"}
_ASCII = {"top": "+++", "middle": "+++", "bottom": "+++", "line": "-", "side": "|", "cut": "...", "bar": "#."}


@dataclass(frozen=True)
class Row:
    """One row of a table; `colour` paints its last cell."""

    cells: tuple[str, ...]
    colour: str = ""


@dataclass(frozen=True)
class Console:
    """How to print. `boxes` and `colour` are only for a terminal that shows them; `width` is in columns; `live`: a line
    can be printed over."""

    boxes: bool
    colour: bool
    width: int
    live: bool = False

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str]) -> Self:
        terminal = stream.isatty()
        columns = shutil.get_terminal_size((WIDE, 24)).columns if terminal else WIDE
        # The old Windows console prints colour codes as text; Windows Terminal and VS Code say who they are.
        colourful = os.name != "nt" or "WT_SESSION" in environment or "TERM_PROGRAM" in environment
        return cls(
            boxes=terminal and _can_show(stream, "".join(_BOX.values())),
            colour=terminal and colourful and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb",
            width=min(WIDE, max(NARROW, columns)),
            live=terminal and environment.get("TERM") != "dumb",
        )

    def paint(self, text: str, colour: str) -> str:
        return f"\033[{_COLOURS[colour]}m{text}\033[0m" if self.colour and colour else text

    def wrap(self, text: str) -> str:
        return textwrap.fill(text, self.width)

    def table(self, headings: Sequence[str], widths: Sequence[int], groups: Sequence[Sequence[Row]]) -> str:
        """A table whose groups of rows are set apart. Its last column takes the width that is left, and wraps."""
        rest = self.width - sum(widths) - 3 * len(headings) - 1
        columns = [*widths, rest]
        lines = [self._rule("top", columns), self._line(headings, columns, "bold", "bold")]
        for group in filter(None, groups):
            lines.append(self._rule("middle", columns))
            for row in group:
                lines += self._row(row, columns)
        return "\n".join([*lines, self._rule("bottom", columns)])

    def bar(self, percent: int, text: str) -> str:
        """How far something is: a bar, the percentage and a text."""
        done, todo = tuple(self._characters["bar"])
        full = percent * _BAR // 100
        return f"{done * full}{todo * (_BAR - full)} {percent:3} %  {text}"

    def _row(self, row: Row, columns: Sequence[int]) -> list[str]:
        *cells, last = row.cells
        wrapped = [[self._cut(cell, width)] for cell, width in zip(cells, columns, strict=False)]
        wrapped.append(textwrap.wrap(last, columns[-1]) or [""])
        height = max(map(len, wrapped))
        padded = [lines + [""] * (height - len(lines)) for lines in wrapped]
        return [self._line(parts, columns, "", row.colour) for parts in zip(*padded, strict=True)]

    def _line(self, parts: Sequence[str], columns: Sequence[int], colour: str, last_colour: str) -> str:
        padded = [part + " " * (width - _columns(part)) for part, width in zip(parts, columns, strict=True)]
        painted = [self.paint(part, colour) for part in padded[:-1]] + [self.paint(padded[-1], last_colour)]
        side = self._characters["side"]
        return f"{side} {f' {side} '.join(painted)} {side}"

    def _cut(self, text: str, width: int) -> str:
        """The text, its end left out when it is longer than `width`."""
        mark = self._characters["cut"]
        return text if _columns(text) <= width else text[: width - len(mark)] + mark

    def _rule(self, kind: str, columns: Sequence[int]) -> str:
        left, joint, right = tuple(self._characters[kind])
        return left + joint.join(self._characters["line"] * (width + 2) for width in columns) + right

    @property
    def _characters(self) -> dict[str, str]:
        return _BOX if self.boxes else _ASCII


def open_console() -> Console:
    """The console of this process. From here on, what its encoding cannot say is printed as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # both are TextIOWrapper in a program
    return Console.of(sys.stdout, os.environ)


def _columns(text: str) -> int:
    """How many columns a terminal gives to the text: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding)
    except UnicodeEncodeError:
        return False
    return True
