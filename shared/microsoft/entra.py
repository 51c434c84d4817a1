"""Access tokens for Microsoft Graph, kept until shortly before they expire.

Three ways in (GRAPH_AUTH): a service account's name and password (MSAL, confidential client), the app's own secret
(MSAL), or the managed identity. A refused sign-in is never repeated with the same secrets: Entra counts wrong
passwords and locks the account. They stay refused for REFUSED_S, for every request of the process; only other secrets
get through.

MSAL caches answers and failures inside its application object; one is made for each sign-in, so that nothing is
replayed and the time to live of a token is decided here alone.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from shared.core.models import ServiceAccount
from shared.deadline import Deadline
from shared.errors import SignInFailed, SignInUnavailable
from shared.log import get_logger
from shared.microsoft.aadsts import advice_for
from shared.microsoft.identity import AppIdentity, IdentityRefused, IdentityUnavailable
from shared.microsoft.session import BoundedSession, retry_after_s, time_limit

if TYPE_CHECKING:
    import requests

REFUSED_S = 300.0
RECHECK_S = 10.0
EARLY_S = 300.0
SIGN_IN_LIMIT_S = 20.0
READ_TIMEOUT_S = 10.0
TRIES = 2
RETRY_AFTER_S = 30

# A wrong or expired secret: the vault may hold a newer one than the cache.
_WORTH_A_RELOAD = (7000215, 7000222, 50126)

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, how many seconds it lives, and the account behind it (None for an app)."""

    token: str = field(repr=False)
    lifetime_s: float
    account: ServiceAccount | None = None


class SignIn(Protocol):
    """One way to a token. Raises SignInFailed when Entra refuses, SignInUnavailable when it does not answer."""

    def __call__(self, deadline: Deadline) -> Grant: ...


class GraphTokens:
    """The current token, shared by all requests; one caller renews it while the others wait."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._renew_at = 0.0
        self._replaced_at = float("-inf")
        self._failed_at = float("-inf")
        self._expires_at = 0.0

    def account(self, deadline: Deadline) -> ServiceAccount | None:
        """Signs in if need be. None when the tokens speak for an app."""
        self.token(deadline)
        grant = self._grant
        return grant.account if grant else None

    def token(self, deadline: Deadline) -> str:
        return self._current(deadline, refused=None)

    def renew(self, refused: str, deadline: Deadline) -> str:
        """A token other than the one Graph has just refused, unless one was fetched for that reason moments ago.

        So an app that Graph refuses for good does not sign in anew for each of its calls.
        """
        recently = time.monotonic() - self._replaced_at < RECHECK_S
        return self._current(deadline, refused=None if recently else refused)

    def _current(self, deadline: Deadline, refused: str | None) -> str:
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
                raise SignInUnavailable("Microsoft Entra did not answer the sign-in", RETRY_AFTER_S)
            grant = self._fresh(refused) or self._renewed(deadline, refused)
            return grant.token
        finally:
            self._lock.release()

    def _fresh(self, refused: str | None) -> Grant | None:
        grant = self._grant
        return grant if grant and grant.token != refused and time.monotonic() < self._renew_at else None

    def _usable(self, refused: str | None) -> Grant | None:
        grant = self._grant
        return grant if grant and grant.token != refused and time.monotonic() < self._expires_at else None

    def _renewed(self, deadline: Deadline, refused: str | None) -> Grant:
        try:
            new = self._sign_in(deadline)
        except SignInUnavailable:
            old = self._usable(refused)
            if old is None:
                self._failed_at = time.monotonic()
                raise
            _log.warning("the Graph token could not be renewed early; the old one serves until it expires")
            self._renew_at = time.monotonic() + RETRY_AFTER_S
            return old
        now = time.monotonic()
        if refused is not None:
            self._replaced_at = now
        # A token that lives no longer than the margin is used for half its life.
        self._renew_at = now + max(new.lifetime_s - EARLY_S, new.lifetime_s / 2)
        self._expires_at = now + new.lifetime_s
        self._grant = new
        return new


class Secrets(Protocol):
    """The secrets of one sign-in by name; `reload_every_s` as in Vault; 0 asks at once."""

    def __call__(self, deadline: Deadline, reload_every_s: float | None = None) -> Mapping[str, str]: ...


class MsalSignIn:
    """Signs in by MSAL's confidential client: as a user if the secrets hold a `username`, else as the app."""

    def __init__(self, authority: str, client_id: str, scope: str, secrets: Secrets) -> None:
        self._authority, self._client_id, self._scope = authority, client_id, scope
        self._secrets = secrets
        self._refused: dict[tuple[str, ...], tuple[float, _RefusedSecret]] = {}

    def __call__(self, deadline: Deadline) -> Grant:
        """Called by one thread at a time."""
        secrets = self._secrets(deadline)
        refusal = self._known_refusal(secrets)
        reload_every_s = RECHECK_S
        if refusal is None:
            try:
                return self._ask(secrets, deadline)
            except _RefusedSecret as fresh:
                refusal = self._remember(secrets, fresh)
                reload_every_s = 0.0
        if refusal.number in _WORTH_A_RELOAD:
            newer = self._secrets(deadline, reload_every_s)
            if tuple(newer.values()) != tuple(secrets.values()) and self._known_refusal(newer) is None:
                _log.info("the vault holds other secrets than those refused; signing in with these")
                try:
                    return self._ask(newer, deadline)
                except _RefusedSecret as fresh:
                    refusal = self._remember(newer, fresh)
        raise refusal.failure

    def _known_refusal(self, secrets: Mapping[str, str]) -> "_RefusedSecret | None":
        now = time.monotonic()
        self._refused = {key: entry for key, entry in self._refused.items() if now - entry[0] < REFUSED_S}
        entry = self._refused.get(tuple(secrets.values()))
        return entry[1] if entry else None

    def _remember(self, secrets: Mapping[str, str], refusal: "_RefusedSecret") -> "_RefusedSecret":
        _log.error("sign-in refused: %s", refusal.failure.detail)
        self._refused[tuple(secrets.values())] = (time.monotonic(), refusal)
        return refusal

    def _ask(self, secrets: Mapping[str, str], deadline: Deadline) -> Grant:
        limit = Deadline(min(SIGN_IN_LIMIT_S, deadline.remaining()))
        for attempt in range(TRIES):
            try:
                with time_limit(limit.remaining()):
                    return self._ask_once(secrets)
            except _NoAnswer as exc:
                pause = float(exc.retry_after_s or attempt + 1)
                if attempt == TRIES - 1 or pause >= limit.remaining():
                    raise SignInUnavailable(
                        f"Microsoft Entra did not answer the sign-in ({exc})", round(exc.retry_after_s or RETRY_AFTER_S)
                    ) from exc
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _ask_once(self, secrets: Mapping[str, str]) -> Grant:
        import msal
        import requests
        from msal.exceptions import MsalServiceError

        session = BoundedSession(read_s=READ_TIMEOUT_S, total_s=SIGN_IN_LIMIT_S)
        answers: list[requests.Response] = []
        session.hooks["response"].append(lambda response, **_: answers.append(response))
        try:
            app = msal.ConfidentialClientApplication(
                self._client_id,
                client_credential=secrets["client_secret"],
                authority=self._authority,
                http_client=session,
            )
            if "username" in secrets:
                result = app.acquire_token_by_username_password(
                    secrets["username"], secrets["password"], scopes=[self._scope]
                )
            else:
                result = app.acquire_token_for_client(scopes=[self._scope])
        except (requests.RequestException, OSError) as exc:
            raise _NoAnswer(type(exc).__name__, None) from exc
        except (ValueError, MsalServiceError) as exc:
            # MSAL raises these for an answer it cannot use: an unknown tenant at discovery, a 5xx, no JSON.
            raise _failure(_last_body(answers), answers, type(exc).__name__) from exc
        finally:
            session.close()
        if "access_token" not in result:
            raise _failure(result, answers, "no token")
        return Grant(result["access_token"], float(result.get("expires_in", 0)), _account(result, secrets))


