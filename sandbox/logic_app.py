"""What the Logic App of infra/lifecycle.bicep does with a task of a workflow: it hands the envelope on, and no more."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_S = 60


def hand_on(url: str, function_key: str, token: str, envelope: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Status and body of the webhook's answer. `token`: of the Logic App's managed identity for the webhook."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
    headers = {"Content-Type": "application/json", "x-functions-key": function_key, "Authorization": f"Bearer {token}"}
    try:
        connection.request("POST", "/api/lifecycle", json.dumps(envelope), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
