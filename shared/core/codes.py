"""The words of the answer: what became of a user and of a change."""

from enum import StrEnum


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
    PENDING = "pending"  # in a job that waits for the user


class Code(StrEnum):
    """What happened to a user or a change. Part of the contract: codes never change their meaning."""

    UNCHANGED = "unchanged"
    MASKED_MATCH = "maskedMatch"
    ADDED = "added"
    UPDATED = "updated"
    REMOVED = "removed"
    ENABLED = "enabled"
    DISABLED = "disabled"
    CHANGED = "changed"  # of more than one kind
    PLANNED = "planned"
    PENDING = "pending"
    SOURCE_EMPTY = "sourceEmpty"
    OFFICE_SYNCED = "officeSynced"
    SERVICE_ACCOUNT = "serviceAccount"
    DUPLICATE_USER = "duplicateUser"
    PROTECTED_USER = "protectedUser"
    OUT_OF_SCOPE = "outOfScope"
    DIFFERS = "differs"
    ALTERNATE_EXISTS = "alternateExists"
    NO_MOBILE = "noMobile"
    VALUE_MISMATCH = "valueMismatch"
    NOT_ATTEMPTED = "notAttempted"
    PLAN_CHANGED = "planChanged"
    USER_NOT_FOUND = "userNotFound"
    NOT_READY = "notReady"
    INVALID_NUMBER = "invalidNumber"
    INVALID_ADDRESS = "invalidAddress"
    NUMBER_SHARED = "numberShared"
    METHOD_EXISTS = "methodExists"
    METHOD_NOT_FOUND = "methodNotFound"
    PHONE_NUMBER_NOT_UNIQUE = "phoneNumberNotUnique"
    SMS_SIGN_IN_NOT_ALLOWED = "smsSignInNotAllowed"
    SMS_SIGN_IN_NOT_CHANGED = "smsSignInNotChanged"
    FORBIDDEN = "forbidden"
    MFA_REQUIRED = "mfaRequired"
    DEFAULT_METHOD = "defaultMethod"
    THROTTLED = "throttled"
    GRAPH_UNAVAILABLE = "graphUnavailable"
    GRAPH_ERROR = "graphError"
    DEADLINE = "deadline"
    PARTIAL = "partial"  # some changes were made, some failed

    @property
    def user_status(self) -> UserStatus:
        return _USER_STATUS.get(self, UserStatus.FAILED)


_USER_STATUS = {
    **dict.fromkeys((Code.UNCHANGED, Code.MASKED_MATCH), UserStatus.UNCHANGED),
    **dict.fromkeys(
        (Code.ADDED, Code.UPDATED, Code.REMOVED, Code.ENABLED, Code.DISABLED, Code.CHANGED), UserStatus.CHANGED
    ),
    Code.PLANNED: UserStatus.PLANNED,
    Code.PENDING: UserStatus.PENDING,
    **dict.fromkeys(
        (
            *(Code.SOURCE_EMPTY, Code.OFFICE_SYNCED, Code.SERVICE_ACCOUNT, Code.DUPLICATE_USER, Code.PROTECTED_USER),
            *(Code.OUT_OF_SCOPE, Code.DIFFERS, Code.ALTERNATE_EXISTS, Code.NO_MOBILE, Code.VALUE_MISMATCH),
            *(Code.NOT_ATTEMPTED, Code.PLAN_CHANGED),
        ),
        UserStatus.SKIPPED,
    ),
}
