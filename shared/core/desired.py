"""The desired state: what a user should have, and where that comes from. Pure.

A source says what is desired for a user, or why nothing about that user can be acted on. There are two: the directory's
attributes, and what a trusted caller requested. The planner and what follows do not know which source it was.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from shared.core.address import EmailAddress, InvalidAddress, parse_address
from shared.core.codes import Code
from shared.core.models import Method, ReadScope, SourceName, Stop, Target, User
from shared.core.phone import PhoneNumber, read_number
from shared.core.phone_library import is_region
from shared.core.phone_text import InvalidNumber
from shared.core.text import bare_address
from shared.errors import BodyFault

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s-]+(?=\d)")
_EMPTY = Stop(Code.SOURCE_EMPTY, "The directory attribute is empty.")


class Condition(StrEnum):
    """When a value is to be set at all."""

    ALWAYS = "always"
    IF_MISSING = "ifMissing"  # what is registered stays as it is
    MUST_BE_MISSING = "mustBeMissing"  # else methodExists
    MUST_EXIST = "mustExist"  # else methodNotFound
    UNLESS_DIFFERENT = "unlessDifferent"  # what is registered and differs stays as it is, and is told


@dataclass(frozen=True, slots=True)
class Removal:
    """A method that can only be removed: the one with this id, or all of its kind."""

    method: Method
    id: str | None = None


@dataclass(frozen=True, slots=True)
class DesiredValue:
    """What one phone or e-mail method should hold; `value` None: nothing. `stop`: why the desired value is unknown.

    `present`: remove only this value. `unfit`: why the value must not be written; if already registered, it stays.
    """

    value: PhoneNumber | EmailAddress | None
    condition: Condition = Condition.ALWAYS
    present: PhoneNumber | EmailAddress | None = None
    stop: Stop | None = None
    unfit: Stop | None = None


@dataclass(frozen=True, slots=True)
class Desired:
    """What a user should have; methods that are not named stay as they are. `synced`: the office number is not ours."""

    values: Mapping[Method, DesiredValue] = field(default_factory=dict)
    sms_sign_in: bool | None = None
    sms_stop: Stop | None = None
    removals: tuple[Removal, ...] = ()
    synced: bool = False

    @property
    def scope(self) -> ReadScope:
        """What has to be read to plan for it."""
        if self.removals or Method.EMAIL in self.values:
            return ReadScope.ALL
        return ReadScope.PHONES if self.values or self.sms_sign_in is not None else ReadScope.NONE


@dataclass(frozen=True, slots=True)
class RequestedValue:
    """What one phone or e-mail method should hold. `text` None: it is to be removed, or only if it is `present`."""

    text: str | None = field(repr=False)
    condition: Condition = Condition.ALWAYS
    present: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Requested:
    """Methods that `values` does not name are left alone. `ignored`: names the caller used that mean nothing here."""

    values: Mapping[Method, RequestedValue]
    sms_sign_in: bool | None = None
    removals: tuple[Removal, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a request stands in the caller's body: a JSON pointer, and words for what is no JSON."""

    pointer: str = ""
    words: str = ""

    @property
    def shown(self) -> str:
        """In a sentence. It holds no more of what the caller sent than the key around a list."""
        if self.words:
            return self.words[:1].lower() + self.words[1:]
        return f"the entry at {self.pointer}" if self.pointer else "another entry"


@dataclass(frozen=True, slots=True)
class GivenId:
    """The object id that stands beside the name of a user, and where."""

    id: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class RequestedUsers:
    """The distinct users in the caller's order with what is asked for each, and how many entries named them. `spots`:
    where each is named first. `ids`: of those who are named by userPrincipalName and id."""

    users: Mapping[Target, Requested]
    entries: int
    spots: Mapping[Target, Spot] = field(default_factory=dict, compare=False)
    ids: Mapping[Target, GivenId] = field(default_factory=dict)


class Source(Protocol):
    """Says what a user should have; `target` is the user as the caller named it."""

    @property
    def name(self) -> SourceName: ...

    def desired(self, target: Target, user: User) -> Desired | Stop: ...

    def ignored(self, target: Target) -> tuple[str, ...]:
        """What the caller said about the user that means nothing here."""
        ...

    def contradiction(self, target: Target, user: User, first: Target) -> BodyFault | None:
        """The fault if the target turns out to be this user: the id beside its name is another user's, or `first`, an
        earlier name of this user, requests something else."""
        ...


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """The directory is the authority: no caller can choose a number. `unused`: what else the caller named, by user."""

    remove_on_empty: bool = False
    default_region: str | None = None
    sms_sign_in: bool | None = None
    unused: Mapping[Target, tuple[str, ...]] = field(default_factory=dict)
    name: SourceName = SourceName.DIRECTORY

    def desired(self, target: Target, user: User) -> Desired | Stop:  # noqa: ARG002 - the directory knows the user alone
        values = {method: self._value(method, raw, user) for method, raw in user.attributes.items()}
        stops = [value.stop for value in values.values() if value.stop is not None]
        if len(stops) == len(values) and self.sms_sign_in is not False:
            # Nothing to act on: the methods need not even be read.
            return next((stop for stop in stops if stop.code is not Code.SOURCE_EMPTY), _EMPTY)
        return Desired(values, self.sms_sign_in, synced=user.synced)

    @staticmethod
    def is_empty(stop: Stop) -> bool:
        """Whether nothing is desired because nothing stands there."""
        return stop is _EMPTY

    def _value(self, method: Method, raw: str | Stop | None, user: User) -> DesiredValue:
        if isinstance(raw, Stop):
            return DesiredValue(None, stop=raw)
        text = (raw or "").strip()
        if not text:
            return DesiredValue(None, stop=None if self.remove_on_empty else _EMPTY)
        return _readable(method, text, _region(user, self.default_region), "The directory value")

    def ignored(self, target: Target) -> tuple[str, ...]:
        return self.unused.get(target, ())

    def contradiction(self, target: Target, user: User, first: Target) -> BodyFault | None:  # noqa: ARG002 - see above
        return None


