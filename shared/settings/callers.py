"""The setting CALLERS: who may call beside the two handshakes, how each of them proves itself, and what it may do."""

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

SECRET_PREFIX = "webhook-caller-"  # noqa: S105 - the beginning of a secret's name


class Right(StrEnum):
    """What a caller may do."""

    RECONCILE = "reconcile"  # lists and own jobs
    READ = "read"  # methods, masked
    READ_FULL = "readFull"  # full numbers
    EXPLICIT = "explicit"  # name values: set, provision, single writes
    APPROVE = "approve"  # exceed a ceiling by plan id
    OPERATE = "operate"  # everybody's jobs


class Require(StrEnum):
    """The least proof that is accepted."""

    HANDSHAKE = "handshake"
    SIGNATURE = "signature"
    ENTRA = "entra"


@dataclass(frozen=True, slots=True)
class NamedCaller:
    """One entry. With `entra_object_id` (lower case) it calls with a token of Entra ID, else with its secret; if it is
    `signed`, the secret only signs."""

    name: str
    rights: frozenset[Right]
    entra_object_id: str | None = None
    signed: bool = False

    @property
    def secret_name(self) -> str | None:
        """In Key Vault. None: it has none."""
        return None if self.entra_object_id else f"{SECRET_PREFIX}{self.name}"


def read_callers(text: str, faults: list[str]) -> tuple[NamedCaller, ...]:
    """No text: nobody. Adds every fault, with its place and never with what stands there: it may be a secret."""
    if not text:
        return ()
    # Keys that stand twice make faults too, hence the list that is looked at first.
    repeated: list[str] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            repeated.append("CALLERS has an entry with a key that is given twice")
        return dict(pairs)

    try:
        document = json.loads(text, object_pairs_hook=as_object)
    except json.JSONDecodeError as exc:
        faults.append(f"CALLERS is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}")
        return ()
    except (ValueError, RecursionError):
        faults.append("CALLERS is not JSON that can be read")
        return ()
    found = [*repeated, *_schema_faults(document)]
    if not found:
        callers = tuple(_caller(entry) for entry in document)
        found = _clashes(callers)
    faults += found
    return () if found else callers


def _schema_faults(document: object) -> list[str]:
    # Imported here: jsonschema costs 60 ms, which only those should pay who have named callers.
    from jsonschema import Draft202012Validator

    schema = json.loads(resources.files("shared.settings").joinpath("callers.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    errors = sorted(Draft202012Validator(schema).iter_errors(document), key=lambda error: list(map(str, error.path)))
    return list(dict.fromkeys(map(_fault, errors)))


def _fault(error: "ValidationError") -> str:
    """The validator's own message repeats the value; the descriptions of our schema say what is expected instead."""
    place = error.json_path.replace("$", "CALLERS", 1)
    schema = error.schema
    description = schema["description"] if isinstance(schema, dict) else "as described"
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = [name for name in ("name", "rights") if name not in error.instance]
        return f"{place} lacks {' and '.join(missing)}"
    return f"{place} must be {description}"


def _caller(entry: dict[str, Any]) -> NamedCaller:
    object_id = entry.get("entraObjectId")
    return NamedCaller(
        entry["name"],
        frozenset(map(Right, entry["rights"])),
        object_id.lower() if object_id else None,
        entry.get("signed", False),
    )


def _clashes(callers: tuple[NamedCaller, ...]) -> list[str]:
    names = Counter(caller.name for caller in callers)
    ids = Counter(caller.entra_object_id for caller in callers if caller.entra_object_id)
    return [
        *(f"CALLERS names {name} more than once" for name, count in names.items() if count > 1),
        *("CALLERS has one entraObjectId in more than one entry" for count in ids.values() if count > 1),
        *(
            f"CALLERS: {caller.name} has entraObjectId and signed, but a caller with an Entra token has no secret"
            for caller in callers
            if caller.signed and caller.entra_object_id
        ),
    ]
