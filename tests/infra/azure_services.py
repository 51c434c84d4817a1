"""The real Azure CLI, and what it talks to: the resource manager, Graph, Key Vault, the sign-in of a managed identity.

`az` gets here through a proxy, with TLS and under the real names of the hosts. The tenant is the one of the stand-in.
"""

import base64
import json
import os
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import trustme

from tests.infra.bicep import ROOT, TENANT
from tests.infra.stand_in import CLIENT, GRAPH_APP, Refused, make_key, of_graph, service_principal, spelt

PYTHON = ROOT / ".venv-azure" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NEEDS_IT = pytest.mark.skipif(not PYTHON.exists(), reason="needs .venv-azure with the Azure CLI: dev.py test --long")
HOSTS = ("management.azure.com", "graph.microsoft.com", "kv-contoso.vault.azure.net")
PAGE = 2  # secrets in one answer


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # the connections are closed before a test ends

    def __init__(self, state: dict[str, Any], tls: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Proxy)
        self.state, self.tls = state, tls


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def send(self, code: int, document: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if document is None else json.dumps(document).encode()
        self.send_response(code)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: whoever reads the tests' output has no use for it."""


class _Proxy(_Handler):
    def do_CONNECT(self) -> None:
        self.close_connection = True
        if self.path.partition(":")[0] not in HOSTS:
            self.send(403, None)
            return
        self.send_response(200)
        self.end_headers()
        with self.server.tls.wrap_socket(self.connection, server_side=True) as connection:
            _Host(connection, self.client_address, self.server)

    def do_GET(self) -> None:
        """The token of the managed identity. Nobody here looks at its signature."""
        resource = dict(parse_qsl(urlsplit(self.path).query))["resource"]
        until = int(time.time()) + 36_000
        claims = {"aud": resource, "tid": TENANT, "oid": CLIENT, "appid": CLIENT, "exp": until, "idtyp": "app"}
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims)]
        token = {"access_token": ".".join([*parts, ""]), "expires_on": str(until), "token_type": "Bearer"}
        self.send(200, {**token, "resource": resource, "client_id": CLIENT})


class _Host(_Handler):
    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        url = urlsplit(self.path)
        path, query = unquote(url.path).strip("/"), dict(parse_qsl(url.query))
        host = self.headers["host"].partition(":")[0]
        if "authorization" not in self.headers:  # the vault is asked without, and says where to sign in
            asked = (
                f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="https://vault.azure.net"'
            )
            self.send(401, {}, {"WWW-Authenticate": asked})
            return
        play = {"management": _resource_manager, "graph": _graph}.get(host.partition(".")[0], _vault)
        try:
            self.send(200, play(self.server.state, self.command, path, query, body))
        except Refused as refusal:
            self.send(403, {"error": {"code": "Refused", "message": str(refusal)}})

    do_PUT = do_POST = do_PATCH = do_DELETE = do_GET


def _resource_manager(state: dict[str, Any], method: str, path: str, query: dict[str, str], body: Any) -> Any:
    match [method, *re.sub(r".*/sites/[^/]+/?", "site/", path).strip("/").split("/")]:
        case ["GET", "tenants"]:
            return {"value": [{"id": f"/tenants/{TENANT}", "tenantId": TENANT}]}
        case ["GET", "subscriptions"]:
            found = {"subscriptionId": state["subscription"], "tenantId": TENANT, "state": "Enabled"}
            return {"value": [{"id": f"/subscriptions/{state['subscription']}", "displayName": "Contoso", **found}]}
        case ["GET", "site"]:
            plan = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/serverfarms/plan"
            properties = {"serverFarmId": plan, "sku": "FlexConsumption"}
            return {"id": f"/{path}", "kind": "functionapp,linux", "properties": properties}
        case ["GET", *_, "serverfarms", "plan"]:
            return {"id": f"/{path}", "sku": {"name": "FC1", "tier": "FlexConsumption"}}
        case ["POST", "site", "config", "appsettings", "list"]:
            return {"id": f"/{path}", "properties": state["app"]}
        case ["GET", "site", "config", "slotConfigNames"]:
            return {"id": f"/{path}", "properties": {"appSettingNames": None}}
        case ["PUT", "site", "host", "default", "functionKeys", name]:
            return {"id": f"/{path}", "properties": {"name": name, "value": make_key(state, name)}}
        case ["POST", "site", "host", "default", "listkeys"]:
            return {"masterKey": "master-key", "functionKeys": state["keys"], "systemKeys": {}}
    raise Refused(f"not played: {method} {path}")


def _graph(state: dict[str, Any], method: str, path: str, query: dict[str, str], body: Any) -> Any:
    known = [service_principal(state, application) for application in (GRAPH_APP, CLIENT)]
    asked = query.get("$filter", "")
    match [method, *path.split("/")[1:]]:
        case ["GET", "servicePrincipals"]:
            return {"value": [one for one in known if one["appId"] in asked or one["id"] in asked]}
        case ["GET", "servicePrincipals", id]:
            return next(one for one in known if one["id"] == id)
        case ["GET", "oauth2PermissionGrants"]:
            return {"value": [one for one in state["consents"] if one["clientId"] in asked]}
    return of_graph(state, method.lower(), path.partition("/")[2], body)


def _vault(state: dict[str, Any], method: str, path: str, query: dict[str, str], body: Any) -> Any:
    vault = state["vault"]
    place = "https://kv-contoso.vault.azure.net/secrets"
    if [method, path] == ["GET", "secrets"]:
        first = int(query.get("first", 0))
        more = f"{place}?api-version={query['api-version']}&first={first + PAGE}" if first + PAGE < len(vault) else None
        shown = [{"id": f"{place}/{name}", "attributes": _attributes(vault[name])} for name in sorted(vault)]
        return {"value": shown[first : first + PAGE], "nextLink": more}
    name = spelt(vault, path.split("/")[1])
    if method == "PUT":
        vault[name] = {"value": body["value"], "expires": None, "enabled": True}
    if method in ("PUT", "PATCH"):
        changes = body.get("attributes") or {}
        if changes.get("enabled") is not None:
            vault[name]["enabled"] = changes["enabled"]
        if changes.get("exp"):
            vault[name]["expires"] = datetime.fromtimestamp(changes["exp"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if name not in vault or (not vault[name]["enabled"] and method == "GET"):
        raise Refused(f"{name} is not in the vault, or disabled")
    return {"id": f"{place}/{name}/1", "value": vault[name]["value"], "attributes": _attributes(vault[name])}


def _attributes(secret: dict[str, Any]) -> dict[str, Any]:
    expires = secret["expires"]
    return {"enabled": secret["enabled"]} | (
        {"exp": int(datetime.fromisoformat(expires).timestamp())} if expires else {}
    )


@contextmanager
def services(state: dict[str, Any], folder: Path) -> Iterator[dict[str, str]]:
    """Serves the tenant. Gives the environment in which `az` comes here."""
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(tls)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with _Server(state, tls) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}"
        try:
            yield {
                "HTTPS_PROXY": here,
                "NO_PROXY": "127.0.0.1",
                "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
                "IDENTITY_ENDPOINT": f"{here}/token",
                "IDENTITY_HEADER": "header",
                "AZURE_CORE_COLLECT_TELEMETRY": "0",
                "AZURE_EXTENSION_DIR": str(folder / "none"),
                "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
            }
        finally:
            server.shutdown()
