"""Sends a signed call (Standard Webhooks).

    python sign.py https://<app>.azurewebsites.net/api/reconcile helpdesk list.json

list.json is {"users": ["anna.andersson@contoso.com"], "dryRun": true}; helpdesk is a name in the setting CALLERS. The
environment holds SIGNING_SECRET (the Key Vault secret webhook-caller-helpdesk) and FUNCTION_KEY. Needs Python only.
"""

import base64
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the function key to another host. Its answer is shown instead."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def sign(secret: str, webhook_id: str, timestamp: str, content: bytes) -> str:
    """For POST the content is the body; for GET and DELETE it is b"GET /api/jobs/<id>"."""
    key = base64.b64decode(secret[6:] + "==") if secret.startswith("whsec_") else secret.encode()
    text = f"{webhook_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(key, text, "sha256")).decode()


def post(url: str, caller: str, body: dict[str, object]) -> tuple[int, str]:
    """The operation is signed too: the last part of the path."""
    content = json.dumps({"operation": url.rpartition("/")[2], **body}).encode()  # made once, signed and sent
    webhook_id, timestamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-caller": caller}
    headers["webhook-signature"] = sign(os.environ["SIGNING_SECRET"], webhook_id, timestamp, content)
    headers |= {"x-functions-key": os.environ.get("FUNCTION_KEY", ""), "Content-Type": "application/json"}
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(urllib.request.Request(url, content, headers), timeout=230) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


if __name__ == "__main__":
    with open(sys.argv[3], encoding="utf-8") as file:
        status, answered = post(sys.argv[1], sys.argv[2], json.load(file))
    print(answered)
    sys.exit(0 if status < 300 else f"HTTP {status}")
