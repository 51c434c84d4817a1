"""Raw bytes to the users they name, or every reason why not.

What real callers send is not tidy: PowerShell's Invoke-WebRequest labels JSON as a form, a pipeline unwraps a list of
one, an HR system adds properties of its own. So the content type is ignored, the list is looked for, and only then is
it validated. Pointers are those of the caller's own document.
"""

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from shared.errors import BodyFault, InvalidBody
from shared.models import Target

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MAX_FAULTS = 100

_UPN, _ID = "userPrincipalName", "id"
_WRAPPERS = ("value", "users")


@dataclass(frozen=True, slots=True)
class UserList:
    """The distinct users in the caller's order, and how many entries named them."""

    targets: tuple[Target, ...]
    entries: int


class _Object:
    """A JSON object as written: a name may stand in it twice, or in two spellings."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        self.pairs = pairs

    def find(self, name: str) -> list[tuple[str, object]]:
        return [(key, value) for key, value in self.pairs if key.lower() == name.lower()]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One user's place in the document, and the entry as the schema sees it."""

    pointer: str
    property_pointer: str
    canonical: object


def parse_users(body: bytes) -> UserList:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them."""
    entries = [_entry(pointer, raw) for pointer, raw in _raw_entries(_decode(body))]
    faults: list[BodyFault] = [entry for entry in entries if isinstance(entry, BodyFault)][: MAX_FAULTS + 1]
    sound = [entry for entry in entries if isinstance(entry, _Entry)]
    faults += _schema_faults(sound, MAX_FAULTS + 1 - len(faults))
    if faults:
        raise InvalidBody(*faults)
    return UserList(_distinct(sound), len(entries))


def _decode(body: bytes) -> object:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows PowerShell 5.1 sends ISO-8859-1.
        text = body.decode("latin-1")
    if not text.strip():
        raise InvalidBody(BodyFault("", "The body is empty; a JSON list of users is expected."))
    try:
        return json.loads(text, object_pairs_hook=_Object, parse_constant=_no_constant)
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


def _raw_entries(document: object) -> Iterator[tuple[str, object]]:
    if isinstance(document, _Object) and not document.find(_UPN) and not document.find(_ID):
        for wrapper in _WRAPPERS:
            found = document.find(wrapper)
            if len(found) > 1:
                raise InvalidBody(BodyFault("", _stands_twice(wrapper, len(found))))
            for key, value in found:
                yield from _listed(f"/{key}", value)
                return
        raise InvalidBody(
            BodyFault("", "The object names no user: userPrincipalName, id, value or users is expected in it.")
        )
    yield from _listed("", document)


def _listed(pointer: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        if not value:
            raise InvalidBody(BodyFault(pointer, "The list is empty; nothing was done."))
        yield from ((f"{pointer}/{index}", item) for index, item in enumerate(value))
    else:
        # PowerShell's pipeline turns a list of one into its only element.
        yield pointer, value


def _entry(pointer: str, raw: object) -> _Entry | BodyFault:
    """An entry reduced to what names its user: the userPrincipalName if there is one, else the id."""
    if isinstance(raw, str):
        return _Entry(pointer, pointer, {_UPN: raw.strip()})
    if not isinstance(raw, _Object):
        return _Entry(pointer, pointer, raw)
    upns, ids = raw.find(_UPN), raw.find(_ID)
    for name, found in ((_UPN, upns), (_ID, ids)):
        if len(found) > 1 and (name == _UPN or not upns):
            return BodyFault(pointer, _stands_twice(name, len(found)))
    if upns and (upns[0][1] is not None or not ids):
        name, (key, value) = _UPN, upns[0]
    elif ids:
        name, (key, value) = _ID, ids[0]
    else:
        return _Entry(pointer, pointer, {})
    return _Entry(pointer, f"{pointer}/{key}", {name: value.strip() if isinstance(value, str) else value})


def _schema_faults(entries: Sequence[_Entry], limit: int) -> list[BodyFault]:
    errors = _validator().iter_errors([entry.canonical for entry in entries]) if entries else ()
    return [_fault(entries, error) for error in islice(errors, limit)]


@functools.cache
def _validator() -> "Draft202012Validator":
    # Imported here: jsonschema costs 60 ms, which only the first request should pay.
    from jsonschema import Draft202012Validator

    schema = json.loads(resources.files("shared.schemas").joinpath("users.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _fault(entries: Sequence[_Entry], error: "ValidationError") -> BodyFault:
    """The validator's own message repeats the value, which may be anything; ours says what is expected instead."""
    index, *rest = error.absolute_path
    entry = entries[int(index)]
    if not rest:
        return BodyFault(entry.pointer, "This names no user: userPrincipalName or id is expected, or a plain string.")
    if error.validator == "type":
        return BodyFault(entry.property_pointer, "This must be a string.")
    if rest[0] == _ID:
        return BodyFault(
            entry.property_pointer, "This must be an object id (a GUID), or userPrincipalName must be given."
        )
    return BodyFault(
        entry.property_pointer,
        "This must be a userPrincipalName: name@domain, at most 256 characters, "
        "without slashes, question marks and control characters.",
    )


def _distinct(entries: Sequence[_Entry]) -> tuple[Target, ...]:
    """The first of each; userPrincipalNames and GUIDs are compared without case, as Entra does."""
    targets: dict[tuple[str, str], Target] = {}
    for entry in entries:
        assert isinstance(entry.canonical, dict)  # noqa: S101 - the schema has made sure
        ((name, value),) = entry.canonical.items()
        targets.setdefault((name, value.lower()), Target(upn=value) if name == _UPN else Target(id=value.lower()))
    return tuple(targets.values())


def _stands_twice(name: str, times: int) -> str:
    return f"{name} stands here {times} times; which one counts cannot be known."
