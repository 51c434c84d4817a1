"""Access tokens for Microsoft Graph, kept until shortly before they expire.

Three ways in (GRAPH_AUTH): a service account's name and password, the app's own secret (both in msal_sign_in.py), or
the managed identity.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from shared.core.models import ServiceAccount
from shared.deadline import Deadline, time_limit
from shared.errors import SignInFailed, SignInUnavailable
from shared.log import get_logger
from shared.microsoft.identity import AppIdentity, IdentityRefused, IdentityUnavailable

RECHECK_S = 10.0
EARLY_S = 300.0
SIGN_IN_LIMIT_S = 20.0
RETRY_AFTER_S = 30

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, how many seconds it lives, and the account behind it (None for an app)."""

    token: str = field(repr=False)
    lifetime_s: float
    account: ServiceAccount | None = None


class SignIn(Protocol):
    """One way to a token. Raises SignInFailed when Entra refuses, SignInUnavailable when it does not answer.

    `claims` (JSON) is what Graph wants the token to satisfy: a claims challenge.
    """

    def __call__(self, deadline: Deadline, claims: str | None = None) -> Grant: ...


class GraphTokens:
    """The current token, shared by all requests; one caller renews it while the others wait."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._renew_at = 0.0
        self._replaced_at = float("-inf")
        self._replaced_for: str | None = None
        self._failed_at = float("-inf")
        self._expires_at = 0.0

    def account(self, deadline: Deadline) -> ServiceAccount | None:
        """Signs in if need be. None when the tokens speak for an app."""
        self.token(deadline)
        grant = self._grant
        return grant.account if grant else None

    def token(self, deadline: Deadline) -> str:
        return self._current(deadline, refused=None)

    def renew(self, refused: str, deadline: Deadline, claims: str | None = None) -> str:
        """A token other than the one Graph has just refused, unless one was fetched for that reason moments ago.

        So an app that Graph refuses for good does not sign in anew for each of its calls.
        """
        recently = time.monotonic() - self._replaced_at < RECHECK_S and claims in (None, self._replaced_for)
        return self._current(deadline, refused=None if recently else refused, claims=claims)

    def _current(self, deadline: Deadline, refused: str | None, claims: str | None = None) -> str:
        grant = self._fresh(refused)
        if grant is not None:
            return grant.token
        old, asked_at = self._usable(refused), time.monotonic()
        # While another caller signs in, an old token that is still good spares the wait.
        if not self._lock.acquire(timeout=0.0 if old is not None else deadline.remaining()):
            if old is not None:
                return old.token
            raise SignInUnavailable("the sign-in to Microsoft Entra took too long", RETRY_AFTER_S)
        try:
            if self._failed_at > asked_at:
                # It failed for the one waited for; a queue of callers must not wait out one time-limit each.
                raise SignInUnavailable("Microsoft Entra did not respond to the sign-in", RETRY_AFTER_S)
            grant = self._fresh(refused) or self._renewed(deadline, refused, claims)
            return grant.token
        finally:
            self._lock.release()

    def _fresh(self, refused: str | None) -> Grant | None:
        grant = self._grant
        return grant if grant and grant.token != refused and time.monotonic() < self._renew_at else None

    def _usable(self, refused: str | None) -> Grant | None:
        grant = self._grant
        return grant if grant and grant.token != refused and time.monotonic() < self._expires_at else None

    def _renewed(self, deadline: Deadline, refused: str | None, claims: str | None) -> Grant:
        try:
            new = self._sign_in(deadline, claims)
        except SignInUnavailable:
            old = self._usable(refused)
            if old is None:
                self._failed_at = time.monotonic()
                raise
            _log.warning("the Graph token could not be renewed early; the old one is used until it expires")
            self._renew_at = time.monotonic() + RETRY_AFTER_S
            return old
        now = time.monotonic()
        if refused is not None:
            self._replaced_at, self._replaced_for = now, claims
        # A token that lives no longer than the margin is used for half its life.
        self._renew_at = now + max(new.lifetime_s - EARLY_S, new.lifetime_s / 2)
        self._expires_at = now + new.lifetime_s
        self._grant = new
        return new


class IdentitySignIn:
    """Signs in as the app's managed identity."""

    def __init__(self, identity: AppIdentity, scope: str) -> None:
        self._identity, self._scope = identity, scope

    def __call__(self, deadline: Deadline, claims: str | None = None) -> Grant:
        try:
            with time_limit(min(SIGN_IN_LIMIT_S, deadline.remaining())):
                # azure-identity would hand out the token of its own cache, even one that Graph has refused.
                self._identity.drop()
                token = self._identity.get_token(self._scope, claims=claims)
        except IdentityRefused as exc:
            raise SignInFailed(f"For Microsoft Graph {exc}.") from exc
        except IdentityUnavailable as exc:
            raise SignInUnavailable(str(exc), RETRY_AFTER_S) from exc
        return Grant(token.token, token.expires_on - time.time())
