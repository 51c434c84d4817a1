"""The first requests of a host, all at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.tenant import SandboxTenant
from tests.whole.calls import Answer, call, runbook
from tests.whole.conftest import HostMaker

CALLERS = 8

pytestmark = pytest.mark.usefixtures("new_interpreters")


def test_eight_callers_at_once_on_a_cold_host_all_succeed(box: SandboxTenant, new_host: HostMaker) -> None:
    users = [f"joiner{number:02}@contoso.com" for number in range(2 * CALLERS)]
    for number, upn in enumerate(users):
        box.tenant.add_user(upn, extensionAttribute15=f"+46 7017406{number + 30}")
    group = next(group for group in box.tenant.groups if group.startswith("9009a"))
    host = new_host(PROTECTED_GROUP_ID=group)
    together = threading.Barrier(CALLERS)

    def send(caller: int) -> Answer:
        together.wait(10)
        return call(host, runbook(*users[2 * caller : 2 * caller + 2]))

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(send, range(CALLERS)))
    assert [(answer.status, answer.codes) for answer in answers] == [(200, ["added", "added"])] * CALLERS, host.log()
    assert sorted((write.method, write.user, write.status) for write in box.tenant.writes()) == [
        ("POST", upn, 201) for upn in users
    ]
    # What all of them need is asked for once.
    assert len(box.tenant.calls("login", "POST")) == 1
    assert len(box.tenant.calls(path_contains="transitiveMembers")) == 1
    secrets = [record.path for record in box.tenant.calls("vault") if record.status in (200, 404)]
    # Among them the key of the app, of which the ids of plans are made.
    assert len(secrets) == len(set(secrets)) == 6

    ids = {answer.body["correlationId"] for answer in answers}
    assert len(ids) == CALLERS
    assert {record.client_request_id for record in box.tenant.calls()} == ids
    lines = [line for line in host.log().splitlines() if " shared." in line]
    assert lines
    assert all(any(id_ in line for id_ in ids) for line in lines)


def test_the_same_users_from_several_callers_at_once_end_right(box: SandboxTenant, new_host: HostMaker) -> None:
    users = ["bjorn.berg@contoso.com", "carla.diaz@contoso.com", "zoë.lind@contoso.com"]
    host = new_host()
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(lambda _: call(host, runbook(*users)), range(CALLERS)))
    assert {answer.body["status"] for answer in answers} == {"succeeded"}
    numbers = [box.tenant.user(upn).phones["mobile"].number for upn in users]
    assert numbers == ["+46 701740606", "+1 2065550101", "+46 701740614"]
    saved = [write.user for write in box.tenant.writes() if write.method == "POST" and write.status == 201]
    assert sorted(user or "" for user in saved) == users[1:]
