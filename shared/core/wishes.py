"""What a caller of the explicit source asks for, user by user: texts as they were written, not yet read as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.models import Method, Target


class Condition(StrEnum):
    """When a value is to be set at all."""

    ALWAYS = "always"
    IF_MISSING = "ifMissing"  # what is registered stays as it is
    MUST_BE_MISSING = "mustBeMissing"  # else methodExists
    MUST_EXIST = "mustExist"  # else methodNotFound


@dataclass(frozen=True, slots=True)
class Value:
    """What one phone or e-mail method should hold. `text` None: it is to be removed, or only if it is `present`."""

    text: str | None = field(repr=False)
    condition: Condition = Condition.ALWAYS
    present: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Removal:
    """A method that can only be removed: the one with this id, or all of its kind."""

    method: Method
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Methods that `values` does not name are left alone. `ignored`: names the caller used that mean nothing here."""

    values: Mapping[Method, Value]
    sms_sign_in: bool | None = None
    removals: tuple[Removal, ...] = ()
    ignored: tuple[str, ...] = ()
    needs_country_code: bool = False


@dataclass(frozen=True, slots=True)
class WishList:
    """The distinct users in the caller's order with what is asked for each, and how many entries named them."""

    wishes: Mapping[Target, Wish]
    entries: int
