"""Raw bytes to the users they name, or every reason why not.

What real callers send is not tidy: PowerShell's Invoke-WebRequest labels JSON as a form, a pipeline unwraps a list of
one, an HR system adds properties of its own. So the content type is ignored, the list is looked for, and only then is
it validated. Pointers are those of the caller's own document.
"""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from shared.errors import BodyFault, InvalidBody
from shared.models import Target, fold

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
    """What names one user: `name` is userPrincipalName or id. `pointer` leads to the value in the caller's document."""

    pointer: str
    name: str
    value: object


def parse_users(body: bytes) -> UserList:
    """Raises InvalidBody with every fault found, at most MAX_FAULTS + 1 of them."""
    entries = [_entry(pointer, raw) for pointer, raw in _raw_entries(_decode(body))]
    faults = {i: entry for i, entry in enumerate(entries) if isinstance(entry, BodyFault)}
    named = {i: entry for i, entry in enumerate(entries) if isinstance(entry, _Entry)}
    faults |= dict(islice(_schema_faults(named), MAX_FAULTS + 1))
    if faults:
        raise InvalidBody(*[faults[i] for i in sorted(faults)[: MAX_FAULTS + 1]])
    return UserList(_distinct(named.values()), len(entries))


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
    if isinstance(document, _Object):
        for key, _ in document.find("dryRun"):
            raise InvalidBody(BodyFault(f"/{key}", "dryRun belongs into the query (?dryRun=true). Nothing was done."))
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
        return _Entry(pointer, _UPN, raw.strip())
    upns, ids = (raw.find(_UPN), raw.find(_ID)) if isinstance(raw, _Object) else ([], [])
    for name, found in ((_UPN, upns), (_ID, ids)):
        if len(found) > 1 and (name == _UPN or not upns):
            return BodyFault(pointer, _stands_twice(name, len(found)))
    if upns and (upns[0][1] is not None or not ids):
        name, (key, value) = _UPN, upns[0]
    elif ids:
        name, (key, value) = _ID, ids[0]
    else:
        return BodyFault(pointer, "This names no user: userPrincipalName or id is expected, or a plain string.")
    return _Entry(f"{pointer}/{key}", name, value.strip() if isinstance(value, str) else value)


def _schema_faults(entries: Mapping[int, _Entry]) -> Iterator[tuple[int, BodyFault]]:
    """The faulty ones, by position in the list."""
    validators = _validators()
    for position, entry in entries.items():
        # Anything but a text becomes null, which the schema refuses alike: the validator would write a deep value out.
        text = entry.value if isinstance(entry.value, str) else None
        error = next(validators[entry.name].iter_errors(text), None)
        if error is not None:
            yield position, _fault(entry, error)


@functools.cache
def _validators() -> Mapping[str, "Draft202012Validator"]:
    """One for each name: validating a list, or an object, would cost twice as much for each value in it."""
    # Imported here: jsonschema costs 60 ms, which only the first request should pay.
    from jsonschema import Draft202012Validator

    schema = json.loads(resources.files("shared.schemas").joinpath("users.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return {name: Draft202012Validator(values) for name, values in schema["properties"].items()}


def _fault(entry: _Entry, error: "ValidationError") -> BodyFault:
    """The validator's own message repeats the value, which may be anything; ours says what is expected instead."""
    if error.validator == "type":
        return BodyFault(entry.pointer, "This must be a string.")
    if entry.name == _ID:
        return BodyFault(entry.pointer, "This must be an object id (a GUID), or userPrincipalName must be given.")
    return BodyFault(
        entry.pointer,
        "This must be a userPrincipalName: name@domain, at most 256 characters, "
        "without slashes, question marks and control characters.",
    )


def _distinct(entries: Iterable[_Entry]) -> tuple[Target, ...]:
    """The first of each; userPrincipalNames and GUIDs are compared without case, as Entra does."""
    targets: dict[tuple[str, str], Target] = {}
    for entry in entries:
        value = str(entry.value)
        target = Target(upn=value) if entry.name == _UPN else Target(id=fold(value))
        targets.setdefault((entry.name, fold(value)), target)
    return tuple(targets.values())


def _stands_twice(name: str, times: int) -> str:
    return f"{name} stands here {times} times; which one counts cannot be known."
