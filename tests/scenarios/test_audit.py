"""The audit trail with storage: what is in the container, and what happens while nothing can be appended there."""

import json
import logging
from collections.abc import Iterator

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.api.frame import WebRequest, WebResponse
from shared.api.lists import handle_set
from shared.records.audit import AUDIT
from tests.scenarios.crowd import NUMBER, add, writes
from tests.scenarios.trail import Record
from tests.support import EXPLICIT_HANDSHAKE, Webhook


@pytest.fixture
def storage() -> Iterator[SandboxStorage]:
    with SandboxStorage() as storage:
        yield storage


@pytest.fixture
def service(box: SandboxTenant, storage: SandboxStorage) -> Webhook:
    """One that has its key already, so that nothing but the trail needs storage for an add."""
    settings = {"AzureWebJobsStorage": storage.connection_string, "ALLOW_EXPLICIT_VALUES": "true"}
    service = Webhook({**box.environment(), **settings})
    (name,) = add(box, 1, "first")
    assert service.post_users(name, query="dryRun=true").status == 200
    return service


def post_set(service: Webhook, name: str) -> WebResponse:
    body = json.dumps([{"userPrincipalName": name, "mobile": NUMBER}]).encode()
    return handle_set(WebRequest(body, {"message": EXPLICIT_HANDSHAKE}), lambda: service.services)


def kept(storage: SandboxStorage) -> list[Record]:
    with ContainerClient.from_connection_string(storage.connection_string, AUDIT) as container:
        if not container.exists():
            return []
        found = [container.download_blob(name).readall() for name in container.list_blob_names()]
    return [json.loads(line) for content in found for line in content.splitlines()]


def test_each_request_is_in_the_container_before_its_answer(
    service: Webhook, box: SandboxTenant, storage: SandboxStorage
) -> None:
    one, two = add(box, 2)
    assert service.post_users(one).codes == ["added"]
    assert [record["outcome"] for record in kept(storage)] == ["applied"]
    assert post_set(service, two).status == 200
    assert [record["outcome"] for record in kept(storage)] == ["applied", "intended", "applied"]
    assert [record["objectId"] for record in kept(storage)] == [
        *(box.tenant.user(name).id for name in (one, two, two)),
    ]
    assert all("graphRequestId" in record for record in kept(storage) if record["outcome"] == "applied")


def test_what_a_caller_names_is_not_written_while_nothing_can_be_kept(
    service: Webhook, box: SandboxTenant, storage: SandboxStorage
) -> None:
    (name,) = add(box, 1)
    storage.fail(2)
    answer = post_set(service, name)
    assert (answer.status, json.loads(answer.body)["code"]) == (503, "storageUnavailable")
    assert writes(box) == []
    assert post_set(service, name).status == 200
    assert writes(box) == [("POST", name)]


def test_what_the_directory_says_is_written_and_the_log_says_what_is_missing(
    service: Webhook, box: SandboxTenant, storage: SandboxStorage, caplog: pytest.LogCaptureFixture
) -> None:
    (name,) = add(box, 1)
    storage.fail(2)
    with caplog.at_level(logging.INFO):
        assert service.post_users(name).codes == ["added"]
    assert writes(box) == [("POST", name)]
    assert "audit: storage did not keep 1 record(s)" in caplog.text
    assert kept(storage) == []
