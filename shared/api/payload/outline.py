"""JSON as callers send it, and the list of entries found in it.

What real callers send is not tidy: PowerShell's Invoke-WebRequest labels JSON as a form, a pipeline unwraps a list of
one. So the content type is ignored and the list is looked for.

A long document is read twice, because a key at its end can change what the list at its beginning means. The first
reading checks everything and counts the entries, the second hands them out; neither keeps them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from shared.api.payload.beside import is_safeguard, is_word, word_faults
from shared.api.payload.document import JSON_IN_TEXT, MOST_NAMES, NAMES, Object, Place, holds_json, keys, stands_twice
from shared.api.payload.envelope import Envelope
from shared.api.payload.json_text import LONGEST, TOO_LONG, JsonText
from shared.api.payload.limit import Limit
from shared.api.payload.rehearsal import NOT_HERE, is_rehearsal
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody

WRAPPERS = ("value", "users")
# What PowerShell writes beside a list, and how the names of what OData adds begin.
_COUNT, _ANNOTATION = "count", "@odata."
# Objects with their properties, and lists: so many in any body, in a long one as many as bytes divided by 16. What is
# real takes more than 16 bytes.
_MANY, _BYTES_FOR_ONE = 2_000_000, 16
# Of a longer name no more is compared; see `rehearsal`.
_LONGEST_KEPT = 128
# One for all: millions of them would keep the garbage collector busy.
_EMPTY = Object([])


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of entries that has been checked. `member`: where it stands in the outermost object, if in one."""

    is_empty: bool
    _body: bytes = field(repr=False)
    _member: int | None

    def entries(self) -> Iterator[object]:
        text = JsonText(self._body, Object)
        if text.peek() == "{":
            for position, _ in enumerate(text.keys()):
                if position == self._member:
                    text.peek()
                    break
                text.value(str)
        for _ in text.indexes():
            yield text.value(str)


def read_json(body: bytes, expected: str) -> object:
    """One short document, for a route without dry runs: a key that means one is refused at any depth. Objects become
    `Object`.

    Raises InvalidBody.
    """
    reader = _Reader(body, expected, NOT_HERE)
    document = reader.value(Place)
    reader.end(document)
    return document


def read_outline(body: bytes, expected: str, wrappers: tuple[str, ...], limit: Limit, envelope: Envelope) -> object:
    """A document as from `read_json`, but a list of entries, which is all of it or stands in a wrapper, is `Listed`.

    `wrappers` are lower case. The envelope of a signed call is opened. Raises InvalidBody, TooManyUsers,
    ParsingTimedOut.
    """
    reader = _Reader(body, expected, envelope.no_rehearsal, envelope.knows if envelope.is_signed else None)
    match reader.text.peek():
        case "[":
            document: object = Listed(reader.drop_entries(Place(), limit) == 0, body, None)
        case "{":
            document = _members(reader, body, wrappers, limit)
        case _:
            document = reader.value(Place)
    reader.end(document)
    return envelope.open(document) if envelope.is_signed else document


def _members(reader: "_Reader", body: bytes, wrappers: tuple[str, ...], limit: Limit) -> Object:
    pairs: list[tuple[str, object]] = []
    beside = end = 0
    for position, key in enumerate(reader.text.keys()):
        place = Place().at(key)
        reader.see_outer(place, key)
        if key.lower() in wrappers and reader.text.peek() == "[":
            beside += reader.text.position - end
            pairs.append((key, Listed(reader.drop_entries(place, limit) == 0, body, position)))
            end = reader.text.position
            continue
        pairs.append((key, reader.value(partial(Place().at, key))))
        beside += reader.text.position - end
        end = reader.text.position
        if beside > LONGEST:
            raise InvalidBody(BodyFault("", TOO_LONG))
    return Object(pairs)


