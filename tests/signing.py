"""Signed calls as a sender makes them, from the text of Standard Webhooks and with nothing of the app."""

import base64
import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass

SignedHeaders = list[tuple[str, str]]


def signature(secret: str, webhook_id: str, timestamp: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    text = b".".join((webhook_id.encode(), timestamp.encode(), content))
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class Signer:
    """`content`: the body of a POST, and of a GET or DELETE its method and path."""

    name: str
    secret: str

    def headers(self, content: bytes, *, webhook_id: str | None = None, seconds_ago: float = 0) -> SignedHeaders:
        sent_id = webhook_id or f"msg_{uuid.uuid4().hex}"
        timestamp = str(int(time.time() - seconds_ago))
        return [
            ("webhook-id", sent_id),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signature(self.secret, sent_id, timestamp, content)),
            ("webhook-caller", self.name),
        ]
