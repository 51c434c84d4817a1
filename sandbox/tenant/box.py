"""SandboxTenant: the whole simulated tenant as running servers."""

from __future__ import annotations

import contextlib
import secrets
import ssl
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme

from .adfs import Adfs
from .clouds import ADFS_HOST, CLOUDS, PUBLIC
from .control import Control
from .entra import Entra
from .exchange import Request
from .graph import Graph
from .identity import PATH as IDENTITY_PATH
from .identity import IdentityEndpoint
from .journal import Record
from .server import Handler, PlainServer, ProxyServer
from .tenant import Tenant
from .vault import Vault

LOOPBACK = "127.0.0.1,localhost"


class SandboxTenant:
    """Key Vault, Entra, a managed identity and Graph on loopback ports, from `with` until the end of the block."""

    def __init__(
        self, seed: str | Path | Mapping[str, Any] = "contoso", vault_name: str = "contoso-mfa", control_port: int = 0
    ) -> None:
        self.tenant = Tenant(seed)
        self.vault_name = vault_name
        self._control_port = control_port
        self._identity_secret = secrets.token_hex(16)

    def __enter__(self) -> Self:
        stopping = self.tenant.stopping
        with contextlib.ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-tenant-")))
            hosts = self._hosts()
            identity = IdentityEndpoint(self.tenant, self._identity_secret)
            control = Control(self.tenant, self.description)
            self._proxy = stack.enter_context(ProxyServer(stopping, self._tls(hosts), hosts, self._note_refused))
            self._identity = stack.enter_context(PlainServer("identity", stopping, identity.handle))
            self._control = stack.enter_context(PlainServer("control", stopping, control.handle, self._control_port))
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tenant.stopping.set()
        self.tenant.faults.clear()
        self._running.close()

    @property
    def proxy_url(self) -> str:
        return self._proxy.url

    @property
    def control_url(self) -> str:
        return self._control.url

    @property
    def ca_bundle(self) -> str:
        """Path of a PEM file with the one certificate authority that vouches for the sandbox's hosts."""
        return str(self._folder / "ca.pem")

    @property
    def vault_url(self) -> str:
        return f"https://{self.vault_name}.{PUBLIC.vault_suffix}"

    def environment(self) -> dict[str, str]:
        """What the product's process needs in its environment. For that process only, never for pip or a shell."""
        apps = list(self.tenant.apps.values())
        app = next((app for app in apps if not app.is_managed_identity), None)
        identity = next((app for app in apps if app.is_managed_identity and not app.system_assigned), None)
        return {
            "HTTPS_PROXY": self.proxy_url,
            "https_proxy": self.proxy_url,
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
            "REQUESTS_CA_BUNDLE": self.ca_bundle,
            "SSL_CERT_FILE": self.ca_bundle,
            "IDENTITY_ENDPOINT": f"{self._identity.url}{IDENTITY_PATH}",
            "IDENTITY_HEADER": self._identity_secret,
            "KEY_VAULT_URL": self.vault_url,
            "TENANT_ID": self.tenant.tenant_id,
            **({"CLIENT_ID": app.client_id} if app else {}),
            **({"AZURE_CLIENT_ID": identity.client_id} if identity else {}),
        }

    def description(self) -> dict[str, Any]:
        """What another process must know to use the sandbox."""
        return {"control_url": self.control_url, "proxy_url": self.proxy_url, "environment": self.environment()}

    def _hosts(self) -> dict[str, Handler]:
        handlers: dict[str, Handler] = {}
        for cloud in CLOUDS:
            handlers[cloud.login_host] = Entra(self.tenant, cloud).handle
            handlers[cloud.graph_host] = Graph(self.tenant, cloud).handle
            vault_host = f"{self.vault_name}.{cloud.vault_suffix}"
            handlers[vault_host] = Vault(self.tenant, cloud, self.vault_name).handle
        handlers[ADFS_HOST] = Adfs(self.tenant).handle
        return handlers

    def _tls(self, hosts: Iterable[str]) -> ssl.SSLContext:
        authority = trustme.CA(organization_name="Sandbox tenant, for tests only")
        authority.cert_pem.write_to_path(self.ca_bundle)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts).configure_cert(context)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _note_refused(self, request: Request) -> None:
        self.tenant.record(Record("refused", request.method, request.target, str(uuid.uuid4()), status=403))
