"""JSON read value by value from a window of the text, so that what is dropped at once never piles up.

Python's own scanner reads each value, so syntax means what it means to `json.loads`. Only the outermost list or
object, and a list of entries in it, are walked here.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import NoReturn

from shared.api.payload.document import JSON_IN_TEXT, holds_json
from shared.api.payload.text import open_text
from shared.errors import BodyFault, InvalidBody

# Characters of one entry, or of all that stands beside the list of entries. The longest real ones hold a photo,
# which Windows PowerShell writes as one indented number a line. As objects a million characters take up to 60 MB.
LONGEST = 1024 * 1024
TOO_LONG = f"This is longer than {LONGEST:,} characters. Leave out what this webhook does not use."
_WINDOW = 2 * LONGEST
# A number, a word or an escape that the window's end cuts off begins less than this before it.
_CUT_OFF = 16
_SPACE = re.compile(r"[ \t\n\r]*")
_BETWEEN = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")

AsObject = Callable[[list[tuple[str, object]]], object]


class JsonText:
    """A position in a document. Everything raises InvalidBody, with the line and the column, where JSON ends."""

    def __init__(self, body: bytes, as_object: AsObject) -> None:
        # UTF-8, UTF-16 as Windows PowerShell 5.1 redirects it (`>`), or ISO-8859-1 as its Invoke-WebRequest sends.
        self._source = open_text(body, json.detect_encoding(body), "latin-1")
        self._read = json.JSONDecoder(object_pairs_hook=as_object, parse_constant=_no_constant).raw_decode
        self._window = ""
        self._is_last = False
        self._at = 0
        # Of the text before the window: characters, ends of lines, and characters behind the last of these.
        self._before, self._lines, self._columns = 0, 0, 0

    @property
    def position(self) -> int:
        return self._before + self._at

    def peek(self) -> str:
        """The next character that is no white space, or nothing at the end."""
        while True:
            self._fill()
            self._at = _end(_SPACE.match(self._window, self._at))
            if self._at < len(self._window):
                return self._window[self._at]
            if self._is_last:
                return ""

    def value(self, pointer: Callable[[], str]) -> object:
        """The next value, of at most LONGEST characters. `pointer` is asked for where a longer one stands."""
        self.peek()
        start = self._at
        try:
            value, self._at = self._read(self._window, start)
        except json.JSONDecodeError as exc:
            if self._is_last or not (exc.pos > start + LONGEST or exc.msg.startswith("Unterminated string")):
                self._refuse(exc.msg, exc.pos)
        except RecursionError:
            raise InvalidBody(BodyFault("", "The body is nested too deeply.")) from None
        except ValueError:
            # A whole number of thousands of digits (Python's own limit), NaN or Infinity.
            detail = "The body has a number that is not valid JSON or is too long."
            raise InvalidBody(BodyFault("", detail)) from None
        else:
            if self._at - start <= LONGEST:
                return value
        begins = self._window[start : start + _CUT_OFF].replace("\\", "")
        is_twice = self._before + start == 0 and begins.startswith('"') and holds_json(begins[1:])
        raise InvalidBody(BodyFault(pointer(), JSON_IN_TEXT if is_twice else TOO_LONG))

    def indexes(self) -> Iterator[int]:
        """Of the list that comes next. The caller reads each value before it asks for the next index."""
        self._at += 1
        if self.peek() == "]":
            self._at += 1
            return
        for index in count():
            yield index
            if not self._goes_on("]"):
                return

    def keys(self) -> Iterator[str]:
        """Of the object that comes next. The caller reads each value before it asks for the next key."""
        self._at += 1
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                self._refuse("Expecting property name enclosed in double quotes", self._at)
            key = str(self.value(str))
            if self.peek() != ":":
                self._refuse("Expecting ':' delimiter", self._at)
            self._at += 1
            yield key
            if not self._goes_on("}"):
                return

    def end(self) -> None:
        if self.peek():
            self._refuse("Extra data", self._at)

    def _goes_on(self, closing: str) -> bool:
        between = _BETWEEN.match(self._window, self._at)
        if between is not None:
            self._at = between.end()
            return True
        sign = self.peek()
        if sign not in (",", closing):
            self._refuse("Expecting ',' delimiter", self._at)
        self._at += 1
        return sign == ","

    def _fill(self) -> None:
        """Whatever begins here is in the window, up to one character more than it may have."""
        if self._is_last or len(self._window) - self._at > LONGEST + _CUT_OFF:
            return
        line, column = self._place(self._at)
        self._before, self._lines, self._columns = self._before + self._at, line - 1, column - 1
        more = self._source.read(_WINDOW)
        self._is_last = len(more) < _WINDOW
        self._window, self._at = self._window[self._at :] + more, 0

    def _place(self, at: int) -> tuple[int, int]:
        """The line and the column in the document, both from 1."""
        ends = self._window.count("\n", 0, at)
        column = at - self._window.rfind("\n", 0, at) if ends else self._columns + at + 1
        return self._lines + ends + 1, column

    def _refuse(self, message: str, at: int) -> NoReturn:
        line, column = self._place(at)
        detail = f"The body is not JSON: {message} at line {line}, column {column}."
        raise InvalidBody(BodyFault("", detail)) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _end(match: re.Match[str] | None) -> int:
    if match is None:
        raise ValueError("the pattern matches nothing as well")
    return match.end()
