"""JSON as callers send it: decoded, with every key as written, and the list of entries found in it.

What real callers send is not tidy: PowerShell's Invoke-WebRequest labels JSON as a form, a pipeline unwraps a list of
one. So the content type is ignored and the list is looked for.
"""

import difflib
import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn

from shared.api.payload.rehearsal import IN_BODY, is_rehearsal
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody

# What names a user, and where the list of them may be. UPN is what PowerShell and CSV files call a userPrincipalName.
UPN, SHORT_UPN, ID = NAMES = ("userPrincipalName", "UPN", "id")
_WRAPPERS = ("value", "users")
_LONGEST_NAME = 64


class Object:
    """A JSON object as written: a name may stand in it twice, or in two spellings."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        self.pairs = pairs

    def find(self, name: str) -> list[tuple[str, object]]:
        return [(key, value) for key, value in self.pairs if key.lower() == name.lower()]

    def others(self, *names: str) -> Iterator[str]:
        """The keys that are none of these."""
        known = {name.lower() for name in names}
        return (key for key, _ in self.pairs if key.lower() not in known)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the caller's document: an RFC 6901 pointer, and words for what is no JSON."""

    pointer: str = ""
    words: str = ""
    is_row: bool = False  # of a table

    def at(self, step: str | int) -> "Place":
        """Inside of this one: the key of an object, the index in a list, the column of a row."""
        words = f"{self.words}, column {shown_name(str(step))}" if self.is_row else self.words
        return Place(f"{self.pointer}/{_cut(str(step)).replace('~', '~0').replace('/', '~1')}", words)

    def fault(self, detail: str) -> BodyFault:
        return BodyFault(self.pointer, f"{self.words}: {detail}" if self.words else detail)


def read_json(body: bytes, expected: str) -> object:
    """Objects become `Object`. A key that means a dry run is refused at any depth. Raises InvalidBody."""
    text = _decode(body)
    if not text.strip():
        raise InvalidBody(BodyFault("", f"The body is empty; {expected} is expected."))
    keys: set[str] = set()

    def as_object(pairs: list[tuple[str, object]]) -> Object:
        keys.update([key for key, _ in pairs])
        return Object(pairs)

    document = _loads(text, as_object)
    if any(map(is_rehearsal, keys)):
        faults = (place.fault(IN_BODY) for place, key in _keys(document) if is_rehearsal(key))
        raise InvalidBody(*islice(faults, MAX_FAULTS + 1))
    if isinstance(document, str) and holds_json(document):
        raise InvalidBody(BodyFault("", JSON_IN_TEXT))
    return document


def holds_json(text: str) -> bool:
    """Whether a string is JSON once more, as a caller makes it who serialises twice."""
    return text.lstrip()[:1] in ("[", "{", '"')


JSON_IN_TEXT = "This is a string that holds JSON: it was serialised twice. Send the JSON itself."


def _decode(body: bytes) -> str:
    """UTF-8, or UTF-16 as Windows PowerShell 5.1 redirects it (`>`), else ISO-8859-1 as its Invoke-WebRequest sends."""
    try:
        return body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _loads(text: str, as_object: Callable[[list[tuple[str, object]]], Object]) -> object:
    try:
        return json.loads(text, object_pairs_hook=as_object, parse_constant=_no_constant)
    except json.JSONDecodeError as exc:
        detail = f"The body is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}."
        raise InvalidBody(BodyFault("", detail)) from None
    except RecursionError:
        raise InvalidBody(BodyFault("", "The body is nested too deeply.")) from None
    except ValueError:
        # A whole number of thousands of digits (Python's own limit), NaN or Infinity.
        raise InvalidBody(
            BodyFault("", "The body holds a number that JSON does not have or that is too long.")
        ) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _keys(document: object) -> Iterator[tuple[Place, str]]:
    """Every key at any depth, in the order of the text, with its place."""
    # Iterators instead of recursion and of lists: a document may be deep, and hold millions of values.
    open_ones = [iter([(Place(), document)])]
    while open_ones:
        place, value = next(open_ones[-1], (None, None))
        if place is None:
            open_ones.pop()
            continue
        if isinstance(value, Object):
            yield from ((place.at(key), key) for key, _ in value.pairs)
        open_ones.append(_containers(place, value))


def _containers(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    """What stands in a list or an object and can hold keys itself."""
    pairs: Iterable[tuple[str | int, object]] = enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, Object):
        pairs = value.pairs
    return ((place.at(step), item) for step, item in pairs if isinstance(item, list | Object))


def listed_users(document: object) -> Iterator[tuple[Place, object]]:
    """The entries for users: one object, a list, or either of them in `value` or `users`. Raises InvalidBody."""
    if isinstance(document, Object) and not any(map(document.find, NAMES)):
        key, value = _wrapped(document)
        yield from listed(Place().at(key), value)
    else:
        yield from listed(Place(), document)


def _wrapped(document: Object) -> tuple[str, object]:
    """Where the list is. Two of them are refused: of one nobody would hear any more."""
    found = {wrapper: document.find(wrapper) for wrapper in _WRAPPERS}
    given = [wrapper for wrapper in _WRAPPERS if found[wrapper]]
    if not given:
        raise InvalidBody(BodyFault("", f"The object names no user. Give {', '.join((*NAMES, *_WRAPPERS))}."))
    if len(given) > 1:
        raise InvalidBody(BodyFault("", f"{' and '.join(given)} are both given. Put all users into one of them."))
    pairs = found[given[0]]
    if len(pairs) > 1:
        raise InvalidBody(BodyFault("", stands_twice(given[0], len(pairs))))
    return pairs[0]


def listed(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    """Raises InvalidBody for an empty list."""
    if isinstance(value, list):
        if not value:
            raise InvalidBody(place.fault("The list is empty; nothing was done."))
        yield from ((place.at(index), item) for index, item in enumerate(value))
    else:
        # PowerShell's pipeline turns a list of one into its only element.
        yield place, value


def stands_twice(name: str, times: int) -> str:
    return f"{name} stands here {times} times; which one counts cannot be known."


def near_miss(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that this one was probably meant to be."""
    return _nearest(_plain(name), known)


@functools.lru_cache(maxsize=1024)
def _nearest(plain: str, known: tuple[str, ...]) -> str | None:
    return next((candidate for candidate in known if _is_near(plain, _plain(candidate))), None)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name[: 2 * _LONGEST_NAME])).lower()


def _is_near(one: str, other: str) -> bool:
    """As good as one or two letters too many, too few, wrong or exchanged."""
    letters, shared = set(one) | set(other), set(one) & set(other)
    # The comparison is quadratic; most names are ruled out without it.
    if abs(len(one) - len(other)) > 4 or 2 * len(shared) < len(letters):
        return False
    return difflib.SequenceMatcher(None, one, other).ratio() >= 0.8


def shown_name(name: str) -> str:
    """The caller's name of a column or an attribute, fit for an answer."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _cut(name))


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
