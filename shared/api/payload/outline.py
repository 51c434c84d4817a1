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

from shared.api.payload.document import JSON_IN_TEXT, MOST_NAMES, NAMES, Object, Place, holds_json, keys, stands_twice
from shared.api.payload.envelope import Envelope
from shared.api.payload.json_text import LONGEST, TOO_LONG, JsonText
from shared.api.payload.limit import Limit
from shared.api.payload.rehearsal import IN_BODY, IN_SIGNED_BODY, is_rehearsal
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody

WRAPPERS = ("value", "users")
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
    """One short document. Objects become `Object`. A key that means a dry run is refused at any depth.

    Raises InvalidBody.
    """
    reader = _Reader(body, expected)
    document = reader.value(Place)
    reader.end(document)
    return document


def read_outline(
    body: bytes, expected: str, wrappers: tuple[str, ...], limit: Limit, envelope: Envelope | None = None
) -> object:
    """A document as from `read_json`, but a list of entries, which is all of it or stands in a wrapper, is `Listed`.

    `wrappers` are lower case. The envelope of a signed call is opened. Raises InvalidBody, TooManyUsers,
    ParsingTimedOut.
    """
    reader = _Reader(body, expected, envelope)
    match reader.text.peek():
        case "[":
            document: object = Listed(reader.drop_entries(Place(), limit) == 0, body, None)
        case "{":
            document = _members(reader, body, wrappers, limit)
        case _:
            document = reader.value(Place)
    reader.end(document)
    return document if envelope is None else envelope.open(document)


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


class _Reader:
    """The first reading."""

    def __init__(self, body: bytes, expected: str, envelope: Envelope | None = None) -> None:
        # The scanner tells of objects but not of lists, and a bracket hardly ever stands in a text.
        self._most = max(_MANY, len(body) // _BYTES_FOR_ONE)
        if body.count(b"[") > self._most:
            raise InvalidBody(BodyFault("", f"The body has more than {self._most:,} lists."))
        self.text = JsonText(body, self._as_object)
        if not self.text.peek():
            raise InvalidBody(BodyFault("", f"The body is empty; {expected} is expected."))
        self._envelope = envelope
        self._no_rehearsal = IN_BODY if envelope is None else IN_SIGNED_BODY
        self._names: set[str] = set()
        self._properties = 0
        self._is_rehearsal = False
        self._outer: list[BodyFault] = []
        self._inner: list[BodyFault] = []

    def value(self, place: Callable[[], Place]) -> object:
        value = self.text.value(lambda: place().pointer)
        if self._is_rehearsal:
            self._is_rehearsal = False
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
        self._as_object([(key, None)])
        is_rehearsal, self._is_rehearsal = self._is_rehearsal, False
        if is_rehearsal and not (self._envelope is not None and self._envelope.knows(key)):
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

    def _as_object(self, pairs: list[tuple[str, object]]) -> Object:
        self._properties += 1 + len(pairs)
        if self._properties > self._most:
            raise InvalidBody(BodyFault("", f"The body has more than {self._most:,} properties."))
        for key, _ in pairs:
            if key not in self._names:
                self._see(key)
        return Object(pairs) if pairs else _EMPTY

    def _see(self, name: str) -> None:
        if is_rehearsal(name):
            # Not kept: it has to be found in each place.
            self._is_rehearsal = True
            return
        self._names.add(name[:_LONGEST_KEPT])
        if len(self._names) > MOST_NAMES:
            raise InvalidBody(BodyFault("", f"The body has more than {MOST_NAMES:,} different names of properties."))


def listed_users(
    body: bytes, expected: str, limit: Limit, envelope: Envelope | None = None, apart: Sequence[str] = ()
) -> Iterator[tuple[Place, object]]:
    """The entries for users: one object, a list, or either of them in `value` or `users`. `apart`: what means somebody
    else, so that it does not go beside a list.

    Raises InvalidBody, TooManyUsers, ParsingTimedOut.
    """
    document = read_outline(body, expected, WRAPPERS, limit, envelope)
    if isinstance(document, Object) and not any(map(document.find, NAMES)):
        key, value = _wrapped(document, apart)
        beside = [key for name in apart for key, _ in document.find(name)]
        if beside:
            raise InvalidBody(*(Place().at(key).fault("This does not go beside a list of users.") for key in beside))
        yield from listed(Place().at(key), value)
    else:
        yield from listed(Place(), document)


def _wrapped(document: Object, apart: Sequence[str]) -> tuple[str, object]:
    """Where the list is. Two of them are refused: of one nobody would hear any more."""
    found = {wrapper: document.find(wrapper) for wrapper in WRAPPERS}
    given = [wrapper for wrapper in WRAPPERS if found[wrapper]]
    if not given:
        raise InvalidBody(BodyFault("", f"The object names no user. Give {', '.join((*NAMES, *WRAPPERS, *apart))}."))
    if len(given) > 1:
        raise InvalidBody(BodyFault("", f"{' and '.join(given)} are both given. Put all users into one of them."))
    pairs = found[given[0]]
    if len(pairs) > 1:
        raise InvalidBody(BodyFault("", stands_twice(given[0], len(pairs))))
    return pairs[0]


def listed(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    """Raises InvalidBody for an empty list."""
    if isinstance(value, Listed):
        if value.is_empty:
            raise InvalidBody(place.fault("The list is empty. Nothing was done."))
        yield from ((place.at(index), item) for index, item in enumerate(value.entries()))
    else:
        # PowerShell's pipeline turns a list of one into its only element.
        yield place, value
