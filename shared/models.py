"""The frozen data that travels the path of a request, and the words of its answer."""

import string
from dataclasses import dataclass
from enum import StrEnum

from shared.phone import PhoneNumber, StoredNumber

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """A userPrincipalName or id for comparison. Only ASCII letters are folded: `lower` would make a Kelvin sign a k."""
    return name.translate(_SMALL)


class PhoneType(StrEnum):
    """phoneType of Microsoft Graph's phoneAuthenticationMethod."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"


class Action(StrEnum):
    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"
    KEEP = "keep"


class ChangeStatus(StrEnum):
    APPLIED = "applied"
    PLANNED = "planned"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"  # sent, and its outcome could not be learnt in time


class UserStatus(StrEnum):
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    PLANNED = "planned"
    SKIPPED = "skipped"
    FAILED = "failed"


class Code(StrEnum):
    """What happened to a user. Part of the contract: codes never change their meaning."""

    UNCHANGED = "unchanged"
    MASKED_MATCH = "maskedMatch"
    ADDED = "added"
    UPDATED = "updated"
    REMOVED = "removed"
    PLANNED = "planned"
    SOURCE_EMPTY = "sourceEmpty"
    SERVICE_ACCOUNT = "serviceAccount"
    DUPLICATE_USER = "duplicateUser"
    PROTECTED_USER = "protectedUser"
    ALTERNATE_EXISTS = "alternateExists"
    USER_NOT_FOUND = "userNotFound"
    INVALID_NUMBER = "invalidNumber"
    FORBIDDEN = "forbidden"
    DEFAULT_METHOD = "defaultMethod"
    THROTTLED = "throttled"
    GRAPH_UNAVAILABLE = "graphUnavailable"
    GRAPH_ERROR = "graphError"
    DEADLINE = "deadline"

    @property
    def user_status(self) -> UserStatus:
        return _USER_STATUS.get(self, UserStatus.FAILED)


_USER_STATUS = {
    Code.UNCHANGED: UserStatus.UNCHANGED,
    Code.MASKED_MATCH: UserStatus.UNCHANGED,
    Code.ADDED: UserStatus.CHANGED,
    Code.UPDATED: UserStatus.CHANGED,
    Code.REMOVED: UserStatus.CHANGED,
    Code.PLANNED: UserStatus.PLANNED,
    Code.SOURCE_EMPTY: UserStatus.SKIPPED,
    Code.SERVICE_ACCOUNT: UserStatus.SKIPPED,
    Code.DUPLICATE_USER: UserStatus.SKIPPED,
    Code.PROTECTED_USER: UserStatus.SKIPPED,
    Code.ALTERNATE_EXISTS: UserStatus.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A user as the caller named it: by userPrincipalName as sent (trimmed) or by object id."""

    upn: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """What is read of a user object. `source` is the raw value of SOURCE_ATTRIBUTE and never leaves the process."""

    id: str
    upn: str
    source: str | None = None
    usage_location: str | None = None

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
    """`sms_sign_in_state` is Graph's smsSignInState; `phoneNumberNotUnique`: another user signs in with it."""

    phone_type: PhoneType
    number: StoredNumber
    sms_sign_in_state: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing (more) is done for a user: a code and the sentence that explains it to the caller."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A user as read. `methods` is None when they were not wanted; `stop` says why something could not be read."""

    user: User | None
    methods: tuple[PhoneMethod, ...] | None = None
    stop: Stop | None = None


# Whether a write has a number before it, and one after it.
_BEFORE_AND_AFTER = {Action.ADD: (False, True), Action.UPDATE: (True, True), Action.REMOVE: (True, False)}


@dataclass(frozen=True, slots=True)
class Change:
    """One step towards the desired state. KEEP is a step too, so that a report covers all that was looked at."""

    action: Action
    phone_type: PhoneType
    before: StoredNumber | None
    after: PhoneNumber | None
    masked_match: bool = False

    def __post_init__(self) -> None:
        wanted = _BEFORE_AND_AFTER.get(self.action)
        if wanted is not None and wanted != (self.before is not None, self.after is not None):
            raise ValueError(f"{self.action} does not go with before={self.before} after={self.after}")

    @property
    def is_write(self) -> bool:
        return self.action is not Action.KEEP


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one user: a change, the reason why there is none, or both (looked at, and why not)."""

    change: Change | None = None
    stop: Stop | None = None


class OutcomeKind(StrEnum):
    """What became of a write."""

    APPLIED = "applied"
    FAILED = "failed"  # certainly not done
    REFUSED = "refused"  # the method was not as the plan assumed, or Graph has a rule against it
    LOST = "lost"  # no verdict: it may be done or not


@dataclass(frozen=True, slots=True)
class Outcome:
    """`stop` explains anything but APPLIED. `may_be_saved`: refused, and yet the number may have been stored."""

    kind: OutcomeKind
    stop: Stop | None = None
    may_be_saved: bool = False
    sms_sign_in_state: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeResult:
    change: Change
    status: ChangeStatus
    code: Code


@dataclass(frozen=True, slots=True)
class UserResult:
    target: Target
    user_id: str | None
    code: Code
    message: str
    change: ChangeResult | None = None

    @property
    def status(self) -> UserStatus:
        return self.code.user_status


@dataclass(frozen=True, slots=True)
class RunReport:
    """One result for each distinct user, in the caller's order."""

    dry_run: bool
    results: tuple[UserResult, ...]
