"""What Graph is asked: bench/sweeps.py has the figures for 20,000 users."""

from collections import Counter
from collections.abc import Callable

from sandbox.tenant import SandboxTenant
from tests.whole.calls import call
from tests.whole.plans.people import finished, move, named, settled, written
from tests.whole.sweep.clock import job_of, run
from tests.whole.sweep.conftest import Sweeping

USERS, CHANGED = 100, 50


def asked(box: SandboxTenant, work: Callable[[], object]) -> list[str]:
    """Sub-requests as Graph counts them."""
    box.tenant.clear_requests()
    work()
    return [record.path for record in box.tenant.calls("graph") if not record.path.endswith("/$batch")]


def test_sweeps_and_everyone_ask_graph_for_little(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, USERS)
    # The directory is small, so its share is large.
    host = sweeping.host(MAX_OVERWRITES="20", MAX_OVERWRITES_PERCENT="100")
    run(host)
    assert len(asked(box, lambda: run(host))) == 1
    for place, upn in enumerate(people[:CHANGED]):
        move(box, upn, 400 + place)
    paths = asked(box, lambda: job_of(host, run(host)))
    assert len(written(box)) == CHANGED
    assert len(paths) <= 170
    # Above the absolute allowance all users are counted, once.
    assert sum("$count=true" in path for path in paths) == 1

    def everyone() -> None:
        job_id = call(host, b'{"scope": "everyone"}', "dryRun=true", named("operator")).body["jobId"]
        assert finished(host, job_id, "operator")["status"] in ("succeeded", "partial")

    paths = asked(box, everyone)
    # Once for each user who is as the directory has it; who of the seed is not is read again.
    ids = {box.tenant.user(upn).id for upn in people}
    reads = Counter(path.split("/")[3] for path in paths if path.startswith("/v1.0/users/"))
    assert {user_id: reads[user_id] for user_id in ids} == dict.fromkeys(ids, 1)
    assert sum("$top=999" in path for path in paths) == 1
    assert written(box) == []
