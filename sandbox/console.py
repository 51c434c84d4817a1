"""What the sandbox's commands print: colour, rules and tables, as far as the terminal can show them."""

import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TextIO

WIDTH = 80
_BAR = 30
_GAP = "  "
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "cyan": "36", "grey": "90", "bold": "1"}
_LINES = {"rule": "─", "cut": "…", "bar": "█░"}
_ASCII = {"rule": "-", "cut": "...", "bar": "#."}


@dataclass(frozen=True)
class Row:
    """One row of a table; `colour` paints one of its cells. A note stands below the row."""

    cells: tuple[str, ...]
    colour: str = ""
    painted: int = -1
    note: str = ""


@dataclass(frozen=True)
class Console:
    """How to print. `lines` and `colour` are for terminals that show them; `live`: a line can be printed over."""

    lines: bool
    colour: bool
    live: bool = False

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str]) -> Self:
        terminal = stream.isatty()
        dumb = environment.get("TERM") == "dumb"
        # The old Windows console prints colour codes as text; Windows Terminal and VS Code say who they are.
        colourful = os.name != "nt" or "WT_SESSION" in environment or "TERM_PROGRAM" in environment
        return cls(
            lines=terminal and _can_show(stream, "".join(_LINES.values())),
            colour=terminal and colourful and not environment.get("NO_COLOR") and not dumb,
            live=terminal and not dumb and shutil.get_terminal_size().columns >= WIDTH,
        )

    def paint(self, text: str, colour: str) -> str:
        return f"\033[{_COLOURS[colour]}m{text}\033[0m" if self.colour and colour else text

    def wrap(self, text: str, indent: str = "") -> str:
        return textwrap.fill(
            text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        )

    def table(self, headings: Sequence[str], widths: Sequence[int], rows: Sequence[Row]) -> str:
        """A table. Its last column takes the width that is left, and wraps; the others are cut."""
        rest = WIDTH - sum(widths) - len(_GAP) * len(widths)
        columns = [*widths, rest]
        rule = _GAP.join(self._characters["rule"] * width for width in columns)
        lines = [self.paint(_GAP.join(map(_pad, headings, columns)).rstrip(), "bold"), rule]
        for row in rows:
            lines += self._row(row, columns)
        return "\n".join(lines)

    def bar(self, percent: int, text: str) -> str:
        """How far something is: a bar, the percentage and a text."""
        done, todo = tuple(self._characters["bar"])
        full = percent * _BAR // 100
        return f"{done * full}{todo * (_BAR - full)} {percent:3} %  {text}"

    def _row(self, row: Row, columns: Sequence[int]) -> list[str]:
        *cells, last = row.cells
        shown = [self._cut(cell, width) for cell, width in zip(cells, columns, strict=False)]
        wrapped = textwrap.wrap(last, columns[-1], break_on_hyphens=False) or [""]
        lines = []
        for line in wrapped:
            parts = [*map(_pad, shown, columns), line]
            parts[row.painted] = self._paint_text(parts[row.painted], row.colour)
            lines.append(_GAP.join(parts).rstrip())
            shown = [""] * len(cells)
        return [*lines, self.wrap(row.note, _GAP)] if row.note else lines

    def _paint_text(self, text: str, colour: str) -> str:
        """As `paint`, but not the blanks behind the text."""
        bare = text.rstrip()
        return self.paint(bare, colour) + text[len(bare) :] if bare else text

    def _cut(self, text: str, width: int) -> str:
        """The text, its end left out when it is longer than `width`."""
        mark = self._characters["cut"]
        return text if columns_of(text) <= width else text[: width - len(mark)] + mark

    @property
    def _characters(self) -> dict[str, str]:
        return _LINES if self.lines else _ASCII


def open_console() -> Console:
    """The console of this process. From here on, what its encoding cannot say is printed as a question mark, and each
    line is printed at once."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]  # both are TextIOWrapper
    return Console.of(sys.stdout, os.environ)


def columns_of(text: str) -> int:
    """How many columns a terminal gives to the text: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - columns_of(text))


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding)
    except UnicodeEncodeError:
        return False
    return True
