"""The frozen data that travels the path of a request."""

import copy
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NamedTuple

from shared.core.address import EmailAddress
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.phone import PhoneNumber, StoredNumber
from shared.errors import ServiceError

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """A userPrincipalName or id for comparison. Only ASCII letters are folded: `lower` would make a Kelvin sign a k."""
    return name.lower() if name.isascii() else name.translate(_SMALL)


class Method(StrEnum):
    """What a change is about: authentication methods as Microsoft Graph names them, and SMS sign-in of the mobile."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"
    EMAIL = "email"
    SMS_SIGN_IN = "smsSignIn"
    MICROSOFT_AUTHENTICATOR = "microsoftAuthenticator"
    SOFTWARE_OATH = "softwareOath"
    FIDO2 = "fido2"
    WINDOWS_HELLO = "windowsHelloForBusiness"
    PLATFORM_CREDENTIAL = "platformCredential"
    TEMPORARY_ACCESS_PASS = "temporaryAccessPass"  # noqa: S105 - the name of a method


# phoneType of Graph's phoneAuthenticationMethod.
PHONES = (Method.MOBILE, Method.ALTERNATE_MOBILE, Method.OFFICE)
# Fixed for all users (Graph docs, "phoneAuthenticationMethod resource type" and "Create emailMethod").
METHOD_IDS = {
    Method.MOBILE: "3179e48a-750b-4051-897c-87b9720928f7",
    Method.ALTERNATE_MOBILE: "b6332ec1-7057-4abe-9331-3d72feddfe41",
    Method.OFFICE: "e37fc753-ff3b-4958-9484-eaa9425c82bc",
    Method.EMAIL: "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
}


# For the log, wherever somebody switches it on (docs/retirement.md).
SMS_SIGN_IN_ENDS = (
    "Microsoft ends SMS sign-in on 1 February 2027, even with a telephony provider of your own. "
    "Users need another way to sign in."
)


class SmsState(StrEnum):
    """smsSignInState of Graph's phoneAuthenticationMethod; `ready` means on."""

    NOT_SUPPORTED = "notSupported"
    NOT_ALLOWED_BY_POLICY = "notAllowedByPolicy"
    NOT_ENABLED = "notEnabled"
    NOT_CONFIGURED = "notConfigured"
    PHONE_NUMBER_NOT_UNIQUE = "phoneNumberNotUnique"  # another user signs in with it
    READY = "ready"
    UNKNOWN = "unknownFutureValue"

    @property
    def masked(self) -> str:
        return self.value


class Action(StrEnum):
    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"
    ENABLE = "enable"
    DISABLE = "disable"
    KEEP = "keep"


class Target(NamedTuple):
    """A user as the caller named it: by userPrincipalName as sent (trimmed) or by object id.

    A tuple, because it is looked up in tables a dozen times for each user.
    """

    upn: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing (more) is done for a user or a method: a code and the sentence that explains it to the caller.

    `cause`: not this user's trouble but everybody's, for example that there is no access token.
    """

    code: Code
    message: str
    cause: ServiceError | None = None

    def raise_cause(self) -> None:
        """Raises a copy. An exception that is held by what is in its own frames would keep these in memory, with the
        whole request, and one that is raised again and again would keep all requests."""
        if self.cause is not None:
            raise copy.copy(self.cause)


@dataclass(frozen=True, slots=True)
class User:
    """What is read of a user object. `attributes`: the raw value for each method that the directory is the source of,
    or why it cannot be used; they never leave the process. `synced` is Graph's onPremisesSyncEnabled, `restricted` its
    isManagementRestricted; `invited`: its creationType is Invitation, where that was asked for."""

    id: str
    upn: str
    attributes: Mapping[Method, str | Stop | None]
    usage_location: str | None = None
    synced: bool = False
    restricted: bool = False
    invited: bool = False

    def __repr__(self) -> str:
        return f"User({self.id})"


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The account that the webhook itself signs in with; `id` None if the token did not tell it."""

    id: str | None
    upn: str

    def is_user(self, user: User) -> bool:
        return user.id == self.id or (self.id is None and fold(user.upn) == fold(self.upn))