class IdentitySignIn:
    """Signs in as the app's managed identity."""

    def __init__(self, identity: AppIdentity, scope: str) -> None:
        self._identity, self._scope = identity, scope

    def __call__(self, deadline: Deadline) -> Grant:
        try:
            with time_limit(min(SIGN_IN_LIMIT_S, deadline.remaining())):
                # azure-identity would hand out the token of its own cache, even one that Graph has refused.
                self._identity.drop()
                token = self._identity.get_token(self._scope)
        except IdentityRefused as exc:
            raise SignInFailed(f"For Microsoft Graph {exc}.") from exc
        except IdentityUnavailable as exc:
            raise SignInUnavailable(str(exc), RETRY_AFTER_S) from exc
        return Grant(token.token, token.expires_on - time.time())


class _RefusedSecret(Exception):
    def __init__(self, number: int | None, failure: SignInFailed) -> None:
        super().__init__(failure.detail)
        self.number, self.failure = number, failure


class _NoAnswer(Exception):
    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after


def _failure(result: Mapping[str, object], answers: "list[requests.Response]", what: str) -> Exception:
    """Refused or unavailable? Entra's texts are never passed on: they name accounts. The AADSTS number says it all."""
    number = _aadsts_number(result)
    # The last one that failed: MSAL may ask for more (instance discovery) after a refusal.
    failed = next((answer for answer in reversed(answers) if answer.status_code >= 400), None)
    if failed is None or failed.status_code == 429 or failed.status_code >= 500:
        wait_s = retry_after_s(failed.headers) if failed is not None else None
        return _NoAnswer(f"status {failed.status_code}" if failed is not None else what, wait_s)
    if result.get("error") == "temporarily_unavailable" or (number is None and failed.status_code == 404):
        return _NoAnswer(what, None)
    return _RefusedSecret(number, SignInFailed(advice_for(number)))


def _aadsts_number(result: Mapping[str, object]) -> int | None:
    codes = result.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = re.search(r"AADSTS(\d{4,8})", str(result.get("error_description", "")))
    return int(found.group(1)) if found else None


def _last_body(answers: "list[requests.Response]") -> Mapping[str, object]:
    try:
        body = answers[-1].json()
    except (IndexError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def _account(result: Mapping[str, object], secrets: Mapping[str, str]) -> ServiceAccount | None:
    if "username" not in secrets:
        return None
    claims = result.get("id_token_claims")
    oid = claims.get("oid") if isinstance(claims, dict) else None
    return ServiceAccount(oid.lower() if isinstance(oid, str) else None, secrets["username"])
