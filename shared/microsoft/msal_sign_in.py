"""Signs in to Microsoft Entra by MSAL's confidential client: a service account by password, or the app by its secret.

A refused sign-in is never repeated with the same secrets: Entra, and AD FS, count wrong passwords and lock the account.
They stay refused for REFUSED_S, for every request of the process; only other secrets get through.

A user of a federated domain signs in at the domain's own service, usually AD FS, and the password goes there. Whatever
it answers but a token is a refusal, because the password was tried: AD FS gives 500 for a wrong one as for trouble.

MSAL caches answers and failures inside its application object; one is made for each sign-in, so that nothing is
replayed and the time to live of a token is decided in entra.py alone.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from shared.core.models import ServiceAccount
from shared.deadline import Deadline, time_limit
from shared.errors import SignInFailed, SignInUnavailable
from shared.log import get_logger
from shared.microsoft.aadsts import TRANSIENT, advice_for, federation_advice
from shared.microsoft.entra import RECHECK_S, RETRY_AFTER_S, SIGN_IN_LIMIT_S, Grant
from shared.microsoft.session import BoundedSession, retry_after_s

if TYPE_CHECKING:
    import requests

REFUSED_S = 300.0
READ_TIMEOUT_S = 10.0
TRIES = 2

# A wrong or expired secret.
_WORTH_A_RELOAD = (7000215, 7000222, 50126)
_UNSENDABLE = (
    "The service account's user name in Key Vault has a character that cannot be sent, perhaps an invisible one. "
    "Write it again."
)

_log = get_logger(__name__)


class Secrets(Protocol):
    """The secrets of one sign-in by name; `reload_every_s` as in Vault; 0 asks at once."""

    def __call__(self, deadline: Deadline, reload_every_s: float | None = None) -> Mapping[str, str]: ...


class MsalSignIn:
    """Signs in by MSAL's confidential client: as a user if the secrets hold a `username`, else as the app."""

    def __init__(self, authority: str, client_id: str, scope: str, secrets: Secrets) -> None:
        self._authority, self._client_id, self._scope = authority, client_id, scope
        self._secrets = secrets
        # By the claims that were asked for ("": none) and the secrets.
        self._refused: dict[tuple[str, ...], tuple[float, _Refusal]] = {}

    def __call__(self, deadline: Deadline, claims: str | None = None) -> Grant:
        """Called by one thread at a time."""
        secrets = self._secrets(deadline)
        refusal = self._known_refusal(secrets, claims)
        reload_every_s = RECHECK_S
        if refusal is None:
            try:
                return self._ask(secrets, claims, deadline)
            except _RefusedSecret as fresh:
                refusal = self._remember(secrets, claims, fresh.refusal)
                reload_every_s = 0.0
        if refusal.is_of_secret:
            newer = self._secrets(deadline, reload_every_s)
            if tuple(newer.values()) != tuple(secrets.values()) and self._known_refusal(newer, claims) is None:
                _log.info("the vault holds other secrets than those refused; signing in with these")
                try:
                    return self._ask(newer, claims, deadline)
                except _RefusedSecret as fresh:
                    refusal = self._remember(newer, claims, fresh.refusal)
        raise SignInFailed(refusal.detail)

    def _known_refusal(self, secrets: Mapping[str, str], claims: str | None) -> "_Refusal | None":
        now = time.monotonic()
        self._refused = {key: entry for key, entry in self._refused.items() if now - entry[0] < REFUSED_S}
        entry = self._refused.get(("", *secrets.values())) or self._refused.get((claims or "", *secrets.values()))
        return entry[1] if entry else None

    def _remember(self, secrets: Mapping[str, str], claims: str | None, refusal: "_Refusal") -> "_Refusal":
        """Claims that Entra does not grant are no reason to refuse a sign-in without them."""
        _log.error("sign-in refused: %s", refusal.detail)
        claims = None if refusal.is_of_secret else claims
        self._refused[(claims or "", *secrets.values())] = (time.monotonic(), refusal)
        return refusal

    def _ask(self, secrets: Mapping[str, str], claims: str | None, deadline: Deadline) -> Grant:
        limit = Deadline(min(SIGN_IN_LIMIT_S, deadline.remaining()))
        for attempt in range(TRIES):
            try:
                with time_limit(limit.remaining()):
                    return self._ask_once(secrets, claims)
            except _NoAnswer as exc:
                pause = float(exc.retry_after_s or attempt + 1)
                if attempt == TRIES - 1 or pause >= limit.remaining() or not exc.may_repeat:
                    raise SignInUnavailable(
                        f"Microsoft Entra did not respond to the sign-in ({exc})",
                        round(exc.retry_after_s or RETRY_AFTER_S),
                    ) from exc
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _ask_once(self, secrets: Mapping[str, str], claims: str | None) -> Grant:
        import msal.authority
        import requests
        from msal.exceptions import MsalServiceError

        session = BoundedSession(read_s=READ_TIMEOUT_S, total_s=SIGN_IN_LIMIT_S)
        # After one 404 MSAL would never ask again whether the account is federated, and send its password elsewhere.
        getattr(msal.authority.Authority, "_domains_without_user_realm_discovery", set()).clear()
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
                    secrets["username"], secrets["password"], scopes=[self._scope], claims_challenge=claims
                )
            else:
                result = app.acquire_token_for_client(scopes=[self._scope], claims_challenge=claims)
            if "access_token" in result:
                return Grant(result["access_token"], float(result.get("expires_in", 0)), _account(result, secrets))
        except (requests.RequestException, OSError) as exc:
            # An answer that began and was cut off names no request.
            asked = exc.request if isinstance(exc, requests.RequestException) else None
            last = [asked] if asked is not None else [answer.request for answer in answers[-1:]]
            sent_password = any(request.method == "POST" and not self._is_entra(request.url) for request in last)
            raise _NoAnswer(type(exc).__name__, None, may_repeat=not sent_password) from exc
        except UnicodeEncodeError:
            # The user name goes into a header too (X-AnchorMailbox), the one text there that is not ours.
            raise _RefusedSecret(_UNSENDABLE, is_of_secret=True) from None
        except (ValueError, MsalServiceError) as exc:
            # MSAL raises these for an answer it cannot use: an unknown tenant at discovery, a 5xx, no JSON. Its texts
            # stay behind: they may repeat what the other side sent.
            raise self._failure(_last_body(answers), answers, type(exc).__name__) from None
        except Exception as exc:  # noqa: BLE001 - whatever else MSAL makes of an odd answer
            raise self._failure({}, answers, type(exc).__name__, is_odd=True) from None
        finally:
            session.close()
        raise self._failure(result, answers, "no token")

    def _is_entra(self, url: str | None) -> bool:
        return urlsplit(url or "").hostname == urlsplit(self._authority).hostname

    def _failure(
        self, result: Mapping[str, object], answers: "list[requests.Response]", what: str, *, is_odd: bool = False
    ) -> Exception:
        """Refused or unavailable? Texts of the other side are never passed on: they name accounts. `is_odd`: not even
        MSAL foresaw it."""
        if answers and not self._is_entra(answers[-1].url):
            return _federation_failure(answers[-1])
        number = _aadsts_number(result)
        # The last one that failed: MSAL may ask for more (instance discovery) after a refusal.
        failed = next((answer for answer in reversed(answers) if answer.status_code >= 400), None)
        if failed is None and is_odd:
            return _RefusedSecret(f"Microsoft Entra's answer to the sign-in is not usable ({what}).")
        if failed is None or failed.status_code == 429 or failed.status_code >= 500:
            wait_s = retry_after_s(failed.headers) if failed is not None else None
            return _NoAnswer(f"status {failed.status_code}" if failed is not None else what, wait_s)
        if result.get("error") == "temporarily_unavailable" or (number is None and failed.status_code == 404):
            return _NoAnswer(what, None)
        if result.get("error") == "server_error" or number in TRANSIENT:
            # RFC 6749 (4.1.2.1) means it for an unexpected fault of the server: nothing was learnt about the secret.
            # Whether a password that was sent has counted is not known.
            sent_secret = any(answer.request.method == "POST" for answer in answers)
            detail = f"a transient fault, AADSTS{number}" if number else "a fault of its own"
            return _NoAnswer(detail, None, may_repeat=not sent_secret)
        return _RefusedSecret(advice_for(number), is_of_secret=number in _WORTH_A_RELOAD)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What is remembered of one: no exception, which would hold every request that it was raised in. `is_of_secret`: a
    secret may be wrong or expired, and the vault may hold a newer one than the cache."""

    detail: str
    is_of_secret: bool


class _RefusedSecret(Exception):
    def __init__(self, detail: str, *, is_of_secret: bool = False) -> None:
        super().__init__(detail)
        self.refusal = _Refusal(detail, is_of_secret)


class _NoAnswer(Exception):
    """`may_repeat` False: a password was sent, and trying it twice may lock the account."""

    def __init__(self, message: str, retry_after: float | None, *, may_repeat: bool = True) -> None:
        super().__init__(message)
        self.retry_after_s, self.may_repeat = retry_after, may_repeat


def _federation_failure(answer: "requests.Response") -> Exception:
    """The last answer came from the federation service of the account's domain, and it was not what MSAL needs."""
    sent_password = answer.request.method == "POST"
    if not sent_password and (answer.status_code == 429 or answer.status_code >= 500):
        return _NoAnswer(f"the federation service: status {answer.status_code}", retry_after_s(answer.headers))
    detail = federation_advice(answer.status_code, sent_password=sent_password)
    return _RefusedSecret(detail, is_of_secret=True)


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
