"""Users and groups of the tenant, as data. No HTTP and no rules about authentication methods here."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .kinds import DELETE_ONLY, METHOD_IDS, PHONE_TYPES, SMS_STATES

EXTENSION_ATTRIBUTES = tuple(f"extensionAttribute{number}" for number in range(1, 16))
DIRECTORY_EXTENSION = re.compile(r"extension_[0-9a-f]{32}_\w+")
_ANY_EXTENSION = re.compile(r"extension_\w+", re.IGNORECASE)

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
    "creationType",
    "department",
    "employeeId",
    "employeeType",
    "isManagementRestricted",
    "onPremisesExtensionAttributes",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "otherMails",
    "usageLocation",
    "userType",
)
_DECLARED = {name.lower(): name for name in (*DEFAULT_PROPERTIES, *SELECT_ONLY_PROPERTIES)}
# The authentication methods policy of a new tenant, as far as it is about phones. Guess: that voice is off there.
POLICIES: dict[str, dict[str, Any]] = {
    name: {
        "state": state,
        "excludeTargets": [],
        "includeTargets": [{"targetType": "group", "id": "all_users", "isRegistrationRequired": False}],
    }
    for name, state in (("sms", "enabled"), ("voice", "disabled"))
}
LIST_PROPERTIES = frozenset({"businessPhones", "otherMails"})


@dataclass
class Phone:
    """A phone authentication method; smsSignInState is Graph's word for it."""

    number: str
    sms_state: str


@dataclass(frozen=True)
class Method:
    """A method that Graph can only list, read and delete; `kind` is a name of kinds.DELETE_ONLY."""

    kind: str
    id: str
    properties: Mapping[str, Any]


@dataclass
class User:
    """A person in the directory, with the switches that make their case special."""

    id: str
    user_principal_name: str
    attributes: dict[str, Any] = field(default_factory=dict)
    extension_attributes: dict[str, str] | None = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    email: str | None = None  # the address of the e-mail method
    methods: dict[str, Method] = field(default_factory=dict)  # the delete-only ones by id
    reported_methods: list[str] | None = None  # what the registration report still says; None: what is registered now
    default_method: str | None = None  # a phoneType, or the id of one of `methods`
    roles: set[str] = field(default_factory=set)
    eligible_roles: set[str] = field(default_factory=set)  # those that may be activated
    role_scope: str = "/"  # in which both are held
    restricted: bool = False  # in a restricted management administrative unit
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
    earlier_email: str | None = None  # the same for the e-mail address and the delete-only methods
    earlier_methods: dict[str, Method] = field(default_factory=dict)
    earlier_other_reads: int = 0

    def is_called(self, name: str) -> bool:
        """True when `name` is this user's UPN (any case) or object id."""
        return name.lower() in (self.id, self.user_principal_name.lower())

    def defined(self, extension: str) -> str:
        """How the definition of a directory extension spells its name: as the first value that the user was given."""
        return next((name for name in self.attributes if name.lower() == extension.lower()), extension)

    def property(self, name: str) -> Any:
        if name == "id":
            return self.id
        if name == "userPrincipalName":
            return self.user_principal_name
        if name == "onPremisesExtensionAttributes":
            known = self.extension_attributes
            return None if known is None else {key: known.get(key) for key in EXTENSION_ATTRIBUTES}
        if name == "isManagementRestricted":
            return self.restricted or None
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
            "email": self.email,
            "methods": [
                {"kind": method.kind, "id": method.id, **copy.deepcopy(dict(method.properties))}
                for method in self.methods.values()
            ],
            "defaultMethod": self.default_method,
        }


@dataclass
class Group:
    id: str
    display_name: str
    members: list[str]  # object ids of users and groups
    role_assignable: bool = False
    owners: list[str] = field(default_factory=list)  # object ids of users and service principals
    roles: set[str] = field(default_factory=set)
    eligible_roles: set[str] = field(default_factory=set)


def is_property(name: str) -> bool:
    """What a user may be given."""
    return name in _DECLARED.values() or DIRECTORY_EXTENSION.fullmatch(name.lower()) is not None


def property_named(name: str) -> str | None:
    """What a client may ask for: a property in any case, which is told with its own (microsoft-graph-explorer-v4, issue
    2111), and any `extension_…`, whether it exists or not (msgraph-sdk-dotnet, issue 1181)."""
    return name if is_extension(name) else _DECLARED.get(name.lower())


def is_extension(name: str) -> bool:
    return _ANY_EXTENSION.fullmatch(name) is not None


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
        elif key == "methods":
            user.methods = {method.id: method for method in map(_method, value)}
        elif key == "roles":
            user.roles = set(value)
        elif key == "eligibleRoles":
            user.eligible_roles = set(value)
        elif key == "absent":
            user.absent = frozenset(value)
        elif key in _SWITCHES:
            setattr(user, _SWITCHES[key], value)
        elif is_property(key):
            user.attributes[key] = value
        else:
            raise ValueError(f"unknown property or switch {key!r} for {user.user_principal_name}")
    if "defaultMethod" in fields:
        user.default_method = _default_method(user, fields["defaultMethod"])


_SWITCHES = {
    "userPrincipalName": "user_principal_name",
    "defaultMethod": "default_method",
    "email": "email",
    "reportedMethods": "reported_methods",
    "smsSignInAllowed": "sms_sign_in_allowed",
    "roleScope": "role_scope",
    "restricted": "restricted",
    "forbidden": "forbidden",
    "hiddenFilterReads": "hidden_filter_reads",
    "password": "password",
    "signInError": "sign_in_error",
}


def _phone(kind: str, phone: str | Mapping[str, str]) -> Phone:
    default_state = "notAllowedByPolicy" if kind == "mobile" else "notSupported"
    if isinstance(phone, str):
        return Phone(phone, default_state)
    state = phone.get("smsSignInState", default_state)
    if state not in SMS_STATES:
        raise ValueError(f"unknown smsSignInState {state!r}")
    return Phone(phone["phoneNumber"], state)


def _method(described: Mapping[str, Any]) -> Method:
    """The words `kind` and `id`; every other word is a property that Graph shows as it is."""
    if described["kind"] not in DELETE_ONLY:
        raise ValueError(f"unknown kind of authentication method {described['kind']!r}")
    properties = {key: value for key, value in described.items() if key not in ("kind", "id")}
    return Method(described["kind"], described["id"], properties)


def _default_method(user: User, name: str | None) -> str | None:
    """Named by phoneType or id. The password and the e-mail address are no second factor and cannot be the default."""
    name = PHONE_TYPES.get(str(name).lower(), name)
    if name is not None and name not in METHOD_IDS and name not in user.methods:
        raise ValueError(f"{user.user_principal_name} has no method {name!r} that could be the default")
    return name


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
