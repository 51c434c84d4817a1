"""What names a user: userPrincipalName (UPN for short) or id, checked against the schema."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from shared.api.payload.document import ID, JSON_IN_TEXT, NAMES, SHORT_UPN, UPN, Object, Place, holds_json, stands_twice
from shared.core.desired import GivenId
from shared.core.models import Target, fold
from shared.core.text import bare_address, visible
from shared.errors import BodyFault

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

# No kind of name allows less.
_SHORT = 256
# As .NET writes one too, in braces.
_GUID = re.compile(r"(\{)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?(1)\})", re.IGNORECASE | re.ASCII)


_IS_ID = (
    'This is an object id (a GUID), not a userPrincipalName. Send it as id: {"id": "…"} in JSON, a column id in CSV, '
    "nativeIdentity in a plan."
)


@dataclass(frozen=True, slots=True)
class Name:
    """`kind` is userPrincipalName or id; `value` is whatever the caller gave, until `name_fault` has seen it.

    It stands at `step` of `parent`, or is itself what stands there.
    """

    parent: Place
    step: str | None
    kind: str
    value: object

    @property
    def place(self) -> Place:
        return self.parent if self.step is None else self.parent.at(self.step)

    @property
    def key(self) -> tuple[str, str]:
        """Equal for equal users: userPrincipalNames and GUIDs are compared without case, as Entra does."""
        return self.kind, fold(str(self.value))

    @property
    def target(self) -> Target:
        value = str(self.value)
        return Target(upn=value) if self.kind == UPN else Target(id=fold(value))


def named(parent: Place, step: str | None, kind: str, raw: object) -> Name:
    """A name as pasted, from mail programs too, becomes the name itself where only one can be meant."""
    if not isinstance(raw, str):
        return Name(parent, step, kind, raw)
    return Name(parent, step, kind, bare_address(raw) if kind == UPN else plain_id(raw) or visible(raw))


def plain_id(text: str) -> str | None:
    """The object id that a text is, or None."""
    found = _GUID.fullmatch(visible(text))
    return found[2] if found else None


def find_name(place: Place, raw: object) -> Name | BodyFault:
    """An entry reduced to what names its user: the userPrincipalName if there is one, else the id. A fault among the
    entries stays one."""
    if isinstance(raw, BodyFault):
        return raw
    if isinstance(raw, str):
        return named(place, None, UPN, raw)
    upns, ids = (_upns(raw), raw.find(ID)) if isinstance(raw, Object) else ([], [])
    is_null = len(upns) == 1 and upns[0][1] is None
    kind, found = (UPN, upns) if upns and not (is_null and ids) else (ID, ids)
    if not found:
        return place.fault(f"This names no user. Give {', '.join(NAMES)}, or a plain string.")
    if len(found) > 1:
        return place.fault(stands_twice(kind, len(found)))
    key, value = found[0]
    return named(place, key, kind, value)


def given_id(place: Place, raw: object) -> GivenId | None:
    """The object id that stands beside a userPrincipalName. What is none, such as a personnel number, says nothing of
    Entra ID."""
    found = plain_id(raw) if isinstance(raw, str) else None
    return None if found is None else GivenId(fold(found), place.spot)


def _upns(raw: Object) -> list[tuple[str, object]]:
    """Both spellings with one value, or with null for one of them, are one name."""
    long, short = raw.find(UPN), raw.find(SHORT_UPN)
    if len(long) == len(short) == 1:
        one, other = long[0][1], short[0][1]
        if other is None or (
            isinstance(one, str) and isinstance(other, str) and fold(bare_address(one)) == fold(bare_address(other))
        ):
            return long
        if one is None:
            return short
    return [*long, *short]


def name_fault(name: Name) -> BodyFault | None:
    # Anything but a text becomes null, which the schema refuses alike: the validator would write a deep value out.
    text = name.value if isinstance(name.value, str) else None
    if text is not None and len(text) <= _SHORT and _patterns()[name.kind].search(text):
        return None
    error = next(_validators()[name.kind].iter_errors(text), None)
    return None if error is None else _fault(name, error)


@functools.cache
def _schemas() -> Mapping[str, dict[str, Any]]:
    schema = json.loads(resources.files("shared.api.payload").joinpath("users.schema.json").read_text("utf-8"))
    return dict(schema["properties"])


@functools.cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """A validator takes 20 times as long as the pattern in it, and almost every name matches."""
    return {kind: re.compile(values["pattern"]) for kind, values in _schemas().items()}


@functools.cache
def _validators() -> Mapping[str, "Draft202012Validator"]:
    """One for each kind: validating a list, or an object, would cost twice as much for each value in it."""
    # Imported here: jsonschema costs 60 ms, which only the first fault should pay.
    from jsonschema import Draft202012Validator

    for values in _schemas().values():
        Draft202012Validator.check_schema(values)
    return {kind: Draft202012Validator(values) for kind, values in _schemas().items()}


def _fault(name: Name, error: "ValidationError") -> BodyFault:
    """The validator's own message repeats the value, which may be anything; ours says what is expected instead."""
    if error.validator == "type":
        return name.place.fault("This must be a string.")
    text = str(name.value)
    if plain_id(text):
        return name.place.fault(_IS_ID)
    if holds_json(text) and (name.kind == UPN or '"' in text):
        return name.place.fault(JSON_IN_TEXT)
    if name.kind == ID:
        return name.place.fault("This must be an object id (a GUID), or userPrincipalName must be given.")
    return name.place.fault(
        "This must be a userPrincipalName: name@domain, at most 256 characters, without white space, slashes, question "
        "marks, colons, double or typographic quotes, angle brackets or control characters, and with no dot at the end."
    )
