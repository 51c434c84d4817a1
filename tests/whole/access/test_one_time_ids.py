"""What a sender may do again, with the same id, and that it is good once on however many instances."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import Fault, SandboxTenant
from tests.whole.access.people import BJORN, HR, LISTS, callers, post, put_secrets, refusal, users
from tests.whole.calls import call
from tests.whole.conftest import CHECKOUT, environment

NOBODY = (401, "unauthorized")
BODY = users(dryRun=True)


@pytest.fixture
def instances(box: SandboxTenant, storage: SandboxStorage) -> ExitStack:
    put_secrets(box)
    with ExitStack() as stack:
        yield stack


def instance(stack: ExitStack, box: SandboxTenant, storage: SandboxStorage) -> HostProcess:
    """One of those that share the storage; nothing is cached in it."""
    given = {**storage_settings(storage), **environment(box, {"CALLERS": callers()})}
    return stack.enter_context(HostProcess(CHECKOUT, given))


def test_after_our_503_the_same_id_passes_and_after_our_200_it_does_not(
    instances: ExitStack, box: SandboxTenant, storage: SandboxStorage
) -> None:
    host = instance(instances, box, storage)
    headers = HR.headers(users(), webhook_id="evt_503")
    box.tenant.faults.append(Fault("status", host="login", status=503))
    for _ in range(2):
        assert refusal(call(host, users(), "", headers)) == (503, "signInUnavailable")
    box.tenant.faults.clear()
    assert call(host, users(), "", headers).codes == ["updated"]
    assert refusal(call(host, users(), "", headers)) == NOBODY
    assert [write.user for write in box.tenant.writes()] == [BJORN]


@pytest.mark.parametrize("body", [b"{", users(operation="set"), users("no-user")], ids=["text", "operation", "user"])
def test_after_our_400_a_new_id_is_needed(open_host: HostProcess, body: bytes) -> None:
    headers = LISTS.headers(body)
    assert refusal(call(open_host, body, "", headers)) == (400, "invalidBody")
    assert refusal(call(open_host, body, "", headers)) == NOBODY


def test_after_our_403_too(open_host: HostProcess) -> None:
    body = users(operation="set")
    headers = LISTS.headers(body)
    assert refusal(call(open_host, body, "", headers, path="/api/set")) == (403, "rightMissing")
    assert refusal(call(open_host, body, "", headers, path="/api/set")) == NOBODY


def test_of_one_id_sent_to_two_instances_at_once_one_passes(
    instances: ExitStack, box: SandboxTenant, storage: SandboxStorage
) -> None:
    hosts = [instance(instances, box, storage) for _ in range(2)]
    for host in hosts:
        assert post(host, HR, BODY).status == 200
    for attempt in range(5):
        headers = HR.headers(BODY, webhook_id=f"evt_race_{attempt}")
        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(call, hosts[number % 2], BODY, "", headers) for number in range(8)]
            assert Counter(future.result().status for future in sent) == {200: 1, 401: 7}


def test_ids_are_stored_as_digests_and_nothing_else_is(open_host: HostProcess, storage: SandboxStorage) -> None:
    assert post(open_host, HR, BODY, webhook_id="evt_kept_secret").status == 200
    found = [file for file in storage.folder.rglob("*") if file.is_file()]
    assert found
    for file in found:
        text = f"{file}".encode() + file.read_bytes()
        assert not [word for word in (b"evt_kept_secret", b"hr-system.", HR.secret.encode()) if word in text]
