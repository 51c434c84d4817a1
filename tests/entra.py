"""Callers that sign in with Entra: the app registrations of the sandbox for them, and their tokens."""

import json
import ssl
import urllib.parse
import urllib.request

from sandbox.host import AppService
from sandbox.tenant import SandboxTenant

LOGIN = "https://login.microsoftonline.com"
# App registrations of seeds/contoso.json: the one that stands for the webhook, and one of a caller.
WEBHOOK = "a0100000-0000-4000-8000-00000000a010"
IAM = "1a300000-0000-4000-8000-0000000001a3"
IAM_SECRET = "sandbox-iam-secret-not-real"


def authentication(box: SandboxTenant) -> AppService:
    """App Service Authentication as the templates switch it on."""
    return AppService(WEBHOOK, f"{LOGIN}/{box.tenant.tenant_id}/v2.0")


def object_id(box: SandboxTenant, client_id: str = IAM) -> str:
    """Of the caller's service principal, as `entraObjectId` names it."""
    return box.tenant.apps[client_id].object_id


def access_token(box: SandboxTenant, scope: str = f"api://{WEBHOOK}/.default") -> str:
    """What the caller gets from Entra with its own secret."""
    form = {"client_id": IAM, "client_secret": IAM_SECRET, "grant_type": "client_credentials", "scope": scope}
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"https": box.proxy_url}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=box.ca_bundle)),
    )
    url = f"{LOGIN}/{box.tenant.tenant_id}/oauth2/v2.0/token"
    with opener.open(url, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
        return str(json.load(answer)["access_token"])
