"""Users and groups of the tenant, as data. No HTTP and no rules about phones here."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

EXTENSION_ATTRIBUTES = tuple(f"extensionAttribute{number}" for number in range(1, 16))
DIRECTORY_EXTENSION = re.compile(r"extension_[0-9a-f]{32}_\w+")

# What GET /users answers without $select, in the order of the page "Get user".
DEFAULT_PROPERTIES = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
SELECT_ONLY_PROPERTIES = (
    "accountEnabled",
    "city",
    "companyName",
    "country",
    "department",
    "employeeId",
    "employeeType",
    "onPremisesExtensionAttributes",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "otherMails",
    "usageLocation",
    "userType",
)
LIST_PROPERTIES = frozenset({"businessPhones", "otherMails"})


@dataclass
class Phone:
    """A phone authentication method; smsSignInState is Graph's word for it."""

    number: str
    sms_state: str


@dataclass
class User:
    """A person in the directory, with the switches that make their case special."""

    id: str
    user_principal_name: str
    attributes: dict[str, Any] = field(default_factory=dict)
    extension_attributes: dict[str, str] | None = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    default_method: str | None = None
    sms_sign_in_allowed: bool = False
    absent: frozenset[str] = frozenset()  # properties that Graph leaves out even when selected
    forbidden: bool = False  # every call on this user's methods is answered 403
    hidden_filter_reads: int = 0  # that many $filter reads do not find the user yet
    password: str | None = None
    sign_in_error: int | None = None  # the AADSTS number that a right password is answered with
    failed_sign_ins: int = 0
    locked_until: float = 0.0
    earlier_phones: dict[str, Phone] = field(default_factory=dict)  # what reads still see after a write ...
    earlier_reads: int = 0  # ... this many more times

    def is_called(self, name: str) -> bool:
        """True when `name` is this user's UPN (any case) or object id."""
        return name.lower() in (self.id, self.user_principal_name.lower())

    def property(self, name: str) -> Any:
        if name == "id":
            return self.id
        if name == "userPrincipalName":
            return self.user_principal_name
        if name == "onPremisesExtensionAttributes":
            known = self.extension_attributes
            return None if known is None else {key: known.get(key) for key in EXTENSION_ATTRIBUTES}
        if name == "accountEnabled":
            return self.attributes.get(name, True)
        return self.attributes.get(name, [] if name in LIST_PROPERTIES else None)

    def as_json(self) -> dict[str, Any]:
        """Everything a client could have changed, and what it is known by."""
        return {
            "id": self.id,
            "userPrincipalName": self.user_principal_name,
            "attributes": copy.deepcopy(self.attributes),
            "onPremisesExtensionAttributes": copy.deepcopy(self.extension_attributes),
            "phoneMethods": {
                kind: {"phoneNumber": phone.number, "smsSignInState": phone.sms_state}
                for kind, phone in sorted(self.phones.items())
            },
            "defaultMethod": self.default_method,
        }


@dataclass
class Group:
    id: str
    display_name: str
    members: list[str]  # object ids of users and groups
    role_assignable: bool = False


def is_property(name: str) -> bool:
    return (
        name in DEFAULT_PROPERTIES
        or name in SELECT_ONLY_PROPERTIES
        or DIRECTORY_EXTENSION.fullmatch(name.lower()) is not None
    )


def object_id(name: str) -> str:
    """The id of an object whose seed gives none: always the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://sandbox.contoso.com/{name.lower()}"))


def make_user(user_principal_name: str, fields: Mapping[str, Any]) -> User:
    """A user from a seed's words: directory properties, extensionAttribute1..15, `phones` and the switches.

    Raises ValueError for a word that is neither.
    """
    user = User(str(fields.get("id") or object_id(user_principal_name)).lower(), user_principal_name)
    if fields.get("onPremisesExtensionAttributes", {}) is None:
        user.extension_attributes = None
    change_user(user, {key: value for key, value in fields.items() if key not in ("id", "userPrincipalName")})
    return user


def change_user(user: User, fields: Mapping[str, Any]) -> None:
    """Set some of a user's properties and switches, in the words of a seed."""
    for key, value in fields.items():
        if key in EXTENSION_ATTRIBUTES:
            user.extension_attributes = {**(user.extension_attributes or {}), key: value}
        elif key == "onPremisesExtensionAttributes":
            user.extension_attributes = None if value is None else dict(value)
        elif key == "phones":
            user.phones = {kind: _phone(kind, phone) for kind, phone in value.items()}
        elif key == "roles":
            user.roles = set(value)
        elif key == "absent":
            user.absent = frozenset(value)
        elif key in _SWITCHES:
            setattr(user, _SWITCHES[key], value)
        elif is_property(key):
            user.attributes[key] = value
        else:
            raise ValueError(f"unknown property or switch {key!r} for {user.user_principal_name}")


_SWITCHES = {
    "userPrincipalName": "user_principal_name",
    "defaultMethod": "default_method",
    "smsSignInAllowed": "sms_sign_in_allowed",
    "forbidden": "forbidden",
    "hiddenFilterReads": "hidden_filter_reads",
    "password": "password",
    "signInError": "sign_in_error",
}


def _phone(kind: str, phone: str | Mapping[str, str]) -> Phone:
    default_state = "notAllowedByPolicy" if kind == "mobile" else "notSupported"
    if isinstance(phone, str):
        return Phone(phone, default_state)
    return Phone(phone["phoneNumber"], phone.get("smsSignInState", default_state))


def transitive_members(groups: Mapping[str, Group], group: Group) -> list[str]:
    """Ids of all members, nested ones too, each once; a group that contains itself does no harm."""
    found: dict[str, None] = {}

    def walk(members: Iterable[str]) -> None:
        for member in members:
            if member not in found and member != group.id:
                found[member] = None
                if member in groups:
                    walk(groups[member].members)

    walk(group.members)
    return list(found)
