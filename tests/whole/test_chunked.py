"""A caller that sends its body in chunks is told why nothing of it arrived."""

import http.client
import json
from collections.abc import Iterator

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.support import HANDSHAKE
from tests.whole.calls import runbook

BJORN = "bjorn.berg@contoso.com"


def test_a_list_in_chunks(host: HostProcess, box: SandboxTenant) -> None:
    def chunks() -> Iterator[bytes]:
        yield runbook(BJORN)

    connection = http.client.HTTPConnection(host.url.removeprefix("http://"), timeout=60)
    try:
        head = {"x-functions-key": host.key, "Message": HANDSHAKE}
        connection.request("POST", "/api/reconcile", chunks(), head, encode_chunked=True)
        response = connection.getresponse()
        found = json.loads(response.read())
    finally:
        connection.close()
    assert (response.status, found["code"]) == (400, "invalidBody")
    assert "Transfer-Encoding" in found["detail"]
    assert "Content-Length" in found["detail"]
    assert box.tenant.writes() == []
