"""The sign-in errors the sandbox can answer, by AADSTS number.

Shape and numbers: page "Microsoft Entra authentication and authorization error codes". The HTTP status of each is from
experience, and the texts are near to Microsoft's, not equal.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SignInProblem:
    status: int
    error: str
    text: str
    suberror: str | None = None


PROBLEMS = {
    50008: SignInProblem(400, "invalid_grant", "The SAML assertion is not valid."),
    50034: SignInProblem(400, "invalid_grant", "The user account does not exist in the directory."),
    50053: SignInProblem(400, "invalid_grant", "The account is locked, you have tried to sign in too many times."),
    50055: SignInProblem(400, "invalid_grant", "The password is expired.", "user_password_expired"),
    50057: SignInProblem(400, "invalid_grant", "The user account is disabled."),
    50076: SignInProblem(
        400, "invalid_grant", "You must use multi-factor authentication to access this resource.", "basic_action"
    ),
    50079: SignInProblem(
        400, "invalid_grant", "You must enrol in multi-factor authentication to access this resource.", "basic_action"
    ),
    50126: SignInProblem(400, "invalid_grant", "Error validating credentials due to invalid username or password."),
    53003: SignInProblem(
        400, "invalid_grant", "Access has been blocked by Conditional Access policies.", "message_only"
    ),
    65001: SignInProblem(
        400, "invalid_grant", "The user or administrator has not consented to use the application.", "consent_required"
    ),
    70000: SignInProblem(400, "invalid_grant", "The refresh token is not valid."),
    70003: SignInProblem(400, "unsupported_grant_type", "The grant type is not supported."),
    90002: SignInProblem(400, "invalid_request", "The tenant was not found."),
    90014: SignInProblem(400, "invalid_request", "A required field is missing from the request."),
    500011: SignInProblem(400, "invalid_resource", "The resource principal was not found in the tenant."),
    700016: SignInProblem(400, "unauthorized_client", "The application was not found in the directory."),
    7000215: SignInProblem(401, "invalid_client", "Invalid client secret provided."),
    7000218: SignInProblem(401, "invalid_client", "The request must contain client_assertion or client_secret."),
    7000222: SignInProblem(401, "invalid_client", "The provided client secret keys are expired."),
}


class SignInRefused(Exception):
    """No token; `number` is a key of PROBLEMS."""

    def __init__(self, number: int) -> None:
        super().__init__(f"AADSTS{number}")
        self.number = number
