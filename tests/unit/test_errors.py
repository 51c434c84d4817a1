"""errors.py: the tree of what ends a request, with the code and status the caller sees."""

import pytest

from shared.errors import (
    MAX_FAULTS,
    BodyFault,
    ConfigurationError,
    ExplicitDisabled,
    IdempotencyConflict,
    InvalidBody,
    InvalidQuery,
    JobNotFound,
    JobsUnavailable,
    ServiceError,
    SignInFailed,
    SignInUnavailable,
    TooLarge,
    TooManyAttempts,
    TooManyUsers,
    Unauthorized,
    UserFailed,
    VaultUnavailable,
)


@pytest.mark.parametrize(
    ("error", "code", "status", "retry_after"),
    [
        (ServiceError("d"), "internal", 500, None),
        (ConfigurationError("d"), "configuration", 500, None),
        (Unauthorized("d", "shown"), "unauthorized", 401, None),
        (ExplicitDisabled("d"), "explicitDisabled", 403, None),
        (UserFailed("noMobile", 409, "d"), "noMobile", 409, None),
        (UserFailed("throttled", 503, "d", 30), "throttled", 503, 30),
        (InvalidBody(BodyFault("/0", "d")), "invalidBody", 400, None),
        (InvalidQuery("d"), "invalidQuery", 400, None),
        (TooLarge("d"), "tooLarge", 413, None),
        (TooManyUsers("d"), "tooManyUsers", 413, None),
        (TooManyAttempts("d", 7), "tooManyAttempts", 429, 7),
        (JobNotFound("d"), "jobNotFound", 404, None),
        (IdempotencyConflict("d"), "idempotencyConflict", 422, None),
        (JobsUnavailable("d"), "jobsUnavailable", 503, 30),
        (SignInFailed("d"), "graphSignInFailed", 502, None),
        (SignInUnavailable("d"), "signInUnavailable", 503, 30),
        (SignInUnavailable("d", 7), "signInUnavailable", 503, 7),
        (VaultUnavailable("d"), "vaultUnavailable", 503, 30),
        (VaultUnavailable("d", 7), "vaultUnavailable", 503, 7),
    ],
)
def test_each_error_has_its_code_and_status(
    error: ServiceError, code: str, status: int, retry_after: int | None
) -> None:
    assert (error.code, error.status, error.retry_after) == (code, status, retry_after)
    assert error.detail == str(error) == "d"


def test_a_body_with_several_faults_counts_them() -> None:
    error = InvalidBody(BodyFault("/0", "a"), BodyFault("/1", "b"))
    assert error.detail == "The body has 2 faults. Nothing was done."
    assert [fault.pointer for fault in error.faults] == ["/0", "/1"]


@pytest.mark.parametrize(("count", "shown"), [(MAX_FAULTS, "100"), (MAX_FAULTS + 1, "more than 100")])
def test_faults_beyond_those_that_are_listed_are_not_counted(count: int, shown: str) -> None:
    assert InvalidBody(*[BodyFault("/0", "a")] * count).detail == f"The body has {shown} faults. Nothing was done."


def test_what_the_caller_sent_is_in_the_answer_and_not_in_what_is_logged() -> None:
    error = InvalidBody(BodyFault("/0/Mobil", "Unknown column.", "Row 1, column Mobil"))
    assert error.detail == error.faults[0].detail == "Row 1, column Mobil: Unknown column."
    assert error.logged == str(error) == "Unknown column."
    assert ServiceError("d").logged == "d"
