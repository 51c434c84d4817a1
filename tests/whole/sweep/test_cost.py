"""What Graph is asked: bench/sweeps.py has the figures for 20,000 users."""

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
    registered = sum(bool(user.phones) for user in box.tenant.users())
    with_value = sum(bool(user.attributes.get("extensionAttribute15")) for user in box.tenant.users())
    before = len(written(box))

    def everyone() -> None:
        job_id = call(host, b'{"scope": "everyone"}', "dryRun=true", named("operator")).body["jobId"]
        assert finished(host, job_id, "operator")["status"] in ("succeeded", "partial")

    # A page, the roles, and who of the seed is not as the directory has it.
    paths = asked(box, everyone)
    reads = [path for path in paths if "/authentication/" in path]
    assert len(reads) <= max(registered, with_value)
    assert sum("$top=999" in path for path in paths) == 1
    assert len(written(box)) == before