@dataclass(frozen=True, slots=True)
class ExplicitSource:
    """The caller names the values. Every target has a request; `spots`: where it stands, as far as that is known;
    `ids`: what stands beside a userPrincipalName."""

    requests: Mapping[Target, Requested]
    default_region: str | None = None
    spots: Mapping[Target, Spot] = field(default_factory=dict)
    ids: Mapping[Target, GivenId] = field(default_factory=dict)
    name: SourceName = SourceName.EXPLICIT

    def desired(self, target: Target, user: User) -> Desired | Stop:
        requested = self.requests[target]
        region = _region(user, self.default_region)
        values = {method: _requested_value(method, value, region) for method, value in requested.values.items()}
        return Desired(values, requested.sms_sign_in, removals=requested.removals, synced=user.synced)

    def ignored(self, target: Target) -> tuple[str, ...]:
        return self.requests[target].ignored

    def contradiction(self, target: Target, user: User, first: Target) -> BodyFault | None:
        given = self.ids.get(target)
        if given is not None and given.id != user.id:
            # A userPrincipalName is given to somebody else in time, an object id never: none of them counts more.
            detail = "The userPrincipalName beside this id names another user. It is not clear which of them is meant."
            return BodyFault(given.spot.pointer, detail, given.spot.words)
        if first == target or asks_the_same(
            self.requests[first], self.requests[target], _region(user, self.default_region)
        ):
            return None
        before, spot = self.spots.get(first, Spot()), self.spots.get(target, Spot())
        detail = f"User {user.id} is named in {before.shown} too, under another name and with different values."
        return BodyFault(spot.pointer, f"{detail} It is not clear which entry counts.", spot.words)


def asks_the_same(one: Requested, other: Requested, region: str | None = None) -> bool:
    """Whether both come to the same for a user of this region, however numbers are spelt."""
    return (
        one.values.keys() == other.values.keys()
        and one.sms_sign_in == other.sms_sign_in
        and frozenset(one.removals) == frozenset(other.removals)
        and all(is_same_value(method, value, other.values[method], region) for method, value in one.values.items())
    )


def is_same_value(method: Method, one: RequestedValue, other: RequestedValue, region: str | None = None) -> bool:
    """Without a region numbers of one country code are the same, and texts that differ in spaces and hyphens only."""
    if _plain(method, one) == _plain(method, other):
        return True
    read = _requested_value(method, one, region), _requested_value(method, other, region)
    return all(value.stop is None for value in read) and read[0] == read[1]


def _plain(method: Method, requested: RequestedValue) -> RequestedValue:
    """As written, but without what means nothing."""

    def plain(text: str | None) -> str | None:
        if text is None or method is Method.EMAIL:
            return text and bare_address(text).casefold()
        return _BETWEEN_DIGITS.sub("", text)

    return replace(requested, text=plain(requested.text), present=plain(requested.present))


def _requested_value(method: Method, requested: RequestedValue, region: str | None) -> DesiredValue:
    what = "The value sent"
    if requested.text is not None:
        return replace(_readable(method, requested.text, region, what), condition=requested.condition)
    if requested.present is not None:
        found = _readable(method, requested.present, region, what)
        return DesiredValue(None, requested.condition, present=found.value, stop=found.stop)
    return DesiredValue(None, requested.condition)


def _readable(method: Method, text: str, region: str | None, what: str) -> DesiredValue:
    """What a text means for a method, or why it cannot be used."""
    try:
        if method is Method.EMAIL:
            return DesiredValue(parse_address(text))
        reading = read_number(text, region)
    except (InvalidNumber, InvalidAddress) as reason:
        return DesiredValue(None, stop=_invalid(method, f"{what} for {method} cannot be used: {reason}."))
    if method is Method.OFFICE or reading.office_only is None:
        return DesiredValue(reading.number)
    return DesiredValue(
        reading.number, unfit=_invalid(method, f"{what} for {method} cannot be used: {reading.office_only}.")
    )


def _region(user: User, default: str | None) -> str | None:
    return user.usage_location if is_region(user.usage_location) else default


def _invalid(method: Method, message: str) -> Stop:
    return Stop(Code.INVALID_ADDRESS if method is Method.EMAIL else Code.INVALID_NUMBER, message)
