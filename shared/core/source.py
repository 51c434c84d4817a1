"""Where the desired state comes from: the directory's attributes, or the values a trusted caller names. Pure.

A source says what a user should have, or why nothing about that user can be acted on. From the planner on nobody
knows which source it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from shared.core.address import EmailAddress, InvalidAddress, parse_address
from shared.core.codes import Code
from shared.core.models import Method, SourceName, Stop, Target, User
from shared.core.phone import InvalidNumber, PhoneNumber, is_region, parse_number
from shared.core.plan import Want, Wanted
from shared.core.wishes import Value, Wish

_EMPTY = Stop(Code.SOURCE_EMPTY, "The directory holds no number.")


class Source(Protocol):
    """Says what a user should have; `target` is the user as the caller named it."""

    @property
    def name(self) -> SourceName: ...

    def wanted(self, target: Target, user: User) -> Wanted | Stop: ...

    def ignored(self, target: Target) -> tuple[str, ...]:
        """What the caller said about the user that means nothing here."""
        ...

    def is_alike(self, one: Target, other: Target) -> bool:
        """Whether the same is asked for both: they may turn out to be one user."""
        ...


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """The directory is the authority: no caller can choose a number."""

    remove_on_empty: bool = False
    default_region: str | None = None
    sms_sign_in: bool | None = None
    name: SourceName = SourceName.DIRECTORY

    def wanted(self, target: Target, user: User) -> Wanted | Stop:  # noqa: ARG002 - the directory knows the user alone
        wants = {method: self._want(method, raw, user) for method, raw in user.attributes.items()}
        stops = [want.stop for want in wants.values() if want.stop is not None]
        if len(stops) == len(wants) and self.sms_sign_in is not False:
            # Nothing to act on: the methods need not even be read.
            return next((stop for stop in stops if stop.code is not Code.SOURCE_EMPTY), _EMPTY)
        return Wanted(wants, self.sms_sign_in, synced=user.synced)

    def _want(self, method: Method, raw: str | Stop | None, user: User) -> Want:
        if isinstance(raw, Stop):
            return Want(None, stop=raw)
        text = (raw or "").strip()
        if not text:
            return Want(None, stop=None if self.remove_on_empty else _EMPTY)
        try:
            return Want(_read(method, text, _region(user, self.default_region)))
        except (InvalidNumber, InvalidAddress) as reason:
            return Want(None, stop=_invalid(method, f"What the directory holds for {method} cannot be used: {reason}."))

    def ignored(self, target: Target) -> tuple[str, ...]:  # noqa: ARG002 - nothing but names is taken from the caller
        return ()

    def is_alike(self, one: Target, other: Target) -> bool:  # noqa: ARG002 - see above
        return True


@dataclass(frozen=True, slots=True)
class ExplicitSource:
    """The caller names the values. Every target has a wish."""

    wishes: Mapping[Target, Wish]
    default_region: str | None = None
    name: SourceName = SourceName.EXPLICIT

    def wanted(self, target: Target, user: User) -> Wanted | Stop:
        wish = self.wishes[target]
        wants = {method: self._want(method, value, wish, user) for method, value in wish.values.items()}
        return Wanted(wants, wish.sms_sign_in, removals=wish.removals, synced=user.synced)

    def _want(self, method: Method, value: Value, wish: Wish, user: User) -> Want:
        region = None if wish.needs_country_code else _region(user, self.default_region)
        try:
            after = None if value.text is None else _read(method, value.text, region)
            present = None if value.present is None else _read(method, value.present, region)
        except (InvalidNumber, InvalidAddress) as reason:
            return Want(None, stop=_invalid(method, f"What was sent for {method} cannot be used: {reason}."))
        return Want(after, value.condition, present)

    def ignored(self, target: Target) -> tuple[str, ...]:
        return self.wishes[target].ignored

    def is_alike(self, one: Target, other: Target) -> bool:
        return replace(self.wishes[one], ignored=()) == replace(self.wishes[other], ignored=())


def _read(method: Method, text: str, region: str | None) -> PhoneNumber | EmailAddress:
    return parse_address(text) if method is Method.EMAIL else parse_number(text, region)


def _region(user: User, default: str | None) -> str | None:
    return user.usage_location if is_region(user.usage_location) else default


def _invalid(method: Method, message: str) -> Stop:
    return Stop(Code.INVALID_ADDRESS if method is Method.EMAIL else Code.INVALID_NUMBER, message)