@dataclass(frozen=True, slots=True)
class PhoneMethod:
    """`sms_sign_in_state` matters for mobile only; the others are always notSupported."""

    method: Method
    number: StoredNumber
    sms_sign_in_state: SmsState | None = None


@dataclass(frozen=True, slots=True)
class OtherMethod:
    """A method that can only be removed; `name` is Graph's displayName."""

    method: Method
    id: str
    name: str | None = None


class ReadScope(Enum):
    """Which methods of a user have to be read."""

    NONE = "none"
    PHONES = "phones"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Current:
    """The methods of a user as read, in any order. With `ReadScope.PHONES` only `phones` is filled."""

    phones: tuple[PhoneMethod, ...] = ()
    email: EmailAddress | None = None
    others: tuple[OtherMethod, ...] = ()

    def phone(self, method: Method) -> PhoneMethod | None:
        for phone in self.phones:
            if phone.method is method:
                return phone
        return None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A user as read. `current` is None when it was not asked for; `stop` says why something could not be read."""

    user: User | None
    current: Current | None = None
    stop: Stop | None = None


Before = StoredNumber | EmailAddress | SmsState
After = PhoneNumber | EmailAddress | SmsState
# Whether a write has a value before it, and one after it.
_BEFORE_AND_AFTER = {Action.ADD: (False, True), Action.UPDATE: (True, True), Action.REMOVE: (True, False)}


@dataclass(frozen=True, slots=True)
class Change:
    """One step towards the desired state. KEEP is a step too, so that a report covers all that was looked at.

    `id` is that of a method that can only be removed. `stop`, on a KEEP: why what was asked for is not done.
    """

    action: Action
    method: Method
    before: Before | None = None
    after: After | None = None
    masked_match: bool = False
    id: str | None = None
    stop: Stop | None = None

    def __post_init__(self) -> None:
        desired = _BEFORE_AND_AFTER.get(self.action) if self.id is None else (False, False)
        if desired is not None and desired != (self.before is not None, self.after is not None):
            raise ValueError(f"{self.action} does not go with before={self.before} after={self.after}")
        if self.is_write and self.stop is not None:
            raise ValueError("what is stopped is not written")

    @property
    def is_write(self) -> bool:
        return self.action is not Action.KEEP

    @property
    def key(self) -> tuple[Method, str | None]:
        """What the change is about: one of each in a plan."""
        return self.method, self.id


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one user, in the order in which it has to be; or the reason why nothing is looked at."""

    changes: tuple[Change, ...] = ()
    stop: Stop | None = None


class OutcomeKind(StrEnum):
    """What became of a write."""

    APPLIED = "applied"
    FAILED = "failed"  # certainly not done
    REFUSED = "refused"  # the method was not as the plan assumed, or Graph has a rule against it
    LOST = "lost"  # no verdict: it may be done or not


@dataclass(frozen=True, slots=True)
class Outcome:
    """`stop` explains anything but APPLIED. `may_be_saved`: refused, and yet the number may have been stored.

    `lost_with_others`: LOST, because nothing could be learnt about a group of writes that were sent together.
    `request_id`: by which Microsoft knows the write, where Graph told one.
    """

    kind: OutcomeKind
    stop: Stop | None = None
    may_be_saved: bool = False
    lost_with_others: bool = False
    sms_sign_in_state: SmsState | None = None
    request_id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """`request_id`: that of the last write that was sent for it."""

    change: Change
    status: ChangeStatus
    code: Code
    message: str
    request_id: str = field(default="", compare=False)


class SourceName(StrEnum):
    """Who decided what a user should have."""

    DIRECTORY = "directory"
    EXPLICIT = "explicit"


@dataclass(frozen=True, slots=True)
class UserResult:
    target: Target
    user_id: str | None
    code: Code
    message: str
    changes: tuple[ChangeResult, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def status(self) -> UserStatus:
        return self.code.user_status


@dataclass(frozen=True, slots=True)
class RunReport:
    """One result for each distinct user, in the caller's order."""

    dry_run: bool
    source: SourceName
    results: tuple[UserResult, ...]
