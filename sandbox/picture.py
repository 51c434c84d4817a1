"""`python dev.py picture`: makes docs/demo.svg, the picture in the README, from a run of the demo."""

import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from html import escape

from sandbox.caller import CHECKOUT
from sandbox.command import Parser, run
from sandbox.console import WIDTH, Console, columns_of
from sandbox.tour import ANSWER, REPEATED, show_tour

PICTURE = CHECKOUT / "docs" / "demo.svg"
TITLE = "What python dev.py demo prints: for each user the registered number, the directory's, the plan and the result"
_COMMAND = "\033[1m$ python dev.py demo\033[0m"
_LEFT_OUT = ["", "  ⋮", ""]
# Pixels. A column has the advance of the usual monospaced fonts, 0.6 of their size.
_FONT, _COLUMN, _LINE, _MARGIN = 13, 7.8, 17, 18
# One dark card for light and dark pages. Each colour is named by its SGR parameter.
_PAPER, _EDGE, _INK = "#161b22", "#57606a", "#e6edf3"
_COLOURS = {"31": "#ff7b72", "32": "#3fb950", "33": "#d29922", "36": "#39c5cf", "90": "#9198a1"}
_ESCAPE = re.compile(r"\033\[(\d+)m")
_PIECE = re.compile(r"\S+(?: \S+)*")


def main() -> None:
    Parser(prog="python dev.py picture", description="Make docs/demo.svg from a run of the demo.").parse_args()
    PICTURE.write_text(draw(shown_lines()), encoding="utf-8", newline="\n")
    print(f"{PICTURE.relative_to(CHECKOUT)} shows what the demo prints now.")


def shown_lines() -> list[str]:
    """The command, the first list of a real run, and the end."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        show_tour(Console(lines=True, colour=True), verbose=False)
    lines = printed.getvalue().splitlines()
    start = next(place for place, line in enumerate(lines) if ANSWER in line)
    end = next(line for line in lines if REPEATED in line)
    return [_COMMAND, *lines[: start - 1], *_LEFT_OUT, end]


def draw(lines: Sequence[str]) -> str:
    """An SVG of lines with SGR colours. Every piece of text stands at its column, whatever font the reader has."""
    width, height = round(WIDTH * _COLUMN) + 2 * _MARGIN, len(lines) * _LINE + 2 * _MARGIN
    fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
    rules = "".join(f".c{name}{{fill:{colour}}}" for name, colour in _COLOURS.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" aria-labelledby="title">',
        f'<title id="title">{escape(TITLE)}</title>',
        f"<style>text{{font:{_FONT}px {fonts};fill:{_INK};white-space:pre}}.c1{{font-weight:700}}{rules}</style>",
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="{_PAPER}" stroke="{_EDGE}"/>',
    ]
    for place, line in enumerate(lines):
        y = _MARGIN + place * _LINE + _FONT
        parts += [_text(column, y, style, text) for column, style, text in pieces(line)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def pieces(line: str) -> Iterator[tuple[int, str, str]]:
    """Column, SGR parameter ("0" for none) and text of all that is to be drawn; two blanks end a piece."""
    style, column = "0", 0
    for place, part in enumerate(_ESCAPE.split(line)):
        if place % 2:
            style = part
            continue
        for found in _PIECE.finditer(part):
            yield column + columns_of(part[: found.start()]), style, found[0]
        column += columns_of(part)


def _text(column: int, y: int, style: str, text: str) -> str:
    named = "" if style == "0" else f' class="c{style}"'
    x, length = (round(count * _COLUMN, 1) for count in (column, columns_of(text)))
    fitted = f'textLength="{length}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{_MARGIN + x}" y="{y}"{named} {fitted}>{escape(text, quote=False)}</text>'


if __name__ == "__main__":
    run(main)
