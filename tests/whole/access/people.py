"""The callers of these tests, what each of them sends, and the requests that they make."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.signing import SignedHeaders, Signer
from tests.whole.calls import Answer, Headers, call, runbook

ANNA, BJORN, CARLA = "anna.andersson@contoso.com", "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
NUMBER = "+46 701740690"
RIGHTS: Mapping[str, list[str]] = {
    "lists": ["reconcile"],
    "other-lists": ["reconcile"],
    "reader": ["read"],
    "full": ["readFull"],
    "writer": ["explicit"],
    "operator": ["operate"],
    "approver": ["approve"],
}
SECRETS = {name: f"sandbox-{name}-not-real" for name in RIGHTS}
# As the sandbox is seeded: only signs.
HR = Signer("hr-system", "whsec_c2FuZGJveC1zaWduaW5nLWtleS1ub3QtcmVhbA==")
LISTS, OTHER = Signer("lists", SECRETS["lists"]), Signer("other-lists", SECRETS["other-lists"])


def callers(iam_object_id: str = "") -> str:
    """The setting CALLERS."""
    entries: list[dict[str, Any]] = [{"name": name, "rights": rights} for name, rights in RIGHTS.items()]
    entries.append({"name": HR.name, "rights": ["reconcile", "explicit"], "signed": True})
    if iam_object_id:
        entries.append({"name": "iam", "rights": ["reconcile", "read"], "entraObjectId": iam_object_id})
    return json.dumps(entries)


def put_secrets(box: SandboxTenant) -> None:
    for name, secret in SECRETS.items():
        box.tenant.set_secret(secret_name(name), secret)


def secret_name(caller: str) -> str:
    return f"webhook-caller-{caller}"


def named(name: str, secret: str | None = None) -> Headers:
    return [("Message", f"{name}.{SECRETS[name] if secret is None else secret}")]


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.body["code"])


def users(*upns: str, **beside: object) -> bytes:
    """The body of a signed call to reconcile."""
    return json.dumps({"operation": "reconcile", "users": list(upns or (BJORN,)), **beside}).encode()


def values(**beside: object) -> bytes:
    """To set."""
    return json.dumps(
        {"operation": "set", "users": [{"userPrincipalName": BJORN, "mobile": NUMBER}], **beside}
    ).encode()


def plan(**beside: object) -> bytes:
    """To provision."""
    attribute = {"name": "mfa_phoneNumber_mobile", "op": "Set", "value": NUMBER}
    request = {"op": "Modify", "nativeIdentity": BJORN, "attributeRequests": [attribute]}
    return json.dumps({"operation": "provision", "accountRequests": [request], **beside}).encode()


def post(
    host: HostProcess,
    signer: Signer,
    body: bytes,
    path: str = "/api/reconcile",
    query: str = "",
    more: Headers = (),
    address: str | None = None,
    **how: Any,
) -> Answer:
    """A signed POST."""
    return call(host, body, query, [*signer.headers(body, **how), *more], path=path, address=address)


def signed(host: HostProcess, signer: Signer, method: str, path: str, query: str = "", **how: Any) -> Answer:
    """A signed GET or DELETE."""
    return call(host, b"", query, of_path(signer, method, path, **how), method=method, path=path)


def of_path(signer: Signer, method: str, path: str, **how: Any) -> SignedHeaders:
    return signer.headers(f"{method} {path}".encode(), **how)


def reconcile(host: HostProcess, headers: Headers, query: str = "dryRun=true", **words: Any) -> Answer:
    return call(host, runbook(BJORN), query, headers, **words)


def methods(host: HostProcess, headers: Headers, query: str = "") -> Answer:
    return call(host, b"", query, headers, method="GET", path=f"/api/users/{ANNA}/phone-methods")
