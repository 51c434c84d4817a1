"""What a document is made of: objects with every key as written, places in it, and names that are nearly known."""

import difflib
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.core.desired import Spot
from shared.errors import BodyFault

# What names a user, and where the list of them may be. UPN is what PowerShell and CSV files call a userPrincipalName.
UPN, SHORT_UPN, ID = NAMES = ("userPrincipalName", "UPN", "id")
_LONGEST_NAME = 64
# Different names of properties in one body.
MOST_NAMES = 20_000


class Object:
    """A JSON object as written: a name may stand in it twice, or in two spellings."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        self.pairs = pairs

    def find(self, name: str) -> list[tuple[str, object]]:
        name = name.lower()
        return [pair for pair in self.pairs if pair[0].lower() == name]

    def others(self, *names: str) -> Iterator[str]:
        """The keys that are none of these."""
        known = _lower(names)
        return (key for key, _ in self.pairs if key.lower() not in known)


@functools.cache
def _lower(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the caller's document: an RFC 6901 pointer, and words for what is no JSON."""

    pointer: str = ""
    words: str = ""
    is_row: bool = False  # of a table

    def at(self, step: str | int) -> "Place":
        """Inside of this one: the key of an object, the index in a list, the column of a row."""
        if isinstance(step, int):
            return Place(f"{self.pointer}/{step}", self.words)
        words = f"{self.words}, column {shown_name(step)}" if self.is_row else self.words
        return Place(f"{self.pointer}/{_cut(step).replace('~', '~0').replace('/', '~1')}", words)

    @property
    def spot(self) -> Spot:
        return Spot(self.pointer, self.words)

    def fault(self, detail: str) -> BodyFault:
        """`detail` is logged too: it must not hold anything that the caller sent."""
        return BodyFault(self.pointer, detail, self.words)


def holds_json(text: str) -> bool:
    """Whether a string is JSON once more, as a caller makes it who serialises twice."""
    return text.lstrip()[:1] in ("[", "{", '"')


JSON_IN_TEXT = "This is a string that holds JSON: it was serialised twice. Send the JSON itself."


def keys(place: Place, value: object) -> Iterator[tuple[Place, str]]:
    """Every key at any depth, in the order of the text, with its place."""
    # Iterators instead of recursion and of lists: a document may be deep, and hold many values.
    open_ones = [iter([(place, value)])]
    while open_ones:
        here, inner = next(open_ones[-1], (None, None))
        if here is None:
            open_ones.pop()
            continue
        if isinstance(inner, Object):
            yield from ((here.at(key), key) for key, _ in inner.pairs)
        open_ones.append(_containers(here, inner))


def _containers(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    """What stands in a list or an object and can hold keys itself."""
    pairs: Iterable[tuple[str | int, object]] = enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, Object):
        pairs = value.pairs
    return ((place.at(step), item) for step, item in pairs if isinstance(item, list | Object))


def stands_twice(name: str, times: int) -> str:
    return f"{name} is given {times} times. It is not clear which one counts."


def near_miss(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that this one was probably meant to be."""
    return _nearest(name[: 2 * _LONGEST_NAME], known)


# A body may repeat all the different names that it may have, in each of its objects.
@functools.lru_cache(maxsize=2 * MOST_NAMES)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    plain = _plain(name)
    return next((candidate for candidate in known if _is_near(plain, _plain(candidate))), None)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _is_near(one: str, other: str) -> bool:
    """As good as one or two letters too many, too few, wrong or exchanged."""
    letters, shared = set(one) | set(other), set(one) & set(other)
    # The comparison is quadratic; most names are ruled out without it.
    if abs(len(one) - len(other)) > 4 or 2 * len(shared) < len(letters):
        return False
    return difflib.SequenceMatcher(None, one, other).ratio() >= 0.8


def shown_name(name: str) -> str:
    """The caller's name of a column or an attribute, fit for an answer."""
    cut = _cut(name)
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
