"""Many long lists at once: another caller with one user does not wait for them."""

from concurrent.futures import ThreadPoolExecutor

from sandbox.tenant import SandboxTenant
from tests.whole.calls import call, runbook
from tests.whole.conftest import HostMaker

LISTS, AT_ONCE, USERS = 64, 16, 20
LATENCY_S = 0.25
ONE = "bjorn.berg@contoso.com"


def test_one_user_does_not_wait_for_64_open_lists(box: SandboxTenant, new_host: HostMaker) -> None:
    users = [f"joiner{number:02}@contoso.com" for number in range(USERS)]
    for number, upn in enumerate(users):
        box.tenant.add_user(upn, extensionAttribute15=f"+46 7017406{number + 30}")
    host = new_host(INLINE_DEADLINE_SECONDS="60")
    for _ in range(3):
        # The pace learns that Graph takes several batches at once.
        assert call(host, runbook(*users), "dryRun=true").status == 200
    box.tenant.latency_ms = LATENCY_S * 1000
    with ThreadPoolExecutor(LISTS) as pool:
        lists = [pool.submit(call, host, runbook(*users), "dryRun=true") for _ in range(LISTS)]
        # The first of them have answers: all of them have arrived.
        next(one for one in lists if one.result())
        one = call(host, runbook(ONE))
        still_open = sum(not one.done() for one in lists)
        phones = call(host, method="GET", path=f"/api/users/{ONE}/phone-methods")
        answers = [one.result() for one in lists]
    assert (one.status, phones.status) == (200, 200)
    assert {answer.status for answer in answers} == {200}
    # More than work at once, so others were waiting all the time.
    assert still_open > AT_ONCE
    assert max(one.seconds, phones.seconds) < max(answer.seconds for answer in answers) / 2
