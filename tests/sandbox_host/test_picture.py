"""docs/demo.svg: the picture of the demo."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from sandbox import picture
from sandbox.picture import PICTURE, draw, pieces, shown_lines

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_shows_what_a_run_prints_now() -> None:
    committed = PICTURE.read_text(encoding="utf-8")
    assert committed == draw(shown_lines()), "the demo prints something else by now: run `python dev.py picture`"


def test_the_picture_needs_nothing_from_elsewhere_and_is_small() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314 - a file of ours
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", title.get("id"))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "style", "rect", "text"}
    assert not re.search(r"href|url\(|@import|@font-face", text)
    assert len(text) < 20_000


def test_a_piece_of_text_stands_at_its_column() -> None:
    assert list(pieces("\033[1mUser      Why\033[0m")) == [(0, "1", "User"), (10, "1", "Why")]
    assert list(pieces("olof  １５  \033[32mone two\033[0m")) == [
        (0, "0", "olof"),
        (6, "0", "１５"),
        (12, "32", "one two"),
    ]
    assert 'x="25.8" y="31" class="c32" textLength="39.0"' in draw([" \033[32ma<b&c\033[0m"])
    assert "a&lt;b&amp;c" in draw(["a<b&c"])


@pytest.mark.parametrize("colour", [picture._INK, *picture._COLOURS.values()])
def test_every_colour_can_be_read(colour: str) -> None:
    """The contrast that WCAG 2.2 asks for in 1.4.3."""
    light, dark = luminance(colour), luminance(picture._PAPER)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
