"""The app's own Azure identity: the credential for Key Vault, and for Graph when GRAPH_AUTH is managed_identity."""

import threading
from typing import TYPE_CHECKING, Any

from shared.errors import let_go
from shared.microsoft.session import BoundedSession

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential
    from azure.core.pipeline.transport import RequestsTransport

READ_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 8.0


class IdentityRefused(Exception):
    """The identity gets no token, and asking again changes nothing."""


class IdentityUnavailable(Exception):
    """The identity's token service does not answer just now."""


class AppIdentity:
    """A credential (azure-core's TokenCredential): in Azure the managed identity, elsewhere whatever is signed in.

    azure-identity reports a missing identity and a token service in trouble alike; here they are IdentityRefused and
    IdentityUnavailable. Its own retries are off: the callers' time is bounded, and they retry themselves.
    """

    def __init__(self, has_managed_identity: bool, client_id: str | None) -> None:
        self._is_managed = has_managed_identity
        self._client_id = client_id
        # Whether a service refused a token twice running: then the platform hands out nothing else.
        self.keeps_refused = False
        self._refused = ""
        self._statuses = threading.local()
        self._lock = threading.Lock()
        self._made: _Made | None = None

    def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        """Called by the SDKs. Raises IdentityRefused or IdentityUnavailable."""
        seen: list[int] = []
        self._statuses.seen = seen
        made = self._current()
        try:
            return _usable(made.credential.get_token(*scopes, **options))
        except Exception as exc:
            let_go(exc)
            # Beside its own errors azure-identity raises whatever comes of JSON of another shape.
            refused = any(400 <= status < 500 and status != 429 for status in seen)
            if refused or (not self._is_managed and not seen):
                raise IdentityRefused("the managed identity gets no token; check AZURE_CLIENT_ID") from exc
            # MSAL, underneath, would replay the failure for some seconds; a new credential asks again.
            self.drop()
            raise IdentityUnavailable("the managed identity endpoint gave no token") from exc

    def _current(self) -> "_Made":
        """Made when it is first needed: the imports are slow."""
        with self._lock:
            if self._made is None:
                transport = bounded_transport(self._note)
                self._made = _Made(self._make(transport), transport.session)
            return self._made

    def drop(self) -> None:
        """Forgets the credential with its cached tokens; the next one asked for is fetched anew."""
        with self._lock:
            self._made = None

    def note_refusal(self, response: Any, **_: object) -> None:
        """A hook for the transports of the services. A token that one refuses must not come from the cache again: the
        SDKs ask for another one right after this, and would get the same."""
        sent = response.request.headers.get("Authorization", "")
        if response.status_code == 401 and sent:
            self.keeps_refused, self._refused = sent == self._refused, sent
            self.drop()

    def _make(self, transport: "RequestsTransport") -> "TokenCredential":
        from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

        if self._is_managed:
            return ManagedIdentityCredential(client_id=self._client_id, transport=transport, retry_total=0)
        return DefaultAzureCredential(managed_identity_client_id=self._client_id, transport=transport, retry_total=0)

    def _note(self, response: Any, **_: object) -> None:
        self._statuses.seen.append(response.status_code)


class _Made:
    """A credential whose session is closed when nobody holds this any more. A thread that asks for a token holds it, so
    that nothing is closed under its hands; the credential itself waits for the cycle collector."""

    def __init__(self, credential: "TokenCredential", session: BoundedSession) -> None:
        self.credential, self._session = credential, session

    def __del__(self) -> None:
        self._session.close()


def _usable(token: "AccessToken") -> "AccessToken":
    """Raises ValueError for what is no token."""
    if not isinstance(token.token, str) or not token.token:
        raise ValueError("no token")
    return token


def bounded_transport(*notes: Any) -> "RequestsTransport":
    """An azure-core transport whose exchanges cannot hang (azure-core itself waits up to 300 s for each read).

    `notes` are called with every response, in the thread that asked.
    """
    from azure.core.pipeline.transport import RequestsTransport

    session = BoundedSession(read_s=READ_TIMEOUT_S, total_s=TOTAL_TIMEOUT_S)
    session.hooks["response"].extend(notes)
    return RequestsTransport(session=session, session_owner=False)