class _Properties:
    """Those of all objects in a body, as far as they have been read: how many, their names, and whether one that was
    read just now means a dry run.

    The scanner of the text hands them in. It knows this object alone: were it to know the reader, which knows the text,
    all three would keep the body in memory until the garbage collector runs, and that is rare (wiring.py).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[str] = set()
        self._count = 0
        self.is_rehearsal = False

    def as_object(self, pairs: list[tuple[str, object]]) -> Object:
        self._count += 1 + len(pairs)
        if self._count > self._most:
            raise InvalidBody(BodyFault("", f"The body has more than {self._most:,} properties."))
        for key, _ in pairs:
            if key not in self._names:
                self._see(key)
        return Object(pairs) if pairs else _EMPTY

    def _see(self, name: str) -> None:
        if is_rehearsal(name):
            # Not kept: it has to be found in each place.
            self.is_rehearsal = True
            return
        self._names.add(name[:_LONGEST_KEPT])
        if len(self._names) > MOST_NAMES:
            raise InvalidBody(BodyFault("", f"The body has more than {MOST_NAMES:,} different names of properties."))


class _Reader:
    """The first reading. `no_rehearsal`: what is wrong with a key that means a dry run, unless it is one of the keys
    of the outermost object that `may_be_outer`."""

    def __init__(
        self, body: bytes, expected: str, no_rehearsal: str, may_be_outer: Callable[[str], bool] | None = None
    ) -> None:
        # The scanner tells of objects but not of lists, and a bracket hardly ever stands in a text.
        most = max(_MANY, len(body) // _BYTES_FOR_ONE)
        if body.count(b"[") > most:
            raise InvalidBody(BodyFault("", f"The body has more than {most:,} arrays."))
        self._properties = _Properties(most)
        self.text = JsonText(body, self._properties.as_object)
        if not self.text.peek():
            raise InvalidBody(BodyFault("", f"The body is empty; {expected} is expected."))
        self._no_rehearsal, self._may_be_outer = no_rehearsal, may_be_outer
        self._outer: list[BodyFault] = []
        self._inner: list[BodyFault] = []

    def value(self, place: Callable[[], Place]) -> object:
        value = self.text.value(lambda: place().pointer)
        if self._properties.is_rehearsal:
            self._properties.is_rehearsal = False
            found = (where.fault(self._no_rehearsal) for where, key in keys(place(), value) if is_rehearsal(key))
            self._inner += islice(found, MAX_FAULTS + 1)
            self._refuse(MAX_FAULTS)
        return value

    def drop_entries(self, place: Place, limit: Limit) -> int:
        """How many there are in the list that comes next."""
        entries = 0
        for index in limit.counted(self.text.indexes()):
            self.value(partial(place.at, index))
            entries += 1
        return entries

    def see_outer(self, place: Place, key: str) -> None:
        """A key of the outermost object."""
        self._properties.as_object([(key, None)])
        is_rehearsal, self._properties.is_rehearsal = self._properties.is_rehearsal, False
        if is_rehearsal and not (self._may_be_outer is not None and self._may_be_outer(key)):
            self._outer.append(place.fault(self._no_rehearsal))
            self._refuse(MAX_FAULTS)

    def end(self, document: object) -> None:
        self.text.end()
        self._refuse(0)
        if isinstance(document, str) and holds_json(document):
            raise InvalidBody(BodyFault("", JSON_IN_TEXT))

    def _refuse(self, most: int) -> None:
        faults = self._outer + self._inner
        if len(faults) > most:
            raise InvalidBody(*faults[: MAX_FAULTS + 1])


def listed_users(
    body: bytes,
    expected: str,
    limit: Limit,
    envelope: Envelope,
    apart: Sequence[str] = (),
    *,
    is_strict: bool = False,
) -> Iterator[tuple[Place, object]]:
    """The entries for users: one object, a list, or either of them in `value` or `users`. What is wrong beside them
    comes first, as faults among the entries.

    `apart`: what means somebody else, so that it does not go beside a list. `is_strict`: nothing unknown goes either.
    Raises InvalidBody, TooManyUsers, ParsingTimedOut.
    """
    document = read_outline(body, expected, WRAPPERS, limit, envelope)
    if not isinstance(document, Object):
        yield from listed(Place(), document)
    elif any(map(document.find, NAMES)):
        if not envelope.is_signed:
            yield from ((Place(), fault) for fault in word_faults(document, envelope, is_entry=True))
            document = Object([pair for pair in document.pairs if not is_safeguard(pair[0])])
        yield Place(), document
    else:
        faults = list(_beside(document, envelope, apart, is_strict=is_strict))
        key, value = _wrapped(document, apart, faults)
        yield from ((Place(), fault) for fault in faults)
        yield from listed(Place().at(key), value)


def _beside(document: Object, envelope: Envelope, apart: Sequence[str], *, is_strict: bool) -> Iterator[BodyFault]:
    if not envelope.is_signed:
        yield from word_faults(document, envelope)
    for key in document.others(*WRAPPERS):
        if any(key.lower() == name.lower() for name in apart):
            yield Place().at(key).fault("This cannot be combined with a list of users.")
        elif is_strict and not (key.lower() == _COUNT or key.startswith(_ANNOTATION) or is_word(key)):
            yield Place().at(key).fault("Unknown key beside a list of users. Remove it, or move it into the entries.")


def _wrapped(document: Object, apart: Sequence[str], faults: list[BodyFault]) -> tuple[str, object]:
    """Where the list is. Two of them are refused: of one nobody would hear any more. Raises InvalidBody, with the
    faults that are known already."""
    found = {wrapper: document.find(wrapper) for wrapper in WRAPPERS}
    given = [wrapper for wrapper in WRAPPERS if found[wrapper]]
    if not given:
        detail = f"The object names no user. Give one of: {', '.join((*NAMES, *WRAPPERS, *apart))}."
    elif len(given) > 1:
        detail = f"{' and '.join(given)} are both given. Put all users into one of them."
    elif len(found[given[0]]) > 1:
        detail = stands_twice(given[0], len(found[given[0]]))
    else:
        return found[given[0]][0]
    raise InvalidBody(BodyFault("", detail), *faults)


def listed(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    """Raises InvalidBody for an empty list."""
    if isinstance(value, Listed):
        if value.is_empty:
            raise InvalidBody(place.fault("The list is empty. Nothing was done."))
        yield from ((place.at(index), item) for index, item in enumerate(value.entries()))
    else:
        # PowerShell's pipeline turns a list of one into its only element.
        yield place, value
